"""What a room tells the ledger, and what it makes of what it was granted: quota, continuous time, evaluations."""

from dataclasses import replace
from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from protocol.fields import Role
from roomserver.core import effects as fx
from roomserver.core import facts
from roomserver.core.arrival import Arrival
from roomserver.core.errors import Refused
from roomserver.core.forms import Form
from roomserver.core.ledger import Ended, Granted, Paid, Posting, Stay, Taught
from roomserver.core.log import Audience
from tests.support.lesson import OPENED_MS, Guest, Lesson

MINUTE = 60_000
FORM = Form(
    seats={"teacher": 2, "student": 3, "assistant": 1},
    duration_s=1_800,
    gap_s=600,
    quota_s=18_000,
    continuous_s=1_200,
    rest_s=600,
    dues=True,
)


@pytest.fixture
def lesson() -> Lesson:
    return Lesson(FORM)


def comes(lesson: Lesson, name: str, role: Role = "student", **granted: Any) -> Guest:
    """Somebody at the door to whom the ledger granted this."""
    number = next(lesson._numbers)
    guest = lesson.guests[number] = Guest(lesson, name, role, number, f"session-{number}")
    arrival = Arrival(name, name.title(), role, None, guest.session, f"salt {number}".encode())
    arrival = replace(arrival, granted=Granted(**granted))
    lesson.perform(lesson.room.enter(number, c.Hello(id=1, room="r-1"), arrival, now=lesson.now))
    assert guest.hung is None, guest.heard
    guest.member = guest.welcome.member
    return guest


def posted(lesson: Lesson, *kinds: type[Posting]) -> list[Posting]:
    """All that the ledger was told, or what of it is of some kinds."""
    told = [one for effect in lesson.history if isinstance(effect, fx.Append) for one in effect.postings]
    return [one for one in told if not kinds or isinstance(one, kinds)]


def closed(lesson: Lesson) -> tuple[int, str]:
    [(at, reason)] = [
        (entry.at, entry.event.reason) for entry in lesson.entries if isinstance(entry.event, e.RoomClosed)
    ]
    return at, reason


# A teacher's week


@pytest.mark.rule("QUOTA-5")
@pytest.mark.parametrize(("reserved_min", "ends"), [(12, (720_000, "quota")), (30, (1_800_000, "duration"))])
def test_a_room_ends_when_what_was_reserved_is_used(lesson: Lesson, reserved_min: int, ends: tuple[int, str]) -> None:
    comes(lesson, "li", "teacher", reserved_ms=reserved_min * MINUTE)
    comes(lesson, "anna")
    assert lesson.events(e.RoomLive) == [e.RoomLive(ends_at=ends[0], reason=ends[1])]  # type: ignore[arg-type]
    lesson.advance(1_900)
    assert closed(lesson) == ends
    assert [event.reason for event in lesson.events(e.EndingSoon)] == [ends[1], ends[1]]


@pytest.mark.rule("QUOTA-5")
def test_it_runs_while_the_teacher_is_there_and_while_their_line_is_lost(lesson: Lesson) -> None:
    comes(lesson, "li", "teacher", reserved_ms=30 * MINUTE)
    comes(lesson, "anna")
    lesson.advance(300)
    wang = comes(lesson, "wang", "teacher", reserved_ms=10 * MINUTE)
    lesson.advance(120)
    wang.lost()
    lesson.advance(30)
    wang = lesson.resumes(wang)
    lesson.advance(30)
    wang.lost(for_good=True)  # after 180 s
    lesson.advance(60)
    comes(lesson, "wang", "teacher", reserved_ms=10 * MINUTE)
    lesson.advance(1_800)
    assert closed(lesson) == (300_000 + 60_000 + 600_000 + 30_000, "quota")  # the 30 s were not spent


@pytest.mark.rule("QUOTA-5")
def test_a_teacher_who_has_left_ends_nothing_and_the_end_that_is_left_has_its_warnings(lesson: Lesson) -> None:
    wang = comes(lesson, "wang", "teacher", reserved_ms=6 * MINUTE)
    comes(lesson, "anna")
    assert [event.in_s for event in lesson.advance(310) if isinstance(event, e.EndingSoon)] == [300, 60]
    wang.lost(for_good=True)
    comes(lesson, "li", "teacher", reserved_ms=30 * MINUTE)
    warned = [(event.in_s, event.reason) for event in lesson.advance(1_800) if isinstance(event, e.EndingSoon)]
    assert warned == [(300, "duration"), (60, "duration")]
    assert closed(lesson) == (1_800_000, "duration")


