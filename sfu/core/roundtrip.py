"""How long it is to a viewer and back, by the sender reports that it echoes (RFC 3550 6.4.1, A.8).

Pure.  The reports' NTP times are the publisher's, so what counts is when we passed each one on: once for all viewers.
"""

from sfu.core.rtcp import Report

REMEMBERED = 32  # reports; at five a second more than six seconds, and a viewer echoes its newest
LONGEST_S = 10.0  # what is longer is a viewer's invention


class Told:
    def __init__(self) -> None:
        self._at: dict[int, float] = {}  # the middle 32 bits of the NTP time -> when viewers were told

    def note(self, ntp: int, *, now: float) -> None:
        """Viewers are told of the report with this NTP time now."""
        if len(self._at) >= REMEMBERED:
            del self._at[next(iter(self._at))]
        self._at[ntp >> 16 & 0xFFFFFFFF] = now

    def round_trip(self, echo: Report, *, now: float) -> float | None:
        """Seconds; None when the viewer has echoed none of those remembered."""
        at = self._at.get(echo.last_sr) if echo.last_sr else None
        if at is None:
            return None
        seconds = now - at - echo.since_last_sr / 65536
        return max(0.0, seconds) if seconds < LONGEST_S else None
