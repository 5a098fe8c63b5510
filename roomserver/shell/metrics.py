"""What the process counts, and how Prometheus reads it.  No room, member or name is ever a label."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from protocol.codes import CloseCode, ErrorCode

Reading = Callable[[], float]


@dataclass(slots=True)
class Metrics:
    """Plain numbers, raised where things happen."""

    refused: Counter[str] = field(default_factory=lambda: Counter({code: 0 for code in ErrorCode}))
    hung: Counter[str] = field(default_factory=lambda: Counter({str(int(code)): 0 for code in CloseCode}))
    turned_away: Counter[str] = field(default_factory=lambda: Counter({"address": 0, "line": 0}))
    bad_tokens: Counter[str] = field(default_factory=Counter)
    received: int = 0
    records_published: int = 0
    rooms_crashed: int = 0
    given_up: int = 0


@dataclass(frozen=True, eq=False)
class Exposition(Collector):
    """All metrics of the process at one moment; the parts that count for themselves are asked."""

    metrics: Metrics
    gauges: Mapping[str, tuple[str, Reading]]
    reasons: Mapping[str, tuple[str, Callable[[], Mapping[str, int]]]]
    more: Callable[[], Iterable[Metric]] = tuple

    def collect(self) -> Iterable[Metric]:
        yield from (GaugeMetricFamily(name, text, value=read()) for name, (text, read) in self.gauges.items())
        counts = self.metrics
        yield CounterMetricFamily("roomserver_messages", "Messages received.", value=counts.received)
        yield CounterMetricFamily("roomserver_records_published", "Session records.", value=counts.records_published)
        yield CounterMetricFamily(
            "roomserver_rooms_crashed", "Rooms let go: a bug, or another owner.", value=counts.rooms_crashed
        )
        yield CounterMetricFamily(
            "roomserver_given_up", "Connections cut that took nothing for 30 s.", value=counts.given_up
        )
        yield _by("roomserver_bad_tokens", "Tokens that prove nothing, by reason.", "reason", counts.bad_tokens)
        yield _by("roomserver_refused", "Commands refused, by error code.", "code", counts.refused)
        yield _by("roomserver_hung_up", "Connections closed by the server, by close code.", "code", counts.hung)
        yield _by("roomserver_turned_away", "Hellos told to come later, by what is full.", "full", counts.turned_away)
        for name, (text, read) in self.reasons.items():
            yield _by(name, text, "reason", read())
        yield from self.more()


def _by(name: str, text: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for key, count in counts.items():
        family.add_metric([str(key)], count)
    return family


def render(exposition: Exposition) -> bytes:
    """The text of `GET /metrics`."""
    registry = CollectorRegistry()
    registry.register(exposition)
    return generate_latest(registry)
