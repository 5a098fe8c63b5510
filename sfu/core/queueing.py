"""How long packets wait in the queues of a line, told by the times at which they were sent.

Pure.  The clocks of both ends differ by an unknown, so only growth says something: the least delay of late against the
least of the last ten seconds.  The least, because jitter only ever adds (as in LEDBAT, RFC 6817 2.4).
"""

from collections import deque

_TICKS_PER_S = 1 << 18  # abs-send-time: 6.18 fixed point, 24 bits
_WRAP = 1 << 24
REMEMBERED = 20  # measurements; a line whose delay is longer for so long is a longer line


class Queueing:
    def __init__(self) -> None:
        self._origin: int | None = None
        self._least: int | None = None  # since the last measurement, in ticks after the first packet's delay
        self._before: deque[int] = deque(maxlen=REMEMBERED)

    def arrived(self, sent_ticks: int, *, now: float) -> None:
        """A packet with this abs-send-time is here."""
        delay = int(now * _TICKS_PER_S) - sent_ticks
        if self._origin is None:
            self._origin = delay
        delay = (delay - self._origin + _WRAP // 2) % _WRAP - _WRAP // 2
        if self._least is None or delay < self._least:
            self._least = delay

    def measure(self) -> float:
        """Seconds that packets stood in queues since the last call; 0.0 when none came."""
        if self._least is None:
            return 0.0
        self._before.append(self._least)
        least, self._least = self._least, None
        return (least - min(self._before)) / _TICKS_PER_S
