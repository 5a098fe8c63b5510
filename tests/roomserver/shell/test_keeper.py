"""The way of a room's events to a store that may be slow, fail, or belong to somebody else by now."""

import asyncio
from asyncio import Future
from typing import Any, cast

import pytest

from roomserver.shell.keeper import EVENTS_MAX, RETRY_S, End, Keeper
from roomserver.shell.store import Batch, StaleEpoch, Store, StoredEvent, StoreFailed
from tests.support.clock import ManualClock, settle

END = End(1_790_000_000_000, ("session-r-1", b"{}"))


class Disk:
    """A store that takes what it is given when told to, or fails."""

    def __init__(self) -> None:
        self.given: list[Batch] = []
        self.taken: list[Batch] = []
        self._future: Future[None]

    def append(self, batch: Batch) -> Future[None]:
        assert not self.given or self._future.done(), "one write of a room at a time"
        self.given.append(batch)
        self._future = asyncio.get_running_loop().create_future()
        return self._future

    async def takes(self) -> None:
        self.taken.append(self.given[-1])
        self._future.set_result(None)
        await settle()

    async def fails(self, error: Exception | None = None) -> None:
        self._future.set_exception(error or StoreFailed("database or disk is full"))
        await settle()

    async def forgets(self) -> None:
        """The writer is gone before it came to it."""
        self._future.cancel()
        await settle()


