"""The m-sections of one receiving connection: how many there are, and which track each carries.

Pure.  Sections are made for a source, not for a track: as many as the member can be sent at a time.  What they carry
changes without an offer, each is one stream for ever (its ssrc stays), and none is ever taken away.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sfu.core.publishing import KIND_OF_SOURCE

SECTIONS_MAX = 64


@dataclass(frozen=True, slots=True)
class Carried:
    """A track as a viewer receives it."""

    track: str
    member: int
    source: str
    kind: str
    teacher: bool = False
    first: bool = False  # it comes before those of others, where a line or a room cannot carry all


@dataclass(slots=True)
class Outgoing:
    """One m-section, and what it carries now."""

    mid: str
    source: str
    stream: str  # sections of one stream are played in step: a face with its voice, a screen with its sound
    ssrc: int
    rtx_ssrc: int  # 0 for sound
    carried: Carried | None = None

    @property
    def kind(self) -> str:
        return KIND_OF_SOURCE[self.source]


class Sections:
    def __init__(self, new_ssrc: Callable[[], int]) -> None:
        self._new_ssrc = new_ssrc
        self._sections: list[Outgoing] = []
        self._there = Counter[str]()  # how many of each source

    def __iter__(self) -> Iterator[Outgoing]:
        return iter(self._sections)

    def grow(self, needed: Mapping[str, int]) -> bool:
        """Have at least so many for each source, as far as there is room.  False: that is so already."""
        before = len(self._sections)
        for source, number in needed.items():
            while self._there[source] < number and len(self._sections) < SECTIONS_MAX:
                self._add(source)
        return len(self._sections) > before

    def carry(self, wanted: Iterable[Carried]) -> bool:
        """Carry these tracks, as far as there are sections; what is carried already stays where it is.

        False: nothing has changed.
        """
        missing = {carried.track: carried for carried in wanted}
        changed = False
        for section in self._sections:
            before = section.carried
            if before is None:
                continue
            found = missing.get(before.track)
            if found is before or found == before:
                del missing[before.track]
            else:
                section.carried, changed = None, True
        for carried in missing.values():
            free = [one for one in self._sections if one.source == carried.source and one.carried is None]
            if free:
                best = free[0] if len(free) == 1 else max(free, key=lambda one: self._goes_with(one, carried.member))
                best.carried, changed = carried, True
        return changed

    def tracks(self) -> dict[str, str]:
        """mid -> track id."""
        return {s.mid: s.carried.track for s in self._sections if s.carried is not None}

    def _add(self, source: str) -> None:
        n = self._there[source]
        self._there[source] += 1
        stream = f"screen{n}" if source.startswith("screen") else f"member{n}"
        rtx = KIND_OF_SOURCE[source] == "video"
        ssrcs = self._new_ssrc(), self._new_ssrc() if rtx else 0
        self._sections.append(Outgoing(str(len(self._sections)), source, stream, *ssrcs))

    def _goes_with(self, section: Outgoing, member: int) -> int:
        """How well it suits a member: best beside another track of theirs, worst beside one of somebody else."""
        beside = [one.carried.member for one in self._sections if one.stream == section.stream and one.carried]
        return 1 if not beside else 2 if member in beside else 0
