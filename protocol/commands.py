"""Client -> server: commands (answered by `ok` or `error`) and signals (never answered, may be dropped).

An unknown field is a violation.  Who may send what is decided by the server's table of rights, not here.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from . import fields as f
from . import limits


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """Something asked of the server.  `id` rises within a session."""

    id: f.Id


class ClientInfo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str = ""
    version: str = ""


class Resume(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a lost connection stood: its session, and the newest event it has seen in that epoch."""

    session: str
    epoch: int
    seq: f.Seq


class Hello(Command, frozen=True, tag="hello"):
    """The first message, within 5 s.  With `resume` the token may be empty: the session is good until the room ends."""

    room: str
    token: str = ""
    client: ClientInfo = ClientInfo()
    resume: Resume | None = None


# Talk and floor


class SendChat(Command, frozen=True, tag="chat.send"):
    """Say something to everybody, to staff, or (staff to anybody, anybody to staff) to one member."""

    text: f.ChatText
    to: Literal["all", "staff"] | f.Member = "all"


class DeleteChat(Command, frozen=True, tag="chat.delete"):
    """Take a line back: staff any, its author their own."""

    seq: f.Id


class PassChat(Command, frozen=True, tag="chat.pass"):
    """Let a line through that was held back; `chat` is the `seq` of its `chat.held`."""

    chat: f.Id


class RaiseHand(Command, frozen=True, tag="hand.raise"):
    """Ask for the floor; the order of asking is the queue."""


class LowerHand(Command, frozen=True, tag="hand.lower"):
    """Take one's own hand down, or as staff somebody's."""

    member: f.Member | None = None


class InviteToStage(Command, frozen=True, tag="stage.invite"):
    """Put a member on the stage, where tiles are shown and the form's rights to publish are held."""

    member: f.Member


class LeaveStage(Command, frozen=True, tag="stage.leave"):
    """Step down oneself."""


class RemoveFromStage(Command, frozen=True, tag="stage.remove"):
    """Take a member off the stage."""

    member: f.Member


class Grant(Command, frozen=True, tag="grant"):
    """Give or take rights; `all` means every student, also those who come later."""

    member: Literal["all"] | f.Member
    can: tuple[f.Right, ...]
    on: bool


class Mute(Command, frozen=True, tag="member.mute"):
    """Silence a member's microphone, camera or screen; only staff can lift it."""

    member: Literal["all"] | f.Member
    kind: f.MuteKind


class Unmute(Command, frozen=True, tag="member.unmute"):
    """Lift a mute; the member opens the device again themselves."""

    member: Literal["all"] | f.Member
    kind: f.MuteKind


class RemoveMember(Command, frozen=True, tag="member.remove"):
    """Put a member out; with `ban` the same identity cannot come back for the room's life."""

    member: f.Member
    ban: bool = True


class SetHeads(Command, frozen=True, tag="heads.set"):
    """Say how many pupils are before a classroom's device: one's own, or as an assistant of its school `member`."""

    count: f.Heads
    member: f.Member | None = None


class LockRoom(Command, frozen=True, tag="room.lock"):
    """Let nobody new in, or again."""

    on: bool


class EndRoom(Command, frozen=True, tag="room.end"):
    """Close the room for everybody."""


class Evaluate(Command, frozen=True, tag="evaluate"):
    """A student's opinion of the session; once."""

    score: f.Score
    tags: f.Tags = ()
    comment: f.Comment = ""


# Asking the class


class OpenPoll(Command, frozen=True, tag="poll.open"):
    """Ask a question with answers to choose from.  Without `seconds` it is open until staff close it, or the room."""

    question: f.Question
    options: f.Options
    answer: f.Choice | None = None  # the right one
    seconds: f.PollSeconds | None = None


class Vote(Command, frozen=True, tag="poll.vote"):
    """Choose an answer, or another one than before."""

    poll: f.Asked
    choice: f.Choice


class ClosePoll(Command, frozen=True, tag="poll.close"):
    """No more votes: everybody is told how many chose what."""

    poll: f.Asked


class OpenCheckin(Command, frozen=True, tag="checkin.open"):
    """Ask who is there."""

    seconds: f.CheckinSeconds


class AnswerCheckin(Command, frozen=True, tag="checkin.answer"):
    """I am."""

    checkin: f.Asked


class AddComment(Command, frozen=True, tag="comment.add"):
    """What an observer has to say of this moment of the lesson, for staff and observers."""

    text: f.Remark


# Board


