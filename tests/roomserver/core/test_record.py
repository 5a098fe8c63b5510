"""The session record: what a whole lesson leaves for the systems around the server."""

import json

import pytest

from protocol import commands as c
from tests.support.lesson import OPENED_MS, PEN, Lesson


@pytest.fixture
def over() -> Lesson:
    """A short lesson in which Anna did everything a student can."""
    lesson = Lesson("one_to_one", subject="physics", grade="8", topic="light", scheduled_ms=OPENED_MS + 60_000)
    teacher = lesson.joins("li", "teacher")
    lesson.advance(10)
    anna = lesson.joins("anna")
    anna.does(c.SendChat, text="hello")
    anna.does(c.RaiseHand)
    anna.does(c.BeginStroke, shape="2.1", **PEN)
    anna.does(c.FinishStroke, shape="2.1")
    lesson.perform(lesson.room.heard((2,), now=lesson.now))
    lesson.advance(5)
    lesson.perform(lesson.room.heard((), now=lesson.now))
    anna.does(c.LeaveStage)
    lesson.advance(125)
    teacher.does(c.EndRoom)
    anna.does(c.Evaluate, score=5)
    return lesson


@pytest.mark.rule("RECORD-1")
def test_the_record_holds_the_whole_lesson(over: Lesson) -> None:
    assert over.record is not None
    data = dict(over.record["data"])
    members, log = data.pop("members"), data.pop("log")
    assert data == {
        "room": "r-1",
        "form": "lesson",
        "subject": "physics",
        "grade": "8",
        "topic": "light",
        "scheduled_ms": OPENED_MS + 60_000,
        "opened_ms": OPENED_MS,
        "live_ms": OPENED_MS + 10_000,
        "closed_ms": OPENED_MS + 140_000,
        "end_reason": "ended",
        "limits": {"duration_s": 1_800, "warnings_s": [300, 60], "no_show_s": 900, "not_after_ms": None},
        "recordings": [],
        "moderation": [],
        "alarms": [],
    }
    assert members[1] == {
        "member": 2,
        "identity": "anna",
        "name": "Anna",
        "role": "student",
        "device": False,
        "school": "No. 4 Middle School",
        "intervals": [{"joined_at_ms": OPENED_MS + 10_000, "left_at_ms": OPENED_MS + 140_000, "reason": "room_closed"}],
        "seconds_present": 130,
        "seconds_together": 130,
        "minutes_together": 2,
        "talk_seconds": 5,
        "strokes": 1,
        "chat_lines": 1,
        "held_lines": 0,
        "masked": 0,
        "heads": None,
        "heads_most": None,
        "hands": 1,
        "stage": [{"from_ms": OPENED_MS + 10_000, "until_ms": OPENED_MS + 15_000}],
        "evaluation": {"due": False, "score": 5, "tags": [], "comment": "", "at_ms": OPENED_MS + 140_000},
    }
    assert (members[0]["seconds_present"], members[0]["minutes_together"]) == (140, 2)
    assert log["epochs"] == 1


@pytest.mark.rule("RECORD-2")
def test_the_envelope_is_a_cloud_event_whose_id_is_the_rooms(over: Lesson) -> None:
    assert over.record is not None
    assert {name: value for name, value in over.record.items() if name != "data"} == {
        "specversion": "1.0",
        "id": "session-r-1",
        "source": "roomserver",
        "type": "classroom.session.closed.v1",
        "subject": "r-1",
        "time": "2026-09-21T14:15:40.000+00:00",
        "datacontenttype": "application/json",
    }
    assert json.loads(json.dumps(over.record)) == over.record


@pytest.mark.rule("RECORD-3")
def test_the_record_names_the_logs_length_and_its_last_hash(over: Lesson) -> None:
    assert over.record is not None
    assert over.record["data"]["log"] == {
        "events": len(over.entries),
        "hash": over.entries[-1].hash.hex(),
        "epochs": 1,
    }


@pytest.mark.rule("RECORD-2")
def test_a_record_made_again_after_a_crash_has_the_same_id_and_times() -> None:
    lesson = Lesson("one_to_one")
    lesson.joins("li", "teacher")
    lesson.joins("anna")
    lesson.advance(1_920)
    first = lesson.record
    lesson.crash(down_s=60)
    lesson.tick()
    assert first is not None
    assert lesson.record is not None
    assert lesson.record["id"] == first["id"]
    assert lesson.record["data"]["closed_ms"] == first["data"]["closed_ms"] == OPENED_MS + 1_800_000
    assert lesson.record["data"]["members"] == first["data"]["members"]
