"""One literal example of every message, the optional fields given; `bare` the same with only what must be there."""

from typing import Any

import msgspec

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import ErrorCode

UP: tuple[c.Up, ...] = (
    c.Hello(
        id=1,
        room="r-7k2m",
        token="t",
        client=c.ClientInfo(name="web", version="0.1.0"),
        resume=c.Resume(session="s", epoch=1, seq=845),
    ),
    c.SendChat(id=2, text="看这里", to=3),
    c.DeleteChat(id=3, seq=8),
    c.RaiseHand(id=4),
    c.LowerHand(id=5, member=2),
    c.InviteToStage(id=6, member=2),
    c.LeaveStage(id=7),
    c.RemoveFromStage(id=8, member=2),
    c.Grant(id=9, member="all", can=("draw", "speak"), on=True),
    c.Mute(id=10, member=2, kind="microphone"),
    c.Unmute(id=11, member="all", kind="screen"),
    c.RemoveMember(id=12, member=2, ban=False),
    c.LockRoom(id=13, on=True),
    c.EndRoom(id=14),
    c.Evaluate(id=15, score=5, tags=("clear",), comment="谢谢"),
    c.BeginStroke(id=16, shape="2.1", page=1, kind="pen", color="#102030", width=24, at=(16_000, 9_000)),
    c.ExtendStroke(17, "2.1", (1, -2, 3, 4), (0, 255)),
    c.FinishStroke(id=18, shape="2.1"),
    c.EraseShapes(id=19, shapes=("2.1", "2.2")),
    c.ClearPage(id=20, page=1, whose=2),
    c.Undo(id=21, member=2),
    c.Redo(id=22, member=2),
    c.AddPage(id=23, after=1, background="grid"),
    c.TurnPage(id=24, page=2),
    c.RemovePage(id=25, page=2),
    c.LockPage(id=26, page=2, on=True),
    c.PublishMedia(id=27, sdp="v=0", tracks={"0": "microphone", "1": "camera"}),
    c.AnswerMedia(id=28, offer=1, sdp="v=0"),
    c.WantMedia(id=29, track="t1", layer="low"),
    c.MuteOwn(id=30, source="camera", on=True),
    c.Ping(n=0),
    c.MovePointer(1, 8_000, 4_500, True),
)
ROOM = n.RoomView(
    id="r-7k2m",
    form="one_to_many",
    subject="mathematics",
    topic="",
    state="closed",
    opened_at_ms=1_790_000_000_000,
    ends=n.EndsView(in_ms=1_520_000, reason="duration"),
    members=(
        n.MemberView(member=1, name="李", role="teacher", school="4", can=("chat",), muted=("camera",), away=True),
    ),
    hands=(2,),
    stage=(1,),
    chat=(n.ChatView(seq=3, at=5, member=1, name="李", role="teacher", text="hello", to="staff"),),
    tracks=(n.TrackView(track="t1", member=1, source="camera", layers=("low", "high"), muted=True),),
    locked=True,
    closed_reason="ended",
)
LIMITS = n.LimitsView(frame_bytes=65_536, chat_chars=2_000, points_a_message=256, absence_s=60, evaluation_s=120)
BOARD = {"current": 1, "drawn": 0, "pages": [{"page": 1, "background": "blank", "locked": False, "shapes": []}]}
DOWN: tuple[Any, ...] = (
    e.EpochRaised(seq=1, at=2, epoch=2, durable=40),
    e.MemberJoined(
        seq=2, member=1, name="李", role="teacher", school="4", can=("chat",), muted=("screen",), on_stage=True
    ),
    e.MemberLeft(seq=3, member=1, reason="removed", by=2, ban=True),
    e.MemberAway(seq=4, member=1),
    e.MemberBack(seq=5, member=1),
    e.RoomLive(seq=6, ends_at=1_800_000, reason="duration"),
    e.EndingSoon(seq=7, in_s=300, reason="booking"),
    e.RoomLocked(seq=8, on=True, by=1),
    e.RoomClosed(seq=9, reason="ended", by=1),
    e.Evaluated(seq=10, score=5, member=2),
    e.ChatMessage(seq=11, member=1, text="hello", to=2),
    e.ChatDeleted(seq=12, chat=11, by=1),
    e.HandRaised(seq=13, member=2),
    e.HandLowered(seq=14, member=2, by=1),
    e.StageJoined(seq=15, member=2, by=1, can=("chat", "speak")),
    e.StageLeft(seq=16, member=2, by=1, can=("chat",)),
    e.Granted(seq=17, member="all", can=("draw",), on=True, by=1),
    e.MemberMuted(seq=18, member=2, kind="camera", on=True, by=1),
    e.StrokeBegun(seq=19, member=2, shape="2.1", page=1, kind="pen", color="#102030", width=24, start=(100, 200)),
    e.StrokeExtended(20, 5, "2.1", (1, 2), (99,)),
    e.StrokeFinished(seq=21, shape="2.1"),
    e.ShapesErased(seq=22, member=1, shapes=("2.1",), undo=True, author=2),
    e.PageCleared(seq=23, member=1, page=1, whose="all"),
    e.ShapesRestored(seq=24, member=2, shapes=({"id": "2.1", "points": [1, 2]},), redo=True, author=3),
    e.PageAdded(seq=25, member=1, page=2, after=1, background="grid"),
    e.PageTurned(seq=26, member=1, page=2),
    e.PageRemoved(seq=27, member=1, page=2),
    e.PageLocked(seq=28, member=1, page=1, on=True),
    e.TrackPublished(seq=29, track="t1", member=1, source="screen", layers=("low", "medium", "high")),
    e.TrackStopped(seq=30, track="t1"),
    e.TrackMuted(seq=31, track="t1", on=True),
    n.Welcome(
        id=1,
        session="s",
        member=1,
        next_shape=4,
        resumed=False,
        epoch=1,
        seq=31,
        last_id=9,
        now_ms=1_790_000_000_000,
        limits=LIMITS,
        evaluation="due",
        room=ROOM,
        board=BOARD,
    ),
    n.Snapshot(seq=31, room=ROOM, board=BOARD),
    n.Ok(id=9, sdp="v=0"),
    n.Error(id=9, code=ErrorCode.FULL, message="no seat", rule="SEAT-1", retry_in_s=1.5),
    n.Bye(code=4429, reason="too much", retry_in_s=5.0),
    n.Moved(url="wss://elsewhere"),
    n.MediaOffer(offer=1, sdp="v=0", tracks={"0": "t1"}),
    n.Pong(n=7, now_ms=1_790_000_000_000),
    n.Pointer(2, 1, 8_000, 4_500, False),
    n.Speaking(members=(1, 2)),
    n.Quality(member=1, score=5),
)


def bare(message: Any) -> Any:
    """The message with every optional field at its default."""
    fields = {
        field.name: getattr(message, field.name) for field in msgspec.structs.fields(type(message)) if field.required
    }
    return type(message)(**fields)
