"""A student's own page: who is told of it, and who may draw there."""

from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core import effects as fx
from roomserver.core.log import ALL, Audience
from tests.support.lesson import PEN, Guest, Lesson
from whiteboard import Board

ANNAS = Audience(staff=True, members=frozenset({2}))
INK: dict[str, Any] = {"color": "#102030", "width": 24}
OWN = {**PEN, "page": 2}


@pytest.fixture
def paper(lesson: Lesson, anna: Guest, ben: Guest) -> Lesson:
    """Nobody but the teacher may draw; Anna has a page of her own, number 2."""
    anna.does(c.AddPage, scratch=True)
    lesson.turn()
    return lesson


def seen(guest: Guest) -> dict[str, Any]:
    """The board as whoever comes is shown it."""
    snapshot, chunks = guest.lesson.room.snapshot(guest.member, now=guest.lesson.now)
    return Board.restore(snapshot.board, [chunk.shapes for chunk in chunks]).picture()


@pytest.mark.rule("SCRATCH-1")
def test_who_learns_may_have_one_page_of_their_own(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    added = e.PageAdded(member=2, page=2, after=1, background="grid", owner=2)
    assert anna.does(c.AddPage, scratch=True, background="grid") == [added]
    assert lesson.entries[-1].audience == ANNAS
    assert anna.refused(c.AddPage, scratch=True) == ("conflict", None)
    assert anna.refused(c.AddPage) == ("forbidden", "RIGHT-1")
    assert teacher.refused(c.AddPage, scratch=True) == ("invalid", "SCRATCH-1")
    assert lesson.joins("zhao", "assistant").refused(c.AddPage, scratch=True) == ("invalid", "SCRATCH-1")
    assert lesson.joins("hu", "observer").refused(c.AddPage, scratch=True) == ("forbidden", "RIGHT-1")


@pytest.mark.rule("SCRATCH-3")
def test_on_ones_own_page_no_right_is_needed(paper: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.LockBoard, on=True)
    assert anna.refused(c.BeginStroke, shape="2.1", **PEN) == ("forbidden", "RIGHT-1")
    done = [
        anna.does(c.BeginStroke, shape="2.1", **OWN),
        anna.does(c.ExtendStroke, shape="2.1", points=(10, 0, 0, 10)),
        anna.does(c.FinishStroke, shape="2.1"),
        anna.does(c.PutShape, shape="2.2", page=2, kind="line", start=(0, 0), points=(5, 5), **INK),
        anna.does(c.ChangeShapes, set={"2.1": c.ShapeSet(turn=900)}),
        anna.does(c.OrderShapes, shapes=("2.1",), to="front"),
        anna.does(c.CopyShapes, shapes=("2.1", "2.2"), page=2, by=(5, 5), first=3),
        anna.does(c.CutShapes, cuts={"2.1": ((0, 50),)}),
        anna.does(c.EraseShapes, shapes=("2.2",)),
        anna.does(c.Undo),
        anna.does(c.Redo),
        anna.does(c.ClearPage, page=2),
        anna.does(c.Undo),
    ]
    assert [type(event) for events in done for event in events] == [
        e.StrokeBegun,
        e.StrokeExtended,
        e.StrokeFinished,
        e.ShapePut,
        e.ShapesChanged,
        e.ShapesChanged,
        e.ShapesCopied,
        e.ShapesCut,
        e.ShapesErased,
        e.ShapesRestored,
        e.ShapesErased,
        e.PageCleared,
        e.ShapesRestored,
    ]
    paper.advance(1)


@pytest.mark.rule("SCRATCH-3")
def test_a_command_that_touches_another_page_too_needs_the_right(paper: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.Grant, member=2, can=("draw",), on=True)
    anna.does(c.PutShape, shape="2.1", page=1, kind="line", start=(0, 0), points=(5, 5), **INK)
    anna.does(c.PutShape, shape="2.2", page=2, kind="line", start=(0, 0), points=(5, 5), **INK)
    anna.does(c.ChangeShapes, set={"2.1": c.ShapeSet(turn=1)})
    teacher.does(c.Grant, member=2, can=("draw",), on=False)
    for command, fields in (
        (c.EraseShapes, {"shapes": ("2.1", "2.2")}),
        (c.CopyShapes, {"shapes": ("2.2",), "page": 1, "by": (0, 0), "first": 3}),
        (c.CopyShapes, {"shapes": ("2.1",), "page": 2, "by": (0, 0), "first": 3}),
        (c.ClearPage, {}),
        (c.Undo, {}),
        (c.Undo, {"member": 2}),
    ):
        assert anna.refused(command, **fields) == ("forbidden", "RIGHT-1")
    assert anna.does(c.CopyShapes, shapes=("2.2",), page=2, by=(0, 0), first=3)
    assert [type(event) for event in anna.does(c.Undo)] == [e.ShapesErased]


@pytest.mark.rule("SCRATCH-2")
def test_whatever_happens_on_a_page_of_ones_own_is_for_its_owner_and_staff(
    paper: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    since = len(paper.entries)
    anna.does(c.BeginStroke, shape="2.1", **OWN)
    anna.does(c.ExtendStroke, shape="2.1", points=(10, 0, 0, 10))
    paper.turn()
    anna.does(c.FinishStroke, shape="2.1")
    anna.does(
        c.PutShape, shape="2.2", page=2, kind="text", start=(0, 0), color="#102030", text="x", font="mono", height=99
    )
    teacher.does(c.BeginStroke, shape="1.1", **OWN)
    teacher.does(c.ChangeShapes, set={"2.2": c.ShapeSet(turn=1), "1.1": c.ShapeSet(width=9)})
    teacher.does(c.Undo)
    teacher.does(c.Redo)
    teacher.does(c.OrderShapes, shapes=("2.1",), to="front")
    teacher.does(c.CutShapes, cuts={"2.1": ((0, 50), (100, 150))})
    teacher.does(c.Undo)
    teacher.does(c.Undo, member=2)
    teacher.does(c.Redo, member=2)
    teacher.does(c.CopyShapes, shapes=("2.2",), page=2, by=(1, 1), first=2)
    teacher.does(c.EraseShapes, shapes=("2.2",))
    teacher.does(c.ClearPage, page=2, whose="all")
    teacher.does(c.ChangePage, page=2, background="ruled")
    anna.does(c.BeginStroke, shape="2.9", **OWN)
    anna.does(c.ExtendStroke, shape="2.9", points=(1, 1))
    teacher.does(c.RemovePage, page=2)
    happened = paper.entries[since:]
    assert {type(entry.event) for entry in happened} == {
        e.StrokeBegun,
        e.StrokeExtended,
        e.StrokeFinished,
        e.ShapePut,
        e.ShapesChanged,
        e.ShapesCut,
        e.ShapesRestored,
        e.ShapesErased,
        e.ShapesCopied,
        e.PageCleared,
        e.PageChanged,
        e.PageRemoved,
    }
    assert {entry.audience for entry in happened} == {ANNAS}
    paper.turn()
    board_events = (e.Event, e.StrokeExtended)
    told = [[said.seq for said in guest.heard if isinstance(said, board_events)] for guest in (teacher, anna, ben)]
    seqs = {entry.seq for entry in happened}
    assert [seqs <= set(heard) for heard in told] == [True, True, False]
    assert not seqs & set(told[2])


@pytest.mark.rule("SCRATCH-2")
def test_what_happens_on_common_pages_is_for_all(paper: Lesson, teacher: Guest) -> None:
    since = len(paper.entries)
    teacher.does(c.AddPage)
    teacher.does(c.BeginStroke, shape="1.1", **PEN)
    teacher.does(c.EraseShapes, shapes=("1.1",))
    teacher.does(c.Undo)
    teacher.does(c.MovePage, page=1)
    teacher.does(c.ClearPage, whose="all")
    teacher.does(c.LockBoard, on=True)
    teacher.does(c.FreeBoard, on=True)
    assert {entry.audience for entry in paper.entries[since:]} == {ALL}


@pytest.mark.rule("SCRATCH-2")
def test_each_member_is_shown_the_pages_that_are_for_their_eyes(
    paper: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    ben.does(c.AddPage, scratch=True)
    anna.does(c.PutShape, shape="2.1", page=2, kind="line", start=(0, 0), points=(5, 5), **INK)
    anna.does(c.BeginStroke, shape="2.2", **OWN)
    assistant, observer = paper.joins("zhao", "assistant"), paper.joins("hu", "observer")
    pages = {guest.name: [page["page"] for page in seen(guest)["pages"]] for guest in (teacher, anna, ben, observer)}
    assert pages == {"li": [1, 2, 3], "anna": [1, 2], "ben": [1, 3], "hu": [1]}
    assert seen(assistant) == seen(teacher) == paper.state.board.picture()
    assert [shape["id"] for shape in seen(anna)["pages"][1]["shapes"]] == ["2.1", "2.2"]
    assert "2.1" not in str(seen(ben)) + str(seen(observer))
    assert [guest.says(n.BoardChunk) for guest in (observer,)] == [[]]


@pytest.mark.rule("SCRATCH-2")
def test_pointers_and_views_on_a_page_of_ones_own_are_for_its_owner_and_staff(
    paper: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    teacher.does(c.Grant, member="all", can=("draw",), on=True)
    assert anna.signals(c.MovePointer(2, 10, 20, True)) == [
        fx.Flash(("pointer", 2), n.Pointer(2, 2, 10, 20, True), 2, ANNAS)
    ]
    assert teacher.signals(c.ShowView(2, 0, 0, 8_000)) == [fx.Flash(("view", 1), n.View(1, 2, 0, 0, 8_000), 1, ANNAS)]
    assert ben.signals(c.MovePointer(2, 10, 20, True)) == []
    paper.turn()
    assert (len(teacher.says(n.Pointer)), len(anna.says(n.View))) == (1, 1)
    assert ben.says(n.Pointer) + ben.says(n.View) == []


@pytest.mark.rule("SCRATCH-4")
def test_nobody_is_turned_to_a_page_of_ones_own(paper: Lesson, teacher: Guest, anna: Guest) -> None:
    assert teacher.refused(c.TurnPage, page=2) == ("invalid", None)
    assert teacher.refused(c.LockPage, page=2, on=True) == ("invalid", None)
    assert anna.refused(c.TurnPage, page=2) == ("forbidden", "RIGHT-1")
    assert anna.refused(c.RemovePage, page=2) == ("forbidden", "RIGHT-1")


@pytest.mark.rule("SCRATCH-5")
def test_staff_show_a_paper_to_the_class(paper: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    anna.does(c.PutShape, shape="2.1", page=2, kind="line", start=(0, 0), points=(5, 5), **INK)
    teacher.does(c.AddPage)
    [copied] = teacher.does(c.CopyShapes, shapes=("2.1",), page=3, by=(0, 0), first=1)
    assert paper.entries[-1].audience == ALL
    assert [(body["id"], body["author"], body["page"]) for body in copied.shapes] == [("1.1", 2, 3)]
    teacher.does(c.TurnPage, page=3)
    assert [shape["author"] for shape in seen(ben)["pages"][1]["shapes"]] == [2]
    assert paper.fold() == (paper.state, paper.room.log)


@pytest.mark.rule("SCRATCH-2", "STORE-9")
def test_papers_outlast_a_crash_and_their_owners_absence(paper: Lesson, anna: Guest, ben: Guest) -> None:
    anna.does(c.PutShape, shape="2.1", page=2, kind="line", start=(0, 0), points=(5, 5), **INK)
    paper.crash()
    again = paper.resumes(anna, seq=0)
    assert [page.get("owner") for page in seen(again)["pages"]] == [None, 2]
    again.lost(for_good=True)
    assert [shape["id"] for shape in seen(paper.joins("anna"))["pages"][1]["shapes"]] == ["2.1"]


@pytest.mark.rule("SCRATCH-2")
def test_of_a_shape_that_one_does_not_see_nothing_is_said(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    anna.does(c.AddPage, scratch=True)
    anna.does(c.PutShape, shape="2.1", page=2, kind="image", start=(0, 0), size=(9, 9), asset="0" * 32)
    for hidden in ("2.1", "2.9"):
        assert ben.refused(c.EraseShapes, shapes=(hidden,)) == ("not_found", None)


@pytest.mark.rule("RIGHT-2")
def test_an_assistant_takes_back_a_students_steps_and_not_the_teachers(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    zhao = lesson.joins("zhao", "assistant")
    teacher.does(c.BeginStroke, shape="1.1", **PEN)
    assert zhao.refused(c.Undo, member=teacher.member) == ("forbidden", "RIGHT-2")
