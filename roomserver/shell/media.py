"""Joins a room to its media: effects in, the media's word out.  Knows SDP only by name.

The media may be forwarded in another process, so nothing here waits for an answer: it is said when it comes.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from sfu.core import orders as o
from sfu.core.orders import Order, Record, Say, Word
from sfu.core.seen import ConnectionSeen
from sfu.shell.forwarding import Figures, Forwarding

from ..core import effects as fx

RETRY_S = 1.0  # when to ask again whoever is being started
LOOK_S = 2.0  # for an answer to `look`
NO_LINE = -1  # nobody's: in questions of our own

MediaEffect = (
    fx.Publish
    | fx.Watch
    | fx.Renew
    | fx.TakeAnswer
    | fx.Want
    | fx.Silence
    | fx.StopTrack
    | fx.Receive
    | fx.RestartMedia
    | fx.EndMedia
)


class MediaAway(Exception):
    """What forwards the room's media is being started again, or does not answer."""


@dataclass(slots=True)
class _Looking:
    done: asyncio.Future[bool]  # False: nobody is there to answer
    connections: list[ConnectionSeen]

    def end(self, *, answered: bool) -> None:
        if not self.done.done():  # its time may have come in the same turn
            self.done.set_result(answered)


class RoomMedia:
    """The media of one room.  Its answers name the line and the id of the command.

    `record` says what to tell a room that is recorded, when its first track comes.
    """

    def __init__(self, forwarding: Forwarding, room: str, say: Say, *, record: Callable[[], Record] | None) -> None:
        self._say = say
        self._record = record
        self._looking: dict[int, _Looking] = {}
        self._looks = count(1)
        self._stage: tuple[int, ...] = ()  # as told last
        self._room = forwarding.open_room(room, self._hear)

    def perform(self, effect: MediaEffect) -> None:
        match effect:
            case fx.EndMedia(member=None):
                self._room.close()
            case _:
                if self._record is not None and isinstance(effect, fx.Publish):
                    self._room.tell(self._record())
                    self._record = None
                self._room.tell(order(effect))

    def stage(self, members: Sequence[int]) -> None:
        """Who is on the stage now."""
        if tuple(members) != self._stage:
            self._stage = tuple(members)
            self._room.tell(o.Stage(self._stage))

    async def look(self) -> Sequence[ConnectionSeen]:
        """Every connection as it is now.

        Raises:
            MediaAway: within `LOOK_S` there was no answer.
        """
        number = next(self._looks)
        looking = self._looking[number] = _Looking(asyncio.get_running_loop().create_future(), [])
        try:
            self._room.tell(o.Look((NO_LINE, number)))
            async with asyncio.timeout(LOOK_S):
                answered = await looking.done
        except TimeoutError:
            answered = False
        finally:
            del self._looking[number]
        if not answered:
            raise MediaAway
        return looking.connections

    def close(self) -> None:
        self._room.close()

    def _hear(self, word: Word) -> None:
        """Answers to looks are ours, all else is the room's."""
        match word:
            case o.Seen(ask=(_, number), connections=connections, last=last):
                if looking := self._looking.get(number):  # else it came too late
                    looking.connections += connections
                    if last:
                        looking.end(answered=True)
            case o.Away(ask=(line, number)) if line == NO_LINE:
                if looking := self._looking.get(number):
                    looking.end(answered=False)
            case _:
                self._say(word)


def order(effect: MediaEffect) -> Order:
    match effect:
        case fx.Publish(line=line, id=id, member=member, sdp=sdp, tracks=tracks):
            names = {mid: track for mid, (track, _) in tracks.items()}
            sources: dict[str, str] = {mid: source for mid, (_, source) in tracks.items()}
            return o.Publish((line, id), member, sdp, names, sources, effect.first, effect.teacher)
        case fx.Watch(line=line, id=id, member=member, sdp=sdp):
            return o.Watch((line, id), member, sdp)
        case fx.Renew(line=line, id=id, member=member, ufrag=ufrag, password=password):
            return o.Renew((line, id), member, ufrag, password)
        case fx.TakeAnswer(line=line, id=id, member=member, offer=offer, sdp=sdp):
            return o.Answer((line, id), member, offer, sdp)
        case fx.Want(member=member, track=track, layer=layer):
            return o.Want(member, track, layer)
        case fx.Silence(track=track, on=on):
            return o.Mute(track, on)
        case fx.StopTrack(track=track):
            return o.Stop(track)
        case fx.Receive(member=member):
            return o.Subscribe(member)
        case fx.RestartMedia(member=member):
            return o.Restart(member)
        case fx.EndMedia(member=member):
            assert member is not None
            return o.Leave(member)


OpenMedia = Callable[[Say], RoomMedia]


def command() -> tuple[str, ...]:
    """What runs a worker: its log is the server's."""
    return (sys.executable, "-I", "-m", "roomserver.shell.forwarder", _level())


def recorder() -> tuple[str, ...]:
    """What runs a recorder: its log is the server's."""
    return (sys.executable, "-I", "-m", "roomserver.shell.scribe", _level())


def _level() -> str:
    return logging.getLevelName(logging.getLogger().getEffectiveLevel())


def metrics(workers: Iterable[Figures]) -> Iterable[Metric]:
    """What is known of each worker, by its number."""
    up = GaugeMetricFamily("roomserver_media_worker_up", "Does it forward?", labels=["worker"])
    rooms = GaugeMetricFamily("roomserver_media_worker_rooms", "Rooms that it forwards for.", labels=["worker"])
    restarts = CounterMetricFamily("roomserver_media_worker_restarts", "Times it was started again.", labels=["worker"])
    cpu = CounterMetricFamily("roomserver_media_worker_cpu_seconds", "What it has used.", labels=["worker"])
    packets = CounterMetricFamily("roomserver_media_worker_packets_out", "Datagrams it has sent.", labels=["worker"])
    for number, one in enumerate(workers):
        label = [str(number)]
        up.add_metric(label, one.up)
        rooms.add_metric(label, one.rooms)
        restarts.add_metric(label, one.restarts)
        cpu.add_metric(label, one.cpu_s)
        packets.add_metric(label, one.packets_out)
    return (up, rooms, restarts, cpu, packets)
