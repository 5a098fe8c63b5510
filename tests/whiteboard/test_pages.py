"""Pages: order, the one that everybody looks at, and numbers."""

import pytest

from whiteboard import (
    Change,
    Code,
    Extended,
    Finished,
    Freed,
    Locked,
    PageAdded,
    PageChanged,
    PageLocked,
    PageMoved,
    PageRemoved,
    PageTurned,
)

from .desk import ANNA, TEACHER, Desk, Operations, refold, refused


@pytest.mark.rule("BOARD-1")
def test_a_new_board_has_one_blank_page_that_everybody_looks_at(desk: Desk) -> None:
    assert desk.board.snapshot() == {
        "current": 1,
        "free": False,
        "locked": False,
        "pages": [{"page": 1, "background": "blank", "locked": False, "shapes": [], "chunks": 0}],
    }


def test_a_page_is_added_behind_the_last_or_behind_a_named_one(desk: Desk) -> None:
    assert desk.do(desk.board.add_page(TEACHER)) == [PageAdded(TEACHER, 2, 1, "blank")]
    assert desk.do(desk.board.add_page(TEACHER, 1, "grid")) == [PageAdded(TEACHER, 3, 1, "grid")]
    assert desk.do(desk.board.add_page(TEACHER, background="ruled")) == [PageAdded(TEACHER, 4, 2, "ruled")]
    assert desk.board.pages == [1, 3, 2, 4]
    assert desk.board.current == 1


SLIDE = "0123456789abcdef" * 2


@pytest.mark.rule("BOARD-32")
@pytest.mark.parametrize("background", ["", "photo", "0" * 31, "A" * 32, SLIDE + "\n", "../" + "0" * 29])
def test_a_page_needs_a_known_neighbour_and_a_known_background(desk: Desk, background: str) -> None:
    with refused(Code.NOT_FOUND):
        desk.board.add_page(TEACHER, 7)
    with refused(Code.INVALID):
        desk.board.add_page(TEACHER, background=background)
    with refused(Code.INVALID):
        desk.board.change_page(TEACHER, 1, background)


@pytest.mark.rule("BOARD-32")
@pytest.mark.parametrize("background", ["grid", "ruled", "dark", SLIDE])
def test_a_page_is_given_another_background(desk: Desk, background: str) -> None:
    desk.draw("2.1")
    assert desk.do(desk.board.change_page(TEACHER, 1, background)) == [PageChanged(TEACHER, 1, background)]
    assert desk.board.picture()["pages"][0]["background"] == background
    assert desk.seen() == ["2.1"]
    assert desk.board.change_page(TEACHER, 1, background) == []
    with refused(Code.NOT_FOUND):
        desk.board.change_page(TEACHER, 2, background)


@pytest.mark.rule("BOARD-32")
@pytest.mark.parametrize(
    ("page", "before", "order"),
    [
        (3, 1, [3, 1, 2, 4]),
        (3, 2, [1, 3, 2, 4]),
        (1, 4, [2, 3, 1, 4]),
        (1, None, [2, 3, 4, 1]),
        (4, None, [1, 2, 3, 4]),
        (2, 3, [1, 2, 3, 4]),
    ],
)
def test_a_page_is_put_before_another_or_behind_all(
    desk: Desk, page: int, before: int | None, order: list[int]
) -> None:
    for _ in range(3):
        desk.do(desk.board.add_page(TEACHER))
    desk.draw("2.1", page=page)
    desk.do(desk.board.turn_page(TEACHER, 2))
    assert desk.do(desk.board.move_page(TEACHER, page, before)) == [PageMoved(TEACHER, page, before)]
    assert (desk.board.pages, desk.board.current, desk.seen(page)) == (order, 2, ["2.1"])
    assert refold(desk.log).pages == order


