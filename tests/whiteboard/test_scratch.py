"""Scratch pages: a student's own paper, which staff see and nobody else."""

from typing import Any

import pytest

from whiteboard import EVERYBODY, STAFF, Board, Cleared, Code, Erased, PageAdded, PageRemoved

from .desk import ANNA, BEN, TEACHER, Desk, Operations, refold, refused


@pytest.fixture
def papers(desk: Desk) -> Desk:
    """Two common pages, then Anna's (3) and Ben's (4); a stroke of the teacher's on page 1, of each on their own."""
    desk.do(desk.board.add_page(TEACHER))
    desk.do(desk.board.add_scratch(ANNA))
    desk.do(desk.board.add_scratch(BEN, "grid"))
    desk.draw("1.1")
    desk.draw("2.1", page=3)
    desk.draw("3.1", page=4)
    return desk


def pages(board: Board, eyes: int) -> list[int]:
    return [page["page"] for page in board.snapshot(eyes)["pages"]]


@pytest.mark.rule("SCRATCH-1")
def test_everybody_who_learns_has_one_page_of_their_own_behind_all_others(desk: Desk) -> None:
    desk.do(desk.board.add_page(TEACHER))
    assert desk.do(desk.board.add_scratch(ANNA)) == [PageAdded(ANNA, 3, 2, "blank", owner=ANNA)]
    assert desk.do(desk.board.add_scratch(BEN, "grid")) == [PageAdded(BEN, 4, 2, "grid", owner=BEN)]
    assert desk.board.pages == [1, 2, 3, 4]
    assert [desk.board.owner(page) for page in (1, 2, 3, 4, 5)] == [None, None, ANNA, BEN, None]
    with refused(Code.CONFLICT):
        desk.board.add_scratch(ANNA)
    with refused(Code.INVALID):
        desk.board.add_scratch(TEACHER, "photo")


@pytest.mark.rule("SCRATCH-1")
def test_whose_page_was_removed_may_have_another(papers: Desk) -> None:
    assert papers.do(papers.board.remove_page(TEACHER, 3)) == [PageRemoved(TEACHER, 3)]
    assert papers.do(papers.board.add_scratch(ANNA)) == [PageAdded(ANNA, 5, 2, "blank", owner=ANNA)]


@pytest.mark.rule("SCRATCH-2")
@pytest.mark.parametrize(
    ("eyes", "seen"), [(STAFF, [1, 2, 3, 4]), (EVERYBODY, [1, 2]), (ANNA, [1, 2, 3]), (BEN, [1, 2, 4]), (9, [1, 2])]
)
def test_only_the_owner_and_staff_see_a_scratch_page_and_what_is_on_it(
    papers: Desk, eyes: int, seen: list[int]
) -> None:
    papers.begin(ANNA, "2.2", page=3)
    snapshot, chunks = papers.board.snapshot(eyes), papers.board.chunks(eyes)
    assert pages(papers.board, eyes) == seen
    assert [page.get("owner") for page in snapshot["pages"]] == [papers.board.owner(page) for page in seen]
    assert sorted(page for page, _ in chunks) == sorted({1, *seen} - {2})
    shown = Board.restore(snapshot, [chunk for _, chunk in chunks])
    assert shown.picture() == papers.board.picture(eyes)
    assert ("2.2" in str(shown.picture())) == (3 in seen)


@pytest.mark.rule("SCRATCH-2")
def test_for_everybody_else_the_page_is_not_there(papers: Desk) -> None:
    board = papers.board
    pen: dict[str, Any] = {"page": 3, "kind": "pen", "color": "#102030", "width": 24, "at": (0, 0)}
    line: dict[str, Any] = {
        "page": 3,
        "kind": "line",
        "start": (0, 0),
        "color": "#102030",
        "width": 24,
        "points": (1, 1),
    }
    operations: Operations = (
        lambda: board.begin(BEN, "3.2", **pen),
        lambda: board.put(BEN, "3.2", **line),
        lambda: board.clear(BEN, 3),
        lambda: board.erase(BEN, ["2.1"]),
        lambda: board.change(BEN, {"2.1": {"turn": 1}}),
        lambda: board.order(BEN, ["2.1"], "front"),
        lambda: board.cut(BEN, {"2.1": []}),
        lambda: board.copy(BEN, ["2.1"], page=1, by=(0, 0), first=2),
        lambda: board.copy(BEN, ["3.1"], page=3, by=(0, 0), first=2),
        lambda: board.finish(BEN, "2.1"),
    )
    for operation in operations:
        with refused(Code.NOT_FOUND):
            operation()


