"""What stands in for the world: a clock that moves by whole seconds, and a store whose threads are the event loop.

With them nothing depends on the machine: the same seed is the same evening.
"""

import asyncio
import random
import sqlite3
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.sqlite_ledger import SqliteLedger
from roomserver.shell.sqlite_schema import connect, prepare
from roomserver.shell.sqlite_writer import Job, Work, Writer, _resolve
from roomserver.shell.store import StoreFailed
from tests.support.clock import ManualClock

COMMIT_TURNS = 6  # of the event loop that a commit takes at most: others act meanwhile
SECOND_TURNS = 16  # of the event loop in a second; what has not been done by then goes on in the next
T = TypeVar("T")


class SecondsClock(ManualClock):
    """Wakes all who are due in a second at once: thousands wait."""

    def __init__(self, now: float) -> None:
        super().__init__(now)
        self._due: list[tuple[float, int, asyncio.Timeout]] = []
        self._numbers = count()

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        await asyncio.sleep(0)
        if event.is_set() or (until is not None and until <= self._now):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as wait:
                if until is not None:
                    heappush(self._due, (until, next(self._numbers), wait))
                await event.wait()

    def step(self) -> None:
        """It is a second later; nobody has done anything yet."""
        self._now += 1
        while self._due and self._due[0][0] <= self._now:
            with suppress(RuntimeError):  # what they waited for has come before
                heappop(self._due)[2].reschedule(0)

    async def advance(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.step()
            await turns(SECOND_TURNS)


async def turns(number: int) -> None:
    """Let everybody act who can, so many times."""
    for _ in range(number):
        await asyncio.sleep(0)


class LoopWriter(Writer):
    """The store's writer in the event loop: a group is committed a few turns after the first of it was handed over."""

    def __init__(self, path: Path, chance: random.Random, loop: AbstractEventLoop) -> None:
        self._path = path
        self._synchronous = "OFF"
        self._loop = loop
        self._db: sqlite3.Connection | None = None
        self._waiting: deque[Job] = deque()
        self._chance = chance

    def hand_over(self, work: Work) -> Future[Any]:
        future: Future[Any] = self._loop.create_future()
        if not self._waiting:
            self._loop.call_soon(self._later, self._chance.randrange(COMMIT_TURNS))
        self._waiting.append((work, future))
        return future

    def _later(self, turns: int) -> None:
        if turns:
            self._loop.call_soon(self._later, turns - 1)
        elif self._waiting:
            group = list(self._waiting)
            self._waiting.clear()
            _resolve(self._commit(group))

    def die(self) -> None:
        """What was handed over and is not committed is lost."""
        lost = list(self._waiting)
        self._waiting.clear()
        for _, future in lost:
            future.set_exception(StoreFailed("the node has died"))

    def close(self) -> None:
        self._drop_connection()


class LoopStore(SqliteStore):
    """The embedded store, read and written between two turns of the event loop."""

    writer: LoopWriter

    @classmethod
    def begin(cls, path: Path, chance: random.Random) -> "LoopStore":
        prepare(path)
        writer = LoopWriter(path, chance, asyncio.get_running_loop())
        store = cls(path, writer, connect(path))
        store.writer = writer
        return store

    def die(self) -> None:
        """What was not committed is lost, and what only the process knew."""
        self.writer.die()
        self.ledger = SqliteLedger(self.writer, self._read, self.outbox)

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        return query(self._reader)
