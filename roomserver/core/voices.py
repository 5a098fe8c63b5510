"""How long each member has spoken since the last pulse.  Milliseconds."""

from collections.abc import Sequence


class Voices:
    def __init__(self) -> None:
        self._since: dict[int, int] = {}  # member -> heard from this instant on
        self._spoken: dict[int, int] = {}

    def hear(self, members: Sequence[int], at: int) -> None:
        """These, and nobody else, are speaking from `at` on."""
        self._count(at)
        self._since = dict.fromkeys(members, at)

    def spend(self, at: int) -> dict[int, int]:
        """What each has spoken up to `at` and since this was asked before."""
        self._count(at)
        spoken, self._spoken = {member: ms for member, ms in self._spoken.items() if ms > 0}, {}
        return spoken

    def _count(self, at: int) -> None:
        for member, since in self._since.items():
            self._spoken[member] = self._spoken.get(member, 0) + max(0, at - since)
            self._since[member] = at
