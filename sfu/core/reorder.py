"""The packets of one stream in the order in which they were sent; a hole is waited for a little, then given up.

Pure.  For who can wait: a recording.  Viewers get packets as they come, and put them in order themselves.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

from sfu.core.sequence import Unwrapper

PATIENCE_S = 0.5  # a hole is open so long at most: ten requests of 40 ms and a round trip
HELD_MAX = 1024  # packets behind a hole; with more it is given up at once

T = TypeVar("T")


class Reorder(Generic[T]):
    def __init__(self) -> None:
        self._indexes = Unwrapper()
        self._next: int | None = None
        self._held: dict[int, tuple[float, T]] = {}  # index -> (came, packet)

    def put(self, sequence: int, packet: T, *, now: float) -> None:
        """A packet that came twice, or behind its time, is nobody's."""
        index = self._indexes.index(sequence)
        if self._next is None:
            self._next = index
        if index >= self._next:
            self._held.setdefault(index, (now, packet))

    def take(self, *, now: float) -> Iterator[T | None]:
        """What can go on, in order; None stands for a hole that is given up, however large."""
        while self._held:
            assert self._next is not None
            found = self._held.pop(self._next, None)
            if found is not None:
                self._next += 1
                yield found[1]
                continue
            oldest = min(came for came, _ in self._held.values())
            if now - oldest < PATIENCE_S and len(self._held) <= HELD_MAX:
                return
            self._next = min(self._held)
            yield None
