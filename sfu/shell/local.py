"""Media forwarded in the process that asks: orders are carried out at once.  A worker does the same for the room's."""

from collections.abc import Iterator, Mapping, Sequence

from sfu.core import orders as o
from sfu.core.allocation import Name
from sfu.core.ice import Credentials
from sfu.core.orders import Ask, Order, Say, Word
from sfu.core.sdp import BadSdp
from sfu.core.spread import Spread
from sfu.shell.engine import MediaEngine, MediaRoom
from sfu.shell.forwarding import Figures, MediaConfig


def carry_out(room: MediaRoom, order: Order) -> Word | None:
    """Do it; the answer, where it is a question."""
    match order:
        case o.Publish(ask=ask, member=member):
            try:
                kind = {"teacher": order.teacher, "first": order.first}
                sdp = room.publish(member, order.sdp, order.tracks, order.sources, **kind)
            except BadSdp:
                return o.Taken(ask, {}, None)
            return o.Taken(ask, room.published(member), sdp)
        case o.Watch(ask=ask, member=member, sdp=sdp):
            try:
                return o.Watching(ask, room.watch(member, sdp, ask))
            except BadSdp:
                return o.Watching(ask, None)
        case o.Renew(ask=ask, member=member, ufrag=ufrag, password=password):
            return o.Renewed(ask, room.renew(member, Credentials(ufrag, password)))
        case o.Answer(ask=ask, member=member, offer=offer, sdp=sdp):
            try:
                room.answer(member, offer, sdp)
            except BadSdp:
                return o.Heard(ask, good=False)
            return o.Heard(ask, good=True)
        case o.Subscribe(member=member):
            room.subscribe(member)
        case o.Restart(member=member):
            room.restart(member)
        case o.Want(member=member, track=track, layer=layer):
            room.want(member, track, layer)
        case o.Stage(members=members):
            room.stage(members)
        case o.Mute(track=track, on=on):
            room.mute(track, on)
        case o.Stop(track=track):
            room.stop(track)
        case o.Leave(member=member):
            room.leave(member)
        case o.Record(directory=directory, zero_s=zero_s):
            room.record(directory, zero_s)
    return None


class Listener:
    """A room's own words as messages."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def offer(self, member: int, offer: int, sdp: str, tracks: dict[str, str]) -> None:
        self._say(o.Offered(member, offer, sdp, tracks))

    def carries(self, member: int, tracks: dict[str, str]) -> None:
        self._say(o.Carries(member, tracks))

    def unwatched(self, ask: Ask) -> None:
        self._say(o.Unwatched(ask))

    def receiving(self, member: int, layers: dict[str, Name]) -> None:
        self._say(o.Receiving(member, layers))

    def used(self, member: int, layers: dict[str, Name]) -> None:
        self._say(o.Used(member, layers))

    def quality(self, member: int, score: int) -> None:
        self._say(o.Quality(member, score))

    def track_stopped(self, track: str) -> None:
        self._say(o.Stopped(track))

    def speaking(self, members: tuple[int, ...]) -> None:
        self._say(o.Speaking(members))

    def recording(self, trouble: str) -> None:
        self._say(o.Recording(trouble))


SEEN_AT_ONCE = 16  # connections a word: of a large class all would be too much for one


def seen(room: MediaRoom, ask: Ask) -> Iterator[o.Seen]:
    connections = room.look()
    for start in range(0, max(1, len(connections)), SEEN_AT_ONCE):
        end = start + SEEN_AT_ONCE
        yield o.Seen(ask, connections[start:end], last=end >= len(connections))


class LocalRoom:
    def __init__(self, engine: MediaEngine, room_id: str, say: Say) -> None:
        self._say = say
        self._room = engine.open_room(room_id, Listener(say))

    def tell(self, order: Order) -> None:
        if isinstance(order, o.Look):
            for part in seen(self._room, order.ask):
                self._say(part)
        elif (word := carry_out(self._room, order)) is not None:
            self._say(word)

    def close(self) -> None:
        self._room.close()


class Local:
    """The engine of this process."""

    ready = True

    def __init__(self, engine: MediaEngine) -> None:
        self._engine = engine

    @classmethod
    async def start(cls, config: MediaConfig) -> "Local":
        """
        Raises:
            OSError: the port is taken, or an address is not ours.
        """
        return cls(await MediaEngine.start(config))

    @property
    def port(self) -> int:
        return self._engine.port

    def open_room(self, room_id: str, say: Say) -> LocalRoom:
        return LocalRoom(self._engine, room_id, say)

    def counts(self) -> Mapping[str, int]:
        return self._engine.counters.counts()

    def dropped(self) -> Mapping[str, int]:
        return dict(self._engine.counters.dropped)

    def spreads(self) -> Mapping[str, Spread]:
        return self._engine.counters.spreads.now()

    def workers(self) -> Sequence[Figures]:
        return ()

    async def close(self) -> None:
        await self._engine.close()
