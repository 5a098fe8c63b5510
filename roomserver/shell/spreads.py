"""Histograms of media connections, as Prometheus reads them.  No room, no member: docs/operations.md, "Metrics"."""

from collections.abc import Iterable, Mapping

from prometheus_client.core import HistogramMetricFamily, Metric

from sfu.core.spread import BOUNDS, Spread

NAMES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {  # of a spread -> metric, help, labels
    "round_trip_s": ("roomserver_media_round_trip_seconds", "To viewers and back.", {}),
    "lost_up": ("roomserver_media_lost_ratio", "Share of the packets that a line loses.", {"direction": "up"}),
    "lost_down": ("roomserver_media_lost_ratio", "Share of the packets that a line loses.", {"direction": "down"}),
    "estimate_bps": ("roomserver_media_estimate_bits_per_second", "What viewers' lines carry.", {}),
}


def histograms(spreads: Mapping[str, Spread]) -> Iterable[Metric]:
    families: dict[str, HistogramMetricFamily] = {}
    for name, (metric, text, labels) in NAMES.items():
        family = families.setdefault(metric, HistogramMetricFamily(metric, text, labels=list(labels)))
        spread = spreads[name]
        family.add_metric(list(labels.values()), spread.buckets(BOUNDS[name]), spread.total)
    return families.values()
