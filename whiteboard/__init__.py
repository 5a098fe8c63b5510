"""The board: pages of ink and shapes, who may change what on them, what can be taken back.

Pure: no sockets, no clock, no randomness, nothing of ours.  It knows no wire: an operation returns `Change`s, and
whoever applies the same changes in the same order has the same board.  Rules: BOARD-*, SCRATCH-* in docs/rules.md.

    changes.py     what can happen to a board, one frozen class each
    state.py       the board as the fold of its changes; what each member sees of it
    page.py        a page: shapes in drawing order, described once for all who come
    shape.py       one shape, and its plain-data body
    kinds.py       what each kind of shape has, and what may be set
    history.py     what each author can take back
    pieces.py      parts of a stroke, as an area eraser leaves them
    packed.py      the whole board as bytes, to be kept
    board.py       the operations (strokes.py, objects.py, taking.py, paging.py, on operations.py):
                   check, refuse, or say what changes
    ink.py         points on their way, not yet part of any stroke
"""

from .board import Board
from .changes import (
    Begun,
    Change,
    Changed,
    Cleared,
    Copied,
    Cut,
    Erased,
    Extended,
    Finished,
    Freed,
    Locked,
    PageAdded,
    PageChanged,
    PageLocked,
    PageMoved,
    PageRemoved,
    PageTurned,
    Put,
    Restored,
)
from .errors import Code, Refused
from .state import EVERYBODY, STAFF

__all__ = [
    "EVERYBODY",
    "STAFF",
    "Begun",
    "Board",
    "Change",
    "Changed",
    "Cleared",
    "Code",
    "Copied",
    "Cut",
    "Erased",
    "Extended",
    "Finished",
    "Freed",
    "Locked",
    "PageAdded",
    "PageChanged",
    "PageLocked",
    "PageMoved",
    "PageRemoved",
    "PageTurned",
    "Put",
    "Refused",
    "Restored",
]
