"""Reads a room's log from the store, a page at a time, and has the core check it (`core/evidence.py`)."""

import orjson

from ..core.evidence import Evidence, Mark
from ..core.log import Broken
from .store import Store

PAGE = 1000


class NoLog(Exception):
    """There is nothing to check: no such room, or its log is not kept any more."""


async def verify(store: Store, room: str) -> Evidence:
    """What was found, when all of it is good.

    Raises:
        NoLog: there is nothing to check.
        Broken: an event is not what was written there.
        StoreFailed: the store cannot be read.
    """
    row = await store.row(room)
    if row is None:
        raise NoLog(f"there is no room {room}")
    if row.forgotten_ms is not None:
        raise NoLog(f"the log of room {room} is not kept any more")
    evidence = Evidence(await _mark(store, room))
    while page := await store.events(room, after=evidence.events, limit=PAGE):
        salts = await store.salts(room)  # after the events: a room that is open goes on meanwhile
        for event in page:
            evidence.check(event.seq, event.body, event.personal, event.hash, salts)
    if not evidence.events:
        raise Broken(1, "it is missing, the log is empty")
    evidence.end()
    return evidence


async def _mark(store: Store, room: str) -> Mark | None:
    record = await store.record(room)
    if record is None:
        return None
    end = orjson.loads(record.envelope)["data"]["log"]
    return Mark(end["events"], bytes.fromhex(end["hash"]))
