"""What the systems around hear while a lesson goes on."""

from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from roomserver.core.live import told
from roomserver.core.log import ALL, Entry
from tests.support.lesson import OPENED_MS, PEN, Lesson


def envelopes(lesson: Lesson) -> list[dict[str, Any]]:
    """All that were told, in order."""
    heard = [lesson.room.told(entry) for entry in lesson.entries]
    return [envelope for id, envelope in (one for one in heard if one is not None) if envelope["id"] == id]


@pytest.fixture
def lesson() -> Lesson:
    lesson = Lesson("one_to_one", subject="physics")
    teacher = lesson.joins("li", "teacher")
    lesson.advance(10)
    anna = lesson.joins("anna")
    anna.does(c.SendChat, text="hello")
    anna.does(c.BeginStroke, shape="2.1", **PEN)
    lesson.joins("zhao", "observer").lost(for_good=True)
    lesson.advance(20)
    teacher.does(c.EndRoom)
    anna.does(c.Evaluate, score=4, tags=("clear",), comment="thank you")
    return lesson


@pytest.mark.rule("LIVE-1")
def test_who_came_and_went_that_it_became_live_and_what_was_thought_of_it(lesson: Lesson) -> None:
    li = {"member": 1, "identity": "li", "role": "teacher", "device": False, "school": "No. 4 Middle School"}
    anna = {**li, "member": 2, "identity": "anna", "role": "student"}
    zhao = {**li, "member": 3, "identity": "zhao", "role": "observer"}
    common = {"room": "r-1", "form": "lesson", "subject": "physics"}
    live_ms, over_ms = OPENED_MS + 10_000, OPENED_MS + 30_000
    said = [(envelope["type"], envelope["data"]) for envelope in envelopes(lesson)]
    assert said == [
        ("classroom.member.joined.v1", {**common, "at_ms": OPENED_MS, "member": li}),
        ("classroom.member.joined.v1", {**common, "at_ms": live_ms, "member": anna}),
        (
            "classroom.session.live.v1",
            {**common, "at_ms": live_ms, "ends_ms": live_ms + 1_800_000, "ends_because": "duration"},
        ),
        ("classroom.member.joined.v1", {**common, "at_ms": live_ms, "member": zhao}),
        ("classroom.member.left.v1", {**common, "at_ms": live_ms, "member": zhao, "reason": "left"}),
        (
            "classroom.session.evaluated.v1",
            {**common, "at_ms": over_ms, "identity": "anna", "score": 4, "tags": ["clear"], "comment": "thank you"},
        ),
    ]


@pytest.mark.rule("LIVE-1")
def test_an_alarm_names_the_member_or_the_room(lesson: Lesson) -> None:
    def alarm(member: int | None) -> Any:
        event = e.Alarm(seq=99, at=5_000, kind="over_use", member=member)
        found = told(lesson.state, Entry(event, ALL, None, b"", None, b""), source="tests")
        assert found is not None
        return found[1]["data"]

    assert (alarm(2)["kind"], alarm(2)["member"]["identity"]) == ("over_use", "anna")
    assert (alarm(None)["kind"], alarm(None)["member"]) == ("over_use", None)


@pytest.mark.rule("LIVE-2")
def test_an_envelope_stands_for_its_place_in_the_log_and_names_nobody_but_by_their_education_id(
    lesson: Lesson,
) -> None:
    told = envelopes(lesson)
    assert all(envelope["id"] == f"event-r-1-{place(lesson, envelope)}" for envelope in told)
    assert len({envelope["id"] for envelope in told}) == len(told)
    first = {name: value for name, value in told[0].items() if name != "data"}
    assert first == {
        "specversion": "1.0",
        "id": first["id"],
        "source": "roomserver",
        "type": "classroom.member.joined.v1",
        "subject": "r-1",
        "time": "2026-09-21T14:13:20.000+00:00",
        "datacontenttype": "application/json",
    }
    assert lesson.state.people[2].name == "Anna"
    assert not [envelope for envelope in told if "Anna" in str(envelope) or "hello" in str(envelope)]


@pytest.mark.rule("LIVE-3")
def test_a_lobby_is_nobodys_news() -> None:
    lobby = Lesson("lobby")
    lobby.joins("li", "teacher")
    lobby.joins("anna").lost(for_good=True)
    assert {type(entry.event) for entry in lobby.entries} >= {e.MemberJoined, e.MemberLeft}
    assert envelopes(lobby) == []


def place(lesson: Lesson, envelope: dict[str, Any]) -> int:
    [seq] = [entry.seq for entry in lesson.entries if lesson.room.told(entry) == (envelope["id"], envelope)]
    return seq
