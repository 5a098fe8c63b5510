"""Somebody who draws: loops as a hand makes them, from a seed.

A pen sampled at 60 Hz moves about 40 board units between samples when it writes letters 400 units high (a twenty-second
of the board): that decides how many bytes a point takes.
"""

import random
from math import cos, sin

from protocol import commands as c

from .swarm import Peer

STEP = 40  # board units between samples
TURN = 0.2  # radians between samples: a loop of 200 units radius


class Pen:
    """One member's hand; one stroke at a time."""

    def __init__(self, peer: Peer, seed: int) -> None:
        self.peer = peer
        self.shape = ""
        self.points: dict[str, int] = {}  # sent, by stroke
        self._random = random.Random(seed)
        self._angle = 0.0

    def begin(self) -> str:
        """Put the pen down somewhere; the stroke's id."""
        client = self.peer.client
        shape = self.shape = f"{client.member}.{client.next_shape}"
        client.next_shape += 1
        self.points[shape] = 0
        x, y = self._random.randint(2_000, 14_000), self._random.randint(2_000, 7_000)
        self._angle = self._random.uniform(0, 6.28)
        self.peer.ask(
            lambda id: c.BeginStroke(id=id, shape=shape, page=1, kind="pen", color="#0044aa", width=20, at=(x, y))
        )
        return shape

    def extend(self, count: int) -> None:
        shape, points = self.shape, self._path(count)
        self.points[shape] += count
        self.peer.ask(lambda id: c.ExtendStroke(id, shape, points))

    def finish(self) -> None:
        shape = self.shape
        self.peer.ask(lambda id: c.FinishStroke(id=id, shape=shape))

    def _path(self, count: int) -> tuple[int, ...]:
        points: list[int] = []
        for _ in range(count):
            self._angle += TURN + self._random.uniform(-0.05, 0.05)
            points += (round(STEP * cos(self._angle)), round(STEP * sin(self._angle)))
        return tuple(points)
