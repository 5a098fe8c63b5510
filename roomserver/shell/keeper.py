"""Hands a room's events to the store, in order, and again until it takes them.

One write of a room is on its way at a time; what happens meanwhile goes with the next.  When the disk fails, nothing is
dropped: the room shows what it has, refuses commands, and the same events are handed over again every second.
Rules: KEEP-* in docs/rules.md.
"""

import logging
from asyncio import Future, get_running_loop
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..core.ledger import Posting
from .store import Batch, Checkpoint, StaleEpoch, Store, StoredEvent

log = logging.getLogger("roomserver.keeper")
RETRY_S = 1.0  # between two tries at a disk that fails
EVENTS_MAX = 5_000  # waiting for a slow disk; then commands are refused: half a second of the busiest classroom


@dataclass(frozen=True, slots=True)
class End:
    """What the last write of a room adds."""

    closed_ms: int
    record: tuple[str, bytes]  # (id, envelope)


class Keeper:
    """The way of one room's events to the disk."""

    def __init__(
        self,
        room: str,
        epoch: int,
        store: Store,
        *,
        now: Callable[[], float],
        on_durable: Callable[[int], None],
        on_stale: Callable[[], None],
    ) -> None:
        self._room = room
        self._epoch = epoch
        self._store = store
        self._now = now
        self._on_durable = on_durable
        self._on_stale = on_stale
        self._events: list[StoredEvent] = []
        self._salts: dict[int, bytes] = {}
        self._people: dict[int, str] = {}
        self._postings: list[Posting] = []
        self._deliveries: list[tuple[str, bytes]] = []
        self._checkpoint: Checkpoint | None = None
        self._end: End | None = None
        self._writing: Batch | None = None
        self._waiters: list[Future[None]] = []
        self._readers: list[tuple[int, Future[None]]] = []  # each with the seq that they wait for
        self._stale: StaleEpoch | None = None  # somebody else owns the room
        self.newest = 0  # seq of the newest event added
        self.durable = 0  # seq up to which the store has everything
        self.retry_at: float | None = None  # set while the disk fails

    @property
    def next_try(self) -> float | None:
        """When to hand over again; None unless the disk fails, or while a try is on its way."""
        return self.retry_at if self._writing is None else None

    @property
    def failing(self) -> bool:
        return self.retry_at is not None

    @property
    def refuses(self) -> bool:
        """Must commands be refused, because what they cause could not be kept?"""
        return self.failing or len(self._events) >= EVENTS_MAX

    @property
    def is_idle(self) -> bool:
        """Is everything durable?"""
        return self._writing is None and not (self._events or self._end or self._checkpoint)

    def add(self, event: StoredEvent, postings: Iterable[Posting] = ()) -> None:
        self._events.append(event)
        self._postings += postings
        self.newest = event.seq

    def add_member(self, member: int, salt: bytes, identity: str) -> None:
        self._salts[member], self._people[member] = salt, identity

    def deliver(self, id: str, envelope: bytes) -> None:
        """It goes out with the events that have been added."""
        self._deliveries.append((id, envelope))

    def keep(self, checkpoint: Checkpoint | None) -> None:
        """If there is one, it goes with the next write, in the place of any that waits."""
        self._checkpoint = checkpoint or self._checkpoint

    def end(self, end: End) -> None:
        """No event follows; the room is closed with them."""
        self._end = end

    def hand_over(self) -> None:
        """Give the store what waits, unless a write is on its way, or it is too early to try again."""
        if self._writing is not None or (self.retry_at is not None and self._now() < self.retry_at):
            return
        if self._stale is not None or not (self._events or self._end or self._checkpoint):
            return
        batch = Batch(
            *(self._room, self._epoch, self._events, self._salts),
            people=self._people,
            checkpoint=self._checkpoint,
            postings=self._postings,
            deliveries=self._deliveries,
        )
        if self._end is not None:
            batch = replace(batch, closed_ms=self._end.closed_ms, record=self._end.record)
        self._writing, self._end, self._checkpoint = batch, None, None
        self._events, self._salts, self._people = [], {}, {}
        self._postings, self._deliveries = [], []
        self._store.append(batch).add_done_callback(self._written)

    def _written(self, done: Future[None]) -> None:
        batch, self._writing = self._writing, None
        assert batch is not None
        error = None if done.cancelled() else done.exception()
        if isinstance(error, StaleEpoch):
            log.error("another node owns the room now", extra={"room": self._room})
            self._let_go(error)
        elif error is not None or done.cancelled():
            self._failed(batch, error)
        else:
            self._succeeded(batch)

    def _failed(self, batch: Batch, error: BaseException | None) -> None:
        """Take everything back, in front of what has come since."""
        if not self.failing:
            log.error("the store took no write; commands are refused", extra={"room": self._room}, exc_info=error)
        self.retry_at = self._now() + RETRY_S
        self._events = [*batch.events, *self._events]
        self._salts = {**batch.salts, **self._salts}
        self._people = {**batch.people, **self._people}
        self._postings = [*batch.postings, *self._postings]
        self._deliveries = [*batch.deliveries, *self._deliveries]
        self._checkpoint = self._checkpoint or batch.checkpoint
        if batch.closed_ms is not None and batch.record is not None:
            self._end = End(batch.closed_ms, batch.record)
        self._on_durable(self.durable)

    def _let_go(self, error: StaleEpoch) -> None:
        self._stale = error
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(error)
        self._waiters.clear()
        self._tell_readers(self.newest)
        self._on_stale()

    def _succeeded(self, batch: Batch) -> None:
        if self.failing:
            log.warning("the store takes writes again", extra={"room": self._room})
        self.retry_at = None
        if batch.events:
            self.durable = batch.events[-1].seq
        self._on_durable(self.durable)
        self._tell_readers(self.durable)
        if self.is_idle:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
            self._waiters.clear()

    def _tell_readers(self, seq: int) -> None:
        for wanted, reader in self._readers:
            if wanted <= seq and not reader.done():
                reader.set_result(None)
        self._readers = [(wanted, reader) for wanted, reader in self._readers if not reader.done()]

    async def kept(self) -> None:
        """Return once all events up to now are in the store, or the room is another's; more may come meanwhile."""
        if self._stale is None and self.durable < self.newest:
            reader: Future[None] = get_running_loop().create_future()
            self._readers.append((self.newest, reader))
            await reader

    async def settled(self) -> None:
        """Return once everything so far is durable; wait as long as the disk fails.

        Raises:
            StaleEpoch: it never will be.
        """
        if self._stale is not None:
            raise self._stale
        if not self.is_idle:
            waiter: Future[None] = get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
