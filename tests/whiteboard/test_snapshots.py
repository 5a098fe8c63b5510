"""Snapshots: plain data, made afresh only where something changed, and enough to follow the changes after."""

import json

import pytest

from whiteboard import Board, Erased

from .desk import ANNA, TEACHER, Desk


@pytest.fixture
def drawn(desk: Desk) -> Desk:
    """Two pages; an open stroke with pressure, an erased one that can come back, a locked page."""
    desk.do(desk.board.add_page(TEACHER, background="dark"))
    desk.draw("2.1", "3.1")
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    desk.begin(ANNA, "2.2", page=2)
    desk.board.extend(ANNA, "2.2", (3, 4), (99,))
    desk.do(desk.board.flush())
    desk.do(desk.board.lock_page(TEACHER, 1, True))
    desk.do(desk.board.turn_page(TEACHER, 2))
    return desk


def test_a_snapshot_is_plain_data(drawn: Desk) -> None:
    snapshot = drawn.board.snapshot()
    assert json.loads(json.dumps(snapshot)) == snapshot
    assert snapshot["pages"][1] == {
        "page": 2,
        "background": "dark",
        "locked": False,
        "shapes": [
            {
                "id": "2.2",
                "page": 2,
                "author": 2,
                "kind": "pen",
                "color": "#102030",
                "width": 24,
                "start": [100, 200],
                "z": 3,
                "finished": False,
                "points": [3, 4],
                "pressure": [99],
            }
        ],
    }


@pytest.mark.rule("BOARD-24")
def test_a_late_joiner_sees_the_board_and_then_follows(drawn: Desk) -> None:
    late = Board.restore(json.loads(json.dumps(drawn.board.snapshot())))
    assert late.snapshot() == drawn.board.snapshot()
    before = len(drawn.log)
    drawn.board.extend(ANNA, "2.2", (1, 1), (5,))
    drawn.do(drawn.board.finish(ANNA, "2.2"))
    drawn.do(drawn.board.undo(ANNA))
    drawn.do(drawn.board.undo(TEACHER, ANNA, staff=True))
    drawn.do(drawn.board.redo(TEACHER, ANNA, staff=True))
    drawn.draw("1.1", page=2)
    drawn.do(drawn.board.remove_page(TEACHER, 2))
    for change in drawn.log[before:]:
        late.apply(change)
    assert late.snapshot() == drawn.board.snapshot()


def test_only_a_changed_shape_is_described_afresh(drawn: Desk) -> None:
    first, second = drawn.board.snapshot(), drawn.board.snapshot()
    assert first["pages"][0]["shapes"][0] is second["pages"][0]["shapes"][0]
    drawn.do(drawn.board.finish(ANNA, "2.2"))
    third = drawn.board.snapshot()
    assert third["pages"][1]["shapes"][0]["finished"]
    assert not first["pages"][1]["shapes"][0]["finished"]
    assert first["pages"][0]["shapes"][0] is third["pages"][0]["shapes"][0]


def test_points_that_wait_are_not_in_a_snapshot_and_do_not_tell_boards_apart(drawn: Desk) -> None:
    before = drawn.board.snapshot()
    drawn.board.extend(ANNA, "2.2", (1, 1), (5,))
    assert drawn.board.snapshot() == before


def test_boards_differ_when_only_their_histories_do(desk: Desk) -> None:
    other = Desk()
    desk.draw("2.1")
    other.draw("2.1")
    assert desk.board == other.board
    other.do([Erased(ANNA, ("2.1",), undo=True)])
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    assert desk.board.snapshot() == other.board.snapshot()
    assert desk.board != other.board
