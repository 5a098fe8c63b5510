"""What is kept of a person, by their education ID: handed over to them, and destroyed.

Both go room by room.  An erasure that was cut short is done again from where it was: the room is known to hold the
person until the last step.  Whatever was handed over before (records to other systems, logs that were exported, what a
browser keeps) is theirs to erase who have it.  Rules: PRIVACY-* in docs/rules.md.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice

import msgspec
import orjson

from ..core.erased import without, without_of_old
from ..core.evidence import owner_of
from ..core.record import envelope
from ..core.record_shape import Envelope
from .assets import Assets
from .recordings import Recordings
from .signing import Signer
from .store import Store, StoredEvent, Whereabouts

PAGE = 1000
EVENTS_A_PART = 500  # as in retention.py: no room waits noticeably
PICTURE = re.compile(rb'"([0-9a-f]{32})"')


class Unknown(Exception):
    """Nothing is kept of that identity."""


class StillOpen(Exception):
    """The person is in a room that is not over."""


class Privacy:
    def __init__(
        self,
        store: Store,
        recordings: Recordings,
        assets: Assets,
        signer: Signer,
        *,
        now: Callable[[], float],
        forget: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """`forget`: told of each room of which something was erased."""
        self._store = store
        self._recordings = recordings
        self._assets = assets
        self._signer = signer
        self._now = now
        self._forget = forget
        self._one_at_a_time = asyncio.Lock()  # two who were in the same room are both in its record

    # To hand over

    async def export(self, identity: str) -> AsyncIterator[bytes]:
        """JSON lines: the room and what its record says of them, then their events, and so for every room; the ledger.

        Raises:
            Unknown, StoreFailed.
        """
        places, kept = await self._store.whereabouts(identity), await self._store.ledger.kept(identity)
        if not places and not kept:
            raise Unknown("nothing is kept of that identity")
        for where in places:
            yield _line({"room": where.room, "member": where.member, "record": await self._row(where)})
            async for event in self._events(where.room):
                stored = orjson.loads(event.body)
                if _is_about(stored, where.member):
                    content = orjson.loads(event.personal) if event.personal and _is_of(stored, where.member) else {}
                    yield _line({name: stored[name] for name in ("seq", "at", "type", "event")} | {"content": content})
        if kept:
            yield _line({"ledger": kept})

    async def _row(self, where: Whereabouts) -> dict[str, object] | None:
        """What the record has under their number; None: there is no record yet."""
        found = await self._store.record(where.room)
        if found is None:
            return None
        record = orjson.loads(found.envelope)["data"]
        whole = {name: record[name] for name in ("form", "subject", "topic", "opened_ms", "closed_ms")}
        theirs = {
            name: [row for row in rows if where.member in (row.get("member"), row.get("teacher"), row.get("student"))]
            for name, rows in record.items()
            if isinstance(rows, list)
        }
        return {**whole, **{name: rows for name, rows in theirs.items() if rows}}

    # To destroy

    async def erase(self, identity: str, *, rewrite: bool = False) -> list[str]:
        """Destroy what is theirs; the rooms in which something was.  `rewrite`: the store is nobody else's.

        Raises:
            Unknown: nothing is kept.
            StillOpen: they are in a room that is not over; nothing has changed.
            StoreFailed, OSError: not all of it is done; once more does the rest.
        """
        places = await self._store.whereabouts(identity)
        if not places and not await self._store.ledger.kept(identity):
            await self._store.scrub()  # the rest of an erasure that came so far
            raise Unknown("nothing is kept of that identity")
        if still := [where.room for where in places if where.closed_ms is None]:
            raise StillOpen(f"they are in a room that is not over: {', '.join(still)}")
        async with self._one_at_a_time:
            await self._store.ledger.erase(identity)  # first: who owes nothing any more adds nothing meanwhile
            for where in places:
                await self._erase(where)
                if self._forget is not None:
                    await self._forget(where.room)
        await self._store.scrub(rewrite=rewrite)
        return [where.room for where in places]

    async def _erase(self, where: Whereabouts) -> None:
        seqs, pictures = await self._theirs(where)
        await self._recordings.erase(where.room, where.member)
        await self._assets.remove(where.room, pictures)
        for part in _parts(seqs):
            await self._store.blank(where.room, part)
        found = await self._store.record(where.room)
        record = None
        if found is not None:
            record = (found.id, self._without(found.envelope, where.member))
        await self._store.erase(where, record)

    def _without(self, published: bytes, member: int) -> bytes:
        """The record without them, signed again."""
        try:
            before = msgspec.json.decode(published, type=Envelope).data
        except msgspec.ValidationError:  # of an older version, and never signed
            old = orjson.loads(published)
            return orjson.dumps({**old, "data": without_of_old(old["data"], member)})
        after = self._signer.sign(without(before, member, at_ms=round(self._now() * 1000)))
        return msgspec.json.encode(envelope(after))

    async def _theirs(self, where: Whereabouts) -> tuple[list[int], set[str]]:
        """The events whose content is theirs, and the pictures that nobody else has put on the board."""
        seqs, theirs, others = list[int](), set[bytes](), set[bytes]()
        async for event in self._events(where.room):
            mine = event.personal is not None and _is_of(orjson.loads(event.body), where.member)
            seqs += [event.seq] if mine else []
            others.update(PICTURE.findall(event.body))  # a page may have one behind it
            (theirs if mine else others).update(PICTURE.findall(event.personal or b""))
        return seqs, {name.decode() for name in theirs - others}

    async def _events(self, room: str) -> AsyncIterator[StoredEvent]:
        after = 0
        while page := await self._store.events(room, after=after, limit=PAGE):
            for event in page:
                yield event
            after = page[-1].seq


def _is_of(stored: dict[str, object], member: int) -> bool:
    return owner_of(stored) == member


def _is_about(stored: dict[str, object], member: int) -> bool:
    fields = stored["event"]
    return _is_of(stored, member) or (isinstance(fields, dict) and fields.get("member") == member)


def _line(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def _parts(seqs: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(seqs)
    while part := list(islice(rest, EVENTS_A_PART)):
        yield part
