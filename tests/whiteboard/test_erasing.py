"""Erase and clear: whose, on which page, and what a stroke still open leaves behind."""

from typing import Literal

import pytest

from whiteboard import Cleared, Code, Erased, Extended, Finished

from .desk import ANNA, BEN, TEACHER, Desk, refused


@pytest.mark.rule("BOARD-9")
def test_students_erase_what_is_theirs_and_staff_everything(desk: Desk) -> None:
    desk.draw("2.1", "2.2", "3.1")
    with refused(Code.FORBIDDEN):
        desk.board.erase(ANNA, ["2.1", "3.1"])
    assert desk.do(desk.board.erase(ANNA, ["2.1"])) == [Erased(ANNA, ("2.1",))]
    assert desk.do(desk.board.erase(TEACHER, ["3.1", "2.2"], staff=True)) == [Erased(TEACHER, ("3.1", "2.2"))]
    assert desk.seen() == []


@pytest.mark.rule("BOARD-9")
@pytest.mark.parametrize("whose", ["all", BEN])
def test_students_do_not_clear_what_others_drew(desk: Desk, whose: Literal["all"] | int) -> None:
    desk.draw("2.1", "3.1")
    with refused(Code.FORBIDDEN):
        desk.board.clear(ANNA, 1, whose)


@pytest.mark.rule("BOARD-9")
@pytest.mark.parametrize(
    ("member", "whose", "change", "left"),
    [
        (ANNA, "mine", Cleared(ANNA, 1, ANNA), ["1.1", "3.1"]),
        (ANNA, ANNA, Cleared(ANNA, 1, ANNA), ["1.1", "3.1"]),
        (TEACHER, "mine", Cleared(TEACHER, 1, TEACHER), ["2.1", "3.1", "2.2"]),
        (TEACHER, ANNA, Cleared(TEACHER, 1, ANNA), ["1.1", "3.1"]),
        (TEACHER, "all", Cleared(TEACHER, 1, "all"), []),
    ],
)
def test_a_clear_takes_one_authors_shapes_or_all(
    desk: Desk, member: int, whose: Literal["mine", "all"] | int, change: Cleared, left: list[str]
) -> None:
    desk.draw("2.1", "1.1", "3.1", "2.2")
    assert desk.do(desk.board.clear(member, 1, whose, staff=member == TEACHER)) == [change]
    assert desk.seen() == left


def test_a_clear_leaves_the_other_pages_alone(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    desk.draw("2.1")
    desk.draw("2.2", page=2)
    desk.do(desk.board.clear(ANNA, 2))
    assert (desk.seen(1), desk.seen(2)) == (["2.1"], [])


@pytest.mark.rule("BOARD-36")
def test_a_clear_of_every_page_is_one_step(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    desk.draw("2.1", "3.1")
    desk.draw("2.2", page=2)
    desk.begin(BEN, "3.2", page=2)
    assert desk.do(desk.board.clear(TEACHER, None, "all", staff=True)) == [
        Finished("3.2"),
        Cleared(TEACHER, None, "all"),
    ]
    assert (desk.seen(1), desk.seen(2)) == ([], [])
    desk.do(desk.board.undo(TEACHER, staff=True))
    assert (desk.seen(1), desk.seen(2)) == (["2.1", "3.1"], ["2.2", "3.2"])
    assert desk.do(desk.board.clear(ANNA, None)) == [Cleared(ANNA, None, ANNA)]
    assert (desk.seen(1), desk.seen(2)) == (["3.1"], ["3.2"])
    assert desk.board.clear(ANNA, None) == []
    with refused(Code.FORBIDDEN):
        desk.board.clear(ANNA, None, "all")


@pytest.mark.rule("BOARD-11", "BOARD-36")
def test_a_clear_of_every_page_is_refused_where_one_with_something_to_clear_is_locked(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    desk.draw("2.1")
    desk.do(desk.board.lock_page(TEACHER, 2, True))
    assert desk.board.clear(ANNA, None) == [Cleared(ANNA, None, ANNA)]
    desk.do(desk.board.lock_page(TEACHER, 1, True))
    with refused(Code.LOCKED):
        desk.board.clear(ANNA, None)


@pytest.mark.rule("BOARD-37")
def test_a_clear_of_ones_own_takes_copies_that_staff_made_and_leaves_what_staff_drew(desk: Desk) -> None:
    desk.draw("2.1", "1.1")
    desk.do(desk.board.copy(TEACHER, ["2.1"], page=1, by=(0, 0), first=2, staff=True))
    desk.do(desk.board.clear(ANNA, 1))
    assert desk.seen() == ["1.1"]


def test_a_clear_of_nothing_is_no_change(desk: Desk) -> None:
    desk.draw("3.1")
    assert desk.board.clear(ANNA, 1) == []
    with refused(Code.NOT_FOUND):
        desk.board.clear(ANNA, 2)


@pytest.mark.rule("BOARD-10")
def test_an_erase_passes_over_what_is_already_gone(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.erase(TEACHER, ["2.1"], staff=True))
    assert desk.do(desk.board.erase(ANNA, ["2.1", "2.2", "2.2"])) == [Erased(ANNA, ("2.2",))]


@pytest.mark.rule("BOARD-10")
@pytest.mark.parametrize("shapes", [[], ["2.1"], ["2.7", "nonsense"]])
def test_an_erase_of_which_nothing_is_there_is_not_found(desk: Desk, shapes: list[str]) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    with refused(Code.NOT_FOUND):
        desk.board.erase(ANNA, shapes)


@pytest.mark.rule("BOARD-11")
def test_on_a_locked_page_students_neither_erase_nor_clear_nor_undo(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.undo(ANNA))
    desk.do(desk.board.lock_page(TEACHER, 1, True))
    with refused(Code.LOCKED):
        desk.board.erase(ANNA, ["2.1"])
    with refused(Code.LOCKED):
        desk.board.clear(ANNA, 1)
    with refused(Code.LOCKED):
        desk.board.undo(ANNA)
    with refused(Code.LOCKED):
        desk.board.redo(ANNA)
    desk.do(desk.board.redo(TEACHER, ANNA, staff=True))
    desk.do(desk.board.erase(TEACHER, ["2.1"], staff=True))
    assert desk.seen() == ["2.2"]


@pytest.mark.rule("BOARD-7")
@pytest.mark.rule("BOARD-19")
def test_a_stroke_still_open_is_finished_with_its_points_before_it_is_erased(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.board.extend(ANNA, "2.1", (1, 1))
    assert desk.do(desk.board.erase(TEACHER, ["2.1"], staff=True)) == [
        Extended("2.1", (1, 1)),
        Finished("2.1"),
        Erased(TEACHER, ("2.1",)),
    ]
    with refused(Code.NOT_FOUND):
        desk.board.extend(ANNA, "2.1", (1, 1))
    assert desk.board.flush() == []


@pytest.mark.rule("BOARD-19")
def test_a_clear_finishes_the_strokes_still_open_that_it_takes(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.begin(BEN, "3.1")
    desk.board.extend(BEN, "3.1", (1, 1))
    assert desk.do(desk.board.clear(TEACHER, 1, BEN, staff=True)) == [
        Extended("3.1", (1, 1)),
        Finished("3.1"),
        Cleared(TEACHER, 1, BEN),
    ]
    desk.board.extend(ANNA, "2.1", (1, 1))
    assert desk.board.flush() == [Extended("2.1", (1, 1))]
