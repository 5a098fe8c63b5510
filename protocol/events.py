"""Server -> client: what happened in the room, in the order in which it happened.

`seq` rises through the room (a member sees gaps where something was not for them), `at` is milliseconds since the room
opened.  A client ignores fields and types that it does not know.
"""

from typing import Annotated, Literal

from msgspec import Struct

from . import fields as f


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Something that happened."""

    seq: int = -1  # until the log gives it a place
    at: int = -1


# Room and members


class EpochRaised(Event, frozen=True, tag="epoch.raised"):
    """A node opened the log again: everything up to `durable` was kept.

    Every line is lost until its `member.back`, and every track.
    """

    epoch: int
    durable: int


class MemberJoined(Event, frozen=True, tag="member.joined"):
    member: int
    name: f.Name
    role: f.Role
    school: str | None = None
    can: tuple[f.Right, ...] = ()
    muted: tuple[f.MuteKind, ...] = ()
    on_stage: bool = False
    device: bool = False  # a camera, an encoder or a screen, with nobody to talk to
    heads: int | None = None  # pupils before it, as it was declared before


class MemberLeft(Event, frozen=True, tag="member.left"):
    """Gone, and with them their raised hand, their place on the stage and their tracks."""

    member: int
    reason: f.LeftReason
    by: int | None = None  # who removed them
    ban: bool = False  # cannot come back for the room's life


class MemberAway(Event, frozen=True, tag="member.away"):
    """The line is lost; the place is kept for `limits.absence_s`."""

    member: int


class MemberBack(Event, frozen=True, tag="member.back"):
    member: int


class HeadsChanged(Event, frozen=True, tag="heads.changed"):
    """So many pupils are before a classroom's device, as somebody there says."""

    member: int
    count: int
    by: int


class RoomLive(Event, frozen=True, tag="room.live"):
    """A teacher and a student are both there: the clock starts."""

    ends_at: int  # `at` at which the room will end
    reason: f.EndReason


class RoomPaused(Event, frozen=True, tag="room.paused"):
    """Pupils are neither heard nor can they write, until `room.resumed`."""

    reason: f.PauseReason
    ends_in_s: int | None = None  # the room ends then, if nothing changes; None: not for this reason


class RoomResumed(Event, frozen=True, tag="room.resumed"):
    """A teacher is here again."""


class EndingSoon(Event, frozen=True, tag="ending.soon"):
    in_s: int
    reason: f.EndReason


class Alarm(Event, frozen=True, tag="alarm.raised"):
    """Something that school or supervision should know of.  Shown to staff, and to the member whom it is about."""

    kind: f.AlarmKind
    member: int | None = None  # None: the room


class RoomLocked(Event, frozen=True, tag="room.locked"):
    on: bool
    by: int


class RecordingStarted(Event, frozen=True, tag="recording.started"):
    """What members publish is recorded again.  A room that is recorded is so from its beginning (`room.recording`)."""


class RecordingStopped(Event, frozen=True, tag="recording.stopped"):
    """The room goes on, but what members publish is not kept now."""

    why: f.NoRecording


class RoomClosed(Event, frozen=True, tag="room.closed"):
    """Media, board and attendance stop; students may still evaluate for `limits.evaluation_s`."""

    reason: f.EndReason
    by: int | None = None


class Evaluated(Event, frozen=True, tag="evaluated"):
    """A student has given their opinion.  Shown to staff, and not whose it is."""

    score: int
    member: int | None = None


# Talk and floor


class ChatMessage(Event, frozen=True, tag="chat.message"):
    member: int
    text: f.ChatText
    to: f.Addressee = "all"
    masked: int = 0  # numbers of telephones and identity cards that stood in it
    held: int | None = None  # `seq` of the line that was held back, and that `by` let through
    by: int | None = None


class ChatHeld(Event, frozen=True, tag="chat.held"):
    """A line with a listed word.  Shown to staff and its author, until staff let it through or somebody deletes it."""

    member: int
    text: f.ChatText
    to: f.Addressee = "all"
    masked: int = 0


class ChatDeleted(Event, frozen=True, tag="chat.deleted"):
    chat: int  # the `seq` of the line
    by: int


class HandRaised(Event, frozen=True, tag="hand.raised"):
    member: int


