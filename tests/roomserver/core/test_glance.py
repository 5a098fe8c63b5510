"""What an inspector sees of a room without going in."""

import msgspec
import pytest

from protocol import commands as c
from protocol import events as e
from roomserver.core.glance import Glance, glance
from roomserver.core.log import STAFF, Draft
from tests.support.lesson import OPENED_MS, Guest, Lesson


def seen(lesson: Lesson) -> Glance:
    return glance(lesson.state, lesson.room.scores)


@pytest.mark.rule("WATCH-2")
def test_a_room_says_what_it_is_who_is_there_and_how_long_it_lasts(lesson: Lesson) -> None:
    before = seen(lesson)
    assert (before.state, before.people, before.teachers, before.quality) == ("waiting", {}, (), None)
    assert (before.ends_because, before.ends_ms) == ("no_show", OPENED_MS + 900_000)
    lesson.joins("li", "teacher")
    anna, ben = lesson.joins("anna"), lesson.joins("ben")
    lesson.joins("inspector", "observer")
    lesson.advance(10)
    anna.does(c.RaiseHand)
    ben.lost()
    now = seen(lesson)
    assert (now.state, now.live_ms) == ("live", OPENED_MS)
    assert (now.ends_because, now.ends_ms) == ("duration", OPENED_MS + 1_800_000)
    assert (now.people, now.away) == ({"teacher": 1, "student": 1, "observer": 1}, 1)
    assert (now.hands, now.teachers) == (1, ("Li",))
    assert b"Anna" not in msgspec.json.encode(now)  # pupils are counted, and not named


@pytest.mark.rule("WATCH-3")
def test_the_quality_of_a_room_is_that_of_the_worst_line_in_it(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    for member, score in ((1, 5), (2, 4), (2, 3), (1, 4)):
        lesson.room.measured(member, score)
    assert seen(lesson).quality == 3
    anna.lost()
    assert seen(lesson).quality == 4
    teacher.lost(for_good=True)
    assert seen(lesson).quality is None


@pytest.mark.rule("WATCH-2")
def test_alarms_are_counted_by_kind(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.advance(5)
    for alarm in (e.Alarm(kind="over_use", member=2), e.Alarm(kind="over_use", member=2), e.Alarm(kind="teacher_lost")):
        lesson.perform(lesson.room._journal.append([Draft(alarm, STAFF)], lesson.now))
    assert seen(lesson).alarms == {"over_use": 2, "teacher_lost": 1}
    assert seen(lesson).alarm_ms == OPENED_MS + 5_000


@pytest.mark.rule("WATCH-2")
def test_a_lesson_that_waits_for_its_teacher_says_so(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.lost(for_good=True)
    lesson.advance(59)
    assert not seen(lesson).paused
    lesson.advance(1)
    assert seen(lesson).paused
