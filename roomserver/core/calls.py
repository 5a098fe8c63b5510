"""What comes of calls besides events: the places in a queue, and the lesson where the two meet.

Rules: CALL-6, CALL-7 in docs/rules.md.
"""

from collections.abc import Sequence

from protocol import events as e
from protocol import notices as n

from . import effects as fx
from .decide import calling
from .effects import Effect
from .forms import Booking
from .log import Audience
from .state import RoomState


def places(state: RoomState, effects: Sequence[Effect], at: int) -> list[Effect]:
    """Tells everybody in a queue that these effects have changed their place.  One teacher's queue is 20 at most."""
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
