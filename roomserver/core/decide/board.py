"""The board's commands: whose turn it is to draw was asked of the table, the board itself knows the rest.

Points do not become events at once: they wait in the board until `Room.flush`, so that what one client sends for one
stroke within a tick has one `seq`.  Rules: BOARD-* in docs/rules.md.
"""

from collections.abc import Sequence

import whiteboard as wb
from protocol import commands as c
from protocol.codes import ErrorCode

from .. import boarding
from ..errors import Refused
from ..log import Draft
from ..people import Person
from ..state import RoomState


def extend(state: RoomState, me: Person, command: c.ExtendStroke) -> None:
    try:
        state.board.extend(me.member, command.shape, command.points, command.pressure, staff=me.is_staff)
    except wb.Refused as refused:
        raise _said(refused) from refused


def ink(
    state: RoomState,
    me: Person,
    command: c.BeginStroke | c.FinishStroke | c.EraseShapes | c.ClearPage | c.Undo | c.Redo,
) -> list[Draft]:
    board, staff = state.board, me.is_staff
    try:
        match command:
            case c.BeginStroke(shape=shape, page=page, kind=kind, color=color, width=width, at=at):
                changes = board.begin(
                    me.member, shape, page=page, kind=kind, color=color, width=width, at=at, staff=staff
                )
            case c.FinishStroke(shape=shape):
                changes = board.finish(me.member, shape)
            case c.EraseShapes(shapes=shapes):
                changes = board.erase(me.member, shapes, staff=staff)
            case c.ClearPage(page=page, whose=whose):
                changes = board.clear(me.member, page, whose, staff=staff)
            case c.Undo(member=author):
                changes = board.undo(me.member, author, staff=staff)
            case c.Redo(member=author):
                changes = board.redo(me.member, author, staff=staff)
    except wb.Refused as refused:
        raise _said(refused) from refused
    return drafts(changes)


def pages(state: RoomState, me: Person, command: c.AddPage | c.TurnPage | c.RemovePage | c.LockPage) -> list[Draft]:
    board = state.board
    try:
        match command:
            case c.AddPage(after=after, background=background):
                changes = board.add_page(me.member, after, background)
            case c.TurnPage(page=page):
                changes = board.turn_page(me.member, page)
            case c.RemovePage(page=page):
                changes = board.remove_page(me.member, page)
            case c.LockPage(page=page, on=on):
                changes = board.lock_page(me.member, page, on)
    except wb.Refused as refused:
        raise _said(refused) from refused
    return drafts(changes)


def drafts(changes: Sequence[wb.Change]) -> list[Draft]:
    return [Draft(boarding.to_event(change)) for change in changes]


def _said(refused: wb.Refused) -> Refused:
    return Refused(ErrorCode(refused.code.value), refused.message)
