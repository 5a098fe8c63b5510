"""What the benches of the board draw, and when: in their limits, and the same each time."""

import random
from collections import Counter
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.benches.board_seek import instants, plan
from loadtest.benches.board_stroke import wrong
from loadtest.handwriting import HZ, written


@given(st.integers(0, 700), st.integers(0, 2**32))
def test_handwriting_is_so_many_points_with_a_pressure_each_and_no_leaps(count: int, seed: int) -> None:
    ink = written(count, random.Random(seed))
    assert (len(ink.points), len(ink.pressure)) == (2 * count, count)
    assert all(0 < pressure <= 255 for pressure in ink.pressure)
    assert all(abs(delta) < 300 for delta in ink.points)
    assert ink == written(count, random.Random(seed))


def test_a_pen_moves_some_forty_units_between_samples_and_writes_to_the_right() -> None:
    points = written(10 * HZ, random.Random(1)).points
    steps = [hypot(dx, dy) for dx, dy in zip(points[::2], points[1::2], strict=True)]
    assert 30 < sum(steps) / len(steps) < 50
    assert 2_000 < sum(points[::2]) < 4_000
    assert abs(sum(points[1::2])) < 400


@pytest.mark.parametrize(
    ("got", "sent", "expected"), [([], (), 0), ([1, 2], (1, 2), 0), ([1], (1, 2), 1), ([1, 3, 4], (1, 2), 2)]
)
def test_what_came_otherwise_than_it_was_sent_is_counted(got: list[int], sent: tuple[int, ...], expected: int) -> None:
    assert wrong(got, sent) == expected


def test_instants_are_spread_over_the_whole_lesson_in_no_order() -> None:
    asked = instants(1_000, 10)
    assert sorted(asked) == list(range(0, 1_000, 100))
    assert asked != sorted(asked)


class Hand:
    """Notes what it is told to do."""

    def __init__(self, name: str, done: list[tuple[str, str, int]]) -> None:
        self.name = name
        self.done = done

    def turn(self, page: int) -> None:
        self.done.append((self.name, "turn", page))

    def begin(self, page: int) -> None:
        self.done.append((self.name, "begin", page))

    def go_on(self, points: int) -> None:
        self.done.append((self.name, "go on", points))

    def finish(self) -> None:
        self.done.append((self.name, "finish", 0))


def test_a_lesson_is_drawn_stroke_by_stroke_on_page_after_page() -> None:
    done: list[tuple[str, str, int]] = []
    acts = sorted(plan(Hand("t", done), [Hand("a", done), Hand("b", done)], 8), key=lambda act: act[0])  # type: ignore[arg-type, list-item]
    for _, act in acts:
        act()
    assert Counter(what for _, what, _ in done) == {"begin": 8, "go on": 24, "finish": 8, "turn": 3}
    assert [page for _, what, page in done if what in ("turn", "begin")] == [1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    for hand in ("a", "b"):  # nobody begins before they have finished
        mine = [what for name, what, _ in done if name == hand]
        assert mine == ["begin", "go on", "go on", "go on", "finish"] * 4
