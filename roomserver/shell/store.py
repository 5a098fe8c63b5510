"""What the server asks of a store, whichever it is.

The store keeps exact bytes: it neither reads nor alters an event.  Writes are handed over synchronously and in order,
and are durable when the future they return is done; reads are awaited.  A log has no gaps: its `seq` rises by one from
1, and a batch that does not follow what is stored is refused, so nothing outlives a batch that was lost before it.
A room's checkpoints cover no event that is not stored, and go with the events that they cover.
Every method may fail with StoreFailed.  The embedded store is `sqlite.py`.
"""

from asyncio import Future
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..core.ledger import Posting
from .ledger import Ledger

Checkpoint = tuple[int, int, bytes]  # the newest event it knows of, that event's `at` in milliseconds, and its bytes
Place = tuple[int, int]  # of a checkpoint in its log: the same without the bytes


class StaleEpoch(Exception):
    """The room's log has been opened by somebody else since: this owner may write no more."""


class StoreFailed(Exception):
    """The store could not do it (disk full, too much waiting, closed).  What was handed over is not durable."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event of a room's log, as its hash covers it.

    `body` is what is chained; `personal` holds the content that `body` commits to by a salted hash (None: there was
    none, or it has been erased); `hash` is that of the chain up to and including this event (32 bytes).
    """

    seq: int
    body: bytes
    personal: bytes | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room in the directory.  `meta` is JSON that only the caller reads; `closed_ms` is None while it lives.

    `forgotten_ms` says since when its log is not kept any more; what is missing without it has been lost.
    """

    room: str
    epoch: int
    created_ms: int
    closed_ms: int | None
    meta: bytes
    forgotten_ms: int | None = None


@dataclass(frozen=True, slots=True)
class StoredLog:
    """What opening a room needs: its row, its newest checkpoint, the events after it, and each member's salt."""

    row: RoomRow
    events: Sequence[StoredEvent]  # by rising `seq`; all of them where there is no checkpoint
    salts: Mapping[int, bytes]
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A published session record.  `position` rises by one with each record of this store: the cursor of `since`."""

    position: int
    id: str
    room: str
    envelope: bytes  # CloudEvents JSON


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """An identity is this member of that room."""

    room: str
    member: int
    closed_ms: int | None


@dataclass(frozen=True, slots=True)
class Letter:
    """An envelope on its way to one sink.  `position` rises with each letter of this store and is never given twice."""

    position: int
    sink: str
    id: str
    tries: int
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one turn of a room hands over, committed whole or not at all."""

    room: str
    epoch: int
    events: Sequence[StoredEvent]
    salts: Mapping[int, bytes] = field(default_factory=dict)  # of members who are new
    closed_ms: int | None = None  # set by the turn that closes the room
    record: tuple[str, bytes] | None = None  # (id, envelope) of the session record, once
    checkpoint: Checkpoint | None = None
    people: Mapping[int, str] = field(default_factory=dict)  # of members who are new: their education IDs
    postings: Sequence[Posting] = ()  # what the ledger learns of the events
    deliveries: Sequence[tuple[str, bytes]] = ()  # (id, envelope) of what else goes out; the record goes by itself


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many letters wait for a sink, since when the oldest (None: none does), and how many have been given up."""

    waiting: int = 0
    oldest_ms: int | None = None
    given_up: int = 0


class Store(Protocol):
    """Rooms, their logs, and the records they leave."""

    @property
    def ledger(self) -> Ledger:
        """What rooms tell it in their batches."""

    async def create(self, row: RoomRow) -> None:
        """Add a room; durable on return.

        Raises:
            ValueError: a room of that id exists.
        """

    async def rooms(self, *, live: bool = False, limit: int = 100, after: str = "") -> list[RoomRow]:
        """Rooms by id, those after `after`, at most `limit`; with `live` only those not closed."""

    async def row(self, room: str) -> RoomRow | None: ...

    async def open(self, room: str) -> StoredLog | None:
        """Take the room over: raise its epoch by one (durable on return) and read its log.  None: no such room."""

    async def events(self, room: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        """A page of the log: events with `seq` above `after`."""

    async def salts(self, room: str) -> dict[int, bytes]: ...

    async def places(self, room: str) -> list[Place]:
        """Where the room's checkpoints stand, by rising `seq`."""

    async def checkpoint(self, room: str, seq: int) -> bytes:
        """The checkpoint of that place; b"" when it is not there, or is not what was stored."""

    def append(self, batch: Batch) -> Future[None]:
        """Hand a batch over; the future is done once it is durable.  Batches of a room become durable in order.

        The future fails with StaleEpoch, or with StoreFailed; then every later batch of the room fails too, until what
        was lost is handed over again or the room is opened again.
        """

    async def records(self, *, since: int = 0, limit: int = 100) -> list[StoredRecord]:
        """Published records with `position` above `since`, oldest first."""

    async def record(self, room: str) -> StoredRecord | None:
        """The record of a room's session, once it has been published."""

    async def whereabouts(self, identity: str) -> list[Whereabouts]:
        """Every room that knows an education ID, by its id, as long as its log or its record is kept."""

    async def blank(self, room: str, seqs: Sequence[int]) -> None:
        """Destroy the personal content of these events."""

    async def erase(self, where: Whereabouts, record: tuple[str, bytes] | None) -> None:
        """The last of an erasure, at one instant: a member's salt, the checkpoints of the room, that the room knows
        the identity; and its record, by `id`, is this one from now on.
        """

    async def scrub(self, *, rewrite: bool = False) -> None:
        """See to it that nothing of what was erased can be found on the disk; with `rewrite` whatever that takes."""

    async def forget(self, *, closed_before_ms: int, now_ms: int, most: int) -> bool:
        """Delete a part of one log whose room closed before: all its salts, `most` events, the oldest first, and the
        checkpoints that cover no other.

        The room's row, which says with the first part that its log was forgotten at `now_ms`, and its record stay.

        Returns:
            Whether there was such a log: call again until there is none.
        """

    async def close(self) -> None:
        """Commit what was handed over and let go of the files."""


class Outbox(Protocol):
    """Letters that have not been delivered.  They were written with what they tell of, whole or not at all.

    What is handed over here is durable when its future is done, and may fail with StoreFailed, as of the Store.
    """

    async def first(self, sink: str, *, now_ms: int, limit: int) -> list[Letter]:
        """The oldest letters, in order; none while the very first is not due."""

    async def due(self, sink: str, *, now_ms: int, limit: int, but: Collection[int] = ()) -> list[Letter]:
        """Letters that are due, new ones first, then those that have waited longest; none at the positions of `but`."""

    def delivered(self, positions: Sequence[int]) -> Future[None]:
        """Forget them."""

    def failed(self, position: int, *, due_ms: int, error: str) -> Future[None]:
        """One more try was in vain; the next is due then."""

    def give_up(self, position: int, *, error: str) -> Future[None]:
        """No more tries: the letter stays, with why, until somebody says otherwise."""

    async def backlogs(self) -> dict[str, Backlog]:
        """What there is for each sink that there is anything for."""
