"""Histograms of media connections."""

from collections.abc import Iterable

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from roomserver.shell.spreads import NAMES, histograms
from sfu.core.spread import BOUNDS, Spreads

pytestmark = pytest.mark.rule("MEDIA-83")


class Exposed(Collector):
    def __init__(self, spreads: Spreads) -> None:
        self._spreads = spreads

    def collect(self) -> Iterable[Metric]:
        yield from histograms(self._spreads.now())


def test_what_was_counted_is_read_by_its_buckets() -> None:
    spreads = Spreads()
    spreads.add("round_trip_s", 0.03)
    spreads.add("round_trip_s", 3.0)
    spreads.add("lost_up", 0.0)
    spreads.add("lost_down", 0.3)
    registry = CollectorRegistry()
    registry.register(Exposed(spreads))
    lines = generate_latest(registry).decode().splitlines()
    for expected in (
        'roomserver_media_round_trip_seconds_bucket{le="0.02"} 0.0',
        'roomserver_media_round_trip_seconds_bucket{le="0.05"} 1.0',
        'roomserver_media_round_trip_seconds_bucket{le="+Inf"} 2.0',
        "roomserver_media_round_trip_seconds_sum 3.03",
        'roomserver_media_lost_ratio_bucket{direction="up",le="0.001"} 1.0',
        'roomserver_media_lost_ratio_bucket{direction="down",le="0.2"} 0.0',
        'roomserver_media_lost_ratio_bucket{direction="down",le="0.5"} 1.0',
        "roomserver_media_estimate_bits_per_second_count 0.0",
    ):
        assert expected in lines


def test_every_spread_has_a_metric() -> None:
    assert NAMES.keys() == BOUNDS.keys()
