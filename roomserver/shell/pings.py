"""Pings for every connection of this process: they keep middleboxes from forgetting it, and find out who has gone.

One task for all; each connection has its own place in the round, so that pings are spread evenly.  Rule: DOOR-9.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from roomserver.shell.clock import Clock
from roomserver.shell.connection import PING, Connection, abort, write_frames

PING_EVERY_S = 8.5
UNANSWERED_MAX = 2  # so who has been silent for 25.5 seconds is let go
PLACES = 50


class Pings:
    """Who is pinged, and when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: list[set[Connection]] = [set() for _ in range(PLACES)]

    @contextmanager
    def watching(self, connection: Connection) -> Iterator[None]:
        """Ping the connection while the context lasts."""
        place = random.choice(self._places)
        place.add(connection)
        try:
            yield
        finally:
            place.discard(connection)

    async def run(self) -> None:
        """Go round for ever."""
        never = asyncio.Event()
        for place in cycle(self._places):
            await self._clock.wait(never, until=self._clock.now() + PING_EVERY_S / PLACES)
            for connection in place:
                self._ping(connection)

    def _ping(self, connection: Connection) -> None:
        if connection.unanswered < UNANSWERED_MAX:
            connection.unanswered += 1
            write_frames(connection, PING)
        else:
            abort(connection)