@pytest.mark.rule("SCRATCH-2")
def test_staff_draw_there_change_and_clear(papers: Desk) -> None:
    papers.begin(TEACHER, "1.2", page=3, staff=True)
    papers.do(papers.board.change(TEACHER, {"2.1": {"turn": 1}}, staff=True))
    assert papers.do(papers.board.clear(TEACHER, 3, ANNA, staff=True)) == [Cleared(TEACHER, 3, ANNA)]
    assert papers.do(papers.board.change_page(TEACHER, 3, "ruled"))
    assert papers.seen(3) == ["1.2"]


@pytest.mark.rule("SCRATCH-3")
def test_no_lock_concerns_a_scratch_page(papers: Desk) -> None:
    papers.do(papers.board.lock(TEACHER, True))
    papers.draw("2.2", page=3)
    papers.do(papers.board.change(ANNA, {"2.2": {"turn": 1}}))
    papers.do(papers.board.undo(ANNA))
    papers.do(papers.board.clear(ANNA, 3))
    assert papers.seen(3) == []
    with refused(Code.INVALID):
        papers.board.lock_page(TEACHER, 3, True)


@pytest.mark.rule("SCRATCH-4")
def test_the_class_is_not_turned_to_a_scratch_page_nor_are_pages_ordered_by_it(papers: Desk) -> None:
    board = papers.board
    operations: Operations = (
        lambda: board.turn_page(TEACHER, 3),
        lambda: board.move_page(TEACHER, 3, None),
        lambda: board.move_page(TEACHER, 1, 3),
        lambda: board.add_page(TEACHER, 3),
    )
    for operation in operations:
        with refused(Code.INVALID):
            operation()
    papers.do(board.remove_page(TEACHER, 2))
    with refused(Code.CONFLICT):  # the last page that all see stays
        board.remove_page(TEACHER, 1)


