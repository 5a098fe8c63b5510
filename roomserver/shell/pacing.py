"""The line in front of the rooms: hellos are served in order, a few between two turns of the event loop.

When a thousand come at once, as after a restart, what is read, written and drawn meanwhile goes on; who comes when the
line is too long is told when to come again, by the pace at which it moves.  Rules: PACE-* in docs/rules.md.
"""

import asyncio
from collections import deque
from collections.abc import Callable

A_TURN = 8  # hellos: a token to verify and a snapshot each, together less than a tick of 20 ms
WAITING_MAX = 2_000  # a node's busiest evening at once; who is behind them would wait longer than people do
RETRY_MIN_S = 1.0
GUESS_S = 0.002  # a hello, until one has been measured
WEIGHT = 0.1  # of the newest turn in the measured pace


class Overrun(Exception):
    """The line is too long.  `retry_in_s`: when those in it will have been served."""

    def __init__(self, retry_in_s: float) -> None:
        super().__init__(f"too many arrive at once; again in {retry_in_s} s")
        self.retry_in_s = retry_in_s


class Pacing:
    """Who says hello waits for `turn`."""

    def __init__(self, now: Callable[[], float], *, a_turn: int = A_TURN, waiting_max: int = WAITING_MAX) -> None:
        self._now = now
        self._a_turn = a_turn
        self._waiting_max = waiting_max
        self._line: deque[asyncio.Future[None]] = deque()
        self._usher: asyncio.Task[None] | None = None
        self._hello_s = GUESS_S

    def __len__(self) -> int:
        """How many wait."""
        return len(self._line)

    async def turn(self) -> None:
        """Return when this hello is to be served.

        Raises:
            Overrun: too many are waiting.
        """
        if len(self._line) >= self._waiting_max:
            raise Overrun(self._wait_s())
        place = asyncio.get_running_loop().create_future()
        self._line.append(place)
        if self._usher is None:
            self._usher = asyncio.create_task(self._let_in(), name="usher")
        await place

    def _wait_s(self) -> float:
        return round(max(RETRY_MIN_S, len(self._line) * self._hello_s), 1)

    async def _let_in(self) -> None:
        """Let in a few, give the loop a turn, and so on until nobody waits."""
        while self._line:
            before, few = self._now(), min(self._a_turn, len(self._line))
            for place in [self._line.popleft() for _ in range(few)]:
                if not place.done():  # who gave up is not waited for
                    place.set_result(None)
            await asyncio.sleep(0)  # those let in go first, then reads, writes and rooms
            self._hello_s += WEIGHT * ((self._now() - before) / few - self._hello_s)
        self._usher = None
