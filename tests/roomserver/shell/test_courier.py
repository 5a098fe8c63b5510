"""Couriers: everything arrives, in order where that was promised, and nothing waits for what fails."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client.core import Metric

from roomserver.shell import courier
from roomserver.shell.courier import ABREAST, TOGETHER, Courier
from roomserver.shell.sinks.sink import Patience, Undelivered, Unwanted
from roomserver.shell.store import Letter
from tests.roomserver.shell.posting import at_work, close, delivered, opened, until
from tests.support.clock import ManualClock

ROOMS = [f"r-{number:03}" for number in range(100)]
SOON = Patience(1.0, 30.0)


class Double:
    """A sink that takes what it is told to."""

    def __init__(self, *, in_order: bool, patience: Patience = SOON) -> None:
        self.in_order = in_order
        self.patience = patience
        self.taken: list[str] = []
        self.tried: list[list[str]] = []
        self.faults: list[Exception] = []  # of the next tries
        self.refuses: dict[str, Exception] = {}  # by id, always
        self.hold: asyncio.Event | None = None  # nothing is answered before
        self.at_once = 0
        self.most_at_once = 0

    async def send(self, letters: Sequence[Letter]) -> None:
        ids = [letter.id for letter in letters]
        self.tried.append(ids)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.hold is not None:
                await self.hold.wait()
            if self.faults:
                raise self.faults.pop(0)
            if refusal := next((self.refuses[id] for id in ids if id in self.refuses), None):
                raise refusal
            self.taken += ids
        finally:
            self.at_once -= 1

    async def close(self) -> None: ...


@pytest.mark.rule("SINK-3")
async def test_letters_of_a_sink_in_order_go_together_and_in_order(tmp_path: Path) -> None:
    clock, sink = ManualClock(), Double(in_order=True)
    async with opened(tmp_path, "sink") as store:
        ids = await close(store, ROOMS)
        async with at_work(store, {"sink": sink}, clock):
            await until(clock, delivered(store))
    assert sink.taken == ids
    assert [len(tried) for tried in sink.tried] == [TOGETHER] * 3 + [len(ROOMS) - 3 * TOGETHER]
    assert sink.most_at_once == 1


@pytest.mark.rule("SINK-3")
async def test_large_letters_go_in_smaller_parts_and_the_largest_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, sink = ManualClock(), Double(in_order=True)
    async with opened(tmp_path, "sink") as store:
        ids = await close(store, ROOMS[:5])
        [letter] = await store.outbox.first("sink", now_ms=10**15, limit=1)
        monkeypatch.setattr(courier, "TOGETHER_BYTES", 2 * len(letter.envelope))
        async with at_work(store, {"sink": sink}, clock):
            await until(clock, delivered(store))
        assert (sink.taken, [len(tried) for tried in sink.tried]) == (ids, [2, 2, 1])
        monkeypatch.setattr(courier, "TOGETHER_BYTES", 1)
        ids += await close(store, ROOMS[5:8])
        async with at_work(store, {"sink": sink}, clock):
            await until(clock, delivered(store))
        assert (sink.taken, [len(tried) for tried in sink.tried]) == (ids, [2, 2, 1, 1, 1, 1])


@pytest.mark.rule("SINK-3", "SINK-2")
@pytest.mark.parametrize("fault", [Undelivered("away"), RuntimeError("a bug")], ids=["away", "bug"])
async def test_one_that_fails_is_tried_again_before_anything_newer(tmp_path: Path, fault: Exception) -> None:
    clock, sink = ManualClock(), Double(in_order=True)
    sink.faults = [fault] * 5
    async with opened(tmp_path, "sink") as store:
        async with at_work(store, {"sink": sink}, clock):
            first = await close(store, ROOMS[:1])
            await until(clock, lambda: tries(sink, 1))
            rest = await close(store, ROOMS[1:5])
            await until(clock, delivered(store))
        assert await store.outbox.troubles() == []
    assert sink.taken == [*first, *rest]
    assert all(tried[0] == first[0] for tried in sink.tried[:6])


async def tries(sink: Double, count: int) -> bool:
    return len(sink.tried) >= count


@pytest.mark.rule("SINK-4")
async def test_others_go_by_themselves_and_8_at_a_time(tmp_path: Path) -> None:
    clock, sink = ManualClock(), Double(in_order=False)
    sink.hold = asyncio.Event()
    async with opened(tmp_path, "sink") as store:
        ids = await close(store, ROOMS)
        async with at_work(store, {"sink": sink}, clock):
            await until(clock, lambda: tries(sink, ABREAST))
            for _ in range(5):
                await clock.advance(60)
            assert len(sink.tried) == ABREAST
            sink.hold.set()
            await until(clock, delivered(store))
    assert sorted(sink.taken) == sorted(ids)
    assert all(len(tried) == 1 for tried in sink.tried)
    assert len(sink.tried) == len(ids)  # each once
    assert sink.most_at_once == ABREAST


@pytest.mark.rule("SINK-4")
async def test_one_that_fails_for_ever_holds_up_no_other(tmp_path: Path) -> None:
    clock, sink = ManualClock(), Double(in_order=False, patience=Patience(5.0, 86_400.0, tries=4))
    sink.refuses = {"session-r-000": Undelivered("it answered 500")}
    async with opened(tmp_path, "sink") as store:
        ids = await close(store, ROOMS[:20])
        async with at_work(store, {"sink": sink}, clock):
            await until(clock, lambda: taken(sink, 19))
            assert sorted(sink.taken) == ids[1:]
            await until(clock, delivered(store), step_s=5)
        [trouble] = await store.outbox.troubles()
    assert sink.tried.count(["session-r-000"]) == 4
    assert (trouble.id, trouble.tries, trouble.due_ms, trouble.error) == ("session-r-000", 4, None, "it answered 500")


async def taken(sink: Double, count: int) -> bool:
    return len(sink.taken) >= count


@pytest.mark.rule("SINK-9")
async def test_what_a_sink_does_not_want_is_tried_once(tmp_path: Path) -> None:
    clock, sink = ManualClock(), Double(in_order=False)
    sink.refuses = {"session-r-000": Unwanted("it answered 410")}
    async with opened(tmp_path, "sink") as store:
        await close(store, ROOMS[:2])
        async with at_work(store, {"sink": sink}, clock):
            await until(clock, delivered(store))
            await clock.advance(86_400)
        [trouble] = await store.outbox.troubles()
    assert sink.tried.count(["session-r-000"]) == 1
    assert (trouble.due_ms, trouble.error) == (None, "it answered 410")


@pytest.mark.rule("SINK-8")
def test_the_wait_is_at_random_up_to_a_ceiling_that_doubles_from_5_seconds_to_a_day() -> None:
    patience = Patience(5.0, 86_400.0)
    assert [patience.wait_s(tries, 1.0) for tries in (1, 2, 3, 4, 15, 16, 1_000_000)] == [
        *(5, 10, 20, 40, 81_920, 86_400, 86_400)
    ]
    assert [patience.wait_s(tries, 0.25) for tries in (1, 16)] == [1.25, 21_600]
    assert patience.wait_s(20, 0.0) == 0


@pytest.mark.rule("SINK-8")
async def test_the_next_try_is_when_that_wait_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, sink = ManualClock(), Double(in_order=False, patience=Patience(5.0, 86_400.0))
    sink.faults = [Undelivered("away")] * 3
    noted: list[tuple[float, float]] = []  # when a try had failed, and when the next was due
    async with opened(tmp_path, "sink") as store:
        failed = store.outbox.failed

        def spy(position: int, *, due_ms: int, error: str) -> asyncio.Future[None]:
            noted.append((clock.now(), due_ms / 1000))
            return failed(position, due_ms=due_ms, error=error)

        monkeypatch.setattr(store.outbox, "failed", spy)
        await close(store, ROOMS[:1])
        courier = Courier("sink", sink, store.outbox, clock, chance=lambda: 0.5)
        task = asyncio.create_task(courier.run())
        await until(clock, delivered(store))
        task.cancel()
        await courier.close()
    assert [due - at for at, due in noted] == pytest.approx([2.5, 5, 10], abs=0.001)
    assert all(later >= due for (_, due), (later, _) in pairwise(noted))
    assert (courier.delivered, courier.failed) == (1, 3)


@pytest.mark.rule("SINK-2")
async def test_what_was_not_delivered_before_a_restart_is_delivered_after_it(tmp_path: Path) -> None:
    clock, sink = ManualClock(), Double(in_order=True)
    sink.hold = asyncio.Event()
    async with opened(tmp_path, "sink") as store:
        ids = await close(store, ROOMS[:3])
        async with at_work(store, {"sink": sink}, clock):
            await until(clock, lambda: tries(sink, 1))
    sink.hold = None
    async with opened(tmp_path, "sink") as store, at_work(store, {"sink": sink}, clock):
        await until(clock, delivered(store))
    assert sink.taken == ids


@pytest.mark.rule("SINK-13")
async def test_metrics_say_what_waits_since_when_and_how_it_went(tmp_path: Path) -> None:
    clock, good, bad = ManualClock(), Double(in_order=True), Double(in_order=False)
    bad.refuses = {"session-r-000": Unwanted("410"), "session-r-001": Undelivered("500")}
    async with opened(tmp_path, "good", "bad", "removed") as store:
        await close(store, ROOMS[:2])
        async with at_work(store, {"good": good, "bad": bad}, clock) as office:

            async def counted() -> bool:
                return numbers(office.metrics())["roomserver_outbox_given_up", "bad"] == 1

            await until(clock, counted)
            found = numbers(office.metrics())
            age_s = clock.now() - 1_790_000_000
    assert {key: value for key, value in found.items() if "oldest" not in key[0] and "failed" not in key[0]} == {
        ("roomserver_outbox_waiting", "bad"): 1,
        ("roomserver_outbox_waiting", "good"): 0,
        ("roomserver_outbox_waiting", "removed"): 2,
        ("roomserver_outbox_given_up", "bad"): 1,
        ("roomserver_outbox_given_up", "good"): 0,
        ("roomserver_outbox_given_up", "removed"): 0,
        ("roomserver_outbox_delivered_total", "good"): 2,
        ("roomserver_outbox_delivered_total", "bad"): 0,
    }
    assert found["roomserver_outbox_failed_total", "bad"] >= 2
    assert found["roomserver_outbox_failed_total", "good"] == 0
    assert found["roomserver_outbox_oldest_seconds", "removed"] == age_s > 0
    assert found["roomserver_outbox_oldest_seconds", "good"] == 0


def numbers(metrics: Sequence[Metric]) -> dict[tuple[str, str], float]:
    return {(sample.name, sample.labels["sink"]): sample.value for metric in metrics for sample in metric.samples}
