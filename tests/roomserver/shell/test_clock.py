"""The clock never steps back, and the tests' clock moves only when told."""

import asyncio
import time

import pytest

from roomserver.shell.clock import Clock, SteadyClock
from tests.support.clock import ManualClock, settle


@pytest.mark.rule("CLOCK-1")
def test_setting_the_machines_clock_does_not_move_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SteadyClock()
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert clock.now() >= before


@pytest.mark.rule("CLOCK-2")
def test_the_clock_goes_on_from_the_last_stored_instant() -> None:
    clock = SteadyClock()
    tomorrow = clock.now() + 86_400
    clock.not_before(tomorrow)
    clock.not_before(tomorrow - 3_600)
    first = clock.now()
    assert first >= tomorrow
    while clock.now() == first:
        pass  # it runs on, it does not stand still


async def test_a_wait_ends_with_its_event() -> None:
    clock, event = SteadyClock(), asyncio.Event()
    waiting = asyncio.create_task(clock.wait(event, until=None))
    await settle()
    assert not waiting.done()
    event.set()
    await waiting


async def test_a_wait_ends_at_its_instant() -> None:
    clock = SteadyClock()
    until = clock.now() + 0.02
    await clock.wait(asyncio.Event(), until)
    assert clock.now() >= until


async def test_a_wait_for_the_past_lets_others_run() -> None:
    clock, ran = SteadyClock(), asyncio.Event()
    asyncio.get_running_loop().call_soon(ran.set)
    await clock.wait(asyncio.Event(), until=clock.now() - 1)
    assert ran.is_set()


async def test_a_jump_of_the_clock_wakes_who_waits_for_an_instant_before_it() -> None:
    clock = SteadyClock()
    waiting = asyncio.create_task(clock.wait(asyncio.Event(), until=clock.now() + 1_000))
    longer = asyncio.create_task(clock.wait(asyncio.Event(), until=clock.now() + 9_000))
    await settle()
    clock.not_before(clock.now() + 2_000)
    await waiting
    assert not longer.done()
    longer.cancel()


async def test_a_cancelled_wait_is_cancelled() -> None:
    waiting = asyncio.create_task(SteadyClock().wait(asyncio.Event(), until=None))
    await settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_the_manual_clock_wakes_in_order_and_at_the_very_instant() -> None:
    clock = ManualClock(now=100.0)
    log: list[tuple[str, float]] = []

    async def every(name: str, seconds: float) -> None:
        while True:
            await clock.wait(asyncio.Event(), until=clock.now() + seconds)
            log.append((name, clock.now()))

    tasks = [asyncio.create_task(every("b", 2)), asyncio.create_task(every("a", 3))]
    await clock.advance(6)
    assert log == [("b", 102), ("a", 103), ("b", 104), ("a", 106), ("b", 106)]
    assert clock.now() == 106
    for task in tasks:
        task.cancel()


async def test_the_manual_clock_sees_events_too() -> None:
    clock: Clock = ManualClock()
    event = asyncio.Event()
    waiting = asyncio.create_task(clock.wait(event, until=clock.now() + 10))
    await settle()
    event.set()
    await waiting
