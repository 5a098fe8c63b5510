"""The session record: what a whole lesson leaves for the systems around the server."""

import json

import jsonschema
import msgspec
import pytest

from protocol import commands as c
from protocol import events as e
from roomserver.core.forms import FORMS
from roomserver.core.happened.noted import WHOLE
from roomserver.core.record import made, schema
from roomserver.core.record_shape import Moderated
from tests.support.lesson import OPENED_MS, PEN, Lesson
from tests.support.work import calls_of


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
    assert (members[0]["seconds_present"], members[0]["minutes_together"]) == (140, 2)
    assert log["epochs"] == 1
    assert data == {
        "room": "r-1",
        "source": "roomserver",
        "form": "lesson",
        "subject": "physics",
        "grade": "8",
        "topic": "light",
        "scheduled_ms": OPENED_MS + 60_000,
        "opened_ms": OPENED_MS,
        "live_ms": OPENED_MS + 10_000,
        "closed_ms": OPENED_MS + 140_000,
        "end_reason": "ended",
        "limits": {
            "duration_s": 1_800,
            "warnings_s": [300, 60],
            "close_delay_s": 0,
            "no_show_s": 900,
            "opens_ms": OPENED_MS,
            "window_ends_ms": None,
            "not_after_ms": None,
            "quota_s": 0,
        },
        "pairs": [{"teacher": 1, "student": 2, "seconds": 130, "minutes": 2}],
        "absentees": None,
        "recordings": [],
        "polls": [],
        "checkins": [],
        "moderation": [],
        "alarms": [],
        "erased_at_ms": None,
        "signature": None,
    }


@pytest.mark.rule("RECORD-1")
def test_the_record_holds_all_that_a_student_did(over: Lesson) -> None:
    assert over.record is not None
    assert over.record["data"]["members"][1] == {
        "member": 2,
        "identity": "anna",
        "name": "Anna",
        "role": "student",
        "device": False,
        "school": "No. 4 Middle School",
        "district": "Haidian",
        "grade": "8",
        "intervals": [{"joined_at_ms": OPENED_MS + 10_000, "left_at_ms": OPENED_MS + 140_000, "reason": "room_closed"}],
        "seconds_present": 130,
        "minutes_present": 2,
        "seconds_together": 130,
        "minutes_together": 2,
        "talk_seconds": 5,
        "strokes": 1,
        "chat_lines": 1,
        "comments": 0,
        "held_lines": 0,
        "masked": 0,
        "heads": None,
        "heads_most": None,
        "hands": 1,
        "votes": [],
        "checkins": [],
        "stage": [{"from_ms": OPENED_MS + 10_000, "until_ms": OPENED_MS + 15_000}],
        "evaluation": {"due": False, "score": 5, "tags": [], "comment": "", "at_ms": OPENED_MS + 140_000},
    }


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


@pytest.mark.rule("RECORD-4")
def test_time_together_is_named_for_every_pair_who_met() -> None:
    lesson = Lesson("one_to_many")
    lesson.joins("li", "teacher")
    lesson.joins("wang", "assistant")
    anna = lesson.joins("anna")
    lesson.joins("watcher", "observer")
    lesson.advance(61.5)
    anna.lost(for_good=True)
    lesson.joins("ben")
    lesson.advance(59.9)
    lesson.guests[1].does(c.EndRoom)
    lesson.advance(120)
    assert lesson.record is not None
    assert lesson.record["data"]["pairs"] == [
        {"teacher": 1, "student": 3, "seconds": 61, "minutes": 1},
        {"teacher": 1, "student": 5, "seconds": 59, "minutes": 0},
    ]
    together = {member["member"]: member["seconds_together"] for member in lesson.record["data"]["members"]}
    assert together == {1: 121, 2: 121, 3: 61, 4: 121, 5: 59}


@pytest.mark.rule("RECORD-5")
def test_who_was_expected_and_never_came_is_named() -> None:
    lesson = Lesson("one_to_one", expected=["anna", "li", "ben"])
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    assert (teacher.member, anna.member) == (2, 1)
    lesson.crash()
    teacher = lesson.resumes(teacher)
    lesson.resumes(anna)
    teacher.does(c.EndRoom)
    lesson.advance(120)
    assert lesson.record is not None
    assert lesson.record["data"]["absentees"] == [{"member": 3, "identity": "ben"}]
    assert [member["identity"] for member in lesson.record["data"]["members"]] == ["anna", "li"]


@pytest.mark.rule("RECORD-5")
def test_nobody_sees_who_is_expected() -> None:
    lesson = Lesson("one_to_many", expected=["anna", "ben"])
    teacher = lesson.joins("li", "teacher")
    assert teacher.member == 3
    assert b"ben" not in msgspec.json.encode(teacher.welcome)
    lesson.turn()
    assert [said.member for said in teacher.says(e.MemberJoined)] == []
    assert lesson.joins("carl").member == 4


def test_whatever_moderators_do_has_its_place_in_the_record() -> None:
    fields = {name for kind in WHOLE for name in kind.__struct_fields__}
    assert fields <= {*Moderated.__struct_fields__, "seq", "at"}


@pytest.mark.rule("PRIVACY-1")
def test_every_field_of_the_record_says_whom_it_tells_of() -> None:
    definitions = schema()["$defs"]
    assert {"Record", "Member", "Pair", "Recorded", "Moderated"} <= set(definitions)
    said = {
        (name, field): rest.get("classification")
        for name, definition in definitions.items()
        for field, rest in definition["properties"].items()
    }
    assert set(said.values()) == {"public", "internal", "personal", "minor"}, said
    assert said["Member", "identity"] == said["Evaluation", "comment"] == "minor"


@pytest.mark.rule("RECORD-6")
def test_a_record_is_what_its_schema_says(over: Lesson) -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    validator.validate(over.record)
    assert over.record is not None
    assert not validator.is_valid({**over.record, "data": {**over.record["data"], "members": [{}]}})


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


@pytest.mark.rule("RECORD-1")
def test_the_record_of_a_large_class_is_work_for_each_member_and_not_for_each_pair() -> None:
    def work(students: int) -> int:
        lesson = Lesson(FORMS["online_classroom"])
        teacher = lesson.joins("li", "teacher")
        for number in range(students):
            lesson.joins(f"student {number}")
        teacher.does(c.OpenCheckin, seconds=5)
        lesson.advance(60)
        return calls_of(lambda: made(lesson.state, lesson.room.log, source="roomserver"))

    assert work(160) < 2.5 * work(80)
