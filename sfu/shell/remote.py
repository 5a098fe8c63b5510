"""A room whose media a worker forwards, as the room's own process knows it.

It remembers what a new worker must be told, and what must be said when the old one dies.
"""

import logging
from collections.abc import Callable

from sfu.core import orders as o
from sfu.core.orders import Ask, Order, Say, Word
from sfu.shell.pipe import Open, Shut, Tell

log = logging.getLogger(__name__)
NOBODY = 0  # asks to look
Send = Callable[[Open | Tell | Shut], bool]


class RemoteRoom:
    """It has no worker before somebody comes: rooms are booked long before their lessons.

    `send` of its worker answers False when there is no process now.
    """

    def __init__(
        self,
        number: int,
        room_id: str,
        say: Say,
        *,
        place: Callable[["RemoteRoom"], Send],
        closed: Callable[["RemoteRoom"], None],
    ) -> None:
        self.number = number
        self.room_id = room_id
        self._say = say
        self._place = place
        self._when_closed = closed
        self._send: Send | None = None
        self._receiving: set[int] = set()
        self._stage: o.Stage | None = None
        self._watching: dict[Ask, int] = {}  # what they asked by -> member
        self._asked: dict[Ask, int] = {}  # what waits for its answer -> member
        self._tracks: dict[str, int] = {}  # that the worker forwards -> member
        self._speaking: tuple[int, ...] = ()
        self._record: o.Record | None = None
        self._trouble = ""  # with recording
        self._closed = False

    @property
    def members(self) -> int:
        return len(self._receiving)

    def tell(self, order: Order) -> None:
        if self._closed:
            return
        if self._send is None and isinstance(order, o.Look):
            return self._hand_on(o.Seen(order.ask, (), last=True))
        if self._send is None:
            self._send = self._place(self)
            self._send(Open(self.number))
        match order:
            case o.Publish() | o.Watch() | o.Renew() | o.Answer():
                self._asked[order.ask] = order.member
            case o.Look(ask=ask):
                self._asked[ask] = NOBODY
            case o.Subscribe(member=member):
                self._receiving.add(member)
            case o.Stage():
                self._stage = order
            case o.Stop(track=track):
                self._tracks.pop(track, None)
            case o.Record():
                self._record = order
            case o.Leave(member=member):
                self._receiving.discard(member)
                self._tracks = {track: whose for track, whose in self._tracks.items() if whose != member}
                self._watching = {ask: whose for ask, whose in self._watching.items() if whose != member}
        if not self._send(Tell(self.number, order)) and isinstance(order, o.Question):
            self._asked.pop(order.ask, None)
            self._hand_on(o.Away(order.ask))

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._send is not None:
            self._send(Shut(self.number))
        self._when_closed(self)

    # From the worker.

    def hear(self, word: Word) -> None:
        match word:
            case o.Taken(ask=ask, tracks=tracks):
                member = self._asked.pop(ask)
                self._tracks |= dict.fromkeys(tracks, member)
            case o.Watching(ask=ask, sdp=sdp):
                member = self._asked.pop(ask)
                if sdp is not None:
                    self._watching[ask] = member
            case o.Unwatched(ask=ask):
                self._watching.pop(ask, None)
            case o.Renewed(ask=ask) | o.Heard(ask=ask) | o.Seen(ask=ask, last=True):
                del self._asked[ask]
            case o.Stopped(track=track):
                self._tracks.pop(track, None)
            case o.Speaking(members=members):
                self._speaking = members
            case o.Recording(trouble=trouble):
                self._trouble = trouble
        self._hand_on(word)

    def again(self, send: Send) -> None:
        """The worker has been started again, and knows nothing of this room."""
        send(Open(self.number))
        for order in (self._record, self._stage):
            if order is not None:
                send(Tell(self.number, order))
        for member in self._receiving:
            send(Tell(self.number, o.Subscribe(member)))

    def lost(self) -> None:
        """The worker has died: nothing that was asked is answered, and nothing is forwarded."""
        asked, tracks, watching = list(self._asked), list(self._tracks), list(self._watching)
        speaking = self._speaking
        self._asked.clear()
        self._tracks.clear()
        self._watching.clear()
        self._speaking = ()
        for ask in asked:
            self._hand_on(o.Away(ask))
        for track in tracks:
            self._hand_on(o.Stopped(track))
        for ask in watching:
            self._hand_on(o.Unwatched(ask))
        if speaking:
            self._hand_on(o.Speaking(()))
        if self._trouble:
            self.hear(o.Recording(""))

    def _hand_on(self, word: Word) -> None:
        """What one room makes of it is no other room's harm."""
        if self._closed:
            return
        try:
            self._say(word)
        except Exception:
            log.exception("a room failed at what its media said", extra={"room": self.room_id})
