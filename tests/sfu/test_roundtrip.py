import pytest

from sfu.core.roundtrip import REMEMBERED, Told
from sfu.core.rtcp import Report, SenderReport

NTP = 0x1111_2222_3333_4444


def report(ntp: int = NTP, timestamp: int = 5) -> SenderReport:
    return SenderReport(7, ntp, timestamp, 3, 4)


def echo(last_sr: int, since_s: float = 0.0) -> Report:
    return Report(7, 0, 0, 1, 0, last_sr, int(since_s * 65536))


def test_a_round_trip_is_what_the_viewer_did_not_keep_the_report_for() -> None:
    told = Told()
    told.note(report(), now=10.0)
    assert told.round_trip(echo(0x2222_3333, since_s=0.5), now=10.75) == pytest.approx(0.25)
    assert told.round_trip(echo(0x2222_3333, since_s=0.9), now=10.75) == 0.0


@pytest.mark.parametrize("last_sr", [0, 0x2222_3334], ids=["none", "another"])
def test_a_viewer_that_echoes_none_of_ours_tells_nothing(last_sr: int) -> None:
    told = Told()
    told.note(report(), now=10.0)
    assert told.round_trip(echo(last_sr), now=10.1) is None


def test_what_would_be_very_long_is_not_believed() -> None:
    told = Told()
    told.note(report(), now=10.0)
    assert told.round_trip(echo(0x2222_3333), now=25.0) is None


def test_old_reports_are_forgotten() -> None:
    told = Told()
    for n in range(REMEMBERED + 1):
        told.note(report(ntp=n + 1 << 16), now=10.0)
    assert told.round_trip(echo(1), now=10.1) is None
    assert told.round_trip(echo(2), now=10.1) == pytest.approx(0.1)


def test_a_report_is_renewed_by_the_time_that_has_passed() -> None:
    told = Told()
    assert told.renewed(90_000, now=1.0) is None
    told.note(report(ntp=(1 << 64) - 1, timestamp=0xFFFFFFFF), now=10.0)
    assert told.renewed(90_000, now=10.5) == SenderReport(7, (1 << 31) - 1, 44_999, 3, 4)
