"""Timestamps of a publisher's clock on ours."""

from itertools import pairwise

import pytest

from sfu.core.timeline import Timeline

HZ = 48_000
STEP = 960  # 20 ms


def test_jitter_of_the_network_is_not_heard() -> None:
    line = Timeline(HZ)
    placed = [line.place(STEP * n, at=100 + 0.02 * n + 0.2 * (n % 7 == 3)) for n in range(600)]
    assert placed == pytest.approx([100 + 0.02 * n for n in range(600)])


@pytest.mark.rule("REC-2")
@pytest.mark.parametrize("drift", [1.0005, 0.9995])
def test_a_publisher_s_clock_that_runs_differently_stays_in_step(drift: float) -> None:
    line = Timeline(HZ)
    for n in range(50 * 1800):  # half an hour, in which the clocks part by 0.9 s
        at = 100 + 0.02 * n * drift + 0.05 * (n * 7 % 13 == 0)
        placed = line.place(STEP * n, at=at)
        assert abs(placed - (100 + 0.02 * n * drift)) < 0.05


def test_a_first_frame_that_was_late_is_corrected_by_the_next_ones() -> None:
    line = Timeline(HZ)
    line.place(0, at=100.3)
    placed = [line.place(STEP * n, at=100 + 0.02 * n) for n in range(1, 60)]
    assert placed[-1] == pytest.approx(100 + 0.02 * 59)
    assert all(later > earlier for earlier, later in pairwise(placed))


@pytest.mark.rule("REC-2")
def test_time_goes_on_where_timestamps_jump_or_nothing_came() -> None:
    line = Timeline(HZ)
    line.place((1 << 32) - STEP, at=10.0)
    assert line.place(0, at=10.02) == pytest.approx(10.02)  # they wrap
    assert line.place(HZ * 30, at=40.02) == pytest.approx(40.02)  # an outage
    assert line.place(123, at=41.0) == pytest.approx(41.0)  # another source
    assert line.place(123 + STEP, at=41.02) == pytest.approx(41.02)
