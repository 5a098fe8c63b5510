"""Server -> one client: notices (reliable, in order, not in the log) and signals (may be dropped)."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from . import fields as f
from .codes import ErrorCode


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Something said to one client."""


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of `welcome` or `snapshot`."""


class MemberView(Part, frozen=True):
    member: int
    name: f.Name
    role: f.Role
    school: str | None = None
    can: tuple[f.Right, ...] = ()
    muted: tuple[f.MuteKind, ...] = ()
    away: bool = False
    device: bool = False
    heads: int | None = None  # pupils before a classroom's device, as it was last declared


class GoneView(Part, frozen=True):
    """Somebody who was here and has gone: what they drew and said is still theirs."""

    member: int
    name: f.Name
    role: f.Role


class ChatView(Part, frozen=True):
    """A line of chat; who wrote it may have left."""

    seq: int
    at: int
    member: int
    name: f.Name
    role: f.Role
    text: f.ChatText
    to: f.Addressee = "all"


class TrackView(Part, frozen=True):
    track: str
    member: int
    source: f.Source
    layers: tuple[f.Layer, ...] = ("high",)
    muted: bool = False


class PollView(Part, frozen=True):
    """The newest poll, open or closed."""

    poll: int
    member: int
    at: int
    question: f.Question
    options: f.Options
    answer: int | None = None  # the right one: while it is open for staff only
    seconds: int | None = None
    votes: tuple[tuple[int, int], ...] = ()  # (member, choice): everybody's for staff, else one's own
    closed: bool = False
    counts: tuple[int, ...] = ()  # how many chose each option, once it is closed


class CheckinView(Part, frozen=True):
    """The newest check-in, open or closed."""

    checkin: int
    member: int
    at: int
    seconds: int
    answered: tuple[int, ...] = ()  # everybody for staff, else oneself
    closed: bool = False
    missing: tuple[int, ...] = ()  # for staff, once it is closed


class CommentView(Part, frozen=True):
    """What an observer said of a moment."""

    seq: int
    at: int
    member: int
    name: f.Name
    text: f.Remark


class EndsView(Part, frozen=True):
    """When the room ends by itself, and by which rule."""

    in_ms: int
    reason: f.EndReason


class PausedView(Part, frozen=True):
    """No teacher is here: pupils are neither heard nor can they write."""

    reason: f.PauseReason
    ends_in_ms: int | None = None  # the room ends then, if nobody comes; None: not for this reason


class HeldView(Part, frozen=True):
    """A line of chat that is held back, to staff and its author."""

    seq: int
    at: int
    member: int
    name: f.Name
    role: f.Role
    text: f.ChatText
    to: f.Addressee = "all"


class AlarmView(Part, frozen=True):
    kind: f.AlarmKind
    at: int
    member: int | None = None


class PastView(Part, frozen=True):
    """What was before, and is no more to be seen."""

    live_at: int | None = None  # `at` of `room.live`
    gone: tuple[GoneView, ...] = ()  # at most 500 of those who were here
    lines: int = 0  # of chat, all that were written; for staff


class DutyView(Part, frozen=True):
    """A teacher who may be called, or waited for."""

    member: int
    name: f.Name
    school: str | None = None
    subjects: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    busy: bool = False


class CallView(Part, frozen=True):
    """A call of one's own: that one has made, or that waits for one."""

    call: int
    member: int
    name: f.Name
    teacher: int
    subject: str = ""
    grade: str = ""
    rings_ms: int | None = None  # how long it still rings; None: it waits
    place: int = 1
    wait_s: int = 0


class LobbyView(Part, frozen=True):
    """What is different of a room where teachers are called."""

    duties: tuple[DutyView, ...]
    calls: tuple[CallView, ...] = ()
    lesson: str | None = None  # the room where one is awaited
    call: int | None = None  # that it came of


class RoomView(Part, frozen=True):
    """The room as one member may see it at `seq`."""

    id: str
    form: str
    subject: str
    topic: str
    state: f.State
    opened_at_ms: int  # wall clock of `at` 0
    ends: EndsView
    members: tuple[MemberView, ...]
    hands: tuple[int, ...]  # in the order in which they were raised
    stage: tuple[int, ...]
    chat: tuple[ChatView, ...]  # the newest 50 that the member may see
    tracks: tuple[TrackView, ...]
    locked: bool = False
    closed_reason: f.EndReason | None = None
    recording: bool = False  # what members publish is recorded
    paused: PausedView | None = None
    held: tuple[HeldView, ...] = ()  # lines held back that the member may see
    alarms: tuple[AlarmView, ...] = ()  # to staff the newest 50, else those about oneself
    past: PastView | None = None
    poll: PollView | None = None
    checkin: CheckinView | None = None
    comments: tuple[CommentView, ...] | None = None  # for staff and observers, where the form has them
    lobby: LobbyView | None = None  # None: it is a lesson


