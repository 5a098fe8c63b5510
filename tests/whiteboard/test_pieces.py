"""What an area eraser leaves: parts of strokes that lie where the stroke lay, and are shapes of their own."""

from array import array
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tries import tries
from whiteboard import Code, Cut, Erased, Restored
from whiteboard.pieces import pieces_of
from whiteboard.shape import Shape

from .desk import ANNA, BEN, TEACHER, Desk, refold, refused

POINTS = (10, 0, 0, 10, -3, -7)  # to (10, 0), (10, 10), (7, 3), seen from the start


def stroke(points: tuple[int, ...], pressure: tuple[int, ...] | None = None, **more: Any) -> Shape:
    pressed = None if pressure is None else array("B", pressure)
    return Shape("2.1", 1, ANNA, "pen", 5, (100, 200), "#102030", 24, array("h", points), pressed, more=more)


def piece(begin: int, end: int, points: tuple[int, ...] = POINTS, pressure: tuple[int, ...] | None = None) -> Shape:
    [found] = pieces_of(stroke(points, pressure), [("2.1.1", begin, end)])
    return found


def path(shape: Shape) -> list[tuple[int, int]]:
    """The points of a stroke, seen from its start."""
    assert shape.points is not None
    x, y = shape.more.get("from", (0, 0))
    return list(zip(accumulate(shape.points[0::2], initial=x), accumulate(shape.points[1::2], initial=y), strict=True))


# By hand


@pytest.mark.rule("BOARD-35")
@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (0, 300, [(0, 0), (10, 0), (10, 10), (7, 3)]),
        (0, 100, [(0, 0), (10, 0)]),
        (100, 200, [(10, 0), (10, 10)]),
        (50, 150, [(5, 0), (10, 0), (10, 5)]),
        (1, 99, [(0, 0), (9, 0)]),  # a tenth of a unit is none
        (225, 275, [(9, 8), (7, 4)]),  # rounded down: -0.75 to -1, -1.75 to -2; -2.25 to -3, -5.25 to -6
        (0, 0, [(0, 0)]),
        (150, 150, [(10, 5)]),
        (300, 300, [(7, 3)]),
        (299, 300, [(7, 3), (7, 3)]),
    ],
)
def test_a_piece_lies_between_two_positions(begin: int, end: int, expected: list[tuple[int, int]]) -> None:
    assert path(piece(begin, end)) == expected


@pytest.mark.rule("BOARD-35")
@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (0, 300, [1, 2, 3]),
        (0, 150, [1, 2]),
        (100, 200, [2]),
        (50, 250, [1, 2, 3]),
        (110, 120, [2]),
        (200, 300, [3]),
        (150, 150, None),  # a point alone has none
    ],
)
def test_a_piece_is_pressed_as_the_stroke_was(begin: int, end: int, expected: list[int] | None) -> None:
    pressure = piece(begin, end, pressure=(1, 2, 3)).pressure
    assert (None if pressure is None else pressure.tolist()) == expected


@pytest.mark.rule("BOARD-35", "BOARD-37")
def test_a_piece_is_like_its_stroke(desk: Desk) -> None:
    desk.draw("3.1", "2.1", "3.2")
    desk.do(desk.board.change(ANNA, {"2.1": {"scale": (2_000, 500), "turn": 9, "color": "#ffffff", "start": (7, 8)}}))
    assert desk.do(desk.board.cut(TEACHER, {"2.1": [(0, 50), (150, 200)]}, staff=True)) == [
        Cut(TEACHER, {"2.1": (("2.1.1", 0, 50), ("2.1.2", 150, 200))})
    ]
    assert desk.seen() == ["3.1", "2.1.1", "2.1.2", "3.2"]
    assert desk.body("2.1.2") == {
        "id": "2.1.2",
        "page": 1,
        "author": ANNA,
        "kind": "pen",
        "z": 2,
        "start": [7, 8],
        "color": "#ffffff",
        "width": 24,
        "points": [0, 5],
        "scale": [2_000, 500],
        "turn": 9,
        "from": [10, 5],
    }
    assert "from" not in desk.body("2.1.1")


