"""What a room asks of its media, and what its media says: one class a message, the same in this process and in another.

Pure data.  Whoever carries an order out is `sfu.shell.local`; how it gets to another process says `sfu.shell.pipe`.
A word that answers an order names its `ask`; answers come in the order of the questions.
"""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from sfu.core.allocation import Name
from sfu.core.seen import ConnectionSeen

Ask: TypeAlias = tuple[int, int]  # whose number it is, is the asker's business


class Message(Struct, frozen=True, tag=True):
    pass


# Orders


class Publish(Message, frozen=True):
    """A member's offer: answered by `Taken` or `Away`.  Fields as of `MediaRoom.publish`."""

    ask: Ask
    member: int
    sdp: str
    tracks: dict[str, str]
    sources: dict[str, str]
    first: bool = False
    teacher: bool = False


class Watch(Message, frozen=True):
    """A member's offer to receive what the engine chooses: answered by `Watching` or `Away`."""

    ask: Ask
    member: int
    sdp: str


class Renew(Message, frozen=True):
    """A device begins ICE afresh for its connection, with these credentials: answered by `Renewed` or `Away`."""

    ask: Ask
    member: int
    ufrag: str
    password: str


class Answer(Message, frozen=True):
    """A member's answer to our offer: answered by `Heard` or `Away`."""

    ask: Ask
    member: int
    offer: int
    sdp: str


class Subscribe(Message, frozen=True):
    """Begin the member's receiving connection, or begin it afresh."""

    member: int


class Restart(Message, frozen=True):
    """Begin ICE afresh for the member's receiving connection, with all that flows going on."""

    member: int


class Want(Message, frozen=True):
    member: int
    track: str
    layer: Name


class Stage(Message, frozen=True):
    """Who is on the stage now."""

    members: tuple[int, ...]


class Mute(Message, frozen=True):
    track: str
    on: bool


class Stop(Message, frozen=True):
    track: str


class Leave(Message, frozen=True):
    """The member is gone: both connections and all tracks."""

    member: int


class Record(Message, frozen=True):
    """Record all that is published from now on, and was not stopped.  Comes before the first `Publish`.

    Attributes:
        directory: of this room's files.
        zero_s: what the monotonic clock said at 0 of the room's log.
    """

    directory: str
    zero_s: float


class Look(Message, frozen=True):
    """Every connection as it is now: answered by one `Seen` or several, or by `Away`."""

    ask: Ask


Question: TypeAlias = Publish | Watch | Renew | Answer | Look
Order: TypeAlias = Question | Subscribe | Restart | Want | Stage | Mute | Stop | Leave | Record


# Words


class Taken(Message, frozen=True):
    """The answer to an offer, and all that the member sends now, with the layers of each track.

    Without `sdp` it was no good, and nothing changed.
    """

    ask: Ask
    tracks: dict[str, tuple[Name, ...]]
    sdp: str | None


class Watching(Message, frozen=True):
    """The answer to an offer to receive; without `sdp` it was no good, and nothing changed."""

    ask: Ask
    sdp: str | None


class Renewed(Message, frozen=True):
    """Our end of a connection that begins ICE afresh, as a fragment; without `sdp` there is no such connection."""

    ask: Ask
    sdp: str | None


class Unwatched(Message, frozen=True):
    """What `ask` began has ended by itself."""

    ask: Ask


class Heard(Message, frozen=True):
    """A member's answer fits the offer, or it does not and the offer stays outstanding."""

    ask: Ask
    good: bool


class Seen(Message, frozen=True):
    """Some of a room's connections; `last`: there are no more."""

    ask: Ask
    connections: tuple[ConnectionSeen, ...]
    last: bool


class Away(Message, frozen=True):
    """Whoever was asked has gone, and what was asked with it.  Worth asking again in a moment."""

    ask: Ask


class Offered(Message, frozen=True):
    """For the member's receiving connection, see `RoomListener.offer`."""

    member: int
    offer: int
    sdp: str
    tracks: dict[str, str]


class Carries(Message, frozen=True):
    """What the member's sections carry from now on, see `RoomListener.carries`."""

    member: int
    tracks: dict[str, str]


class Receiving(Message, frozen=True):
    """What is sent to the member of each picture that it wants, see `RoomListener.receiving`."""

    member: int
    layers: dict[str, Name]


class Used(Message, frozen=True):
    """What anybody uses of each picture that the member publishes, see `RoomListener.used`."""

    member: int
    layers: dict[str, Name]


class Quality(Message, frozen=True):
    """How well the member's line carries what it wants, 1 to 5."""

    member: int
    score: int


class Stopped(Message, frozen=True):
    """A track has ended by itself."""

    track: str


class Speaking(Message, frozen=True):
    """Those who speak now, in rising order."""

    members: tuple[int, ...]


class Recording(Message, frozen=True):
    """Of a room that is recorded: what keeps it from being kept, or, empty, that nothing does any more.

    "disk": it is full, or fails; "recorder": it has died, and is being started again.
    """

    trouble: str


Word: TypeAlias = (
    Taken
    | Watching
    | Renewed
    | Unwatched
    | Heard
    | Seen
    | Away
    | Offered
    | Carries
    | Receiving
    | Used
    | Quality
    | Stopped
    | Speaking
    | Recording
)
Say: TypeAlias = Callable[[Word], None]
