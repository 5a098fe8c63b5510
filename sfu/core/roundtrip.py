"""How long it is to a viewer and back, by the sender reports that it echoes (RFC 3550 6.4.1, A.8).

Pure.  The reports' NTP times are the publisher's, so what counts is when we passed each one on.
"""

from dataclasses import replace

from sfu.core.rtcp import Report, SenderReport

REMEMBERED = 64  # reports: 12 s of five a second, 3 s of one every 50 ms; a viewer echoes its newest
LONGEST_S = 10.0  # what is longer is a viewer's invention


class Told:
    """When reports were passed on."""

    def __init__(self) -> None:
        self._at: dict[int, float] = {}  # the middle 32 bits of the NTP time -> when
        self._newest: tuple[SenderReport, float] | None = None

    def note(self, report: SenderReport, *, now: float) -> None:
        """The report goes out now."""
        self._newest = report, now
        if len(self._at) >= REMEMBERED:
            del self._at[next(iter(self._at))]
        self._at[report.ntp >> 16 & 0xFFFFFFFF] = now

    def renewed(self, clock_hz: int, *, now: float) -> SenderReport | None:
        """The newest report as its sender would say it now; None before the first."""
        if self._newest is None:
            return None
        report, at = self._newest
        ntp = report.ntp + int((now - at) * (1 << 32)) & (1 << 64) - 1
        return replace(report, ntp=ntp, timestamp=report.timestamp + int((now - at) * clock_hz) & 0xFFFFFFFF)

    def round_trip(self, echo: Report, *, now: float) -> float | None:
        """Seconds; None when the viewer has echoed none of those remembered."""
        at = self._at.get(echo.last_sr) if echo.last_sr else None
        if at is None:
            return None
        seconds = now - at - echo.since_last_sr / 65536
        return max(0.0, seconds) if seconds < LONGEST_S else None
