"""A page that is cleared and comes back: in chunks to all who see it, by name in the log, and at its price."""

import json
import zlib

import orjson
import pytest

from protocol import commands as c
from protocol import events as e
from roomserver.core import effort
from roomserver.core.decide.board import drafts
from tests.support.lesson import Guest, Lesson
from whiteboard.page import PACKED_LEAST

POINTS = 20
INK = {"color": "#102030", "width": 24}


def draws(lesson: Lesson, guest: Guest, member: int, page: int) -> list[str]:
    """As many strokes as come back in a chunk, which is written."""
    names = [f"{member}.{number}" for number in range(1, PACKED_LEAST + 1)]
    for name in names:
        lesson.advance(1)
        guest.does(c.PutShape, shape=name, page=page, kind="pen", start=(0, 0), points=(1, 1) * POINTS, **INK)
    lesson.joins("zhao", "assistant")
    return names


def restored(lesson: Lesson) -> e.ShapesRestored:
    found = lesson.entries[-1].event
    assert isinstance(found, e.ShapesRestored)
    return found


def in_chunks(event: e.ShapesRestored) -> list[str]:
    return [body["id"] for _, chunk in event.chunks for body in json.loads(zlib.decompress(chunk))]


@pytest.mark.rule("BOARD-41", "LOG-4")
def test_the_log_keeps_only_which_shapes_came_back_and_tells_their_bodies_again(lesson: Lesson, teacher: Guest) -> None:
    names = draws(lesson, teacher, 1, 1)
    teacher.does(c.ClearPage, page=1, whose="all")
    teacher.does(c.Undo)
    entry = lesson.entries[-1]
    assert in_chunks(restored(lesson)) == names
    kept = orjson.loads(entry.body)["event"]
    assert kept["shapes"] == [{"id": name} for name in names]
    assert "chunks" not in kept
    assert entry.personal is None
    state, _ = lesson.fold()
    assert state.board == lesson.state.board


@pytest.mark.rule("BOARD-41", "SCRATCH-2")
def test_chunks_of_a_page_of_ones_own_go_to_its_owner_and_staff(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    ben = lesson.joins("ben")
    anna.does(c.AddPage, scratch=True)
    names = draws(lesson, anna, 2, 2)
    anna.does(c.ClearPage, page=2)
    anna.does(c.Undo)
    lesson.turn()
    assert [in_chunks(said) for guest in (anna, teacher) for said in guest.says(e.ShapesRestored)] == [names, names]
    assert ben.says(e.ShapesRestored) == []


@pytest.mark.rule("BOARD-41", "RATE-6")
def test_what_comes_back_in_a_chunk_costs_what_it_would_in_bodies(lesson: Lesson, teacher: Guest) -> None:
    draws(lesson, teacher, 1, 1)
    teacher.does(c.ClearPage, page=1, whose="all")
    board = lesson.state.board
    decided = drafts(board, board.undo(1, staff=True))
    [draft] = decided
    assert isinstance(draft.event, e.ShapesRestored)
    assert (draft.event.shapes, len(draft.event.chunks)) == ((), 1)
    assert effort.of(board, decided) == PACKED_LEAST * (POINTS + effort.SHAPE)
