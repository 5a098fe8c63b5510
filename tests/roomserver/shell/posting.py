"""Sessions that close on a real store, and the post that this makes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from roomserver.core.live import type_of
from roomserver.shell.clock import Clock
from roomserver.shell.courier import PostOffice
from roomserver.shell.sinks.sink import Sink
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Batch, RoomRow, StoredEvent
from tests.roomserver.shell.sinks.letters import envelope
from tests.support.clock import ManualClock

CLOSED = type_of("session.closed")


async def closes(store: SqliteStore, room: str) -> str:
    """A session closes; the id of its record, which is durable on return."""
    await store.create(RoomRow(room, 0, 0, None, b"{}"))
    await store.open(room)
    record = (f"session-{room}", envelope(f"session-{room}"))
    await store.append(Batch(room, 1, [StoredEvent(1, b"body", None, bytes(32))], closed_ms=1, record=record))
    return record[0]


async def close(store: SqliteStore, rooms: Iterable[str]) -> list[str]:
    return [await closes(store, room) for room in rooms]


@asynccontextmanager
async def opened(path: Path, *sinks: str) -> AsyncIterator[SqliteStore]:
    """A store whose records go to these sinks."""
    store = await SqliteStore.start(path / "rooms.sqlite", routes={CLOSED: sinks})
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def at_work(store: SqliteStore, sinks: Mapping[str, Sink], clock: Clock) -> AsyncIterator[PostOffice]:
    office = PostOffice(sinks, store.outbox, clock)
    office.open()
    try:
        yield office
    finally:
        await office.close()


async def until(clock: ManualClock, ask: Callable[[], Awaitable[bool]], *, step_s: float = 0.5) -> None:
    """Time passes, and other threads get some too, until it is so."""
    async with asyncio.timeout(20):
        while not await ask():
            await clock.advance(step_s)
            await asyncio.sleep(0.001)


def delivered(store: SqliteStore) -> Callable[[], Awaitable[bool]]:
    """Does nothing wait any more?"""

    async def ask() -> bool:
        return not any(backlog.waiting for backlog in (await store.outbox.backlogs()).values())

    return ask
