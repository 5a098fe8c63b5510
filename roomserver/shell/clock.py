"""The server's clock: the time now, and waiting for an instant.

Nothing else in the server reads the time.  It must never step back and never sleep on behalf of a core; cores are told
`now` and answer with deadlines.  Tests use `tests/support/clock.py` instead.
"""

import asyncio
import time
from contextlib import suppress
from typing import Protocol


class Clock(Protocol):
    """Seconds since 1970, and a way to wait for one of them."""

    def now(self) -> float: ...

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Return when `event` is set or the instant `until` is reached (None: never); others run meanwhile, always."""


class SteadyClock:
    """Wall time at the start plus monotonic time since: setting the machine's clock does not move it."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()
        self._waits: set[asyncio.Timeout] = set()

    def now(self) -> float:
        return self._offset + time.monotonic()

    def not_before(self, instant: float) -> None:
        """Never answer less than `instant` from here on; a clock that is behind goes on from there.

        What is stored must not lie in the future, even after a restart with the wall clock set back.
        """
        behind = instant - self.now()
        if behind > 0:
            self._offset += behind
            for wait in self._waits:  # their instants have come closer: let them look again
                with suppress(RuntimeError):  # it is looking already
                    wait.reschedule(0)

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        await asyncio.sleep(0)
        while not event.is_set() and (until is None or self.now() < until):
            with suppress(TimeoutError):
                async with asyncio.timeout(None if until is None else until - self.now()) as wait:
                    self._waits.add(wait)
                    try:
                        await event.wait()
                    finally:
                        self._waits.discard(wait)
