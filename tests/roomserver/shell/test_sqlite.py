"""The embedded store keeps what it acknowledged, exactly, in order, and lets nobody write who has been replaced."""

import asyncio
import resource
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.sqlite_schema import MIGRATIONS
from roomserver.shell.store import Batch, RoomRow, StaleEpoch, StoredEvent, StoredRecord, StoreFailed

EVERY_BYTE = bytes(range(256))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "rooms.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.start(path)
    yield store
    await store.close()


def a_room(room: str = "r-1", *, closed_ms: int | None = None) -> RoomRow:
    return RoomRow(room, epoch=0, created_ms=1_790_000_000_000, closed_ms=closed_ms, meta=b'{"form":"one_to_one"}')


def an_event(seq: int, body: bytes = b"stroke", personal: bytes | None = None) -> StoredEvent:
    return StoredEvent(seq, body, personal, hash=bytes([seq % 256]) * 32)


def a_batch(*seqs: int, room: str = "r-1", epoch: int = 1) -> Batch:
    return Batch(room, epoch, [an_event(seq) for seq in seqs])


async def opened(store: SqliteStore, room: str = "r-1") -> None:
    await store.create(a_room(room))
    await store.open(room)


@asynccontextmanager
async def writer_held_up(store: SqliteStore, path: Path) -> AsyncIterator[None]:
    """The writer waits for another process's transaction: what is handed over meanwhile becomes one group."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        in_hand = store.append(Batch("r-1", 1, []))
        while store.waiting:  # noqa: ASYNC110 - the writer tells nobody what it has taken
            await asyncio.sleep(0)
        yield
        assert not in_hand.done()
        other.execute("ROLLBACK")
    await asyncio.wait([in_hand])


async def test_a_log_is_read_as_it_was_written(store: SqliteStore) -> None:
    await opened(store)
    events = [an_event(1, EVERY_BYTE, b""), an_event(2, b"", EVERY_BYTE), an_event(3)]
    await store.append(Batch("r-1", 1, events[:2], salts={3: EVERY_BYTE}))
    await store.append(Batch("r-1", 1, events[2:], salts={4: b"salt"}))
    log = await store.open("r-1")
    assert log is not None
    assert log.events == events
    assert log.salts == {3: EVERY_BYTE, 4: b"salt"}
    assert log.row == RoomRow("r-1", 2, 1_790_000_000_000, None, b'{"form":"one_to_one"}')
    assert await store.events("r-1", after=1, limit=1) == [events[1]]
    assert await store.salts("r-1") == log.salts


async def test_rooms_are_listed_by_id_a_page_at_a_time(store: SqliteStore) -> None:
    rows = [a_room("r-1"), a_room("r-2", closed_ms=5), a_room("r-3")]
    for row in reversed(rows):
        await store.create(row)
    assert await store.rooms() == rows
    assert await store.rooms(live=True) == [rows[0], rows[2]]
    assert await store.rooms(limit=1, after="r-1") == [rows[1]]
    assert await store.row("r-2") == rows[1]


async def test_a_room_is_created_once(store: SqliteStore) -> None:
    await store.create(a_room())
    with pytest.raises(ValueError, match="r-1 exists"):
        await store.create(a_room(closed_ms=7))
    assert await store.row("r-1") == a_room()


async def test_what_is_not_there_is_none(store: SqliteStore) -> None:
    assert await store.open("nowhere") is None
    assert await store.row("nowhere") is None
    assert await store.events("nowhere") == []
    with pytest.raises(StoreFailed, match="no room"):
        await store.append(a_batch(1, room="nowhere"))


async def test_the_closing_turn_is_stored_whole(store: SqliteStore) -> None:
    await opened(store)
    await store.append(Batch("r-1", 1, [an_event(1)], closed_ms=1_790_000_001_000, record=("id-1", b"{}")))
    row = await store.row("r-1")
    assert row is not None
    assert row.closed_ms == 1_790_000_001_000
    assert await store.records() == [StoredRecord(1, "id-1", "r-1", b"{}")]


@pytest.mark.rule("STORE-6")
async def test_a_record_published_twice_is_kept_once(store: SqliteStore) -> None:
    await opened(store)
    for record in [("a", b"first"), ("a", b"again"), ("b", b"next")]:
        await store.append(Batch("r-1", 1, [], record=record))
    assert [(found.position, found.envelope) for found in await store.records()] == [(1, b"first"), (2, b"next")]
    assert [found.id for found in await store.records(since=1)] == ["b"]
    assert len(await store.records(limit=1)) == 1


@pytest.mark.rule("STORE-2")
async def test_batches_of_a_room_become_durable_in_order(store: SqliteStore) -> None:
    await opened(store)
    done: list[int] = []
    appends = [store.append(a_batch(seq)) for seq in range(1, 201)]
    for append in appends:
        append.add_done_callback(lambda append: done.append(appends.index(append) + 1))
    await asyncio.gather(*appends)
    assert done == list(range(1, 201))
    assert [event.seq for event in await store.events("r-1")] == done


@pytest.mark.rule("STORE-3")
async def test_an_owner_who_has_been_replaced_writes_nothing_and_harms_nobody(store: SqliteStore, path: Path) -> None:
    await opened(store, "r-1")
    await opened(store, "r-2")
    await store.open("r-1")  # by another owner: epoch 2
    async with writer_held_up(store, path):
        first = store.append(a_batch(1, room="r-2"))
        stale = store.append(Batch("r-1", 1, [an_event(1)], salts={1: b"salt"}, closed_ms=1, record=("id", b"{}")))
        last = store.append(a_batch(1, epoch=2))
    with pytest.raises(StaleEpoch):
        await stale
    await asyncio.gather(first, last)
    assert len(await store.events("r-2")) == len(await store.events("r-1")) == 1
    assert await store.salts("r-1") == {}
    assert await store.records() == []
    row = await store.row("r-1")
    assert row is not None
    assert row.closed_ms is None


@pytest.mark.rule("STORE-5")
async def test_nothing_is_stored_after_a_gap(store: SqliteStore) -> None:
    await opened(store)
    await store.append(a_batch(1, 2))
    for wrong in (a_batch(4), a_batch(2), a_batch(3, 5)):
        with pytest.raises(StoreFailed, match="does not follow"):
            await store.append(wrong)
    await store.append(a_batch(3))
    assert [event.seq for event in await store.events("r-1")] == [1, 2, 3]


async def test_a_batch_that_does_not_fit_is_undone_whole(store: SqliteStore) -> None:
    await opened(store)
    await store.append(Batch("r-1", 1, [], salts={1: b"salt"}))
    with pytest.raises(StoreFailed):
        await store.append(Batch("r-1", 1, [an_event(1)], salts={1: b"another"}))
    assert await store.events("r-1") == []
    await store.append(a_batch(1))


@pytest.mark.rule("STORE-10")
async def test_a_room_is_opened_from_its_newest_checkpoint(store: SqliteStore) -> None:
    await opened(store)
    await store.append(Batch("r-1", 1, [an_event(1), an_event(2)], checkpoint=(2, 70, EVERY_BYTE)))
    await store.append(Batch("r-1", 1, [], checkpoint=(2, 70, EVERY_BYTE)))  # again is harmless
    await store.append(a_batch(3))
    log = await store.open("r-1")
    assert log is not None
    assert (log.checkpoint, log.events) == ((2, 70, EVERY_BYTE), [an_event(3)])
    await store.append(Batch("r-1", 2, [an_event(4)], checkpoint=(4, 90, b"newer")))
    log = await store.open("r-1")
    assert log is not None
    assert (log.checkpoint, log.events) == ((4, 90, b"newer"), [])
    assert len(await store.events("r-1")) == 4


@pytest.mark.rule("STORE-10")
async def test_a_checkpoint_is_stored_with_the_events_that_it_covers_or_not_at_all(store: SqliteStore) -> None:
    await opened(store)
    await store.append(a_batch(1))
    for wrong in (
        Batch("r-1", 1, [an_event(2)], checkpoint=(3, 0, b"ahead")),
        Batch("r-1", 1, [an_event(3)], checkpoint=(3, 0, b"after a gap")),
        Batch("r-1", 0, [an_event(2)], checkpoint=(2, 0, b"by a former owner")),
    ):
        with pytest.raises((StoreFailed, StaleEpoch)):
            await store.append(wrong)
    log = await store.open("r-1")
    assert log is not None
    assert (log.checkpoint, log.events) == (None, [an_event(1)])


@pytest.mark.rule("STORE-12")
async def test_every_checkpoint_stays_also_when_the_room_has_closed(store: SqliteStore, path: Path) -> None:
    await opened(store)
    plain = b"a board " * 10_000
    await store.append(Batch("r-1", 1, [an_event(1)], checkpoint=(1, 70, plain)))
    await store.append(Batch("r-1", 1, [an_event(2), an_event(3)], closed_ms=1, checkpoint=(3, 90, EVERY_BYTE)))
    assert await store.places("r-1") == [(1, 70), (3, 90)]
    assert await store.places("r-2") == []
    assert [await store.checkpoint("r-1", seq) for seq in (1, 2, 3)] == [plain, b"", EVERY_BYTE]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT max(length(data)) FROM checkpoints").fetchone()[0] < len(plain) / 20
        db.execute("UPDATE checkpoints SET data = x'00'")
        db.commit()
    assert await store.checkpoint("r-1", 1) == b""
    log = await store.open("r-1")
    assert log is not None
    assert log.checkpoint == (3, 90, b"")


async def test_a_file_of_an_older_schema_is_brought_up_to_date(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        db.execute("INSERT INTO rooms VALUES ('r-1', 3, 5, NULL, x'7b7d')")
        db.commit()
    store = await SqliteStore.start(path)
    assert await store.rooms() == [RoomRow("r-1", 3, 5, None, b"{}")]
    await store.append(Batch("r-1", 3, [an_event(1)], checkpoint=(1, 0, b"the room")))
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


@contextmanager
def disk_full(path: Path) -> Iterator[None]:
    """No file of this process can grow: every write that would is refused by the kernel."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = path.with_name(path.name + "-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.rule("STORE-4")
