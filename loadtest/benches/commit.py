"""Two thousand commands a second from a thousand people in 250 rooms of four: how long until `ok`, so until on disk.

That is a city of lessons with few pupils each, as most are.  Each member sends two commands a second, well below every
limit: half of them lines of chat, a quarter hands raised and lowered (the teacher chats instead), a quarter strokes
begun and finished.  Half the people speak JSON.  Commands leave at even intervals whatever the server does.

- `ok_p99_ms`: from the sending of a command until the `ok` that answers it; `ok` is cumulative.
- `unanswered`: commands without an answer `TAIL_S` after the last was sent.
- `refused`: commands answered by `error`.
"""

import random
import time
from collections import deque

from protocol import commands as c
from protocol import notices as n
from protocol.codec import JSON, MSGPACK

from ..measure import Figures, Span, percentile
from ..pace import play
from ..pen import Pen
from ..plan import Size
from ..school import seated, spread
from ..server import Server
from ..swarm import Peer, join_all, until

PEOPLE = 1_000
ROOMS = 250
COMMANDS_HZ = 2_000
TAIL_S = 15.0


class Worker:
    """One member: sends what is next on their round, and times the answers."""

    def __init__(self, peer: Peer, seed: int, *, teacher: bool) -> None:
        self.took: list[float] = []
        self.refused = 0
        self.waiting: deque[tuple[int, float]] = deque()
        self._peer = peer
        self._pen = Pen(peer, seed)
        hands = (self._chat, self._chat) if teacher else (self._raise, self._lower)
        self._round = [
            *(self._chat, hands[0], self._chat, self._begin),
            *(self._chat, hands[1], self._chat, self._finish),
        ]
        self._next = 4 * (seed % 2)  # the hand and the pen go up before they come down, or come down in vain: harmless
        self._id = 0
        peer.listener = self.heard

    def act(self) -> None:
        self._id += 1
        self.waiting.append((self._id, time.perf_counter()))
        self._round[self._next % 8]()
        self._next += 1

    def heard(self, payload: bytes) -> None:
        message, _ = self._peer.client.receive(payload)
        if isinstance(message, n.Ok):
            now = time.perf_counter()
            while self.waiting and self.waiting[0][0] <= message.id:
                self.took.append(now - self.waiting.popleft()[1])
        elif isinstance(message, n.Error):
            self.refused += 1
            self.waiting = deque(sent for sent in self.waiting if sent[0] != message.id)

    def _chat(self) -> None:
        self._peer.ask(lambda id: c.SendChat(id=id, text=f"line {id}: and so the angles are equal"))

    def _raise(self) -> None:
        self._peer.ask(lambda id: c.RaiseHand(id=id))

    def _lower(self) -> None:
        self._peer.ask(lambda id: c.LowerHand(id=id))

    def _begin(self) -> None:
        self._pen.begin()

    def _finish(self) -> None:
        if self._pen.shape:
            self._pen.finish()
        else:
            self._chat()


async def run(server: Server, size: Size) -> Figures:
    rooms = await server.rooms(size.of(ROOMS))
    people = spread(size.of(PEOPLE, least=4), len(rooms))
    classes = [
        seated(room, count - 1, lambda i: JSON if i % 2 else MSGPACK) for room, count in zip(rooms, people, strict=True)
    ]
    everybody = [peer for one in classes for peer in one.everybody]
    teachers = {one.teacher for one in classes}
    await join_all(everybody, server.port)
    workers = [Worker(peer, seed, teacher=peer in teachers) for seed, peer in enumerate(everybody)]
    random.Random(5).shuffle(workers)
    rate = size.of(COMMANDS_HZ)
    count = max(1, round(rate * size.seconds))
    span = Span(server.pid)
    behind = await play((number / rate, workers[number % len(workers)].act) for number in range(count))
    sending = time.perf_counter()
    await until(lambda: not any(worker.waiting for worker in workers), within_s=TAIL_S)
    span.end()
    took = [s for worker in workers for s in worker.took]
    return {
        "ok_p99_ms": 1e3 * percentile(took, 0.99),
        "ok_p50_ms": 1e3 * percentile(took, 0.5),
        "unanswered": sum(len(worker.waiting) for worker in workers),
        "refused": sum(worker.refused for worker in workers),
        "commands_per_s": count / span.wall_s,
        "tail_ms": 1e3 * (time.perf_counter() - sending),
        "cpu_percent": span.cpu_percent,
        "load_cpu_percent": span.load_cpu_percent,
        "load_behind_ms": 1e3 * behind,
    }
