from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core.allocation import HEADROOM, LAYERS, Allocation, Option, Wish, score
from tests.support.tries import tries

THREE = (Option("low", 3, 100_000), Option("medium", 3, 400_000), Option("high", 3, 1_200_000))
THINNED = (Option("low", 0, 40_000), Option("low", 1, 70_000), *THREE)


def wish(track: str = "t1", *, first: bool = False, size: int = 3, options: tuple[Option, ...] = THREE) -> Wish:
    return Wish(track, first, size, [one for one in options if one.layer in LAYERS[:size]])


def share(wishes: list[Wish], bits_per_s: float) -> dict[str, str]:
    """What a newcomer gets."""
    chosen = Allocation().share(wishes, bits_per_s, now=0.0)
    return {track: f"{option.layer}{option.tid}" if option else "off" for track, option in chosen.items()}


@pytest.mark.rule("LAYER-5")
@pytest.mark.parametrize(
    ("bits_per_s", "layer"),
    [
        (2_000_000, "high3"),
        (1_000_000, "medium3"),
        (130_000, "low3"),
        (90_000, "low1"),
        (50_000, "low0"),
        (40_000, "off"),
    ],
)
def test_a_line_gets_the_best_that_it_carries(bits_per_s: float, layer: str) -> None:
    assert share([wish(options=THINNED)], bits_per_s) == {"t1": layer}


@pytest.mark.rule("LAYER-5")
def test_everybody_is_seen_before_anybody_is_seen_better_and_the_teacher_first() -> None:
    wishes = [wish("anna"), wish("teacher", first=True), wish("ben")]
    assert share(wishes, HEADROOM * 150_000) == {"anna": "off", "teacher": "low3", "ben": "off"}
    assert share(wishes, HEADROOM * 250_000) == {"anna": "low3", "teacher": "low3", "ben": "off"}
    assert share(wishes, HEADROOM * 700_000) == {"anna": "low3", "teacher": "medium3", "ben": "low3"}
    assert share(wishes, HEADROOM * 2_000_000) == {"anna": "medium3", "teacher": "high3", "ben": "medium3"}


@pytest.mark.rule("LAYER-5")
def test_large_tiles_are_raised_before_small_ones_and_none_beyond_its_size() -> None:
    wishes = [wish("small", size=2), wish("large")]
    assert share(wishes, HEADROOM * 500_000) == {"small": "low3", "large": "medium3"}
    assert share(wishes, HEADROOM * 9_000_000) == {"small": "medium3", "large": "high3"}


def changes(allocation: Allocation, said: Sequence[tuple[float, float]]) -> list[str]:
    """What one picture gets as the estimate goes: (instant, bits a second)."""
    found: list[str] = []
    for now, bits_per_s in said:
        option = allocation.share([wish()], bits_per_s, now=now)["t1"]
        found.append(option.layer if option else "off")
    return found


@pytest.mark.rule("LAYER-6")
def test_down_at_once_and_up_again_after_two_seconds_with_a_fifth_to_spare() -> None:
    low, tight, roomy = 200_000, 1_250_000, 1_450_000
    said = [(0.0, roomy), (1.0, low), (2.0, tight), (9.0, tight), (10.0, roomy), (11.9, roomy), (12.0, roomy)]
    assert changes(Allocation(), said) == ["high", "low", "low", "medium", "medium", "medium", "high"]


@pytest.mark.rule("LAYER-6")
def test_a_newcomer_gets_more_as_soon_as_there_is_room() -> None:
    said = [(0.0, 200_000), (0.5, 600_000), (1.0, 2_000_000)]
    assert changes(Allocation(), said) == ["low", "medium", "high"]


@pytest.mark.rule("LAYER-6")
def test_a_moment_of_room_is_not_enough_once_it_was_too_much() -> None:
    said = [(0.0, 2_000_000), *((n / 2, 2_000_000 if n % 4 else 200_000) for n in range(40))]
    assert changes(Allocation(), said) == ["high"] + ["low"] * 40


@pytest.mark.rule("LAYER-6")
def test_each_time_that_it_was_too_much_it_waits_twice_as_long_until_a_minute_without() -> None:
    allocation, now, waits = Allocation(), 0.0, []
    allocation.share([wish()], 2e6, now=now)
    for calm_s in (1, 1, 1, 1, 1, 1, 70):
        now += calm_s
        fell = now
        while changes(allocation, [(now, 200_000 if now == fell else 2e6)]) != ["high"]:
            now += 0.5
        waits.append(now - fell)
    # The first half second is that of the fall itself: there was no room in it.
    assert waits == [2.5, 4.5, 8.5, 16.5, 32.5, 32.5, 2.5]


@pytest.mark.rule("LAYER-6")
def test_a_fall_in_steps_is_one_and_what_was_paused_is_back_after_two_seconds() -> None:
    falling = [(0.0, 2e6), (0.5, 600_000), (1.0, 200_000), (1.5, 0.0)]
    assert changes(Allocation(), [*falling, (2.0, 2e6), (3.9, 2e6), (4.0, 2e6)])[3:] == ["off", "off", "off", "high"]
    allocation = Allocation()
    for n in range(4):
        changes(allocation, [(10.0 * n, 2e6), (10.0 * n + 9.0, 2e6), (10.0 * n + 9.5, 200_000)])
    assert changes(allocation, [(40.0, 2e6), (44.0, 2e6), (45.0, 0.0)]) == ["low", "low", "off"]
    assert changes(allocation, [(45.5, 200_000), (47.4, 200_000), (47.5, 200_000)]) == ["off", "off", "low"]


