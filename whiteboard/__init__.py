"""The board: pages of ink, who may change what on them, what can be taken back.

Pure: no sockets, no clock, no randomness, nothing of ours.  It knows no wire: an operation returns `Change`s, and
whoever applies the same changes in the same order has the same board.  Rules: BOARD-* in docs/rules.md.

    changes.py   what can happen to a board, one frozen class each
    state.py     the board as the fold of its changes; snapshots
    history.py   what each author can take back
    shape.py     one shape, and its plain-data body
    packed.py    the whole board as bytes, to be kept
    board.py     the operations: check, refuse, or say what changes
    ink.py       points on their way, not yet part of any stroke
"""

from .board import Board
from .changes import (
    Begun,
    Change,
    Cleared,
    Erased,
    Extended,
    Finished,
    PageAdded,
    PageLocked,
    PageRemoved,
    PageTurned,
    Restored,
)
from .errors import Code, Refused

__all__ = [
    "Begun",
    "Board",
    "Change",
    "Cleared",
    "Code",
    "Erased",
    "Extended",
    "Finished",
    "PageAdded",
    "PageLocked",
    "PageRemoved",
    "PageTurned",
    "Refused",
    "Restored",
]
