"""What a room asks its shell to do.  In the order given; the shell decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.codes import CloseCode
from protocol.fields import Layer, Source
from protocol.notices import AnyNotice, AnySignal

from .forms import Booking
from .ledger import Posting
from .log import ALL, Audience, Entry, Side
from .record_shape import Record

Line = int  # a connection, by the number that the shell gave it


@dataclass(frozen=True, slots=True)
class Append:
    """Keep the event, with what the ledger learns of it, and let it go to everybody who may see it."""

    entry: Entry
    postings: tuple[Posting, ...] = ()


@dataclass(frozen=True, slots=True)
class Salt:
    """Keep a new member's salt, and whose it is, in the same transaction as the events that follow."""

    member: int
    salt: bytes
    identity: str


@dataclass(frozen=True, slots=True)
class Enter:
    """A line is a cursor from here on: it has everything up to `seq`, and sees with the eyes of `member`."""

    line: Line
    member: int
    side: Side
    seq: int


@dataclass(frozen=True, slots=True)
class Say:
    """One notice to one line, now."""

    line: Line
    notice: AnyNotice | AnySignal


@dataclass(frozen=True, slots=True)
class Answer:
    """`ok` for the command `id`, once everything up to `after` is durable.

    `alone`: said by itself; an `ok` for a later command may have gone before it.
    """

    line: Line
    id: int
    after: int
    sdp: str | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Say `bye` and close the line."""

    line: Line
    code: CloseCode
    reason: str
    retry_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Flash:
    """A signal to its audience but for its sender; only the newest of a `key` counts."""

    key: tuple[str, int]
    signal: AnySignal
    sender: int = 0
    audience: Audience = ALL


@dataclass(frozen=True, slots=True)
class Publish:
    """Take a member's offer; tell the room with `took_offer`, sooner or later.  `tracks`: mid -> (track, source).

    `first`: the member teaches, and is seen before others where a line is weak; `teacher`: screens show them first.
    """

    line: Line
    member: int
    id: int
    sdp: str
    tracks: Mapping[str, tuple[str, Source]]
    first: bool = False
    teacher: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Take a device's offer to receive; tell the room with `took_watch`, sooner or later."""

    line: Line
    member: int
    id: int
    sdp: str


@dataclass(frozen=True, slots=True)
class Renew:
    """A device begins ICE afresh, with these credentials; tell the room with `took_renewal`, sooner or later."""

    line: Line
    member: int
    id: int
    ufrag: str
    password: str


@dataclass(frozen=True, slots=True)
class TakeAnswer:
    """Hand a member's answer to the engine; tell the room with `took_answer`, sooner or later."""

    line: Line
    member: int
    id: int
    offer: int
    sdp: str


@dataclass(frozen=True, slots=True)
class Want:
    member: int
    track: str
    layer: Layer


@dataclass(frozen=True, slots=True)
class Silence:
    """Forward a track no longer, or again."""

    track: str
    on: bool


@dataclass(frozen=True, slots=True)
class StopTrack:
    track: str


@dataclass(frozen=True, slots=True)
class Receive:
    """Offer a member's receiving connection afresh."""

    member: int


@dataclass(frozen=True, slots=True)
class RestartMedia:
    """Begin ICE afresh for a member's receiving connection; what flows goes on."""

    member: int


@dataclass(frozen=True, slots=True)
class EndMedia:
    """Close a member's transports; None: everybody's."""

    member: int | None


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """See that a room is there in which the two of a call meet; tell the lobby with `lesson_over` if it is over."""

    booking: Booking
    expected: tuple[str, ...]  # identities, and nobody else


@dataclass(frozen=True, slots=True)
class LessonOver:
    """Tell the lobby that a lesson was born of, if it is still there."""

    lesson: str


@dataclass(frozen=True, slots=True)
class Conclude:
    """The room is over: keep its record, publish it, then hang up every line (4410) and forget the room."""

    record: Record


Effect = (
    Append
    | Salt
    | Enter
    | Say
    | Answer
    | Hang
    | Flash
    | Publish
    | Watch
    | Renew
    | TakeAnswer
    | Want
    | Silence
    | StopTrack
    | Receive
    | RestartMedia
    | EndMedia
    | OpenLesson
    | LessonOver
    | Conclude
)
