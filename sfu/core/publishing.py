"""What a publisher's offer comes to: which section carries which track, and what its packets mean.

Pure.  Refuses (`BadSdp`) before anything is changed; never guesses a track that was not named.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from sfu.core.allocation import LAYERS, Name
from sfu.core.codecs import CODECS, DEPENDENCIES, EXTENSIONS, VP8, Codec, matching, nearly_matching
from sfu.core.rtp import EXTENSION_IDS
from sfu.core.sdp import BadSdp, Description, Section

TRACKS_MAX = 4  # of one member
SECTIONS_MAX = 16  # of one publisher's offer; sections are never taken away, only recycled
RIDS = ("q", "h", "f")  # quarter, half, full: rising
KIND_OF_SOURCE = {"microphone": "audio", "camera": "video", "screen": "video", "screen_audio": "audio"}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One track of a publisher, and how its packets are told from others."""

    track: str
    source: str
    kind: str
    mid: str
    codecs: dict[int, Codec]  # payload type on the wire -> codec
    rtx: dict[int, int]  # payload type of retransmissions -> payload type repaired
    extensions: dict[str, int]  # URI -> id on the wire
    ssrcs: tuple[int, ...]  # as announced; may be empty
    repairs: dict[int, int]  # ssrc of retransmissions -> ssrc repaired
    layers: dict[Name, str]  # layer -> rid, rising; a single stream is "high", and its rid is empty


def plan(offer: Description, tracks: Mapping[str, str], sources: Mapping[str, str]) -> list[Incoming]:
    """The tracks that an offer publishes.

    Args:
        offer: the client's.
        tracks: mid -> track id.
        sources: mid -> "microphone", "camera", "screen" or "screen_audio".

    Returns:
        One entry for each named section that sends; a named section that does not send publishes nothing.

    Raises:
        BadSdp: the offer does not hold what `tracks` names, or too much of it.
    """
    if len(offer.sections) > SECTIONS_MAX:
        raise BadSdp(f"more than {SECTIONS_MAX} media sections")
    if len(tracks) > TRACKS_MAX:
        raise BadSdp(f"more than {TRACKS_MAX} tracks")
    if len(set(tracks.values())) != len(tracks):
        raise BadSdp("a track is named twice")
    by_mid = {section.mid: section for section in offer.sections}
    if missing := tracks.keys() - by_mid.keys():
        raise BadSdp(f"no media section has the mid {min(missing)!r}")
    check_setup(offer)
    return [_incoming(by_mid[mid], track, sources.get(mid, "")) for mid, track in tracks.items() if _sends(by_mid[mid])]


def check_setup(offer: Description) -> None:
    """We are the DTLS server, unless the other side cannot be the client.

    Raises:
        BadSdp: it can be neither.
    """
    if not (offer.setups <= {"actpass", "active"} or offer.setups == {"passive"}):
        raise BadSdp("offer a=setup:actpass")


def _sends(section: Section) -> bool:
    return not section.rejected and section.direction in ("sendonly", "sendrecv")


def _incoming(section: Section, track: str, source: str) -> Incoming:
    if KIND_OF_SOURCE.get(source) != section.kind:
        raise BadSdp(f"{section.kind} cannot be the source {source!r}")
    codecs = codecs_of(section)
    if not codecs:
        raise BadSdp(f"no {section.kind} codec in common")
    rtx = repairs_of(section, codecs)
    extensions = _extensions(section, codecs)
    ssrcs = tuple(ssrc for ssrc in section.ssrcs if ssrc not in section.repairs)
    repairs, layers = dict(section.repairs), _layers(section)
    return Incoming(track, source, section.kind, section.mid, codecs, rtx, extensions, ssrcs, repairs, layers)


def _extensions(section: Section, codecs: Mapping[int, Codec]) -> dict[str, int]:
    """Those that we take.

    Never a dependency descriptor where VP8 may come: beside one Chromium leaves out all that VP8 itself says of a
    picture, its number and its layer in time, and who does not take the extension would not be told.
    """
    depends = VP8 not in codecs.values()
    return {
        uri: number
        for uri, number in section.extensions.items()
        if uri in EXTENSIONS[section.kind] and number in EXTENSION_IDS and (uri != DEPENDENCIES or depends)
    }


def _layers(section: Section) -> dict[Name, str]:
    """The encodings of a section by the names of our layers; those beyond three are not taken.

    The rids that the field uses name their size; others are in the order of the offer, the smallest first.
    """
    rids = [rid for rid in section.simulcast if rid in section.rids][: len(LAYERS)]
    if not rids:
        return {"high": ""}
    if set(rids) <= set(RIDS):
        return {layer: rid for rid, layer in zip(RIDS, LAYERS, strict=True) if rid in rids}
    names = LAYERS if len(rids) == len(LAYERS) else (LAYERS[0], LAYERS[-1])[-len(rids) :]
    return dict(zip(names, rids, strict=True))


def repairs_of(section: Section, codecs: Container[int]) -> dict[int, int]:
    """Payload type of retransmissions -> payload type repaired, of these codecs."""
    return {
        number: int(repaired)
        for number, rtpmap in section.rtpmaps.items()
        if rtpmap.lower().startswith("rtx/")
        and (repaired := section.parameters.get(number, {}).get("apt", "")).isdecimal()
        and int(repaired) in codecs
    }


def codecs_of(section: Section) -> dict[int, Codec]:
    """Payload types in our order of preference; the first one offered of each codec, or the one that fits best."""
    found: dict[str, tuple[int, Codec]] = {}
    for match in (matching, nearly_matching):
        for number in section.payload_types:
            codec = match(section.kind, section.rtpmaps.get(number, ""), section.parameters.get(number, {}))
            if codec is not None:
                found.setdefault(codec.name, (number, codec))
    return dict(found[codec.name] for codec in CODECS if codec.name in found)


def extension_numbers(incoming: Incoming) -> list[int]:
    """The id that each id on the wire becomes for viewers (see `rtp.renumber`)."""
    numbers = [0] * 16
    for uri, number in incoming.extensions.items():
        numbers[number] = EXTENSIONS[incoming.kind][uri]
    return numbers


def common_number(incoming: Iterable[Incoming], uri: str) -> int:
    """The id of an extension on the whole connection; 0 when no section has it.

    One extension has one id in all sections of a bundle (RFC 8843 9.2).
    """
    return next((entry.extensions[uri] for entry in incoming if uri in entry.extensions), 0)
