"""Which packets of a source are missing, and when to ask the publisher for them again.

Pure.  Works on indexes (see `sequence`); bounded in how many it follows and how often it asks.
"""

RETRY_S = 0.04  # at the earliest
TRIES_MAX = 10
FOLLOWED_MAX = 128  # a larger hole is not filled: a keyframe is cheaper


class Missing:
    def __init__(self) -> None:
        self._next: int | None = None  # the index expected next
        self._lost: dict[int, tuple[int, float]] = {}  # index -> (times asked, last asked)

    def arrived(self, index: int) -> bool:
        """Note a packet.  False: a hole too large to fill opened before it."""
        expected, self._next = self._next, max(index + 1, self._next or 0)
        if expected is None or index == expected:
            return True
        if index < expected:
            self._lost.pop(index, None)
            return True
        if index - expected + len(self._lost) > FOLLOWED_MAX:
            self._lost.clear()
            return False
        self._lost.update((index, (0, float("-inf"))) for index in range(expected, index))
        return True

    def due(self, *, now: float) -> list[int]:
        """The indexes to ask for now, rising.  Those asked for often enough are given up."""
        asked = []
        for index, (tries, at) in list(self._lost.items()):
            if tries >= TRIES_MAX:
                del self._lost[index]
            elif now - at >= RETRY_S:
                self._lost[index] = tries + 1, now
                asked.append(index)
        return asked

    def __bool__(self) -> bool:
        return bool(self._lost)
