"""The media engine: one UDP port, one certificate, and the rooms that share them."""

import asyncio

from sfu.shell.counters import Counters
from sfu.shell.dtls import Certificate
from sfu.shell.forwarding import MediaConfig
from sfu.shell.hub import Hub
from sfu.shell.port import Port
from sfu.shell.room import MediaRoom, RoomListener

TICK_S = 0.05
CLOSE_S = 1.0  # for the last words of open connections

__all__ = ["MediaConfig", "MediaEngine", "MediaRoom", "RoomListener"]


class MediaEngine:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._rooms: dict[str, MediaRoom] = {}
        self._ticking = asyncio.create_task(self._tick())

    @classmethod
    async def start(cls, config: MediaConfig) -> "MediaEngine":
        """
        Raises:
            OSError: the port is taken, or an address is not ours.
        """
        counters = Counters()
        certificate = Certificate()
        port = Port.open(config.addresses, config.port, counters)
        advertised = tuple(config.advertise.get(address, address) for address in config.addresses)
        return cls(Hub(port, counters, certificate, advertised, asyncio.get_running_loop()))

    @property
    def port(self) -> int:
        return self._hub.port.number

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
        await asyncio.gather(self._ticking, return_exceptions=True)
        await self._hub.tasks.finish(CLOSE_S)
        self._hub.port.close()

    def _forget(self, room_id: str) -> None:
        del self._rooms[room_id]

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now = self._hub.loop.time()
            for room in list(self._rooms.values()):
                room.tick(now=now)
