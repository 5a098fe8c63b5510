"""Where somebody points, and where staff have everybody look: signals, of which only the newest counts.

Rules: RIGHT-5, RIGHT-6, SCRATCH-* in docs/rules.md.
"""

from protocol import commands as c
from protocol import notices as n

from .. import effects as fx
from ..effects import Effect
from ..people import Person
from ..state import RoomState
from .board import seen_by


def shown(state: RoomState, me: Person, signal: c.MovePointer | c.ShowView) -> list[Effect]:
    """Passed on to those who see the page; nothing of a page that one does not see oneself."""
    if state.is_closed or state.is_lobby:
        return []
    audience = seen_by(state.board, signal.page)
    if not audience.sees(me.member, me.side):
        return []
    if isinstance(signal, c.ShowView):
        view = n.View(me.member, signal.page, signal.x, signal.y, signal.width)
        return [fx.Flash(("view", me.member), view, me.member, audience)]
    pointer = n.Pointer(me.member, signal.page, signal.x, signal.y, signal.laser)
    return [fx.Flash(("pointer", me.member), pointer, me.member, audience)]
