"""Drawing: begin, extend, finish, and what may not be drawn."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tries import tries
from whiteboard import Begun, Code, Extended, Finished, PageLocked, limits

from .desk import ANNA, BEN, TEACHER, Desk, refused

PEN: dict[str, Any] = {"page": 1, "kind": "pen", "color": "#102030", "width": 24, "at": (100, 200)}


def test_a_stroke_begins_where_the_pen_is_put_down(desk: Desk) -> None:
    assert desk.board.begin(ANNA, "2.1", **PEN) == [Begun(ANNA, "2.1", 1, "pen", "#102030", 24, (100, 200), 1)]


@pytest.mark.rule("BOARD-2")
def test_nobody_draws_under_the_number_of_another_member(desk: Desk) -> None:
    with refused(Code.FORBIDDEN):
        desk.board.begin(ANNA, "3.1", **PEN)


@pytest.mark.rule("BOARD-2")
@pytest.mark.parametrize("used", ["2.1", "2.3", "2.5"])
def test_a_shape_number_is_never_used_twice_not_even_after_an_erase_and_a_clear(desk: Desk, used: str) -> None:
    desk.draw("2.1", "2.5")
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    desk.do(desk.board.clear(ANNA, 1))
    assert desk.board.next_shape(ANNA) == 6
    with refused(Code.CONFLICT):
        desk.board.begin(ANNA, used, **PEN)


@pytest.mark.rule("BOARD-2")
@pytest.mark.parametrize(
    "shape", ["", "2", "2.", "2.0", "02.1", "2.-1", "2.1 ", "2.1\n", "2.1.0", "2.1.1.1", "２.1", "2.12345678901"]
)
def test_a_shape_id_is_a_member_a_point_and_a_number(desk: Desk, shape: str) -> None:
    with refused(Code.INVALID):
        desk.board.begin(ANNA, shape, **PEN)


@pytest.mark.rule("BOARD-2")
def test_nobody_draws_under_the_id_of_a_piece(desk: Desk) -> None:
    with refused(Code.FORBIDDEN):
        desk.board.begin(ANNA, "2.1.1", **PEN)


@pytest.mark.rule("BOARD-3")
@pytest.mark.parametrize("at", [(0, 0), (16_000, 9_000), (0, 9_000)])
def test_the_edges_belong_to_the_board(desk: Desk, at: tuple[int, int]) -> None:
    assert desk.board.begin(ANNA, "2.1", **PEN | {"at": at})


@pytest.mark.rule("BOARD-3")
@pytest.mark.parametrize("at", [(-1, 0), (0, -1), (16_001, 0), (0, 9_001)])
def test_a_stroke_does_not_begin_off_the_board(desk: Desk, at: tuple[int, int]) -> None:
    with refused(Code.INVALID):
        desk.board.begin(ANNA, "2.1", **PEN | {"at": at})


@pytest.mark.rule("BOARD-3")
@pytest.mark.parametrize("points", [(-101, 0), (0, 8_801), (15_900, 0, 1, 0), (-101, 0, 101, 0)])
def test_a_message_with_a_point_off_the_board_draws_nothing(desk: Desk, points: tuple[int, ...]) -> None:
    desk.begin(ANNA, "2.1")
    with refused(Code.INVALID):
        desk.board.extend(ANNA, "2.1", points)
    assert not desk.board.pending


@pytest.mark.rule("BOARD-3")
def test_points_are_measured_from_those_that_still_wait(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.board.extend(ANNA, "2.1", (15_900, 0))
    with refused(Code.INVALID):
        desk.board.extend(ANNA, "2.1", (1, 0))
    desk.board.extend(ANNA, "2.1", (-1, 0))
    assert desk.board.flush() == [Extended("2.1", (15_900, 0, -1, 0))]


@pytest.mark.rule("BOARD-4")
@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "brush"},
        {"color": "red"},
        {"color": "#FFF"},
        {"color": "#ABCDEF"},
        {"color": "#12345g"},
        {"color": "#123456\n"},
        {"width": 0},
        {"width": 401},
    ],
)
def test_kind_colour_and_width_are_from_a_known_set(desk: Desk, wrong: dict[str, Any]) -> None:
    with refused(Code.INVALID):
        desk.board.begin(ANNA, "2.1", **PEN | wrong)


def test_a_stroke_needs_a_page(desk: Desk) -> None:
    with refused(Code.NOT_FOUND):
        desk.board.begin(ANNA, "2.1", **PEN | {"page": 2})


@pytest.mark.rule("BOARD-5")
def test_only_its_author_goes_on_with_a_stroke(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    for member in (BEN, TEACHER):
        with refused(Code.FORBIDDEN):
            desk.board.extend(member, "2.1", (1, 1), staff=member == TEACHER)
        with refused(Code.FORBIDDEN):
            desk.board.finish(member, "2.1")


@pytest.mark.rule("BOARD-5")
def test_a_finished_stroke_does_not_go_on_and_is_finished_once(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    assert desk.do(desk.board.finish(ANNA, "2.1")) == [Finished("2.1")]
    assert desk.board.finish(ANNA, "2.1") == []
    with refused(Code.CONFLICT):
        desk.board.extend(ANNA, "2.1", (1, 1))


def test_an_unknown_stroke_is_not_found(desk: Desk) -> None:
    with refused(Code.NOT_FOUND):
        desk.board.extend(ANNA, "2.1", (1, 1))
    with refused(Code.NOT_FOUND):
        desk.board.finish(ANNA, "2.1")


@pytest.mark.rule("BOARD-6")
def test_what_comes_for_one_stroke_before_a_flush_is_one_change(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.begin(BEN, "3.1")
    desk.board.extend(ANNA, "2.1", (1, 2), (10,))
    desk.board.extend(BEN, "3.1", (7, 7))
    desk.board.extend(ANNA, "2.1", (3, 4, 5, 6), (20, 30))
    assert desk.points("2.1") == []
    assert desk.do(desk.board.flush(author=ANNA)) == [Extended("2.1", (1, 2, 3, 4, 5, 6), (10, 20, 30))]
    assert desk.do(desk.board.flush(shape="3.1")) == [Extended("3.1", (7, 7))]
    assert desk.points("2.1") == [1, 2, 3, 4, 5, 6]
    assert not desk.board.pending
    assert desk.board.flush() == []


@pytest.mark.rule("BOARD-6")
@pytest.mark.parametrize("points", [(), (1,), (1, 2, 3)])
def test_points_come_in_pairs(desk: Desk, points: tuple[int, ...]) -> None:
    desk.begin(ANNA, "2.1")
    with refused(Code.INVALID):
        desk.board.extend(ANNA, "2.1", points)


@pytest.mark.rule("BOARD-6")
@pytest.mark.parametrize("pressure", [(), (1,), (1, 2, 3), (1, 256), (-1, 1), None])
def test_a_stroke_has_a_pressure_for_every_point_or_for_none(desk: Desk, pressure: tuple[int, ...] | None) -> None:
    desk.begin(ANNA, "2.1")
    desk.board.extend(ANNA, "2.1", (1, 1), (0,))
    with refused(Code.INVALID):
        desk.board.extend(ANNA, "2.1", (1, 1, 1, 1), pressure)
    desk.do(desk.board.flush())
    with refused(Code.INVALID):
        desk.board.extend(ANNA, "2.1", (1, 1, 1, 1), pressure)


@pytest.mark.rule("BOARD-7")
def test_waiting_points_go_out_before_the_end_of_their_stroke(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.board.extend(ANNA, "2.1", (1, 1))
    assert desk.do(desk.board.finish(ANNA, "2.1")) == [Extended("2.1", (1, 1)), Finished("2.1")]
    assert not desk.board.pending


@pytest.mark.rule("BOARD-7")
def test_points_that_came_before_a_lock_go_out_before_it(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.board.extend(ANNA, "2.1", (1, 1))
    assert desk.do(desk.board.lock_page(TEACHER, 1, True)) == [Extended("2.1", (1, 1)), PageLocked(TEACHER, 1, True)]


@pytest.mark.rule("BOARD-8")
def test_a_lost_line_finishes_the_strokes_it_left_open_with_all_their_points(desk: Desk) -> None:
    desk.draw("2.1")
    desk.begin(ANNA, "2.2")
    desk.begin(BEN, "3.1")
    desk.begin(ANNA, "2.3")
    desk.board.extend(ANNA, "2.3", (5, 5))
    assert desk.do(desk.board.finish_open(ANNA)) == [Finished("2.2"), Extended("2.3", (5, 5)), Finished("2.3")]
    assert desk.board.finish_open(ANNA) == []


@pytest.mark.rule("BOARD-11")
def test_on_a_locked_page_staff_draw_and_students_do_not(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.do(desk.board.lock_page(TEACHER, 1, True))
    with refused(Code.LOCKED):
        desk.begin(ANNA, "2.2")
    with refused(Code.LOCKED):
        desk.board.extend(ANNA, "2.1", (1, 1))
    assert desk.do(desk.board.finish(ANNA, "2.1")) == [Finished("2.1")]
    desk.draw("1.1")
    desk.do(desk.board.lock_page(TEACHER, 1, False))
    desk.draw("2.2")
    assert desk.seen() == ["2.1", "1.1", "2.2"]


@pytest.mark.rule("BOARD-12")
def test_a_message_holds_at_most_256_points(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.board.extend(ANNA, "2.1", (0, 0) * 256)
    with refused(Code.TOO_LARGE):
        desk.board.extend(ANNA, "2.1", (0, 0) * 257)


@pytest.mark.rule("BOARD-12")
def test_a_stroke_holds_at_most_4000_points_those_that_wait_included(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    for _ in range(10):
        desk.board.extend(ANNA, "2.1", (0, 0) * 200)
    desk.do(desk.board.flush())
    for _ in range(10):
        desk.board.extend(ANNA, "2.1", (0, 0) * 200)
    with refused(Code.TOO_LARGE):
        desk.board.extend(ANNA, "2.1", (0, 0))


@pytest.mark.rule("BOARD-12")
def test_a_full_page_and_a_full_board_take_no_more_shapes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whiteboard.operations.PAGE_SHAPES_MAX", 2)
    monkeypatch.setattr("whiteboard.operations.BOARD_SHAPES_MAX", 3)
    desk.do(desk.board.add_page(TEACHER))
    desk.draw("2.1", "2.2")
    with refused(Code.FULL):
        desk.begin(ANNA, "2.3")
    desk.draw("2.3", page=2)
    with refused(Code.FULL):
        desk.begin(ANNA, "2.4", page=2)
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    desk.draw("3.1", page=2)
    with refused(Code.FULL):
        desk.board.undo(ANNA)


def test_the_limits_are_those_that_the_documents_name() -> None:
    assert (limits.POINTS_A_MESSAGE, limits.POINTS_A_STROKE) == (256, 4_000)
    assert (limits.PAGE_SHAPES_MAX, limits.BOARD_SHAPES_MAX, limits.PAGES_MAX) == (5_000, 20_000, 100)
    assert (limits.STEPS_MAX, limits.KEPT_MAX) == (200, 20_000)
    assert (limits.SHAPES_A_MESSAGE, limits.PIECES_MAX, limits.SCRATCH_SHAPES_MAX) == (500, 1_000, 500)
    assert (limits.POINTS_MAX, limits.TEXT_CHARS, limits.WIDTH_MAX) == (2_000_000, 2_000, 400)
    assert (limits.FONT_HEIGHT_MIN, limits.FONT_HEIGHT_MAX) == (60, 2_000)
    assert (limits.SCALE_MIN, limits.SCALE_MAX) == (10, 100_000)


deltas = st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(lambda half: half + half)


@pytest.mark.rule("BOARD-6")
@tries(50)
@given(
    messages=st.lists(deltas, min_size=1, max_size=12),
    flushed=st.lists(st.booleans(), min_size=12, max_size=12),
    pressed=st.booleans(),
)
def test_however_points_are_joined_the_stroke_is_the_same(
    messages: list[list[int]], flushed: list[bool], pressed: bool
) -> None:
    desk = Desk()
    desk.begin(ANNA, "2.1")
    for message, flush in zip(messages, flushed, strict=False):
        desk.board.extend(ANNA, "2.1", message, [7] * (len(message) // 2) if pressed else None)
        if flush:
            desk.do(desk.board.flush())
    desk.do(desk.board.finish(ANNA, "2.1"))
    assert desk.points("2.1") == [delta for message in messages for delta in message]
    stroke = desk.board.shape("2.1")
    assert stroke is not None
    assert (stroke.x, stroke.y) == (100 + sum(desk.points("2.1")[0::2]), 200 + sum(desk.points("2.1")[1::2]))
    assert (stroke.pressure is not None and len(stroke.pressure) == stroke.count) is pressed