class LimitsView(Part, frozen=True):
    frame_bytes: int
    chat_chars: int
    points_a_message: int
    absence_s: int
    evaluation_s: int


class IceServer(Part, frozen=True):
    """A TURN server, as `RTCPeerConnection` takes it; the credentials are this client's and end by themselves."""

    urls: tuple[str, ...]
    username: str
    credential: str


class Welcome(Notice, frozen=True, tag="welcome"):
    """The answer to `hello`.  When `resumed`, no snapshot: the events after the `seq` named in `hello` follow."""

    id: int
    session: str
    member: int
    next_shape: int
    resumed: bool
    epoch: int
    seq: int
    last_id: int  # the highest command `id` taken: what came later is sent again
    now_ms: int
    limits: LimitsView
    evaluation: f.Evaluation = "not_due"
    room: RoomView | None = None
    board: Mapping[str, Any] | None = None
    ice_servers: tuple[IceServer, ...] = ()


class Snapshot(Notice, frozen=True, tag="snapshot"):
    """Replaces everything the client knew: it had fallen too far behind."""

    seq: int
    room: RoomView
    board: Mapping[str, Any]


class BoardChunk(Notice, frozen=True, tag="board.chunk"):
    """Finished shapes of a page, behind a `welcome` or `snapshot`: deflated JSON, a list of whole shapes in order.

    A JSON connection gets `shapes` alone, as a binary frame.
    """

    shapes: bytes


class Ok(Notice, frozen=True, tag="ok"):
    """Every command up to `id` without an answer of its own is carried out and durable."""

    id: int
    sdp: str | None = None  # the answer to `media.publish`


class Error(Notice, frozen=True, tag="error"):
    id: int
    code: ErrorCode
    message: str
    rule: str | None = None
    retry_in_s: float | None = None
    until_ms: int | None = None  # wall clock of that instant, where somebody is not let in
    room: str | None = None  # that it is about, where it is another


class Bye(Notice, frozen=True, tag="bye"):
    """The last word before the server closes the connection with this code."""

    code: int
    reason: str
    retry_in_s: float | None = None


class Moved(Notice, frozen=True, tag="moved"):
    """Instead of `welcome`: the room lives there."""

    url: str


class MediaOffer(Notice, frozen=True, tag="media.offer"):
    """The receiving connection, offered by the server; `tracks` names the track of each mid."""

    offer: int
    sdp: str
    tracks: dict[str, str]


class MediaCarries(Notice, frozen=True, tag="media.carries"):
    """What the sections of your receiving connection carry from now on: the track of each mid that carries one."""

    tracks: dict[str, str]


class MediaLayers(Notice, frozen=True, tag="media.layers"):
    """What you are sent of each picture that you want, all of them; "off": your line cannot carry it now."""

    layers: dict[str, f.Layer]


class MediaUsed(Notice, frozen=True, tag="media.used"):
    """The most that anybody uses of each picture that you publish; "off": nobody sees it.  Send no more than that."""

    layers: dict[str, f.Layer]


# Signals


class Pong(Notice, frozen=True, tag="pong"):
    n: int
    now_ms: int


class Pointer(Struct, frozen=True, array_like=True, tag_field="type", tag="pointer"):
    """`["pointer", member, page, x, y, laser]`."""

    member: int
    page: int
    x: int
    y: int
    laser: bool


class View(Struct, frozen=True, array_like=True, tag_field="type", tag="view"):
    """`["view", member, page, x, y, width]`: what a teacher looks at, for whoever follows; width 0: no more."""

    member: int
    page: int
    x: int
    y: int
    width: int


class Speaking(Notice, frozen=True, tag="speaking"):
    """Who is being heard now."""

    members: tuple[int, ...]


class Quality(Notice, frozen=True, tag="quality"):
    """How a member's line is, 0 (gone) to 5."""

    member: int
    score: int


class CallPlace(Notice, frozen=True, tag="call.place"):
    """Where one's call stands in the teacher's queue, and how long that may take."""

    call: int
    place: int  # 1: the next
    wait_s: int


AnyNotice = (
    Welcome | Snapshot | BoardChunk | Ok | Error | Bye | Moved | MediaOffer | MediaCarries | MediaLayers | MediaUsed
)
AnySignal = Pong | Pointer | View | Speaking | Quality | CallPlace
