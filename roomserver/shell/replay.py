"""Reads from the store what a room was at an instant: its newest checkpoint before it, and the events from there on.

Decides nothing: `core/replay.py` does.  What adds up events runs in a thread, since a page of them is some 20 ms.
Rules: REPLAY-* in docs/rules.md.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import orjson

from protocol.events import RoomClosed

from ..core import replay
from ..core.checkpoint import CHECKPOINT_EVENTS, Unreadable
from ..core.fold import Fold
from ..core.log import Broken, Entry, is_erased, leans
from ..core.people import Person
from ..core.replay import Course
from ..core.state import RoomState
from .kept import Kept
from .places import Places
from .store import Place, Store, StoredEvent

log = logging.getLogger("roomserver.replay")
PAGE = CHECKPOINT_EVENTS  # events read at a time: as many as mostly follow a checkpoint
COURSES_KEPT = 16  # of the rooms that were asked for last
STATES_KEPT = 2  # of the instants of rooms that have closed: a class takes its board home
MARKS_BYTES = 8_000_000  # of time lines: a lesson of 300 has 1 MB
AT_ONCE = 8  # one is made, the others wait; a segment takes tens of milliseconds

Stored = tuple[bytes, bytes | None]  # body and personal content of an event
T = TypeVar("T")


async def state_at(store: Store, room: str, at_ms: int | None = None) -> RoomState:
    """The room as it was `at_ms` after it opened, all events of that millisecond included; None: as it is stored now.

    Raises:
        Broken: the log does not fit its hashes, or there is none.
        StoreFailed: it cannot be read.
    """
    places = [place for place in await store.places(room) if at_ms is None or place[1] <= at_ms]

    async def go_on(fold: Fold) -> RoomState:
        while page := await store.events(room, after=fold.log.seq, limit=PAGE):
            wanted = len(page) if at_ms is None else bisect_right(page, at_ms, key=_at)
            await asyncio.to_thread(_add, fold, page[:wanted])
            if wanted < len(page):
                break
        return fold.state

    return await _from_checkpoint(store, room, places, go_on)


async def _from_checkpoint(
    store: Store, room: str, places: Sequence[Place], go_on: Callable[[Fold], Awaitable[T]]
) -> T:
    """Go on from the newest of these that is any good, or else from the beginning of the log (CHECKPOINT-5)."""
    for seq, _ in reversed(places):
        try:
            return await go_on(await asyncio.to_thread(Fold, {}, await store.checkpoint(room, seq)))
        except (Unreadable, Broken) as error:
            log.warning("a checkpoint is of no use: %s", error, extra={"room": room})
    return await go_on(Fold({}))


def _at(event: StoredEvent) -> int:
    return int(orjson.loads(event.body)["at"])


def _add(fold: Fold, events: Sequence[StoredEvent]) -> None:
    for event in events:
        fold.add(event.body, event.personal, event.hash)


def _until_closed(fold: Fold, events: Sequence[StoredEvent]) -> Entry | None:
    for event in events:
        entry = fold.add(event.body, event.personal, event.hash)
        if isinstance(entry.event, RoomClosed):
            return entry
    return None


def _needs_board(fold: Fold, events: Sequence[StoredEvent]) -> bool:
    """Can some of these be read only with the board before them?"""
    return fold.log.erased or any(leans(one.body) or is_erased(one.body, one.personal) for one in events)


def _of_time_line(course: Course, marks: Sequence[Stored], viewer: Person) -> bytes:
    return replay.index(course, list(replay.marks(course, marks, viewer)), viewer)


class Replays:
    """Rooms at an instant, and those that have closed shown again.

    One thing is added up at a time, so that lessons go on beside it, and few wait for that: each method that reads a
    log may raise Busy.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._courses = Kept[str, Course](COURSES_KEPT)
        self._states = Kept[tuple[str, int], RoomState](STATES_KEPT)
        self._marks = Kept[str, list[Stored]](MARKS_BYTES, _bytes)
        self._places = Places("read", most=AT_ONCE)
        self._reading = asyncio.Lock()

    async def forget(self, room: str) -> None:
        """Its log is not what it was: something was erased.  What is being read of it now is not kept."""
        async with self._reading:
            self._courses.drop(lambda known: known == room)
            self._states.drop(lambda known: known[0] == room)
            self._marks.drop(lambda known: known == room)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        with self._places.place():
            async with self._reading:
                yield

    async def state(self, room: str, at_ms: int | None, *, closed: Course | None) -> RoomState:
        """As `state_at`; what it answers is not to be changed.  `closed`: the room's course where it has one."""
        if closed is None:
            async with self._turn():
                return await state_at(self._store, room, at_ms)
        at = closed.closed[1] if at_ms is None else min(at_ms, closed.closed[1])
        if (known := self._states.get((room, at))) is None:
            async with self._turn():
                if (known := self._states.get((room, at))) is None:
                    known = await state_at(self._store, room, at)
                    self._states.put((room, at), known)
        return known

    async def course(self, room: str) -> Course | None:
        """None: it has not closed.

        Raises:
            Broken: the log does not fit its hashes, or there is none.
            StoreFailed: it cannot be read.
        """
        if (known := self._courses.get(room)) is None:
            async with self._turn():
                if (known := self._courses.get(room) or await self._read_course(room)) is not None:
                    self._courses.put(room, known)
        return known

    async def _read_course(self, room: str) -> Course | None:
        places = await self._store.places(room)

        async def go_on(fold: Fold) -> Course | None:
            while page := await self._store.events(room, after=fold.log.seq, limit=PAGE):
                if (closed := await asyncio.to_thread(_until_closed, fold, page)) is not None:
                    return replay.course(fold.state, closed.seq, places)
            return None

        return await _from_checkpoint(self._store, room, places, go_on)

    async def segment(self, room: str, course: Course, viewer: Person, at: int) -> bytes:
        """The JSON of the segment in which `at` lies, for these eyes.  Raises as `course`."""
        begin, end = course.segment(at)

        async def go_on(fold: Fold) -> bytes:
            while fold.log.seq < begin[0]:
                await asyncio.to_thread(_add, fold, await self._page(room, fold.log.seq, begin[0]))
            events: list[StoredEvent] = []
            while (last := begin[0] + len(events)) < end[0]:
                events += await self._page(room, last, end[0])
            read = fold.add if _needs_board(fold, events) else fold.read
            tail = (read(event.body, event.personal, event.hash) for event in events)
            return await asyncio.to_thread(replay.segment, course, fold, begin, end, tail, viewer)

        async with self._turn():
            return await _from_checkpoint(self._store, room, course.checkpoints(begin), go_on)

    async def _page(self, room: str, after: int, last: int) -> list[StoredEvent]:
        """Some of the events behind `after`, none behind `last`."""
        page = await self._store.events(room, after=after, limit=min(PAGE, last - after))
        if not page:
            raise Broken(after + 1, "it is missing")
        return page

    async def index(self, room: str, course: Course, viewer: Person) -> bytes:
        """The JSON of what the time line shows, for these eyes.  Raises as `course`."""
        async with self._turn():
            if (marks := self._marks.get(room)) is None:
                marks = await self._read_marks(room, course)
                self._marks.put(room, marks)
            return await asyncio.to_thread(_of_time_line, course, marks, viewer)

    async def _read_marks(self, room: str, course: Course) -> list[Stored]:
        """What may be on somebody's time line: all but ink, which is most of a log."""
        marks: list[Stored] = []
        after, (last, _) = 0, course.closed
        while after < last:
            page = await self._page(room, after, last)
            marks += [(event.body, event.personal) for event in page if replay.INK not in event.body]
            after = page[-1].seq
        return marks


def _bytes(_: str, marks: Sequence[Stored]) -> int:
    return sum(len(body) + len(personal or b"") for body, personal in marks)
