"""Reading a room back from the store: its checkpoint and the events after it, or its whole log.

Decides nothing but which of the two.  Rules: CHECKPOINT-*, LOG-* in docs/rules.md.
"""

import logging
from dataclasses import dataclass, replace

from ..core import facts
from ..core.checkpoint import Unreadable, load
from ..core.delivery import Delivery
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
    """By the checkpoint, unless it is no good (CHECKPOINT-5).

    Raises:
        Broken: the log does not fit its own hashes.
        StoreFailed: the whole log was needed, and could not be read.
    """
    try:
        return fold(stored)
    except (Unreadable, Broken):
        if stored.checkpoint is None:
            raise
        room, newest = stored.row.room, stored.events[-1].seq if stored.events else stored.checkpoint[0]
        log.warning("the checkpoint is of no use, the whole log is read", extra={"room": room}, exc_info=True)
        events = await store.events(room, limit=newest)
        return fold(replace(stored, events=events, checkpoint=None))


def fold(stored: StoredLog) -> Found:
    """Go on from the checkpoint, if there is one.

    Raises:
        Broken: the events do not follow, or do not fit their hashes.
        Unreadable: nothing can be made of the checkpoint.
    """
    state: RoomState | None = None
    end = Log()
    if stored.checkpoint is not None:
        state, end = load(stored.checkpoint[1])
    end.salts.update(stored.salts)
    begin, delivery = end.seq, Delivery(framed, after=end.seq)
    for event in stored.events:
        shape = None if state is None else state.board.body
        entry = end.restore(event.body, event.personal, event.hash, shape)
        if isinstance(entry.event, facts.RoomOpened):
            state = RoomState.begin(entry.event)
        assert state is not None, "a log begins with its opening"
        state.apply(entry)
        delivery.append(entry)
    if state is None:
        raise Broken(0, "the log is empty")
    return Found(state, end, delivery, begin)