class HandLowered(Event, frozen=True, tag="hand.lowered"):
    member: int
    by: int


class StageJoined(Event, frozen=True, tag="stage.joined"):
    """On the stage now; `can` is what the member may do there."""

    member: int
    by: int
    can: tuple[f.Right, ...]


class StageLeft(Event, frozen=True, tag="stage.left"):
    member: int
    by: int
    can: tuple[f.Right, ...]


class Granted(Event, frozen=True, tag="granted"):
    member: Literal["all"] | int
    can: tuple[f.Right, ...]
    on: bool
    by: int


class MemberMuted(Event, frozen=True, tag="member.muted"):
    """`on` false: the mute is lifted."""

    member: Literal["all"] | int
    kind: f.MuteKind
    on: bool
    by: int


# Asking the class


class PollOpened(Event, frozen=True, tag="poll.opened"):
    """A question with answers to choose from; its time is over `seconds` after `at`, or with the room."""

    poll: int  # rises by one with each
    member: int  # who asks
    question: f.Question
    options: f.Options
    answer: Annotated[int | None, f.STAFF_ONLY] = None  # the right one
    seconds: int | None = None


class PollVoted(Event, frozen=True, tag="poll.voted"):
    """An answer, or another one in its place.  Shown to staff and to whose it is."""

    poll: int
    member: int
    choice: int


class PollClosed(Event, frozen=True, tag="poll.closed"):
    """`counts`: how many chose each option."""

    poll: int
    counts: tuple[int, ...]
    answer: int | None = None  # the right one
    by: int | None = None  # None: its time was over


class CheckinOpened(Event, frozen=True, tag="checkin.opened"):
    """Who is there?  Its time is over `seconds` after `at`, or with the room."""

    checkin: int  # rises by one with each
    member: int  # who asks
    seconds: int


class CheckinAnswered(Event, frozen=True, tag="checkin.answered"):
    """Shown to staff and to who has answered."""

    checkin: int
    member: int


class CheckinClosed(Event, frozen=True, tag="checkin.closed"):
    checkin: int
    missing: Annotated[tuple[int, ...], f.STAFF_ONLY] = ()  # students who were inside when it was opened


class CommentAdded(Event, frozen=True, tag="comment.added"):
    """What an observer says of this moment.  Shown to staff and observers, who do not see each other otherwise."""

    member: int
    name: f.Name
    text: f.Remark


# Board.  `undo` and `redo` mark what a reversal caused; `author` is whose step it was when staff reversed it.


class StrokeBegun(Event, frozen=True, tag="board.begun"):
    member: int
    shape: str
    page: int
    kind: f.StrokeKind
    color: str
    width: int
    start: f.Point  # `at` is the time, as in every event
    z: int  # its place in the drawing order of the whole board


class StrokeExtended(Struct, frozen=True, array_like=True, tag_field="type", tag="board.extended"):
    """`["board.extended", seq, at, shape, [dx,dy…], pressure?]`."""

    seq: int
    at: int
    shape: str
    points: f.ManyDeltas
    pressure: f.ManyPressures | None = None


class StrokeFinished(Event, frozen=True, tag="board.finished"):
    shape: str


class ShapePut(Event, frozen=True, tag="board.put"):
    """A whole shape, as a snapshot has it."""

    member: int
    body: f.Body


class ShapesChanged(Event, frozen=True, tag="board.changed"):
    """Properties have new values.  A `z` is a new place in the drawing order."""

    member: int
    set: f.Sets
    undo: bool = False
    redo: bool = False
    author: int | None = None


class ShapesCut(Event, frozen=True, tag="board.cut"):
    """Strokes are gone; the named parts of each, `[id, from, to]`, are shapes in its place."""

    member: int
    cuts: f.Pieces


class ShapesCopied(Event, frozen=True, tag="board.copied"):
    member: int
    sources: tuple[str, ...]
    by: f.Offset
    shapes: f.Bodies


class ShapesErased(Event, frozen=True, tag="board.erased"):
    member: int
    shapes: tuple[str, ...]
    undo: bool = False
    redo: bool = False
    author: int | None = None


class PageCleared(Event, frozen=True, tag="board.cleared"):
    """`page` null: of every common page."""

    member: int
    page: int | None
    whose: Literal["all"] | int


