"""The floor: the stage and its rights, rights granted and taken, mutes, and who may do what at all."""

from typing import Any

import msgspec
import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.fields import Role
from roomserver.core import effects as fx
from roomserver.core.forms import FORMS, Form
from roomserver.core.rights import TABLE
from tests.support.lesson import PEN, Guest, Lesson


@pytest.mark.rule("RIGHT-1")
def test_every_command_and_signal_stands_in_the_table_of_rights() -> None:
    assert set(TABLE) == {*c.RoomCommand.__args__, *c.Signal.__args__}


MINIMAL: list[tuple[type[c.RoomCommand], dict[str, Any], set[Role]]] = [
    (c.SendChat, {"text": "x"}, {"teacher", "assistant", "student"}),
    (c.DeleteChat, {"seq": 1}, {"teacher", "assistant", "student"}),
    (c.PassChat, {"chat": 1}, {"teacher", "assistant"}),
    (c.RaiseHand, {}, {"student"}),
    (c.LowerHand, {}, {"teacher", "assistant", "student"}),
    (c.InviteToStage, {"member": 3}, {"teacher", "assistant"}),
    (c.LeaveStage, {}, {"teacher", "assistant", "student"}),
    (c.RemoveFromStage, {"member": 3}, {"teacher", "assistant"}),
    (c.Grant, {"member": 3, "can": ("draw",), "on": True}, {"teacher", "assistant"}),
    (c.Mute, {"member": 3, "kind": "camera"}, {"teacher", "assistant"}),
    (c.Unmute, {"member": 3, "kind": "camera"}, {"teacher", "assistant"}),
    (c.RemoveMember, {"member": 3}, {"teacher", "assistant"}),
    (c.SetHeads, {"count": 1}, {"assistant"}),
    (c.LockRoom, {"on": True}, {"teacher", "assistant"}),
    (c.EndRoom, {}, {"teacher"}),
    (c.Evaluate, {"score": 5}, {"student"}),
    (c.OpenPoll, {"question": "?", "options": ("a", "b")}, {"teacher", "assistant"}),
    (c.Vote, {"poll": 1, "choice": 0}, {"student"}),
    (c.ClosePoll, {"poll": 1}, {"teacher", "assistant"}),
    (c.OpenCheckin, {"seconds": 30}, {"teacher", "assistant"}),
    (c.AnswerCheckin, {"checkin": 1}, {"student"}),
    (c.AddComment, {"text": "x"}, {"observer"}),
    (c.BeginStroke, {"shape": "2.1", **PEN}, {"teacher", "assistant"}),
    (c.ExtendStroke, {"shape": "1.1", "points": (1, 1)}, {"teacher", "assistant"}),
    (c.FinishStroke, {"shape": "1.1"}, {"teacher", "assistant", "student"}),
    (c.PutShape, {"shape": "2.1", "page": 1, "kind": "line", "start": (0, 0)}, {"teacher", "assistant"}),
    (c.ChangeShapes, {"set": {"1.1": c.ShapeSet(turn=1)}}, {"teacher", "assistant"}),
    (c.OrderShapes, {"shapes": ("1.1",), "to": "front"}, {"teacher", "assistant"}),
    (c.CutShapes, {"cuts": {"1.1": ()}}, {"teacher", "assistant"}),
    (c.CopyShapes, {"shapes": ("1.1",), "page": 1, "by": (0, 0), "first": 1}, {"teacher", "assistant"}),
    (c.EraseShapes, {"shapes": ("1.1",)}, {"teacher", "assistant"}),
    (c.ClearPage, {"page": 1}, {"teacher", "assistant"}),
    (c.Undo, {"member": 1}, {"teacher", "assistant"}),
    (c.Redo, {"member": 1}, {"teacher", "assistant"}),
    (c.LockBoard, {"on": True}, {"teacher", "assistant"}),
    (c.FreeBoard, {"on": True}, {"teacher", "assistant"}),
    (c.AddPage, {}, {"teacher", "assistant"}),
    (c.AddPage, {"scratch": True}, {"teacher", "assistant", "student"}),
    (c.MovePage, {"page": 1}, {"teacher", "assistant"}),
    (c.ChangePage, {"page": 1, "background": "grid"}, {"teacher", "assistant"}),
    (c.TurnPage, {"page": 1}, {"teacher", "assistant"}),
    (c.RemovePage, {"page": 1}, {"teacher", "assistant"}),
    (c.LockPage, {"page": 1, "on": True}, {"teacher", "assistant"}),
    (c.PublishMedia, {"sdp": "", "tracks": {}}, {"teacher", "assistant", "student"}),
    (c.AnswerMedia, {"offer": 1, "sdp": ""}, {"teacher", "assistant", "student", "observer"}),
    (c.RestartMedia, {}, {"teacher", "assistant", "student", "observer"}),
    (c.WantMedia, {"track": "t1", "layer": "off"}, {"teacher", "assistant", "student", "observer"}),
    (c.MuteOwn, {"source": "camera", "on": True}, {"teacher", "assistant", "student"}),
    (c.BeginDuty, {"subjects": ("physics",)}, {"teacher"}),
    (c.EndDuty, {}, {"teacher"}),
    (c.MakeCall, {"teacher": 1}, {"student"}),
    (c.CancelCall, {}, {"student"}),
    (c.AcceptCall, {"call": 1}, {"teacher"}),
    (c.DeclineCall, {"call": 1}, {"teacher"}),
    (c.AskLesson, {}, {"teacher", "student"}),
]
LOBBY = msgspec.structs.replace(FORMS["lobby"], seats={"teacher": 1, "assistant": 2, "student": 9, "observer": 1})