@pytest.mark.rule("LAYER-6")
def test_a_picture_that_costs_more_stays_for_two_seconds_on_a_line_that_is_no_worse() -> None:
    dearer = (*THREE[:2], Option("high", 3, 2_000_000))
    for bits_per_s, layers in ((1.5e6, ["high", "high", "medium"]), (1.4e6, ["medium"] * 3)):
        allocation = Allocation()
        allocation.share([wish()], 1.5e6, now=0.0)
        found = [allocation.share([wish(options=dearer)], bits_per_s, now=now)["t1"] for now in (0.5, 2.4, 2.5)]
        assert [option.layer for option in found if option] == layers


@pytest.mark.rule("LAYER-6")
def test_who_comes_in_is_made_room_for_at_once_and_nobody_is_blamed() -> None:
    allocation = Allocation()
    allocation.share([wish("t1")], 2e6, now=0.0)
    for wishes, layers in (([wish("t1"), wish("t2", first=True)], ["medium", "high"]), ([wish("t1")], ["high"])):
        chosen = allocation.share(wishes, 2e6, now=1.0)
        assert [option.layer for option in chosen.values() if option] == layers


@pytest.mark.rule("LAYER-6")
def test_a_larger_tile_needs_no_patience() -> None:
    allocation = Allocation()
    allocation.share([wish(size=1)], 9e6, now=0.0)
    chosen = allocation.share([wish(size=3)], 9e6, now=0.1)["t1"]
    assert chosen is not None
    assert chosen.layer == "high"


def test_a_layer_that_is_sent_no_more_gives_way_to_the_next_below() -> None:
    allocation = Allocation()
    allocation.share([wish()], 9e6, now=0.0)
    chosen = allocation.share([wish(options=THREE[:2])], 9e6, now=0.1)["t1"]
    assert chosen is not None
    assert chosen.layer == "medium"


WISHES = st.lists(
    st.builds(
        lambda first, size, costs: (first, size, sorted(costs)),
        st.booleans(),
        st.integers(1, 3),
        st.lists(st.integers(0, 3_000_000), min_size=1, max_size=3),
    ),
    max_size=6,
)


@pytest.mark.rule("LAYER-5")
@given(WISHES, st.lists(st.integers(-100_000, 6_000_000), min_size=1, max_size=8))
def test_it_is_never_more_than_the_line_carries(asked: list[tuple[bool, int, list[int]]], estimates: list[int]) -> None:
    wishes = [
        Wish(
            f"t{n}",
            first,
            size,
            [Option(name, 3, cost) for name, cost in zip(LAYERS, costs, strict=False)],
        )
        for n, (first, size, costs) in enumerate(asked)
    ]
    allocation = Allocation()
    for n, bits_per_s in enumerate(estimates):
        chosen = allocation.share(wishes, bits_per_s, now=float(n))
        assert chosen.keys() == {wish.track for wish in wishes}
        spent = sum(option.bits_per_s for option in chosen.values() if option)
        assert spent <= max(bits_per_s, 0) / 0.97  # less of a fall is rounding


class Weighing(Allocation):
    """Takes nothing for settled."""

    def _content(self, wishes: Sequence[Wish], bits_per_s: float) -> bool:
        return False


DEAR = tuple(option._replace(bits_per_s=1.3 * option.bits_per_s) for option in THREE)
CHANGES = st.one_of(
    st.tuples(st.just("line"), st.sampled_from([3_000_000, 3_000_000, 1_300_000, 100_000])),
    st.tuples(st.just("cost"), st.sampled_from([THREE, DEAR, THREE, DEAR, THREE[:2], THINNED])),
    st.tuples(st.just("ask"), st.sampled_from(["t1", "t2"]), st.integers(0, 3)),  # 0: for nothing
)
PAUSES = st.sampled_from([0.5, 0.5, 0.5, 3.0, 70.0])


@tries(1000)
@given(st.lists(st.tuples(CHANGES, PAUSES), min_size=10, max_size=30))
def test_what_is_settled_stays_as_it_would_if_it_were_weighed_again(
    changes: list[tuple[tuple[str, Any], float]],
) -> None:
    quick, slow, now = Allocation(), Weighing(), 0.0
    bits_per_s, options, sizes = 3_000_000, THREE, {"t1": 3, "t2": 3}
    for change, pause_s in changes:
        match change:
            case "line", bits_per_s:
                pass
            case "cost", options:
                pass
            case "ask", track, size:
                sizes[track] = size
        wishes = [wish(track, size=size, options=options) for track, size in sizes.items() if size]
        now += pause_s
        assert quick.share(wishes, bits_per_s, now=now) == slow.share(wishes, bits_per_s, now=now)


@pytest.mark.rule("LAYER-9")
@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({}, 5),
        ({"t1": "high", "t2": "high"}, 5),
        ({"t1": "high", "t2": "medium"}, 4),
        ({"t1": "low", "t2": "low"}, 3),
        ({"t1": "high", "t2": None}, 2),
        ({"t1": None, "t2": None}, 1),
    ],
)
def test_a_line_is_as_good_as_what_it_carries(layers: dict[str, str | None], expected: int) -> None:
    by_name = {option.layer: option for option in THREE}
    chosen = {track: by_name[layer] if layer else None for track, layer in layers.items()}  # type: ignore[index]
    assert score([wish(track) for track in layers], chosen) == expected
