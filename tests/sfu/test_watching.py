"""What a viewer sees in the long run, in simulated time: estimate, tries and allocation together, on one line."""

import random
from itertools import pairwise

import pytest

from sfu.core.allocation import Allocation, Name, Option, Wish, most_bps
from tests.sfu.wire import Wire

RATES: dict[Name, float] = {"low": 150_000, "medium": 450_000, "high": 1_300_000}
SWAY = 0.2  # of a rate, from one second to the next: no encoder keeps its mark
SHARE_S = 0.5


class Watching:
    def __init__(self, wire: Wire, seed: int = 1) -> None:
        self.wire = wire
        self.seen: list[tuple[float, Name]] = []  # (seconds since the beginning, layer)
        self._allocation = Allocation()
        self._random = random.Random(seed)
        self._sway = 1.0
        self._begun = wire.now

    def run(self, seconds: float) -> None:
        for step in range(round(seconds / SHARE_S)):
            if step % 2 == 0:
                self._sway = self._random.uniform(1 - SWAY, 1 + SWAY)
            options = [Option(layer, 3, rate * self._sway) for layer, rate in RATES.items()]
            wishes, estimate = [Wish("t1", True, 3, options)], self.wire.line.estimate
            estimate.wanted_bps = most_bps(wishes)
            chosen = self._allocation.share(wishes, estimate.bits_per_s, now=self.wire.now)["t1"]
            self.seen.append((self.wire.now - self._begun, chosen.layer if chosen else "off"))
            self.wire.run(SHARE_S, chosen.bits_per_s if chosen else 0.0)

    def layers(self, begin: float, end: float = float("inf")) -> set[Name]:
        return {layer for at, layer in self.seen if begin <= at < end}

    def changes(self, begin: float, end: float = float("inf")) -> int:
        within = [layer for at, layer in self.seen if begin <= at < end]
        return sum(one != other for one, other in pairwise(within))


@pytest.mark.rule("LAYER-6")
@pytest.mark.parametrize("seed", range(2))
def test_a_newcomer_on_a_good_line_sees_the_best_within_five_seconds_and_keeps_it(seed: int) -> None:
    watching = Watching(Wire(bits_per_s=10_000_000), seed)
    watching.run(60)
    assert watching.layers(5) == {"high"}


@pytest.mark.rule("LAYER-6")
@pytest.mark.parametrize("seed", range(3))
def test_a_line_that_always_loses_a_few_settles_within_twenty_seconds(seed: int) -> None:
    wire = Wire(bits_per_s=2_500_000)
    wire.loss, wire.dice = 0.05, random.Random(seed)
    watching = Watching(wire, seed)
    watching.run(140)
    assert watching.layers(5, 6) == {"high"}
    assert watching.changes(20, 80) <= 1
    assert watching.changes(80) <= 1


@pytest.mark.rule("LAYER-6")
@pytest.mark.parametrize("seed", range(3))
def test_a_line_too_narrow_for_a_layer_is_tried_less_and_less_often(seed: int) -> None:
    watching = Watching(Wire(bits_per_s=1_400_000), seed)
    watching.run(180)
    assert watching.changes(0, 90) <= 10
    assert watching.changes(90) <= 5


@pytest.mark.parametrize("seed", range(2))
def test_when_a_line_becomes_narrow_the_low_layer_is_there_within_five_seconds_and_stays(seed: int) -> None:
    wire = Wire(bits_per_s=10_000_000, queue_s=0.25)
    watching = Watching(wire, seed)
    watching.run(20)
    wire.bits_per_s = 300_000
    watching.run(60)
    assert watching.layers(25) == {"low"}
