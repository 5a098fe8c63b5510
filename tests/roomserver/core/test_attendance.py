"""Presence, and the time it makes: lines lost and back, what a crash costs, minutes together."""

import pytest

from protocol import commands as c
from protocol import events as e
from roomserver.core import effects as fx
from roomserver.core import facts
from roomserver.core.people import Interval, merged, together_ms
from tests.support.lesson import LENIENT, OPENED_MS, PEN, Guest, Lesson


def there(lesson: Lesson, member: int) -> list[tuple[int, int | None, str | None]]:
    return [(one.since, one.until, one.reason) for one in lesson.state.people[member].there]


@pytest.mark.rule("ATT-1")
def test_every_stay_has_its_beginning_its_end_and_its_reason() -> None:
    lesson = Lesson(LENIENT)
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    lesson.advance(10)
    anna.lost()
    lesson.advance(5)
    anna = lesson.resumes(anna)
    lesson.advance(5)
    anna.lost(for_good=True)
    lesson.advance(5)
    lesson.joins("anna")
    lesson.advance(5)
    lesson.joins("anna")
    teacher.does(c.RemoveMember, member=2, ban=False)
    lesson.joins("anna").lost()
    lesson.advance(60)
    lesson.joins("anna")
    lesson.advance(1)
    teacher.does(c.EndRoom)
    assert there(lesson, 2) == [
        (0, 10_000, "away"),
        (15_000, 20_000, "left"),
        (25_000, 30_000, "replaced"),
        (30_000, 30_000, "removed"),
        (30_000, 30_000, "lost"),
        (90_000, 91_000, "room_closed"),
    ]


@pytest.mark.rule("ATT-2")
def test_time_with_the_line_lost_is_not_time_in_the_room(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.advance(100)
    anna.lost()
    lesson.advance(50)
    lesson.resumes(anna)
    lesson.advance(30)
    teacher.does(c.EndRoom)
    lesson.advance(120)
    assert lesson.member("anna")["seconds_present"] == 130


@pytest.mark.rule("ATT-3")
def test_a_lost_line_keeps_its_place_for_sixty_seconds_and_not_a_millisecond_more(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    lesson.advance(7)
    assert anna.lost() == [e.MemberAway(member=2)]
    lesson.advance(59.999)
    assert lesson.state.people[2].inside
    lesson.advance(0.001)
    [left] = [entry for entry in lesson.entries if isinstance(entry.event, e.MemberLeft)]
    assert left.event == e.MemberLeft(seq=left.seq, at=67_000, member=2, reason="lost")
    assert fx.EndMedia(2) in lesson.history


@pytest.mark.rule("ATT-3")
def test_who_says_goodbye_has_left_at_once(lesson: Lesson, anna: Guest) -> None:
    assert anna.lost(for_good=True) == [e.MemberLeft(member=2, reason="left")]
    assert lesson.effects[-1] == fx.EndMedia(2)
    assert anna.lost() == []


@pytest.mark.rule("BOARD-8")
def test_a_lost_line_finishes_the_stroke_it_left_open(lesson: Lesson, teacher: Guest) -> None:
    teacher.does(c.BeginStroke, shape="1.1", **PEN)
    teacher.does(c.ExtendStroke, shape="1.1", points=(3, 4))
    assert teacher.lost() == [
        e.StrokeExtended(-1, -1, "1.1", (3, 4)),
        e.StrokeFinished(shape="1.1"),
        e.MemberAway(member=1),
    ]


@pytest.mark.rule("ATT-4", "EPOCH-1")
def test_after_a_crash_attendance_is_known_up_to_the_newest_stored_event(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    lesson.advance(20)
    lesson.crash(down_s=30)
    assert there(lesson, 2) == [(0, 15_000, "away")]
    lesson.advance(10)
    lesson.resumes(anna)
    assert there(lesson, 2)[1] == (60_000, None, None)


@pytest.mark.rule("ATT-4")
def test_after_a_crash_everybody_has_sixty_seconds_from_the_opening_to_come_back(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    lesson.crash(down_s=600)
    lesson.advance(59.999)
    again = lesson.resumes(anna)
    assert again.welcome.resumed
    lesson.advance(0.001)
    assert lesson.events(e.MemberLeft) == [e.MemberLeft(member=1, reason="lost")]


@pytest.mark.rule("LOG-5")
def test_while_somebody_is_there_the_log_is_never_silent_for_more_than_15_seconds(lesson: Lesson, anna: Guest) -> None:
    lesson.advance(10)
    anna.does(c.SendChat, text="here")
    lesson.advance(40)
    pulses = [entry.at for entry in lesson.entries if isinstance(entry.event, facts.Pulse)]
    assert pulses == [25_000, 40_000]


@pytest.mark.rule("LOG-5")
def test_an_empty_room_has_no_pulse(lesson: Lesson) -> None:
    lesson.advance(800)
    assert len(lesson.entries) == 1


@pytest.mark.rule("ATT-5")
def test_minutes_together_are_whole_and_counted_while_both_are_there(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    lesson.advance(61)
    ben = lesson.joins("ben")
    lesson.advance(60)
    teacher.lost()
    lesson.advance(30)
    teacher = lesson.resumes(teacher)
    lesson.advance(58.5)
    ben.lost(for_good=True)
    lesson.advance(1)
    teacher.does(c.EndRoom)
    lesson.advance(120)
    for name, seconds, together, minutes in [("li", 180, 180, 3), ("anna", 210, 180, 3), ("ben", 148, 118, 1)]:
        row = lesson.member(name)
        assert (row["seconds_present"], row["seconds_together"], row["minutes_together"]) == (
            seconds,
            together,
            minutes,
        ), name


@pytest.mark.rule("ATT-5")
def test_stays_of_several_that_overlap_count_once() -> None:
    some = [Interval(0, 100), Interval(200, 300)]
    assert together_ms(some, [Interval(50, 250), Interval(60, 90), Interval(240, 260)]) == 110
    assert together_ms(some, [Interval(100, 200)]) == 0
    assert together_ms([], [Interval(0, 9)]) == 0
    assert merged([Interval(5, 7), Interval(1, 3), Interval(3, 4), Interval(6, 9)]) == [(1, 4), (5, 9)]


@pytest.mark.rule("ATT-6")
def test_talk_is_counted_while_somebody_is_heard(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    for members, seconds in [((1,), 20), ((1, 2), 2.5), ((2,), 1), ((), 10)]:
        lesson.perform(lesson.room.heard(members, now=lesson.now))
        lesson.advance(seconds)
    teacher.does(c.EndRoom)
    lesson.advance(120)
    assert lesson.member("li")["talk_seconds"] == 22
    assert lesson.member("anna")["talk_seconds"] == 3
    assert lesson.state == lesson.fold()[0]


def test_the_record_names_wall_clock_instants(lesson: Lesson, anna: Guest) -> None:
    lesson.advance(1_800 + 120)
    assert lesson.member("anna")["intervals"] == [
        {"joined_at_ms": OPENED_MS, "left_at_ms": OPENED_MS + 1_800_000, "reason": "room_closed"}
    ]
