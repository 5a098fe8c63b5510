"""A board kept as bytes and read back goes on as if nothing had been."""

import msgspec
import pytest

from whiteboard import (
    EVERYBODY,
    STAFF,
    Board,
    Change,
    Changed,
    Code,
    Cut,
    Erased,
    Extended,
    Finished,
    PageAdded,
    Refused,
)

from .desk import ANNA, BEN, TEACHER, Desk


@pytest.fixture
def used(desk: Desk) -> Desk:
    """Three pages were numbered, two are left; open strokes on both, a locked page, things to undo and to redo."""
    desk.do(desk.board.add_page(TEACHER, background="grid"))
    desk.do(desk.board.add_page(TEACHER))
    desk.do(desk.board.remove_page(TEACHER, 3))
    desk.draw("2.1", "3.1", "3.2", "3.7")
    desk.begin(ANNA, "2.2", page=2)
    desk.begin(ANNA, "2.3", page=1)
    desk.board.extend(ANNA, "2.2", (3, 4, -5, 6), (0, 255))
    desk.do(desk.board.flush())
    desk.do(desk.board.erase(BEN, ["3.2"]))
    desk.do(desk.board.erase(TEACHER, ["3.1"], staff=True))
    desk.do(desk.board.undo(BEN))
    desk.do(desk.board.turn_page(TEACHER, 2))
    desk.do(desk.board.lock_page(TEACHER, 1, True))
    desk.board = Board.load(desk.board.dump())
    return desk


@pytest.mark.rule("BOARD-25")
def test_all_that_shows_is_there(used: Desk, desk: Desk) -> None:
    again = Board()
    for change in used.log:
        again.apply(change)
    assert used.board == again
    assert used.board.picture() == again.picture()
    assert used.board.snapshot() == again.snapshot()
    assert used.board.dump() == again.dump()


@pytest.mark.rule("BOARD-25")
def test_what_could_be_taken_back_still_can(used: Desk) -> None:
    used.do(used.board.redo(BEN, staff=True))
    assert used.seen() == ["2.1", "3.7", "2.3"]
    used.do(used.board.undo(TEACHER, staff=True))
    assert used.seen() == ["2.1", "3.1", "3.7", "2.3"]


@pytest.mark.rule("BOARD-25")
def test_numbers_go_on_and_open_strokes_are_finished_in_their_order(used: Desk) -> None:
    assert [used.board.next_shape(member) for member in (TEACHER, ANNA, BEN)] == [1, 4, 8]
    assert used.board.add_page(TEACHER) == [PageAdded(TEACHER, 4, 2, "blank")]
    used.board.extend(ANNA, "2.2", (1, 1), (9,))
    assert used.board.finish_open(ANNA) == [Extended("2.2", (1, 1), (9,)), Finished("2.2"), Finished("2.3")]


def test_points_that_wait_are_not_kept(used: Desk) -> None:
    before = used.board.dump()
    used.board.extend(ANNA, "2.2", (1, 1), (5,))
    assert used.board.dump() == before
    assert not Board.load(used.board.dump()).pending


@pytest.fixture
def written(desk: Desk) -> Desk:
    """Shapes that others have changed, copied and cut; steps to undo and to redo, of every sort."""
    desk.put(ANNA, "2.1", "text")
    desk.draw("2.2", "2.3", "3.1")
    desk.do(desk.board.add_scratch(BEN))
    desk.draw("3.2", page=2)
    desk.do(desk.board.change(ANNA, {"2.1": {"start": (5, 6), "turn": 1}, "2.2": {"scale": [2_000, 500]}}))
    for name in ("2.1", "3.2"):
        desk.do(desk.board.change(TEACHER, {name: {"turn": 2}}, staff=True))
    desk.do(desk.board.cut(TEACHER, {"2.2": [(0, 50), (150, 200)]}, staff=True))
    desk.do(desk.board.copy(TEACHER, ["3.2"], page=1, by=(7, 8), first=1, staff=True))
    desk.do(desk.board.order(ANNA, ["2.3"], "back"))
    desk.do(desk.board.change(BEN, {"1.1": {"color": "#ffffff"}}))
    desk.do(desk.board.undo(BEN))
    desk.do(desk.board.erase(TEACHER, ["2.2.1"], staff=True))
    desk.do(desk.board.lock(TEACHER, True))
    desk.do(desk.board.free(TEACHER, True))
    return desk


@pytest.mark.rule("BOARD-25")
def test_who_wrote_what_is_kept(written: Desk) -> None:
    again = Board.load(written.board.dump())
    assert again == written.board
    for name in written.seen(1) + written.seen(2):
        found, kept = again.shape(name), written.board.shape(name)
        assert found is not None
        assert kept is not None
        assert (found.author, found.maker, found.writers) == (kept.author, kept.maker, kept.writers)
    assert again.snapshot() == written.board.snapshot()
    assert again.chunks() == written.board.chunks()
    assert (again.owner(2), again.next_shape(TEACHER)) == (BEN, 2)


@pytest.mark.rule("BOARD-25")
@pytest.mark.parametrize("author", [TEACHER, ANNA, BEN])
def test_every_step_is_taken_back_and_done_again_as_on_the_board_that_was_kept(written: Desk, author: int) -> None:
    again = Board.load(written.board.dump())

    def step(board: Board, *, redo: bool) -> list[Change] | Code:
        try:
            changes = (board.redo if redo else board.undo)(TEACHER, author, staff=True)
        except Refused as refused:
            return refused.code
        for change in changes:
            board.apply(change)
        return changes

    for redo in (True, False, False, False, False, False, True, True, True, False):
        assert step(again, redo=redo) == step(written.board, redo=redo)
        assert again == written.board
        again = Board.load(again.dump())


@pytest.mark.rule("BOARD-25")
def test_numbers_of_pieces_and_places_go_on(written: Desk) -> None:
    again = Board.load(written.board.dump())
    for board in (again, written.board):
        [cut] = board.cut(TEACHER, {"2.3": [(0, 10)]}, staff=True)
        assert cut == Cut(TEACHER, {"2.3": (("2.3.3", 0, 10),)})
        [raised] = board.order(TEACHER, ["2.1", "2.3"], "back", staff=True)
        assert raised == Changed(TEACHER, {"2.3": {"z": -3}, "2.1": {"z": -2}})


@pytest.mark.parametrize("data", [b"", b"\xc0", b"no board at all", Board().dump()[:-1]])
def test_other_bytes_are_no_board(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        Board.load(data)


@pytest.mark.rule("BOARD-25")
def test_newcomers_to_a_board_that_was_read_back_get_the_chunks_that_were_kept(desk: Desk) -> None:
    desk.draw(*(f"2.{n}" for n in range(1, 300)), "3.1")
    desk.do(desk.board.erase(ANNA, ["2.7"]))
    again = Board.load(desk.board.dump())
    assert again.chunks() == desk.board.chunks()
    assert again._state == desk.board._state
    for board in (again, desk.board):
        board.apply(Erased(BEN, ("3.1",)))
    assert again.chunks() == desk.board.chunks()


@pytest.mark.rule("BOARD-25")
def test_a_board_that_was_read_back_is_shown_as_it_was_before_anything_is_done_to_it(written: Desk) -> None:
    written.begin(TEACHER, "1.90", staff=True)
    again = Board.load(written.board.dump())
    for eyes in (EVERYBODY, STAFF, ANNA, BEN):
        assert again.snapshot(eyes) == written.board.snapshot(eyes)
        assert again.chunks(eyes) == written.board.chunks(eyes)
    assert again == written.board
    assert again.picture() == written.board.picture()
