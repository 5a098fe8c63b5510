"""Pages, and what holds for the whole board.  Who may turn them is the caller's table of rights.

Rules: BOARD-1, BOARD-20, BOARD-21, BOARD-32 to BOARD-34, SCRATCH-* in docs/rules.md.
"""

from . import changes as c
from .changes import Change
from .errors import Code, Refused
from .kinds import is_background
from .limits import BACKGROUNDS, PAGES_MAX
from .operations import Operations
from .state import EVERYBODY


class Paging(Operations):
    def add_page(self, member: int, after: int | None = None, background: str = "blank") -> list[Change]:
        """An empty page behind `after`; default: behind the last."""
        common = [page.id for page in self._state.seen(EVERYBODY)]
        after = common[-1] if after is None else self._common_page(after).id
        _check_background(background)
        if len(common) >= PAGES_MAX:
            raise Refused(Code.FULL, f"a board has at most {PAGES_MAX} pages")
        return [c.PageAdded(member, self._state.numbered + 1, after, background)]

    def add_scratch(self, member: int, background: str = "blank") -> list[Change]:
        """A page for the member's own eyes and staff's; one each (SCRATCH-1)."""
        _check_background(background)
        if any(page.owner == member for page in self._state.pages.values()):
            raise Refused(Code.CONFLICT, "you have a page of your own")
        after = self._state.seen(EVERYBODY)[-1].id
        return [c.PageAdded(member, self._state.numbered + 1, after, background, owner=member)]

    def turn_page(self, member: int, page: int) -> list[Change]:
        """Everybody follows; harmless when they are there."""
        return [c.PageTurned(member, page)] if self._common_page(page).id != self._state.current else []

    def move_page(self, member: int, page: int, before: int | None) -> list[Change]:
        """Put a page before another, or behind all."""
        self._common_page(page)
        if before is not None and self._common_page(before).id == page:
            return []
        return [c.PageMoved(member, page, before)]

    def change_page(self, member: int, page: int, background: str) -> list[Change]:
        """Give a page another background; harmless when it has it."""
        _check_background(background)
        sheet = self._page(page, member, staff=True)
        return [] if sheet.background == background else [c.PageChanged(member, page, background)]

    def remove_page(self, member: int, page: int) -> list[Change]:
        """Remove a page with all that is on it, for good; whoever looks at it goes to the next, or the one before."""
        sheet = self._page(page, member, staff=True)
        common = [each.id for each in self._state.seen(EVERYBODY)]
        if common == [page]:
            raise Refused(Code.CONFLICT, "a board has at least one page")
        turned: list[Change] = []
        if page == self._state.current:
            place = common.index(page)
            turned = [c.PageTurned(member, (common[place + 1 :] or common[place - 1 :])[0])]
        return [*self._finish(sheet), *turned, c.PageRemoved(member, page)]

    def lock_page(self, member: int, page: int, on: bool) -> list[Change]:
        """Keep students from changing a page, or let them again; harmless when it is so."""
        sheet = self._common_page(page)
        if sheet.locked == on:
            return []
        drawn_before = [change for shape in sheet if shape.open for change in self._ink.take(shape.id)]
        return [*drawn_before, c.PageLocked(member, page, on)]

    def lock(self, member: int, on: bool) -> list[Change]:
        """Keep students from changing any common page, or let them again; harmless when it is so."""
        if self._state.locked == on:
            return []
        drawn_before = [change for name in list(self._state.open) for change in self._ink.take(name)]
        return [*drawn_before, c.Locked(member, on)]

    def free(self, member: int, on: bool) -> list[Change]:
        """Let everybody look at any page, or gather them again; harmless when it is so."""
        return [] if self._state.free == on else [c.Freed(member, on)]


def _check_background(background: str) -> None:
    if background not in BACKGROUNDS and not is_background(background):
        raise Refused(Code.INVALID, f"a background is one of {', '.join(sorted(BACKGROUNDS))}, or a slide")
