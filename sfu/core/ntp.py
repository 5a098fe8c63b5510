"""A publisher's clock, told in ours: the NTP times of sender reports.

Pure.  A viewer's one stream carries one publisher after another, and plays some in step by these times; so they must
all be of one clock, or a decoder would wait for a difference between two clocks.
"""

from dataclasses import replace

from sfu.core.rtcp import SenderReport

_SECOND = 1 << 32  # NTP times are 32.32 fixed point
_WRAP = 1 << 64
STEP = 2 * _SECOND  # a clock that was so much ahead was set


class Clock:
    """Of one publishing connection: all its streams move alike."""

    def __init__(self) -> None:
        self._behind: int | None = None  # ours - theirs, as by the fastest report

    def ours(self, report: SenderReport, *, now: float) -> SenderReport:
        """The report as our clock would say it, late by the fastest way here."""
        behind = (int(now * _SECOND) - report.ntp + _WRAP // 2) % _WRAP - _WRAP // 2
        if self._behind is None or behind < self._behind or behind > self._behind + STEP:
            self._behind = behind
        return replace(report, ntp=(report.ntp + self._behind) % _WRAP)
