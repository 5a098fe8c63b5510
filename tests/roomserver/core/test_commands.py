"""A command is carried out once, answered once durable, and in the order of its ids; ink is joined on its way."""

from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.fields import Layer
from roomserver.core import effects as fx
from roomserver.core import views
from roomserver.core.answers import Pending
from tests.support.lesson import PEN, Guest, Lesson


@pytest.fixture
def drawing(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> Lesson:
    """Everybody may draw; the teacher's, Anna's and Ben's first strokes are begun."""
    teacher.does(c.Grant, member="all", can=("draw",), on=True)
    for guest in (teacher, anna, ben):
        guest.does(c.BeginStroke, shape=f"{guest.member}.1", **PEN)
    return lesson


def extended(member: int, *points: int) -> e.StrokeExtended:
    return e.StrokeExtended(-1, -1, f"{member}.1", points)


def answered(lesson: Lesson) -> list[int]:
    """Commands that the newest effects answer with `ok`, in order."""
    return [effect.id for effect in lesson.effects if isinstance(effect, fx.Answer)]


@pytest.mark.rule("ONCE-1")
def test_a_repeat_changes_nothing_and_is_answered_as_before(lesson: Lesson, anna: Guest) -> None:
    chat = c.SendChat(id=1, text="once")
    assert anna.sends(chat) == [e.ChatMessage(member=2, text="once")]
    assert anna.sends(chat) == []
    assert lesson.effects == [fx.Answer(2, 1, lesson.room.log.seq)]
    wrong = c.SendChat(id=2, text="psst", to=2)
    for _ in range(2):
        assert anna.sends(wrong) == []
        [said] = lesson.effects
        assert isinstance(said, fx.Say)
        assert (said.notice.id, said.notice.code, said.notice.rule) == (2, "forbidden", "CHAT-2")  # type: ignore[union-attr]


@pytest.mark.rule("ONCE-1")
def test_the_last_64_errors_are_kept(lesson: Lesson, anna: Guest) -> None:
    for id in range(1, 66):
        anna.sends(c.SendChat(id=id, text=" "))
    anna.sends(c.SendChat(id=2, text=" "))
    assert isinstance(lesson.effects[-1], fx.Say)
    anna.sends(c.SendChat(id=1, text=" "))
    assert lesson.effects == [fx.Answer(2, 1, lesson.room.log.seq)]


@pytest.mark.rule("ONCE-1")
def test_a_repeat_of_points_that_wait_is_answered_only_behind_them(drawing: Lesson, anna: Guest) -> None:
    points = c.ExtendStroke(7, "2.1", (1, 1))
    anna.sends(points)
    assert anna.sends(points) == [extended(2, 1, 1)]
    assert {effect.after for effect in drawing.effects if isinstance(effect, fx.Answer)} == {drawing.room.log.seq}


@pytest.mark.rule("ONCE-2")
def test_ok_leaves_when_its_event_is_durable_and_answers_all_before_it(lesson: Lesson, anna: Guest, ben: Guest) -> None:
    for text in ("one", "two"):
        anna.does(c.SendChat, text=text)
    ben.does(c.RaiseHand)
    lesson.turn()
    assert anna.says(n.Ok) == []
    lesson.commit()
    assert (anna.says(n.Ok), ben.says(n.Ok)) == ([n.Ok(id=2)], [n.Ok(id=1)])


@pytest.mark.rule("ONCE-2")
def test_a_commit_frees_only_what_it_covers() -> None:
    pending = Pending()
    for answer in (
        fx.Answer(line=1, id=1, after=4),
        fx.Answer(line=1, id=2, after=5),
        fx.Answer(line=2, id=9, after=5),
        fx.Answer(line=1, id=3, after=6, sdp="answer", alone=True),
        fx.Answer(line=1, id=4, after=6),
        fx.Answer(line=2, id=10, after=7, sdp="answer", alone=True),
    ):
        pending.wait(answer)
    assert list(pending.durable(3)) == []
    assert list(pending.durable(5)) == [(1, n.Ok(id=2)), (2, n.Ok(id=9))]
    assert list(pending.durable(9)) == [
        (1, n.Ok(id=3, sdp="answer")),
        (2, n.Ok(id=10, sdp="answer")),
        (1, n.Ok(id=4)),
    ]
    assert list(pending.durable(9)) == []


@pytest.mark.rule("ONCE-3")
def test_after_a_resume_the_welcome_says_which_command_was_taken_last(lesson: Lesson, anna: Guest) -> None:
    anna.does(c.RaiseHand)
    anna.refused(c.SendChat, text=" ")
    anna.lost()
    assert lesson.resumes(anna).welcome.last_id == 2
    again = lesson.joins("anna")
    assert again.welcome.last_id == 0
    lesson.crash()
    again = lesson.resumes(again)
    assert again.welcome.last_id == 0
    assert again.sends(c.RaiseHand(id=1)) == [e.HandRaised(member=2)]


@pytest.mark.rule("ONCE-4")
def test_after_a_crash_a_stored_command_is_known_and_a_lost_one_is_carried_out(lesson: Lesson, anna: Guest) -> None:
    anna.does(c.SendChat, text="stored")
    anna.does(c.SendChat, text="lost")
    lesson.crash(lose=1)
    again = lesson.resumes(anna)
    assert again.welcome.last_id == 1
    assert again.sends(c.SendChat(id=1, text="stored")) == []
    assert again.sends(c.SendChat(id=2, text="lost")) == [e.ChatMessage(member=2, text="lost")]


@pytest.mark.rule("EPOCH-1")
def test_who_opens_the_log_again_raises_its_epoch_and_names_what_was_durable(lesson: Lesson, anna: Guest) -> None:
    durable = lesson.room.log.seq
    assert lesson.crash() == [e.EpochRaised(epoch=2, durable=durable)]
    assert lesson.crash() == [e.EpochRaised(epoch=3, durable=durable + 1)]
    assert lesson.resumes(anna).welcome.epoch == 3


@pytest.mark.rule("EPOCH-2")
@pytest.mark.parametrize(("seen_of_lost", "resumed"), [(0, True), (1, False), (2, False)])
def test_who_has_seen_more_than_was_stored_gets_a_snapshot(
    lesson: Lesson, teacher: Guest, anna: Guest, seen_of_lost: int, resumed: bool
) -> None:
    seen = lesson.room.log.seq + seen_of_lost
    for text in ("one", "two"):
        teacher.does(c.SendChat, text=text)
    lesson.crash(lose=2)
    for _ in range(3):
        lesson.resumes(teacher).does(c.SendChat, text="since")
    welcome = lesson.resumes(anna, seq=seen, epoch=1).welcome
    assert (welcome.resumed, welcome.epoch) == (resumed, 2)
    assert (welcome.room is None) is resumed


# Ink on its way


def flush(lesson: Lesson) -> list[Any]:
    return lesson.perform(lesson.room.flush(now=lesson.now))


@pytest.mark.rule("BOARD-6", "BOARD-39")
def test_what_one_client_sends_for_a_stroke_within_90_ms_is_one_event(drawing: Lesson, anna: Guest) -> None:
    begun = drawing.now
    for id, points in ((7, (1, 2)), (8, (3, 4)), (9, (5, 6))):
        assert anna.sends(c.ExtendStroke(id, "2.1", points)) == []
        assert flush(drawing) == []
        assert drawing.room.ink_due == begun + 0.09
        drawing.now += 0.04
    assert flush(drawing) == [extended(2, 1, 2, 3, 4, 5, 6)]
    assert answered(drawing) == [9]
    assert drawing.entries[-1].cause is not None
    assert drawing.entries[-1].cause.id == 9
    assert drawing.room.ink_due is None
    assert flush(drawing) == []


@pytest.mark.rule("BOARD-39")
def test_the_points_of_one_member_do_not_wait_for_those_of_another(drawing: Lesson, anna: Guest, ben: Guest) -> None:
    begun = drawing.now
    anna.does(c.ExtendStroke, shape="2.1", points=(1, 1))
    drawing.now = begun + 0.05
    ben.does(c.ExtendStroke, shape="3.1", points=(2, 2))
    drawing.now = begun + 0.1
    assert flush(drawing) == [extended(2, 1, 1)]
    assert drawing.room.ink_due == begun + 0.05 + 0.09
    drawing.now = begun + 0.15
    assert flush(drawing) == [extended(3, 2, 2)]
    assert drawing.room.ink_due is None


@pytest.mark.rule("BOARD-39")
def test_strokes_of_one_member_that_wait_go_out_together_an_event_each(drawing: Lesson, anna: Guest) -> None:
    anna.does(c.BeginStroke, shape="2.2", **PEN)
    for shape in ("2.2", "2.1", "2.2"):
        anna.does(c.ExtendStroke, shape=shape, points=(1, 1))
    drawing.now += 0.1
    assert flush(drawing) == [e.StrokeExtended(-1, -1, "2.2", (1, 1, 1, 1)), extended(2, 1, 1)]
    assert answered(drawing) == [anna.sent]


@pytest.mark.rule("ONCE-5")
@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (c.SendChat, {"text": "look"}),
        (c.BeginStroke, {"shape": "2.2", **PEN}),
        (c.FinishStroke, {"shape": "2.1"}),
        (c.RaiseHand, {}),
    ],
)
def test_ones_own_commands_take_their_places_in_the_order_of_their_ids(
    drawing: Lesson, anna: Guest, command: type[c.RoomCommand], fields: dict[str, Any]
) -> None:
    anna.does(c.ExtendStroke, shape="2.1", points=(1, 1))
    events = anna.does(command, **fields)
    assert events[0] == extended(2, 1, 1)
    assert len(events) == 2
    assert answered(drawing) == [anna.sent - 1, anna.sent]


