"""Session records filed for reports: what each counts for, in tables of its own, beside the record that says it.

The tables say nothing that the records do not, and can be made again from them; but for scores that came too late for
the record.  Rules: STAT-1 in docs/rules.md.
"""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from roomserver.core import tally
from roomserver.shell.sqlite_schema import connect

log = logging.getLogger("roomserver.store")
PAGE = 500  # records filed in one transaction: a server that runs beside waits a moment, not until all is done

_SESSION = "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ATTENDANCE = "INSERT INTO attendances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_LATE = "INSERT OR IGNORE INTO late_scores SELECT room, member, ? FROM people WHERE room = ? AND identity = ?"
_SCORED_LATE = """
    UPDATE attendances SET score = late.score FROM late_scores AS late
    WHERE late.room = ? AND position = ? AND attendances.member = late.member AND attendances.score IS NULL
"""
_NEWEST = "SELECT coalesce(max(position), 0) FROM sessions"
_RECORDS = "SELECT position, envelope FROM records WHERE position > ? ORDER BY position LIMIT ?"


def file(db: sqlite3.Connection, position: int, envelope: bytes) -> None:
    """File one record, in the place of what was filed of it; within the caller's transaction.

    A record that cannot be read is left out: it is kept all the same, and no report keeps a room from closing.
    """
    unfile(db, position)
    try:
        session, attendances = _rows(tally.read(envelope))
    except (msgspec.DecodeError, ValueError, OverflowError):
        log.warning("a record cannot be read, and is in no report", extra={"position": position})
        return
    db.execute(_SESSION, (position, *session))
    db.executemany(_ATTENDANCE, [(position, *row) for row in attendances])
    db.execute(_SCORED_LATE, (session[0], position))


def file_evaluation(db: sqlite3.Connection, envelope: bytes) -> None:
    """File the score of an evaluation that came after the record had been published, which does not change.

    It is kept by member number, and so is nobody's any more when the member is erased; the first stands.
    """
    try:
        given = tally.late_score(envelope)
    except msgspec.DecodeError:
        log.warning("an evaluation cannot be read, and is in no report")
        return
    db.execute(_LATE, (given.score, given.room, given.identity))
    for (position,) in db.execute("SELECT position FROM records WHERE room = ?", (given.room,)).fetchall():
        db.execute(_SCORED_LATE, (given.room, position))


def unfile(db: sqlite3.Connection, position: int) -> None:
    db.execute("DELETE FROM sessions WHERE position = ?", (position,))
    db.execute("DELETE FROM attendances WHERE position = ?", (position,))


Row = tuple[int | str | None, ...]


def _rows(record: tally.Record) -> tuple[Row, list[Row]]:
    day = record.day
    when = (record.began_ms, day.isoformat(), tally.week_of(day), f"{day:%Y-%m}")
    session = (record.room, record.form, record.subject, *when, record.live_ms is not None, record.limits.quota_s)
    return session, [_attendance(record, member) for member in record.members]


def _attendance(record: tally.Record, member: tally.Member) -> Row:
    who = (member.member, member.identity, member.role, member.school or "", member.district or "")
    heads = member.heads_most or 0
    score = None if member.evaluation is None else member.evaluation.score
    return *who, heads, member.seconds_together, member.minutes_together, record.why(member), score


def catch_up(path: Path) -> None:
    """File what was published before there were these tables.

    Raises:
        sqlite3.Error: the store cannot be written.
    """
    with closing(connect(path)) as db:
        (newest,) = db.execute(_NEWEST).fetchone()
        _file_after(db, newest)


def rebuild(path: Path) -> int:
    """File every record again; how many there are.

    Raises:
        sqlite3.Error: the store cannot be written.
    """
    with closing(connect(path)) as db:
        return _file_after(db, 0)


def _file_after(db: sqlite3.Connection, position: int) -> int:
    count = 0
    while db.execute(_RECORDS, (position, 1)).fetchone() is not None:
        db.execute("BEGIN IMMEDIATE")
        page = db.execute(_RECORDS, (position, PAGE)).fetchall()
        for at, envelope in page:
            file(db, at, envelope)
        db.execute("COMMIT")
        position, count = page[-1][0], count + len(page)
    return count
