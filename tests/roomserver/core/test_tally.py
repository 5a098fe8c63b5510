"""What a session record counts for, read from it alone."""

from datetime import date
from typing import Any

import msgspec
import orjson
import pytest

from protocol import commands as c
from roomserver.core import tally
from tests.support.lesson import Guest, Lesson
from tests.support.records import at, member, record


def read(envelope: dict[str, Any]) -> tally.Record:
    return tally.read(orjson.dumps(envelope))


@pytest.mark.rule("STAT-2")
@pytest.mark.parametrize(
    ("began", "day", "week"),
    [
        ("2026-11-20 19:00", "2026-11-20", "2026-W47"),
        ("2026-11-20 23:59", "2026-11-20", "2026-W47"),
        ("2026-11-21 00:00", "2026-11-21", "2026-W47"),  # still Friday afternoon in London
        ("2026-11-22 23:59", "2026-11-22", "2026-W47"),
        ("2026-11-23 00:00", "2026-11-23", "2026-W48"),
        ("2026-12-31 19:00", "2026-12-31", "2026-W53"),
        ("2027-01-01 07:30", "2027-01-01", "2026-W53"),
        ("2027-01-04 00:00", "2027-01-04", "2027-W01"),
    ],
)
def test_days_and_weeks_are_those_of_shanghai(began: str, day: str, week: str) -> None:
    found = read(record("r-1", began=began))
    assert (found.day.isoformat(), tally.week_of(found.day)) == (day, week)
    monday, sunday = tally.days_of_week(week)
    assert monday <= found.day <= sunday
    assert (sunday - monday).days == 6


@pytest.mark.rule("STAT-2")
def test_a_session_was_when_it_went_live_else_when_it_was_announced_else_when_it_was_opened() -> None:
    booked: dict[str, Any] = {"opened_ms": at("2026-11-02 09:00"), "scheduled_ms": at("2026-11-19 18:00")}
    assert read(record("r-1", began="2026-11-20 19:00", **booked)).day == date(2026, 11, 20)
    assert read(record("r-1", live_ms=None, **booked)).day == date(2026, 11, 19)
    assert read(record("r-1", live_ms=None, opened_ms=booked["opened_ms"])).day == date(2026, 11, 2)


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "2026-47", "26-W47", "", "2026-W4七", "0000-W01", "x"])
def test_what_is_no_week_is_refused(week: str) -> None:
    with pytest.raises(ValueError, match="no week"):
        tally.days_of_week(week)


@pytest.mark.rule("STAT-4")
@pytest.mark.parametrize(
    ("together_s", "more", "why"),
    [
        (1_800, {}, ""),
        (60, {}, ""),
        (59, {}, "below_a_minute"),
        (0, {}, "alone"),
        (0, {"live_ms": None}, "never_live"),
        (60, {"alarms": [{"kind": "ended_by_force", "member": None, "at_ms": 1}]}, "ended_by_force"),
        (59, {"alarms": [{"kind": "ended_by_force", "member": None, "at_ms": 1}]}, "below_a_minute"),
        (60, {"alarms": [{"kind": "over_use", "member": 2, "at_ms": 1}]}, ""),
    ],
)
def test_a_stay_that_counts_for_nothing_says_why(together_s: int, more: dict[str, Any], why: str) -> None:
    found = read(record("r-1", member("t-1", "teacher", together_s), **more))
    assert found.why(found.members[0]) == why


@pytest.mark.rule("STAT-4")
def test_a_real_record_is_read(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.advance(119)
    teacher.does(c.EndRoom)
    anna.does(c.Evaluate, score=4)
    assert lesson.record is not None
    found = tally.read(orjson.dumps(lesson.record))
    assert [(one.identity, one.role, one.minutes_together, found.why(one)) for one in found.members] == [
        ("li", "teacher", 1, ""),
        ("anna", "student", 1, ""),
    ]
    assert found.members[1].evaluation == tally.Evaluation(due=False, score=4)
    rows = list(tally.shown(found))
    assert tuple(rows[0]) == tally.SHOWN
    assert (rows[1]["minutes_live"], rows[1]["score"]) == (1, 4)


@pytest.mark.rule("STAT-4")
def test_a_lesson_that_an_authority_ended_counts_for_nothing(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.advance(119)
    lesson.perform(lesson.room.end(now=lesson.now))
    lesson.advance(120)  # nobody evaluates
    assert lesson.record is not None
    found = tally.read(orjson.dumps(lesson.record))
    assert [(one.minutes_together, found.why(one)) for one in found.members] == [(1, "ended_by_force")] * 2


@pytest.mark.rule("STAT-7")
def test_a_row_shows_no_name() -> None:
    [row] = tally.shown(read(record("r-1", member("t-1", "teacher", 59))))
    assert "name" not in str(row)
    assert (row["began"], row["uncounted"]) == ("2026-11-20T19:00:00+08:00", "below_a_minute")


def test_an_older_record_says_less_and_is_read_all_the_same() -> None:
    bare = {"data": {"room": "r-1", "form": "f", "opened_ms": 5, "closed_ms": 6, "members": [
        {"member": 1, "identity": "a", "role": "student"},
    ]}}  # fmt: skip
    assert read(bare).members[0].district is None
    with pytest.raises(msgspec.DecodeError):
        tally.read(b'{"data":{"room":"r-1"}}')
