"""When the frames of a stream were captured, on our clock: RTP's timestamps laid on the times of arrival.

Pure.  Timestamps keep the distances between frames free of the network's jitter; arrivals keep the whole in step with
our clock, although the publisher's runs a little faster or slower than ours.
"""

from sfu.core.sequence import Unwrapper

WINDOW_S = 5.0  # the frame that was least late in it tells how far the two clocks have parted
SLACK_S = 0.03  # so far apart they may be
JUMP_S = 1.0  # further: the timestamps have jumped, or the publisher's clock was set
STEP_S = 0.001  # between two frames at least


class Timeline:
    def __init__(self, clock_hz: int) -> None:
        self._hz = clock_hz
        self._ticks = Unwrapper(32)
        self._base: float | None = None  # our time at the publisher's tick 0
        self._last = float("-inf")
        self._least = float("inf")  # lateness, in this window
        self._until = 0.0

    def place(self, timestamp: int, *, at: float) -> float:
        """Our time of a frame, later than the one before.  `at`: when it came."""
        sent = self._ticks.index(timestamp) / self._hz
        if self._base is None or abs(at - sent - self._base) > JUMP_S:
            self._rebase(at - sent, at)
        assert self._base is not None
        late = at - sent - self._base
        self._least = min(self._least, late)
        if late < -SLACK_S or (at >= self._until and self._least > SLACK_S):  # nothing comes before it was sent
            self._rebase(self._base + self._least, at)
        elif at >= self._until:
            self._rebase(self._base, at)
        self._last = max(self._last + STEP_S, sent + self._base)
        return self._last

    def _rebase(self, base: float, at: float) -> None:
        """And begin another window."""
        self._base, self._least, self._until = base, float("inf"), at + WINDOW_S
