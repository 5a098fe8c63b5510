"""The media engine: one UDP port, one TCP port, one certificate, and the rooms that share them."""

import asyncio
import errno
import logging

from sfu.shell.counters import Counters
from sfu.shell.dtls import Certificate
from sfu.shell.forwarding import MediaConfig
from sfu.shell.hub import Hub
from sfu.shell.port import NotOurs, Port
from sfu.shell.room import MediaRoom, RoomListener
from sfu.shell.stream import Streams
from sfu.shell.taping import Recorder

log = logging.getLogger(__name__)
TICK_S = 0.05
PORT_TRIES = 20  # for a number that is free for both
CLOSE_S = 1.0  # for the last words of open connections

__all__ = ["MediaConfig", "MediaEngine", "MediaRoom", "RoomListener"]


class MediaEngine:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._rooms: dict[str, MediaRoom] = {}
        self._to_tick: list[str] = []  # in this round, yet
        self._ticking: asyncio.Handle = hub.loop.call_later(TICK_S, self._round)

    @classmethod
    async def start(cls, config: MediaConfig) -> "MediaEngine":
        """
        Raises:
            OSError: the port is taken, or an address is not ours.
        """
        counters = Counters()
        certificate = Certificate()
        config, port, streams = await _opened(config, counters)
        recorder = Recorder(counters, command=config.recorder, left_bytes=config.recordings_leave_bytes)
        loop = asyncio.get_running_loop()
        return cls(Hub(port, counters, certificate, config.advertised, config.limits, loop, recorder, streams))

    @property
    def port(self) -> int:
        return self._hub.port.number

    @property
    def tcp_port(self) -> int:
        """0: none."""
        return self._hub.streams.number if self._hub.streams is not None else 0

    @property
    def counters(self) -> Counters:
        return self._hub.counters

    def open_room(self, room_id: str, listener: RoomListener) -> MediaRoom:
        """
        Raises:
            ValueError: the room is open already.
        """
        if room_id in self._rooms:
            raise ValueError(f"the room {room_id!r} is open already")
        room = MediaRoom(self._hub, listener, lambda: self._forget(room_id))
        self._rooms[room_id] = room
        return room

    async def close(self) -> None:
        for room in list(self._rooms.values()):
            room.close()
        self._ticking.cancel()
        await self._hub.tasks.finish(CLOSE_S)
        await self._hub.recorder.close()
        if self._hub.streams is not None:
            self._hub.streams.close()
        self._hub.port.close()

    def _forget(self, room_id: str) -> None:
        del self._rooms[room_id]

    def _round(self) -> None:
        """Every room's tick, one after the other."""
        self._to_tick = list(self._rooms)
        self._tick()

    def _tick(self) -> None:
        loop = self._hub.loop
        if self._to_tick and (room := self._rooms.get(room_id := self._to_tick.pop())) is not None:
            try:
                room.tick(now=loop.time())
            except Exception:  # our bug in one room
                log.exception("a room's tick raised", extra={"room": room_id})
        # Packets do not wait for all rooms.
        self._ticking = loop.call_soon(self._tick) if self._to_tick else loop.call_later(TICK_S, self._round)


async def _opened(config: MediaConfig, counters: Counters) -> tuple[MediaConfig, Port, Streams | None]:
    """The ports, and the configuration that they were opened with: without listed addresses that have gone."""
    while True:
        try:
            port, streams = await _ports(config, counters)
            return config, port, streams
        except NotOurs as error:
            left = config.without(error.address)
            if not (config.listed and left.addresses):
                raise
            log.warning("%s any more: media does without it", error.strerror)
            config = left


async def _ports(config: MediaConfig, counters: Counters) -> tuple[Port, Streams | None]:
    """UDP and TCP, with the same number unless told otherwise."""
    for _ in range(PORT_TRIES):
        port = Port.open(config.addresses, config.port, counters)
        if config.tcp_port == 0:
            return port, None
        try:
            return port, await Streams.open(config.addresses, config.tcp_port or port.number, port, counters)
        except OSError as error:
            port.close()
            if config.port or config.tcp_port or error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free both for UDP and TCP")