class BeginStroke(Command, frozen=True, tag="board.begin"):
    """Put the pen down at a point in board units."""

    shape: f.NewShapeId
    page: f.Page
    kind: f.StrokeKind
    color: f.Color
    width: f.Width
    at: f.Point


class ExtendStroke(
    Struct, frozen=True, forbid_unknown_fields=True, array_like=True, tag_field="type", tag="board.extend"
):
    """`["board.extend", id, shape, [dx,dy,dx,dy…], pressure?]`: deltas from the point before; pressures 0..255."""

    id: f.Id
    shape: f.NewShapeId
    points: f.Deltas
    pressure: f.Pressure | None = None


class FinishStroke(Command, frozen=True, tag="board.finish"):
    shape: f.NewShapeId


class PutShape(Command, frozen=True, tag="board.put"):
    """Put a whole shape there; which of the properties it has depends on its kind."""

    shape: f.NewShapeId
    page: f.Page
    kind: f.ShapeKind
    start: f.Place
    color: f.Color | UnsetType = UNSET
    width: f.Width | UnsetType = UNSET
    fill: f.Fill | UnsetType = UNSET
    points: f.Corners | UnsetType = UNSET
    pressure: f.Pressure | UnsetType = UNSET
    size: tuple[f.Extent, f.Extent] | UnsetType = UNSET
    scale: tuple[f.Thousandths, f.Thousandths] | UnsetType = UNSET
    turn: f.Turn | UnsetType = UNSET
    text: f.BoardText | UnsetType = UNSET
    font: f.Font | UnsetType = UNSET
    height: f.FontHeight | UnsetType = UNSET
    latex: f.BoardText | UnsetType = UNSET
    asset: f.Asset | UnsetType = UNSET


class ShapeSet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Properties of one shape and their new values; the last writer of each wins."""

    start: f.Place | UnsetType = UNSET
    color: f.Color | UnsetType = UNSET
    width: f.Width | UnsetType = UNSET
    fill: f.Fill | UnsetType = UNSET
    size: tuple[f.Extent, f.Extent] | UnsetType = UNSET
    scale: tuple[f.Thousandths, f.Thousandths] | UnsetType = UNSET
    turn: f.Turn | UnsetType = UNSET
    text: f.BoardText | UnsetType = UNSET
    font: f.Font | UnsetType = UNSET
    height: f.FontHeight | UnsetType = UNSET
    latex: f.BoardText | UnsetType = UNSET


class ChangeShapes(Command, frozen=True, tag="board.change"):
    """Move, turn, resize, colour, write anew: all shapes named here in one step."""

    set: Annotated[dict[f.ShapeId, ShapeSet], Meta(min_length=1, max_length=limits.SHAPES_A_MESSAGE)]


class OrderShapes(Command, frozen=True, tag="board.order"):
    """Lay shapes above all others, or below."""

    shapes: f.ShapeIds
    to: Literal["front", "back"]


class CutShapes(Command, frozen=True, tag="board.cut"):
    """Leave of strokes only these parts, each a shape of its own: what an area eraser does, in one step.

    Parts rise, and are positions along the stroke in hundredths of a segment: point k lies at 100 k.
    """

    cuts: f.Cuts


class CopyShapes(Command, frozen=True, tag="board.copy"):
    """Copy shapes to a page, moved by `by`; the copies are numbered from `first` on."""

    shapes: f.ShapeIds
    page: f.Page
    by: f.Offset
    first: f.Number


class EraseShapes(Command, frozen=True, tag="board.erase"):
    shapes: f.ShapeIds


class ClearPage(Command, frozen=True, tag="board.clear"):
    """Without a page: every common page."""

    page: f.Page | None = None
    whose: Literal["mine", "all"] | f.Member = "mine"


class Undo(Command, frozen=True, tag="board.undo"):
    """Take back one's own last step, or as staff a named student's."""

    member: f.Member | None = None


class Redo(Command, frozen=True, tag="board.redo"):
    member: f.Member | None = None


class LockBoard(Command, frozen=True, tag="board.lock"):
    """Keep students from drawing on any common page."""

    on: bool


class FreeBoard(Command, frozen=True, tag="board.free"):
    """Let everybody look at any common page, or gather them on the current one."""

    on: bool


class AddPage(Command, frozen=True, tag="page.add"):
    """A new page behind `after` (default: the last); `scratch`: a learner's own, which only they and staff see."""

    after: f.Page | None = None
    background: f.Background = "blank"
    scratch: bool = False


class TurnPage(Command, frozen=True, tag="page.turn"):
    """Everybody follows."""

    page: f.Page


