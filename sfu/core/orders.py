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


class Mute(Message, frozen=True):
    track: str
    on: bool


class Stop(Message, frozen=True):
    track: str


class Leave(Message, frozen=True):
    """The member is gone: both connections and all tracks."""

    member: int


class Look(Message, frozen=True):
    """Every connection as it is now: answered by one `Seen` or several, or by `Away`."""

    ask: Ask


Order: TypeAlias = Publish | Answer | Subscribe | Restart | Want | Mute | Stop | Leave | Look


# Words


class Taken(Message, frozen=True):
    """The answer to an offer, and all that the member sends now, with the layers of each track.

    Without `sdp` it was no good, and nothing changed.
    """

    ask: Ask
    tracks: dict[str, tuple[Name, ...]]
    sdp: str | None


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


class Receiving(Message, frozen=True):
    """What is sent to the member of each picture that it wants, see `RoomListener.receiving`."""

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


Word: TypeAlias = Taken | Heard | Seen | Away | Offered | Receiving | Quality | Stopped | Speaking
Say: TypeAlias = Callable[[Word], None]
