"""One sends, five hundred receive: what a delivery costs.

A teacher sends 20 events a second (`board.begin` and `board.finish` in turn), 50 ms apart, so that each is a tick of
its own.  Every other student speaks JSON, the rest MessagePack.

- `cpu_us_per_frame`: processor time of the server in the span, all of it, divided by the event frames that receivers
  saw whole.
- `latency_p99_ms`: from the sending of an event until a receiver has it, over all receivers and events.
- `lost`: deliveries that were due and did not come within `TAIL_S` of the end.
"""

import time
from collections import Counter
from functools import partial

from protocol import events as e
from protocol.codec import JSON, MSGPACK, Codec

from ..measure import Figures, Span, percentile
from ..pace import Act, play
from ..pen import Pen
from ..plan import Size
from ..school import seated
from ..server import Server
from ..swarm import Listener, Peer, join_all, listen, until

STUDENTS = 500
EVENTS_HZ = 20
TAIL_S = 5.0
Key = tuple[str, type]  # a stroke, and what happened to it


class Stopwatch:
    """When each event was sent, and how long it took to each receiver.

    The same bytes go to many receivers: they are decoded once.
    """

    def __init__(self) -> None:
        self.sent: dict[Key, float] = {}
        self.took: list[float] = []
        self.other: Counter[str] = Counter()
        self._known: dict[bytes, Key | None] = {}

    def listener(self, peer: Peer) -> Listener:
        return partial(self.heard, peer.client.codec)

    def heard(self, codec: Codec, payload: bytes) -> None:
        now = time.perf_counter()
        if payload not in self._known:
            self._known[payload] = self._key(codec, payload)
        key = self._known[payload]
        if key is not None and key in self.sent:
            self.took.append(now - self.sent[key])

    def _key(self, codec: Codec, payload: bytes) -> Key | None:
        message = codec.decode_down(payload)
        if isinstance(message, e.StrokeBegun | e.StrokeFinished):
            return message.shape, type(message)
        self.other[type(message).__name__] += 1
        return None


async def run(server: Server, size: Size) -> Figures:
    (room,) = await server.rooms(1)
    people = seated(room, size.of(STUDENTS, least=2), lambda i: JSON if i % 2 else MSGPACK)
    await join_all(people.everybody, server.port)
    watch, pen = Stopwatch(), Pen(people.teacher, seed=1)
    listen(people.students, watch.listener)

    def begin() -> None:
        now = time.perf_counter()
        watch.sent[pen.begin(), e.StrokeBegun] = now

    def finish() -> None:
        watch.sent[pen.shape, e.StrokeFinished] = time.perf_counter()
        pen.finish()

    acts: tuple[Act, Act] = (begin, finish)
    count = max(2, round(size.seconds * EVENTS_HZ))
    span = Span(server.pid)
    behind = await play((n / EVENTS_HZ, acts[n % 2]) for n in range(count))
    due = count * len(people.students)
    await until(lambda: len(watch.took) >= due, within_s=TAIL_S)
    span.end()
    seen = len(watch.took)
    return {
        "cpu_us_per_frame": 1e6 * span.cpu_s / max(1, seen),
        "latency_p99_ms": 1e3 * percentile(watch.took, 0.99),
        "latency_p50_ms": 1e3 * percentile(watch.took, 0.5),
        "lost": due - seen,
        "frames_per_s": seen / span.wall_s,
        "cpu_percent": span.cpu_percent,
        "load_cpu_percent": span.load_cpu_percent,
        "load_behind_ms": 1e3 * behind,
    }
