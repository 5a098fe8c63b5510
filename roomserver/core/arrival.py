"""Who may come in.  Rules: SEAT-*, REMOVE-1, EVAL-5 in docs/rules.md."""

from dataclasses import dataclass

from protocol.codes import ErrorCode
from protocol.fields import Role

from .decide.moderation import owes_evaluation
from .errors import Refused
from .state import RoomState


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody at the door, as their token says; `session` and `salt` are the shell's random bytes for them."""

    identity: str
    name: str
    role: Role
    school: str | None
    session: str
    salt: bytes


def admit(state: RoomState, arrival: Arrival) -> None:
    """Let somebody in.

    Raises:
        Refused: banned, locked, full, or over; nothing has changed.
    """
    person = state.of_identity(arrival.identity)
    if person is not None and person.banned:
        raise Refused(ErrorCode.FORBIDDEN, "you were removed from this room", rule="REMOVE-1")
    if state.is_closed:  # EVAL-5: whoever still owes an evaluation may give it
        if person is None or not owes_evaluation(state, person):
            raise Refused(ErrorCode.ROOM_CLOSED, "the room is closed")
        return
    if person is not None and person.inside and person.role == arrival.role:
        return
    if state.locked and arrival.role != "teacher":
        raise Refused(ErrorCode.LOCKED, "the room is locked", rule="SEAT-3")
    taken = sum(1 for other in state.inside() if other.role == arrival.role and other is not person)
    if taken >= state.form.seats.get(arrival.role, 0):
        raise Refused(ErrorCode.FULL, f"no seat is left for a {arrival.role}", rule="SEAT-1")
