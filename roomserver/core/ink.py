"""Points on their way: sent, not yet in the log.

So what one client sends for one stroke within a tenth of a second has one `seq`.  Rules: BOARD-6 to BOARD-8,
BOARD-39.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from protocol import commands as c

from .decide import board
from .effects import Answer, Effect
from .journal import Journal
from .lines import Lines
from .log import Cause
from .people import Person

JOIN_S = 0.09  # points wait at most so long: two messages of a client that sends every 50 ms, and not three


@dataclass(slots=True)
class Wait:
    """A member's points that wait: up to which command, and since when."""

    newest: int
    since: float


class Ink:
    """Who has points waiting."""

    def __init__(self, journal: Journal, lines: Lines) -> None:
        self._journal = journal
        self._lines = lines
        self._waiting: dict[int, Wait] = {}  # by member, who waits longest first

    @property
    def due(self) -> float | None:
        """When points have waited long enough; None: none wait."""
        first = next(iter(self._waiting.values()), None)
        return None if first is None else first.since + JOIN_S

    def draw(self, person: Person, command: c.ExtendStroke, now: float) -> None:
        """Let the points of a command wait.

        Raises:
            Refused: the board does not take them.
        """
        board.extend(self._journal.state, person, command)
        self._waiting.setdefault(person.member, Wait(0, now)).newest = command.id

    def flush_due(self, now: float) -> list[Effect]:
        """Give the points that have waited long enough their place in the log: one event a stroke."""
        return self.flush(now, [member for member, wait in self._waiting.items() if wait.since + JOIN_S <= now])

    def flush(self, now: float, members: Iterable[int] | None = None) -> list[Effect]:
        """Give what waits, of these members or of everybody, its place now."""
        effects: list[Effect] = []
        state = self._journal.state
        for member in list(self._waiting if members is None else members):
            wait = self._waiting.pop(member, None)
            if wait is None:
                continue
            drafts = board.drafts(state.board, state.board.flush(author=member))
            at = self._journal.at_most_end(now)
            effects += self._journal.append(drafts, now, at=at, cause=Cause(member, wait.newest))
            if (line := self._lines.of(member)) is not None:
                effects.append(Answer(line, wait.newest, self._journal.log.seq))
        return effects

    def finish(self, person: Person, now: float) -> list[Effect]:
        """Finish what a member has left open: their line is lost, or they go."""
        effects = self.flush(now, [person.member])
        whole = self._journal.state.board
        return effects + self._journal.append(board.drafts(whole, whole.finish_open(person.member)), now)

    def finish_all(self, now: float) -> list[Effect]:
        effects = self.flush(now)
        state = self._journal.state
        unfinished = [change for member in state.people for change in state.board.finish_open(member)]
        drafts = board.drafts(state.board, unfinished)
        return effects + self._journal.append(drafts, now, at=self._journal.at_most_end(now))
