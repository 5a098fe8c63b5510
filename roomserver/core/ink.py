"""Points on their way: sent, not yet in the log, so that what one client sends for one stroke within a tick has one
`seq`.  Rules: BOARD-6 to BOARD-8 in docs/rules.md.
"""

from collections.abc import Iterable

from protocol import commands as c

from .decide import board
from .effects import Answer, Effect
from .journal import Journal
from .lines import Lines
from .log import Cause
from .people import Person


class Ink:
    """Who has points waiting, and up to which command."""

    def __init__(self, journal: Journal, lines: Lines) -> None:
        self._journal = journal
        self._lines = lines
        self._newest: dict[int, int] = {}  # member -> id of the newest `board.extend` that waits

    @property
    def waits(self) -> bool:
        return bool(self._newest)

    def draw(self, person: Person, command: c.ExtendStroke) -> None:
        """Let the points of a command wait.

        Raises:
            Refused: the board does not take them.
        """
        board.extend(self._journal.state, person, command)
        self._newest[person.member] = command.id

    def flush(self, now: float, members: Iterable[int] | None = None) -> list[Effect]:
        """Give what waits, of these members or of everybody, its place in the log: one event a stroke."""
        effects: list[Effect] = []
        for member in list(self._newest if members is None else members):
            id = self._newest.pop(member, None)
            if id is None:
                continue
            drafts = board.drafts(self._journal.state.board.flush(author=member))
            at = self._journal.at_most_end(now)
            effects += self._journal.append(drafts, now, at=at, cause=Cause(member, id))
            if (line := self._lines.of(member)) is not None:
                effects.append(Answer(line, id, self._journal.log.seq))
        return effects

    def finish(self, person: Person, now: float) -> list[Effect]:
        """Finish what a member has left open: their line is lost, or they go."""
        effects = self.flush(now, [person.member])
        return effects + self._journal.append(board.drafts(self._journal.state.board.finish_open(person.member)), now)

    def finish_all(self, now: float) -> list[Effect]:
        effects = self.flush(now)
        state = self._journal.state
        unfinished = [change for member in state.people for change in state.board.finish_open(member)]
        return effects + self._journal.append(board.drafts(unfinished), now, at=self._journal.at_most_end(now))
