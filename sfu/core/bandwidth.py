"""What a publisher that has no transport-wide feedback may send, computed from what arrives of it.

Pure.  After draft-ietf-rmcat-gcc-02 5.5 and 6: never more than half as much again as what arrived lately, less when
much is lost or waits, and slowly up again after that.  Told by REMB.
"""

from sfu.core.queueing import Queueing

_FEW, _MANY = 0.02, 0.10  # of the packets
_RAISE = 1.08  # a report
_BEYOND = 1.5  # times what arrived
_BACK = 0.85  # of what arrived
QUEUE_S = 0.05  # a queue that stands
LEAST_BPS = 100_000
WINDOW_S = 0.5  # at least; two of them make the rate
MOST_BPS = {"audio": 128_000, "video": 2_500_000}  # asked for, a track


class Allotment:
    def __init__(self, most_bps: int) -> None:
        self.most_bps = most_bps
        self.bits_per_s = LEAST_BPS
        self._bytes = 0
        self._since: float | None = None
        self._window_before = (0, 0.0)  # (bytes, seconds)
        self._queueing = Queueing()
        self._queue_before_s = 0.0
        self._fell = False

    def arrived(self, size: int, sent: bytes | bytearray, *, now: float) -> None:
        """A packet of `size` bytes, with this abs-send-time (empty: it has none)."""
        if self._since is None:
            self._since = now
        self._bytes += size
        if len(sent) == 3:
            self._queueing.arrived(int.from_bytes(sent), now=now)

    def update(self, lost: float, *, now: float) -> int:
        """Take the loss since the last update (0.0 to 1.0); returns the new figure."""
        arriving = self._arriving(now)
        queue_s, before_s = self._queueing.measure(), self._queue_before_s
        self._queue_before_s = queue_s
        rate = float(self.bits_per_s)
        if lost > _MANY:
            rate, self._fell = rate * (1 - 0.5 * lost), True
        elif queue_s > QUEUE_S:
            if queue_s >= before_s:  # else it is being emptied
                rate, self._fell = min(rate, _BACK * arriving), True
        elif lost < _FEW:
            bound = _BEYOND * arriving + LEAST_BPS
            rate = max(rate, min(rate * _RAISE, bound) if self._fell else bound)
        self.bits_per_s = int(max(LEAST_BPS, min(rate, self.most_bps)))
        return self.bits_per_s

    def _arriving(self, now: float) -> float:
        """Bits a second in this window and the one before."""
        window = self._bytes, max(WINDOW_S, now - self._since) if self._since is not None else WINDOW_S
        before, self._window_before = self._window_before, window
        self._bytes, self._since = 0, now
        return 8 * (window[0] + before[0]) / (window[1] + before[1])