async def test_a_failing_disk_is_told_and_survived(store: SqliteStore, path: Path) -> None:
    await opened(store)
    await store.append(a_batch(1))
    with disk_full(path):
        lost = [store.append(a_batch(2)), store.append(a_batch(3))]
        for append in lost:
            with pytest.raises(StoreFailed):
                await append
        assert [event.seq for event in await store.events("r-1")] == [1]
    with pytest.raises(StoreFailed, match="does not follow"):  # STORE-5: its forerunners were lost
        await store.append(a_batch(4))
    await store.append(a_batch(2, 3))
    assert [event.seq for event in await store.events("r-1")] == [1, 2, 3]


@pytest.mark.rule("STORE-7")
async def test_too_many_waiting_writes_are_refused_at_once(path: Path) -> None:
    store = await SqliteStore.start(path, waiting_max=3)
    await opened(store)
    async with writer_held_up(store, path):
        waiting = [store.append(a_batch(seq)) for seq in (1, 2, 3)]
        refused = store.append(a_batch(4))
        assert refused.done()
        with pytest.raises(StoreFailed, match="3 writes are waiting"):
            await refused
    await asyncio.gather(*waiting)
    await store.close()


async def test_reads_do_not_wait_for_writes(store: SqliteStore, path: Path) -> None:
    await opened(store)
    async with writer_held_up(store, path):
        write = store.append(a_batch(1))
        assert await store.events("r-1") == []
    await write


