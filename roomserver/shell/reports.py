"""Counts over many sessions, by SQL from the tables of `sqlite_filing.py`: the programme's figures, teachers' workload.

Read by a connection and a thread of its own, so that no room waits for a report.  Rules: STAT-* in docs/rules.md.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec
from msgspec import Struct

from roomserver.core import tally
from roomserver.core.tally import days_of_week, week_of
from roomserver.shell.sqlite_schema import connect
from roomserver.shell.store import StoredRecord, StoreFailed
from roomserver.shell.tables import Row

T = TypeVar("T")
Table = list[dict[str, Any]]
LIMIT_S = 10.0  # a report takes no longer
STEPS = 100_000  # of SQLite's machine between two looks at the time: some milliseconds
CACHE_KIB = 32_768
ROWS_MAX = 20_000  # of a table: more teachers than the city has
WORD_CHARS = 200
PAGE_BYTES = 8_000_000  # of records that are read at a time, unless a single one is larger

# What a report may be grouped by; a teacher's rows are their workload.
GROUPS: Mapping[str, str] = {
    "subject": "s.subject",
    "form": "s.form",
    "school": "a.school",
    "district": "a.district",
    "day": "s.day",
    "week": "s.week",
    "month": "s.month",
}
BY = (*GROUPS, "teacher")


class TooLong(Exception):
    """The report takes too long: ask for less."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which sessions: empty is any.  Days are those of Shanghai, both ends included."""

    first: str = ""  # 2026-11-16
    last: str = ""
    teacher: str = ""  # identity
    subject: str = ""
    school: str = ""
    form: str = ""


def wanted(asked: Mapping[str, str]) -> Wanted:
    """`week`, or `from` and `to`, with `teacher`, `subject`, `school` and `form`; others are not looked at.

    Raises:
        ValueError: one of them cannot be.
    """
    first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
    if week := asked.get("week", ""):
        if first or last:
            raise ValueError("ask for a week, or for days from and to")
        first, last = (day.isoformat() for day in days_of_week(week))
    words = {name: asked.get(name, "") for name in ("teacher", "subject", "school", "form")}
    for name, word in words.items():
        if len(word) > WORD_CHARS:
            raise ValueError(f"`{name}` is too long")
    return Wanted(first=first, last=last, **words)


def _day(text: str) -> str:
    try:
        if text and date.fromisoformat(text).isoformat() != text:
            raise ValueError
    except ValueError as error:
        raise ValueError(f"{text!r} is no day like 2026-11-20") from error
    return text


class Reports:
    """Obtain it by `start`.  One report is made at a time, the others wait for it."""

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reports")
        self._until = 0.0
        reader.set_progress_handler(lambda: time.monotonic() > self._until, STEPS)

    @classmethod
    async def start(cls, path: Path) -> Self:
        """Over a store that has been opened, and so brought up to date.

        Raises:
            StoreFailed: the file cannot be used, and why.
        """
        try:
            reader = await asyncio.to_thread(connect, path)
            reader.execute("PRAGMA query_only = ON")
            reader.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        except sqlite3.Error as error:
            raise StoreFailed(f"{path}: {error}") from error
        return cls(reader)

    async def close(self) -> None:
        await asyncio.to_thread(self._reading.shutdown)
        self._reader.close()

    async def records(self, only: Wanted, *, since: int = 0, limit: int = 100) -> list[StoredRecord]:
        """Published records with `position` above `since`, oldest first, fewer of large ones."""
        return await self._read(lambda db: _records(db, only, since, limit))

    async def table(self, by: str, only: Wanted) -> Table:
        """One of `BY`.

        Raises:
            TooLong: it takes more than `LIMIT_S`.
            StoreFailed: the store does not answer.
        """
        query = _workload if by == "teacher" else _statistics
        return await self._read(lambda db: query(db, by, only))

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        def within_limit() -> T:
            self._until = time.monotonic() + LIMIT_S
            return query(self._reader)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading, within_limit)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise TooLong(f"the report takes more than {LIMIT_S:.0f} s: ask for fewer days") from error
            raise StoreFailed(str(error)) from error
        except (sqlite3.Error, RuntimeError) as error:  # RuntimeError: the reader has been shut down
            raise StoreFailed(str(error)) from error


def read_all(records: Iterable[StoredRecord]) -> Iterator[tally.Record]:
    """Those that can be read, as in what is filed."""
    for record in records:
        with suppress(msgspec.DecodeError):
            yield tally.read(record.envelope)


def members(records: Iterable[StoredRecord]) -> Iterator[Row]:
    """A row of `tally.SHOWN` for each member of each."""
    for record in read_all(records):
        yield from tally.shown(record)


def _where(only: Wanted, *, of_attendance: bool) -> tuple[str, list[str]]:
    """The condition on sessions `s`, and on attendances `a` where these are counted one by one."""
    at = "a.position = s.position AND a.{} = ?"
    exists = "EXISTS (SELECT 1 FROM attendances a WHERE {})"
    school = "a.school = ?" if of_attendance else exists.format(at.format("school"))
    teacher = "s.position IN (SELECT position FROM attendances WHERE identity = ? AND role = 'teacher')"
    conditions = {
        "s.day >= ?": only.first,
        "s.day <= ?": only.last,
        "s.subject = ?": only.subject,
        "s.form = ?": only.form,
        teacher: only.teacher,
        school: only.school,
    }
    asked = {condition: value for condition, value in conditions.items() if value}
    return " AND ".join(["TRUE", *asked]), list(asked.values())


