"""The ledger in the store's file: tables that are written with the events that cause them, and asked at the doors.

All of it runs in the writer's thread, in one transaction for each question: two rooms cannot both take the same minute.
Rules: GAP-*, QUOTA-*, REST-*, DUE-*, CLAIM-* in docs/rules.md.
"""

import sqlite3
from asyncio import Lock
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import orjson

from ..core.ledger import LONGEST_MS, Ask, Class, Ended, Granted, Paid, Posting, Standing, Stay, Taught, decide
from . import sqlite_filing
from .ledger import Kept
from .sqlite_outbox import SqliteOutbox
from .sqlite_writer import Writer
from .store import StoreFailed

Read = Callable[[Callable[[sqlite3.Connection], Standing]], Awaitable[Standing]]
WEEKS_KEPT_MS = 14 * 86_400_000  # reservations of weeks before serve nobody


class SqliteLedger:
    """A `Ledger` of one file."""

    def __init__(self, writer: Writer, read: Read, outbox: SqliteOutbox) -> None:
        self._writer = writer
        self._read = read
        self._outbox = outbox
        self._unkept: dict[str, str] = {}  # identity -> the room of their newest claim, which the disk did not take
        self._asking = WeakValueDictionary[str, Lock]()  # identity -> held while a claim of theirs is on its way

    async def standing(self, ask: Ask) -> Standing:
        found: Standing = await self._writer.hand_over(lambda db: standing(db, ask))
        return found

    async def reserve(self, ask: Ask) -> Granted:
        asking = self._asking.setdefault(ask.identity, Lock())
        async with asking:  # what is judged by reading must be known before the next of theirs is written (CLAIM-2)
            return await self._reserve(ask)

    async def _reserve(self, ask: Ask) -> Granted:
        try:
            granted: Granted = await self._writer.hand_over(lambda db: reserve(db, ask))
        except StoreFailed:
            granted = await self._judged(ask)
            before = self._unkept.get(ask.identity, granted.replaces)
            self._unkept[ask.identity] = ask.room
        else:
            before = self._unkept.pop(ask.identity, granted.replaces)
        return replace(granted, replaces=None if before == ask.room else before)

    async def elsewhere(self, identities: Sequence[str], room: str) -> list[str]:
        found: list[str] = await self._writer.hand_over(lambda db: elsewhere(db, identities, room))
        newest = dict.fromkeys(found) | self._unkept  # CLAIM-4: of these the file knows less
        return [identity for identity in identities if newest.get(identity, room) != room]

    async def kept(self, identity: str) -> Kept:
        found: Kept = await self._writer.hand_over(lambda db: kept(db, identity))
        return found

    async def erase(self, identity: str) -> None:
        self._unkept.pop(identity, None)
        await self._writer.hand_over(lambda db: erase(db, identity))

    async def _judged(self, ask: Ask) -> Granted:
        """By what can be read while the disk takes nothing: who reserves nothing new comes in (CLAIM-4)."""
        known = await self._read(lambda db: standing(db, ask))
        granted = decide(ask, known)
        if granted.reserved_ms != known.reserved_ms:
            raise StoreFailed("nothing can be reserved now")
        return granted

    async def evaluate(self, identity: str, room: str, delivery: tuple[str, bytes]) -> bool:
        owed: bool = await self._writer.hand_over(lambda db: evaluate(db, identity, room, delivery, self._outbox))
        return owed


# At the door


def standing(db: sqlite3.Connection, ask: Ask) -> Standing:
    claim = db.execute("SELECT room FROM claims WHERE identity = ?", (ask.identity,)).fetchone()
    known = _teacher(db, ask) if ask.role == "teacher" else _student(db, ask)
    return replace(known, claim=claim[0] if claim else None)


def _teacher(db: sqlite3.Connection, ask: Ask) -> Standing:
    reserved = "SELECT reserved_ms FROM reservations WHERE room = ? AND identity = ?"
    spent = "SELECT sum(coalesce(used_ms, reserved_ms)) FROM reservations WHERE account = ? AND week_ms = ?"
    classes = "SELECT room, since_ms, until_ms FROM classes WHERE identity = ?"
    found = db.execute(reserved, (ask.room, ask.identity)).fetchone()
    return Standing(
        reserved_ms=found[0] if found else None,
        spent_ms=db.execute(spent, (ask.account, ask.week[0])).fetchone()[0] or 0,
        untold_ms=0 if ask.remaining_s is None else _untold_ms(db, ask),
        classes=[Class(*row) for row in db.execute(classes, (ask.identity,))],
    )


def _untold_ms(db: sqlite3.Connection, ask: Ask) -> int:
    """What whoever made the token did not know of; a token that does not say when it was made is of now."""
    untold = (
        "SELECT sum(coalesce(used_ms, reserved_ms)) FROM reservations LEFT JOIN rooms USING (room)"
        " WHERE account = ? AND (used_ms IS NULL OR closed_ms IS NULL OR closed_ms >= ?)"
    )
    issued_ms = ask.now_ms if ask.issued_ms is None else ask.issued_ms
    return db.execute(untold, (ask.account, issued_ms)).fetchone()[0] or 0


def _student(db: sqlite3.Connection, ask: Ask) -> Standing:
    stays = "SELECT since_ms, until_ms FROM stays WHERE identity = ? AND coalesce(until_ms, since_ms) > ?"
    due = "SELECT room FROM dues WHERE identity = ? AND room != ? ORDER BY since_ms LIMIT 1"
    owed = db.execute(due, (ask.identity, ask.room)).fetchone()
    return Standing(
        stays=db.execute(stays, (ask.identity, ask.now_ms - LONGEST_MS)).fetchall(),
        due=owed[0] if owed else None,
    )


