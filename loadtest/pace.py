"""Doing things at their times, whatever the server does: a load that waits for answers measures itself."""

import asyncio
import time
from collections.abc import Callable, Iterable

Act = Callable[[], None]
BREATH = 16  # acts in a row, when behind, before the sockets are looked at


async def play(plan: Iterable[tuple[float, Act]]) -> float:
    """Do each act at its time, in seconds from now, in the order given; how late the latest was, in seconds."""
    begun, latest = time.perf_counter(), 0.0
    for number, (at, act) in enumerate(plan):
        wait = begun + at - time.perf_counter()
        if wait > 0 or not number % BREATH:
            await asyncio.sleep(max(0.0, wait))
        act()
        latest = max(latest, time.perf_counter() - begun - at)
    return latest
