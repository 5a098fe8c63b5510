"""The embedded store: rooms, logs and records in one SQLite file, behind the contract of `store.py`.

Writes go to one thread that commits in groups (`sqlite_writer.py`), reads to another: neither holds the event loop up.
Rules: STORE-* in docs/rules.md.
"""

import asyncio
import sqlite3
import time
import zlib
from asyncio import Future
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self, TypeVar

from roomserver.shell import sqlite_filing as filing
from roomserver.shell import sqlite_ledger
from roomserver.shell.sqlite_ledger import SqliteLedger
from roomserver.shell.sqlite_outbox import NOWHERE, Routes, SqliteOutbox
from roomserver.shell.sqlite_schema import TooNew, connect, prepare
from roomserver.shell.sqlite_writer import Writer
from roomserver.shell.store import (
    Batch,
    Checkpoint,
    Place,
    RoomRow,
    StaleEpoch,
    StoredEvent,
    StoredLog,
    StoredRecord,
    StoreFailed,
    Whereabouts,
)

WAITING_MAX = 10_000  # batches handed over and not yet committed: seconds of work for any disk that still works
ZLIB_LEVEL = 1  # of checkpoints
SCRUBS = 150  # tries to empty the WAL, which nobody may be reading then
SCRUB_MS = 20  # for each, in which nobody may write
SCRUB_PAUSE_S = 0.1  # between two: longer in all than any report takes

T = TypeVar("T")


