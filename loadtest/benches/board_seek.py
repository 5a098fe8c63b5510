"""Any instant of a replay of 40,000 events: how long the server takes to answer.

Ninety students write on one board: strokes of 39 points, each a `board.begun`, three `board.extended` and a
`board.finished`, on four pages; then the teacher ends the room.  That is as much as happens in a lesson of 30 minutes,
in less than one: a seek reads and folds events, and their number is what costs, not the time between them.  A student
then asks for 200 instants, spread evenly and in no order, one after the other (`GET /v1/rooms/{room}/replay?at=…`).

- `seek_ms`: from the request until the answer is whole: picture, chunks, and the events up to the next keyframe; the
  95th percentile.  `seek_p50_ms`, `seek_max_ms`: the median and the slowest.
- `first_ms`: the first question of all, for which the server reads what is true of the whole lesson.
- `cpu_ms`: processor time of the server for each.  `bytes`: an answer, the mean.
- `events`: how many the log has.
- `lost`: answers that were none, or in which the instant does not lie.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from operator import itemgetter
from typing import Any

import aiohttp
import orjson

from protocol import commands as c
from protocol import events as e

from ..measure import Figures, Span, percentile
from ..pace import Act, play
from ..plan import Size
from ..school import seated
from ..server import Server, ServerFailed, token
from ..swarm import Peer, join_all, until
from ..writer import Writer

EVENTS = 40_000
STUDENTS = 90
EXTENDS = 3  # of a stroke
POINTS = 13  # each
EVERY_S = 0.15  # between them: more than the server joins
STROKE_S = (EXTENDS + 0.5) * EVERY_S  # from the beginning of one to that of the next
PAGES = 4
SEEKS = 200
TAIL_S = 20.0


async def run(server: Server, size: Size) -> Figures:
    (room,) = await server.rooms(1)
    events = await lesson(server, room, size.of(EVENTS, least=100))
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{server.port}", headers={"Authorization": f"Bearer {token(f'{room}-1', 'student', room)}"}
    ) as session:
        viewer = Viewer(session, room)
        await viewer.seek(0)
        span = Span(server.pid)
        for at in instants(viewer.duration_ms, size.of(SEEKS, least=5)):
            await viewer.seek(at)
        span.end()
    first, *took = viewer.took
    return {
        "seek_ms": 1e3 * percentile(took, 0.95),
        "seek_p50_ms": 1e3 * percentile(took, 0.5),
        "seek_max_ms": 1e3 * max(took),
        "first_ms": 1e3 * first,
        "cpu_ms": 1e3 * span.cpu_s / len(took),
        "bytes": viewer.octets / len(viewer.took),
        "events": events,
        "lost": viewer.lost,
    }


def instants(duration_ms: int, count: int) -> list[int]:
    """Spread evenly over a lesson, in no order."""
    spread = [duration_ms * number // count for number in range(count)]
    random.Random(7).shuffle(spread)
    return spread


@dataclass(slots=True)
class Viewer:
    """Somebody who drags along the time line of a replay."""

    session: aiohttp.ClientSession
    room: str
    took: list[float] = field(default_factory=list)
    octets: int = 0
    lost: int = 0
    duration_ms: int = 0

    async def seek(self, at: int) -> None:
        begun = time.perf_counter()
        async with self.session.get(f"/v1/rooms/{self.room}/replay", params={"at": at}) as answer:
            body = await answer.read()
        self.took.append(time.perf_counter() - begun)
        self.octets += len(body)
        segment: Any = orjson.loads(body)
        self.duration_ms = segment.get("duration_ms", 0)
        self.lost += not (answer.status == 200 and segment["at"] <= at <= segment["until"])


async def lesson(server: Server, room: str, events: int) -> int:
    """A room in which so much was written, and which has ended; how many events it has.

    Raises:
        ServerFailed: not all was taken.
    """
    strokes = max(PAGES, events // (EXTENDS + 2))
    people = seated(room, min(STUDENTS, strokes))
    await join_all(people.everybody, server.port)
    teacher = Teacher(people.teacher)
    for _ in range(PAGES - 1):
        teacher.add_page()
    await play(
        sorted(plan(teacher, [Writer(*one) for one in zip(people.students, count())], strokes), key=itemgetter(0))
    )
    if not await until(lambda: teacher.finished == strokes, within_s=TAIL_S):
        raise ServerFailed(f"{teacher.finished} of {strokes} strokes were taken")
    teacher.end()
    if not await until(lambda: not teacher.peer.alive, within_s=TAIL_S):
        raise ServerFailed("the room was not closed")
    return teacher.newest


def plan(teacher: "Teacher", writers: Sequence[Writer], strokes: int) -> Iterator[tuple[float, Act]]:
    """Everybody begins their next stroke a while after the one before, in turn."""
    for number in range(strokes):
        writer, begins = writers[number % len(writers)], number * STROKE_S / len(writers)
        page = 1 + number * PAGES // strokes
        if page > 1 and number * PAGES % strokes < PAGES:
            yield begins, partial(teacher.turn, page)
        yield begins, partial(writer.begin, page)
        for extend in range(EXTENDS):
            yield begins + extend * EVERY_S, partial(writer.go_on, POINTS)
        yield begins + EXTENDS * EVERY_S, writer.finish


class Teacher:
    """Turns the pages, and hears everything."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.finished = 0
        self.newest = 0
        peer.listener = self.heard

    def heard(self, payload: bytes) -> None:
        message, _ = self.peer.client.receive(payload)
        self.finished += isinstance(message, e.StrokeFinished)
        self.newest = max(self.newest, self.peer.client.seq)

    def add_page(self) -> None:
        self.peer.ask(lambda id: c.AddPage(id=id))

    def turn(self, page: int) -> None:
        self.peer.ask(lambda id: c.TurnPage(id=id, page=page))

    def end(self) -> None:
        self.peer.ask(lambda id: c.EndRoom(id=id))
