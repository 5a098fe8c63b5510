"""How many of the connections have which figure: histograms, as Prometheus reads them.

Pure.  Every connection counts once in `LOOK_S`, so what a bucket has gained in that time is a number of connections.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from msgspec import Struct

LOOK_S = 5.0

BOUNDS: Mapping[str, Sequence[float]] = {
    "round_trip_s": (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6),
    "lost_up": (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),  # share of the packets
    "lost_down": (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    "estimate_bps": (64e3, 128e3, 256e3, 512e3, 1e6, 2e6, 4e6, 8e6),
}


class Spread(Struct, frozen=True):
    """
    Attributes:
        counts: values up to each bound of `BOUNDS`, and one more number: of those beyond the last.
        total: of all values.
    """

    counts: tuple[int, ...]
    total: float = 0.0

    def __add__(self, other: "Spread") -> "Spread":
        return Spread(tuple(map(sum, zip(self.counts, other.counts, strict=True))), self.total + other.total)

    def buckets(self, bounds: Sequence[float]) -> list[tuple[str, float]]:
        """(upper bound, how many lie at or below it), as Prometheus wants them."""
        below, found = 0, []
        for bound, count in zip([*map(str, bounds), "+Inf"], self.counts, strict=True):
            below += count
            found.append((bound, float(below)))
        return found


class Spreads:
    """All of them, being counted."""

    def __init__(self) -> None:
        self._counts = {name: [0] * (len(bounds) + 1) for name, bounds in BOUNDS.items()}
        self._totals = dict.fromkeys(BOUNDS, 0.0)

    def add(self, name: str, value: float) -> None:
        self._counts[name][bisect_left(BOUNDS[name], value)] += 1
        self._totals[name] += value

    def now(self) -> dict[str, Spread]:
        return {name: Spread(tuple(counts), self._totals[name]) for name, counts in self._counts.items()}


def together(*parts: Mapping[str, Spread]) -> dict[str, Spread]:
    """The sums, also where nothing was counted."""
    total = Spreads().now()
    for part in parts:
        for name, spread in part.items():
            total[name] += spread
    return total
