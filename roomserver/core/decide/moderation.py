"""Removing, locking, ending, and the evaluation.  Rules: REMOVE-*, END-*, EVAL-* in docs/rules.md."""

from protocol import commands as c
from protocol import events as e
from protocol.codes import ErrorCode

from .. import facts
from ..errors import Refused
from ..log import NOBODY, STAFF, Draft
from ..people import Person
from ..state import RoomState
from .common import audience_of, check_charge, inside


def remove(state: RoomState, me: Person, command: c.RemoveMember) -> list[Draft]:
    person = inside(state, command.member)
    if person.role == "teacher" or person.member == me.member:
        raise Refused(ErrorCode.FORBIDDEN, "a teacher is not removed, nor you by yourself", rule="REMOVE-3")
    check_charge(state, me, person)
    ban = command.ban or state.form.removal_holds  # REMOVE-5
    left = e.MemberLeft(member=person.member, reason="removed", by=me.member, ban=ban)
    return [Draft(left, audience_of(state.form, person))]


def lock(state: RoomState, me: Person, command: c.LockRoom) -> list[Draft]:
    return [] if state.locked == command.on else [Draft(e.RoomLocked(on=command.on, by=me.member))]


def evaluate(state: RoomState, me: Person, command: c.Evaluate) -> list[Draft]:
    """Kept whole as a fact; staff learn the score, not whose (EVAL-3)."""
    if not owes_evaluation(state, me):
        raise Refused(ErrorCode.CONFLICT, "no evaluation is due from you", rule="EVAL-2")
    whole = facts.Assessed(member=me.member, score=command.score, tags=command.tags, comment=command.comment)
    return [Draft(whole, NOBODY), Draft(e.Evaluated(score=command.score), STAFF)]


def owes_evaluation(state: RoomState, person: Person) -> bool:
    """A student who was in the lesson while it was live, be it for an instant, and has not evaluated it (EVAL-1)."""
    if not state.form.evaluation or person.role != "student" or person.score is not None or state.live_at is None:
        return False
    return any(one.until is None or one.until > state.live_at or one.reason == "room_closed" for one in person.there)
