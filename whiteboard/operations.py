"""What every operation stands on: the state, the ink that waits, and the checks that they share.

An operation changes nothing itself, `apply` does: the caller applies what it got, all of it and in order, before it
asks for the next operation.  The one exception is `extend`, whose points wait (ink.py) until `flush` or any operation
on their stroke lets them out.  Who may draw at all, or turn pages, is the caller's table of rights; decided here is
what one can see, whose a shape is, locks, limits and existence.
"""

from collections.abc import Callable, Iterable

from .changes import Change, Finished
from .errors import Code, Refused
from .ink import Ink
from .limits import (
    BOARD_SHAPES_MAX,
    PAGE_SHAPES_MAX,
    POINTS_MAX,
    SCRATCH_POINTS_MAX,
    SCRATCH_SHAPES_MAX,
    SHAPES_A_MESSAGE,
)
from .page import Page
from .shape import Shape, parse_id
from .state import State


class Operations:
    """`staff` says of each operation whether the acting member is staff."""

    def __init__(self) -> None:
        self._known = State()
        self._unread: Callable[[], State] | None = None  # of a kept board, of which only what is shown is known yet
        self._ink = Ink()

    @property
    def _state(self) -> State:
        if self._unread is not None:
            self._known, self._unread = self._unread(), None
        return self._known

    def apply(self, change: Change) -> None:
        self._state.apply(change)

    def next_shape(self, member: int) -> int:
        """The first `n` that the member has not used; a restored client board does not know it."""
        return self._state.last_shape.get(member, 0) + 1

    def owner(self, page: int) -> int | None:
        """Whose scratch page this is; None: nobody's, or there is none."""
        found = self._state.pages.get(page)
        return None if found is None else found.owner

    # What is there, for whoever asks

    def _page(self, page: int, member: int, *, staff: bool) -> Page:
        found = self._state.pages.get(page)
        if found is None or not (staff or found.owner in (None, member)):
            raise Refused(Code.NOT_FOUND, f"no page {page}")
        return found

    def _common_page(self, page: int) -> Page:
        found = self._state.pages.get(page)
        if found is None:
            raise Refused(Code.NOT_FOUND, f"no page {page}")
        if found.owner is not None:
            raise Refused(Code.INVALID, f"page {page} is somebody's own")
        return found

    def _find(self, shape: str, member: int, *, staff: bool, kept: bool = False) -> Shape | None:
        """A shape that is on the board, or `kept` for undo, unless it is on a page that the member does not see."""
        found = self._state.shapes.get(shape)
        if found is None and kept:
            found = self._state.past.kept.get(shape)
        if found is None or not (staff or self._state.pages[found.page].owner in (None, member)):
            return None
        return found

    def _shape(self, shape: str, member: int, *, staff: bool) -> Shape:
        if (found := self._find(shape, member, staff=staff)) is None:
            raise Refused(Code.NOT_FOUND, f"no shape {shape}")
        return found

    def _those_there(self, shapes: Iterable[str], member: int, *, staff: bool, kept: bool = False) -> list[Shape]:
        """Of these shapes those that are there (BOARD-10), when they are the member's to change.

        Raises:
            Refused: none is there, one is not the member's, they lie on pages that different people see, or too many.
        """
        names = list(dict.fromkeys(shapes))
        if len(names) > SHAPES_A_MESSAGE:
            raise Refused(Code.TOO_LARGE, f"at most {SHAPES_A_MESSAGE} shapes at once")
        there = [found for name in names if (found := self._find(name, member, staff=staff, kept=kept))]
        if not there:
            raise Refused(Code.NOT_FOUND, "no such shape on the board")
        for shape in there:
            if shape.author != member and not staff:
                raise Refused(Code.FORBIDDEN, f"{shape.id} is not yours")
        self._check_seen_alike(shape.page for shape in there)
        self._check_pages_unlocked(there, staff=staff)
        return there

    def _own(self, member: int, shape: str, *, staff: bool) -> Shape:
        found = self._shape(shape, member, staff=staff)
        if found.author != member or found.maker != member:
            raise Refused(Code.FORBIDDEN, f"{shape} is not yours")
        return found

    # Checks

    def _check_new_id(self, member: int, shape: str) -> None:
        author, n, piece = parse_id(shape)
        if piece or author != member:
            raise Refused(Code.FORBIDDEN, f"member {member} draws shapes {member}.<n>, not {shape}")
        if n < self.next_shape(member):
            raise Refused(Code.CONFLICT, f"{shape} is used: go on with {member}.{self.next_shape(member)}")

    def _check_unlocked(self, page: Page, *, staff: bool) -> None:
        if staff or page.owner is not None:
            return
        if self._state.locked:
            raise Refused(Code.LOCKED, "the board is locked")
        if page.locked:
            raise Refused(Code.LOCKED, f"page {page.id} is locked")

    def _check_pages_unlocked(self, shapes: Iterable[Shape], *, staff: bool) -> None:
        for page in {shape.page for shape in shapes}:
            self._check_unlocked(self._state.pages[page], staff=staff)

    def _check_seen_alike(self, pages: Iterable[int]) -> None:
        """One operation is one event, and an event is for certain eyes (SCRATCH-2)."""
        if len({self._state.pages[page].owner for page in pages}) > 1:
            raise Refused(Code.INVALID, "these shapes are not seen by the same people")

    def _check_room_for(self, shapes: Iterable[tuple[int, int]]) -> None:
        """Is there room for more shapes?  Of each its page, and how many points it has."""
        more: dict[int, list[int]] = {}
        for number, points in shapes:
            more.setdefault(number, []).append(points)
        common = {number: counts for number, counts in more.items() if self._state.pages[number].owner is None}
        for number, counts in more.items():
            page = self._state.pages[number]
            most = PAGE_SHAPES_MAX if number in common else SCRATCH_SHAPES_MAX
            if page.count + len(counts) > most:
                raise Refused(Code.FULL, f"a page shows at most {most} shapes: turn to a new one")
            self._check_points(page, sum(counts))
        if common and self._state.common + sum(map(len, common.values())) > BOARD_SHAPES_MAX:
            raise Refused(Code.FULL, f"a board shows at most {BOARD_SHAPES_MAX} shapes")

    def _check_points(self, page: Page, more: int) -> None:
        """Is there room for more points, besides those that wait?"""
        there, most = (
            (self._state.points + self._ink.count, POINTS_MAX)
            if page.owner is None
            else (page.points + self._ink.held(page.owner), SCRATCH_POINTS_MAX)
        )
        if more and there + more > most:
            raise Refused(Code.FULL, f"at most {most} points are shown there")

    # What goes before

    def _finish(self, shapes: Iterable[Shape]) -> list[Change]:
        """Points that wait for open strokes, and the end of these strokes (BOARD-7, BOARD-8)."""
        changes: list[Change] = []
        for shape in shapes:
            if shape.open:
                changes += [*self._ink.take(shape.id), Finished(shape.id)]
        return changes