@pytest.mark.rule("ONCE-5")
def test_a_refused_command_lets_what_waits_before_it_go_first(drawing: Lesson, anna: Guest) -> None:
    anna.does(c.ExtendStroke, shape="2.1", points=(1, 1))
    assert anna.does(c.SendChat, text=" ") == [extended(2, 1, 1)]
    assert [type(effect) for effect in drawing.effects] == [fx.Append, fx.Answer, fx.Say]


@pytest.mark.rule("BOARD-7")
def test_everybodys_points_stand_before_a_command_on_the_whole_board(
    drawing: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    anna.does(c.ExtendStroke, shape="2.1", points=(1, 1))
    ben.does(c.ExtendStroke, shape="3.1", points=(2, 2))
    events = teacher.does(c.ClearPage, page=1, whose="all")
    assert events[:2] == [extended(2, 1, 1), extended(3, 2, 2)]
    assert events[-1] == e.PageCleared(member=1, page=1, whose="all")


@pytest.mark.rule("BOARD-24")
def test_a_newcomers_snapshot_has_the_points_that_waited(drawing: Lesson, anna: Guest) -> None:
    anna.does(c.ExtendStroke, shape="2.1", points=(1, 1))
    welcome = drawing.joins("chen").welcome
    assert welcome.board is not None
    assert [shape["points"] for shape in welcome.board["pages"][0]["shapes"]] == [[], [1, 1], []]
    assert welcome.seq == drawing.room.log.seq


@pytest.mark.parametrize(
    ("command", "fields", "code"),
    [
        (c.BeginStroke, {**PEN, "shape": "3.2"}, "forbidden"),
        (c.BeginStroke, {**PEN, "shape": "2.1"}, "conflict"),
        (c.BeginStroke, {**PEN, "shape": "2.2", "page": 9}, "not_found"),
        (c.BeginStroke, {**PEN, "shape": "2.2", "at": (0, 9_001)}, "invalid"),
        (c.ExtendStroke, {"shape": "2.1", "points": (0, -201)}, "invalid"),
        (c.ExtendStroke, {"shape": "2.1", "points": (0, 0, 1)}, "invalid"),
        (c.ExtendStroke, {"shape": "3.1", "points": (1, 1)}, "forbidden"),
        (c.PutShape, {"shape": "2.2", "page": 1, "kind": "text", "start": (0, 0)}, "invalid"),
        (c.ChangeShapes, {"set": {"3.1": c.ShapeSet(turn=1)}}, "forbidden"),
        (c.ChangeShapes, {"set": {"2.1": c.ShapeSet(text="x")}}, "invalid"),
        (c.ChangeShapes, {"set": {"2.9": c.ShapeSet(turn=1)}}, "not_found"),
        (c.OrderShapes, {"shapes": ("2.1", "3.1"), "to": "back"}, "forbidden"),
        (c.CutShapes, {"cuts": {"2.1": ((0, 100),)}}, "invalid"),
        (c.CutShapes, {"cuts": {"3.1": ()}}, "forbidden"),
        (c.CopyShapes, {"shapes": ("2.1",), "page": 1, "by": (0, 0), "first": 2}, "conflict"),
        (c.CopyShapes, {"shapes": ("1.1",), "page": 1, "by": (0, 0), "first": 2}, "forbidden"),
        (c.EraseShapes, {"shapes": ("3.1",)}, "forbidden"),
        (c.EraseShapes, {"shapes": ("3.9",)}, "not_found"),
        (c.ClearPage, {"page": 1, "whose": "all"}, "forbidden"),
        (c.ClearPage, {"whose": "all"}, "forbidden"),
        (c.Undo, {"member": 3}, "forbidden"),
        (c.Redo, {}, "conflict"),
    ],
)
def test_what_the_board_refuses_is_an_error_and_changes_nothing(
    drawing: Lesson, anna: Guest, command: type[c.RoomCommand], fields: dict[str, Any], code: str
) -> None:
    assert anna.refused(command, **fields) == (code, None)
    assert drawing.room.ink_due is None


def test_pages_and_what_is_taken_back_become_events(drawing: Lesson, teacher: Guest, anna: Guest) -> None:
    assert teacher.does(c.AddPage) == [e.PageAdded(member=1, page=2, after=1, background="blank")]
    assert teacher.does(c.TurnPage, page=2) == [e.PageTurned(member=1, page=2)]
    assert teacher.does(c.LockPage, page=2, on=True) == [e.PageLocked(member=1, page=2, on=True)]
    assert teacher.does(c.RemovePage, page=2) == [
        e.PageTurned(member=1, page=1),
        e.PageRemoved(member=1, page=2),
    ]
    assert anna.does(c.Undo) == [
        e.StrokeFinished(shape="2.1"),
        e.ShapesErased(member=2, shapes=("2.1",), undo=True),
    ]
    [restored] = teacher.does(c.Redo, member=2)
    assert (restored.redo, restored.author, [shape["id"] for shape in restored.shapes]) == (True, 2, ["2.1"])


# Media


@pytest.mark.rule("TRACK-1")
def test_a_source_keeps_its_tracks_name_and_a_name_is_never_given_twice(lesson: Lesson, teacher: Guest) -> None:
    def offers(id: int, **tracks: str) -> list[Any]:
        teacher.sends(c.PublishMedia(id=id, sdp="offer", tracks=tracks))  # type: ignore[arg-type]
        [publish] = [effect for effect in lesson.effects if isinstance(effect, fx.Publish)]
        return teacher.taken(publish)

    assert offers(1, a="microphone", b="camera") == [
        e.TrackPublished(track="t1", member=1, source="microphone"),
        e.TrackPublished(track="t2", member=1, source="camera"),
    ]
    assert offers(2, c="camera", d="screen") == [
        e.TrackStopped(track="t1"),
        e.TrackPublished(track="t3", member=1, source="screen"),
    ]
    assert offers(3, c="camera", d="screen", e="microphone") == [
        e.TrackPublished(track="t4", member=1, source="microphone")
    ]
    assert lesson.perform(lesson.room.track_failed("t2", now=lesson.now)) == [e.TrackStopped(track="t2")]
    assert lesson.perform(lesson.room.track_failed("t2", now=lesson.now)) == []


@pytest.mark.rule("TRACK-2")
def test_a_source_is_named_once_in_an_offer(teacher: Guest) -> None:
    assert teacher.refused(c.PublishMedia, sdp="", tracks={"0": "camera", "1": "camera"}) == ("invalid", "TRACK-2")


@pytest.mark.rule("TRACK-3")
def test_the_engines_word_on_an_offer_is_the_answer_or_an_error(lesson: Lesson, teacher: Guest) -> None:
    offer = teacher.offers("camera")
    assert offer == fx.Publish(1, 1, 1, "offer", {"0": ("t1", "camera")}, first=True, teacher=True)
    teacher.taken(offer, sdp="the answer")
    answer = fx.Answer(1, 1, lesson.room.log.seq, "the answer", alone=True)
    assert lesson.effects[-2:] == [fx.Silence("t1", False), answer]
    assert teacher.taken(teacher.offers("camera"), sdp=None) == []
    assert teacher.heard[-1].code == "invalid"
    assert list(lesson.state.tracks) == ["t1"]


@pytest.mark.rule("LAYER-1")
def test_a_track_is_published_with_its_layers_and_newcomers_see_them(lesson: Lesson, teacher: Guest) -> None:
    layers: dict[str, tuple[Layer, ...]] = {"t1": ("low", "medium", "high")}
    offer = teacher.offers("camera")
    effects = lesson.room.took_offer(offer.line, offer.id, layers, "answer", now=lesson.now)
    assert lesson.perform(effects) == [e.TrackPublished(track="t1", member=1, source="camera", layers=layers["t1"])]
    view = views.room(lesson.state, lesson.state.people[1], now_at=0)
    assert view.tracks[0].layers == layers["t1"]


@pytest.mark.rule("LAYER-1")
def test_a_later_offer_with_fewer_layers_is_no_news_of_the_track(lesson: Lesson, teacher: Guest) -> None:
    for layers in (("low", "medium", "high"), ("high",)):
        offer = teacher.offers("camera")
        taken: dict[str, tuple[Layer, ...]] = {"t1": layers}
        lesson.perform(lesson.room.took_offer(offer.line, offer.id, taken, "answer", now=lesson.now))
    assert [track.layers for track in lesson.state.tracks.values()] == [("low", "medium", "high")]


@pytest.mark.rule("LAYER-9")
def test_everybody_is_told_how_a_line_is(lesson: Lesson, teacher: Guest) -> None:
    flash = fx.Flash(("quality", 1), n.Quality(member=1, score=2))
    assert lesson.room.measured(1, 2) == [flash]


def test_the_other_media_commands_reach_the_engine(lesson: Lesson, teacher: Guest) -> None:
    teacher.does(c.AnswerMedia, offer=3, sdp="answer")
    assert lesson.effects == [fx.TakeAnswer(1, 1, 1, 3, "answer")]
    lesson.perform(lesson.room.took_answer(1, 1, good=True))
    assert lesson.effects == [fx.Answer(1, 1, lesson.room.log.seq, alone=True)]
    lesson.perform(lesson.room.took_answer(1, 1, good=False))
    assert teacher.heard[-1].code == "invalid"
    teacher.does(c.WantMedia, track="t1", layer="low")
    assert lesson.effects == [fx.Want(1, "t1", "low"), fx.Answer(1, 2, lesson.room.log.seq)]
    teacher.does(c.RestartMedia)
    assert lesson.effects == [fx.RestartMedia(1), fx.Answer(1, 3, lesson.room.log.seq)]
    assert teacher.refused(c.MuteOwn, source="camera", on=True) == ("not_found", None)


def test_a_line_that_is_no_members_does_nothing(lesson: Lesson, teacher: Guest) -> None:
    teacher.lost()
    assert lesson.room.handle(1, c.LeaveStage(id=1), now=lesson.now) == []
    assert lesson.room.signal(1, c.Ping(n=1), now=lesson.now) == []
    assert lesson.room.took_offer(1, 1, {}, "answer", now=lesson.now) == []
    assert lesson.room.took_answer(1, 1, good=True) == []
    assert lesson.room.line_of(1) is None
