"""What a lobby asks the ledger before a lesson may come of a command, and what it does when the answer is no."""

from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import ErrorCode
from roomserver.core import effects as fx
from roomserver.core.calls import Barred
from roomserver.core.errors import Refused
from roomserver.core.forms import FORMS, Booking
from tests.support.lesson import OPENED, Guest, Lesson

DUE = Refused(ErrorCode.EVALUATION_DUE, "the lesson before is to be evaluated first", rule="DUE-2", room="r-9")
REST = Refused(ErrorCode.REST_NEEDED, "after 30 minutes a rest is asked for", rule="REST-2", retry_in_s=120)
SPENT = Refused(ErrorCode.QUOTA_EXCEEDED, "the week's time is used up", rule="QUOTA-3", retry_in_s=3_600)


@pytest.fixture
def lobby() -> Lesson:
    return Lesson(FORMS["lobby"])


@pytest.fixture
def li(lobby: Lesson) -> Guest:
    """A teacher on duty for two subjects; member 1."""
    li = lobby.joins("li", "teacher")
    li.does(c.BeginDuty, subjects=("physics", "chemistry"))
    return li


@pytest.fixture
def anna(lobby: Lesson, li: Guest) -> Guest:
    return lobby.joins("anna")


def barred(guest: Guest, command: c.Meeting, why: Refused, member: int | None = None) -> list[Any]:
    """Send a command against which the ledger has something to say; the events."""
    lobby, guest.sent = guest.lesson, command.id
    no = Barred(member or guest.member, why)
    return lobby.perform(lobby.room.handle(guest.line, command, barred=no, now=lobby.now))


def answer(guest: Guest) -> n.Error:
    error = guest.heard[-1]
    assert isinstance(error, n.Error)
    return error


def subjects(guest: Guest, command: c.Meeting) -> list[str] | None:
    """Those of the lessons about which the ledger is asked; None: it is not asked."""
    asked = guest.lesson.room.asks(guest.line, command, now=guest.lesson.now)
    if asked is None:
        return None
    assert (asked.member, asked.identity) == (guest.member, guest.name)
    assert {(lesson.room, lesson.form) for lesson in asked.lessons} == {("r-1", "one_to_one")}
    return [lesson.subject for lesson in asked.lessons]


@pytest.mark.rule("CALL-11")
def test_the_ledger_is_asked_about_whoever_goes_on_duty_calls_or_only_asks(li: Guest, anna: Guest) -> None:
    assert subjects(li, c.BeginDuty(id=9, subjects=("history", "physics"))) == ["history", "physics"]
    assert subjects(anna, c.MakeCall(id=9, teacher=1, subject="physics")) == ["physics"]
    assert subjects(anna, c.AskLesson(id=9)) == subjects(li, c.AskLesson(id=9)) == [""]


@pytest.mark.rule("CALL-11")
def test_the_ledger_is_asked_about_both_before_a_call_is_accepted(lobby: Lesson, li: Guest, anna: Guest) -> None:
    anna.does(c.MakeCall, teacher=1, subject="chemistry")
    asked = lobby.room.asks(li.line, c.AcceptCall(id=9, call=1), now=lobby.now)
    assert asked is not None
    assert asked.lessons == (Booking(room="r-1", form="one_to_one", subject="chemistry"),)
    assert asked.caller is not None
    member, caller = asked.caller
    assert (asked.identity, member, caller.identity, caller.role) == ("li", anna.member, "anna", "student")


@pytest.mark.rule("CALL-11")
def test_the_ledger_is_not_asked_about_what_the_room_itself_refuses(lobby: Lesson, li: Guest, anna: Guest) -> None:
    assert subjects(anna, c.MakeCall(id=9, teacher=3, subject="physics")) is None
    assert subjects(anna, c.MakeCall(id=9, teacher=1, subject="history")) is None
    assert subjects(anna, c.BeginDuty(id=9, subjects=("physics",))) is None
    assert subjects(li, c.AcceptCall(id=9, call=1)) is None
    assert subjects(lobby.joins("hu", "observer"), c.AskLesson(id=9)) is None
    anna.does(c.MakeCall, teacher=1, subject="physics")
    assert subjects(anna, c.MakeCall(id=1, teacher=1, subject="physics")) is None  # a repeat
    assert lobby.room.asks(99, c.AskLesson(id=1), now=lobby.now) is None  # the line is gone
    lesson = Lesson()
    assert subjects(lesson.joins("ben"), c.AskLesson(id=1)) is None


@pytest.mark.rule("CALL-11", "RATE-1")
def test_whoever_is_refused_too_often_is_asked_about_no_more(lobby: Lesson, li: Guest, anna: Guest) -> None:
    for id in range(1, 11):
        assert subjects(anna, c.AskLesson(id=id)) == [""]
        assert barred(anna, c.AskLesson(id=id), DUE) == []
    assert subjects(anna, c.AskLesson(id=11)) is None
    assert anna.refused(c.AskLesson) == ("rate_limited", "RATE-1")
    lobby.advance(2)
    assert subjects(anna, c.AskLesson(id=12)) == [""]