@pytest.mark.rule("QUOTA-5")
def test_a_teacher_who_left_before_the_room_was_live_ends_nothing(lesson: Lesson) -> None:
    comes(lesson, "wang", "teacher", reserved_ms=MINUTE).lost(for_good=True)
    comes(lesson, "li", "teacher", reserved_ms=30 * MINUTE)
    comes(lesson, "anna")
    lesson.advance(1_800)
    assert closed(lesson) == (1_800_000, "duration")


@pytest.mark.rule("QUOTA-5", "QUOTA-9")
def test_what_was_reserved_is_known_to_the_node_that_takes_over(lesson: Lesson) -> None:
    comes(lesson, "li", "teacher", reserved_ms=12 * MINUTE)
    comes(lesson, "anna")
    lesson.advance(600)
    lesson.crash(down_s=200)
    lesson.tick()
    assert closed(lesson) == (720_000, "quota")


@pytest.mark.rule("QUOTA-6")
def test_at_the_close_only_the_live_time_with_the_teacher_was_used(lesson: Lesson) -> None:
    li = comes(lesson, "li", "teacher", reserved_ms=30 * MINUTE)
    lesson.advance(120)
    comes(lesson, "anna")
    comes(lesson, "wang", "teacher", reserved_ms=20 * MINUTE).lost(for_good=True)
    lesson.advance(300)
    li.lost()
    lesson.advance(30)
    li = lesson.resumes(li)
    lesson.advance(100)
    li.does(c.EndRoom)
    [ended] = posted(lesson, Ended)
    assert ended == Ended(OPENED_MS + 550_000, {"li": 400_000, "wang": 0}, ("anna",))


@pytest.mark.rule("QUOTA-6")
def test_a_room_that_never_was_live_used_nothing(lesson: Lesson) -> None:
    comes(lesson, "li", "teacher", reserved_ms=30 * MINUTE)
    lesson.advance(900)
    assert closed(lesson)[1] == "no_show"
    assert posted(lesson) == [Ended(OPENED_MS + 900_000, {"li": 0})]


# The gap


@pytest.mark.rule("GAP-1")
def test_who_teaches_a_class_that_is_live_is_told_to_the_ledger(lesson: Lesson) -> None:
    li = comes(lesson, "li", "teacher")
    lesson.advance(60)
    comes(lesson, "anna")
    lesson.advance(60)
    comes(lesson, "wang", "teacher")
    li.lost()
    lesson.resumes(li)
    since = OPENED_MS + 60_000
    taught = [Taught("li", since), Taught("wang", since + 60_000), Taught("li", since + 60_000)]
    assert posted(lesson, Taught) == taught
    lesson = Lesson(Form(seats=FORM.seats))
    comes(lesson, "li", "teacher")
    comes(lesson, "anna")
    assert posted(lesson, Taught) == []


# A student's time


@pytest.mark.rule("REST-1")
def test_time_counts_from_when_the_room_is_live_and_short_pauses_count(lesson: Lesson) -> None:
    anna = comes(lesson, "anna")
    lesson.advance(300)
    comes(lesson, "li", "teacher")
    lesson.advance(100)
    anna.lost()
    lesson.advance(30)
    anna = lesson.resumes(anna)
    lesson.advance(70)
    anna.lost(for_good=True)
    lesson.advance(599)
    anna = comes(lesson, "anna")
    lesson.advance(1)
    anna.lost(for_good=True)
    lesson.advance(600)
    comes(lesson, "anna")
    lesson.advance(100)
    at = OPENED_MS + 300_000
    assert posted(lesson, Stay) == [
        Stay("anna", at, None),
        Stay("anna", at, at + 100_000),
        Stay("anna", at, None),
        Stay("anna", at, at + 200_000),
        Stay("anna", at, None),
        Stay("anna", at, at + 800_000),
        Stay("anna", at + 1_400_000, None),
    ]