async def test_a_write_whose_owner_gave_up_is_still_made(store: SqliteStore) -> None:
    await opened(store)
    store.append(a_batch(1)).cancel()
    await store.append(a_batch(2))
    assert len(await store.events("r-1")) == 2


async def test_closing_commits_what_was_handed_over_and_takes_no_more(path: Path) -> None:
    store = await SqliteStore.start(path)
    await opened(store)
    append = store.append(a_batch(1))
    await store.close()
    await append
    with pytest.raises(StoreFailed, match="closed"):
        await store.append(a_batch(2))
    with pytest.raises(StoreFailed):
        await store.rooms()
    again = await SqliteStore.start(path)
    assert len(await again.events("r-1")) == 1
    await again.close()


@pytest.mark.rule("STORE-8")
async def test_the_files_are_for_their_owner_only(store: SqliteStore, path: Path) -> None:
    await opened(store)
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_file_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="directory"):
        await SqliteStore.start(tmp_path)
    (tmp_path / "text").write_text("This is no database, though it is long enough to be one." * 50)
    with pytest.raises(StoreFailed, match="not a database"):
        await SqliteStore.start(tmp_path / "text")
    with closing(sqlite3.connect(tmp_path / "newer")) as db:
        db.execute("PRAGMA user_version = 1000")
    with pytest.raises(StoreFailed, match="schema is 1000"):
        await SqliteStore.start(tmp_path / "newer")