class Desk:
    """A keeper with its disk; the events' numbers are all that counts."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.clock = ManualClock()
        self.said: list[int] = []  # what the keeper has told of
        self.stale = 0
        self._seq = 0
        self.keeper = Keeper(
            "r-1",
            1,
            cast(Store, self.disk),
            now=self.clock.now,
            on_durable=self.said.append,
            on_stale=self._let_go,
        )

    def _let_go(self) -> None:
        self.stale += 1

    def happens(self, events: int = 1) -> None:
        for _ in range(events):
            self._seq += 1
            self.keeper.add(StoredEvent(self._seq, b"", None, bytes(32)))
        self.keeper.hand_over()

    async def passes(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        self.keeper.hand_over()


def seqs(batches: list[Batch]) -> list[list[int]]:
    return [[event.seq for event in batch.events] for batch in batches]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.rule("KEEP-1")
async def test_one_write_at_a_time_and_what_happens_meanwhile_goes_with_the_next(desk: Desk) -> None:
    desk.keeper.hand_over()
    assert desk.disk.given == []
    desk.happens(2)
    desk.happens()
    desk.happens(2)
    assert seqs(desk.disk.given) == [[1, 2]]
    await desk.disk.takes()
    assert desk.said == [2]
    assert not desk.keeper.is_idle
    desk.keeper.hand_over()
    await desk.disk.takes()
    assert seqs(desk.disk.taken) == [[1, 2], [3, 4, 5]]
    assert desk.keeper.durable == 5
    assert desk.keeper.is_idle


@pytest.mark.rule("KEEP-2")
async def test_commands_are_refused_while_the_disk_fails(desk: Desk) -> None:
    desk.happens()
    assert not desk.keeper.refuses
    await desk.disk.fails()
    assert desk.keeper.refuses
    assert desk.keeper.failing
    assert desk.said == [0]  # the room looks again: nothing is durable
    await desk.passes(RETRY_S)
    assert desk.keeper.refuses  # until the disk has proved itself
    await desk.disk.takes()
    assert not desk.keeper.refuses
    assert not desk.keeper.failing
    assert desk.keeper.retry_at is None


@pytest.mark.rule("KEEP-2")
async def test_commands_are_refused_while_5000_events_wait_for_a_slow_disk(desk: Desk) -> None:
    desk.happens()  # on its way
    desk.happens(EVENTS_MAX - 1)
    assert not desk.keeper.refuses
    desk.happens()
    assert desk.keeper.refuses
    assert not desk.keeper.failing
    await desk.disk.takes()
    desk.keeper.hand_over()
    assert not desk.keeper.refuses
    await desk.disk.takes()
    assert desk.keeper.durable == EVENTS_MAX + 1


@pytest.mark.rule("KEEP-3")
async def test_what_the_disk_has_not_taken_goes_first_when_it_is_tried_again_every_second(desk: Desk) -> None:
    desk.keeper.add_member(1, b"one", "li")
    desk.happens(2)
    desk.keeper.add_member(2, b"two", "anna")
    desk.happens()
    await desk.disk.fails()
    for seconds in range(1, 4):
        assert desk.keeper.retry_at == desk.clock.now() + RETRY_S
        await desk.passes(0.99)
        assert len(desk.disk.given) == seconds  # too early
        desk.happens()
        await desk.passes(0.01)
        assert len(desk.disk.given) == seconds + 1
        await desk.disk.fails()
    await desk.passes(RETRY_S)
    await desk.disk.takes()
    assert seqs(desk.disk.taken) == [[1, 2, 3, 4, 5, 6]]
    assert desk.disk.taken[0].salts == {1: b"one", 2: b"two"}
    assert desk.keeper.durable == 6
    desk.happens()  # at once again
    await desk.disk.takes()
    assert seqs(desk.disk.taken) == [[1, 2, 3, 4, 5, 6], [7]]


@pytest.mark.rule("KEEP-3")
async def test_any_failure_of_the_store_is_tried_again(desk: Desk) -> None:
    desk.happens()
    await desk.disk.forgets()
    assert desk.keeper.failing
    await desk.passes(RETRY_S)
    await desk.disk.fails(OSError("input/output error"))
    await desk.passes(RETRY_S)
    await desk.disk.takes()
    assert seqs(desk.disk.taken) == [[1]]


@pytest.mark.rule("KEEP-3")
async def test_the_end_of_a_room_is_kept_like_its_events(desk: Desk) -> None:
    desk.happens()
    await desk.disk.fails()
    desk.keeper.end(END)
    for _ in range(3):
        await desk.passes(RETRY_S)
        assert (desk.disk.given[-1].closed_ms, desk.disk.given[-1].record) == (END.closed_ms, END.record)
        await desk.disk.fails()
    await desk.passes(RETRY_S)
    await desk.disk.takes()
    assert [(batch.closed_ms, batch.record) for batch in desk.disk.taken] == [(END.closed_ms, END.record)]
    await desk.passes(RETRY_S)
    assert len(desk.disk.given) == 5  # and once


@pytest.mark.rule("LIVE-1", "KEEP-3")
async def test_what_is_told_goes_with_its_event_and_again_until_that_is_taken(desk: Desk) -> None:
    desk.keeper.deliver("event-r-1-1", b"one")
    desk.happens()
    assert desk.disk.given[-1].deliveries == [("event-r-1-1", b"one")]
    await desk.disk.fails()
    desk.keeper.deliver("event-r-1-2", b"two")
    desk.happens()
    await desk.passes(RETRY_S)
    await desk.disk.takes()
    assert desk.disk.taken[-1].deliveries == [("event-r-1-1", b"one"), ("event-r-1-2", b"two")]
    desk.happens()
    await desk.disk.takes()
    assert desk.disk.taken[-1].deliveries == []  # once


@pytest.mark.rule("KEEP-3")
async def test_an_end_alone_is_written(desk: Desk) -> None:
    desk.happens()
    await desk.disk.takes()
    desk.keeper.end(END)
    assert not desk.keeper.is_idle
    desk.keeper.hand_over()
    await desk.disk.takes()
    assert seqs(desk.disk.taken) == [[1], []]
    assert desk.keeper.durable == 1


async def test_who_waits_until_all_is_durable_waits_as_long_as_the_disk_fails(desk: Desk) -> None:
    await desk.keeper.settled()  # nothing is on its way
    desk.happens()
    waiting, gone = (asyncio.create_task(desk.keeper.settled()) for _ in range(2))
    await settle()
    await desk.disk.fails()
    gone.cancel()
    desk.happens()
    await desk.passes(RETRY_S)
    assert not waiting.done()
    desk.happens()
    await desk.disk.takes()
    assert not waiting.done()  # one has come meanwhile
    desk.keeper.hand_over()
    await desk.disk.takes()
    await waiting


@pytest.mark.rule("KEEP-4")
async def test_an_owner_whose_epoch_is_stale_lets_everybody_go_and_writes_no_more(desk: Desk) -> None:
    desk.happens()
    desk.happens()
    await desk.disk.fails(StaleEpoch("room r-1 is at epoch 2, not 1"))
    assert desk.stale == 1
    assert desk.said == []
    desk.happens()
    await desk.passes(10)
    assert len(desk.disk.given) == 1
    assert not desk.keeper.failing  # this node's disk is well


@pytest.mark.rule("KEEP-4")
async def test_nobody_waits_for_an_owner_whose_epoch_is_stale(desk: Desk) -> None:
    desk.happens()
    waiting: asyncio.Task[Any] = asyncio.create_task(desk.keeper.settled())
    await settle()
    await desk.disk.fails(StaleEpoch("room r-1 is at epoch 2, not 1"))
    assert waiting.done()
    with pytest.raises(StaleEpoch):
        await desk.keeper.settled()
    with pytest.raises(StaleEpoch):
        await waiting


@pytest.mark.rule("CHECKPOINT-6")
async def test_a_checkpoint_goes_with_the_next_write_and_again_until_it_is_taken(desk: Desk) -> None:
    desk.keeper.keep((1, 100, b"one"))
    desk.happens()
    desk.keeper.keep(None)
    assert desk.disk.given[-1].checkpoint == (1, 100, b"one")
    await desk.disk.fails()
    assert not desk.keeper.is_idle
    desk.happens()
    await desk.passes(RETRY_S)
    assert (seqs(desk.disk.given[-1:]), desk.disk.given[-1].checkpoint) == ([[1, 2]], (1, 100, b"one"))
    desk.keeper.keep((3, 300, b"newer"))
    desk.happens()
    await desk.disk.fails()
    await desk.passes(RETRY_S)
    assert desk.disk.given[-1].checkpoint == (3, 300, b"newer")
    await desk.disk.takes()
    desk.happens()
    assert desk.disk.given[-1].checkpoint is None
    await desk.disk.takes()
    desk.keeper.keep((4, 400, b"on leaving"))
    desk.keeper.hand_over()
    assert (desk.disk.given[-1].events, desk.disk.given[-1].checkpoint) == ([], (4, 400, b"on leaving"))
    await desk.disk.takes()
    assert (desk.keeper.is_idle, desk.keeper.durable) == (True, 4)


async def test_who_waits_for_what_has_happened_does_not_wait_for_what_comes_after(desk: Desk) -> None:
    await desk.keeper.kept()
    desk.happens()
    reader = asyncio.create_task(desk.keeper.kept())
    await settle()
    desk.happens()
    assert not reader.done()
    await desk.disk.takes()
    assert reader.done()
    assert not desk.keeper.is_idle


async def test_who_waits_for_a_room_that_somebody_else_owns_waits_no_more(desk: Desk) -> None:
    desk.happens()
    reader = asyncio.create_task(desk.keeper.kept())
    await settle()
    await desk.disk.fails(StaleEpoch("room r-1 is at epoch 2, not 1"))
    assert reader.done()
    await desk.keeper.kept()