class SqliteStore:
    """A `Store` in one file.  Obtain it by `start`."""

    def __init__(self, path: Path, writer: Writer, reader: sqlite3.Connection, routes: Routes = NOWHERE) -> None:
        self._path = path
        self._writer = writer
        self._reader = reader
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-reader")
        self.outbox = SqliteOutbox(writer.hand_over, self._read, routes)
        self.ledger = SqliteLedger(writer, self._read, self.outbox)

    @classmethod
    async def start(
        cls,
        path: Path,
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        waiting_max: int = WAITING_MAX,
        routes: Routes = NOWHERE,
    ) -> Self:
        """Open the file, creating it and its directory where missing.  `routes` says where envelopes go from here on.

        With `synchronous` NORMAL a power cut may lose what was acknowledged in the last moments; a crash does not.

        Raises:
            StoreFailed: the file cannot be used, and why.
        """
        loop = asyncio.get_running_loop()
        try:
            await asyncio.to_thread(prepare, path)
            await asyncio.to_thread(filing.catch_up, path)
            reader = await asyncio.to_thread(connect, path)
            reader.execute("PRAGMA query_only = ON")
        except (OSError, sqlite3.Error, TooNew) as error:
            raise StoreFailed(f"{path}: {error}") from error
        writer = Writer(path, synchronous=synchronous, waiting_max=waiting_max, loop=loop)
        return cls(path, writer, reader, routes)

    @property
    def waiting(self) -> int:
        """Writes handed over and not yet begun."""
        return self._writer.waiting

    async def create(self, row: RoomRow) -> None:
        await self._writer.hand_over(lambda db: _create(db, row))

    async def open(self, room: str) -> StoredLog | None:
        epoch: int | None = await self._writer.hand_over(lambda db: _raise_epoch(db, room))
        if epoch is None:
            return None
        return await self._read(lambda db: _log(db, room, epoch))

    def append(self, batch: Batch) -> Future[None]:
        return self._writer.hand_over(lambda db: _append(db, batch, self.outbox))

    async def rooms(self, *, live: bool = False, limit: int = 100, after: str = "") -> list[RoomRow]:
        only = "AND closed_ms IS NULL" if live else ""
        sql = f"SELECT {_ROW} FROM rooms WHERE room > ? {only} ORDER BY room LIMIT ?"
        return await self._read(lambda db: [RoomRow(*row) for row in db.execute(sql, (after, limit))])

    async def row(self, room: str) -> RoomRow | None:
        return await self._read(lambda db: _row(db, room))

    async def events(self, room: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        return await self._read(lambda db: _events(db, room, after, limit))

    async def salts(self, room: str) -> dict[int, bytes]:
        return await self._read(lambda db: _salts(db, room))

    async def places(self, room: str) -> list[Place]:
        sql = "SELECT seq, at_ms FROM checkpoints WHERE room = ? ORDER BY seq"
        return await self._read(lambda db: db.execute(sql, (room,)).fetchall())

    async def checkpoint(self, room: str, seq: int) -> bytes:
        sql = "SELECT data FROM checkpoints WHERE room = ? AND seq = ?"
        return await self._read(lambda db: _unpacked(db.execute(sql, (room, seq)).fetchone()))

    async def records(self, *, since: int = 0, limit: int = 100) -> list[StoredRecord]:
        sql = "SELECT position, id, room, envelope FROM records WHERE position > ? ORDER BY position LIMIT ?"
        return await self._read(lambda db: [StoredRecord(*row) for row in db.execute(sql, (since, limit))])

    async def record(self, room: str) -> StoredRecord | None:
        sql = "SELECT position, id, room, envelope FROM records WHERE room = ? ORDER BY position LIMIT 1"
        found = await self._read(lambda db: db.execute(sql, (room,)).fetchone())
        return StoredRecord(*found) if found else None

    async def whereabouts(self, identity: str) -> list[Whereabouts]:
        sql = "SELECT room, member, closed_ms FROM people JOIN rooms USING (room) WHERE identity = ? ORDER BY room"
        return await self._read(lambda db: [Whereabouts(*row) for row in db.execute(sql, (identity,))])

    async def blank(self, room: str, seqs: Sequence[int]) -> None:
        await self._writer.hand_over(lambda db: _blank(db, room, seqs))

    async def erase(self, where: Whereabouts, record: tuple[str, bytes] | None) -> None:
        await self._writer.hand_over(lambda db: _erase(db, where, record, self.outbox))

    async def scrub(self, *, rewrite: bool = False) -> None:
        """What was erased is not left beside the file either; nor, with `rewrite`, where pages have no rows (seconds
        to minutes in which nobody else may write).
        """
        try:
            await asyncio.to_thread(_scrub, self._path, rewrite=rewrite)
        except sqlite3.Error as error:
            raise StoreFailed(str(error)) from error

    async def forget(self, *, closed_before_ms: int, now_ms: int, most: int) -> bool:
        forgotten: bool = await self._writer.hand_over(lambda db: _forget(db, closed_before_ms, now_ms, most))
        return forgotten

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._reading.shutdown)
        self._reader.close()

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading, query, self._reader)
        except (sqlite3.Error, RuntimeError) as error:  # RuntimeError: the reader has been shut down
            raise StoreFailed(str(error)) from error


_ROW = "room, epoch, created_ms, closed_ms, meta, forgotten_ms"
_NEWEST = "SELECT seq, at_ms, data FROM checkpoints WHERE room = ? ORDER BY seq DESC LIMIT 1"
_EVENTS = "SELECT seq, body, personal, hash FROM events WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?"


def _create(db: sqlite3.Connection, row: RoomRow) -> None:
    values = (row.room, row.epoch, row.created_ms, row.closed_ms, row.meta, row.forgotten_ms)
    if db.execute(f"INSERT OR IGNORE INTO rooms ({_ROW}) VALUES (?, ?, ?, ?, ?, ?)", values).rowcount == 0:
        raise ValueError(f"room {row.room} exists")


def _raise_epoch(db: sqlite3.Connection, room: str) -> int | None:
    raised = db.execute("UPDATE rooms SET epoch = epoch + 1 WHERE room = ? RETURNING epoch", (room,)).fetchall()
    return raised[0][0] if raised else None


