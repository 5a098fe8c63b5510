"""A clock that moves only when a test says so: no test waits for real time.

`advance` visits the instants that somebody waits for in order, and lets everybody finish what each one causes before
going on to the next, so a run is the same every time.
"""

import asyncio
import time
from contextlib import suppress

TURNS = 50  # of the event loop, after which what an instant has caused is taken to be done


class ManualClock:
    """A `roomserver.shell.clock.Clock` that stands still between calls of `advance`."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self._now = now
        self._waits: dict[asyncio.Timeout, float] = {}  # each with its instant, in order of arrival

    def now(self) -> float:
        return self._now

    def not_before(self, instant: float) -> None:
        """As the server's own clock: what is stored does not lie in the future."""
        self._now = max(self._now, instant)

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        await asyncio.sleep(0)
        if event.is_set() or (until is not None and until <= self._now):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as wait:
                if until is not None:
                    self._waits[wait] = until
                try:
                    await event.wait()
                finally:
                    self._waits.pop(wait, None)

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: wake who waits for an instant within them, the earliest first, one at a time."""
        end = self._now + seconds
        await settle()
        while due := [(until, wait) for wait, until in self._waits.items() if until <= end]:
            until, wait = min(due, key=lambda item: item[0])
            self._now = max(self._now, until)
            del self._waits[wait]
            wait.reschedule(0)
            await settle()
        self._now = end
        await settle()

    async def pass_on(self) -> None:
        """Go to the next instant that somebody waits for.  If nobody does, other threads are at work: let them."""
        if self._waits:
            await self.advance(min(self._waits.values()) - self._now)
        else:
            await asyncio.sleep(0.001)


async def settle() -> None:
    """Let every task run until it waits for something (what other threads do is not waited for)."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


class HastyClock:
    """A `roomserver.shell.clock.Clock` that runs so many times as fast: for what real processes do meanwhile."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._began = time.monotonic()

    def now(self) -> float:
        return 1_790_000_000.0 + (time.monotonic() - self._began) * self._times

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(None if until is None else (until - self.now()) / self._times):
                await event.wait()
