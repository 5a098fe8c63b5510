"""What whoever comes is shown of the board: the same for all, until it changes."""

import msgspec
import pytest

from protocol import commands as c
from protocol.once import Once
from tests.support.lesson import PEN, Guest, Lesson


def shown(guest: Guest) -> Once:
    board = guest.welcome.board
    assert isinstance(board, Once)
    return board


@pytest.mark.rule("DELIVER-9")
def test_who_comes_to_the_same_board_is_shown_the_same_bytes(lesson: Lesson, teacher: Guest) -> None:
    teacher.does(c.BeginStroke, shape="1.1", **PEN)
    anna, ben = lesson.joins("anna"), lesson.joins("ben")
    assert shown(anna) is shown(ben)
    assert lesson.room.snapshot(1, now=lesson.now).board is shown(anna)
    assert shown(anna).written(msgspec.json.encode) is shown(ben).written(msgspec.json.encode)
    assert shown(anna) == lesson.state.board.snapshot()


@pytest.mark.rule("DELIVER-9")
def test_a_stroke_in_between_is_seen(lesson: Lesson, teacher: Guest) -> None:
    teacher.does(c.BeginStroke, shape="1.1", **PEN)
    anna = lesson.joins("anna")
    before = dict(shown(anna))
    teacher.does(c.ExtendStroke, shape="1.1", points=(3, 4))
    ben = lesson.joins("ben")  # points that wait are given their place first
    assert shown(ben) == lesson.state.board.snapshot()
    assert shown(ben)["pages"][0]["shapes"][0]["points"] == [3, 4]
    assert shown(anna) == before
    for change in (c.FinishStroke(id=3, shape="1.1"), c.AddPage(id=4), c.TurnPage(id=5, page=2), c.Undo(id=6)):
        teacher.sends(change)
        assert lesson.room.snapshot(1, now=lesson.now).board == lesson.state.board.snapshot()
