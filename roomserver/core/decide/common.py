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


def learner(state: RoomState, member: int) -> Person:
    """A student (or classroom) who is in the room now: whom staff may direct."""
    person = inside(state, member)
    if not person.is_learner:
        raise Refused(ErrorCode.FORBIDDEN, f"member {member} is not a student", rule="RIGHT-2")
    return person


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