@pytest.mark.rule("BOARD-35")
def test_a_piece_of_a_piece_is_counted_on_and_never_twice(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.cut(ANNA, {"2.2": [(0, 50), (100, 200)]}))
    desk.do(desk.board.undo(ANNA))
    assert desk.do(desk.board.cut(ANNA, {"2.1": [(10, 200)], "2.2": [(0, 190)]})) == [
        Cut(ANNA, {"2.1": (("2.1.3", 10, 200),), "2.2": (("2.2.4", 0, 190),)})
    ]
    desk.do(desk.board.cut(ANNA, {"2.1.3": [(100, 150)]}))
    assert desk.seen() == ["2.1.5", "2.2.4"]
    assert refold(desk.log) == desk.board
    assert refold(desk.log).cut(ANNA, {"2.1.5": [(0, 10)]}) == [Cut(ANNA, {"2.1.5": (("2.1.6", 0, 10),)})]


# One step


@pytest.mark.rule("BOARD-35")
def test_a_sweep_over_many_strokes_is_one_step(desk: Desk) -> None:
    desk.draw("2.1", "2.2", "2.3", "2.4")
    before = desk.board.picture()
    desk.do(desk.board.cut(ANNA, {"2.1": [(0, 50), (150, 200)], "2.2": [], "2.4": [(0, 200)]}))
    after = desk.board.picture()
    assert desk.seen() == ["2.1.1", "2.1.2", "2.3", "2.4.3"]
    [restored] = desk.do(desk.board.undo(ANNA))
    assert isinstance(restored, Restored)
    assert ([body["id"] for body in restored.shapes], restored.gone) == (
        ["2.1", "2.2", "2.4"],
        ("2.1.1", "2.1.2", "2.4.3"),
    )
    assert desk.board.picture() == before
    [again] = desk.do(desk.board.redo(ANNA))
    assert isinstance(again, Restored)
    assert ([body["id"] for body in again.shapes], again.gone) == (["2.1.1", "2.1.2", "2.4.3"], ("2.1", "2.2", "2.4"))
    assert desk.board.picture() == after


@pytest.mark.rule("BOARD-35")
def test_a_cut_that_leaves_nothing_erases(desk: Desk) -> None:
    desk.draw("2.1")
    desk.do(desk.board.cut(ANNA, {"2.1": []}))
    assert desk.seen() == []
    desk.do(desk.board.undo(ANNA))
    assert desk.do(desk.board.redo(ANNA)) == [Erased(ANNA, ("2.1",), redo=True)]


@pytest.mark.rule("BOARD-14")
def test_a_cut_is_not_taken_back_where_another_has_changed_a_piece_since(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.cut(ANNA, {"2.1": [(0, 50), (150, 200)], "2.2": [(0, 50)]}))
    desk.do(desk.board.change(TEACHER, {"2.1.2": {"turn": 1}}, staff=True))
    desk.do(desk.board.undo(ANNA))
    assert desk.seen() == ["2.1.1", "2.1.2", "2.2"]
    desk.do(desk.board.undo(TEACHER, staff=True))
    desk.do(desk.board.undo(ANNA))
    assert desk.seen() == ["2.1", "2.2"]  # the rest of the same step


# What is refused


@pytest.mark.rule("BOARD-35")
@pytest.mark.parametrize(
    "parts",
    [
        [(0, 201)],
        [(-1, 100)],
        [(150, 100)],
        [(0, 100), (100, 200)],
        [(0, 100), (50, 200)],
        [(100, 200), (0, 50)],
        [(0, 0), (0, 0)],
    ],
)
def test_parts_rise_without_overlap_on_the_stroke(desk: Desk, parts: list[tuple[int, int]]) -> None:
    desk.draw("2.1", "2.2")
    with refused(Code.INVALID):
        desk.board.cut(ANNA, {"2.2": [(0, 100)], "2.1": parts})


@pytest.mark.rule("BOARD-9", "BOARD-10", "BOARD-11", "BOARD-35")
def test_strokes_are_cut_that_are_there_and_ones_own(desk: Desk) -> None:
    desk.draw("2.1", "2.2", "3.1")
    desk.put(ANNA, "2.3", "line")
    desk.do(desk.board.erase(ANNA, ["2.2"]))
    for cuts, code in (
        ({"2.3": []}, Code.INVALID),
        ({"2.1": [], "3.1": []}, Code.FORBIDDEN),
        ({"2.2": [(0, 1)]}, Code.NOT_FOUND),
    ):
        with refused(code):
            desk.board.cut(ANNA, cuts)
    assert desk.board.cut(ANNA, {"2.2": [(0, 1)], "2.1": []}) == [Cut(ANNA, {"2.1": ()})]
    desk.do(desk.board.lock_page(TEACHER, 1, True))
    with refused(Code.LOCKED):
        desk.board.cut(ANNA, {"2.1": []})
    desk.do(desk.board.cut(TEACHER, {"2.1": [], "3.1": []}, staff=True))


