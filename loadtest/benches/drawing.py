"""Many draw at once while a class looks on: `class` (30 of 100) and `whole-class` (100 of 300).

Everybody who draws does so without a pause: 60 points a second, sent 3 at a time every 50 ms, in strokes of one second,
each begun and finished.  The drawers are spread evenly over the 50 ms.  All speak MessagePack.

- `cpu_percent`: processor time of the server, of one core, from the first point sent until the last event has arrived.
- `late_ms`: the last event of all is a `board.finish`, sent right after the last points; how long after its sending the
  slowest of all who are connected has it.
- `viewer_kb_per_s`: all bytes that a student who does not draw receives, mean over them, in 1,000 bytes a second.
- `lost`: people who did not get the last event within `TAIL_S`, and points that a sampled viewer, who decodes
  everything, did not get or got too often.
- `latency_p99_ms`: from the sending of points until a sampled viewer has them; held to the target of `late_ms`, for the
  last event alone would not tell when points wait for whatever comes next.
"""

import time
from collections import defaultdict

from protocol import events as e
from protocol.codec import MSGPACK

from ..measure import Figures, Span, percentile
from ..pace import Act, play
from ..pen import Pen
from ..plan import Size
from ..school import seated
from ..server import Server
from ..swarm import Peer, join_all, listen, until

EVERY_S = 0.05
POINTS = 3
STROKE = 20  # messages of points in one stroke
SAMPLED = 3
TAIL_S = 30.0


class Sketch(Pen):
    """A pen that remembers when it sent which points."""

    def __init__(self, peer: Peer, seed: int, sent: dict[str, list[float]]) -> None:
        super().__init__(peer, seed)
        self.slots = 0
        self.down = False
        self._sent = sent

    def slot(self) -> None:
        """What is due every 50 ms."""
        if not self.down:
            self._sent[self.begin()] = []
            self.down = True
        self._sent[self.shape].append(time.perf_counter())
        self.extend(POINTS)
        self.slots += 1
        if not self.slots % STROKE:
            self.lift()

    def lift(self) -> None:
        self.finish()
        self.down = False


class Viewer:
    """Decodes everything: how long points took, and whether all came."""

    def __init__(self, sent: dict[str, list[float]]) -> None:
        self.took: list[float] = []
        self.points: dict[str, int] = defaultdict(int)
        self._sent = sent

    def heard(self, payload: bytes) -> None:
        now = time.perf_counter()
        message = MSGPACK.decode_down(payload)
        if isinstance(message, e.StrokeExtended):
            before = self.points[message.shape]
            after = self.points[message.shape] = before + len(message.points) // 2
            messages = self._sent.get(message.shape, [])[before // POINTS : after // POINTS]
            self.took.extend(now - sent for sent in messages)


class Finish:
    """Who has had the last event of all, and when."""

    def __init__(self, shape: str) -> None:
        self.at: dict[Peer, float] = {}
        self._marks = b"board.finished", MSGPACK.encode(shape)

    def watch(self, peer: Peer) -> None:
        before = peer.listener

        def heard(payload: bytes) -> None:
            if before is not None:
                before(payload)
            if all(mark in payload for mark in self._marks):
                self.at[peer] = time.perf_counter()

        peer.listener = heard


async def run(server: Server, size: Size, *, drawing: int, connected: int) -> Figures:
    (room,) = await server.rooms(1)
    drawers = size.of(drawing)
    people = seated(room, max(drawers + 1, size.of(connected) - 1))
    await join_all(people.everybody, server.port)
    sent: dict[str, list[float]] = {}
    pens = [Sketch(peer, seed, sent) for seed, peer in enumerate(people.students[:drawers])]
    onlookers = people.students[drawers:]
    viewers = [Viewer(sent) for _ in onlookers[:SAMPLED]]
    listen(onlookers[:SAMPLED], lambda peer: viewers[onlookers.index(peer)].heard)

    slots = max(1, round(size.seconds / EVERY_S) - 1)
    plan: list[tuple[float, Act]] = [
        ((slot + place / drawers) * EVERY_S, pen.slot) for slot in range(slots) for place, pen in enumerate(pens)
    ]
    octets = [peer.inflow.octets for peer in onlookers]
    span = Span(server.pid)
    behind = await play(plan)
    late, missing = await last_event(pens, people.everybody)
    span.end()
    received = sum(peer.inflow.octets - before for peer, before in zip(onlookers, octets, strict=True))
    return {
        "cpu_percent": span.cpu_percent,
        "late_ms": 1e3 * late,
        "viewer_kb_per_s": received / len(onlookers) / span.wall_s / 1e3,
        "lost": missing + sum(wrong(pens, viewer) for viewer in viewers),
        "latency_p99_ms": 1e3 * percentile([s for viewer in viewers for s in viewer.took], 0.99),
        "messages_per_s": len(plan) / span.wall_s,
        "load_cpu_percent": span.load_cpu_percent,
        "load_behind_ms": 1e3 * behind,
    }


async def last_event(pens: list[Sketch], everybody: list[Peer]) -> tuple[float, int]:
    """Everybody lifts their pen; how long the last of it takes to the slowest, and who never had it."""
    for pen in pens[1:]:
        if pen.down:
            pen.lift()
    last = pens[0]
    if not last.down:
        last.slot()
    finish = Finish(last.shape)
    for peer in everybody:
        finish.watch(peer)
    sent = time.perf_counter()
    last.lift()
    await until(lambda: len(finish.at) == len(everybody), within_s=TAIL_S)
    missing = len(everybody) - len(finish.at)
    return (TAIL_S if missing else max(finish.at.values()) - sent), missing


def wrong(pens: list[Sketch], viewer: Viewer) -> int:
    """Points too few, and points too many."""
    return sum(abs(count - viewer.points[shape]) for pen in pens for shape, count in pen.points.items())
