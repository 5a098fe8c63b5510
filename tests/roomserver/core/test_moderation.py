"""Removing, and the evaluation: who is put out and stays out, who is asked and when."""

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core import effects as fx
from roomserver.core import facts
from roomserver.core.forms import Form
from tests.support.lesson import LENIENT, PEN, Guest, Lesson, bare


@pytest.mark.rule("REMOVE-1")
def test_a_removal_holds(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.RemoveMember, member=2)
    again = lesson.knocks("anna")
    assert (again.refusal, again.hung) == (("forbidden", "REMOVE-1"), 4403)
    assert lesson.resumes(anna).hung == 4401
    lesson.crash()
    assert lesson.knocks("anna").refusal == ("forbidden", "REMOVE-1")


@pytest.mark.rule("REMOVE-2")
def test_who_is_removed_goes_at_once_with_all_that_is_theirs(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.Grant, member=2, can=("draw",), on=True)
    anna.does(c.RaiseHand)
    anna.does(c.BeginStroke, shape="2.1", **PEN)
    anna.does(c.ExtendStroke, shape="2.1", points=(1, 1))
    assert teacher.does(c.RemoveMember, member=2) == [
        e.StrokeExtended(-1, -1, "2.1", (1, 1)),
        e.StrokeFinished(shape="2.1"),
        e.MemberLeft(member=2, reason="removed", by=1, ban=True),
    ]
    assert lesson.effects[-3:-1] == [fx.EndMedia(2), fx.Hang(2, 4411, "removed by staff")]  # type: ignore[arg-type]
    assert anna.heard[-1].reason == "removed"
    assert anna.does(c.SendChat, text="but") == []
    assert lesson.state.hands == {}
    assert lesson.perform(lesson.room.flush(now=lesson.now)) == []