@pytest.mark.rule("BOARD-12")
def test_a_sweep_leaves_at_most_1000_pieces_where_there_is_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put(BEN, "3.1", "pen", points=(1, 0) * 11)
    desk.put(BEN, "3.2", "pen", points=(1, 0) * 11)
    parts = [(2 * n, 2 * n + 1) for n in range(501)]
    with refused(Code.TOO_LARGE):
        desk.board.cut(BEN, {"3.1": parts, "3.2": parts[:500]})
    monkeypatch.setattr("whiteboard.operations.PAGE_SHAPES_MAX", 999)
    with refused(Code.FULL):
        desk.board.cut(BEN, {"3.1": parts[:500], "3.2": parts[:500]})
    desk.do(desk.board.cut(BEN, {"3.1": parts[:500], "3.2": parts[:499]}))
    assert len(desk.seen()) == 999


# Whatever the stroke

deltas = st.integers(-300, 300)
strokes = st.lists(st.tuples(deltas, deltas, st.integers(0, 255)), min_size=1, max_size=12)


def within(a: int, value: int, b: int) -> bool:
    return min(a, b) <= value <= max(a, b)


@pytest.mark.rule("BOARD-35")
@tries(200)
@given(drawn=strokes, data=st.data())
def test_pieces_lie_on_their_stroke(drawn: list[tuple[int, int, int]], data: st.DataObject) -> None:
    points = tuple(value for dx, dy, _ in drawn for value in (dx, dy))
    whole = stroke(points, tuple(pressed for *_, pressed in drawn))
    ends = data.draw(st.lists(st.integers(0, 100 * len(drawn)), min_size=2, max_size=6, unique=True).map(sorted))
    parts = [("", begin, end) for begin, end in zip(ends[0::2], ends[1::2], strict=False)]
    corners = path(whole)
    for (_, begin, end), found in zip(parts, pieces_of(whole, parts), strict=True):
        positions = [begin, *range(100 * (begin // 100 + 1), end, 100), end]
        assert len(path(found)) == len(positions)
        for position, (x, y) in zip(positions, path(found), strict=True):
            (ax, ay), (bx, by) = corners[position // 100], corners[min(position // 100 + 1, len(drawn))]
            if position % 100 == 0:
                assert (x, y) == (ax, ay)
            assert within(ax, x, bx)
            assert within(ay, y, by)
            part = position % 100
            assert abs(100 * (x - ax) - part * (bx - ax)) < 100  # less than a unit beside it
            assert abs(100 * (y - ay) - part * (by - ay)) < 100
        assert found.pressure is not None
        assert found.pressure.tolist() == [drawn[(position - 1) // 100][2] for position in positions[1:]]


@pytest.mark.rule("BOARD-35")
@given(drawn=strokes)
def test_cutting_nothing_away_leaves_the_same_points(drawn: list[tuple[int, int, int]]) -> None:
    points = tuple(value for dx, dy, _ in drawn for value in (dx, dy))
    pressure = tuple(pressed for *_, pressed in drawn)
    whole = piece(0, 100 * len(drawn), points, pressure)
    assert (whole.points, whole.pressure, dict(whole.more)) == (array("h", points), array("B", pressure), {})


@pytest.mark.rule("BOARD-35")
@given(drawn=strokes, at=st.integers(1, 1_199))
def test_a_stroke_cut_in_two_is_drawn_by_both(drawn: list[tuple[int, int, int]], at: int) -> None:
    points = tuple(value for dx, dy, _ in drawn for value in (dx, dy))
    at, whole = 1 + at % (100 * len(drawn) - 1), stroke(points)
    first, second = pieces_of(whole, [("", 0, at), ("", at, 100 * len(drawn))])
    assert path(first)[-1] == path(second)[0]
    kept = [*path(first)[: -1 if at % 100 else None], *path(second)[1:]]
    assert kept == path(whole)