class MovePage(Command, frozen=True, tag="page.move"):
    """Put a page before another, or behind all."""

    page: f.Page
    before: f.Page | None = None


class ChangePage(Command, frozen=True, tag="page.change"):
    """Give a page another background."""

    page: f.Page
    background: f.Background


class RemovePage(Command, frozen=True, tag="page.remove"):
    page: f.Page


class LockPage(Command, frozen=True, tag="page.lock"):
    """Keep students from drawing on a page."""

    page: f.Page
    on: bool


# Media


class PublishMedia(Command, frozen=True, tag="media.publish"):
    """Offer the publishing connection; `tracks` names each mid's source.  Answered by `ok` with the answer's SDP."""

    sdp: f.Sdp
    tracks: dict[f.Mid, f.Source]


class AnswerMedia(Command, frozen=True, tag="media.answer"):
    """Answer the server's `media.offer` of that number."""

    offer: f.Id
    sdp: f.Sdp


class RestartMedia(Command, frozen=True, tag="media.restart"):
    """The network has changed: have the receiving connection offered again with new ICE credentials."""


class WantMedia(Command, frozen=True, tag="media.want"):
    """What a viewer can use of a track."""

    track: f.TrackId
    layer: f.Layer


class MuteOwn(Command, frozen=True, tag="media.mute"):
    """Close or open one's own track; one that staff muted cannot be opened."""

    source: f.Source
    on: bool


# Calling a teacher


class BeginDuty(Command, frozen=True, tag="duty.begin"):
    """A teacher says what they may be called for; once more: something else."""

    subjects: f.Topics
    grades: f.Topics = ()


class EndDuty(Command, frozen=True, tag="duty.end"):
    """A teacher is not to be called any more; a lesson that has begun goes on."""


class MakeCall(Command, frozen=True, tag="call.make"):
    """A student calls a teacher who is on duty, for one of their subjects and grades."""

    teacher: f.Member
    subject: f.Topic = ""
    grade: f.Topic = ""


class CancelCall(Command, frozen=True, tag="call.cancel"):
    """A student waits no longer."""


class AcceptCall(Command, frozen=True, tag="call.accept"):
    """A teacher takes the call that rings."""

    call: f.Id


class DeclineCall(Command, frozen=True, tag="call.decline"):
    """A teacher says: not now."""

    call: f.Id


class AskLesson(Command, frozen=True, tag="lesson.ask"):
    """Would the door of a lesson let me in now?  Answered as that door would."""


# Signals


class Ping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="ping"):
    """Is anybody there?  Answered by `pong` with the same number."""

    n: f.Seq


class MovePointer(Struct, frozen=True, forbid_unknown_fields=True, array_like=True, tag_field="type", tag="pointer"):
    """`["pointer", page, x, y, laser]`: where one points."""

    page: f.Page
    x: f.Unit
    y: f.Unit
    laser: bool


class ShowView(Struct, frozen=True, forbid_unknown_fields=True, array_like=True, tag_field="type", tag="view"):
    """`["view", page, x, y, width]`: staff say "look where I look"; top left and visible width in board units.

    A width of 0: they lead no more.
    """

    page: f.Page
    x: f.Reach
    y: f.Reach
    width: f.Reach


Talk = SendChat | DeleteChat | PassChat | RaiseHand | LowerHand | InviteToStage | LeaveStage | RemoveFromStage
Moderation = Grant | Mute | Unmute | RemoveMember | SetHeads | LockRoom | EndRoom | Evaluate
Asking = OpenPoll | Vote | ClosePoll | OpenCheckin | AnswerCheckin | AddComment
Strokes = BeginStroke | ExtendStroke | FinishStroke
Objects = PutShape | ChangeShapes | OrderShapes | CutShapes | CopyShapes | EraseShapes | ClearPage | Undo | Redo
Drawing = Strokes | Objects
Paging = AddPage | TurnPage | MovePage | ChangePage | RemovePage | LockPage | LockBoard | FreeBoard
Media = PublishMedia | AnswerMedia | RestartMedia | WantMedia | MuteOwn
Calling = BeginDuty | EndDuty | MakeCall | CancelCall | AcceptCall | DeclineCall | AskLesson
Meeting = BeginDuty | MakeCall | AcceptCall | AskLesson  # before a lesson: what its door says is said here
RoomCommand = Talk | Moderation | Asking | Drawing | Paging | Media | Calling
Signal = Ping | MovePointer | ShowView
Up = Hello | RoomCommand | Signal
