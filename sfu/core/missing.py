"""Which packets of a source are missing, and when to ask the publisher for them again.

Pure.  Works on indexes (see `sequence`); bounded in how many it follows and how often it asks.
"""

RETRY_S = 0.04  # at the earliest; a round trip where that takes longer
RETRY_MAX_S = 0.5
TRIES_MAX = 10
FOLLOWED_MAX = 128  # a larger hole is not filled: a keyframe is cheaper
UNASKED_S = 0.5  # what could not be asked for until then (MEDIA-20) comes too late
LATE_S = 2.0  # after the first request; viewers have played on long before


class Missing:
    def __init__(self) -> None:
        self.due_at = float("inf")  # nothing need be asked for before
        self._next: int | None = None  # the index expected next
        self._lost: dict[int, tuple[int, float, float]] = {}  # index -> (times asked, first asked, last asked)
        self._forgone = False  # what turns out to be missing before the next packet
        self.round_trip_s = 0.0  # 0: not known, nothing was missing yet

    def arrived(self, index: int, *, now: float) -> bool:
        """Note a packet.  False: before it opened a hole that is not filled: too large, or forgone."""
        expected = self._next
        if expected is None or index == expected:
            self._next, self._forgone = index + 1, False
            return True
        if index < expected:
            times, first, _ = self._lost.pop(index, (0, now, now))
            if times:
                self._learn(now - first)
            return True
        forgone, self._next, self._forgone = self._forgone, index + 1, False
        if forgone or index - expected + len(self._lost) > FOLLOWED_MAX:
            self._lost.clear()
            return False
        self._lost.update((index, (0, now, float("-inf"))) for index in range(expected, index))
        self.due_at = now
        return True

    def forgo(self) -> bool:
        """Ask for nothing that is missing, or turns out to be when the next packet comes: it was not let in (MEDIA-16).

        True: something was missing.
        """
        missed, self._forgone = bool(self._lost), True
        self._lost.clear()
        return missed

    def due(self, most: int = FOLLOWED_MAX, *, now: float) -> list[int]:
        """The indexes to ask for now, rising, at most so many.  Those asked for often or long enough are given up."""
        asked: list[int] = []
        retry_s, self.due_at = max(RETRY_S, self.round_trip_s), float("inf")
        for index, (tries, first, at) in list(self._lost.items()):
            if tries >= TRIES_MAX or now - first >= (LATE_S if tries else UNASKED_S):
                del self._lost[index]
                continue
            if now - at >= retry_s and len(asked) < most:
                self._lost[index] = tries + 1, first if tries else now, now
                asked.append(index)
                at = now
            self.due_at = min(self.due_at, at + retry_s)
        return asked

    def _learn(self, answered_after_s: float) -> None:
        """How long an answer takes.  Where the first request was lost too it seems longer, so one counts little."""
        took_s = min(answered_after_s, RETRY_MAX_S)
        self.round_trip_s += (took_s - self.round_trip_s) / 8 if self.round_trip_s else took_s
