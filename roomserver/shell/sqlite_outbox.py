"""The embedded store's outbox: a letter for each sink that wants an envelope, written in the transaction of its cause.

Rules: SINK-* in docs/rules.md.
"""

import json
import sqlite3
from asyncio import Future
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

import msgspec

from roomserver.shell.store import Backlog, Letter

Routes = Mapping[str, Sequence[str]]  # for each type of envelope, the sinks that it goes to
NOWHERE: Routes = MappingProxyType({})
ERROR_CHARS = 300  # kept of what a sink says


class Head(msgspec.Struct):
    """What is read of a CloudEvents envelope."""

    type: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """A letter that was not delivered at once.  `due_ms` is None once it has been given up."""

    position: int
    sink: str
    id: str
    tries: int
    due_ms: int | None
    error: str


class Reader(Protocol):
    def __call__(self, query: Callable[[sqlite3.Connection], Any], /) -> Awaitable[Any]: ...


class SqliteOutbox:
    """An `Outbox` in the store's file.  `write` is the writer's, `read` the reader's."""

    def __init__(
        self, write: Callable[[Callable[[sqlite3.Connection], Any]], Future[Any]], read: Reader, routes: Routes
    ) -> None:
        self._write = write
        self._read = read
        self._routes = routes

    def post(self, db: sqlite3.Connection, id: str, envelope: bytes) -> None:
        """A letter for each sink that wants such an envelope, within the transaction that is open."""
        if not self._routes:
            return
        head = msgspec.json.decode(envelope, type=Head)
        at_ms = round(head.time.timestamp() * 1000)
        db.executemany(
            "INSERT INTO outbox (sink, id, at_ms, envelope) VALUES (?, ?, ?, ?)",
            [(sink, id, at_ms, envelope) for sink in self._routes.get(head.type, ())],
        )

    def erase(self, db: sqlite3.Connection, room: str, identity: str, record: tuple[str, bytes] | None) -> None:
        """What waits of a room tells of a person no more: `record` goes in the place of the one that did."""
        if record is not None:
            db.execute("UPDATE outbox SET envelope = ? WHERE id = ?", record[::-1])
        db.execute(_ERASE, (room, room, identity))

    async def first(self, sink: str, *, now_ms: int, limit: int) -> list[Letter]:
        return await self._letters(_FIRST, (sink, sink, now_ms, limit))

    async def due(self, sink: str, *, now_ms: int, limit: int, but: Collection[int] = ()) -> list[Letter]:
        return await self._letters(_DUE, (sink, now_ms, json.dumps(list(but)), limit))

    async def _letters(self, sql: str, values: Sequence[object]) -> list[Letter]:
        return [Letter(*row) for row in await self._read(lambda db: db.execute(sql, values).fetchall())]

    def delivered(self, positions: Sequence[int]) -> Future[None]:
        sql, rows = "DELETE FROM outbox WHERE position = ?", [(position,) for position in positions]
        return self._write(lambda db: _done(db.executemany(sql, rows)))

    def failed(self, position: int, *, due_ms: int, error: str) -> Future[None]:
        sql = "UPDATE outbox SET tries = tries + 1, due_ms = ?, error = ? WHERE position = ?"
        return self._write(lambda db: _done(db.execute(sql, (due_ms, error[:ERROR_CHARS], position))))

    def give_up(self, position: int, *, error: str) -> Future[None]:
        sql = "UPDATE outbox SET tries = tries + 1, given_up = 1, error = ? WHERE position = ?"
        return self._write(lambda db: _done(db.execute(sql, (error[:ERROR_CHARS], position))))

    async def backlogs(self) -> dict[str, Backlog]:
        rows = await self._read(lambda db: db.execute(_BACKLOGS).fetchall())
        return {sink: Backlog(*numbers) for sink, *numbers in rows}

    # What an operator asks for

    async def troubles(self, *, after: int = 0, limit: int = 100) -> list[Trouble]:
        """Letters that a try was in vain for, by position, those above `after`."""
        return [Trouble(*row) for row in await self._read(lambda db: db.execute(_TROUBLES, (after, limit)).fetchall())]

    async def retry(self, sink: str | None = None) -> int:
        """Everything of a sink (None: of all) that failed is due now, also what had been given up; how many."""
        count: int = await self._write(lambda db: db.execute(_RETRY, (sink, sink)).rowcount)
        return count

    async def discard(self, sink: str, *, waiting: bool = False) -> int:
        """Forget what has been given up of a sink, or with `waiting` everything; how many."""
        sql = "DELETE FROM outbox WHERE sink = ? AND given_up >= ?"
        count: int = await self._write(lambda db: db.execute(sql, (sink, not waiting)).rowcount)
        return count


_LETTER = "position, sink, id, tries, envelope"
_FIRST = f"""
    SELECT {_LETTER} FROM outbox WHERE sink = ? AND given_up = 0
    AND (SELECT due_ms FROM outbox WHERE sink = ? AND given_up = 0 ORDER BY position LIMIT 1) <= ?
    ORDER BY position LIMIT ?
"""
_DUE = f"""
    SELECT {_LETTER} FROM outbox WHERE sink = ? AND given_up = 0 AND due_ms <= ?
    AND position NOT IN (SELECT value FROM json_each(?)) ORDER BY due_ms, position LIMIT ?
"""
_BACKLOGS = """
    SELECT sink, count(*) FILTER (WHERE given_up = 0), min(at_ms) FILTER (WHERE given_up = 0), sum(given_up)
    FROM outbox GROUP BY sink
"""
_TROUBLES = """
    SELECT position, sink, id, tries, CASE WHEN given_up = 0 THEN due_ms END, error FROM outbox
    WHERE position > ? AND error IS NOT NULL ORDER BY position LIMIT ?
"""
_RETRY = """
    UPDATE outbox SET due_ms = 0, given_up = 0, tries = 0 WHERE error IS NOT NULL AND (sink = ? OR ? IS NULL)
"""


# What is told of a room has its id in its own, so that a long outbox is not read envelope by envelope.
_ERASE = """
    DELETE FROM outbox WHERE position IN (SELECT position FROM outbox WHERE instr(id, ?) AND id NOT GLOB 'session-*')
    AND CAST(envelope AS TEXT) ->> '$.subject' = ?
    AND ? IN (CAST(envelope AS TEXT) ->> '$.data.identity', CAST(envelope AS TEXT) ->> '$.data.member.identity')
"""


def _done(_: sqlite3.Cursor) -> None:
    """Nothing to say."""