def _append(db: sqlite3.Connection, batch: Batch, outbox: SqliteOutbox) -> None:
    """Raises StaleEpoch, or StoreFailed where the log would get a gap: a batch before this one was lost."""
    room = batch.room
    epoch = db.execute("SELECT epoch FROM rooms WHERE room = ?", (room,)).fetchone()
    if epoch is None:
        raise StoreFailed(f"no room {room}")
    if epoch[0] != batch.epoch:  # STORE-3
        raise StaleEpoch(f"room {room} is at epoch {epoch[0]}, not {batch.epoch}")
    (last,) = db.execute("SELECT coalesce(max(seq), 0) FROM events WHERE room = ?", (room,)).fetchone()
    for expected, event in enumerate(batch.events, start=last + 1):
        if event.seq != expected:  # STORE-5
            raise StoreFailed(f"room {room} has events up to {expected - 1}, {event.seq} does not follow")
    db.executemany(
        "INSERT INTO events (room, seq, body, personal, hash) VALUES (?, ?, ?, ?, ?)",
        [(room, event.seq, event.body, event.personal, event.hash) for event in batch.events],
    )
    db.executemany(
        "INSERT INTO salts (room, member, salt) VALUES (?, ?, ?)",
        [(room, member, salt) for member, salt in batch.salts.items()],
    )
    db.executemany(
        "INSERT INTO people (identity, room, member) VALUES (?, ?, ?)",
        [(identity, room, member) for member, identity in batch.people.items()],
    )
    sqlite_ledger.post(db, room, batch.postings)
    if batch.checkpoint is not None:
        _keep(db, room, batch.checkpoint)
    if batch.closed_ms is not None:
        db.execute("UPDATE rooms SET closed_ms = ? WHERE room = ?", (batch.closed_ms, room))
    for id, envelope in batch.deliveries:
        outbox.post(db, id, envelope)
    if batch.record is not None:
        _publish(db, room, *batch.record, outbox)


def _keep(db: sqlite3.Connection, room: str, checkpoint: Checkpoint) -> None:
    """One more checkpoint; it may not know more than the log (STORE-10)."""
    seq, at_ms, data = checkpoint
    if db.execute("SELECT 1 FROM events WHERE room = ? AND seq = ?", (room, seq)).fetchone() is None:
        raise StoreFailed(f"room {room} has no event {seq} that a checkpoint could follow")
    row = (room, seq, at_ms, zlib.compress(data, ZLIB_LEVEL))  # here: no room waits for this thread
    db.execute("INSERT OR REPLACE INTO checkpoints (room, seq, at_ms, data) VALUES (?, ?, ?, ?)", row)


def _unpacked(row: tuple[bytes] | None) -> bytes:
    """What was kept; b"" for what is no more: nobody can read that, and everybody can do without."""
    try:
        return zlib.decompress(row[0]) if row else b""
    except zlib.error:
        return b""


def _publish(db: sqlite3.Connection, room: str, record: str, envelope: bytes, outbox: SqliteOutbox) -> None:
    """A record published again after a fail-over is the same record: the first stands, and no position is used up."""
    if db.execute("SELECT 1 FROM records WHERE id = ?", (record,)).fetchone() is None:
        db.execute("INSERT INTO records (id, room, envelope) VALUES (?, ?, ?)", (record, room, envelope))
        (position,) = db.execute("SELECT last_insert_rowid()").fetchone()
        filing.file(db, position, envelope)
        outbox.post(db, record, envelope)


def _blank(db: sqlite3.Connection, room: str, seqs: Sequence[int]) -> None:
    db.execute("PRAGMA secure_delete = ON")  # zeros where it was; `connect` begins with it off: writing twice is slow
    sql = "UPDATE events SET personal = NULL WHERE room = ? AND seq = ?"
    db.executemany(sql, [(room, seq) for seq in seqs])
    db.execute("PRAGMA secure_delete = OFF")


