"""The worker processes: started, given rooms, watched, and started again when they die.

A room stays with its worker, also while that one is being started again: what killed it may be something in the room,
and that must not go round.  Each worker has ports of its own, `port`, `port + 1` and so on.
"""

import asyncio
import itertools
import logging
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace

from sfu.core.orders import Say
from sfu.core.spread import Spread, together
from sfu.shell.children import kill, start
from sfu.shell.forwarding import Figures, MediaConfig
from sfu.shell.pipe import DOWN_BYTES, Counted, Failed, Open, Pipe, Ready, Said, Shut, Tell, Up
from sfu.shell.remote import RemoteRoom, Send

log = logging.getLogger(__name__)
COMMAND = (sys.executable, "-I", "-m", "sfu.shell.worker")
START_S = 20.0  # from its start to its first word
SILENT_S = 5.0  # without the word of every second: it is stuck, and killed
LOOK_S = 0.5  # between two looks at how long it has been silent
LEAVE_S = 2.0  # to say goodbye to its clients
STEADY_S = 30.0  # one that has lived so long is started again at once
BACKOFF_S, BACKOFF_MAX_S = 0.25, 10.0


class Worker:
    """One place for a process, and the rooms that belong to it."""

    def __init__(self, number: int, config: MediaConfig, command: Sequence[str]) -> None:
        self.rooms: dict[int, RemoteRoom] = {}
        self.restarts = 0
        self.up = False
        self.pid = 0
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # or OSError, the first time
        self._number = number
        self._config = config
        self._command = (*command, str(number))
        self._leaving = asyncio.Event()
        self._pipe: Pipe | None = None
        self._patience = 0  # looks until it counts as stuck
        self._past = Counter[str](), Counter[str]()  # what those before have counted and dropped
        self._past_spreads: Mapping[str, Spread] = {}
        self._past_cpu_s = 0.0
        self._now = Counted({}, {}, {}, 0.0)
        self._running = asyncio.create_task(self._run(), name=f"media worker {number}")

    @property
    def port(self) -> int:
        return self._config.port

    @property
    def load(self) -> int:
        return sum(1 + room.members for room in self.rooms.values())

    @property
    def counts(self) -> Counter[str]:
        return added(self._past[0], self._now.counts)

    @property
    def dropped(self) -> Counter[str]:
        return added(self._past[1], self._now.dropped)

    @property
    def spreads(self) -> Mapping[str, Spread]:
        return together(self._past_spreads, self._now.spreads)

    @property
    def figures(self) -> Figures:
        cpu_s = self._past_cpu_s + self._now.cpu_s
        return Figures(self.up, len(self.rooms), self.restarts, cpu_s, self.counts["packets_out"])

    def send(self, message: Open | Tell | Shut) -> bool:
        """False: there is no process, or it does not read and has been given up."""
        if not self.up or self._pipe is None:
            return False
        self.up = self._pipe.send(message)
        return self.up

    async def close(self) -> None:
        """Return when its process is gone."""
        self._leaving.set()
        if self._pipe is not None:
            self._pipe.cut()
        await self._running

    # Its lives.

    async def _run(self) -> None:
        loop, wait_s = asyncio.get_running_loop(), 0.0
        while not self._leaving.is_set():
            began = loop.time()
            try:
                how = await self._live()
            except OSError as error:  # no memory, no process more
                how = f"could not be started: {error}"
            self._bury()
            if not self.begun.done():
                self.begun.set_exception(OSError(0, f"a media worker could not begin: {how}"))
            if self._leaving.is_set() or self.begun.exception() is not None:
                return
            wait_s = 0.0 if loop.time() - began > STEADY_S else min(max(2 * wait_s, BACKOFF_S), BACKOFF_MAX_S)
            self.restarts += 1
            log.error("media worker %d: %s; started again in %s s", self._number, how, wait_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._leaving.wait()

    async def _live(self) -> str:
        """One process, from its start to its end; how it ended."""
        child, ours = await start(self._command)
        self.pid = child.pid
        self._patience = round(START_S / LOOK_S)
        pipe = self._pipe = await Pipe.over(ours, Up, self._heard, unsent_bytes=DOWN_BYTES)
        pipe.send(self._config)
        if self._leaving.is_set():
            pipe.cut()
        stuck = await self._stuck(pipe)
        pipe.cut()
        with suppress(TimeoutError):
            async with asyncio.timeout(0 if stuck else LEAVE_S):
                await child.wait()
        kill(child)
        return stuck or _cause(await child.wait())

    async def _stuck(self, pipe: Pipe) -> str:
        """Wait for its end; what it must be killed for, or nothing.

        Looks are counted, not seconds: when we have been stuck ourselves, its words lie unread.
        """
        while not pipe.gone.is_set():
            if self._patience == 0:
                return "said nothing for too long"
            self._patience -= 1
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await pipe.gone.wait()
        return "read nothing for too long" if pipe.overrun else ""

    def _bury(self) -> None:
        """What it had counted is kept, what it forwarded has stopped."""
        self.up, self._pipe, self.pid = False, None, 0
        self._past[0].update(self._now.counts)
        self._past[1].update(self._now.dropped)
        self._past_spreads = self.spreads
        self._past_cpu_s += self._now.cpu_s
        self._now = Counted({}, {}, {}, 0.0)
        for room in list(self.rooms.values()):
            room.lost()

    # From the process.

    def _heard(self, message: Up) -> None:
        match message:
            case Said(room=room, word=word):
                if room in self.rooms:  # else it was closed while this was on its way
                    self.rooms[room].hear(word)
            case Counted():
                self._now = message
                self._patience = round(SILENT_S / LOOK_S)
            case Ready(port=port):
                self._config = replace(self._config, port=port)  # the next one takes the same
                self._begin()
            case Failed(errno=errno, why=why):
                if self.begun.done():
                    log.error("media worker %d cannot begin: %s", self._number, why)
                else:
                    self.begun.set_exception(OSError(errno, why))

    def _begin(self) -> None:
        self.up = True
        self._patience = round(SILENT_S / LOOK_S)
        for room in list(self.rooms.values()):
            room.again(self.send)
        if not self.begun.done():
            self.begun.set_result(None)


class Pool:
    """All workers of a server."""

    def __init__(self, config: MediaConfig, processes: int, command: Sequence[str]) -> None:
        self._workers = [Worker(number, config.of_worker(number), command) for number in range(processes)]
        self._open: set[str] = set()
        self._numbers = itertools.count(1)

    @classmethod
    async def start(cls, config: MediaConfig, processes: int, command: Sequence[str] = ()) -> "Pool":
        """
        Raises:
            OSError: a port is taken, or an address is not ours.
        """
        pool = cls(config, processes, command or COMMAND)
        begun = await asyncio.gather(*(worker.begun for worker in pool._workers), return_exceptions=True)
        for failed in begun:
            if isinstance(failed, BaseException):
                await pool.close()
                raise failed
        return pool

    @property
    def port(self) -> int:
        return self._workers[0].port

    @property
    def pids(self) -> Sequence[int]:
        """Of the processes; 0 where there is none."""
        return tuple(worker.pid for worker in self._workers)

    @property
    def ready(self) -> bool:
        return all(worker.up for worker in self._workers)

    def open_room(self, room_id: str, say: Say) -> RemoteRoom:
        """
        Raises:
            ValueError: the room is open already.
        """
        if room_id in self._open:
            raise ValueError(f"the room {room_id!r} is open already")
        self._open.add(room_id)
        # The number is of this opening: what is on its way to the one before reaches nobody.
        return RemoteRoom(next(self._numbers), room_id, say, place=self._place, closed=self._closed)

    def _place(self, room: RemoteRoom) -> Send:
        """With the least loaded worker, of those that are up."""
        worker = min(self._workers, key=lambda one: (not one.up, one.load))
        worker.rooms[room.number] = room
        return worker.send

    def _closed(self, room: RemoteRoom) -> None:
        self._open.discard(room.room_id)
        for worker in self._workers:
            worker.rooms.pop(room.number, None)

    def counts(self) -> Mapping[str, int]:
        return added(*(worker.counts for worker in self._workers))

    def dropped(self) -> Mapping[str, int]:
        return added(*(worker.dropped for worker in self._workers))

    def spreads(self) -> Mapping[str, Spread]:
        return together(*(worker.spreads for worker in self._workers))

    def workers(self) -> Sequence[Figures]:
        return tuple(worker.figures for worker in self._workers)

    async def close(self) -> None:
        await asyncio.gather(*(worker.close() for worker in self._workers))


def added(*parts: Mapping[str, int]) -> Counter[str]:
    """The sums, also where they are 0."""
    total = Counter[str]()
    for part in parts:
        total.update(part)
    return total


def _cause(status: int) -> str:
    return f"died with status {status}" if status >= 0 else f"died of {signal.Signals(-status).name}"