@pytest.mark.rule("RIGHT-1")
@pytest.mark.parametrize(("command", "fields", "roles"), MINIMAL, ids=[row[0].__name__ for row in MINIMAL])
def test_each_role_sends_only_what_the_table_lets_it(
    command: type[c.RoomCommand], fields: dict[str, Any], roles: set[Role]
) -> None:
    everybody: tuple[Role, ...] = ("teacher", "assistant", "student", "observer")
    for role in everybody:
        lesson = Lesson(LOBBY if issubclass(command, c.Calling) else "one_to_many")
        lesson.joins("zhao", "assistant").does(c.BeginStroke, shape="1.1", **PEN)
        guest = lesson.joins("somebody", role)
        guest.does(command, **fields)
        answer = lesson.effects[-1]
        forbidden = isinstance(answer, fx.Say) and getattr(answer.notice, "rule", None) == "RIGHT-1"
        assert forbidden == (role not in roles), role


@pytest.mark.rule("RIGHT-1")
def test_who_may_draw_no_more_takes_nothing_back_either(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.Grant, member=2, can=("draw",), on=True)
    anna.does(c.BeginStroke, shape="2.1", **PEN)
    anna.does(c.BeginStroke, shape="2.2", **PEN)
    anna.does(c.Undo)
    teacher.does(c.Grant, member=2, can=("draw",), on=False)
    for what in (c.Undo, c.Redo):
        assert anna.refused(what) == ("forbidden", "RIGHT-1")
    assert teacher.does(c.Undo, member=2)


