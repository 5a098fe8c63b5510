"""Whose connection is whose: a member has one line at most."""

from protocol.codes import CloseCode

from .effects import Effect, Hang, Line
from .people import Person


class Lines:
    """The lines of a room, and the members at their ends."""

    def __init__(self) -> None:
        self._people: dict[Line, Person] = {}
        self._of: dict[int, Line] = {}

    def person(self, line: Line) -> Person | None:
        return self._people.get(line)

    def of(self, member: int) -> Line | None:
        return self._of.get(member)

    def seat(self, line: Line, person: Person) -> None:
        """The line belongs to the member from here on; they must have no other."""
        self._people[line], self._of[person.member] = person, line

    def drop(self, line: Line) -> Person | None:
        """The line is gone; whose it was."""
        person = self._people.pop(line, None)
        if person is not None:
            del self._of[person.member]
        return person

    def hang(self, member: int, code: CloseCode, reason: str) -> list[Effect]:
        """Close the member's line, if they have one."""
        line = self._of.pop(member, None)
        if line is None:
            return []
        del self._people[line]
        return [Hang(line, code, reason)]

    def clear(self) -> None:
        self._people.clear()
        self._of.clear()
