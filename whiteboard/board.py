"""The operations on a board: each checks, refuses before anything has changed, or returns the changes to be applied.

An operation changes nothing itself, `apply` does: the caller applies what it got, all of it and in order, before it
asks for the next operation.  The one exception is `extend`, whose points wait (ink.py) until `flush` or any operation
on their stroke lets them out.  Who may draw at all, or turn pages, is the caller's table of rights; decided here is
whose a shape is, page locks, limits and existence.  Rules: BOARD-* in docs/rules.md.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

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
from .ink import Ink, end_of
from .limits import BACKGROUNDS, BOARD_SHAPES_MAX, PAGE_SHAPES_MAX, PAGES_MAX, STROKES, WIDTH_MAX
from .packed import pack, unpack
from .shape import Body, Shape, parse_id
from .state import Page, State

_COLOR = re.compile(r"#[0-9a-f]{6}")


class Board:
    """One room's board.  `staff` says whether the acting member is staff; pages are for whom the caller lets."""

    def __init__(self) -> None:
        self._state = State()
        self._ink = Ink()

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> "Board":
        """The board that a snapshot shows, without histories: for a client, which applies the changes that follow."""
        board = cls()
        board._state = State.restore(snapshot)
        return board

    def dump(self) -> bytes:
        """All but the points that wait, to be kept; see `packed.py`."""
        return pack(self._state)

    @classmethod
    def load(cls, data: bytes) -> "Board":
        """The board that was dumped, on a machine of the same byte order.

        Raises:
            ValueError: these bytes are none.
        """
        board = cls()
        board._state = unpack(data)
        return board

    def __eq__(self, other: object) -> bool:
        """Equal pages, shapes, numbers and histories; points that still wait do not count."""
        return isinstance(other, Board) and self._state == other._state

    __hash__ = None  # type: ignore[assignment]  # it changes

    def apply(self, change: Change) -> None:
        self._state.apply(change)

    def snapshot(self) -> dict[str, Any]:
        """What everybody sees, as plain data; see `State.snapshot`.  Read only."""
        return self._state.snapshot()

    @property
    def current(self) -> int:
        """The page that everybody looks at."""
        return self._state.current

    @property
    def pages(self) -> list[int]:
        return list(self._state.pages)

    @property
    def pending(self) -> bool:
        """Do points wait to be flushed?"""
        return bool(self._ink)

    def shape(self, shape: str) -> Shape | None:
        """A shape that is on the board; read only."""
        return self._state.shapes.get(shape)

    def body(self, shape: str) -> Body:
        """A shape that is on the board, or was and can be brought back; read only.

        Raises:
            KeyError: there is none.
        """
        return (self._state.shapes.get(shape) or self._state.past.kept[shape]).body()

    def next_shape(self, member: int) -> int:
        """The first `n` that the member has not used; a restored client board does not know it."""
        return self._state.last_shape.get(member, 0) + 1

    # Strokes

    def begin(
        self,
        member: int,
        shape: str,
        *,
        page: int,
        kind: str,
        color: str,
        width: int,
        at: tuple[int, int],
        staff: bool = False,
    ) -> list[Change]:
        """Put the pen down at `at`, in board units."""
        author, n = parse_id(shape)
        if author != member:
            raise Refused(Code.FORBIDDEN, f"member {member} draws shapes {member}.<n>, not {shape}")
        if n < self.next_shape(member):
            raise Refused(Code.CONFLICT, f"{shape} is used: go on with {member}.{self.next_shape(member)}")
        self._check_unlocked(self._page(page), staff=staff)
        if kind not in STROKES:
            raise Refused(Code.INVALID, f"a stroke is one of {', '.join(sorted(STROKES))}, not {kind!r}")
        if not _COLOR.fullmatch(color):
            raise Refused(Code.INVALID, f"a colour is #rrggbb in lower case, not {color!r}")
        if not 1 <= width <= WIDTH_MAX:
            raise Refused(Code.INVALID, f"a width is 1 to {WIDTH_MAX}, not {width}")
        x, y = at
        start = end_of(0, 0, (x, y))
        self._check_room_for([page])
        return [Begun(member, shape, page, kind, color, width, start)]

    def extend(
        self,
        member: int,
        shape: str,
        points: Sequence[int],
        pressure: Sequence[int] | None = None,
        *,
        staff: bool = False,
    ) -> None:
        """Let points wait for one's own open stroke: flat dx, dy from the point before; pressures 0 .. 255."""
        stroke = self._own(member, shape)
        if stroke.finished:
            raise Refused(Code.CONFLICT, f"{shape} is finished")
        self._check_unlocked(self._page(stroke.page), staff=staff)
        self._ink.add(stroke, points, pressure)

    def flush(self, *, author: int | None = None, shape: str | None = None) -> list[Extended]:
        """Let waiting points out, one change a stroke: of all strokes, one author's, or one stroke."""
        waiting = self._ink.waiting(author) if shape is None else [shape]
        return [extended for name in waiting for extended in self._ink.take(name)]

    def finish(self, member: int, shape: str) -> list[Change]:
        """Lift the pen; once more is harmless."""
        return self._finished([self._own(member, shape)])

    def finish_open(self, member: int) -> list[Change]:
        """Finish what a lost line has left open."""
        return self._finished([shape for shape in self._state.open.values() if shape.author == member])

    # Taking away, and taking back

    def erase(self, member: int, shapes: Iterable[str], *, staff: bool = False) -> list[Change]:
        """Take shapes away; those already gone are passed over, unless all are (BOARD-10)."""
        there = [self._state.shapes[name] for name in dict.fromkeys(shapes) if name in self._state.shapes]
        if not there:
            raise Refused(Code.NOT_FOUND, "no such shape on the board")
        for shape in there:
            if shape.author != member and not staff:
                raise Refused(Code.FORBIDDEN, f"{shape.id} is not yours")
        self._check_pages_unlocked(there, staff=staff)
        return [*self._finished(there), Erased(member, tuple(shape.id for shape in there))]

    def clear(
        self, member: int, page: int, whose: Literal["mine", "all"] | int = "mine", *, staff: bool = False
    ) -> list[Change]:
        """Take away all shapes of a page, or one author's; harmless when there are none."""
        of = member if whose == "mine" else whose
        sheet = self._page(page)
        if of != member and not staff:
            raise Refused(Code.FORBIDDEN, "you can clear only what is yours")
        self._check_unlocked(sheet, staff=staff)
        there = self._state.on_page(page, of)
        return [*self._finished(there), Cleared(member, page, of)] if there else []

    def undo(self, member: int, author: int | None = None, *, staff: bool = False) -> list[Change]:
        """Take back one's own last step, or as staff that of `author`."""
        return self._reverse(member, author, redo=False, staff=staff)

    def redo(self, member: int, author: int | None = None, *, staff: bool = False) -> list[Change]:
        """Do again what was undone last."""
        return self._reverse(member, author, redo=True, staff=staff)

    def _reverse(self, member: int, author: int | None, *, redo: bool, staff: bool) -> list[Change]:
        whose = member if author is None else author
        if whose != member and not staff:
            raise Refused(Code.FORBIDDEN, "you can take back only what is yours")
        state = self._state
        reversal = state.past.reversal(whose, redo=redo, there=state.shapes)
        if reversal is None:
            raise Refused(Code.CONFLICT, f"nothing to {'redo' if redo else 'undo'}")
        named = None if whose == member else whose
        if reversal.erases:
            gone = [state.shapes[name] for name in reversal.shapes]
            self._check_pages_unlocked(gone, staff=staff)
            return [*self._finished(gone), Erased(member, reversal.shapes, undo=not redo, redo=redo, author=named)]
        back = [state.past.kept[name] for name in reversal.shapes]
        self._check_pages_unlocked(back, staff=staff)
        self._check_room_for([shape.page for shape in back])
        bodies = tuple(shape.body() for shape in back)
        return [Restored(member, bodies, undo=not redo, redo=redo, author=named)]

    # Pages

    def add_page(self, member: int, after: int | None = None, background: str = "blank") -> list[Change]:
        """An empty page behind `after`; default: behind the last."""
        after = self._page(next(reversed(self._state.pages)) if after is None else after).id
        if background not in BACKGROUNDS:
            raise Refused(Code.INVALID, f"a background is one of {', '.join(sorted(BACKGROUNDS))}")
        if len(self._state.pages) >= PAGES_MAX:
            raise Refused(Code.FULL, f"a board has at most {PAGES_MAX} pages")
        return [PageAdded(member, self._state.numbered + 1, after, background)]

    def turn_page(self, member: int, page: int) -> list[Change]:
        """Everybody follows; harmless when they are there."""
        return [PageTurned(member, page)] if self._page(page).id != self._state.current else []

    def remove_page(self, member: int, page: int) -> list[Change]:
        """Remove a page with all that is on it, for good; whoever looks at it goes to the next, or the one before."""
        shapes = list(self._page(page).shapes.values())
        if len(self._state.pages) == 1:
            raise Refused(Code.CONFLICT, "a board has at least one page")
        turned: list[Change] = []
        if page == self._state.current:
            order = list(self._state.pages)
            place = order.index(page)
            turned = [PageTurned(member, (order[place + 1 :] or order[place - 1 :])[0])]
        return [*self._finished(shapes), *turned, PageRemoved(member, page)]

    def lock_page(self, member: int, page: int, on: bool) -> list[Change]:
        """Keep students from changing a page, or let them again; harmless when it is so."""
        if self._page(page).locked == on:
            return []
        drawn_before = [change for shape in self._state.on_page(page, "all") for change in self._ink.take(shape.id)]
        return [*drawn_before, PageLocked(member, page, on)]

    # Checks, and what goes before

    def _finished(self, shapes: Iterable[Shape]) -> list[Change]:
        """Points that wait for open strokes, and the end of these strokes (BOARD-7, BOARD-8)."""
        changes: list[Change] = []
        for shape in shapes:
            if not shape.finished:
                changes += [*self._ink.take(shape.id), Finished(shape.id)]
        return changes

    def _page(self, page: int) -> Page:
        if page not in self._state.pages:
            raise Refused(Code.NOT_FOUND, f"no page {page}")
        return self._state.pages[page]

    def _own(self, member: int, shape: str) -> Shape:
        if (found := self._state.shapes.get(shape)) is None:
            raise Refused(Code.NOT_FOUND, f"no shape {shape}")
        if found.author != member:
            raise Refused(Code.FORBIDDEN, f"{shape} is not yours")
        return found

    def _check_unlocked(self, page: Page, *, staff: bool) -> None:
        if page.locked and not staff:
            raise Refused(Code.LOCKED, f"page {page.id} is locked")

    def _check_pages_unlocked(self, shapes: Iterable[Shape], *, staff: bool) -> None:
        for page in {shape.page for shape in shapes}:
            self._check_unlocked(self._page(page), staff=staff)

    def _check_room_for(self, pages: Sequence[int]) -> None:
        """Is there room for one more shape on each of the pages named, as often as it is named?"""
        if len(self._state.shapes) + len(pages) > BOARD_SHAPES_MAX:
            raise Refused(Code.FULL, f"a board shows at most {BOARD_SHAPES_MAX} shapes")
        for page, more in Counter(pages).items():
            if len(self._page(page).shapes) + more > PAGE_SHAPES_MAX:
                raise Refused(Code.FULL, f"a page shows at most {PAGE_SHAPES_MAX} shapes: turn to a new one")
