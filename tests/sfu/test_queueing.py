import pytest

from sfu.core.queueing import REMEMBERED, Queueing


def arrive(queueing: Queueing, at: float, *delays_s: float) -> None:
    for delay_s in delays_s:
        queueing.arrived(int((at - delay_s) * (1 << 18)) & 0xFFFFFF, now=at)


def test_the_least_delay_counts_and_the_clocks_do_not() -> None:
    queueing = Queueing()
    arrive(queueing, 63.9, 1000.02, 1000.5)
    assert queueing.measure() == 0.0
    arrive(queueing, 64.1, 1000.12, 1000.9)
    assert queueing.measure() == pytest.approx(0.1, abs=1e-4)
    arrive(queueing, 64.2, 1000.01)
    assert queueing.measure() == 0.0


def test_without_packets_there_is_no_queue() -> None:
    assert Queueing().measure() == 0.0


def test_a_line_that_became_longer_is_no_queue_after_a_while() -> None:
    queueing = Queueing()
    arrive(queueing, 10.0, 0.02)
    queueing.measure()
    for n in range(REMEMBERED):
        arrive(queueing, 11.0 + n, 0.12)
        queue_s = queueing.measure()
    assert queue_s == 0.0
