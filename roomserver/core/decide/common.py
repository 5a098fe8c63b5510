"""What several decisions ask of the state."""

from protocol.codes import ErrorCode
from protocol.fields import Role

from ..errors import Refused
from ..forms import Form
from ..log import ALL, Audience
from ..people import Person
from ..state import RoomState


def inside(state: RoomState, member: int) -> Person:
    """A member who is in the room now.

    Raises:
        Refused: `not_found`.
    """
    person = state.people.get(member)
    if person is None or not person.inside:
        raise no_such(member)
    return person


def no_such(member: int) -> Refused:
    return Refused(ErrorCode.NOT_FOUND, f"no member {member} in the room")


def no_teacher() -> Refused:
    return Refused(ErrorCode.FORBIDDEN, "no teacher is here: pupils wait", rule="GONE-2")


def learner(state: RoomState, me: Person, member: int) -> Person:
    """A student (or classroom) who is in the room now, and whom I may direct."""
    person = inside(state, member)
    if not person.is_learner:
        raise Refused(ErrorCode.FORBIDDEN, f"member {member} is not a student", rule="RIGHT-2")
    check_charge(state, me, person)
    return person


def check_charge(state: RoomState, me: Person, person: Person | None) -> None:
    """Where classrooms have seats, an assistant of a school directs its learners only.  None: everybody.

    Raises:
        Refused: they are not in my charge.
    """
    limited = me.role == "assistant" and me.school is not None and state.form.seats.get("classroom", 0) > 0
    if not limited or person is me:
        return
    if person is None or not person.is_learner or person.school != me.school:
        raise Refused(ErrorCode.FORBIDDEN, "you direct the learners of your own school", rule="RIGHT-7")


def audience_of(form: Form, person: Person, role: Role | None = None) -> Audience:
    """Who may know of a member, in their role or in another: everybody, but of an observer only staff (RIGHT-3).

    In a lobby nobody: who is on duty is told apart from who is there (LOBBY-2).
    """
    if form.kind == "lobby":
        return Audience(members=frozenset({person.member}))
    if (role or person.role) == "observer":
        return Audience(staff=True, members=frozenset({person.member}))
    return ALL


def visible(form: Form, person: Person, viewer: Person) -> bool:
    """Pupils do not see who watches (RIGHT-3)."""
    return audience_of(form, person).sees(viewer.member, viewer.side)
