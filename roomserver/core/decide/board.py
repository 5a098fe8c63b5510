"""The board's commands: whose turn it is to draw was asked of the table, the board itself knows the rest.

Points do not become events at once: they wait in the board until `Room.flush`, so that what one client sends for one
stroke within a tenth of a second has one `seq`.  Rules: BOARD-*, SCRATCH-* in docs/rules.md.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

import whiteboard as wb
from protocol import commands as c
from protocol.codes import ErrorCode

from .. import boarding
from ..errors import Refused
from ..log import ALL, Audience, Draft
from ..people import Person
from ..state import RoomState
from .common import learner


def extend(state: RoomState, me: Person, command: c.ExtendStroke) -> None:
    try:
        state.board.extend(me.member, command.shape, command.points, command.pressure, staff=me.is_staff)
    except wb.Refused as refused:
        raise _said(refused) from refused


def draw(state: RoomState, me: Person, command: c.BeginStroke | c.FinishStroke | c.Objects) -> list[Draft]:
    if isinstance(command, c.Undo | c.Redo) and me.is_staff and command.member not in (None, me.member):
        learner(state, me, command.member)
    try:
        return drafts(state.board, _changes(state.board, me.member, command, staff=me.is_staff))
    except wb.Refused as refused:
        raise _said(refused) from refused


def _changes(
    board: wb.Board, me: int, command: c.BeginStroke | c.FinishStroke | c.Objects, *, staff: bool
) -> list[wb.Change]:
    match command:
        case c.BeginStroke(shape=shape, page=page, kind=kind, color=color, width=width, at=at):
            return board.begin(me, shape, page=page, kind=kind, color=color, width=width, at=at, staff=staff)
        case c.FinishStroke(shape=shape):
            return board.finish(me, shape, staff=staff)
        case c.PutShape(shape=shape, page=page, kind=kind):
            return board.put(me, shape, page=page, kind=kind, staff=staff, **given(command, _PROPERTIES))
        case c.ChangeShapes(set=sets):
            return board.change(me, {name: given(one, _SETTABLE) for name, one in sets.items()}, staff=staff)
        case c.OrderShapes(shapes=shapes, to=to):
            return board.order(me, shapes, to, staff=staff)
        case c.CutShapes(cuts=cuts):
            return board.cut(me, cuts, staff=staff)
        case c.CopyShapes(shapes=shapes, page=page, by=by, first=first):
            return board.copy(me, shapes, page=page, by=by, first=first, staff=staff)
        case c.EraseShapes(shapes=shapes):
            return board.erase(me, shapes, staff=staff)
        case c.ClearPage(page=of, whose=whose):
            return board.clear(me, of, whose, staff=staff)
        case c.Undo(member=author):
            return board.undo(me, author, staff=staff)
        case c.Redo(member=author):
            return board.redo(me, author, staff=staff)


_SETTABLE = c.ShapeSet.__struct_fields__
_PROPERTIES = (*_SETTABLE, "points", "pressure", "asset")


def given(command: c.PutShape | c.ShapeSet, names: Iterable[str]) -> dict[str, Any]:
    """The properties that a command names."""
    return {name: value for name in names if (value := getattr(command, name)) is not msgspec.UNSET}


def pages(state: RoomState, me: Person, command: c.Paging) -> list[Draft]:
    if not me.is_staff and not (isinstance(command, c.AddPage) and command.scratch):
        raise Refused(ErrorCode.FORBIDDEN, "you may not do that here", rule="RIGHT-1")
    board = state.board
    try:
        return drafts(board, _paged(board, me, command))
    except wb.Refused as refused:
        raise _said(refused) from refused


def _paged(board: wb.Board, me: Person, command: c.Paging) -> list[wb.Change]:
    match command:
        case c.AddPage(scratch=True, background=background):
            if not me.is_learner:
                raise Refused(ErrorCode.INVALID, "only who learns has a page of their own", rule="SCRATCH-1")
            return board.add_scratch(me.member, background)
        case c.AddPage(after=after, background=background):
            return board.add_page(me.member, after, background)
        case c.TurnPage(page=page):
            return board.turn_page(me.member, page)
        case c.MovePage(page=page, before=before):
            return board.move_page(me.member, page, before)
        case c.ChangePage(page=page, background=background):
            return board.change_page(me.member, page, background)
        case c.RemovePage(page=page):
            return board.remove_page(me.member, page)
        case c.LockPage(page=page, on=on):
            return board.lock_page(me.member, page, on)
        case c.LockBoard(on=on):
            return board.lock(me.member, on)
        case c.FreeBoard(on=on):
            return board.free(me.member, on)


def on_own_page(state: RoomState, me: Person, command: object) -> bool:
    """Does a command touch only the member's own scratch page?  There no right is needed (SCRATCH-3).

    Of shapes that are gone, or that the member does not see, nothing is said here: the board says that there are none.
    """
    board = state.board
    pages: Iterable[int] = ()
    shapes: Iterable[str] = ()
    match command:
        case c.BeginStroke(page=page) | c.PutShape(page=page) | c.ClearPage(page=int(page)):
            pages = [page]
        case c.ExtendStroke(shape=shape):
            shapes = [shape]
        case c.ChangeShapes(set=named) | c.CutShapes(cuts=named):
            shapes = named
        case c.CopyShapes(shapes=shapes, page=page):
            pages = [page]
        case c.EraseShapes(shapes=shapes) | c.OrderShapes(shapes=shapes):
            pass
        case c.Undo(member=None) | c.Redo(member=None):
            pages = board.touched_by_reversal(me.member, redo=isinstance(command, c.Redo))
        case _:
            return False
    owners = [board.owner(page) for page in pages]
    seen = [owner for page in map(board.page_of, shapes) if page and (owner := board.owner(page)) in (None, me.member)]
    return all(owner == me.member for owner in (*owners, *seen))


def drafts(board: wb.Board, changes: Sequence[wb.Change]) -> list[Draft]:
    """Changes that are decided and not yet applied, each for those who see its page (SCRATCH-2)."""
    return [Draft(boarding.to_event(change), _audience(board, change)) for change in changes]


def seen_by(board: wb.Board, page: int | None) -> Audience:
    """Who sees a page, and what happens on it."""
    return _for(None if page is None else board.owner(page))


def _for(owner: int | None) -> Audience:
    return ALL if owner is None else Audience(staff=True, members=frozenset({owner}))


def _audience(board: wb.Board, change: wb.Change) -> Audience:
    """A page that is new is not on the board yet."""
    return _for(change.owner) if isinstance(change, wb.PageAdded) else seen_by(board, _page(board, change))


def _page(board: wb.Board, change: wb.Change) -> int | None:
    """The page that a change is about; of several one, since the same people see them all; None: every common page."""
    page: int | None
    match change:
        case wb.Extended(shape=shape) | wb.Finished(shape=shape):
            page = board.page_of(shape)
        case wb.Erased(shapes=names):
            page = board.page_of(names[0])
        case wb.Changed(set=sets):
            page = board.page_of(next(iter(sets)))
        case wb.Cut(cuts=cuts):
            page = board.page_of(next(iter(cuts)))
        case wb.Put(body=body):
            page = body["page"]
        case wb.Restored(chunks=((names, _), *_)):
            page = board.kept[names[0]].page
        case wb.Restored(shapes=bodies) | wb.Copied(shapes=bodies):
            page = bodies[0]["page"]
        case wb.Locked() | wb.Freed():
            page = None
        case _:
            page = change.page
    return page


def _said(refused: wb.Refused) -> Refused:
    return Refused(ErrorCode(refused.code.value), refused.message)
