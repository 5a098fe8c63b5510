"""Hellos are served in order, a few at a time, and who comes too late is told when to come again."""

import asyncio

import pytest

from roomserver.shell.pacing import A_TURN, WAITING_MAX, Overrun, Pacing
from tests.support.clock import ManualClock, settle


@pytest.mark.rule("PACE-1")
async def test_a_thousand_hellos_are_served_in_order_a_few_between_two_turns_of_the_loop() -> None:
    pacing, served = Pacing(ManualClock().now), list[int]()

    async def hello(number: int) -> None:
        await pacing.turn()
        served.append(number)

    guests = [asyncio.create_task(hello(number)) for number in range(1_000)]
    done = asyncio.gather(*guests)
    while not done.done():
        before = len(served)
        await asyncio.sleep(0)
        assert len(served) - before <= A_TURN
    assert served == list(range(1_000))
    assert len(pacing) == 0


async def test_who_gives_up_holds_nobody_up() -> None:
    pacing = Pacing(ManualClock().now, a_turn=1)
    guests = [asyncio.create_task(pacing.turn()) for _ in range(3)]
    await asyncio.sleep(0)
    guests[1].cancel()
    await asyncio.gather(guests[0], guests[2])
    await settle()
    await pacing.turn()


@pytest.mark.rule("PACE-2")
async def test_who_comes_when_the_line_is_full_is_told_how_long_it_takes() -> None:
    now = 0.0
    pacing = Pacing(lambda: now)

    async def hello() -> None:
        nonlocal now
        await pacing.turn()
        now += 0.010  # what serving it takes

    async def a_full_line() -> float:
        line = [asyncio.create_task(hello()) for _ in range(WAITING_MAX)]
        while len(pacing) < WAITING_MAX:  # noqa: ASYNC110 - they line up
            await asyncio.sleep(0)
        with pytest.raises(Overrun) as refusal:
            await pacing.turn()
        await asyncio.gather(*line)
        return refusal.value.retry_in_s

    assert await a_full_line() == WAITING_MAX * 0.002  # nothing measured yet
    assert await a_full_line() == pytest.approx(WAITING_MAX * 0.010, rel=0.01)


async def test_nobody_is_told_to_come_again_at_once() -> None:
    pacing = Pacing(ManualClock().now, waiting_max=0)
    with pytest.raises(Overrun) as refusal:
        await pacing.turn()
    assert refusal.value.retry_in_s == 1.0
