"""Calling a teacher.  Rules: LOBBY-*, CALL-* in docs/rules.md.

Whoever is on duty and in no lesson has the first call of their queue ring; every decision ends with seeing to that.
"""

from collections.abc import Iterable

from protocol import commands as c
from protocol import events as e
from protocol.codes import ErrorCode
from protocol.fields import CallEnd

from ..errors import Refused
from ..lobby import Call, lesson_of
from ..log import Audience, Draft
from ..people import Person
from ..state import RoomState

QUEUE_MAX = 20  # calls that wait for one teacher; docs/rules.md CALL-4


def begin(state: RoomState, me: Person, command: c.BeginDuty) -> list[Draft]:
    subjects, grades = tuple(dict.fromkeys(command.subjects)), tuple(dict.fromkeys(command.grades))
    if not subjects:
        raise Refused(ErrorCode.INVALID, "for which subjects?", rule="LOBBY-3")
    duty = state.lobby.duties.get(me.member)
    if duty is not None and (duty.subjects, duty.grades) == (subjects, grades):
        return []
    return [Draft(_duty(state, me, subjects, grades))]


def end(state: RoomState, me: Person) -> list[Draft]:
    duty = state.lobby.duties.get(me.member)
    if duty is None:
        return []
    off = e.DutyChanged(member=me.member, state="off", name=me.name, school=me.school)
    return [*(_ended(state.lobby.calls[call], "gone") for call in duty.queue), Draft(off)]


def make(state: RoomState, me: Person, command: c.MakeCall) -> list[Draft]:
    lobby = state.lobby
    if me.member in lobby.of:
        raise Refused(ErrorCode.CONFLICT, "you wait for a teacher already, or have a lesson", rule="CALL-2")
    duty = lobby.duties.get(command.teacher)
    if duty is None:
        raise Refused(ErrorCode.NOT_FOUND, "this teacher is not on duty", rule="CALL-1")
    subject = _chosen(command.subject, duty.subjects, "subject")
    grade = _chosen(command.grade, duty.grades, "grade")
    if len(duty.queue) >= QUEUE_MAX:
        raise Refused(ErrorCode.FULL, f"{QUEUE_MAX} wait for this teacher already", rule="CALL-4")
    call = Call(lobby.made + 1, me.member, command.teacher, subject, grade)
    made = e.CallMade(
        call=call.call, member=me.member, name=me.name, teacher=call.teacher, subject=subject, grade=grade
    )
    rings = [] if duty.queue or duty.member in lobby.busy else [_rings(state, call)]
    return [Draft(made, _two(call)), *rings]


def cancel(state: RoomState, me: Person) -> list[Draft]:
    return _drop(state, me, "cancelled")


def accept(state: RoomState, me: Person, command: c.AcceptCall) -> list[Draft]:
    call = _mine(state, me, command.call)
    if call.call not in state.lobby.ringing:
        raise Refused(ErrorCode.CONFLICT, "another call comes first, or your lesson", rule="CALL-3")
    duty = state.lobby.duties[me.member]
    room = lesson_of(state.booking.room, call.call)
    busy = _duty(state, me, duty.subjects, duty.grades, busy=True)
    return [Draft(e.CallAccepted(call=call.call, room=room), _two(call)), Draft(busy)]


def barred(state: RoomState, me: Person, command: c.Meeting, member: int) -> list[Draft]:
    """Somebody may begin no lesson now: a teacher is on duty no more, and the call of a student is not accepted."""
    match command:
        case c.AcceptCall(call=call) if member != me.member:
            return _end(state, _mine(state, me, call), "barred")
        case c.AcceptCall() | c.AskLesson() if me.member not in state.lobby.busy:
            return end(state, me)
        case _:
            return []


def decline(state: RoomState, me: Person, command: c.DeclineCall) -> list[Draft]:
    return _end(state, _mine(state, me, command.call), "declined")


def passed(state: RoomState, call: int) -> list[Draft]:
    """It has rung for long enough."""
    return _end(state, state.lobby.calls[call], "passed")


def left(state: RoomState, person: Person) -> list[Draft]:
    """Somebody has left the lobby: nobody waits for them, nor they for anybody.

    A lesson goes on, and its teacher's duty is kept until it is over: to be in the lesson they need not be here.
    """
    if person.role == "teacher":
        return [] if person.member in state.lobby.busy else end(state, person)
    return _drop(state, person, "gone")


def over(state: RoomState, call: Call) -> list[Draft]:
    """The lesson is over: its teacher is free again, or if they have left the lobby meanwhile no more on duty."""
    drafts = [Draft(e.CallOver(call=call.call), _two(call))]
    duty = state.lobby.duties.get(call.teacher)
    if duty is None:
        return drafts
    teacher = state.people[call.teacher]
    if not teacher.inside:
        return [*drafts, *end(state, teacher)]
    free = _duty(state, teacher, duty.subjects, duty.grades, busy=False)
    return [*drafts, Draft(free), *_next(state, duty.queue)]


def waiting(state: RoomState, teacher: int) -> Iterable[Call]:
    """The calls of a teacher's queue, in order."""
    duty = state.lobby.duties.get(teacher)
    return [] if duty is None else [state.lobby.calls[call] for call in duty.queue]


def _drop(state: RoomState, student: Person, reason: CallEnd) -> list[Draft]:
    call = state.lobby.calls.get(state.lobby.of.get(student.member, 0))
    return [] if call is None or call.room is not None else _end(state, call, reason)


def _end(state: RoomState, call: Call, reason: CallEnd) -> list[Draft]:
    """A call comes to nothing; if it was its turn, the next one rings."""
    queue = state.lobby.duties[call.teacher].queue
    return [_ended(call, reason), *(_next(state, queue[1:]) if call.call in state.lobby.ringing else [])]


def _next(state: RoomState, queue: list[int]) -> list[Draft]:
    return [_rings(state, state.lobby.calls[call]) for call in queue[:1]]


def _rings(state: RoomState, call: Call) -> Draft:
    return Draft(e.CallRings(call=call.call, in_s=state.form.ring_s), _two(call))


def _ended(call: Call, reason: CallEnd) -> Draft:
    return Draft(e.CallEnded(call=call.call, reason=reason), _two(call))


def _two(call: Call) -> Audience:
    return Audience(members=frozenset({call.student, call.teacher}))


def _mine(state: RoomState, me: Person, number: int) -> Call:
    call = state.lobby.calls.get(number)
    if call is None or call.teacher != me.member or call.room is not None:
        raise Refused(ErrorCode.NOT_FOUND, "no such call waits for you", rule="CALL-3")
    return call


def _duty(
    state: RoomState, me: Person, subjects: tuple[str, ...], grades: tuple[str, ...], *, busy: bool | None = None
) -> e.DutyChanged:
    if busy is None:
        busy = me.member in state.lobby.busy
    return e.DutyChanged(
        member=me.member,
        state="busy" if busy else "free",
        name=me.name,
        school=me.school,
        subjects=subjects,
        grades=grades,
    )


def _chosen(asked: str, offered: tuple[str, ...], what: str) -> str:
    """What is asked for, or the only one there is."""
    if asked and asked not in offered:
        raise Refused(ErrorCode.INVALID, f"this teacher is not on duty for that {what}", rule="CALL-1")
    return asked or (offered[0] if len(offered) == 1 else "")
