"""Chunks: finished shapes of a page, written once for all who come, and anew only where something changed."""

import json
import zlib
from array import array
from collections.abc import Callable
from typing import Any

import pytest

from whiteboard import Board
from whiteboard.page import BUNDLE_BITS, Page, pack, unpack
from whiteboard.shape import Shape

from .desk import ANNA, TEACHER, Desk, Operations

A_BUNDLE = 1 << BUNDLE_BITS


def bodies(chunk: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(zlib.decompress(chunk))
    return found


def names(board: Board) -> list[list[str]]:
    """Shape ids, chunk by chunk."""
    return [[body["id"] for body in bodies(chunk)] for _, chunk in board.chunks()]


def written(board: Board) -> list[bytes]:
    return [chunk for _, chunk in board.chunks()]


@pytest.fixture
def full(desk: Desk) -> Desk:
    """Three bundles, of 255, 256 and 2 strokes of Anna's."""
    desk.draw(*(f"2.{n}" for n in range(1, 2 * A_BUNDLE + 2)))
    return desk


def changed(before: list[bytes], after: list[bytes]) -> list[bool]:
    """Which chunks were written anew."""
    return [now is not then for then, now in zip(before, after, strict=True)]


@pytest.mark.rule("BOARD-27")
def test_a_chunk_is_deflated_json_of_whole_shapes_in_order(desk: Desk) -> None:
    desk.draw("2.1")
    desk.put(ANNA, "2.2", "text", text="分数\n½")
    [(page, chunk)] = desk.board.chunks()
    assert page == 1
    assert bodies(chunk) == desk.board.picture()["pages"][0]["shapes"]
    assert "分数\\n½" in zlib.decompress(chunk).decode("utf-8")


@pytest.mark.rule("BOARD-27")
def test_a_page_comes_in_chunks_of_neighbours(full: Desk) -> None:
    assert [len(chunk) for chunk in names(full.board)] == [A_BUNDLE - 1, A_BUNDLE, 2]  # z begins at 1
    assert [name for chunk in names(full.board) for name in chunk] == full.seen()
    assert full.board.snapshot()["pages"][0]["chunks"] == 3


@pytest.mark.rule("BOARD-27")
def test_what_has_not_changed_is_the_same_bytes(full: Desk) -> None:
    before = written(full.board)
    assert changed(before, written(full.board)) == [False] * 3
    full.do(full.board.turn_page(TEACHER, 1))
    full.do(full.board.lock_page(TEACHER, 1, True))
    assert changed(before, written(full.board)) == [False] * 3


@pytest.mark.rule("BOARD-27")
@pytest.mark.parametrize(
    "operation",
    [
        lambda board: board.erase(ANNA, ["2.300"]),
        lambda board: board.change(ANNA, {"2.300": {"turn": 1}}),
        lambda board: board.cut(ANNA, {"2.300": [(0, 50)]}),
        lambda board: board.cut(ANNA, {"2.300": []}),
    ],
    ids=["erase", "change", "cut", "cut all"],
)
def test_only_the_chunk_of_a_changed_shape_is_written_anew(full: Desk, operation: Callable[[Board], Any]) -> None:
    before = written(full.board)
    full.do(operation(full.board))
    after = written(full.board)
    assert changed(before, after) == [False, True, False]
    full.do(full.board.undo(ANNA))
    assert changed(after, written(full.board)) == [False, True, False]
    assert written(full.board) == before


@pytest.mark.rule("BOARD-27")
def test_a_shape_that_is_laid_elsewhere_changes_the_chunks_that_it_leaves_and_comes_to(full: Desk) -> None:
    before = written(full.board)
    full.do(full.board.order(ANNA, ["2.300"], "front"))
    assert changed(before, written(full.board)) == [False, True, True]
    assert names(full.board)[2][-1] == "2.300"
    full.do(full.board.order(ANNA, ["2.300"], "back"))
    assert [len(chunk) for chunk in names(full.board)] == [1, A_BUNDLE - 1, A_BUNDLE - 1, 2]
    full.do(full.board.undo(ANNA))
    full.do(full.board.undo(ANNA))
    assert written(full.board) == before


@pytest.mark.rule("BOARD-27")
def test_open_strokes_stand_in_the_snapshot_and_in_no_chunk(desk: Desk) -> None:
    desk.draw("2.1")
    before = written(desk.board)
    desk.begin(ANNA, "2.2")
    desk.board.extend(ANNA, "2.2", (1, 1))
    desk.do(desk.board.flush())
    assert changed(before, written(desk.board)) == [False]
    assert [body["id"] for body in desk.board.snapshot()["pages"][0]["shapes"]] == ["2.2"]
    desk.do(desk.board.finish(ANNA, "2.2"))
    assert names(desk.board) == [["2.1", "2.2"]]
    assert desk.board.snapshot()["pages"][0]["shapes"] == []


def test_a_page_on_which_all_is_open_or_gone_has_no_chunk(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    assert desk.board.chunks() == []
    assert desk.board.snapshot()["pages"][0]["chunks"] == 0
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    assert desk.board.chunks() == []


@pytest.mark.rule("BOARD-18", "BOARD-27")
def test_a_page_is_in_order_whatever_is_raised_lowered_cut_and_taken_back(desk: Desk) -> None:
    desk.draw(*(f"2.{n}" for n in range(1, 7)))
    board = desk.board
    operations: Operations = (
        lambda: board.order(ANNA, ["2.2", "2.5"], "front"),
        lambda: board.erase(ANNA, ["2.3", "2.1"]),
        lambda: board.cut(ANNA, {"2.4": [(0, 10), (20, 30), (40, 50)]}),
        lambda: board.order(ANNA, ["2.4.2"], "back"),
        lambda: board.undo(ANNA),
        lambda: board.erase(ANNA, ["2.4.1"]),
        lambda: board.undo(ANNA),
        lambda: board.undo(ANNA),
        lambda: board.undo(ANNA),
        lambda: board.undo(ANNA),
    )
    for operation in operations:
        desk.do(operation())
        shapes = board.picture()["pages"][0]["shapes"]
        places = [(body["z"], int(body["id"].split(".")[2]) if body["id"].count(".") == 2 else 0) for body in shapes]
        assert places == sorted(places)
        assert [body for chunk in written(board) for body in bodies(chunk)] == shapes
    assert desk.seen() == [f"2.{n}" for n in range(1, 7)]


@pytest.mark.rule("BOARD-27")
def test_the_page_that_all_look_at_comes_first(desk: Desk) -> None:
    for _ in range(2):
        desk.do(desk.board.add_page(TEACHER))
    for n in (1, 2, 3):
        desk.draw(f"2.{n}", page=n)
    desk.do(desk.board.turn_page(TEACHER, 3))
    assert [page for page, _ in desk.board.chunks()] == [3, 1, 2]


# Pages by themselves


def shape(n: int, **more: Any) -> Shape:
    return Shape(f"2.{n}", 1, ANNA, "pen", n, (100, 200), "#102030", 24, array("h", (1, 2)), **more)


def test_shapes_are_packed_and_unpacked_as_they_were() -> None:
    shapes = [shape(1), shape(2, pressure=array("B", (255,))), shape(3, more={"turn": 9, "scale": (2_000, 10)})]
    assert unpack(pack(shapes)) == shapes
    assert (pack([]), unpack(b"")) == (b"", [])


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        zlib.compress(b"[]")[:-1],
        zlib.compress(b"{}"),
        zlib.compress(b"[{}]"),
        zlib.compress(b"[1]"),
        zlib.compress(b'[{"id": "2.1"}]'),
        zlib.compress(b"\xff"),
    ],
)
def test_other_bytes_are_no_chunk(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(data)


def test_a_page_counts_its_shapes_and_forgets_empty_bundles() -> None:
    page = Page(1)
    shapes = [shape(n) for n in (1, A_BUNDLE, 3 * A_BUNDLE)]
    for one in reversed(shapes):
        page.put(one)
    assert (page.count, [one.id for one in page], len(page.chunks())) == (3, [one.id for one in shapes], 3)
    page.take(shapes[1])
    assert (page.count, len(page.chunks())) == (2, 2)
