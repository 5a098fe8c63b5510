"""Which cameras of a room are forwarded: of those on the stage, and of the last who spoke.

Pure: who is on the stage, who speaks, and `now` in; the chosen few out.  Rules: MEDIA-94 in docs/rules.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass

STAGE_MAX = 16  # docs/rules.md STAGE-3; staff count with the stage
SPOKEN_S = 1.5  # who was heard for so long has spoken; a cough counts as 1 s, see `speakers.HOLD_S`


@dataclass(slots=True)
class _Face:
    member: int
    first: bool
    spoke_at: float = float("-inf")


class Faces:
    def __init__(self, most: int) -> None:
        """`most`: of those who are not on the stage."""
        self._most = most
        self._faces: dict[str, _Face] = {}  # by track, in the order in which they were published
        self._stage: frozenset[int] = frozenset()
        self._speaking: dict[int, float] = {}  # member -> since when
        self.chosen: list[str] = []  # the stage, then the last who spoke, then who came first

    def add(self, track: str, member: int, *, first: bool) -> None:
        """A camera is published.  `first`: staff's, which counts as on the stage."""
        self._faces[track] = _Face(member, first)
        self._choose()

    def remove(self, track: str) -> None:
        if self._faces.pop(track, None):
            self._choose()

    def stage(self, members: Iterable[int]) -> None:
        self._stage = frozenset(members)
        self._choose()

    def speaking(self, members: Iterable[int], *, now: float) -> bool:
        """Those who are heard now, all of them; True: there is another choice."""
        self._speaking = {member: self._speaking.get(member, now) for member in members}
        spoken = {member for member, since in self._speaking.items() if now - since >= SPOKEN_S}
        fresh = [(track, face) for track, face in self._faces.items() if face.member in spoken] if spoken else []
        for _, face in fresh:
            face.spoke_at = now
        before = self.chosen
        if all(track in before for track, _ in fresh):
            return False
        self._choose()
        return self.chosen != before

    def _choose(self) -> None:
        ranked = sorted(self._faces, key=lambda track: self._rank(self._faces[track]))
        staged = sum(self._staged(face) for face in self._faces.values())
        self.chosen = ranked[: min(staged, STAGE_MAX) + self._most]

    def _rank(self, face: _Face) -> tuple[bool, float]:
        return not self._staged(face), -face.spoke_at

    def _staged(self, face: _Face) -> bool:
        return face.first or face.member in self._stage
