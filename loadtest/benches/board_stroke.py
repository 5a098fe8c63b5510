"""One stroke of ten seconds, as it reaches each of two viewers: how many bytes.

A teacher writes with a pen that has pressure: 60 points a second (`--seconds` of them), sent 3 at a time every 50 ms.
One student reads MessagePack, one JSON.

- `viewer_bytes_msgpack`, `viewer_bytes_json`: all bytes of the stroke's events (`board.begun`, `board.extended`,
  `board.finished`), the headers of their WebSocket frames with them.
- `lost`: points and pressures that a viewer did not get, or got otherwise than they were sent.
- `events`: into how many the stroke was joined.
- `latency_p99_ms`: from the sending of points until a viewer has them; what is joined waits for that.
"""

import time
from functools import partial

from protocol import events as e
from protocol.codec import JSON, MSGPACK

from ..frames import frame_bytes
from ..handwriting import HZ, Ink, written
from ..measure import Figures, percentile
from ..pace import play
from ..plan import Size
from ..school import client
from ..server import Server
from ..swarm import Peer, join_all, until
from ..writer import Writer

POINTS = 3  # a message
EVERY_S = POINTS / HZ
TAIL_S = 5.0


class Viewer:
    """Adds up what it gets of the stroke."""

    def __init__(self, peer: Peer, sent: list[float]) -> None:
        self.octets = 0
        self.events = 0
        self.points: list[int] = []
        self.pressure: list[int] = []
        self.took: list[float] = []
        self.has_all = False
        self._codec = peer.client.codec
        self._sent = sent
        peer.listener = self.heard

    def heard(self, payload: bytes) -> None:
        now = time.perf_counter()
        message = self._codec.decode_down(payload)
        if not isinstance(message, e.Ink):
            return
        self.octets += frame_bytes(payload)
        self.has_all |= isinstance(message, e.StrokeFinished)
        if isinstance(message, e.StrokeExtended):
            before = len(self.pressure)
            self.events += 1
            self.points += message.points
            self.pressure += message.pressure or ()
            self.took += (now - sent for sent in self._sent[before // POINTS : len(self.pressure) // POINTS])

    def lost(self, ink: Ink) -> int:
        return wrong(self.points, ink.points) // 2 + wrong(self.pressure, ink.pressure)


def wrong(got: list[int], sent: tuple[int, ...]) -> int:
    return abs(len(got) - len(sent)) + sum(one != other for one, other in zip(got, sent, strict=False))


async def run(server: Server, size: Size) -> Figures:
    (room,) = await server.rooms(1)
    teacher = Peer(client(room, "t", "teacher"))
    students = [Peer(client(room, name, "student", codec)) for name, codec in (("m", MSGPACK), ("j", JSON))]
    await join_all([teacher, *students], server.port)
    sent: list[float] = []
    msgpack, json = viewers = [Viewer(peer, sent) for peer in students]
    writer = Writer(teacher, seed=1)
    ink = written(POINTS * max(1, round(size.seconds / EVERY_S)), writer.random)
    batches = range(len(ink.pressure) // POINTS)

    def extend(batch: int) -> None:
        sent.append(time.perf_counter())
        points, pressure = (
            slice(2 * POINTS * batch, 2 * POINTS * (batch + 1)),
            slice(POINTS * batch, POINTS * (batch + 1)),
        )
        writer.extend(Ink(ink.points[points], ink.pressure[pressure]), pressed=True)

    writer.begin()
    await play(((batch + 1) * EVERY_S, partial(extend, batch)) for batch in batches)
    writer.finish()
    await until(lambda: all(viewer.has_all for viewer in viewers), within_s=TAIL_S)
    return {
        "viewer_bytes_msgpack": msgpack.octets,
        "viewer_bytes_json": json.octets,
        "lost": sum(viewer.lost(ink) for viewer in viewers),
        "events": msgpack.events,
        "latency_p99_ms": 1e3 * percentile(msgpack.took + json.took, 0.99),
    }
