"""Undo and redo: each author's own steps, and only what nobody else has changed since."""

from typing import Any

import pytest

from whiteboard import Board, Change, Changed, Code, Copied, Erased, Extended, Finished, Restored

from .desk import ANNA, BEN, TEACHER, Desk, refold, refused


def body(desk: Desk, shape: str) -> object:
    found = desk.board.shape(shape)
    assert found is not None
    return found.body()


@pytest.mark.rule("BOARD-13")
def test_undo_takes_back_ones_own_last_stroke_and_redo_brings_it_again(desk: Desk) -> None:
    desk.draw("2.1", "2.2", "3.1")
    whole = body(desk, "2.2")
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.2",), undo=True)]
    assert desk.seen() == ["2.1", "3.1"]
    assert desk.do(desk.board.redo(ANNA)) == [Restored(ANNA, (whole,), redo=True)]  # type: ignore[arg-type]
    assert body(desk, "2.2") == whole
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.2",), undo=True)]


@pytest.mark.rule("BOARD-13")
def test_undo_takes_back_an_erase_and_redo_erases_again(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    whole = (body(desk, "2.2"), body(desk, "2.1"))
    desk.do(desk.board.erase(ANNA, ["2.2", "2.1"]))
    assert desk.do(desk.board.undo(ANNA)) == [Restored(ANNA, whole, undo=True)]  # type: ignore[arg-type]
    assert desk.do(desk.board.redo(ANNA)) == [Erased(ANNA, ("2.2", "2.1"), redo=True)]


@pytest.mark.rule("BOARD-13")
def test_undo_takes_back_a_clear_and_redo_leaves_alone_what_was_drawn_since(desk: Desk) -> None:
    desk.draw("2.1", "3.1", "2.2")
    desk.do(desk.board.clear(TEACHER, 1, "all", staff=True))
    desk.do(desk.board.undo(TEACHER, staff=True))
    assert desk.seen() == ["2.1", "3.1", "2.2"]
    desk.draw("3.2")
    assert desk.do(desk.board.redo(TEACHER, staff=True)) == [Erased(TEACHER, ("2.1", "3.1", "2.2"), redo=True)]
    assert desk.seen() == ["3.2"]


@pytest.mark.rule("BOARD-13")
def test_steps_are_taken_back_newest_first_and_done_again_oldest_first(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    seen = []
    for step in (desk.board.undo,) * 3 + (desk.board.redo,) * 3:
        desk.do(step(ANNA))
        seen.append(desk.seen())
    assert seen == [["2.1", "2.2"], ["2.1"], [], ["2.1"], ["2.1", "2.2"], ["2.2"]]


@pytest.mark.rule("BOARD-13")
def test_with_nothing_to_take_back_undo_and_redo_are_a_conflict(desk: Desk) -> None:
    desk.draw("3.1")
    with refused(Code.CONFLICT):
        desk.board.undo(ANNA)
    with refused(Code.CONFLICT):
        desk.board.redo(BEN)


@pytest.mark.rule("BOARD-14")
def test_undo_passes_over_a_stroke_that_another_has_erased_since(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.erase(TEACHER, ["2.2"], staff=True))
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.1",), undo=True)]
    with refused(Code.CONFLICT):
        desk.board.undo(ANNA)


@pytest.mark.rule("BOARD-14")
def test_a_stroke_counts_again_when_the_other_takes_the_erase_back(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.clear(TEACHER, 1, "all", staff=True))
    desk.do(desk.board.undo(TEACHER, staff=True))
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.2",), undo=True)]
    assert desk.do(desk.board.redo(TEACHER, staff=True)) == [Erased(TEACHER, ("2.1",), redo=True)]
    assert desk.do(desk.board.redo(ANNA))
    assert desk.seen() == ["2.2"]


@pytest.mark.rule("BOARD-14")
def test_nobody_brings_back_what_another_erased_last(desk: Desk) -> None:
    desk.draw("2.1")
    desk.do(desk.board.erase(TEACHER, ["2.1"], staff=True))
    desk.do(desk.board.undo(TEACHER, staff=True))
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    with refused(Code.CONFLICT):
        desk.board.redo(TEACHER, staff=True)
    with refused(Code.CONFLICT):
        desk.board.undo(TEACHER, staff=True)
    desk.do(desk.board.undo(ANNA))
    assert desk.seen() == ["2.1"]


@pytest.mark.rule("BOARD-14")
def test_steps_on_a_removed_page_are_passed_over(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    desk.draw("2.1")
    desk.draw("2.2", "2.3", page=2)
    desk.do(desk.board.erase(ANNA, ["2.2"]))
    desk.do(desk.board.remove_page(TEACHER, 2))
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.1",), undo=True)]


@pytest.mark.rule("BOARD-15")
def test_after_a_new_step_nothing_is_done_again(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.undo(ANNA))
    desk.draw("2.3")
    with refused(Code.CONFLICT):
        desk.board.redo(ANNA)
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.3",), undo=True)]


@pytest.mark.rule("BOARD-15")
def test_after_a_new_step_an_erase_is_not_done_again_either(desk: Desk) -> None:
    desk.draw("2.1")
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    desk.do(desk.board.undo(ANNA))
    desk.draw("2.2")
    with refused(Code.CONFLICT):
        desk.board.redo(ANNA)


@pytest.mark.rule("BOARD-15")
def test_a_step_of_another_leaves_ones_own_redo_alone(desk: Desk) -> None:
    desk.draw("2.1")
    desk.do(desk.board.undo(ANNA))
    desk.draw("3.1")
    desk.do(desk.board.redo(ANNA))
    assert desk.seen() == ["2.1", "3.1"]


@pytest.mark.rule("BOARD-16")
def test_an_author_takes_back_at_most_200_steps(desk: Desk) -> None:
    desk.draw("2.1")
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    desk.draw(*(f"2.{n}" for n in range(2, 202)))
    for _ in range(200):
        desk.do(desk.board.undo(ANNA))
    assert desk.seen() == []
    with refused(Code.CONFLICT):
        desk.board.undo(ANNA)


def test_kept_shapes_are_bounded_and_the_longest_gone_is_let_go_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whiteboard.history.KEPT_MAX", 2)
    desk.draw("2.1", "2.2", "2.3")
    for shape in ("2.1", "2.2", "2.3"):
        desk.do(desk.board.erase(ANNA, [shape]))
    desk.do(desk.board.undo(ANNA))
    desk.do(desk.board.undo(ANNA))
    assert desk.seen() == ["2.2", "2.3"]
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.3",), undo=True)]


@pytest.mark.rule("BOARD-17")
def test_staff_take_back_a_named_students_step_and_the_student_can_redo_it(desk: Desk) -> None:
    desk.draw("2.1", "1.1")
    assert desk.do(desk.board.undo(TEACHER, ANNA, staff=True)) == [Erased(TEACHER, ("2.1",), undo=True, author=ANNA)]
    desk.do(desk.board.redo(ANNA))
    assert desk.do(desk.board.undo(TEACHER, staff=True)) == [Erased(TEACHER, ("1.1",), undo=True)]
    assert desk.seen() == ["2.1"]


@pytest.mark.rule("BOARD-17")
def test_students_take_back_nothing_of_others(desk: Desk) -> None:
    desk.draw("2.1")
    with refused(Code.FORBIDDEN):
        desk.board.undo(BEN, ANNA)
    with refused(Code.FORBIDDEN):
        desk.board.redo(BEN, ANNA)


@pytest.mark.rule("BOARD-18")
def test_what_comes_back_is_at_its_old_place_in_the_drawing_order(desk: Desk) -> None:
    desk.draw("2.1", "3.1", "2.2", "3.2")
    desk.do(desk.board.erase(TEACHER, ["3.1", "2.1"], staff=True))
    desk.draw("3.3")
    desk.do(desk.board.undo(TEACHER, staff=True))
    assert desk.seen() == ["2.1", "3.1", "2.2", "3.2", "3.3"]


@pytest.mark.rule("BOARD-19")
def test_undo_of_a_stroke_still_open_finishes_it_first(desk: Desk) -> None:
    desk.begin(ANNA, "2.1")
    desk.board.extend(ANNA, "2.1", (1, 1))
    expected: list[Change] = [Extended("2.1", (1, 1)), Finished("2.1"), Erased(ANNA, ("2.1",), undo=True)]
    assert desk.do(desk.board.undo(ANNA)) == expected
    desk.do(desk.board.redo(ANNA))
    with refused(Code.CONFLICT):
        desk.board.extend(ANNA, "2.1", (1, 1))


@pytest.mark.rule("BOARD-23")
def test_a_board_built_again_from_its_changes_takes_back_the_same_steps(desk: Desk) -> None:
    desk.draw("2.1", "2.2", "3.1")
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    desk.do(desk.board.clear(TEACHER, 1, "all", staff=True))
    desk.do(desk.board.undo(TEACHER, staff=True))
    desk.do(desk.board.undo(BEN))
    again = refold(desk.log)
    assert again == desk.board
    assert again.next_shape(ANNA) == 3
    assert again.undo(ANNA) == desk.board.undo(ANNA)
    assert again.undo(TEACHER, ANNA, staff=True) == desk.board.undo(TEACHER, ANNA, staff=True)
    assert again.redo(BEN) == desk.board.redo(BEN)
    assert again.redo(TEACHER, staff=True) == desk.board.redo(TEACHER, staff=True)


# Steps that set properties


def settings(desk: Desk, shape: str, *keys: str) -> list[Any]:
    body = desk.body(shape)
    return [body.get(key) for key in keys]


@pytest.mark.rule("BOARD-13")
def test_undo_and_redo_of_a_change_are_one_event_for_all_that_it_set(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    desk.put(ANNA, "2.2", turn=7)
    desk.do(desk.board.change(ANNA, {"2.1": {"turn": 1, "size": (5, 6)}, "2.2": {"turn": 2, "start": (9, 9)}}))
    assert desk.do(desk.board.undo(ANNA)) == [
        Changed(
            ANNA,
            {"2.1": {"turn": 0, "size": [300, 200]}, "2.2": {"turn": 7, "start": [100, 200]}},
            undo=True,
        )
    ]
    assert settings(desk, "2.1", "turn", "size") == [None, [300, 200]]
    assert desk.do(desk.board.redo(ANNA)) == [
        Changed(ANNA, {"2.1": {"turn": 1, "size": [5, 6]}, "2.2": {"turn": 2, "start": [9, 9]}}, redo=True)
    ]
    assert settings(desk, "2.2", "turn", "start") == [2, [9, 9]]


@pytest.mark.rule("BOARD-13", "BOARD-18")
def test_undo_of_an_order_lays_shapes_where_they_were(desk: Desk) -> None:
    desk.draw("2.1", "2.2", "2.3")
    desk.do(desk.board.order(ANNA, ["2.1"], "front"))
    desk.do(desk.board.order(ANNA, ["2.3", "2.2"], "back"))
    assert desk.seen() == ["2.2", "2.3", "2.1"]
    assert desk.do(desk.board.undo(ANNA)) == [Changed(ANNA, {"2.2": {"z": 2}, "2.3": {"z": 3}}, undo=True)]
    desk.do(desk.board.undo(ANNA))
    assert desk.seen() == ["2.1", "2.2", "2.3"]
    desk.do(desk.board.redo(ANNA))
    desk.do(desk.board.redo(ANNA))
    assert desk.seen() == ["2.2", "2.3", "2.1"]


@pytest.mark.rule("BOARD-13")
def test_undo_of_a_copy_takes_all_copies_and_redo_brings_them_as_they_were(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    [copied] = desk.do(desk.board.copy(ANNA, ["2.1", "2.2"], page=1, by=(5, 5), first=3))
    assert isinstance(copied, Copied)
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.3", "2.4"), undo=True)]
    assert desk.do(desk.board.redo(ANNA)) == [Restored(ANNA, copied.shapes, redo=True)]
    assert desk.seen() == ["2.1", "2.2", "2.3", "2.4"]


@pytest.mark.rule("BOARD-14")
def test_undo_leaves_alone_the_properties_that_another_has_written_since(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    desk.put(ANNA, "2.2")
    desk.do(desk.board.change(ANNA, {"2.1": {"turn": 1, "width": 1}, "2.2": {"turn": 1}}))
    desk.do(desk.board.change(TEACHER, {"2.1": {"turn": 2}, "2.2": {"turn": 2}}, staff=True))
    assert desk.do(desk.board.undo(ANNA)) == [Changed(ANNA, {"2.1": {"width": 24}}, undo=True)]
    assert settings(desk, "2.1", "turn", "width") == [2, 24]
    assert desk.do(desk.board.undo(TEACHER, staff=True)) == [
        Changed(TEACHER, {"2.1": {"turn": 1}, "2.2": {"turn": 1}}, undo=True)
    ]


@pytest.mark.rule("BOARD-14")
def test_a_change_counts_again_when_the_other_takes_theirs_back(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    desk.do(desk.board.change(ANNA, {"2.1": {"turn": 1}}))
    desk.do(desk.board.change(TEACHER, {"2.1": {"turn": 2}}, staff=True))
    with refused(Code.CONFLICT):
        desk.board.undo(ANNA)
    desk.do(desk.board.undo(TEACHER, staff=True))
    assert settings(desk, "2.1", "turn") == [1]
    desk.do(desk.board.undo(ANNA))
    assert settings(desk, "2.1", "turn") == [None]
    desk.do(desk.board.redo(ANNA))
    assert settings(desk, "2.1", "turn") == [1]


@pytest.mark.rule("BOARD-14")
def test_nothing_is_done_again_over_what_another_has_written_since(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    desk.do(desk.board.change(ANNA, {"2.1": {"turn": 1}}))
    desk.do(desk.board.undo(ANNA))
    desk.do(desk.board.change(TEACHER, {"2.1": {"turn": 2}}, staff=True))
    with refused(Code.CONFLICT):
        desk.board.redo(ANNA)
    desk.do(desk.board.undo(TEACHER, staff=True))
    desk.do(desk.board.redo(ANNA))
    assert settings(desk, "2.1", "turn") == [1]


@pytest.mark.rule("BOARD-14")
def test_a_shape_that_another_has_changed_is_not_taken_away_by_undo(desk: Desk) -> None:
    desk.put(BEN, "3.1")
    desk.put(ANNA, "2.1")
    desk.do(desk.board.change(TEACHER, {"2.1": {"turn": 2}}, staff=True))
    with refused(Code.CONFLICT):
        desk.board.undo(ANNA)
    desk.do(desk.board.undo(TEACHER, staff=True))
    assert desk.do(desk.board.undo(ANNA)) == [Erased(ANNA, ("2.1",), undo=True)]


@pytest.mark.rule("BOARD-14")
def test_what_came_back_and_was_changed_by_another_is_not_erased_again(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.erase(ANNA, ["2.1", "2.2"]))
    desk.do(desk.board.undo(ANNA))
    desk.do(desk.board.change(TEACHER, {"2.1": {"turn": 2}}, staff=True))
    assert desk.do(desk.board.redo(ANNA)) == [Erased(ANNA, ("2.2",), redo=True)]


@pytest.mark.rule("BOARD-14", "BOARD-18")
def test_what_comes_back_is_as_it_was_with_all_that_others_wrote(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    desk.do(desk.board.change(TEACHER, {"2.1": {"turn": 2}}, staff=True))
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    desk.do(desk.board.undo(ANNA))
    assert settings(desk, "2.1", "turn") == [2]
    with refused(Code.CONFLICT):  # the teacher has written on it
        desk.board.undo(ANNA)
    desk.do(desk.board.undo(TEACHER, staff=True))
    desk.do(desk.board.undo(ANNA))
    assert desk.seen() == []


@pytest.mark.rule("BOARD-17")
def test_staff_take_back_a_named_students_change_cut_and_order(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.do(desk.board.change(ANNA, {"2.1": {"turn": 1}}))
    desk.do(desk.board.cut(ANNA, {"2.1": [(0, 50)]}))
    desk.do(desk.board.order(ANNA, ["2.1.1"], "front"))
    before = desk.board.picture()
    [first] = desk.do(desk.board.undo(TEACHER, ANNA, staff=True))
    assert first == Changed(TEACHER, {"2.1.1": {"z": 1}}, undo=True, author=ANNA)
    [second] = desk.do(desk.board.undo(TEACHER, ANNA, staff=True))
    assert isinstance(second, Restored)
    assert (second.member, second.author, second.gone) == (TEACHER, ANNA, ("2.1.1",))
    desk.do(desk.board.undo(TEACHER, ANNA, staff=True))
    assert settings(desk, "2.1", "turn") == [None]
    for _ in range(3):
        desk.do(desk.board.redo(ANNA))
    assert desk.board.picture() == before
    assert refold(desk.log) == desk.board


@pytest.mark.rule("BOARD-11", "BOARD-33")
def test_a_change_on_a_locked_board_is_taken_back_only_by_staff(desk: Desk) -> None:
    desk.put(ANNA, "2.1")
    desk.do(desk.board.change(ANNA, {"2.1": {"turn": 1}}))
    desk.do(desk.board.lock(TEACHER, True))
    with refused(Code.LOCKED):
        desk.board.undo(ANNA)
    desk.do(desk.board.undo(TEACHER, ANNA, staff=True))
    with refused(Code.LOCKED):
        desk.board.redo(ANNA)
    assert settings(desk, "2.1", "turn") == [None]


@pytest.mark.rule("BOARD-24")
def test_a_client_without_histories_follows_every_reversal(desk: Desk) -> None:
    desk.draw("2.1", "2.2")
    desk.put(ANNA, "2.3")
    desk.do(desk.board.change(ANNA, {"2.3": {"turn": 1}}))
    desk.do(desk.board.cut(ANNA, {"2.1": [(0, 50)]}))
    client = Board.restore(desk.board.snapshot(), [chunk for _, chunk in desk.board.chunks()])
    for step in (desk.board.undo,) * 5 + (desk.board.redo,) * 5:
        for change in desk.do(step(ANNA)):
            client.apply(change)
        assert client.picture() == desk.board.picture()
