"""Ways to hold back: keyframe requests, merged to one in an interval and rationed by viewer; an allowance that refills.

Pure: `now` in seconds comes in, a decision goes out.
"""

KEYFRAME_INTERVAL_S = 0.5
KEYFRAMES_PER_S, KEYFRAMES_BURST = (
    0.5,
    4,
)  # of one viewer and picture; one that breaks more often wants a lower layer


class KeyframeGate:
    """Merges the requests of all viewers of one track.  A request that is held back is not lost: it becomes due."""

    def __init__(self, interval_s: float = KEYFRAME_INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._asked_at = float("-inf")
        self._wanted = False

    def want(self) -> None:
        self._wanted = True

    def seen(self) -> None:
        """A keyframe came: whoever waited for one has it."""
        self._wanted = False

    def take(self, *, now: float) -> bool:
        """True: ask the publisher now.  The wish stays until a keyframe is seen, and is repeated each interval."""
        if not self._wanted or now < self._asked_at + self._interval_s:
            return False
        self._asked_at = now
        return True


class Wishes:
    """One viewer's requests for keyframes of one picture; each costs everybody who sees it (MEDIA-40).

    A request that is held back is not lost: it becomes due.
    """

    __slots__ = ("_allowance", "_wanted")

    def __init__(self) -> None:
        self._allowance = Allowance(KEYFRAMES_PER_S, KEYFRAMES_BURST)
        self._wanted = False

    def want(self) -> None:
        self._wanted = True

    def take(self, *, now: float) -> bool:
        """True: pass the request on."""
        if not self._wanted or not self._allowance.take(now=now):
            return False
        self._wanted = False
        return True


class Allowance:
    """At most `per_s` a second on average, `burst` at once."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")  # every connection has ten of them

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at = 0.0  # before any `now`: it begins full

    def widen(self, per_s: float, burst: float) -> None:
        """Allow this much, if that is more than before; the gain in `burst` is there at once."""
        self._per_s = max(self._per_s, per_s)
        self._left += max(0.0, burst - self._burst)
        self._burst = max(self._burst, burst)

    def settle(self, per_s: float, burst: float) -> None:
        """Allow this much from now on, be it more or less than before."""
        self._per_s, self._burst = per_s, burst

    def take(self, amount: float = 1, *, now: float) -> bool:
        """All of `amount`, or False and nothing."""
        if now > self._at:
            left = self._left + (now - self._at) * self._per_s
            self._left = left if left < self._burst else self._burst
            self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True
