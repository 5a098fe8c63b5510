"""Members who write: strokes of real-looking handwriting, sent as a client sends them."""

import random
from collections.abc import Sequence

from protocol import commands as c

from .handwriting import Ink, written
from .pace import play
from .swarm import Peer

STROKES_HZ = 18  # of one member: three messages each, of 60 a second that are allowed
COLORS = ("#1b1b1b", "#0044aa", "#b00020")


class Writer:
    """One member's hand."""

    def __init__(self, peer: Peer, seed: int) -> None:
        self.peer = peer
        self.shape = ""
        self.random = random.Random(seed)

    def begin(self, page: int = 1) -> None:
        """Put the pen down, where there is room to write."""
        client = self.peer.client
        shape = self.shape = f"{client.member}.{client.next_shape}"
        client.next_shape += 1
        at, color = (self.random.randint(500, 12_000), self.random.randint(1_500, 7_500)), self.random.choice(COLORS)
        self.peer.ask(lambda id: c.BeginStroke(id=id, shape=shape, page=page, kind="pen", color=color, width=20, at=at))

    def extend(self, ink: Ink, *, pressed: bool) -> None:
        shape = self.shape
        self.peer.ask(lambda id: c.ExtendStroke(id, shape, ink.points, ink.pressure if pressed else None))

    def go_on(self, points: int) -> None:
        """So many more, without pressure, as a finger or a mouse makes them."""
        self.extend(written(points, self.random), pressed=False)

    def finish(self) -> None:
        shape = self.shape
        self.peer.ask(lambda id: c.FinishStroke(id=id, shape=shape))

    def stroke(self, page: int, points: int) -> None:
        self.begin(page)
        self.go_on(points)
        self.finish()


async def fill(writers: Sequence[Writer], page: int, strokes: int, points: int, *, each_hz: float = STROKES_HZ) -> None:
    """So many strokes of so many points on a page, everybody in turn, at most `each_hz` a second of one."""
    rate = each_hz * len(writers)

    def stroke(number: int) -> None:
        writers[number % len(writers)].stroke(page, points)

    await play((number / rate, lambda number=number: stroke(number)) for number in range(strokes))  # type: ignore[misc]
