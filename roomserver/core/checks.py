"""What is asked before anything is decided: may they send that, in such a room, and so often?

What somebody sends takes from their rates, be it carried out or not (`take_…`); of the room nothing is changed here.
Rules: RATE-*, RIGHT-1, LOBBY-2, EVAL-5 in docs/rules.md.
"""

from collections.abc import Sequence

from protocol import commands as c
from protocol.codes import ErrorCode

from . import effort, rights
from .decide.board import on_own_page
from .errors import Refused
from .journal import Journal
from .log import Draft
from .people import Person
from .rates import Rates


class Checks:
    """Every member's rates, and the table of rights, which is asked of the state of the room."""

    def __init__(self, journal: Journal) -> None:
        self.overloaded = False  # set by the shell: students' rates are halved, before the teacher's (RATE-3)
        self._journal = journal
        self._rates: dict[int, Rates] = {}

    # Hellos

    def begin(self, person: Person, now: float) -> None:
        """They are seated: whatever they send is counted from here on, if it was not before."""
        self._of(person, now)

    def take_hello(self, person: Person | None, now: float) -> float:
        """0 and they may come in again, or the seconds until they may (RATE-5).  `person`: None for a stranger."""
        return 0 if person is None else self._of(person, now).next_arrival(now)

    def hello_wait(self, person: Person | None, now: float) -> float:
        """The same, and nothing is taken."""
        return 0 if person is None else self._of(person, now).arrival_wait(now)

    # Commands and signals, of whoever is seated

    def take_command(self, person: Person, command: c.RoomCommand, now: float) -> None:
        """
        Raises:
            Refused: it comes too fast, or they may not send it here.
        """
        self._of(person, now).check(command, now, share=self._share(person))
        self._right(person, command)

    def lets(self, person: Person, command: c.Meeting, now: float) -> bool:
        """Would `command` pass it?  Nothing is taken."""
        if self._of(person, now).meeting_wait(command, now, share=self._share(person)):
            return False
        try:
            self._right(person, command)
        except Refused:
            return False
        return True

    def take_effort(self, person: Person, drafts: Sequence[Draft], now: float) -> None:
        """Take what these events cost everybody, before they happen (RATE-6).

        Raises:
            Refused: that is too much at once.
        """
        if points := effort.of(self._journal.state.board, drafts):
            self._of(person, now).charge(points, now)

    def take_signal(self, person: Person, signal: c.Signal, now: float) -> bool:
        """May they send it?"""
        if not rights.may(person.role, person.can, type(signal)):
            return False
        return self._of(person, now).allows_signal(now)

    def too_long(self, person: Person, refused: Refused) -> bool:
        """Have they been too fast for so long that their line must be closed (RATE-4)?  They may then begin afresh."""
        rates = self._rates[person.member]
        if refused.code is not ErrorCode.RATE_LIMITED or not rates.too_long:
            return False
        rates.pardon()
        return True

    def _right(self, person: Person, command: c.RoomCommand) -> None:
        state = self._journal.state
        if state.is_closed and not isinstance(command, c.Evaluate):
            raise Refused(ErrorCode.ROOM_CLOSED, "the room is closed", rule="EVAL-5")
        if not rights.belongs(type(command), lobby=state.is_lobby):
            raise Refused(ErrorCode.FORBIDDEN, "that is not done in this kind of room", rule="LOBBY-2")
        rights.check(person.role, person.can, command, lambda: on_own_page(state, person, command))

    def _share(self, person: Person) -> float:
        return 0.5 if self.overloaded and person.is_learner else 1

    def _of(self, person: Person, now: float) -> Rates:
        return self._rates.setdefault(person.member, Rates(now))
