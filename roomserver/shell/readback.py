"""Reading a room back from the store: a checkpoint and the events after it, or its whole log.

Decides nothing but which of them.  Rules: CHECKPOINT-*, LOG-* in docs/rules.md.
"""

import logging
from dataclasses import dataclass, replace

from ..core.checkpoint import Unreadable
from ..core.delivery import Delivery
from ..core.fold import Fold
from ..core.log import Broken, Log
from ..core.state import RoomState
from .link import framed
from .store import Store, StoredLog

log = logging.getLogger("roomserver.rooms")


@dataclass(frozen=True, slots=True)
class Found:
    """A room as the store has it; the delivery holds the events that were folded."""

    state: RoomState
    log: Log
    delivery: Delivery
    checkpoint: int  # seq that the fold went on from; 0: it began at the beginning


async def read_back(stored: StoredLog, store: Store) -> Found:
    """By the newest checkpoint that is any good, or else by the whole log (CHECKPOINT-5).

    Raises:
        Broken: the log does not fit its own hashes.
        StoreFailed: more of the log was needed, and could not be read.
    """
    while stored.checkpoint is not None:
        try:
            return folded(stored)
        except (Unreadable, Broken) as error:
            log.warning("a checkpoint is of no use: %s", error, extra={"room": stored.row.room})
            stored = await _from_further_back(stored, store)
    return folded(stored)


async def _from_further_back(stored: StoredLog, store: Store) -> StoredLog:
    """The same log, from the checkpoint before."""
    assert stored.checkpoint is not None
    room, (seq, _, _) = stored.row.room, stored.checkpoint
    newest = stored.events[-1].seq if stored.events else seq
    before = [place for place in await store.places(room) if place[0] < seq]
    begin, at_ms = before[-1] if before else (0, 0)
    events = await store.events(room, after=begin, limit=newest - begin)
    checkpoint = (begin, at_ms, await store.checkpoint(room, begin)) if before else None
    return replace(stored, events=events, checkpoint=checkpoint)


def folded(stored: StoredLog) -> Found:
    """Go on from the checkpoint, if there is one.

    Raises:
        Broken: the events do not follow, or do not fit their hashes.
        Unreadable: nothing can be made of the checkpoint.
    """
    fold = Fold(stored.salts, None if stored.checkpoint is None else stored.checkpoint[2])
    begin, delivery = fold.log.seq, Delivery(framed, after=fold.log.seq)
    for event in stored.events:
        delivery.append(fold.add(event.body, event.personal, event.hash))
    return Found(fold.state, fold.log, delivery, begin)
