"""One direction of a bad line: what is lost, how long the rest takes, and what finds the queue full.  Pure.

A packet waits for the line (rate), then travels (delay and jitter).  Order is kept: what jitter would let overtake
waits for the one before, as on a line with one path.
"""

import random
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    delay_ms: float = 0.0  # one way
    jitter_ms: float = 0.0  # evenly spread, to both sides of the delay
    loss_percent: float = 0.0  # each packet by itself
    rate_kbit: float = 0.0  # 0: as fast as it comes
    queue_ms: float = 250.0  # of waiting for the line; who would wait longer is dropped
    down: bool = False  # nothing gets on the line; what is on it arrives


class Line:
    def __init__(self, shape: Shape, seed: int) -> None:
        self.shape = shape
        self.carried = self.lost = self.overflowed = 0
        self._random = random.Random(seed)
        self._free_at = 0.0  # when the line has sent all that waits
        self._last_at = 0.0
        self._travelling: deque[tuple[float, bytes]] = deque()

    def put(self, packet: bytes, *, now: float) -> None:
        shape = self.shape
        if shape.down or self._random.random() * 100 < shape.loss_percent:
            self.lost += 1
            return
        leaves = max(now, self._free_at) if shape.rate_kbit else now
        if 1e3 * (leaves - now) > shape.queue_ms:
            self.overflowed += 1
            return
        if shape.rate_kbit:
            leaves = self._free_at = leaves + len(packet) * 8 / (1e3 * shape.rate_kbit)
        travels = shape.delay_ms + self._random.uniform(-shape.jitter_ms, shape.jitter_ms)
        self._last_at = max(self._last_at, leaves + travels / 1e3)
        self._travelling.append((self._last_at, packet))

    def due(self, *, now: float) -> list[bytes]:
        """What has arrived."""
        arrived = []
        while self._travelling and self._travelling[0][0] <= now:
            arrived.append(self._travelling.popleft()[1])
        self.carried += len(arrived)
        return arrived

    def next_at(self) -> float | None:
        """When the next packet arrives."""
        return self._travelling[0][0] if self._travelling else None
