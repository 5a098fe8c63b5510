"""What whoever comes is shown of the board: chunks that are the same for all, until something on their page changes."""

import json
import zlib
from typing import Any

import pytest

from protocol import commands as c
from protocol import notices as n
from tests.support.lesson import PEN, Guest, Lesson
from whiteboard import Board


def draws(guest: Guest, *shapes: str, page: int = 1) -> None:
    for shape in shapes:
        guest.does(c.BeginStroke, shape=shape, **{**PEN, "page": page})
        guest.does(c.ExtendStroke, shape=shape, points=(3, 4))
        guest.does(c.FinishStroke, shape=shape)


def bodies(chunk: n.BoardChunk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(zlib.decompress(chunk.shapes))
    return found


def pages(guest: Guest) -> list[int]:
    """On which page the shapes of each chunk lie that somebody got."""
    return [page for chunk in guest.says(n.BoardChunk) for page in {body["page"] for body in bodies(chunk)}]


def shown(guest: Guest) -> dict[str, Any]:
    """The board that a welcome and its chunks make."""
    assert guest.welcome.board is not None
    return Board.restore(guest.welcome.board, [chunk.shapes for chunk in guest.says(n.BoardChunk)]).picture()


@pytest.mark.rule("DELIVER-9")
def test_who_comes_to_the_same_board_is_shown_the_same_bytes(lesson: Lesson, teacher: Guest) -> None:
    draws(teacher, "1.1", "1.2")
    anna, ben = lesson.joins("anna"), lesson.joins("ben")
    [one], [other] = anna.says(n.BoardChunk), ben.says(n.BoardChunk)
    assert one.shapes is other.shapes
    [(snapshot, [again])] = [lesson.room.snapshot(1, now=lesson.now)]
    assert again.shapes is one.shapes
    assert snapshot.board == anna.welcome.board
    assert [body["id"] for body in bodies(one)] == ["1.1", "1.2"]
    assert shown(anna) == shown(ben) == lesson.state.board.picture()


@pytest.mark.rule("DELIVER-9")
def test_chunks_stand_right_behind_the_welcome_that_counts_them_and_events_behind_them(
    lesson: Lesson, teacher: Guest
) -> None:
    lesson.advance(60)
    draws(teacher, *(f"1.{n}" for n in range(1, 258)))
    anna = lesson.joins("anna")
    draws(teacher, "1.258")
    lesson.turn()
    assert anna.welcome.board is not None
    assert [page["chunks"] for page in anna.welcome.board["pages"]] == [2]
    assert [type(said) for said in anna.heard[:3]] == [n.Welcome, n.BoardChunk, n.BoardChunk]
    assert n.BoardChunk not in {type(said) for said in anna.heard[3:]}
    assert anna.heard[3].seq == anna.welcome.seq + 1


@pytest.mark.rule("DELIVER-9", "BOARD-27")
def test_the_current_page_comes_first_then_ones_own(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    for _ in range(2):
        teacher.does(c.AddPage)
    anna.does(c.AddPage, scratch=True)
    for page in (1, 2, 3):
        draws(teacher, f"1.{page}", page=page)
    draws(anna, "2.1", page=4)
    teacher.does(c.TurnPage, page=2)
    anna.lost()
    back = lesson.resumes(anna, seq=0)
    assert pages(back) == [2, 4, 1, 3]
    assert pages(lesson.joins("ben")) == [2, 1, 3]
    assert pages(lesson.joins("zhao", "assistant")) == [2, 1, 3, 4]


@pytest.mark.rule("DELIVER-9")
def test_a_stroke_in_between_is_seen(lesson: Lesson, teacher: Guest) -> None:
    teacher.does(c.BeginStroke, shape="1.1", **PEN)
    anna = lesson.joins("anna")
    before = shown(anna)
    teacher.does(c.ExtendStroke, shape="1.1", points=(3, 4))
    ben = lesson.joins("ben")  # points that wait are given their place first
    assert shown(ben) == lesson.state.board.picture()
    assert shown(ben)["pages"][0]["shapes"][0]["points"] == [3, 4]
    assert shown(anna) == before
    for change in (c.FinishStroke(id=3, shape="1.1"), c.AddPage(id=4), c.TurnPage(id=5, page=2), c.Undo(id=6)):
        teacher.sends(change)
        snapshot, chunks = lesson.room.snapshot(1, now=lesson.now)
        now = Board.restore(snapshot.board, [chunk.shapes for chunk in chunks])
        assert now.picture() == lesson.state.board.picture()


def test_who_resumes_gets_no_chunks(lesson: Lesson, teacher: Guest) -> None:
    draws(teacher, "1.1")
    anna = lesson.joins("anna")
    anna.lost()
    assert lesson.resumes(anna).says(n.BoardChunk) == []
