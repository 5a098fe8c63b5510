"""A teacher clears a page of 2,000 strokes and takes it back: how long until a viewer has the page again.

In five rooms ten students draw 2,000 strokes of 20 points within the rate limits (a third of a second each, as in
`storm`); then all but one leave.  What an undo brings back is charged to who asks for it (rule RATE-6), so the teachers
are silent until they have saved up enough.  Then, one room after the other, the teacher clears everything, and half a
second after everybody has seen it sends `board.undo`.  Both read JSON, as the web client does.

- `undo_ms`: from the sending of `board.undo` until the student has the whole `board.restored`; the median of the rooms.
  `undo_max_ms` is the slowest room.
- `undo_cpu_ms`: processor time of the server for it, a room; a clock of 10 ms counts it.
- `bytes`: the event.
- `lost`: strokes that did not come back.
"""

import asyncio
import json
import time
import zlib
from collections.abc import Callable

from protocol import commands as c
from protocol import events as e
from protocol.codec import JSON

from ..measure import Figures, Span, percentile
from ..plan import Size
from ..school import Class, seated
from ..server import Server, ServerFailed
from ..swarm import Peer, join_all, until
from ..writer import Writer, fill

ROOMS = 5
STUDENTS = 10
STROKES = 2_000
POINTS = 20
STROKES_HZ = 7  # of one student: a third of what is allowed, so that five rooms fit one core
SAVED_HZ = 2_000  # points a second that a silent member saves up
SHAPE = 5  # points that a shape counts as, besides its own
SECOND_THOUGHT_S = 0.5
TAIL_S = 10.0
TYPE_BYTES = 40  # of a message, in which its type stands


class Witness:
    """When somebody has seen what.  The great event is kept, and read when nobody waits any more."""

    def __init__(self, peer: Peer) -> None:
        self.finished = 0
        self.cleared = False
        self.back_at = 0.0
        self.payload = b""
        peer.listener = self.heard

    def heard(self, payload: bytes) -> None:
        kind = payload[:TYPE_BYTES]
        if b"board.restored" in kind:
            self.back_at, self.payload = time.perf_counter(), payload
        self.cleared |= b"board.cleared" in kind
        self.finished += b"board.finished" in kind

    @property
    def shapes(self) -> int:
        restored = JSON.decode_down(self.payload) if self.payload else None
        if not isinstance(restored, e.ShapesRestored):
            return 0
        return len(restored.shapes) + sum(len(json.loads(zlib.decompress(chunk))) for _, chunk in restored.chunks)


class Lesson:
    """One room; how long its undo took."""

    def __init__(self, people: Class, strokes: int) -> None:
        self.took_s = 0.0
        self.cpu_s = 0.0
        self.student = Witness(people.students[-1])
        self.strokes = strokes
        self._people = people
        self._begun = time.perf_counter()

    async def draw(self) -> None:
        writers = [Writer(peer, seed) for seed, peer in enumerate(self._people.students)]
        await fill(writers, 1, self.strokes, POINTS, each_hz=STROKES_HZ)
        await self._see(lambda: self.student.finished >= self.strokes, "drawn")
        for peer in self._people.students[:-1]:
            peer.drop()

    async def clear_and_undo(self, server: Server) -> None:
        teacher = self._people.teacher
        await asyncio.sleep(self._begun + self.strokes * (POINTS + SHAPE) / SAVED_HZ - time.perf_counter())
        teacher.ask(lambda id: c.ClearPage(id=id, whose="all"))
        await self._see(lambda: self.student.cleared, "cleared")
        await asyncio.sleep(SECOND_THOUGHT_S)
        span, sent = Span(server.pid), time.perf_counter()
        teacher.ask(lambda id: c.Undo(id=id))
        await self._see(lambda: bool(self.student.payload), "taken back")
        self.cpu_s = span.end().cpu_s
        self.took_s = self.student.back_at - sent

    async def _see(self, seen: Callable[[], bool], what: str) -> None:
        if not await until(seen, within_s=TAIL_S):
            raise ServerFailed(f"not everything was {what} within {TAIL_S} s")


async def run(server: Server, size: Size) -> Figures:
    strokes = size.of(STROKES)
    classes = [seated(room, STUDENTS, lambda _: JSON) for room in await server.rooms(ROOMS)]
    for people in classes:
        await join_all(people.everybody, server.port)
    lessons = [Lesson(people, strokes) for people in classes]
    await asyncio.gather(*(lesson.draw() for lesson in lessons))
    for lesson in lessons:
        await lesson.clear_and_undo(server)
    took_ms = [1e3 * lesson.took_s for lesson in lessons]
    return {
        "undo_ms": percentile(took_ms, 0.5),
        "undo_max_ms": max(took_ms),
        "undo_cpu_ms": 1e3 * sum(lesson.cpu_s for lesson in lessons) / len(lessons),
        "bytes": max(len(lesson.student.payload) for lesson in lessons),
        "lost": sum(strokes - lesson.student.shapes for lesson in lessons),
    }
