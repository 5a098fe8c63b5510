"""Records are filed as they are published, and added up by SQL as one would by hand."""

import asyncio
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import commands as c
from roomserver.core import evaluation
from roomserver.core.tally import week_of
from roomserver.shell import reports as module
from roomserver.shell import sqlite_filing
from roomserver.shell.reports import BY, Reports, TooLong, Wanted, wanted
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.sqlite_schema import connect
from roomserver.shell.store import Batch, RoomRow, StoreFailed, Whereabouts
from roomserver.shell.tables import Row, columns, csv_lines
from tests.support.records import member, record, stored
from tests.support.tries import tries

FORCE: dict[str, Any] = {"alarms": [{"kind": "ended_by_force", "member": None, "at_ms": 1}]}


@asynccontextmanager
async def reporting(path: Path, *records: dict[str, Any]) -> AsyncIterator[Reports]:
    async with reports_of(stored(path, records)) as reports:
        yield reports


@asynccontextmanager
async def reports_of(path: Path) -> AsyncIterator[Reports]:
    reports = await Reports.start(path)
    try:
        yield reports
    finally:
        await reports.close()


def filed(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        return [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in ("sessions", "attendances")]


def pick(rows: Sequence[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


@pytest.mark.rule("STAT-1")
async def test_a_record_is_filed_in_the_transaction_that_publishes_it(tmp_path: Path) -> None:
    path = tmp_path / "rooms.sqlite"
    store = await SqliteStore.start(path)
    await store.create(RoomRow("r-1", 1, 0, None, b"{}"))
    envelope = orjson.dumps(record("r-1", member("t-1", "teacher"), member("s-1", score=5)))
    for _ in range(2):  # once more after a fail-over
        await store.append(Batch("r-1", 1, [], closed_ms=5, record=("session-r-1", envelope)))
    reports = await Reports.start(path)
    assert pick(await reports.table("form", Wanted()), "form", "sessions", "times") == [("one_to_one", 1, 1)]
    assert len(filed(path)[1]) == 2
    await store.append(Batch("r-1", 1, [], record=("session-odd", b"no record")))  # kept all the same
    assert [one.envelope for one in await reports.records(Wanted())] == [envelope, b"no record"]
    assert len(filed(path)[0]) == 1
    await reports.close()
    await store.close()
    with pytest.raises(StoreFailed):
        await reports.records(Wanted())


@pytest.mark.rule("STAT-1")
async def test_what_is_filed_is_made_again_from_the_records(tmp_path: Path) -> None:
    path = stored(tmp_path / "rooms.sqlite", [record(f"r-{n}", member("t-1", "teacher")) for n in range(1_200)])
    before = filed(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE attendances SET minutes = 999 WHERE position % 2")
        db.execute("DELETE FROM sessions WHERE position > 700")  # as after an upgrade
        db.commit()
    await (await SqliteStore.start(path)).close()
    assert filed(path)[0] == before[0]
    assert filed(path)[1] != before[1]
    assert sqlite_filing.rebuild(path) == 1_200
    assert filed(path) == before


@pytest.mark.rule("STAT-1")
async def test_a_record_that_is_changed_is_filed_again(tmp_path: Path) -> None:
    path = stored(tmp_path / "rooms.sqlite", [record("r-1", member("t-1", "teacher"), member("s-1"))])
    store = await SqliteStore.start(path)
    erased = orjson.dumps(record("r-1", member("t-1", "teacher"), member("erased:r-1:2")))
    await store.erase(Whereabouts("r-1", 2, closed_ms=5), ("session-r-1", erased))
    await store.close()
    assert [row[2] for row in filed(path)[1]] == ["t-1", "erased:r-1:2"]
    assert len(filed(path)[0]) == 1


@pytest.mark.rule("STAT-3", "STAT-6")
async def test_students_times_hours_and_satisfaction(tmp_path: Path) -> None:
    teacher = member("t-1", "teacher", 1_500, school="No. 2")
    lessons = [
        record("r-1", teacher, member("s-1", together_s=1_500, score=5), member("s-2", together_s=59, score=3)),
        record("r-2", member("t-2", "teacher", 59), member("s-1", together_s=59), subject="history"),
        record("r-3", teacher, member("s-1", together_s=90, score=4, school="No. 3"), member("o-1", "observer", 90)),
        record("r-4", member("t-1", "teacher", 0), live_ms=None, subject="history"),
    ]
    figures = ("sessions", "teachers", "students", "times", "minutes", "hours", "teaching_minutes")
    opinion = ("evaluations", "satisfied_percent", "mean_score")
    async with reporting(tmp_path / "rooms.sqlite", *lessons) as reports:
        rows = await reports.table("subject", Wanted())
        assert pick(rows, "subject", *figures) == [
            ("history", 1, 0, 0, 0, 0, 0.0, 0),
            ("mathematics", 2, 1, 1, 2, 26, 0.4, 50),
        ]
        assert pick(rows, *opinion) == [(0, None, None), (3, 66.7, 4.0)]
        rows = await reports.table("school", Wanted())
        assert pick(rows, "school", "sessions", "teachers", "students", "times") == [
            ("No. 1", 3, 0, 1, 1),  # whose people they are: a session is of every school that was there
            ("No. 2", 2, 1, 0, 0),
            ("No. 3", 1, 0, 1, 1),
        ]
        assert pick(await reports.table("district", Wanted()), "district", "sessions") == [("", 3)]


@pytest.mark.rule("STAT-6")
async def test_a_score_that_comes_after_the_record_counts_once_and_stays(tmp_path: Path) -> None:
    people = [member("t-1", "teacher"), member("s-1", evaluation={"due": True}), member("s-2", score=5)]
    path = stored(tmp_path / "rooms.sqlite", [record("r-1", *people), record("r-2", *people)])
    with closing(connect(path)) as db:
        for identity, score in (("s-1", 3), ("s-1", 1), ("s-2", 1), ("nobody", 1)):
            given = c.Evaluate(id=1, score=score)
            late = evaluation.envelope("r-1", identity, given, now_ms=5, source="tests")
            sqlite_filing.file_evaluation(db, orjson.dumps(late))
        assert [row[-1] for row in filed(path)[1]] == [None, 3, 5, None, None, 5]
        db.execute("UPDATE attendances SET score = NULL")
    sqlite_filing.rebuild(path)
    async with reports_of(path) as reports:
        [row] = await reports.table("form", Wanted())
    assert (row["evaluations"], row["satisfied_percent"], row["mean_score"]) == (3, 66.7, 4.33)


async def test_pupils_before_a_classrooms_device_are_counted_as_declared(tmp_path: Path) -> None:
    lessons = [
        record("r-1", member("t-1", "teacher"), member("c-1", "classroom", heads_most=42), member("c-2", "classroom")),
        record("r-2", member("t-1", "teacher"), member("c-1", "classroom", 59, heads_most=40)),
    ]
    async with reporting(tmp_path / "rooms.sqlite", *lessons) as reports:
        rows = await reports.table("month", Wanted())
    assert pick(rows, "classroom_times", "classroom_pupils", "times") == [(2, 42, 0)]


@pytest.mark.rule("STAT-2", "STAT-7")
async def test_what_is_asked_for_is_counted_and_nothing_else(tmp_path: Path) -> None:
    lessons = [
        record("r-1", member("t-1", "teacher"), member("s-1"), began="2026-11-15 23:59"),
        record("r-2", member("t-1", "teacher"), member("s-1"), began="2026-11-16 00:00", subject="history"),
        record("r-3", member("t-2", "teacher"), member("t-1"), began="2026-11-22 23:59", form="delivery"),
        record("r-4", member("t-2", "teacher", school="No. 9"), began="2026-11-23 00:00"),
    ]

    async def rooms(**asked: str) -> list[str]:
        return [one.room for one in await reports.records(wanted(asked))]

    async with reporting(tmp_path / "rooms.sqlite", *lessons) as reports:
        assert await rooms() == ["r-1", "r-2", "r-3", "r-4"]
        assert await rooms(week="2026-W47") == ["r-2", "r-3"]
        assert await rooms(**{"from": "2026-11-22"}) == ["r-3", "r-4"]
        assert await rooms(to="2026-11-15") == ["r-1"]
        assert await rooms(teacher="t-1") == ["r-1", "r-2"]  # who was a student there, did not teach
        assert await rooms(week="2026-W47", teacher="t-1", subject="history", form="one_to_one") == ["r-2"]
        assert await rooms(school="No. 9") == ["r-4"]
        assert await rooms(school="' OR 1 --") == []
        assert [one.room for one in await reports.records(wanted({"teacher": "t-2"}), since=3, limit=1)] == ["r-4"]
        weeks = await reports.table("week", wanted({"from": "2026-11-16", "to": "2026-11-22"}))
        assert pick(weeks, "week", "sessions") == [("2026-W47", 2)]
        assert pick(await reports.table("month", wanted({"teacher": "t-2"})), "month", "sessions") == [("2026-11", 2)]


@pytest.mark.parametrize(
    "asked",
    [
        {"week": "2026-W54"},
        {"from": "2026-02-30"},
        {"to": "20261120"},
        {"week": "2026-W47", "to": "2026-11-20"},
        {"teacher": "x" * 201},
    ],
)
def test_what_cannot_be_asked_for_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"no week|no day|a week, or|too long"):
        wanted(asked)


@pytest.mark.rule("STAT-4")
async def test_a_teachers_workload_says_what_did_not_count_and_why(tmp_path: Path) -> None:
    lessons = [
        record("r-1", member("t-1", "teacher", 1_799)),
        record("r-2", member("t-1", "teacher", 59)),
        record("r-3", member("t-1", "teacher", 0)),
        record("r-4", member("t-1", "teacher", 0), live_ms=None),
        record("r-5", member("t-1", "teacher", 610), **FORCE),
        record("r-6", member("a-1", "assistant", 600), member("t-1", "student", 600)),
    ]
    async with reporting(tmp_path / "rooms.sqlite", *lessons) as reports:
        [row] = await reports.table("teacher", Wanted())
    assert row == {
        **{"teacher": "t-1", "school": "No. 1", "sessions": 5, "counted": 1, "minutes": 29, "hours": 0.5},
        **{"never_live": 1, "alone": 1, "below_a_minute": 1, "over_quota": 0, "ended_by_force": 1},
        **{"together_s": 1_799 + 59 + 610, "below_a_minute_s": 59 + 59, "over_quota_s": 0, "ended_by_force_s": 610},
    }


@pytest.mark.rule("STAT-5")
async def test_minutes_beyond_the_weeks_quota_do_not_count_whichever_days_are_asked_for(tmp_path: Path) -> None:
    def taught(room: str, began: str, minutes: int, quota_s: int = 5 * 3600) -> dict[str, Any]:
        return record(room, member("t-1", "teacher", 60 * minutes), began=began, quota_s=quota_s)

    lessons = [taught(f"r-{n}", f"2026-11-{16 + n // 3} 18:{n:02}", 29) for n in range(10)]  # 290 of 300 minutes
    lessons += [
        taught("last", "2026-11-21 18:00", 29),  # ten of them
        taught("more", "2026-11-21 19:00", 29),
        taught("free", "2026-11-21 20:00", 29, quota_s=0),  # of a form without quota
        taught("next", "2026-11-23 18:00", 29),
    ]
    async with reporting(tmp_path / "rooms.sqlite", *lessons) as reports:
        figures = ("sessions", "counted", "minutes", "over_quota", "over_quota_s")
        assert pick(await reports.table("teacher", Wanted()), *figures) == [(14, 13, 358, 1, 60 * 48)]
        saturday = wanted({"from": "2026-11-21", "to": "2026-11-21"})
        assert pick(await reports.table("teacher", saturday), *figures) == [(3, 2, 39, 1, 60 * 48)]
        monday = wanted({"week": "2026-W48"})
        assert pick(await reports.table("teacher", monday), *figures) == [(1, 1, 29, 0, 0)]


lessons = st.builds(
    lambda teacher, day, seconds, quota, force, students: (teacher, day, seconds, quota, force, students),
    st.sampled_from(["t-1", "t-2"]),
    st.integers(1, 28),
    st.integers(0, 1_800),
    st.sampled_from([0, 600, 3_600]),
    st.booleans(),
    st.lists(
        st.tuples(st.sampled_from(["s-1", "s-2", "s-3"]), st.integers(0, 1_800)), max_size=3, unique_by=lambda s: s[0]
    ),
)


@pytest.mark.rule("STAT-3", "STAT-5")
@tries(25)
@given(st.lists(lessons, max_size=30))
def test_the_sums_are_those_one_makes_by_hand(taught: list[Any]) -> None:
    records: list[dict[str, Any]] = []
    minutes: dict[str, int] = defaultdict(int)
    spent_before: dict[tuple[str, str], int] = {}
    visits: dict[str, list[str]] = defaultdict(list)
    seconds: dict[str, int] = defaultdict(int)
    in_order = sorted(enumerate(taught), key=lambda one: (one[1][1], one[0]))
    for n, (teacher, day, together, quota, force, students) in enumerate(taught):
        people = [member(name, together_s=s) for name, s in students]
        more: dict[str, Any] = FORCE if force else {}
        one = record(
            f"r-{n}", member(teacher, "teacher", together), *people,
            began=f"2026-02-{day:02} 19:00", quota_s=quota, **more,
        )  # fmt: skip
        records.append(one)
        seconds[teacher] += together
        visits[f"2026-02-{day:02}"] += [name for name, s in students if s >= 60]
    for _, (teacher, day, together, quota, force, _) in in_order:
        whole = 0 if force else together // 60
        if quota:
            week = week_of(date(2026, 2, day))
            spent = spent_before.get((teacher, week), 0)
            spent_before[teacher, week] = spent + whole
            whole = max(0, min(whole, quota // 60 - spent))
        minutes[teacher] += whole

    async def ask() -> tuple[Any, Any]:
        with tempfile.TemporaryDirectory() as directory:
            async with reporting(Path(directory) / "rooms.sqlite", *records) as reports:
                return await reports.table("teacher", Wanted()), await reports.table("day", Wanted())

    workload, days = asyncio.run(ask())
    assert {row["teacher"]: row["minutes"] for row in workload} == dict(minutes)
    for row in workload:
        parts = ("below_a_minute_s", "over_quota_s", "ended_by_force_s")
        assert 60 * row["minutes"] + sum(row[part] for part in parts) == row["together_s"] == seconds[row["teacher"]]
        reasons = ("never_live", "alone", "below_a_minute", "over_quota", "ended_by_force")
        assert row["counted"] + sum(row[reason] for reason in reasons) == row["sessions"]
    assert {row["day"]: (row["students"], row["times"]) for row in days} == {
        day: (len(set(names)), len(names)) for day, names in visits.items()
    }


@pytest.mark.rule("STAT-9")
async def test_a_report_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lessons = [record(f"r-{n}", member("t-1", "teacher"), member("s-1")) for n in range(300)]
    monkeypatch.setattr(module, "STEPS", 10)
    async with reporting(tmp_path / "rooms.sqlite", *lessons) as reports:
        monkeypatch.setattr(module, "LIMIT_S", -1.0)
        for by in BY:
            with pytest.raises(TooLong):
                await reports.table(by, Wanted())
        monkeypatch.setattr(module, "LIMIT_S", 10.0)
        assert pick(await reports.table("form", Wanted()), "sessions") == [(300,)]


@pytest.mark.rule("STAT-8")
def test_what_somebody_wrote_stays_text_in_a_spreadsheet_and_on_a_terminal() -> None:
    rows: list[Row] = [{"a": '=cmd|"x"!A1', "b": -5, "c": None}, {"a": "甲,\x1b[2J\n", "b": 17, "c": "@x"}]
    assert csv_lines(["a", "b", "c"], rows) == 'a,b,c\r\n"\'=cmd|""x""!A1",-5,\r\n"甲,\x1b[2J\n",17,\'@x\r\n'
    assert columns(["a", "b", "c"], rows).split("\n") == [
        "a             b  c",
        '=cmd|"x"!A1  -5  -',
        "甲,?[2J?     17  @x",
    ]
    for wrote in ("＝1＋1", "\n=1+1", "＠x"):
        assert csv_lines(["a"], [{"a": wrote}], head=False).strip('"').startswith("'")


@pytest.mark.rule("STAT-9")
async def test_large_records_are_read_fewer_at_a_time_and_the_largest_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [record(f"r-{number}", member("li", "teacher")) for number in range(5)]
    size = len(orjson.dumps(records[0]))
    async with reporting(tmp_path / "rooms.sqlite", *records) as reports:
        for most, together in ((2 * size, [2, 2, 1]), (1, [1, 1, 1, 1, 1])):
            monkeypatch.setattr(module, "PAGE_BYTES", most)
            pages, since = [], 0
            while page := await reports.records(Wanted(teacher="li"), since=since):
                pages.append(len(page))
                since = page[-1].position
            assert pages == together