@pytest.mark.rule("REST-1")
def test_earlier_rooms_count_unless_the_wait_was_a_rest(lesson: Lesson) -> None:
    comes(lesson, "anna", screen=(OPENED_MS - 900_000, OPENED_MS))
    comes(lesson, "ben", screen=(OPENED_MS - 900_000, OPENED_MS - 300_000))
    lesson.advance(400)
    comes(lesson, "li", "teacher")
    at = OPENED_MS + 400_000
    assert posted(lesson, Stay) == [Stay("anna", OPENED_MS - 900_000, None), Stay("ben", at, None)]


@pytest.mark.rule("REST-1")
def test_a_stay_that_a_crash_cut_ended_with_the_newest_stored_event(lesson: Lesson) -> None:
    comes(lesson, "li", "teacher")
    comes(lesson, "anna")
    lesson.advance(31)
    lesson.crash(down_s=100)
    assert posted(lesson, Stay)[-1] == Stay("anna", OPENED_MS, OPENED_MS + 30_000)


def alarms(lesson: Lesson) -> list[tuple[int, str, int | None, Audience]]:
    return [
        (entry.at, entry.event.kind, entry.event.member, entry.audience)
        for entry in lesson.entries
        if isinstance(entry.event, e.Alarm)
    ]


@pytest.mark.rule("REST-3")
def test_an_alarm_is_raised_once_for_staff_and_the_student_to_the_millisecond(lesson: Lesson) -> None:
    comes(lesson, "li", "teacher")
    anna = comes(lesson, "anna", screen=(OPENED_MS - 300_000, OPENED_MS - 100_000))
    ben = comes(lesson, "ben")
    lesson.advance(899.999)
    assert alarms(lesson) == []
    lesson.advance(0.001)
    first = (900_000, "over_use", anna.member, Audience(staff=True, members=frozenset({anna.member})))
    assert alarms(lesson) == [first]
    anna.lost()
    lesson.advance(10)
    lesson.resumes(anna)
    lesson.advance(600)
    assert alarms(lesson) == [first, (1_200_000, "over_use", 3, Audience(staff=True, members=frozenset({ben.member})))]
    assert [alarm.kind for alarm in lesson.state.alarms] == ["over_use", "over_use"]


@pytest.mark.rule("REST-3")
def test_a_crash_before_or_behind_it_raises_it_once_all_the_same(lesson: Lesson) -> None:
    comes(lesson, "li", "teacher")
    anna = comes(lesson, "anna")
    lesson.advance(1_199)
    lesson.crash()
    anna = lesson.resumes(anna)
    lesson.advance(2)
    assert [at for at, *_ in alarms(lesson)] == [1_200_000]
    lesson.crash()
    lesson.resumes(anna)
    lesson.advance(300)
    assert [at for at, *_ in alarms(lesson)] == [1_200_000]


@pytest.mark.rule("REST-3")
def test_who_rested_or_is_away_is_raised_no_alarm_about(lesson: Lesson) -> None:
    comes(lesson, "li", "teacher")
    comes(lesson, "anna").lost(for_good=True)
    lesson.advance(600)
    comes(lesson, "anna")
    lesson.advance(1_199)
    assert alarms(lesson) == []
    lesson = Lesson(replace_form(continuous_s=0))
    comes(lesson, "li", "teacher")
    comes(lesson, "anna", screen=(OPENED_MS - 86_400_000, OPENED_MS))
    lesson.advance(1_800)
    assert alarms(lesson) == []


@pytest.mark.rule("REST-3")
def test_a_whole_lesson_of_a_rested_student_raises_none() -> None:
    lesson = Lesson("one_to_many")
    comes(lesson, "anna")
    lesson.advance(500)
    comes(lesson, "li", "teacher")
    lesson.advance(1_800)
    assert (closed(lesson), alarms(lesson)) == ((2_300_000, "duration"), [])


def replace_form(**changes: Any) -> Form:
    return Form(**{name: getattr(FORM, name) for name in FORM.__struct_fields__} | changes)


# Dues


@pytest.mark.rule("DUE-1")
def test_who_owes_an_evaluation_at_the_close_is_told_to_the_ledger(lesson: Lesson) -> None:
    li = comes(lesson, "li", "teacher")
    comes(lesson, "anna")
    ben = comes(lesson, "ben")
    ben.does(c.Evaluate, score=5)
    lesson.advance(60)
    li.does(c.EndRoom)
    assert posted(lesson, Ended, Paid) == [Ended(OPENED_MS + 60_000, {}, ("anna",))]
    lesson = Lesson(replace_form(dues=False))
    comes(lesson, "anna")
    li = comes(lesson, "li", "teacher")
    lesson.advance(60)
    li.does(c.EndRoom)
    assert posted(lesson, Ended) == [Ended(OPENED_MS + 60_000, {}, ())]


