"""Snapshots: plain data, and with their chunks enough to follow the changes after."""

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


def joined(board: Board) -> Board:
    """What whoever comes now makes of what they are sent."""
    return Board.restore(json.loads(json.dumps(board.snapshot())), [chunk for _, chunk in board.chunks()])


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
                "z": 3,
                "start": [100, 200],
                "color": "#102030",
                "width": 24,
                "points": [3, 4],
                "pressure": [99],
                "open": True,
            }
        ],
        "chunks": 0,
    }
    assert (snapshot["pages"][0]["shapes"], snapshot["pages"][0]["chunks"]) == ([], 1)


def test_a_picture_holds_the_finished_shapes_too(drawn: Desk) -> None:
    picture = drawn.board.picture()
    assert json.loads(json.dumps(picture)) == picture
    assert picture["pages"][0] == {
        "page": 1,
        "background": "blank",
        "locked": True,
        "shapes": [
            {
                "id": "3.1",
                "page": 1,
                "author": 3,
                "kind": "pen",
                "z": 2,
                "start": [100, 200],
                "color": "#102030",
                "width": 24,
                "points": [10, 0, 0, 10],
            }
        ],
    }
    assert picture["pages"][1]["shapes"] == drawn.board.snapshot()["pages"][1]["shapes"]


@pytest.mark.rule("BOARD-24")
def test_a_late_joiner_sees_the_board_and_then_follows(drawn: Desk) -> None:
    late = joined(drawn.board)
    assert late.picture() == drawn.board.picture()
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
    assert late.picture() == drawn.board.picture()


def test_points_that_wait_are_not_in_a_snapshot_and_do_not_tell_boards_apart(drawn: Desk) -> None:
    before = drawn.board.picture()
    drawn.board.extend(ANNA, "2.2", (1, 1), (5,))
    assert drawn.board.picture() == before


def test_boards_differ_when_only_their_histories_do(desk: Desk) -> None:
    other = Desk()
    desk.draw("2.1")
    other.draw("2.1")
    assert desk.board == other.board
    other.do([Erased(ANNA, ("2.1",), undo=True)])
    desk.do(desk.board.erase(ANNA, ["2.1"]))
    assert desk.board.picture() == other.board.picture()
    assert desk.board != other.board
