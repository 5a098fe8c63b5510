"""What a screen shows that has so many places and cannot be offered more: a hall's, over WHEP.

Pure.  Nothing is mixed: each place carries one track, and another when the choice changes, with no new offer.
Rules: MEDIA-76, MEDIA-77 in docs/rules.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sfu.core.codecs import EXTENSIONS, Codec
from sfu.core.publishing import check_setup, codecs_of, repairs_of
from sfu.core.sdp import BadSdp, Description, Section
from sfu.core.sections import Carried

PLACES_MAX = 8  # of one screen


@dataclass(frozen=True, slots=True)
class Place:
    """One section of the screen's offer that we send in, with the screen's numbers."""

    mid: str
    kind: str
    codecs: dict[int, Codec]  # payload type -> codec
    rtx: dict[int, int]  # payload type of retransmissions -> payload type repaired
    extensions: dict[str, int]  # URI -> id: those whose ids happen to be ours

    @property
    def numbers(self) -> dict[int, int]:
        """Payload types of ours -> the screen's."""
        found = {codec.payload_type: number for number, codec in self.codecs.items()}
        again = {codec.rtx: self.repairs[number] for number, codec in self.codecs.items() if number in self.repairs}
        return found | {ours: theirs for ours, theirs in again.items() if ours is not None}

    @property
    def repairs(self) -> dict[int, int]:
        """Payload type -> that of its retransmissions."""
        return {repaired: number for number, repaired in self.rtx.items()}


def plan(offer: Description) -> list[Place]:
    """The places that an offer has: sections that receive, with a codec of ours.

    Raises:
        BadSdp: there is none, or the offer cannot be answered.
    """
    check_setup(offer)
    places = [place for section in offer.sections if _receives(section) and (place := _place(section)).codecs]
    if not places:
        raise BadSdp("nothing is received")
    if len(places) > PLACES_MAX:
        raise BadSdp(f"more than {PLACES_MAX} places")
    return places


def _receives(section: Section) -> bool:
    return not section.rejected and section.kind in EXTENSIONS and section.direction in ("recvonly", "sendrecv")


def _place(section: Section) -> Place:
    codecs = codecs_of(section)
    ours = {uri: number for uri, number in EXTENSIONS[section.kind].items() if number}
    extensions = {uri: number for uri, number in section.extensions.items() if ours.get(uri) == number}
    return Place(section.mid, section.kind, codecs, repairs_of(section, codecs), extensions)


def choose(carried: Iterable[Carried], kind: str) -> list[Carried]:
    """Tracks in the order in which places are filled (MEDIA-76)."""
    return sorted((one for one in carried if one.kind == kind), key=_rank)


def _rank(one: Carried) -> tuple[bool, bool, bool, bool]:
    return one.source != "screen", not one.teacher, not one.first, one.source == "screen_audio"
