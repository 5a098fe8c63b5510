"""A teacher clears a page of 2,000 strokes and takes it back: how long until the class has the page again.

Five rooms, each with a teacher and ten students, draw 2,000 strokes of 40 points within the rate limits; every other
student speaks JSON.  What an undo brings back counts as points of whoever asks for it (rule RATE-6), so the teachers
are silent until they have saved up 80,000.  Then, one room after the other, the teacher clears everything, and half a
second after everybody has seen it sends `board.undo`.

- `undo_ms`: from the sending of `board.undo` until the student who came in last, and reads MessagePack, has the whole
  `board.restored`; the median of the rooms.  `undo_max_ms` is the slowest room.
- `undo_all_ms`: until everybody in the room has it, the median of the rooms.
- `undo_cpu_ms`: processor time of the server for it, a room; a clock of 10 ms counts it.
- `bytes`: the event in MessagePack.
- `lost`: strokes that did not come back, to anybody.
"""

import asyncio
import time
from collections.abc import Callable

from protocol import commands as c
from protocol import events as e
from protocol.codec import JSON, MSGPACK

from ..measure import Figures, Span, percentile
from ..plan import Size
from ..school import Class, seated
from ..server import Server, ServerFailed
from ..swarm import Peer, join_all, until
from ..writer import Writer, fill

ROOMS = 5
STUDENTS = 10
STROKES = 2_000
POINTS = 40
STROKES_HZ = 7  # of one student: a third of what is allowed, so that five rooms fit one core
SAVED_HZ = 2_000  # points a second that a silent member saves up
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
        self._codec = peer.client.codec
        peer.listener = self.heard

    def heard(self, payload: bytes) -> None:
        kind = payload[:TYPE_BYTES]
        if b"board.restored" in kind:
            self.back_at, self.payload = time.perf_counter(), payload
        self.cleared |= b"board.cleared" in kind
        self.finished += b"board.finished" in kind

    @property
    def shapes(self) -> int:
        restored = self._codec.decode_down(self.payload) if self.payload else None
        return len(restored.shapes) if isinstance(restored, e.ShapesRestored) else 0


class Lesson:
    """One room and everybody in it; how long its undo took, to each."""

    def __init__(self, people: Class, strokes: int) -> None:
        self.strokes = strokes
        self.people = people
        self.witnesses = [Witness(peer) for peer in people.everybody]
        self.begun = time.perf_counter()
        self.took: list[float] = []
        self.cpu_s = 0.0

    async def draw(self) -> None:
        writers = [Writer(peer, seed) for seed, peer in enumerate(self.people.students)]
        await fill(writers, 1, self.strokes, POINTS, each_hz=STROKES_HZ)
        await self._all(lambda one: one.finished >= self.strokes, "drawn")

    async def clear_and_undo(self, server: Server) -> None:
        await asyncio.sleep(self.begun + self.strokes * POINTS / SAVED_HZ - time.perf_counter())
        self.people.teacher.ask(lambda id: c.ClearPage(id=id, whose="all"))
        await self._all(lambda one: one.cleared, "cleared")
        await asyncio.sleep(SECOND_THOUGHT_S)
        span = Span(server.pid)
        sent = time.perf_counter()
        self.people.teacher.ask(lambda id: c.Undo(id=id))
        await self._all(lambda one: bool(one.payload), "taken back")
        self.cpu_s = span.end().cpu_s
        self.took = [one.back_at - sent for one in self.witnesses]

    async def _all(self, have: Callable[[Witness], bool], what: str) -> None:
        if not await until(lambda: all(map(have, self.witnesses)), within_s=TAIL_S):
            raise ServerFailed(f"not everything was {what} within {TAIL_S} s")


async def run(server: Server, size: Size) -> Figures:
    strokes = size.of(STROKES)
    rooms = await server.rooms(ROOMS)
    classes = [seated(room, STUDENTS, lambda i: JSON if i % 2 else MSGPACK) for room in rooms]
    for people in classes:
        await join_all(people.everybody, server.port, at_once=1)
    lessons = [Lesson(people, strokes) for people in classes]
    await asyncio.gather(*(lesson.draw() for lesson in lessons))
    for lesson in lessons:
        await lesson.clear_and_undo(server)
    last = [lesson.took[-1] for lesson in lessons]
    return {
        "undo_ms": 1e3 * percentile(last, 0.5),
        "undo_max_ms": 1e3 * max(last),
        "undo_all_ms": 1e3 * percentile([max(lesson.took) for lesson in lessons], 0.5),
        "undo_cpu_ms": 1e3 * sum(lesson.cpu_s for lesson in lessons) / len(lessons),
        "bytes": len(lessons[0].witnesses[-1].payload),
        "lost": sum(strokes - one.shapes for lesson in lessons for one in lesson.witnesses),
    }