@pytest.mark.rule("DUE-3")
def test_an_evaluation_in_the_closed_room_settles(lesson: Lesson) -> None:
    li = comes(lesson, "li", "teacher")
    anna = comes(lesson, "anna")
    lesson.advance(60)
    li.does(c.EndRoom)
    anna.does(c.Evaluate, score=4)
    assert posted(lesson, Paid) == [Paid("anna")]


def evaluates(lesson: Lesson, name: str) -> list[Any]:
    lesson.tick()
    return lesson.perform(lesson.room.evaluated(name, c.Evaluate(id=1, score=3), now=lesson.now))


@pytest.mark.rule("DUE-3")
def test_an_evaluation_from_outside_the_room_is_as_one_from_inside(lesson: Lesson) -> None:
    li = comes(lesson, "li", "teacher")
    comes(lesson, "anna")
    lesson.advance(60)
    li.does(c.EndRoom)
    assert evaluates(lesson, "anna") == [
        facts.Assessed(member=2, score=3, seq=-1, at=-1),
        e.Evaluated(score=3, seq=-1, at=-1),
    ]
    assert posted(lesson, Paid) == [Paid("anna")]
    assert lesson.member("anna")["evaluation"]["score"] == 3


@pytest.mark.rule("DUE-3")
@pytest.mark.parametrize(("name", "code"), [("hu", "conflict"), ("ben", "conflict"), ("anna", "room_closed")])
def test_one_that_is_not_due_or_comes_after_the_record_is_refused(lesson: Lesson, name: str, code: str) -> None:
    li = comes(lesson, "li", "teacher")
    comes(lesson, "anna")
    comes(lesson, "ben").does(c.Evaluate, score=5)
    lesson.advance(60)
    li.does(c.EndRoom)
    lesson.advance(120)
    with pytest.raises(Refused) as refused:
        evaluates(lesson, name)
    assert refused.value.code.value == code


# One session


@pytest.mark.rule("CLAIM-1")
@pytest.mark.parametrize("away", [False, True])
def test_a_session_that_begins_elsewhere_ends_here_and_is_not_resumed(lesson: Lesson, away: bool) -> None:
    comes(lesson, "li", "teacher")
    anna = comes(lesson, "anna")
    if away:
        anna.lost()
    left = lesson.perform(lesson.room.replaced("anna", now=lesson.now))
    assert left == [e.MemberLeft(member=2, reason="replaced", seq=-1, at=-1)]
    assert anna.hung == (None if away else 4409)
    assert lesson.resumes(anna).hung == 4401
    assert lesson.perform(lesson.room.replaced("anna", now=lesson.now)) == []
    assert lesson.perform(lesson.room.replaced("nobody", now=lesson.now)) == []


@pytest.mark.rule("CLAIM-3")
def test_the_ledger_is_asked_about_who_begins_a_session_and_has_a_seat(lesson: Lesson) -> None:
    def asked(name: str, role: Role, resume: c.Resume | None = None) -> bool:
        arrival = Arrival(name, "", role, None, "", b"")
        return lesson.room.is_asked(c.Hello(id=1, room="r-1", resume=resume), arrival, now=lesson.now)

    assert asked("li", "teacher")
    assert not asked("hu", "observer")
    assert not asked("classroom", "classroom")  # no seat
    anna = comes(lesson, "anna")
    assert asked("anna", "student")
    assert not asked("anna", "student", c.Resume(session=anna.session, epoch=1, seq=1))
    assert asked("anna", "student", c.Resume(session="another", epoch=1, seq=1))
    lesson.advance(900)
    assert not asked("li", "teacher")  # closed


@pytest.mark.rule("CLAIM-3")
def test_the_ledger_is_not_asked_who_may_wait_in_a_lobby() -> None:
    lobby = Lesson("lobby")
    arrival = Arrival("li", "", "teacher", None, "", b"")
    assert not lobby.room.is_asked(c.Hello(id=1, room="r-1"), arrival, now=lobby.now)
