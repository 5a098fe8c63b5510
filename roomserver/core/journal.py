"""The log of a room and its fold, which grow together; and what falls due next, asked so often that it is kept."""

from collections.abc import Iterable

from . import postings, timetable
from .effects import Append, Effect
from .forms import MS
from .log import Cause, Draft, Log
from .state import RoomState


class Journal:
    """Where everything that happens in a room is written down."""

    def __init__(self, state: RoomState, log: Log) -> None:
        self.state = state
        self.log = log
        self._due: timetable.Due | None = None

    def append(
        self, drafts: Iterable[Draft], now: float, *, at: int | None = None, cause: Cause | None = None
    ) -> list[Effect]:
        """Give drafts their places.  `at`: milliseconds since the room opened, where it is not now."""
        effects: list[Effect] = []
        for draft in drafts:
            entry = self.log.append(draft, at=self.at(now) if at is None else at, cause=cause)
            self.state.apply(entry)
            effects.append(Append(entry, postings.of(self.state, entry.event)))
        self._due = None
        return effects

    def at(self, now: float) -> int:
        """Milliseconds since the room opened."""
        return round(now * MS) - self.state.opened_at_ms

    def at_most_end(self, now: float) -> int:
        """This instant, or the room's end when nobody was awake to see it pass: nothing happens in between (END-6)."""
        return self.at(now) if self.state.is_closed else min(self.at(now), self.state.next_end()[0])

    def due(self) -> timetable.Due:
        """What the room must do next by itself.  It changes only with the state, and every command asks for it."""
        if self._due is None:
            self._due = timetable.next_due(self.state)
        return self._due
