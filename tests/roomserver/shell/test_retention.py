"""Logs of rooms that closed long ago are let go, and nothing else is."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import orjson
import pytest

from protocol.commands import Evaluate
from roomserver.core import evaluation
from roomserver.core.ledger import Ended
from roomserver.shell.assets import Assets
from roomserver.shell.recordings import Recordings
from roomserver.shell.retention import EVENTS_A_PART, EVERY_S, Retention
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Batch, RoomRow, StoredEvent, StoreFailed
from tests.support.clock import ManualClock

NOW = 1_790_000_000.0
DAY_S = 86_400
RECORD = b'{"type":"classroom.session.closed.v1","time":"2026-09-21T14:13:20Z"}'


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.start(tmp_path / "rooms.sqlite")
    yield store
    await store.close()


async def a_room(store: SqliteStore, room: str, *, events: int = 3, closed_days_ago: float | None = None) -> None:
    """A room with events and a salt, and a record when it has closed."""
    await store.create(RoomRow(room, 0, 0, None, b"{}"))
    await store.open(room)
    log = [StoredEvent(seq, b"body", b"content", bytes(32)) for seq in range(1, events + 1)]
    closed_ms = None if closed_days_ago is None else round((NOW - closed_days_ago * DAY_S) * 1000)
    record = None if closed_ms is None else (f"session-{room}", RECORD)
    half = (events // 2, 0, b"half of it")
    await store.append(Batch(room, 1, log[: events // 2], {1: b"salt"}, checkpoint=half))
    await store.append(Batch(room, 1, log[events // 2 :], {}, closed_ms, record, (events, 0, b"all of it")))


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    return Assets(tmp_path / "assets")


@asynccontextmanager
async def at_work(
    store: SqliteStore,
    assets: Assets,
    clock: ManualClock,
    *,
    recordings: Path = Path("/nowhere"),
    keep_log_days: int = 365,
    keep_recordings_days: int = 0,
) -> AsyncIterator[None]:
    days = {"keep_log_days": keep_log_days, "keep_recordings_days": keep_recordings_days}
    task = asyncio.create_task(Retention(store, assets, Recordings(recordings), clock, **days).run())
    yield
    task.cancel()


async def until_forgotten(store: SqliteStore, clock: ManualClock, room: str) -> RoomRow:
    async with asyncio.timeout(20):
        while True:
            row = await store.row(room)
            assert row is not None
            if row.forgotten_ms is not None and not await store.events(room, limit=1):
                return row
            await clock.pass_on()


def parts_left(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM forgetting").fetchone()[0])


@pytest.mark.rule("RETAIN-1")
async def test_a_log_goes_when_its_time_is_over_and_the_record_stays(store: SqliteStore, assets: Assets) -> None:
    clock = ManualClock(NOW)
    await a_room(store, "r-old", closed_days_ago=365.5)
    await a_room(store, "r-recent", closed_days_ago=364.5)
    await a_room(store, "r-open")
    async with at_work(store, assets, clock):
        row = await until_forgotten(store, clock, "r-old")
        assert row.closed_ms == round((NOW - 365.5 * DAY_S) * 1000)
        assert row.forgotten_ms == pytest.approx(NOW * 1000, abs=10_000)
        assert (await store.salts("r-old"), await store.places("r-old")) == ({}, [])
        assert [record.room for record in await store.records()] == ["r-old", "r-recent"]
        for room in ("r-recent", "r-open"):
            assert len(await store.events(room)) == 3
            assert await store.salts(room) == {1: b"salt"}
            assert len(await store.places(room)) == 2

        await clock.advance(12 * EVERY_S)  # it looks again every hour
        await until_forgotten(store, clock, "r-recent")
        await clock.advance(400 * DAY_S)
        assert len(await store.events("r-open")) == 3


@pytest.mark.rule("RETAIN-4")
async def test_evaluations_that_came_late_go_with_the_log_of_their_room(assets: Assets, tmp_path: Path) -> None:
    clock, path, pupils = ManualClock(NOW), tmp_path / "late.sqlite", ("anna", "ben", "chen")
    store = await SqliteStore.start(path, routes={"classroom.session.evaluated.v1": ["payroll"]})

    async def evaluates(room: str, who: str) -> bool:
        given = evaluation.envelope(room, who, Evaluate(id=1, score=5, comment="thanks"), now_ms=5, source="tests")
        return await store.ledger.evaluate(who, room, (given["id"], orjson.dumps(given)))

    for room, days in (("r-old", 365.5), ("r-recent", 364.5)):
        await a_room(store, room, closed_days_ago=days)
        owing = Batch(room, 1, [], {}, people=dict(enumerate(pupils)), postings=(Ended(0, {}, pupils),))
        await store.append(owing)
        assert await evaluates(room, "anna")
        assert await evaluates(room, "ben")
    async with at_work(store, assets, clock):
        await until_forgotten(store, clock, "r-old")
        assert await evaluates("r-old", "chen")
        assert await evaluates("r-recent", "chen")
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        kept = db.execute("SELECT CAST(envelope AS TEXT) ->> '$.data.room', count(*) FROM evaluations GROUP BY 1")
        assert kept.fetchall() == [("r-recent", 3)]
        scores = db.execute("SELECT room, count(*) FROM late_scores GROUP BY room").fetchall()
        assert scores == [("r-old", 3), ("r-recent", 3)]
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (6,)


@pytest.mark.rule("RETAIN-3")
async def test_the_pictures_of_a_room_go_with_its_log(store: SqliteStore, assets: Assets) -> None:
    clock = ManualClock(NOW)
    await a_room(store, "r-old", closed_days_ago=365.5)
    await a_room(store, "r-recent", closed_days_ago=364.5)
    for room in ("r-old", "r-recent", "r-unknown"):
        await assets.keep(room, [b"picture"])
    async with at_work(store, assets, clock):
        await until_forgotten(store, clock, "r-old")
        async with asyncio.timeout(20):
            while await assets.rooms() != ["r-recent"]:
                await clock.pass_on()
        await clock.advance(12 * EVERY_S)
        await until_forgotten(store, clock, "r-recent")
        async with asyncio.timeout(20):
            while await assets.rooms():
                await clock.pass_on()


@pytest.mark.rule("RETAIN-2")
async def test_a_long_log_goes_in_parts_between_which_others_are_stored(store: SqliteStore, tmp_path: Path) -> None:
    await a_room(store, "r-long", events=3 * EVENTS_A_PART + 1, closed_days_ago=400)
    await a_room(store, "r-open")
    for part, (left, checkpoints) in enumerate([(2 * EVENTS_A_PART + 1, 2), (EVENTS_A_PART + 1, 1), (1, 1), (0, 0)]):
        going = store.forget(closed_before_ms=round(NOW * 1000), now_ms=0, most=EVENTS_A_PART)
        append = store.append(Batch("r-open", 1, [StoredEvent(4 + part, b"body", None, bytes(32))]))
        assert await going
        await append
        assert len(await store.events("r-long", limit=-1)) == left
        assert len(await store.places("r-long")) == checkpoints
        assert parts_left(tmp_path / "rooms.sqlite") == (left > 0)
    assert not await store.forget(closed_before_ms=round(NOW * 1000), now_ms=0, most=1)
    assert len(await store.events("r-open")) == 7


@pytest.mark.rule("RETAIN-2")
async def test_what_a_stopped_server_had_begun_to_delete_is_deleted_by_the_next(tmp_path: Path) -> None:
    first = await SqliteStore.start(tmp_path / "rooms.sqlite")
    await a_room(first, "r-old", events=10, closed_days_ago=400)
    assert await first.forget(closed_before_ms=round(NOW * 1000), now_ms=7, most=4)
    await first.close()
    second = await SqliteStore.start(tmp_path / "rooms.sqlite")
    clock = ManualClock(NOW)
    async with at_work(second, Assets(tmp_path), clock, keep_log_days=3650):
        row = await until_forgotten(second, clock, "r-old")
    assert row.forgotten_ms == 7
    await second.close()


async def test_zero_days_are_for_ever(store: SqliteStore, assets: Assets) -> None:
    clock = ManualClock(NOW)
    await a_room(store, "r-old", closed_days_ago=4000)
    await Retention(store, assets, Recordings(Path("/nowhere")), clock, keep_log_days=0, keep_recordings_days=0).run()
    assert len(await store.events("r-old")) == 3


async def test_a_store_that_fails_is_asked_again_an_hour_later(store: SqliteStore, assets: Assets) -> None:
    clock, asked = ManualClock(NOW), list[float]()

    class Failing(SqliteStore):
        async def forget(self, *, closed_before_ms: int, now_ms: int, most: int) -> bool:
            asked.append(clock.now())
            raise StoreFailed("the disk is full")

    async with at_work(Failing(store._path, store._writer, store._reader), assets, clock):
        await clock.advance(2.5 * EVERY_S)
    assert asked == [NOW, NOW + EVERY_S, NOW + 2 * EVERY_S]


@pytest.mark.rule("REC-10")
@pytest.mark.parametrize(("keep_log_days", "keep_recordings_days"), [(365, 90), (0, 90), (365, 0)])
async def test_recordings_are_let_go_when_they_are_old_or_their_log_is_gone(
    store: SqliteStore, assets: Assets, tmp_path: Path, keep_log_days: int, keep_recordings_days: int
) -> None:
    clock, kept = ManualClock(NOW), tmp_path / "recordings"
    ages: dict[str, float | None] = {"r-new": 89, "r-months": 91, "r-years": 400, "r-open": None}
    for room, age in ages.items():
        await a_room(store, room, closed_days_ago=age)
        (kept / room).mkdir(parents=True)
        (kept / room / "file.webm").write_bytes(b"sound")
    (kept / "r-of-another-server").mkdir()
    days = {"keep_log_days": keep_log_days, "keep_recordings_days": keep_recordings_days}
    old = {"r-months", "r-years"} if keep_recordings_days else {"r-years"}
    async with at_work(store, assets, clock, recordings=kept, **days), asyncio.timeout(20):
        while {path.name for path in kept.iterdir()} & old:
            await clock.pass_on()
    assert {path.name for path in kept.iterdir()} == {*ages, "r-of-another-server"} - old