def _records(db: sqlite3.Connection, only: Wanted, since: int, limit: int) -> list[StoredRecord]:
    where, values = _where(only, of_attendance=False)
    filed = "" if only == Wanted() else f"AND position IN (SELECT s.position FROM sessions s WHERE {where})"
    sql = f"SELECT position, id, room, envelope FROM records WHERE position > ? {filed} ORDER BY position LIMIT ?"
    found, size = list[StoredRecord](), 0
    with closing(db.execute(sql, (since, *values, limit))) as rows:
        for row in rows:
            found.append(StoredRecord(*row))
            size += len(found[-1].envelope)
            if size >= PAGE_BYTES:
                break
    return found


# CROSS: as they stand in the file, session by session (SQLite keeps the order); by person takes twice as long.
_ATTENDED = "sessions s CROSS JOIN attendances a USING (position)"
_COUNTS = """
    count(DISTINCT iif(s.live, s.position, NULL)) AS sessions,
    count(DISTINCT iif(a.role = 'teacher' AND a.minutes > 0, a.identity, NULL)) AS teachers,
    count(DISTINCT iif(a.role = 'student' AND a.minutes > 0, a.identity, NULL)) AS students,
    sum(a.role = 'student' AND a.minutes > 0) AS times,
    sum(iif(a.role = 'student', a.minutes, 0)) AS minutes,
    round(sum(iif(a.role = 'student', a.minutes, 0)) / 60.0, 1) AS hours,
    sum(iif(a.role = 'teacher', a.minutes, 0)) AS teaching_minutes,
    sum(a.role = 'classroom' AND a.minutes > 0) AS classroom_times,
    sum(iif(a.role = 'classroom' AND a.minutes > 0, a.heads, 0)) AS classroom_pupils,
    count(a.score) AS evaluations,
    round(100.0 * sum(a.score >= 4) / count(a.score), 1) AS satisfied_percent,
    round(avg(a.score), 2) AS mean_score
"""


def _statistics(db: sqlite3.Connection, by: str, only: Wanted) -> Table:
    where, values = _where(only, of_attendance=True)
    sql = f"""
        SELECT {GROUPS[by]} AS "{by}", {_COUNTS} FROM {_ATTENDED}
        WHERE {where} GROUP BY 1 ORDER BY 1 LIMIT {ROWS_MAX}
    """
    return _table(db, sql, values)


# What a teacher taught, session by session.  `before` is what has counted already in that week of what has a quota: the
# whole week's sessions are added up, whichever of them are asked for.
_TAUGHT = f"""
    WITH taught AS (
        SELECT a.position, a.identity, a.school, a.together_s, a.uncounted, s.quota_s,
            iif(a.uncounted = '', a.minutes, 0) AS minutes,
            sum(iif(a.uncounted = '' AND s.quota_s > 0, a.minutes, 0)) OVER (
                PARTITION BY a.identity, s.week ORDER BY s.began_ms, a.position
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS before
        FROM {_ATTENDED}
        WHERE a.role = 'teacher' AND s.week >= ? AND s.week <= ?
    ), weighed AS (
        SELECT *, iif(quota_s > 0, max(0, min(minutes, quota_s / 60 - coalesce(before, 0))), minutes) AS counted
        FROM taught
    )
"""
_WORKLOAD = """
    a.identity AS teacher, max(a.school) AS school, count(*) AS sessions, sum(a.counted > 0) AS counted,
    sum(a.counted) AS minutes, round(sum(a.counted) / 60.0, 1) AS hours,
    sum(a.uncounted = 'never_live') AS never_live,
    sum(a.uncounted = 'alone') AS alone,
    sum(a.uncounted = 'below_a_minute') AS below_a_minute,
    sum(a.minutes > 0 AND a.counted = 0) AS over_quota,
    sum(a.uncounted = 'ended_by_force') AS ended_by_force,
    sum(a.together_s) AS together_s,
    sum(iif(a.uncounted = 'ended_by_force', 0, a.together_s - 60 * a.minutes)) AS below_a_minute_s,
    sum(60 * (a.minutes - a.counted)) AS over_quota_s,
    sum(iif(a.uncounted = 'ended_by_force', a.together_s, 0)) AS ended_by_force_s
"""


def _workload(db: sqlite3.Connection, by: str, only: Wanted) -> Table:
    weeks = (_week(only.first) or "0", _week(only.last) or "9999-W54")
    where, values = _where(only, of_attendance=True)
    sql = f"""
        {_TAUGHT} SELECT {_WORKLOAD} FROM weighed a JOIN sessions s USING (position)
        WHERE {where} GROUP BY 1 ORDER BY 1 LIMIT {ROWS_MAX}
    """
    return _table(db, sql, [*weeks, *values])


def _week(day: str) -> str:
    return day and week_of(date.fromisoformat(day))


def _table(db: sqlite3.Connection, sql: str, values: Sequence[str]) -> Table:
    rows = db.execute(sql, values)
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