def reserve(db: sqlite3.Connection, ask: Ask) -> Granted:
    granted = decide(ask, standing(db, ask))
    if granted.reserved_ms is not None:
        row = (ask.room, ask.identity, ask.account, ask.week[0], granted.reserved_ms)
        db.execute("INSERT OR IGNORE INTO reservations VALUES (?, ?, ?, ?, ?, NULL)", row)
        old = (ask.account, ask.week[0] - WEEKS_KEPT_MS)
        db.execute("DELETE FROM reservations WHERE account = ? AND week_ms < ?", old)
    db.execute(
        "INSERT INTO claims VALUES (?, ?, 1)"
        " ON CONFLICT (identity) DO UPDATE SET room = excluded.room, epoch = claims.epoch + 1",
        (ask.identity, ask.room),
    )
    return granted


def elsewhere(db: sqlite3.Connection, identities: Sequence[str], room: str) -> list[str]:
    sql = "SELECT identity FROM claims JOIN json_each(?) ON value = identity WHERE room != ?"
    return [identity for (identity,) in db.execute(sql, (orjson.dumps(identities).decode(), room))]


def evaluate(
    db: sqlite3.Connection, identity: str, room: str, delivery: tuple[str, bytes], outbox: SqliteOutbox
) -> bool:
    if db.execute("DELETE FROM dues WHERE identity = ? AND room = ?", (identity, room)).rowcount == 0:
        return False
    db.execute(_KEEP, (*delivery, room))
    outbox.post(db, *delivery)
    sqlite_filing.file_evaluation(db, delivery[1])
    return True


_KEEP = """
    INSERT INTO evaluations (id, envelope) SELECT ?, ?
    WHERE NOT EXISTS (SELECT 1 FROM rooms WHERE room = ? AND forgotten_ms IS NOT NULL)
"""


def forget(db: sqlite3.Connection, room: str) -> None:
    """What was said of a room goes with its log (RETAIN-4); the score is filed beside its record, and stays as that."""
    db.execute("DELETE FROM evaluations WHERE CAST(envelope AS TEXT) ->> '$.data.room' = ?", (room,))


# Of a person

OF_PEOPLE = {  # table -> what of a row is theirs
    "reservations": "room, week_ms, reserved_ms, used_ms",
    "classes": "room, since_ms, until_ms",
    "stays": "room, since_ms, until_ms",
    "dues": "room, since_ms",
    "claims": "room",
}
GAVE = "CAST(envelope AS TEXT) ->> '$.data.identity' = ?"  # of the late evaluations, as their index has it


def kept(db: sqlite3.Connection, identity: str) -> Kept:
    found: dict[str, list[dict[str, Any]]] = {}
    for table, columns in OF_PEOPLE.items():
        rows = db.execute(f"SELECT {columns} FROM {table} WHERE identity = ?", (identity,)).fetchall()
        if rows:
            found[table] = [dict(zip(columns.split(", "), row, strict=True)) for row in rows]
    given = db.execute(f"SELECT envelope FROM evaluations WHERE {GAVE}", (identity,)).fetchall()
    if given:
        found["evaluations"] = [orjson.loads(envelope)["data"] for (envelope,) in given]
    return found


def erase(db: sqlite3.Connection, identity: str) -> None:
    db.execute("PRAGMA secure_delete = ON")
    for table in OF_PEOPLE:
        db.execute(f"DELETE FROM {table} WHERE identity = ?", (identity,))
    db.execute(f"DELETE FROM evaluations WHERE {GAVE}", (identity,))
    db.execute("PRAGMA secure_delete = OFF")


# What rooms post


def post(db: sqlite3.Connection, room: str, postings: Iterable[Posting]) -> None:
    """In the transaction of the events; a posting that is repeated changes nothing."""
    for posting in postings:
        match posting:
            case Stay():
                _stay(db, room, posting)
            case Taught(identity=identity, since_ms=since_ms):
                old = (identity, since_ms - 2 * LONGEST_MS)  # it lasted a day at most, and so does a gap
                db.execute("DELETE FROM classes WHERE identity = ? AND since_ms < ?", old)
                db.execute("INSERT OR IGNORE INTO classes VALUES (?, ?, ?, NULL)", (identity, room, since_ms))
            case Ended():
                _ended(db, room, posting)
            case Paid(identity=identity):
                db.execute("DELETE FROM dues WHERE identity = ? AND room = ?", (identity, room))


def _stay(db: sqlite3.Connection, room: str, stay: Stay) -> None:
    old = (stay.identity, stay.since_ms - LONGEST_MS)
    db.execute("DELETE FROM stays WHERE identity = ? AND coalesce(until_ms, since_ms) < ?", old)
    db.execute(
        "INSERT INTO stays VALUES (?, ?, ?, ?)"
        " ON CONFLICT (identity, room, since_ms) DO UPDATE SET until_ms = excluded.until_ms",
        (stay.identity, room, stay.since_ms, stay.until_ms),
    )


def _ended(db: sqlite3.Connection, room: str, ended: Ended) -> None:
    for table in ("stays", "classes"):
        db.execute(f"UPDATE {table} SET until_ms = ? WHERE room = ? AND until_ms IS NULL", (ended.at_ms, room))
    db.executemany(
        "UPDATE reservations SET used_ms = ? WHERE room = ? AND identity = ? AND used_ms IS NULL",
        [(used_ms, room, identity) for identity, used_ms in ended.used_ms.items()],
    )
    db.execute("UPDATE reservations SET used_ms = 0 WHERE room = ? AND used_ms IS NULL", (room,))  # never came in
    db.executemany(
        "INSERT OR IGNORE INTO dues VALUES (?, ?, ?)", [(identity, room, ended.at_ms) for identity in ended.owing]
    )