@pytest.mark.rule("SCRATCH-4")
def test_scratch_pages_and_what_is_on_them_do_not_count_on_the_board(
    papers: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whiteboard.paging.PAGES_MAX", 3)
    monkeypatch.setattr("whiteboard.operations.BOARD_SHAPES_MAX", 2)
    monkeypatch.setattr("whiteboard.operations.SCRATCH_SHAPES_MAX", 2)
    papers.do(papers.board.add_page(TEACHER))
    with refused(Code.FULL):
        papers.board.add_page(TEACHER)
    papers.draw("2.2", page=3)
    with refused(Code.FULL):
        papers.begin(ANNA, "2.3", page=3)
    papers.draw("1.2")
    with refused(Code.FULL):
        papers.begin(TEACHER, "1.3", staff=True)
    papers.do(papers.board.add_scratch(9))
    papers.draw("9.1", page=6)


@pytest.mark.rule("SCRATCH-2")
def test_one_operation_is_for_the_same_eyes(papers: Desk) -> None:
    papers.draw("2.2")
    board = papers.board
    operations: Operations = (
        lambda: board.erase(ANNA, ["2.1", "2.2"]),
        lambda: board.erase(TEACHER, ["2.1", "3.1"], staff=True),
        lambda: board.change(TEACHER, {"2.1": {"turn": 1}, "1.1": {"turn": 1}}, staff=True),
        lambda: board.order(TEACHER, ["2.1", "1.1"], "front", staff=True),
        lambda: board.cut(TEACHER, {"2.1": [], "1.1": []}, staff=True),
        lambda: board.copy(TEACHER, ["2.1", "1.1"], page=1, by=(0, 0), first=2, staff=True),
    )
    for operation in operations:
        with refused(Code.INVALID):
            operation()


@pytest.mark.rule("SCRATCH-2")
def test_a_clear_of_everything_leaves_scratch_pages_alone(papers: Desk) -> None:
    assert papers.do(papers.board.clear(TEACHER, None, "all", staff=True)) == [Cleared(TEACHER, None, "all")]
    assert [papers.seen(page) for page in papers.board.pages] == [[], [], ["2.1"], ["3.1"]]


@pytest.mark.rule("SCRATCH-5")
def test_staff_show_a_paper_by_copying_it_to_a_page_that_all_see(papers: Desk) -> None:
    papers.do(papers.board.add_page(TEACHER))
    papers.do(papers.board.copy(TEACHER, ["2.1"], page=5, by=(0, 0), first=2, staff=True))
    papers.do(papers.board.turn_page(TEACHER, 5))
    assert (papers.seen(3), papers.seen(5)) == (["2.1"], ["1.2"])
    assert papers.body("1.2")["author"] == ANNA
    assert "1.2" in str(papers.board.picture(BEN))
    assert papers.do(papers.board.undo(TEACHER, staff=True)) == [Erased(TEACHER, ("1.2",), undo=True)]


@pytest.mark.rule("SCRATCH-2", "BOARD-24")
def test_each_member_who_applies_what_is_for_their_eyes_sees_their_pages(papers: Desk) -> None:
    """The common pages move around; scratch pages come and go between the changes that one is sent."""
    clients = {eyes: Board.restore(papers.board.snapshot(eyes), chunks(papers.board, eyes)) for eyes in (ANNA, BEN, 9)}
    board = papers.board
    operations: Operations = (
        lambda: board.add_page(TEACHER, 1),
        lambda: board.move_page(TEACHER, 1, None),
        lambda: board.remove_page(TEACHER, 4),
        lambda: board.add_page(TEACHER),
        lambda: board.add_scratch(BEN),
        lambda: board.move_page(TEACHER, 5, 2),
        lambda: board.remove_page(TEACHER, 1),
        lambda: board.remove_page(TEACHER, 3),
        lambda: board.add_scratch(ANNA),
        lambda: board.add_page(TEACHER),
    )
    for operation in operations:
        for change in operation():
            owner = getattr(change, "owner", None) or board.owner(getattr(change, "page", 0))
            papers.do([change])
            for eyes, client in clients.items():
                if owner in (None, eyes):
                    client.apply(change)
        for eyes, client in clients.items():
            assert client.picture() == board.picture(eyes)


def chunks(board: Board, eyes: int) -> list[bytes]:
    return [chunk for _, chunk in board.chunks(eyes)]


@pytest.mark.rule("BOARD-23", "BOARD-25")
def test_scratch_pages_are_kept(papers: Desk) -> None:
    assert refold(papers.log) == papers.board
    kept = Board.load(papers.board.dump())
    assert kept == papers.board
    assert [kept.owner(page) for page in kept.pages] == [None, None, ANNA, BEN]
    with refused(Code.CONFLICT):
        kept.add_scratch(ANNA)


@pytest.mark.rule("SCRATCH-4")
def test_points_on_a_page_of_ones_own_are_bounded_and_take_no_room_from_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whiteboard.operations.SCRATCH_POINTS_MAX", 4)
    monkeypatch.setattr("whiteboard.operations.POINTS_MAX", 4)
    desk.do(desk.board.add_scratch(ANNA))
    desk.draw("2.1", page=2)
    desk.begin(ANNA, "2.2", page=2)
    desk.board.extend(ANNA, "2.2", (1, 1, 1, 1))
    with refused(Code.FULL):
        desk.board.extend(ANNA, "2.2", (1, 1))
    desk.draw("3.1")
    desk.do(desk.board.flush())
    with refused(Code.FULL):
        desk.board.copy(ANNA, ["2.1"], page=2, by=(0, 0), first=3)
    desk.draw("3.2")