@pytest.mark.rule("REMOVE-3")
def test_a_teacher_is_not_removed_nor_anybody_by_themselves(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    assistant = lesson.joins("zhao", "assistant")
    assert assistant.refused(c.RemoveMember, member=1) == ("forbidden", "REMOVE-3")
    assert assistant.refused(c.RemoveMember, member=3) == ("forbidden", "REMOVE-3")
    assert teacher.refused(c.RemoveMember, member=9) == ("not_found", None)


@pytest.mark.rule("REMOVE-4")
def test_who_is_removed_without_a_ban_may_come_again_with_a_token() -> None:
    lesson = Lesson(LENIENT)
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    teacher.does(c.RemoveMember, member=2, ban=False)
    assert lesson.resumes(anna).hung == 4401
    assert lesson.joins("anna").member == 2


@pytest.mark.rule("REMOVE-5")
def test_where_the_form_says_so_every_removal_holds(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    assert teacher.does(c.RemoveMember, member=2, ban=False) == [
        e.MemberLeft(member=2, reason="removed", by=1, ban=True)
    ]
    assert lesson.knocks("anna").refusal == ("forbidden", "REMOVE-1")


def test_what_staff_did_stands_in_the_record(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    lesson.advance(3)
    teacher.does(c.Mute, member=3, kind="camera")
    teacher.does(c.RemoveMember, member=2)
    teacher.does(c.EndRoom)
    lesson.advance(120)
    assert lesson.record is not None
    at_ms = 1_790_000_003_000
    assert lesson.record["data"]["moderation"] == [
        {"type": "member.muted", "at_ms": at_ms, "member": 3, "kind": "camera", "on": True, "by": 1},
        {"type": "member.left", "at_ms": at_ms, "member": 2, "reason": "removed", "by": 1, "ban": True},
    ]


# Evaluation


@pytest.mark.rule("EVAL-1")
def test_an_evaluation_is_due_from_each_student_who_was_in_the_live_lesson(lesson: Lesson) -> None:
    early = lesson.joins("early")
    lesson.advance(1)
    early.lost(for_good=True)
    lesson.advance(1)
    teacher = lesson.joins("li", "teacher")
    anna, ben = lesson.joins("anna"), lesson.joins("ben")
    lesson.advance(60)
    ben.lost(for_good=True)
    lesson.advance(60)
    teacher.does(c.EndRoom)
    evaluation = {name: lesson.knocks(name) for name in ("early", "anna", "ben")}
    assert anna.hung == 4409
    assert evaluation["early"].refusal == ("room_closed", "EVAL-5")
    assert evaluation["anna"].welcome.evaluation == "due"
    assert evaluation["ben"].welcome.evaluation == "due"


@pytest.mark.rule("EVAL-1")
def test_an_evaluation_that_was_said_to_be_due_is_taken_of_the_shortest_lesson(lesson: Lesson) -> None:
    anna, teacher = lesson.joins("anna"), lesson.joins("li", "teacher")
    teacher.does(c.EndRoom)
    assert anna.hung is None
    anna.does(c.Evaluate, score=5)
    assert anna.hung == 4410


@pytest.mark.rule("EVAL-1")
def test_who_left_in_the_instant_before_the_lesson_began_owes_nothing(lesson: Lesson) -> None:
    lesson.joins("anna").lost(for_good=True)
    lesson.joins("ben")
    lesson.joins("li", "teacher").does(c.EndRoom)
    assert [lesson.knocks(name).refusal for name in ("anna",)] == [("room_closed", "EVAL-5")]


@pytest.mark.rule("EVAL-1")
def test_nobody_is_asked_where_the_form_does_not_or_nothing_was_live() -> None:
    unasked = Lesson(Form(seats={"teacher": 1, "student": 1}, evaluation=False))
    waiting = Lesson("one_to_one")
    for lesson in (unasked, waiting):
        if lesson is unasked:
            lesson.joins("li", "teacher")
        anna = lesson.joins("anna")
        lesson.advance(1)
        assert anna.welcome.evaluation == "not_due"
        assert anna.refused(c.Evaluate, score=5) == ("conflict", "EVAL-2")
        lesson.perform(lesson.room.end(now=lesson.now))
        assert lesson.record is not None
        assert lesson.member("anna")["evaluation"] is None


@pytest.mark.rule("EVAL-2")
def test_a_student_evaluates_once(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    lesson.advance(1)
    teacher.does(c.EndRoom)
    anna.does(c.Evaluate, score=4)
    assert anna.refused(c.Evaluate, score=5) == ("conflict", "EVAL-2")
    assert lesson.resumes(anna, seq=0).welcome.evaluation == "done"


@pytest.mark.rule("EVAL-3")
def test_staff_learn_the_score_and_not_whose(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    lesson.advance(1)
    teacher.does(c.EndRoom)
    assert anna.does(c.Evaluate, score=2, tags=("too fast",), comment="I was lost") == [
        facts.Assessed(member=2, score=2, tags=("too fast",), comment="I was lost"),
        e.Evaluated(score=2),
    ]
    lesson.turn()
    assert [bare(event) for event in teacher.says(e.Evaluated)] == [e.Evaluated(score=2)]
    assert ben.says(e.Evaluated) == []


@pytest.mark.rule("EVAL-4")
def test_the_record_waits_for_the_last_evaluation_due_and_then_no_longer(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    lesson.advance(600)
    teacher.does(c.EndRoom)
    lesson.advance(30)
    anna.does(c.Evaluate, score=5, tags=("clear",), comment="谢谢")
    assert lesson.record is None
    ben.does(c.Evaluate, score=3)
    assert lesson.member("anna")["evaluation"] == {
        "due": False,
        "score": 5,
        "tags": ["clear"],
        "comment": "谢谢",
        "at_ms": 1_790_000_630_000,
    }
    assert (teacher.hung, anna.hung, ben.hung) == (4410, 4410, 4410)
    assert ben.says(n.Ok) == [n.Ok(id=1)]
    assert lesson.room.next_deadline() is None


@pytest.mark.rule("EVAL-4")
def test_the_record_waits_at_most_120_seconds_and_says_what_is_still_due(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    lesson.advance(600)
    teacher.does(c.EndRoom)
    lesson.advance(119.999)
    assert lesson.record is None
    lesson.advance(0.001)
    assert lesson.member("anna")["evaluation"] == {"due": True}
    assert lesson.member("li")["evaluation"] is None
    assert anna.hung == 4410


@pytest.mark.rule("EVAL-5")
def test_into_a_closed_room_come_only_those_who_owe_an_evaluation(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    lesson.advance(60)
    anna.lost(for_good=True)
    teacher.does(c.EndRoom)
    joined = lesson.events(e.MemberJoined)
    again = lesson.joins("anna")
    assert lesson.events(e.MemberJoined) == joined
    assert fx.Receive(2) not in lesson.effects
    assert again.refused(c.SendChat, text="hello") == ("room_closed", "EVAL-5")
    again.does(c.Evaluate, score=1)
    again.lost()
    for name, role in (("anna", "student"), ("chen", "student"), ("wang", "teacher")):
        refused = lesson.knocks(name, role)  # type: ignore[arg-type]
        assert (refused.refusal, refused.hung) == (("room_closed", "EVAL-5"), 4410)


@pytest.mark.rule("EVAL-6")
def test_once_the_record_is_made_nothing_more_is_said(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.advance(60)
    teacher.does(c.EndRoom)
    lesson.advance(120)
    events = lesson.events()
    assert lesson.knocks("anna").refusal == ("room_closed", "EVAL-5")
    assert lesson.resumes(anna).refusal == ("room_closed", "EVAL-5")
    assert anna.does(c.Evaluate, score=5) == []
    assert lesson.advance(600) == []
    assert lesson.events() == events