@pytest.mark.rule("CALL-11")
def test_whoever_asks_and_may_come_is_told_so_and_nothing_else_happens(lobby: Lesson, anna: Guest) -> None:
    assert anna.does(c.AskLesson) == []
    assert lobby.effects == [fx.Answer(anna.line, 1, lobby.room.log.seq)]


@pytest.mark.rule("CALL-11")
def test_who_may_begin_no_lesson_is_told_what_its_door_would_say_again_when_repeated(
    lobby: Lesson, li: Guest, anna: Guest
) -> None:
    call = c.MakeCall(id=1, teacher=1, subject="physics")
    assert barred(anna, call, DUE) == []
    due = n.Error(id=1, code=DUE.code, message=DUE.message, rule="DUE-2", room="r-9")
    assert answer(anna) == due
    anna.sends(call)
    assert anna.heard[-2:] == [due, due]
    assert barred(anna, c.AskLesson(id=2), REST) == []
    assert (answer(anna).rule, answer(anna).retry_in_s, answer(anna).until_ms) == (
        "REST-2",
        120,
        (OPENED + 120) * 1000,
    )
    assert lobby.state.lobby.of == {}
    assert barred(lobby.joins("mo", "teacher"), c.BeginDuty(id=1, subjects=("physics",)), SPENT) == []


@pytest.mark.rule("CALL-11")
def test_what_was_before_goes_on_when_a_student_only_asks_or_a_teacher_offers_too_much(
    lobby: Lesson, li: Guest, anna: Guest
) -> None:
    anna.does(c.MakeCall, teacher=1, subject="physics")
    assert barred(anna, c.AskLesson(id=2), REST) == []
    assert barred(li, c.BeginDuty(id=2, subjects=("history",)), SPENT) == []
    assert (lobby.state.lobby.of, lobby.state.lobby.duties[1].subjects) == ({2: 1}, ("physics", "chemistry"))


@pytest.mark.rule("CALL-12")
def test_a_lesson_that_runs_is_no_less_a_lesson_when_its_teacher_asks_for_another(
    lobby: Lesson, li: Guest, anna: Guest
) -> None:
    anna.does(c.MakeCall, teacher=1, subject="physics")
    li.does(c.AcceptCall, call=1)
    assert barred(li, c.AskLesson(id=3), SPENT) == []
    assert lobby.state.lobby.busy == {1: 1}


@pytest.mark.rule("CALL-12")
@pytest.mark.parametrize("command", [c.AcceptCall(id=2, call=1), c.AskLesson(id=2)])
def test_a_teacher_who_may_not_teach_is_on_duty_no_more(
    lobby: Lesson, li: Guest, anna: Guest, command: c.Meeting
) -> None:
    ben = lobby.joins("ben")
    for student in (anna, ben):
        student.does(c.MakeCall, teacher=1, subject="physics")
    off = e.DutyChanged(seq=-1, at=-1, member=1, state="off", name="Li", school="No. 4 Middle School")
    gone = [e.CallEnded(seq=-1, at=-1, call=call, reason="gone") for call in (1, 2)]
    assert barred(li, command, SPENT) == [*gone, off]
    assert (answer(li).code, answer(li).rule, answer(li).retry_in_s) == ("quota_exceeded", "QUOTA-3", 3_600)
    assert anna.does(c.MakeCall, teacher=1, subject="physics") == []


@pytest.mark.rule("CALL-12")
def test_the_call_of_a_student_who_may_not_come_is_over_and_the_teacher_does_not_learn_why(
    lobby: Lesson, li: Guest, anna: Guest
) -> None:
    ben = lobby.joins("ben")
    for student in (anna, ben):
        student.does(c.MakeCall, teacher=1, subject="physics")
    over = e.CallEnded(seq=-1, at=-1, call=1, reason="barred")
    rings = e.CallRings(seq=-1, at=-1, call=2, in_s=30)
    assert barred(li, c.AcceptCall(id=2, call=1), DUE, anna.member) == [over, rings]
    said = n.Error(id=2, code=ErrorCode.CONFLICT, message="whoever calls may begin no lesson now", rule="CALL-12")
    assert answer(li) == said
    assert [effect.key for effect in lobby.effects if isinstance(effect, fx.Flash)] == [("place", ben.member)]


@pytest.mark.rule("CALL-12")
def test_a_call_that_was_taken_back_while_the_ledger_was_asked_ends_once(lobby: Lesson, li: Guest, anna: Guest) -> None:
    anna.does(c.MakeCall, teacher=1, subject="physics")
    anna.does(c.CancelCall)
    assert barred(li, c.AcceptCall(id=2, call=1), DUE, anna.member) == []
    assert (answer(li).code, answer(li).rule) == ("not_found", "CALL-3")
