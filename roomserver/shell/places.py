"""How many may be at something at once: in all, and each who asks for it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

BUSY_S = 2  # who finds no place comes again after so long


class Busy(Exception):
    """Too many are at it; the message says at what."""


class TooMany(Busy):
    """Whoever asks is at it as often as one may be."""


class Places:
    """So many places, of which each who asks holds so many at most."""

    def __init__(self, what: str, *, most: float = inf, each: float = inf) -> None:
        self._what = what  # is done too much when they are taken
        self._most = most
        self._each = each
        self._held: Counter[str] = Counter()

    @contextmanager
    def place(self, who: str = "") -> Iterator[None]:
        """
        Raises:
            TooMany: they hold as many as one may.
            Busy: none is free.
        """
        if self._held[who] >= self._each:
            raise TooMany(f"too much is being {self._what} for you")
        if self._held.total() >= self._most:
            raise Busy(f"too much is being {self._what}")
        self._held[who] += 1
        try:
            yield
        finally:
            self._held[who] -= 1
            if not self._held[who]:
                del self._held[who]