class ShapesRestored(Event, frozen=True, tag="board.restored"):
    """Shapes are back, also those in `chunks`, and those in `gone` leave."""

    member: int
    shapes: f.Bodies
    gone: tuple[str, ...] = ()
    undo: bool = False
    redo: bool = False
    author: int | None = None
    chunks: f.Chunks = ()


class PageAdded(Event, frozen=True, tag="page.added"):
    """With an `owner` it is for their eyes and staff's only."""

    member: int
    page: int
    after: int
    background: str
    owner: int | None = None


class PageTurned(Event, frozen=True, tag="page.turned"):
    member: int
    page: int


class PageMoved(Event, frozen=True, tag="page.moved"):
    """It stands before another now, or behind all."""

    member: int
    page: int
    before: int | None


class PageChanged(Event, frozen=True, tag="page.changed"):
    member: int
    page: int
    background: str


class PageRemoved(Event, frozen=True, tag="page.removed"):
    member: int
    page: int


class PageLocked(Event, frozen=True, tag="page.locked"):
    member: int
    page: int
    on: bool


class BoardLocked(Event, frozen=True, tag="board.locked"):
    member: int
    on: bool


class BoardFreed(Event, frozen=True, tag="board.freed"):
    member: int
    on: bool


# Media


class TrackPublished(Event, frozen=True, tag="track.published"):
    track: str
    member: int
    source: f.Source
    layers: tuple[f.Layer, ...] = ("high",)


class TrackStopped(Event, frozen=True, tag="track.stopped"):
    track: str


class TrackMuted(Event, frozen=True, tag="track.muted"):
    track: str
    on: bool


# Calling a teacher


class DutyChanged(Event, frozen=True, tag="duty.changed"):
    """A teacher may be called (`free`), may be waited for (`busy`: in a lesson), or is on duty no more (`off`)."""

    member: int
    state: f.DutyState
    name: f.Name
    school: str | None = None
    subjects: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()


class CallMade(Event, frozen=True, tag="call.made"):
    """A student waits for a teacher.  Shown to these two, as all that follows of a call."""

    call: int
    member: int
    name: f.Name
    teacher: int
    subject: str = ""
    grade: str = ""


class CallRings(Event, frozen=True, tag="call.rings"):
    """It is this call's turn: the teacher has so many seconds."""

    call: int
    in_s: int


class CallEnded(Event, frozen=True, tag="call.ended"):
    """Nothing came of it.  A client tells a student the same of `declined` and `passed`: not now.

    `barred`: the student may begin no lesson now, and learns why by `lesson.ask`.
    """

    call: int
    reason: f.CallEnd


class CallAccepted(Event, frozen=True, tag="call.accepted"):
    """The two meet in this room, which lets nobody else in."""

    call: int
    room: str


class CallOver(Event, frozen=True, tag="call.over"):
    """The lesson that came of it is over."""

    call: int


Presence = EpochRaised | MemberJoined | MemberLeft | MemberAway | MemberBack | HeadsChanged
Time = RoomLive | RoomPaused | RoomResumed | EndingSoon | RoomClosed
Course = Time | Alarm | RoomLocked | RecordingStarted | RecordingStopped | Evaluated
Chat = ChatMessage | ChatHeld | ChatDeleted
Floor = Chat | HandRaised | HandLowered | StageJoined | StageLeft | Granted | MemberMuted
Asked = PollOpened | PollVoted | PollClosed | CheckinOpened | CheckinAnswered | CheckinClosed | CommentAdded
Ink = StrokeBegun | StrokeExtended | StrokeFinished
Shapes = ShapePut | ShapesChanged | ShapesCut | ShapesCopied | ShapesErased | PageCleared | ShapesRestored
Pages = PageAdded | PageTurned | PageMoved | PageChanged | PageRemoved | PageLocked | BoardLocked | BoardFreed
Board = Ink | Shapes | Pages
Tracks = TrackPublished | TrackStopped | TrackMuted
Calls = DutyChanged | CallMade | CallRings | CallEnded | CallAccepted | CallOver
AnyEvent = Presence | Course | Floor | Asked | Ink | Shapes | Pages | Tracks | Calls
