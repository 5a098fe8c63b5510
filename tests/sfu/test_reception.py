from sfu.core.reception import Reception
from sfu.core.rtcp import Report, SenderReport


def test_a_report_counts_since_the_one_before() -> None:
    reception = Reception(7, 90000)
    assert reception.report(now=0.0) is None
    for index in (65535, 65536, 65538, 65539):
        reception.arrived(index, 0, now=0.0)
    assert reception.report(now=0.0) == Report(7, 256 // 5, 1, 65539, 0, 0, 0)
    reception.arrived(65537, 0, now=0.0)
    reception.arrived(65540, 0, now=0.0)
    assert reception.report(now=0.0) == Report(7, 0, 0, 65540, 0, 0, 0)


def test_the_last_sender_report_is_echoed_with_its_age() -> None:
    reception = Reception(7, 90000)
    reception.arrived(1, 0, now=0.0)
    reception.sender_report(SenderReport(7, 0x1111_2222_3333_4444, 0, 0, 0), now=1.0)
    report = reception.report(now=1.5)
    assert report is not None
    assert (report.last_sr, report.since_last_sr) == (0x2222_3333, 32768)


def test_jitter_is_smoothed_and_timestamps_may_wrap() -> None:
    reception = Reception(7, 1000)
    for n, at in enumerate((0.0, 0.020, 0.056)):
        reception.arrived(n, (0xFFFFFFF0 + 20 * n) % (1 << 32), now=at)
    report = reception.report(now=1.0)
    assert report is not None
    assert report.jitter_ts == 1
