"""What can be seen of a room's media at one moment: plain data, the same from this process and from a worker.

For whoever helps a member: no names, no addresses, nothing of what is said.  None: not known.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

State: TypeAlias = Literal["unreached", "handshake", "ready"]
Direction: TypeAlias = Literal["up", "down"]


class LayerSeen(Struct, frozen=True):
    """
    Attributes:
        sent: its publisher sends it now.
        viewers: that get it.
        lost: share of its packets in the newest report, before any repair.
    """

    layer: str
    sent: bool
    bits_per_s: int
    viewers: int
    lost: float | None
    jitter_ms: float | None


class TrackSeen(Struct, frozen=True):
    track: str
    source: str
    muted: bool
    layers: tuple[LayerSeen, ...]


class CopySeen(Struct, frozen=True):
    """What a viewer gets of a track.

    Attributes:
        layer: "off": nothing now.
        target: what it will get from the next keyframe on; "off": its line is too weak for it, or it wants nothing.
        bytes: of payload.
    """

    track: str
    layer: str
    target: str
    packets: int
    bytes: int


class ConnectionSeen(Struct, frozen=True):
    """
    Attributes:
        number: what the member's page shows, "4F2A" in "E-31-4F2A".
        direction: "up" publishes, "down" receives.
        state: "unreached": no connectivity check has come; "handshake": checks come, keys are missing.
        path: what the client's packets arrive by; a relay looks like any other address.
        age_s: since it was offered.
        silent_s: since the last connectivity check.
        lost, jitter_ms: upwards as we measure them, downwards as the viewer reports them.
        estimate_bps: downwards what we think the line carries; upwards what we have allowed, where the browser does not
            find out by itself.
        packets, bytes: upwards all that came in, downwards the payload of the copies that there are.
        tracks: upwards.
        copies: downwards.
    """

    number: str
    member: int
    direction: Direction
    state: State
    path: str | None
    age_s: float
    silent_s: float | None
    round_trip_ms: float | None
    lost: float | None
    jitter_ms: float | None
    estimate_bps: int | None
    packets: int
    bytes: int
    tracks: tuple[TrackSeen, ...] = ()
    copies: tuple[CopySeen, ...] = ()