def _erase(db: sqlite3.Connection, where: Whereabouts, record: tuple[str, bytes] | None, outbox: SqliteOutbox) -> None:
    member = (where.room, where.member)
    db.execute("PRAGMA secure_delete = ON")
    for (identity,) in db.execute("SELECT identity FROM people WHERE room = ? AND member = ?", member).fetchall():
        outbox.erase(db, where.room, identity, record)
    db.execute("DELETE FROM salts WHERE room = ? AND member = ?", member)
    db.execute("DELETE FROM checkpoints WHERE room = ?", member[:1])
    db.execute("DELETE FROM people WHERE room = ? AND member = ?", member)
    if record is not None:
        sql = "UPDATE records SET envelope = ? WHERE id = ? RETURNING position, envelope"
        for position, envelope in db.execute(sql, record[::-1]).fetchall():
            filing.file(db, position, envelope)
    db.execute("PRAGMA secure_delete = OFF")


def _scrub(path: Path, *, rewrite: bool) -> None:
    with closing(connect(path)) as db:
        if rewrite:
            db.execute("VACUUM")
        db.execute(f"PRAGMA busy_timeout = {SCRUB_MS}")
        for _ in range(SCRUBS):
            (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # the WAL has what pages were before
            if not busy:
                return
            time.sleep(SCRUB_PAUSE_S)
        raise sqlite3.OperationalError("somebody reads all the time what was erased")


_OVERDUE = """
    SELECT room FROM rooms WHERE closed_ms IS NOT NULL AND forgotten_ms IS NULL AND closed_ms < ?
    ORDER BY closed_ms LIMIT 1
"""
_OLDEST = "DELETE FROM events WHERE room = ? AND seq IN (SELECT seq FROM events WHERE room = ? ORDER BY seq LIMIT ?)"
_COVERED = """
    DELETE FROM checkpoints WHERE room = ?
    AND seq < (SELECT coalesce(min(seq), 9223372036854775807) FROM events WHERE room = ?)
"""


def _forget(db: sqlite3.Connection, closed_before_ms: int, now_ms: int, most: int) -> bool:
    found = db.execute("SELECT room FROM forgetting").fetchone()
    if found is None:
        found = db.execute(_OVERDUE, (closed_before_ms,)).fetchone()
        if found is None:
            return False
        db.execute("UPDATE rooms SET forgotten_ms = ? WHERE room = ?", (now_ms, *found))
        db.execute("DELETE FROM salts WHERE room = ?", found)  # without them, the rest says nothing of anybody
        sqlite_ledger.forget(db, *found)
        db.execute("INSERT INTO forgetting (room) VALUES (?)", found)
    left = db.execute(_OLDEST, (*found, *found, most)).rowcount == most
    db.execute(_COVERED, (*found, *found))
    if not left:
        db.execute("DELETE FROM forgetting WHERE room = ?", found)
    return True


def _row(db: sqlite3.Connection, room: str) -> RoomRow | None:
    row = db.execute(f"SELECT {_ROW} FROM rooms WHERE room = ?", (room,)).fetchone()
    return RoomRow(*row) if row else None


def _events(db: sqlite3.Connection, room: str, after: int, limit: int) -> list[StoredEvent]:
    return [StoredEvent(*event) for event in db.execute(_EVENTS, (room, after, limit))]


def _salts(db: sqlite3.Connection, room: str) -> dict[int, bytes]:
    return dict(db.execute("SELECT member, salt FROM salts WHERE room = ?", (room,)).fetchall())


def _log(db: sqlite3.Connection, room: str, epoch: int) -> StoredLog:
    """Checkpoint and what follows it, read at one instant; `epoch` is the one that this opening raised it to."""
    db.execute("BEGIN")
    try:
        row = _row(db, room)
        assert row is not None  # rooms are never deleted
        newest = db.execute(_NEWEST, (room,)).fetchone()
        checkpoint = None if newest is None else (newest[0], newest[1], _unpacked(newest[2:]))
        tail = _events(db, room, 0 if newest is None else newest[0], -1)
        return StoredLog(replace(row, epoch=epoch), tail, _salts(db, room), checkpoint)
    finally:
        db.rollback()
