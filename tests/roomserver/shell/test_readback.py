"""A room is read back from its checkpoint and what follows it, or from its whole log: it is the same room."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from protocol import commands as c
from roomserver.core.checkpoint import dump
from roomserver.core.forms import Booking
from roomserver.core.log import Broken, Entry
from roomserver.shell.readback import Found, read_back
from roomserver.shell.rooms import Rooms
from roomserver.shell.runner import Runner
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Batch, Place, RoomRow, StoredEvent, StoredLog
from tests.roomserver.shell.nodes import comes, node
from tests.support.clock import settle
from tests.support.lesson import PEN, Guest, Lesson


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.start(tmp_path / "rooms.sqlite")
    yield store
    await store.close()


class Kept:
    """A lesson whose events go to a store."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.lesson = Lesson()
        self.anna = self._drawing()
        self._stored = 0

    def _drawing(self) -> Guest:
        teacher, anna = self.lesson.joins("li", "teacher"), self.lesson.joins("anna")
        teacher.does(c.Grant, member="all", can=("draw",), on=True)
        return anna

    def draw(self, number: int) -> None:
        shape = f"{self.anna.member}.{number}"
        self.anna.does(c.BeginStroke, shape=shape, **PEN)
        self.anna.does(c.FinishStroke, shape=shape)

    async def store_all(self, *, checkpoint: bytes | None = None) -> None:
        entries, seq = self.lesson.entries[self._stored :], self.lesson.room.log.seq
        salts = {} if self._stored else self.lesson.salts
        kept = None if checkpoint is None else (seq, self.lesson.room.log.at, checkpoint)
        await self.store.append(Batch("r-1", 0, [stored(entry) for entry in entries], salts, checkpoint=kept))
        self._stored = seq

    def dump(self) -> bytes:
        return dump(self.lesson.state, self.lesson.room.log)

    async def read(self) -> Found:
        log = await self.store.open("r-1")
        assert log is not None
        return await read_back(log, self.store)

    def is_found(self, found: Found) -> None:
        assert (found.state, found.log) == (self.lesson.state, self.lesson.room.log)
        assert found.delivery.newest == found.log.seq


def stored(entry: Entry) -> StoredEvent:
    return StoredEvent(entry.seq, entry.body, entry.personal, entry.hash)


@pytest.fixture
async def kept(store: SqliteStore) -> Kept:
    await store.create(RoomRow("r-1", 0, 0, None, b"{}"))
    return Kept(store)


@pytest.mark.rule("CHECKPOINT-2")
async def test_a_checkpoint_and_its_tail_are_the_room(kept: Kept) -> None:
    kept.draw(1)
    await kept.store_all(checkpoint=kept.dump())
    seq = kept.lesson.room.log.seq
    kept.anna.does(c.EraseShapes, shapes=("2.1",))
    await kept.store_all()
    found = await kept.read()
    kept.is_found(found)
    assert found.checkpoint == seq
    assert (found.delivery.holds(seq), found.delivery.holds(seq - 1)) == (True, False)


@pytest.mark.rule("CHECKPOINT-2")
async def test_a_checkpoint_with_no_event_after_it_is_the_room(kept: Kept) -> None:
    await kept.store_all(checkpoint=kept.dump())
    found = await kept.read()
    kept.is_found(found)
    assert found.delivery.holds(found.log.seq)


async def test_without_a_checkpoint_the_whole_log_is_read(kept: Kept) -> None:
    await kept.store_all()
    found = await kept.read()
    kept.is_found(found)
    assert found.checkpoint == 0
    assert found.delivery.holds(0)


def warned(caplog: pytest.LogCaptureFixture) -> bool:
    return any("a checkpoint is of no use" in record.message for record in caplog.records)


@pytest.mark.rule("CHECKPOINT-5")
async def test_for_a_checkpoint_that_cannot_be_read_there_is_the_whole_log(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    kept.draw(1)
    await kept.store_all(checkpoint=kept.dump()[:-1])
    found = await kept.read()
    kept.is_found(found)
    assert found.checkpoint == 0
    assert warned(caplog)


@pytest.mark.rule("CHECKPOINT-5")
async def test_for_a_checkpoint_that_the_log_does_not_follow_there_is_the_whole_log(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = Kept(kept.store)
    elsewhere.draw(7)
    kept.draw(1)
    await kept.store_all(checkpoint=elsewhere.dump())
    kept.draw(2)
    await kept.store_all()
    kept.is_found(await kept.read())
    assert warned(caplog)


@pytest.mark.rule("CHECKPOINT-5")
async def test_for_a_checkpoint_that_cannot_be_read_there_is_the_one_before(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    good = []
    for number in (1, 2, 3, 4):
        kept.draw(number)
        data = kept.dump()
        if number < 3:
            good.append(kept.lesson.room.log.seq)
        await kept.store_all(checkpoint=data if number < 3 else data[:-1])
    kept.draw(5)
    await kept.store_all()
    found = await kept.read()
    kept.is_found(found)
    assert found.checkpoint == good[-1]
    assert warned(caplog)


async def test_a_log_that_does_not_fit_its_hashes_is_not_read(kept: Kept) -> None:
    await kept.store_all(checkpoint=b"no checkpoint")
    entries = [stored(entry) for entry in kept.lesson.entries]
    entries[2] = replace(entries[2], hash=bytes(32))

    class Forged:
        async def places(self, room: str) -> list[Place]:
            return [(len(entries), 0)]

        async def events(self, room: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
            return entries

    row = RoomRow("r-1", 1, 0, None, b"{}")
    with pytest.raises(Broken, match="event 3"):
        await read_back(StoredLog(row, [], kept.lesson.salts, (len(entries), 0, b"no checkpoint")), cast(Any, Forged()))
    with pytest.raises(Broken, match="event 3"):
        await read_back(StoredLog(row, entries, kept.lesson.salts), kept.store)


@pytest.mark.rule("CHECKPOINT-4")
async def test_a_room_has_a_checkpoint_when_much_was_folded_as_it_goes_on_and_when_the_node_leaves(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reopened(rooms: Rooms) -> Runner:
        runner = await rooms.find("r-1")
        assert runner is not None
        await settle()  # it has its first turn
        await runner.settled()
        return runner

    def newest() -> int | None:
        """Up to where the room's checkpoint goes."""
        with closing(sqlite3.connect(tmp_path / "rooms.sqlite")) as db:
            row = db.execute("SELECT max(seq) FROM checkpoints").fetchone()
        return None if row[0] is None else int(row[0])

    first = node(store)
    runner = await first.create(Booking(room="r-1", form="one_to_one"))
    await comes(runner)
    assert (newest(), runner.room.log.seq) == (None, 3)

    monkeypatch.setattr("roomserver.core.checkpoint.CHECKPOINT_EVENTS", 4)
    second = node(store)
    runner = await reopened(second)
    assert newest() == runner.room.log.seq == 4
    await comes(runner)
    assert (newest(), runner.room.log.seq) == (4, 7)

    third = node(store)
    runner = await reopened(third)
    assert newest() == runner.room.log.seq == 8
    await comes(runner)
    assert newest() == 8
    await third.leave()
    assert newest() == runner.room.log.seq > 8
    for left in (first, second):
        await left.leave()
