"""How much a layer carries: bits a second over the last two to four seconds, by its layers in time.

Pure.  Shorter, and every keyframe would look like a rise.
"""

from sfu.core.vp8 import TIDS

WINDOW_S = 2.0
KNOWN_S = 1.0  # of measuring; before, the rate of a stream that begins says little
_LEAST_S = 0.5  # divided by at least


class RateMeter:
    def __init__(self) -> None:
        self._begun: float | None = None  # the window that is being filled
        self._full_at = 0.0  # and when it is
        self._now = [0] * TIDS  # bytes in it
        self._before = [0] * TIDS  # bytes in the one before
        self._whole = 0.0  # s, of the one before

    def add(self, size: int, tid: int, *, now: float) -> None:
        if now >= self._full_at:
            self._turn(now)
        self._now[tid] += size

    def bits_per_s(self, tid: int = TIDS - 1, *, now: float) -> float:
        """Of the layers in time up to `tid`."""
        seconds = max(self._measured_s(now), _LEAST_S)
        return 8 * (sum(self._now[: tid + 1]) + sum(self._before[: tid + 1])) / seconds

    def known(self, *, now: float) -> bool:
        return self._measured_s(now) >= KNOWN_S

    def tids(self) -> list[int]:
        """The layers in time that there are, rising."""
        return [tid for tid in range(TIDS) if self._now[tid] or self._before[tid]]

    def _measured_s(self, now: float) -> float:
        self._turn(now)
        assert self._begun is not None
        return self._whole + now - self._begun

    def _turn(self, now: float) -> None:
        """Begin another window when this one is full; nothing for two of them is a new beginning."""
        if self._begun is None:
            self._begun, self._full_at = now, now + WINDOW_S
        if now < self._full_at:
            return
        gone = now - self._begun >= 2 * WINDOW_S
        self._before, self._whole = ([0] * TIDS, 0.0) if gone else (self._now, WINDOW_S)
        self._now = [0] * TIDS
        self._begun = now if gone else self._begun + WINDOW_S
        self._full_at = self._begun + WINDOW_S
