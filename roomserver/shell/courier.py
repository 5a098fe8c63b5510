"""Brings what waits in the outbox to the sinks, at least once: a letter is forgotten after its sink has taken it.

A courier looks into the outbox twice a second, so nobody need call it: what was posted by a room, by an operator, or
before a crash is found in the same way.  Rules: SINK-1 to SINK-4 in docs/rules.md.
"""

import asyncio
import logging
import random
from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from .clock import Clock
from .sinks.sink import Sink, Undelivered, Unwanted
from .store import Backlog, Letter, Outbox, StoreFailed

log = logging.getLogger("roomserver.courier")
LOOK_S = 0.5  # between two looks into the outbox
COUNT_S = 5.0  # between two counts of it
AGAIN_S = 1.0  # between two tries to write down what came of a letter
QUIET_S = 60.0  # between two words in the log about a sink that fails
TOGETHER = 32  # letters at a time of a sink in order
TOGETHER_BYTES = 4_000_000  # of them, unless a single one is larger
ABREAST = 8  # letters on their way to one sink at a time, otherwise


class Courier:
    """Of one sink."""

    def __init__(
        self, name: str, sink: Sink, outbox: Outbox, clock: Clock, *, chance: Callable[[], float] = random.random
    ) -> None:
        self.delivered = 0
        self.failed = 0
        self._name = name
        self._sink = sink
        self._outbox = outbox
        self._clock = clock
        self._chance = chance
        self._away: set[int] = set()  # positions of letters that are on their way
        self._tasks: set[asyncio.Task[None]] = set()
        self._back = asyncio.Event()
        self._quiet_until = 0.0

    async def run(self) -> None:
        """Never returns."""
        while True:
            self._back.clear()
            for letters in await self._ready():
                self._away |= {letter.position for letter in letters}
                task = asyncio.create_task(self._carry(letters), name=f"letters for {self._name}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            await self._clock.wait(self._back, until=self._clock.now() + LOOK_S)

    async def close(self) -> None:
        """After `run` has been cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sink.close()

    async def _ready(self) -> Sequence[Sequence[Letter]]:
        """What may set out now, and together."""
        now_ms, away = round(self._clock.now() * 1000), tuple(self._away)
        try:
            if self._sink.in_order:
                letters = [] if away else await self._outbox.first(self._name, now_ms=now_ms, limit=TOGETHER)
                return [_together(letters)] if letters else []
            free = ABREAST - len(away)
            letters = await self._outbox.due(self._name, now_ms=now_ms, limit=free, but=away)
            return [[letter] for letter in letters]
        except StoreFailed:  # it is closed, or its disk fails: others say so
            return []
        except Exception:
            log.exception("a bug keeps letters in the outbox", extra={"sink": self._name})
            return []

    async def _carry(self, letters: Sequence[Letter]) -> None:
        first, positions = letters[0], [letter.position for letter in letters]
        try:
            await self._sink.send(letters)
        except Unwanted as error:
            self.failed += 1
            await self._give_up(first, str(error))
        except Undelivered as error:
            self.failed += 1
            await self._put_off(first, str(error))
        except Exception:
            log.exception("a bug kept letters from a sink", extra={"sink": self._name})
            self.failed += 1
            await self._put_off(first, "a bug of ours")
        else:
            await self._write(lambda: self._outbox.delivered(positions))
            self.delivered += len(letters)
        self._away -= set(positions)
        self._back.set()

    async def _put_off(self, letter: Letter, error: str) -> None:
        if self._clock.now() >= self._quiet_until:
            log.warning("a sink did not take what it was sent: %s", error, extra={"sink": self._name})
            self._quiet_until = self._clock.now() + QUIET_S
        tries, patience = letter.tries + 1, self._sink.patience
        if patience.tries is not None and tries >= patience.tries:
            await self._give_up(letter, error)
            return
        due_ms = round((self._clock.now() + patience.wait_s(tries, self._chance())) * 1000)
        await self._write(lambda: self._outbox.failed(letter.position, due_ms=due_ms, error=error))

    async def _give_up(self, letter: Letter, error: str) -> None:
        log.warning("a letter was given up, %s: %s", letter.id, error, extra={"sink": self._name})
        await self._write(lambda: self._outbox.give_up(letter.position, error=error))

    async def _write(self, hand_over: Callable[[], Future[None]]) -> None:
        """What came of a letter is written down before anything else is done with it."""
        while True:
            try:
                return await hand_over()
            except StoreFailed:
                await self._clock.wait(asyncio.Event(), until=self._clock.now() + AGAIN_S)


def _together(letters: Sequence[Letter]) -> Sequence[Letter]:
    """As many of the first as a sink takes at a time."""
    sizes = accumulate(len(letter.envelope) for letter in letters)
    fitting = sum(1 for size in sizes if size <= TOGETHER_BYTES)
    return letters[: max(1, fitting)]


class PostOffice:
    """The couriers of all sinks, at work from `open` to `close`; and how they fare."""

    def __init__(self, sinks: Mapping[str, Sink], outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._couriers = {name: Courier(name, sink, outbox, clock) for name, sink in sinks.items()}
        self._backlogs: Mapping[str, Backlog] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        for name, courier in self._couriers.items():
            self._tasks.append(asyncio.create_task(courier.run(), name=f"courier of {name}"))
        self._tasks.append(asyncio.create_task(self._count(), name="count of the outbox"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(courier.close() for courier in self._couriers.values()))

    async def _count(self) -> None:
        while True:
            try:
                self._backlogs = await self._outbox.backlogs()
            except StoreFailed:
                log.warning("the outbox could not be counted now", exc_info=True)
            await self._clock.wait(asyncio.Event(), until=self._clock.now() + COUNT_S)

    def metrics(self) -> Sequence[Metric]:
        """As of the last count, at most 5 s ago; letters of sinks that are configured no more are among them."""
        waiting = GaugeMetricFamily("roomserver_outbox_waiting", "Envelopes not delivered yet.", labels=["sink"])
        oldest = GaugeMetricFamily("roomserver_outbox_oldest_seconds", "Age of the oldest of them.", labels=["sink"])
        given_up = GaugeMetricFamily("roomserver_outbox_given_up", "Envelopes given up.", labels=["sink"])
        delivered = CounterMetricFamily("roomserver_outbox_delivered", "Envelopes delivered.", labels=["sink"])
        failed = CounterMetricFamily("roomserver_outbox_failed", "Deliveries that failed.", labels=["sink"])
        now = self._clock.now()
        for name in sorted({*self._couriers, *self._backlogs}):
            backlog = self._backlogs.get(name, Backlog())
            since_s = now if backlog.oldest_ms is None else backlog.oldest_ms / 1000
            waiting.add_metric([name], backlog.waiting)
            oldest.add_metric([name], max(0.0, now - since_s))
            given_up.add_metric([name], backlog.given_up)
        for name, courier in self._couriers.items():
            delivered.add_metric([name], courier.delivered)
            failed.add_metric([name], courier.failed)
        return [waiting, oldest, given_up, delivered, failed]
