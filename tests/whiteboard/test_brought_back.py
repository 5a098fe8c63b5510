"""Much that comes back at once: bundles of which nothing is missing, as they were written before they went."""

import json
import zlib

import pytest

from whiteboard import Board, Restored
from whiteboard.page import BUNDLE_BITS, PACKED_LEAST

from .desk import ANNA, TEACHER, Desk, refold

A_BUNDLE = 1 << BUNDLE_BITS


@pytest.fixture
def full(desk: Desk) -> Desk:
    """Three bundles, of 255, 256 and 2 strokes of Anna's, all of them written."""
    desk.draw(*(f"2.{n}" for n in range(1, 2 * A_BUNDLE + 2)))
    desk.board.chunks()
    return desk


def written(board: Board) -> list[bytes]:
    return [chunk for _, chunk in board.chunks()]


def clear(desk: Desk) -> None:
    desk.do(desk.board.clear(TEACHER, 1, "all", staff=True))


def back(desk: Desk) -> Restored:
    [restored] = desk.do(desk.board.undo(TEACHER, staff=True))
    assert isinstance(restored, Restored)
    return restored


def ids(restored: Restored) -> tuple[list[str], list[str]]:
    """Of the shapes that came as bodies, and of those in chunks, as the chunks themselves say."""
    chunks = [json.loads(zlib.decompress(chunk)) for _, chunk in restored.chunks]
    assert [list(names) for names, _ in restored.chunks] == [[body["id"] for body in chunk] for chunk in chunks]
    return [body["id"] for body in restored.shapes], [body["id"] for chunk in chunks for body in chunk]


@pytest.mark.rule("BOARD-41")
def test_bundles_come_back_as_they_were_written_and_are_not_written_again(full: Desk) -> None:
    before, seen = written(full.board), full.seen()
    clear(full)
    restored = back(full)
    assert [chunk is kept for (_, chunk), kept in zip(restored.chunks, before[:2], strict=True)] == [True, True]
    assert ids(restored) == (seen[2 * A_BUNDLE - 1 :], seen[: 2 * A_BUNDLE - 1])
    assert full.seen() == seen
    assert [chunk is kept for chunk, kept in zip(written(full.board)[:2], before[:2], strict=True)] == [True, True]


@pytest.mark.rule("BOARD-41")
def test_what_nobody_has_written_comes_back_as_bodies(full: Desk) -> None:
    full.do(full.board.change(ANNA, {"2.1": {"color": "#000000"}}))
    seen = full.seen()
    clear(full)
    assert ids(back(full)) == (seen[: A_BUNDLE - 1] + seen[2 * A_BUNDLE - 1 :], seen[A_BUNDLE - 1 : 2 * A_BUNDLE - 1])
    assert full.body("2.1")["color"] == "#000000"


@pytest.mark.rule("BOARD-41")
def test_a_few_shapes_come_back_as_bodies(desk: Desk) -> None:
    desk.draw(*(f"2.{n}" for n in range(1, PACKED_LEAST)))
    desk.board.chunks()
    clear(desk)
    assert back(desk).chunks == ()


@pytest.mark.rule("BOARD-41")
def test_a_bundle_of_which_a_shape_is_kept_no_more_comes_back_as_bodies(
    full: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = full.seen()
    monkeypatch.setattr("whiteboard.history.KEPT_MAX", len(seen) - 1)
    clear(full)
    bodies, packed = ids(back(full))
    assert packed == seen[A_BUNDLE - 1 : 2 * A_BUNDLE - 1]
    assert 0 < len(bodies) < A_BUNDLE
    assert full.seen() == [name for name in seen if name in {*bodies, *packed}]


@pytest.mark.rule("BOARD-41", "BOARD-18")
def test_a_bundle_whose_place_others_have_taken_lies_among_them(desk: Desk) -> None:
    names = [f"2.{n}" for n in range(1, PACKED_LEAST + 1)]
    desk.draw(*names)
    desk.board.chunks()
    clear(desk)
    desk.draw("3.1")
    assert ids(back(desk)) == ([], names)
    assert desk.seen() == [*names, "3.1"]
    [chunk] = written(desk.board)
    assert [body["id"] for body in json.loads(zlib.decompress(chunk))] == [*names, "3.1"]


@pytest.mark.rule("BOARD-41", "BOARD-13")
def test_they_go_again_and_come_again(full: Desk) -> None:
    seen = full.seen()
    for _ in range(2):
        clear(full)
        full.do(full.board.undo(TEACHER, staff=True))
        full.do(full.board.redo(TEACHER, staff=True))
        assert full.seen() == []
        assert len(back(full).chunks) == 2
        assert full.seen() == seen


@pytest.mark.rule("BOARD-41", "BOARD-14")
def test_what_another_has_written_on_a_shape_is_known_when_it_is_back(full: Desk) -> None:
    full.do(full.board.change(TEACHER, {"2.1": {"color": "#000000"}}, staff=True))
    full.board.chunks()
    clear(full)
    assert len(back(full).chunks) == 2
    full.do(full.board.undo(TEACHER, staff=True))  # that colour; as far as nobody else has set it since
    assert full.body("2.1")["color"] == "#102030"


@pytest.mark.rule("BOARD-41", "BOARD-23", "BOARD-24", "BOARD-25")
def test_whoever_follows_has_the_same_board(full: Desk) -> None:
    early = Board.restore(full.board.snapshot(), written(full.board))
    begun = len(full.log)
    clear(full)
    late = Board.restore(full.board.snapshot(), written(full.board))
    back(full)
    full.draw("3.1")
    for change in full.log[begun:]:
        early.apply(change)
    for change in full.log[begun + 1 :]:
        late.apply(change)
    assert early.picture() == late.picture() == full.board.picture()
    assert refold(full.log) == Board.load(full.board.dump()) == full.board
