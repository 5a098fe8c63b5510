"""Asking the class: polls, check-ins, and what observers have to say."""

from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core import replay
from roomserver.core.forms import FORMS, Form
from roomserver.core.people import Person
from tests.support.lesson import OPENED_MS, Guest, Lesson

SUM: Any = {"question": " 1/2 + 1/3 ? ", "options": ("2/5", "5/6 ", "1/6"), "answer": 1}
PLAIN: Any = {"poll": 1, "member": 1, "question": "1/2 + 1/3 ?", "options": ("2/5", "5/6", "1/6")}


def heard(guest: Guest, *kinds: type[Any]) -> list[Any]:
    """What has come to one line of these kinds, without places."""
    guest.lesson.turn()
    return [message for message in guest.heard if isinstance(message, kinds)]


@pytest.mark.rule("POLL-1")
def test_staff_ask_with_two_to_six_answers_and_one_poll_is_open_at_a_time(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    for wrong in (
        {"question": "  "},
        {"options": ("a", " ")},
        {"options": ("a", " a")},
        {"answer": 3},
    ):
        assert teacher.refused(c.OpenPoll, **{**SUM, **wrong}) == ("invalid", "POLL-1")
    assert teacher.does(c.OpenPoll, **SUM) == [e.PollOpened(**PLAIN, answer=1)]
    assert teacher.refused(c.OpenPoll, **SUM) == ("conflict", "POLL-1")
    assert teacher.does(c.ClosePoll, poll=1) == [e.PollClosed(poll=1, counts=(0, 0, 0), answer=1, by=1)]
    assert teacher.does(c.ClosePoll, poll=1) == []
    assert teacher.refused(c.ClosePoll, poll=2) == ("not_found", None)
    assert teacher.does(c.OpenPoll, **SUM) == [e.PollOpened(**{**PLAIN, "poll": 2}, answer=1)]


@pytest.mark.rule("POLL-2")
def test_the_newest_of_a_students_votes_counts(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    teacher.does(c.OpenPoll, **SUM)
    assert anna.does(c.Vote, poll=1, choice=0) == [e.PollVoted(poll=1, member=2, choice=0)]
    assert anna.does(c.Vote, poll=1, choice=0) == []
    assert anna.does(c.Vote, poll=1, choice=1) == [e.PollVoted(poll=1, member=2, choice=1)]
    ben.does(c.Vote, poll=1, choice=2)
    assert anna.refused(c.Vote, poll=1, choice=3) == ("invalid", "POLL-2")
    assert anna.refused(c.Vote, poll=2, choice=0) == ("not_found", None)
    ben.lost(for_good=True)
    assert teacher.does(c.ClosePoll, poll=1) == [e.PollClosed(poll=1, counts=(0, 1, 1), answer=1, by=1)]
    assert anna.refused(c.Vote, poll=1, choice=0) == ("conflict", "POLL-2")


@pytest.mark.rule("POLL-3")
def test_who_voted_what_is_told_to_staff_and_the_voter(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    watcher = lesson.joins("hu", "observer")
    teacher.does(c.OpenPoll, **SUM)
    anna.does(c.Vote, poll=1, choice=1)
    ben.does(c.Vote, poll=1, choice=0)
    votes = {guest.name: [vote.member for vote in heard(guest, e.PollVoted)] for guest in (teacher, anna, ben, watcher)}
    assert votes == {"li": [2, 3], "anna": [2], "ben": [3], "hu": []}


@pytest.mark.rule("POLL-4", "DELIVER-11")
def test_the_right_answer_is_told_to_staff_at_once_and_to_others_when_the_poll_is_closed(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    watcher = lesson.joins("hu", "observer")
    teacher.does(c.OpenPoll, **SUM)
    answers = {guest.name: heard(guest, e.PollOpened)[0].answer for guest in (teacher, anna, watcher)}
    assert answers == {"li": 1, "anna": None, "hu": None}
    teacher.does(c.ClosePoll, poll=1)
    for guest in (teacher, anna, watcher):
        assert [closed.answer for closed in heard(guest, e.PollClosed)] == [1]


@pytest.mark.rule("POLL-5")
def test_a_poll_closes_when_its_time_is_over_to_the_millisecond(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.OpenPoll, **SUM, seconds=30)
    anna.does(c.Vote, poll=1, choice=1)
    lesson.advance(29.999)
    assert lesson.events(e.PollClosed) == []
    lesson.oversleep(40)
    assert lesson.events(e.PollClosed) == [e.PollClosed(poll=1, counts=(0, 1, 0), answer=1)]
    [at] = [entry.at for entry in lesson.entries if isinstance(entry.event, e.PollClosed)]
    assert at == 30_000


@pytest.mark.rule("POLL-5", "CHECKIN-3")
def test_what_is_open_closes_with_the_room_before_it(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.OpenPoll, **SUM)
    teacher.does(c.OpenCheckin, seconds=300)
    closing = [type(event) for event in teacher.does(c.EndRoom)]
    assert closing[-3:] == [e.PollClosed, e.CheckinClosed, e.RoomClosed]


@pytest.mark.rule("POLL-5", "CHECKIN-3")
def test_they_survive_a_node_that_dies_and_end_in_time(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.OpenPoll, **SUM, seconds=60)
    anna.does(c.Vote, poll=1, choice=2)
    teacher.does(c.OpenCheckin, seconds=90)
    lesson.crash(down_s=20)
    again = lesson.resumes(anna)
    again.does(c.Vote, poll=1, choice=1)
    lesson.advance(39.999)
    assert lesson.events(e.PollClosed) == []
    lesson.advance(30.001)
    assert lesson.events(e.PollClosed) == [e.PollClosed(poll=1, counts=(0, 1, 0), answer=1)]
    assert lesson.events(e.CheckinClosed) == [e.CheckinClosed(checkin=1, missing=(2,))]


@pytest.mark.rule("POLL-6", "CHECKIN-4")
def test_who_comes_later_is_shown_the_newest_as_those_see_it_who_were_there(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    teacher.does(c.OpenPoll, **SUM, seconds=60)
    teacher.does(c.OpenCheckin, seconds=90)
    anna.does(c.Vote, poll=1, choice=1)
    anna.does(c.AnswerCheckin, checkin=1)
    poll, checkin = n.PollView(**PLAIN, at=0, seconds=60), n.CheckinView(checkin=1, member=1, at=0, seconds=90)

    def shown(name: str, role: Any) -> tuple[Any, Any]:
        room = lesson.joins(name, role).welcome.room
        assert room is not None
        return room.poll, room.checkin

    assert shown("chen", "student") == (poll, checkin)
    assert shown("hu", "observer") == (poll, checkin)
    voted = {**PLAIN, "at": 0, "seconds": 60, "votes": ((2, 1),)}
    answered = n.CheckinView(checkin=1, member=1, at=0, seconds=90, answered=(2,))
    assert shown("anna", "student") == (n.PollView(**voted), answered)
    assert shown("zhao", "assistant") == (n.PollView(**voted, answer=1), answered)
    lesson.advance(90)
    room = lesson.joins("ben", "student").welcome.room
    assert room is not None
    assert room.poll == n.PollView(**PLAIN, at=0, seconds=60, answer=1, closed=True, counts=(0, 1, 0))
    assert room.checkin == n.CheckinView(checkin=1, member=1, at=0, seconds=90, closed=True)


@pytest.mark.rule("POLL-7", "CHECKIN-5")
def test_a_room_has_so_many_polls_and_check_ins(lesson: Lesson, teacher: Guest) -> None:
    for number in range(1, 51):
        lesson.advance(6)
        teacher.does(c.OpenPoll, **SUM)
        teacher.does(c.ClosePoll, poll=number)
        teacher.does(c.OpenCheckin, seconds=5)
    lesson.advance(6)
    assert teacher.refused(c.OpenPoll, **SUM) == ("full", "POLL-7")
    assert teacher.refused(c.OpenCheckin, seconds=5) == ("full", "CHECKIN-5")


@pytest.mark.rule("CHECKIN-1", "CHECKIN-2")
def test_students_say_once_that_they_are_there(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    assert teacher.does(c.OpenCheckin, seconds=30) == [e.CheckinOpened(checkin=1, member=1, seconds=30)]
    assert teacher.refused(c.OpenCheckin, seconds=30) == ("conflict", "CHECKIN-1")
    assert anna.does(c.AnswerCheckin, checkin=1) == [e.CheckinAnswered(checkin=1, member=2)]
    assert anna.does(c.AnswerCheckin, checkin=1) == []
    assert ben.refused(c.AnswerCheckin, checkin=2) == ("not_found", None)
    assert [len(heard(guest, e.CheckinAnswered)) for guest in (teacher, anna, ben)] == [1, 1, 0]
    lesson.advance(30)
    assert ben.refused(c.AnswerCheckin, checkin=1) == ("conflict", "CHECKIN-2")
    assert anna.does(c.AnswerCheckin, checkin=1) == []


@pytest.mark.rule("CHECKIN-3", "DELIVER-11")
def test_staff_alone_are_told_who_was_there_and_did_not_answer(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    gone = lesson.joins("chen")
    gone.lost(for_good=True)
    watcher = lesson.joins("hu", "observer")
    teacher.does(c.OpenCheckin, seconds=30)
    late = lesson.joins("dora")
    ben.lost()
    anna.does(c.AnswerCheckin, checkin=1)
    lesson.advance(29.999)
    assert lesson.events(e.CheckinClosed) == []
    lesson.advance(0.001)
    assert lesson.events(e.CheckinClosed) == [e.CheckinClosed(checkin=1, missing=(3,))]
    told = {guest.name: [closed.missing for closed in heard(guest, e.CheckinClosed)] for guest in (teacher, anna, late)}
    assert told == {"li": [(3,)], "anna": [()], "dora": [()]}
    assert [closed.missing for closed in heard(watcher, e.CheckinClosed)] == [()]


@pytest.mark.rule("POLL-8", "CHECKIN-6")
def test_the_record_holds_what_was_asked_and_what_each_member_answered(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    lesson.advance(2)
    teacher.does(c.OpenPoll, **SUM, seconds=10)
    anna.does(c.Vote, poll=1, choice=1)
    ben.does(c.Vote, poll=1, choice=0)
    lesson.advance(10)
    teacher.does(c.OpenPoll, question="More?", options=("yes", "no"))
    ben.does(c.Vote, poll=2, choice=0)
    teacher.does(c.OpenCheckin, seconds=10)
    lesson.advance(1)
    anna.does(c.AnswerCheckin, checkin=1)
    teacher.does(c.EndRoom)
    anna.does(c.Evaluate, score=5)
    ben.does(c.Evaluate, score=5)
    assert lesson.record is not None
    data = lesson.record["data"]
    assert data["polls"] == [
        {
            **{"poll": 1, "member": 1, "question": "1/2 + 1/3 ?", "options": ["2/5", "5/6", "1/6"], "answer": 1},
            **{"opened_ms": OPENED_MS + 2_000, "closed_ms": OPENED_MS + 12_000, "counts": [1, 1, 0]},
        },
        {
            **{"poll": 2, "member": 1, "question": "More?", "options": ["yes", "no"], "answer": None},
            **{"opened_ms": OPENED_MS + 12_000, "closed_ms": OPENED_MS + 13_000, "counts": [1, 0]},
        },
    ]
    times = {"opened_ms": OPENED_MS + 12_000, "closed_ms": OPENED_MS + 13_000}
    assert data["checkins"] == [{"checkin": 1, "member": 1, **times, "missing": [3]}]
    assert lesson.member("anna")["votes"] == [{"poll": 1, "choice": 1, "right": True}]
    assert lesson.member("ben")["votes"] == [
        {"poll": 1, "choice": 0, "right": False},
        {"poll": 2, "choice": 0, "right": None},
    ]
    assert lesson.member("anna")["checkins"] == [{"checkin": 1, "at_ms": OPENED_MS + 13_000}]
    assert lesson.member("ben")["checkins"] == [{"checkin": 1, "at_ms": None}]
    assert lesson.member("li")["checkins"] == []


# Observers


@pytest.fixture
def open_lesson() -> Lesson:
    seats: Any = {"teacher": 1, "student": 2, "observer": 3}
    return Lesson(Form(seats=seats, comments=True))


@pytest.mark.rule("COMMENT-1")
def test_comments_are_taken_only_where_the_form_says_so() -> None:
    assert [name for name, form in FORMS.items() if form.comments] == ["famous_teacher"]
    lesson = Lesson("one_to_many")
    watcher = lesson.joins("hu", "observer")
    assert watcher.refused(c.AddComment, text="x") == ("forbidden", "COMMENT-1")
    assert watcher.welcome.room is not None
    assert watcher.welcome.room.comments is None


@pytest.mark.rule("COMMENT-1", "DELIVER-2")
def test_what_observers_say_is_for_staff_and_observers_and_pupils_never_see_it(open_lesson: Lesson) -> None:
    teacher, anna = open_lesson.joins("li", "teacher"), open_lesson.joins("anna")
    hu, jia = open_lesson.joins("hu", "observer"), open_lesson.joins("jia", "observer")
    said = e.CommentAdded(member=3, name="Hu", text="a good question")
    assert hu.does(c.AddComment, text=" a good question ") == [said]
    assert hu.refused(c.AddComment, text="   ") == ("invalid", "COMMENT-1")
    assert anna.refused(c.AddComment, text="x") == ("forbidden", "RIGHT-1")
    counts = {guest.name: len(heard(guest, e.CommentAdded)) for guest in (teacher, anna, hu, jia)}
    assert counts == {"li": 1, "anna": 0, "hu": 1, "jia": 1}


@pytest.mark.rule("COMMENT-2")
def test_staff_and_observers_who_come_later_are_shown_the_newest_fifty_with_their_moments(open_lesson: Lesson) -> None:
    hu = open_lesson.joins("hu", "observer")
    for number in range(1, 53):
        open_lesson.advance(1)
        hu.does(c.AddComment, text=f"comment {number}")
    for name, role in (("jia", "observer"), ("li", "teacher")):
        room = open_lesson.joins(name, role).welcome.room  # type: ignore[arg-type]
        assert room is not None
        assert room.comments is not None
        assert [(one.at, one.text) for one in room.comments] == [(n * 1_000, f"comment {n}") for n in range(3, 53)]
        assert {(one.member, one.name) for one in room.comments} == {(1, "Hu")}
    anna = open_lesson.joins("anna").welcome.room
    assert anna is not None
    assert anna.comments is None


def time_line(lesson: Lesson, name: str, role: Any) -> list[Any]:
    """The marks of a closed room for one viewer, but for people coming and going."""
    closing = next(entry.seq for entry in lesson.entries if isinstance(entry.event, e.RoomClosed))
    course = replay.course(lesson.state, closing, [])
    stored = [(entry.body, entry.personal) for entry in lesson.entries]
    marks = replay.marks(course, stored, course.viewer(name, role))
    return [mark for mark in marks if mark["type"].partition(".")[0] in ("poll", "checkin", "comment")]


@pytest.mark.rule("COMMENT-3", "DELIVER-11")
def test_the_time_line_of_a_replay_has_what_was_asked_and_to_staff_and_observers_the_comments(
    open_lesson: Lesson,
) -> None:
    teacher, _ = open_lesson.joins("li", "teacher"), open_lesson.joins("anna")
    hu = open_lesson.joins("hu", "observer")
    teacher.does(c.OpenPoll, **SUM)
    open_lesson.advance(7)
    hu.does(c.AddComment, text="well asked")
    teacher.does(c.OpenCheckin, seconds=5)
    teacher.does(c.EndRoom)
    expected = {"poll.opened": 0, "comment.added": 7_000, "checkin.opened": 7_000, "poll.closed": 7_000}
    for name, role in (("li", "teacher"), ("hu", "observer"), ("nobody we know", "observer")):
        assert {mark["type"]: mark["at"] for mark in time_line(open_lesson, name, role)} == expected
    del expected["comment.added"]
    assert {mark["type"]: mark["at"] for mark in time_line(open_lesson, "anna", "student")} == expected
    [asked] = [mark for mark in time_line(open_lesson, "li", "teacher") if mark["type"] == "poll.opened"]
    assert (asked["question"], asked["answer"]) == ("1/2 + 1/3 ?", 1)
    for name, role in (("hu", "observer"), ("anna", "student")):
        [asked] = [mark for mark in time_line(open_lesson, name, role) if mark["type"] == "poll.opened"]
        assert (asked["question"], "answer" in asked) == ("1/2 + 1/3 ?", False)


@pytest.mark.rule("DELIVER-11")
def test_the_events_of_a_replay_are_told_as_they_were(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.OpenPoll, **SUM)
    viewers = {role: Person(0, "somebody", "", role=role) for role in ("teacher", "observer", "student")}
    told = {role: bytes(list(replay.seen(lesson.entries, viewer))[-1]) for role, viewer in viewers.items()}
    assert {role: b'"answer":1' in event for role, event in told.items()} == {
        "teacher": True,
        "observer": False,
        "student": False,
    }