def test_a_page_is_moved_where_there_is_one(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    assert desk.board.move_page(TEACHER, 2, 2) == []
    for page, before in ((9, 1), (1, 9)):
        with refused(Code.NOT_FOUND):
            desk.board.move_page(TEACHER, page, before)


@pytest.mark.rule("BOARD-33")
def test_on_a_locked_board_only_staff_change_what_is_on_common_pages(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    desk.draw("2.1", "2.2")
    desk.begin(ANNA, "2.3", page=2)
    desk.board.extend(ANNA, "2.3", (1, 1))
    assert desk.do(desk.board.lock(TEACHER, True)) == [Extended("2.3", (1, 1)), Locked(TEACHER, True)]
    assert desk.board.lock(TEACHER, True) == []
    board = desk.board
    operations: Operations = (
        lambda: desk.begin(ANNA, "2.4", page=2),
        lambda: desk.put(ANNA, "2.4"),
        lambda: board.erase(ANNA, ["2.1"]),
        lambda: board.change(ANNA, {"2.1": {"turn": 1}}),
        lambda: board.order(ANNA, ["2.1"], "front"),
        lambda: board.cut(ANNA, {"2.1": []}),
        lambda: board.copy(ANNA, ["2.1"], page=1, by=(0, 0), first=4),
        lambda: board.clear(ANNA, 1),
        lambda: board.clear(ANNA, None),
        lambda: board.undo(ANNA),
    )
    for operation in operations:
        with refused(Code.LOCKED):
            operation()
    with refused(Code.LOCKED):
        board.extend(ANNA, "2.3", (1, 1))
    desk.do(board.finish(ANNA, "2.3"))
    desk.draw("1.1")
    desk.do(board.erase(TEACHER, ["2.1"], staff=True))
    assert desk.do(board.lock(TEACHER, False)) == [Locked(TEACHER, False)]
    desk.do(board.undo(ANNA))
    assert (desk.seen(1), desk.seen(2)) == (["2.2", "1.1"], [])


@pytest.mark.rule("BOARD-34")
def test_everybody_looks_around_when_they_may(desk: Desk) -> None:
    assert desk.do(desk.board.free(TEACHER, True)) == [Freed(TEACHER, True)]
    assert desk.board.free(TEACHER, True) == []
    assert desk.board.snapshot(ANNA)["free"]
    assert desk.do(desk.board.free(TEACHER, False)) == [Freed(TEACHER, False)]
    assert not desk.board.snapshot(ANNA)["free"]


def test_everybody_follows_when_a_page_is_turned(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    assert desk.do(desk.board.turn_page(TEACHER, 2)) == [PageTurned(TEACHER, 2)]
    assert desk.board.current == 2
    assert desk.board.turn_page(TEACHER, 2) == []
    with refused(Code.NOT_FOUND):
        desk.board.turn_page(TEACHER, 3)


def test_locking_what_is_locked_is_no_change(desk: Desk) -> None:
    assert desk.board.lock_page(TEACHER, 1, False) == []
    assert desk.do(desk.board.lock_page(TEACHER, 1, True)) == [PageLocked(TEACHER, 1, True)]
    assert desk.board.lock_page(TEACHER, 1, True) == []
    with refused(Code.NOT_FOUND):
        desk.board.lock_page(TEACHER, 2, True)


@pytest.mark.rule("BOARD-20")
def test_a_page_number_is_never_used_twice(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    desk.do(desk.board.remove_page(TEACHER, 2))
    assert desk.do(desk.board.add_page(TEACHER)) == [PageAdded(TEACHER, 3, 1, "blank")]
    assert refold(desk.log).add_page(TEACHER) == [PageAdded(TEACHER, 4, 3, "blank")]


@pytest.mark.rule("BOARD-12")
def test_a_board_has_at_most_100_pages(desk: Desk) -> None:
    for _ in range(99):
        desk.do(desk.board.add_page(TEACHER))
    with refused(Code.FULL):
        desk.board.add_page(TEACHER)
    desk.do(desk.board.remove_page(TEACHER, 50))
    desk.do(desk.board.add_page(TEACHER))


@pytest.mark.rule("BOARD-21")
def test_the_last_page_stays(desk: Desk) -> None:
    with refused(Code.CONFLICT):
        desk.board.remove_page(TEACHER, 1)
    with refused(Code.NOT_FOUND):
        desk.board.remove_page(TEACHER, 2)


@pytest.mark.rule("BOARD-21")
@pytest.mark.parametrize(
    ("current", "removed", "changes"),
    [
        (1, 1, [PageTurned(TEACHER, 2), PageRemoved(TEACHER, 1)]),
        (2, 2, [PageTurned(TEACHER, 3), PageRemoved(TEACHER, 2)]),
        (3, 3, [PageTurned(TEACHER, 2), PageRemoved(TEACHER, 3)]),
        (1, 2, [PageRemoved(TEACHER, 2)]),
    ],
)
def test_who_looks_at_a_removed_page_goes_to_the_next_or_else_the_one_before(
    desk: Desk, current: int, removed: int, changes: list[Change]
) -> None:
    for _ in range(2):
        desk.do(desk.board.add_page(TEACHER))
    desk.do(desk.board.turn_page(TEACHER, current))
    assert desk.do(desk.board.remove_page(TEACHER, removed)) == changes
    assert removed not in desk.board.pages


@pytest.mark.rule("BOARD-7")
@pytest.mark.rule("BOARD-19")
def test_strokes_still_open_are_finished_before_their_page_goes(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    desk.begin(ANNA, "2.1", page=2)
    desk.board.extend(ANNA, "2.1", (1, 1))
    assert desk.do(desk.board.remove_page(TEACHER, 2)) == [
        Extended("2.1", (1, 1)),
        Finished("2.1"),
        PageRemoved(TEACHER, 2),
    ]
    assert desk.board.shape("2.1") is None
    assert not desk.board.pending
    assert desk.board.finish_open(ANNA) == []