@pytest.mark.rule("RIGHT-1")
def test_who_may_not_draw_learns_only_that_a_shape_is_gone(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    assert anna.refused(c.EraseShapes, shapes=("2.9",)) == ("not_found", None)
    assert anna.refused(c.Undo) == ("conflict", None)
    assert anna.refused(c.ClearPage) == ("forbidden", "RIGHT-1")


def test_the_examples_name_every_command() -> None:
    assert {row[0] for row in MINIMAL} == set(c.RoomCommand.__args__)


@pytest.mark.rule("RIGHT-2")
def test_staff_direct_learners_and_not_each_other(lesson: Lesson, teacher: Guest) -> None:
    assistant = lesson.joins("zhao", "assistant")
    assert assistant.refused(c.Grant, member=1, can=("draw",), on=False) == ("forbidden", "RIGHT-2")
    assert teacher.refused(c.Mute, member=2, kind="microphone") == ("forbidden", "RIGHT-2")
    assert teacher.refused(c.Grant, member=7, can=("draw",), on=True) == ("not_found", None)


@pytest.mark.rule("RIGHT-4")
def test_learners_publish_only_what_they_have_the_right_to(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    for source in ("microphone", "camera", "screen", "screen_audio"):
        assert anna.refused(c.PublishMedia, sdp="", tracks={"0": source}) == ("forbidden", "RIGHT-4")
    teacher.does(c.Grant, member=2, can=("speak",), on=True)
    assert anna.publishes("microphone") == [e.TrackPublished(track="t1", member=2, source="microphone")]
    assert anna.refused(c.PublishMedia, sdp="", tracks={"0": "microphone", "1": "camera"}) == ("forbidden", "RIGHT-4")
    assert len(teacher.publishes("microphone", "camera", "screen", "screen_audio")) == 4


@pytest.mark.rule("RIGHT-5")
def test_a_pointer_is_shown_only_of_who_may_draw_and_only_while_the_room_is_open(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    pointer = c.MovePointer(page=1, x=10, y=20, laser=False)
    assert [type(effect) for effect in teacher.signals(pointer)] == [fx.Flash]
    assert anna.signals(pointer) == []
    lesson.advance(1)
    teacher.does(c.EndRoom)
    assert teacher.signals(pointer) == []


@pytest.mark.rule("RIGHT-6")
def test_only_staff_say_where_to_look_and_only_while_the_room_is_open(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    teacher.does(c.Grant, member=2, can=("draw",), on=True)
    view = c.ShowView(page=1, x=4_000, y=2_250, width=8_000)
    assert teacher.signals(view) == [fx.Flash(("view", 1), n.View(1, 1, 4_000, 2_250, 8_000), 1)]
    assert anna.signals(view) == []
    lesson.turn()
    assert (anna.heard[-1], teacher.says(n.View)) == (n.View(1, 1, 4_000, 2_250, 8_000), [])
    lesson.advance(1)
    teacher.does(c.EndRoom)
    assert teacher.signals(view) == []


def test_a_ping_is_answered_with_its_number_and_the_time(lesson: Lesson) -> None:
    observer = lesson.joins("hu", "observer")
    observer.signals(c.Ping(n=7))
    assert (observer.heard[-1].n, observer.heard[-1].now_ms) == (7, 1_790_000_000_000)


# Stage


@pytest.mark.rule("STAGE-1")
def test_the_stage_gives_the_rights_of_the_form(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    assert teacher.does(c.InviteToStage, member=2) == [e.StageJoined(member=2, by=1, can=("camera", "chat", "speak"))]
    assert teacher.does(c.InviteToStage, member=2) == []
    anna.publishes("microphone", "camera")


@pytest.mark.rule("STAGE-2")
def test_off_the_stage_its_rights_are_gone_and_what_was_published_by_them(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    teacher.does(c.InviteToStage, member=2)
    anna.publishes("microphone", "camera")
    assert teacher.does(c.RemoveFromStage, member=2) == [
        e.TrackStopped(track="t1"),
        e.TrackStopped(track="t2"),
        e.StageLeft(member=2, by=1, can=("chat",)),
    ]
    assert [effect for effect in lesson.effects if isinstance(effect, fx.StopTrack)] == [
        fx.StopTrack("t1"),
        fx.StopTrack("t2"),
    ]
    assert anna.refused(c.LeaveStage) == ("not_found", None)


@pytest.mark.rule("STAGE-2")
def test_what_staff_granted_by_name_is_kept_when_the_stage_is_left(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.Grant, member=2, can=("speak",), on=True)
    teacher.does(c.InviteToStage, member=2)
    teacher.does(c.Grant, member=2, can=("camera",), on=True)
    assert anna.does(c.LeaveStage) == [e.StageLeft(member=2, by=2, can=("camera", "chat", "speak"))]


@pytest.mark.rule("STAGE-2")
def test_a_teacher_who_steps_down_keeps_every_right(lesson: Lesson, teacher: Guest) -> None:
    every = ("camera", "chat", "draw", "screen", "speak")
    assert teacher.does(c.LeaveStage) == [e.StageLeft(member=1, by=1, can=every)]  # type: ignore[arg-type]
    assert teacher.does(c.InviteToStage, member=1) == [e.StageJoined(member=1, by=1, can=every)]  # type: ignore[arg-type]


@pytest.mark.rule("STAGE-3")
def test_at_most_16_are_on_the_stage() -> None:
    lesson = Lesson(Form(seats={"teacher": 1, "student": 16}))
    teacher = lesson.joins("li", "teacher")
    for number in range(16):
        lesson.joins(f"pupil {number}")
    for member in range(2, 17):
        teacher.does(c.InviteToStage, member=member)
    assert teacher.refused(c.InviteToStage, member=17) == ("full", "STAGE-3")


def test_leaving_the_room_is_leaving_the_stage(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.InviteToStage, member=2)
    lesson.advance(4)
    anna.lost(for_good=True)
    assert lesson.state.stage == [1]
    assert [(one.since, one.until) for one in lesson.state.people[2].on_stage] == [(0, 4_000)]


# Grants


@pytest.mark.rule("GRANT-1")
def test_staff_give_and_take_a_right_of_one_member(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    assert teacher.does(c.Grant, member=2, can=("draw", "draw"), on=True) == [
        e.Granted(member=2, can=("draw",), on=True, by=1)
    ]
    assert ben.refused(c.BeginStroke, shape="3.1", **PEN) == ("forbidden", "RIGHT-1")
    assert len(anna.does(c.BeginStroke, shape="2.1", **PEN)) == 1
    teacher.does(c.Grant, member=2, can=("draw",), on=False)
    assert anna.refused(c.ExtendStroke, shape="2.1", points=(1, 1)) == ("forbidden", "RIGHT-1")
    assert anna.does(c.FinishStroke, shape="2.1") == [e.StrokeFinished(shape="2.1")]
    assert teacher.refused(c.Grant, member=2, can=(), on=True) == ("invalid", "GRANT-1")


@pytest.mark.rule("GRANT-2")
def test_a_grant_to_all_is_also_for_those_who_come_later(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.Grant, member="all", can=("draw",), on=True)
    lesson.joins("ben")
    assert [lesson.state.people[member].can for member in (2, 3)] == [{"chat", "draw"}, {"chat", "draw"}]
    teacher.does(c.Grant, member="all", can=("draw", "chat"), on=False)
    lesson.joins("chen")
    assert [lesson.state.people[member].can for member in (2, 3, 4)] == [set(), set(), set()]
    assert len(lesson.state.people[1].can) == 5


@pytest.mark.rule("GRANT-3")
def test_a_right_that_is_taken_ends_what_was_published_by_it(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    teacher.does(c.Grant, member="all", can=("speak", "screen"), on=True)
    anna.publishes("microphone", "screen", "screen_audio")
    ben.publishes("microphone")
    teacher.publishes("screen")
    assert teacher.does(c.Grant, member="all", can=("screen",), on=False)[:2] == [
        e.TrackStopped(track="t2"),
        e.TrackStopped(track="t3"),
    ]
    assert teacher.does(c.Grant, member=3, can=("speak",), on=False)[0] == e.TrackStopped(track="t4")
    assert list(lesson.state.tracks) == ["t1", "t5"]


# Mutes


@pytest.mark.rule("MUTE-1")
def test_a_mute_silences_the_members_track_for_everybody(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.Grant, member=2, can=("speak", "screen"), on=True)
    anna.publishes("microphone", "screen", "screen_audio")
    assert teacher.does(c.Mute, member=2, kind="screen") == [e.MemberMuted(member=2, kind="screen", on=True, by=1)]
    assert lesson.effects[1:4] == [fx.Silence("t1", False), fx.Silence("t2", True), fx.Silence("t3", True)]
    assert teacher.does(c.Mute, member=2, kind="screen") == []
    snapshot, _ = lesson.room.snapshot(1, now=lesson.now)
    assert [track.muted for track in snapshot.room.tracks] == [False, True, True]
    assert snapshot.room.members[1].muted == ("screen",)


@pytest.mark.rule("MUTE-1")
def test_a_mute_of_all_is_also_for_those_who_come_later_and_not_for_staff(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    teacher.does(c.Mute, member="all", kind="microphone")
    lesson.joins("ben")
    assert [lesson.state.people[member].muted for member in (1, 2, 3)] == [set(), {"microphone"}, {"microphone"}]
    teacher.does(c.Unmute, member="all", kind="microphone")
    lesson.joins("chen")
    assert [lesson.state.people[member].muted for member in (2, 3, 4)] == [set(), set(), set()]


@pytest.mark.rule("MUTE-2")
def test_only_staff_lift_a_mute(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.Grant, member=2, can=("speak",), on=True)
    anna.publishes("microphone")
    teacher.does(c.Mute, member=2, kind="microphone")
    assert anna.refused(c.MuteOwn, source="microphone", on=False) == ("forbidden", "MUTE-2")
    assert anna.does(c.MuteOwn, source="microphone", on=True) == [e.TrackMuted(track="t1", on=True)]
    teacher.does(c.Unmute, member=2, kind="microphone")
    assert fx.Silence("t1", True) in lesson.effects  # its owner has closed it, too
    assert anna.does(c.MuteOwn, source="microphone", on=False) == [e.TrackMuted(track="t1", on=False)]
    assert fx.Silence("t1", False) in lesson.effects


@pytest.mark.rule("MUTE-2")
def test_a_muted_member_who_publishes_again_is_silent_from_the_first_packet(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    teacher.does(c.Grant, member=2, can=("speak",), on=True)
    teacher.does(c.Mute, member=2, kind="microphone")
    anna.publishes("microphone")
    assert fx.Silence("t1", True) in lesson.effects


@pytest.mark.rule("GRANT-5")
@pytest.mark.parametrize(
    "taking",
    [
        (c.Grant, {"member": 2, "can": ("draw",), "on": False}),
        (c.Grant, {"member": "all", "can": ("draw",), "on": False}),
        (c.RemoveMember, {"member": 2}),
        (c.LockPage, {"page": 1, "on": True}),
        (c.LockBoard, {"on": True}),
    ],
)
def test_points_that_came_before_a_right_was_taken_stand_before_it(
    lesson: Lesson, teacher: Guest, anna: Guest, taking: tuple[type[c.RoomCommand], dict[str, Any]]
) -> None:
    teacher.does(c.Grant, member=2, can=("draw",), on=True)
    anna.does(c.BeginStroke, shape="2.1", **PEN)
    anna.does(c.ExtendStroke, shape="2.1", points=(1, 1))
    command, fields = taking
    assert teacher.does(command, **fields)[0] == e.StrokeExtended(-1, -1, "2.1", (1, 1))
    assert lesson.room.ink_due is None
