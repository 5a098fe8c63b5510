"""How one source arrives: what a receiver report says of it (RFC 3550 6.4.1, A.3, A.8).

Pure.  Times in seconds; indexes as in `sequence`.
"""

from sfu.core.rtcp import Report, SenderReport

_LOST_MAX = (1 << 23) - 1


class Reception:
    def __init__(self, ssrc: int, clock_hz: int) -> None:
        self._ssrc = ssrc
        self._clock_hz = clock_hz
        self._first: int | None = None
        self._newest = 0
        self._received = 0
        self._expected_before = 0
        self._received_before = 0
        self._jitter = 0.0
        self._transit: int | None = None
        self._last_sr: tuple[int, float] | None = None
        self.due = 0  # packets that the newest report counts
        self.lost = 0.0  # share of those

    def arrived(self, index: int, timestamp: int, *, now: float) -> None:
        if self._first is None:
            self._first = self._newest = index
        if index > self._newest:
            self._newest = index
        self._received += 1
        transit = int(now * self._clock_hz) - timestamp
        if self._transit is not None:
            step = (transit - self._transit + (1 << 31)) % (1 << 32) - (1 << 31)
            self._jitter += (abs(step) - self._jitter) / 16
        self._transit = transit

    @property
    def jitter_s(self) -> float:
        return self._jitter / self._clock_hz

    def sender_report(self, report: SenderReport, *, now: float) -> None:
        self._last_sr = report.ntp >> 16 & 0xFFFFFFFF, now

    def report(self, *, now: float) -> Report | None:
        """The block for now; None before the first packet.  Loss counts from the report before."""
        if self._first is None:
            return None
        expected = self._newest - self._first + 1
        due, came = expected - self._expected_before, self._received - self._received_before
        self._expected_before, self._received_before = expected, self._received
        self.due = max(0, due)
        self.lost = max(0, due - came) / due if due > 0 else 0.0
        fraction = max(0, due - came) * 256 // due if due > 0 else 0
        last_sr, at = self._last_sr or (0, now)
        return Report(
            ssrc=self._ssrc,
            fraction_lost=min(fraction, 255),
            packets_lost=max(-_LOST_MAX, min(expected - self._received, _LOST_MAX)),
            highest_sequence=self._newest & 0xFFFFFFFF,
            jitter_ts=int(self._jitter) & 0xFFFFFFFF,
            last_sr=last_sr,
            since_last_sr=int((now - at) * 65536) & 0xFFFFFFFF,
        )
