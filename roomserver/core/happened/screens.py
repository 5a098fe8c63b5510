"""A student's time in the live room counts for their eyes.  Rules: REST-* in docs/rules.md."""

from typing import TYPE_CHECKING

from ..forms import MS
from ..people import Person

if TYPE_CHECKING:
    from ..state import RoomState


def begin(state: "RoomState", person: Person, at: int) -> None:
    if person.role != "student" or state.phase != "live":
        return
    person.watch_screen(at, state.form.rest_s * MS)
    if person.screen is not None and state.form.continuous_s and not person.overused:
        state.screens[person.member] = person.screen[0]


def end(state: "RoomState", person: Person, at: int) -> None:
    if person.role == "student" and person.is_connected and state.phase == "live":
        person.leave_screen(at)
    state.screens.pop(person.member, None)


def overused(state: "RoomState", member: int) -> None:
    """An alarm was raised about it: once is enough (REST-3)."""
    state.people[member].overused = True
    state.screens.pop(member, None)
