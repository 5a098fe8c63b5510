"""Histograms of connections."""

import pytest

from sfu.core.spread import BOUNDS, Spread, Spreads, together


def test_a_value_counts_in_the_first_bucket_that_holds_it() -> None:
    spreads = Spreads()
    for seconds in (0.0, 0.02, 0.021, 5.0):
        spreads.add("round_trip_s", seconds)
    spread = spreads.now()["round_trip_s"]
    assert spread.counts == (2, 1, 0, 0, 0, 0, 0, 1)
    assert spread.total == pytest.approx(5.041)


def test_prometheus_reads_how_many_lie_at_or_below_each_bound() -> None:
    assert Spread((2, 1, 4)).buckets((0.5, 1.0)) == [("0.5", 2.0), ("1.0", 3.0), ("+Inf", 7.0)]


def test_those_of_several_workers_are_one() -> None:
    one, other = Spreads(), Spreads()
    one.add("lost_up", 0.3)
    other.add("lost_up", 0.3)
    other.add("estimate_bps", 9e6)
    both = together(one.now(), other.now(), {})
    assert sum(both["lost_up"].counts) == 2
    assert both["estimate_bps"].counts[-1] == 1
    assert both.keys() == BOUNDS.keys()
    assert together() == Spreads().now()


@pytest.mark.parametrize("name", BOUNDS)
def test_bounds_rise(name: str) -> None:
    assert list(BOUNDS[name]) == sorted(set(BOUNDS[name]))
