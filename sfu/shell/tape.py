"""What the engine and a recorder say to each other: over a `Pipe`, in the form of `pipe`'s messages."""

from typing import TypeAlias

from sfu.core.orders import Message

SLOW_S = 3.0  # without a frame that did not fit: it is not slow any more; longer than from word to word

# To the recorder.


class Begin(Message, frozen=True):
    """A track, by a number of its own.  `zero_s`: what the monotonic clock said at 0 of the room's log."""

    number: int
    directory: str
    zero_s: float
    track: str
    member: int
    source: str


class Packets(Message, frozen=True):
    """Of one track: RTP as a viewer would get it, and when each came (monotonic, s)."""

    number: int
    packets: tuple[tuple[float, bytes], ...]


class End(Message, frozen=True):
    number: int


# From the recorder.


class Keyframe(Message, frozen=True):
    """The track cannot go on without one."""

    number: int


class Kept(Message, frozen=True):
    """How it goes, every second, and at once when that changes: frames written and lost since the last word.

    Attributes:
        trouble: "disk" (full, or it fails), "slow" (frames did not fit, lately), or empty when all is written.
    """

    frames: int
    lost: int
    trouble: str


ToRecorder: TypeAlias = Begin | Packets | End
FromRecorder: TypeAlias = Keyframe | Kept
