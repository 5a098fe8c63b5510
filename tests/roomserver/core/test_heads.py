"""Classrooms that come as one device: how many are before it, and who directs them."""

from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from roomserver.core import effects as fx
from roomserver.core.forms import Form
from tests.support.lesson import Guest, Lesson

FORM = Form(
    seats={"teacher": 1, "assistant": 3, "classroom": 2, "student": 3, "observer": 1}, student_can=("chat", "speak")
)
DIRECTING: list[tuple[type[c.RoomCommand], dict[str, Any]]] = [
    (c.Mute, {"kind": "microphone"}),
    (c.Unmute, {"kind": "microphone"}),
    (c.Grant, {"can": ("draw",), "on": True}),
    (c.InviteToStage, {}),
    (c.RemoveFromStage, {}),
    (c.LowerHand, {}),
    (c.Undo, {}),
    (c.RemoveMember, {}),
]


@pytest.fixture
def lesson() -> Lesson:
    return Lesson(FORM)


@pytest.fixture
def east(lesson: Lesson, teacher: Guest) -> Guest:
    """Member 2, a classroom of the school East."""
    return lesson.joins("east", "classroom", school="East")


@pytest.fixture
def helper(lesson: Lesson, east: Guest) -> Guest:
    """Member 3, an assistant of the school East."""
    return lesson.joins("helper", "assistant", school="East")


@pytest.fixture
def west(lesson: Lesson, helper: Guest) -> Guest:
    """Member 4, a classroom of the school West."""
    return lesson.joins("west", "classroom", school="West")


@pytest.mark.rule("HEAD-1")
def test_a_classroom_says_how_many_are_before_it_and_so_does_its_assistant(
    lesson: Lesson, east: Guest, helper: Guest
) -> None:
    assert east.does(c.SetHeads, count=32) == [e.HeadsChanged(member=2, count=32, by=2)]
    assert helper.does(c.SetHeads, count=31, member=2) == [e.HeadsChanged(member=2, count=31, by=3)]
    assert helper.does(c.SetHeads, count=31, member=2) == []


@pytest.mark.rule("HEAD-1")
def test_nobody_else_does(lesson: Lesson, teacher: Guest, east: Guest, helper: Guest, west: Guest) -> None:
    no_school = lesson.joins("zhao", "assistant", school=None)
    assert helper.refused(c.SetHeads, count=1) == ("forbidden", "HEAD-1")
    assert helper.refused(c.SetHeads, count=1, member=4) == ("forbidden", "HEAD-1")
    assert helper.refused(c.SetHeads, count=1, member=1) == ("forbidden", "HEAD-1")
    assert helper.refused(c.SetHeads, count=1, member=9) == ("not_found", None)
    assert no_school.refused(c.SetHeads, count=1, member=2) == ("forbidden", "HEAD-1")
    assert east.refused(c.SetHeads, count=1, member=4) == ("forbidden", "HEAD-1")
    assert teacher.refused(c.SetHeads, count=1, member=2) == ("forbidden", "RIGHT-1")


@pytest.mark.rule("HEAD-2")
def test_the_count_holds_when_the_device_comes_again_and_newcomers_see_it(lesson: Lesson, east: Guest) -> None:
    east.does(c.SetHeads, count=32)
    east.lost(for_good=True)
    lesson.joins("east", "classroom", school="East")
    assert lesson.events(e.MemberJoined)[-1].heads == 32
    room = lesson.joins("anna").welcome.room
    assert room is not None
    assert [(one.member, one.heads) for one in room.members] == [(1, None), (2, 32), (3, None)]


@pytest.mark.rule("HEAD-2")
def test_the_record_has_the_last_count_and_the_most(lesson: Lesson, teacher: Guest, east: Guest) -> None:
    for count in (32, 35, 30):
        east.does(c.SetHeads, count=count)
    teacher.does(c.EndRoom)
    row = lesson.member("east")
    assert (row["heads"], row["heads_most"]) == (30, 35)


@pytest.mark.rule("RIGHT-7")
@pytest.mark.parametrize(("command", "fields"), DIRECTING, ids=[row[0].__name__ for row in DIRECTING])
def test_an_assistant_directs_the_learners_of_their_own_school(
    lesson: Lesson, teacher: Guest, east: Guest, helper: Guest, west: Guest, command: Any, fields: dict[str, Any]
) -> None:
    for guest in (east, west):
        guest.does(c.RaiseHand)
        if command is not c.InviteToStage:
            teacher.does(c.InviteToStage, member=guest.member)
        if command is c.LowerHand:
            guest.does(c.RaiseHand)
    assert helper.refused(command, member=4, **fields) == ("forbidden", "RIGHT-7")
    helper.does(command, member=2, **fields)
    refused = {effect.notice.rule for effect in lesson.effects if isinstance(effect, fx.Say)}  # type: ignore[union-attr]
    assert "RIGHT-7" not in refused
    assert teacher.does(command, member=4, **fields) or command in (c.Unmute, c.Undo)


@pytest.mark.rule("RIGHT-7")
def test_nor_do_they_direct_all_or_other_staff_or_observers(lesson: Lesson, helper: Guest, west: Guest) -> None:
    lesson.joins("zhao", "assistant", school="East")
    lesson.joins("hu", "observer", school="East")
    for member in (5, 6):
        assert helper.refused(c.RemoveMember, member=member) == ("forbidden", "RIGHT-7")
    assert helper.refused(c.InviteToStage, member=1) == ("forbidden", "RIGHT-7")
    for command, fields in DIRECTING[:3]:
        assert helper.refused(command, member="all", **fields) == ("forbidden", "RIGHT-7")
    assert helper.does(c.InviteToStage, member=3)
    assert helper.does(c.LeaveStage)


@pytest.mark.rule("RIGHT-7")
def test_an_assistant_without_a_school_directs_all(lesson: Lesson, west: Guest) -> None:
    zhao = lesson.joins("zhao", "assistant", school=None)
    assert zhao.does(c.Mute, member="all", kind="microphone")
    assert zhao.does(c.RemoveMember, member=4)


@pytest.mark.rule("RIGHT-7")
def test_where_no_classroom_has_a_seat_assistants_direct_everybody() -> None:
    lesson = Lesson("one_to_many")
    helper = lesson.joins("helper", "assistant", school="East")
    lesson.joins("anna", school="West")
    assert helper.does(c.Mute, member=2, kind="camera")
