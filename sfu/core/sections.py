"""The m-sections of one receiving connection: which track each carries, from offer to offer.

Pure.  A section is never taken away, because its place in the description is its identity: it rests, and the next
track of its kind gets it.  Every assignment has ssrcs of its own, so that a decoder never mixes two tracks.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

SECTIONS_MAX = 64


@dataclass(frozen=True, slots=True)
class Carried:
    """A track as a viewer is offered it."""

    track: str
    member: int
    source: str
    kind: str
    teacher: bool = False
    first: bool = False  # its picture comes before those of others, where a line cannot carry all

    @property
    def stream(self) -> str:
        """Tracks of one stream are played in step: a face with its voice, a screen with its sound."""
        return f"m{self.member}" + ("-screen" if self.source.startswith("screen") else "")


@dataclass(slots=True)
class Outgoing:
    """One m-section, and what it carries now."""

    mid: str
    kind: str
    carried: Carried | None = None
    ssrc: int = 0
    rtx_ssrc: int = 0  # 0 for sound


class Sections:
    def __init__(self, new_ssrc: Callable[[], int]) -> None:
        self._new_ssrc = new_ssrc
        self._sections: list[Outgoing] = []

    def __iter__(self) -> Iterator[Outgoing]:
        return iter(self._sections)

    def update(self, wanted: Iterable[Carried]) -> bool:
        """Carry exactly these tracks, as far as there is room.  False: that is so already."""
        missing = {carried.track: carried for carried in wanted}
        changed = False
        for section in self._sections:
            if section.carried is None:
                continue
            if missing.get(section.carried.track) == section.carried:
                del missing[section.carried.track]
            else:
                section.carried, changed = None, True
        for carried in missing.values():
            if (resting := self._resting(carried.kind)) is None:
                continue
            resting.carried, resting.ssrc = carried, self._new_ssrc()
            resting.rtx_ssrc = self._new_ssrc() if carried.kind == "video" else 0
            changed = True
        return changed

    def _resting(self, kind: str) -> Outgoing | None:
        for section in self._sections:
            if section.kind == kind and section.carried is None:
                return section
        if len(self._sections) >= SECTIONS_MAX:
            return None
        self._sections.append(Outgoing(str(len(self._sections)), kind))
        return self._sections[-1]

    def tracks(self) -> dict[str, str]:
        """mid -> track id."""
        return {s.mid: s.carried.track for s in self._sections if s.carried is not None}
