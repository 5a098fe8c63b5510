from sfu.core.ntp import Clock
from sfu.core.rtcp import SenderReport

SECOND = 1 << 32
YEAR = 365 * 86_400


def at(clock: Clock, theirs_s: float, ours_s: float) -> float:
    """What a report that their clock dates so says when it comes at `ours_s`."""
    report = SenderReport(7, int(theirs_s * SECOND), 5, 3, 4)
    return clock.ours(report, now=ours_s).ntp / SECOND


def test_reports_are_told_by_our_clock_and_keep_their_distances() -> None:
    clock = Clock()
    assert at(clock, 120 * YEAR, 50.0) == 50.0
    assert at(clock, 120 * YEAR + 1.5, 51.7) == 51.5  # it was 200 ms longer on its way


def test_the_fastest_report_counts() -> None:
    clock = Clock()
    at(clock, 1000.0, 50.5)
    assert at(clock, 1001.0, 51.0) == 51.0
    assert at(clock, 1002.0, 52.5) == 52.0


def test_a_clock_that_was_set_back_is_followed() -> None:
    clock = Clock()
    at(clock, 5000.0, 50.0)
    assert at(clock, 1000.0, 51.0) == 51.0
