"""What comes of calls besides events: the places in a queue, the lesson where the two meet, and what is asked before.

Rules: CALL-6, CALL-7, CALL-11, CALL-12 in docs/rules.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol import commands as c
from protocol import events as e
from protocol import notices as n

from . import effects as fx
from .arrival import Arrival
from .decide import calling
from .effects import Effect
from .errors import Refused
from .forms import Booking
from .journal import Journal
from .log import Audience
from .people import Person
from .state import RoomState


@dataclass(frozen=True, slots=True)
class Asked:
    """What the ledger is asked before a command is carried out that leads to a lesson (CALL-11).

    `lessons`: what may come of it, one at least; `caller`: the student whose call is accepted.
    """

    member: int
    identity: str
    lessons: tuple[Booking, ...]
    caller: tuple[int, Arrival] | None = None


@dataclass(frozen=True, slots=True)
class Barred:
    """Whom the door of that lesson would not let in now, and what it would say."""

    member: int
    refused: Refused


def with_places(journal: Journal, effects: list[Effect], now: float) -> list[Effect]:
    """And behind them, to everybody in a queue that they have changed, their new place (CALL-6)."""
    return effects + _places(journal.state, effects, journal.at(now)) if journal.state.is_lobby else effects


def _places(state: RoomState, effects: Sequence[Effect], at: int) -> list[Effect]:
    """One teacher's queue is 20 at most."""
    found: list[Effect] = []
    for teacher in _concerned(effects):
        for place, call in enumerate(calling.waiting(state, teacher), 1):
            said = n.CallPlace(call=call.call, place=place, wait_s=state.lobby.wait_s(call, state.form.lesson_s, at))
            found.append(fx.Flash(("place", call.student), said, audience=Audience(members=frozenset({call.student}))))
    return found


def _concerned(effects: Sequence[Effect]) -> list[int]:
    """Whoever is named by an event of a call; the teachers are among them."""
    entries = (effect.entry for effect in effects if isinstance(effect, fx.Append))
    told = (entry.audience.members for entry in entries if isinstance(entry.event, e.Calls))
    return sorted(frozenset[int]().union(*told))


def lesson(state: RoomState, number: int) -> fx.OpenLesson:
    """The lesson of a call that was accepted."""
    call, people = state.lobby.calls[number], state.people
    assert call.room is not None
    booking = Booking(room=call.room, form=state.form.lesson, subject=call.subject, grade=call.grade, invited=True)
    return fx.OpenLesson(booking, (people[call.student].identity, people[call.teacher].identity))


def asked(state: RoomState, me: Person, command: c.Meeting) -> Asked:
    """About a command that the room itself would carry out."""
    form, room = state.form.lesson, state.booking.room  # a lesson has no room of its own yet
    lessons = tuple(Booking(room=room, form=form, subject=subject) for subject in _subjects(state, command))
    if not isinstance(command, c.AcceptCall):
        return Asked(me.member, me.identity, lessons)
    caller = state.people[state.lobby.calls[command.call].student]
    known = Arrival(caller.identity, caller.name, caller.role, caller.school, session="", salt=b"")
    return Asked(me.member, me.identity, lessons, (caller.member, known))


def _subjects(state: RoomState, command: c.Meeting) -> Sequence[str]:
    match command:
        case c.BeginDuty(subjects=subjects):
            return subjects
        case c.MakeCall(subject=subject):
            return [subject]
        case c.AcceptCall(call=call):
            return [state.lobby.calls[call].subject]
        case c.AskLesson():
            return [""]
