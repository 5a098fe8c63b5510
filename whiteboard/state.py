"""The board as the fold of its changes.

`State.apply` decides nothing and refuses nothing: whoever applies the same changes in the same order has an equal
board, with equal histories.  A snapshot is what one member sees, without histories; it and the changes after it lead
to the same picture.  Rules: BOARD-23, BOARD-24.
"""

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from sys import intern
from typing import Any

from . import changes as c
from .history import Past, Reversal, Setting, Step, Swap, drew, took
from .page import Page, unpack
from .pieces import pieces_of
from .shape import Body, Shape, parse_id, piece_of

FIRST_PAGE = 1  # docs/rules.md BOARD-1
EVERYBODY = 0  # eyes that see the common pages
STAFF = -1  # eyes that see every page


class State:
    """Everything that the changes say.  Read freely; only `apply` writes, and whoever builds a board from bytes."""

    def __init__(self) -> None:
        self.pages = {FIRST_PAGE: Page(FIRST_PAGE)}  # in order
        self.current = FIRST_PAGE
        self.locked = False
        self.free = False
        self.shapes: dict[str, Shape] = {}  # of all pages
        self.open: dict[str, Shape] = {}  # strokes that are still being drawn
        self.points = 0  # of all shapes on common pages
        self.common = 0  # shapes on common pages
        self.top = 0  # the highest `z` ever given
        self.bottom = 0  # and the lowest
        self.numbered = FIRST_PAGE  # the highest page number ever given
        self.cut = 0  # pieces ever made by an area eraser
        self.changed = 0  # times that properties were set
        self.last_shape: dict[int, int] = {}  # the highest `n` an author has used
        self.past = Past()
        self._reversal: tuple[int, bool, Reversal | None] | None = None  # the newest answer, until something changes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self._whole() == other._whole()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def apply(self, change: c.Change) -> None:
        if isinstance(change, c.Extended):  # the one that flies by the thousand
            self._extended(change)
        else:
            _FOLDS[type(change)](self, change)
            self._reversal = None

    # What is seen

    def seen(self, eyes: int) -> list[Page]:
        """The pages that a member sees (or EVERYBODY, STAFF), in order."""
        return [page for page in self.pages.values() if eyes == STAFF or page.owner in (None, eyes)]

    def snapshot(self, eyes: int = STAFF) -> dict[str, Any]:
        """What a member sees, as plain data; finished shapes are in `chunks`.

        {"current", "free", "locked", "pages": [{"page", "background", "locked", "owner"?, "shapes", "chunks"}, …]}
        """
        return self._board(eyes, lambda page: {"shapes": self._open_on(page), "chunks": len(page.chunks())})

    def chunks(self, eyes: int = STAFF) -> list[tuple[int, bytes]]:
        """The finished shapes of a snapshot: (page, chunk); current page first, then the member's own (BOARD-27)."""
        pages = sorted(self.seen(eyes), key=lambda page: (page.id != self.current, page.owner != eyes))
        return [(page.id, chunk) for page in pages for chunk in page.chunks()]

    def picture(self, eyes: int = STAFF) -> dict[str, Any]:
        """A snapshot with all shapes in it: {"current", …, "pages": [{"page", …, "shapes": [body, …]}, …]}."""
        return self._board(eyes, lambda page: {"shapes": [shape.body() for shape in page]})

    def _board(self, eyes: int, content: Callable[[Page], Mapping[str, Any]]) -> dict[str, Any]:
        return {
            "current": self.current,
            "free": self.free,
            "locked": self.locked,
            "pages": [
                {
                    "page": page.id,
                    "background": page.background,
                    "locked": page.locked,
                    **({} if page.owner is None else {"owner": page.owner}),
                    **content(page),
                }
                for page in self.seen(eyes)
            ],
        }

    def _open_on(self, page: Page) -> list[dict[str, Any]]:
        return [shape.body() for shape in self.open.values() if shape.page == page.id]

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> "State":
        """The board that a snapshot shows, before its chunks have come; its histories are empty."""
        state = cls()
        state.pages = {
            page["page"]: Page(page["page"], page["background"], page["locked"], page.get("owner"))
            for page in snapshot["pages"]
        }
        state.current, state.free, state.locked = snapshot["current"], snapshot["free"], snapshot["locked"]
        state.numbered = max(state.pages)
        for page in snapshot["pages"]:
            for body in page["shapes"]:
                state.put(Shape.of(body))
        return state

    def fill(self, chunk: bytes) -> None:
        """
        Raises:
            ValueError: this is no chunk.
        """
        for shape in unpack(chunk):
            self.put(shape)

    # Strokes

    def _begun(self, change: c.Begun) -> None:
        x, y = change.start
        author = self._count(change.shape)
        shape = Shape(
            change.shape,
            change.page,
            author,
            intern(change.kind),
            change.z,
            (x, y),
            intern(change.color),
            change.width,
            points=array("h"),
            open=True,
        )
        self.put(shape)
        self.past.did(author, drew(change.shape))

    def _extended(self, change: c.Extended) -> None:
        shape, more = self.shapes[change.shape], len(change.points) // 2
        shape.extend(change.points, change.pressure)
        page = self.pages[shape.page]
        page.points += more
        self.points += more if page.owner is None else 0

    def _finished(self, change: c.Finished) -> None:
        shape = self.open.pop(change.shape)
        shape.open = False
        self.pages[shape.page].touch(shape)

    # Objects

    def _put(self, change: c.Put) -> None:
        shape = Shape.of(change.body)
        self._count(shape.id)
        self.put(shape)
        self.past.did(change.member, drew(shape.id))

    def _copied(self, change: c.Copied) -> None:
        for body in change.shapes:
            shape = Shape.of(body)
            shape.maker = self._count(shape.id)
            self.put(shape)
        self.past.did(change.member, drew(*(body["id"] for body in change.shapes)))

    def _changed(self, change: c.Changed) -> None:
        if change.undo or change.redo:
            settings = self._reversed(change)
        else:
            self.changed += 1
            settings = self._settings(change)
            self.past.did(change.member, Step(settings=settings))
        for name, properties in change.set.items():
            shape = self.shapes[name]
            page = self.pages[shape.page]
            if "z" in properties:
                page.take(shape)
            for key, value in properties.items():
                setting = settings.get(name, {}).get(key)
                mark = (change.member, self.changed) if setting is None else setting.was if change.undo else setting.now
                shape.set(key, value, mark)
            if "z" in properties:
                page.put(shape)
                self._stack(shape.z)
            page.touch(shape)

    def _settings(self, change: c.Changed) -> dict[str, dict[str, Setting]]:
        """What the change sets, and what was there."""
        now = (change.member, self.changed)
        return {
            name: {
                key: Setting(_plain(self.shapes[name].value(key)), _plain(value), self.shapes[name].mark(key), now)
                for key, value in properties.items()
            }
            for name, properties in change.set.items()
        }

    # Taking away, and bringing back

    def _erased(self, change: c.Erased) -> None:
        if change.undo or change.redo:
            self._reversed(change)
        else:
            self.past.did(change.member, took(change.shapes))
        self._take_away(change.shapes, _whose(change))

    def _cut(self, change: c.Cut) -> None:
        swaps = []
        for name, parts in change.cuts.items():
            pieces = pieces_of(self.shapes[name], parts)
            self._take_away([name], change.member)
            for piece in pieces:
                self.cut = max(self.cut, piece_of(piece.id))
                piece.maker = change.member
                self.put(piece)
            swaps.append(Swap((name,), tuple(piece.id for piece in pieces)))
        self.past.did(change.member, Step(tuple(swaps)))

    def _cleared(self, change: c.Cleared) -> None:
        gone = [shape.id for shape in self.on_page(change.page, change.whose)]
        self._take_away(gone, change.member)
        self.past.did(change.member, took(gone))

    def _restored(self, change: c.Restored) -> None:
        self._reversed(change)
        back = [self._brought_back(body) for body in change.shapes]
        bundles = [(self._unpacked(*packed), packed[1]) for packed in change.chunks]
        self._take_away(change.gone, _whose(change))
        for shape in back:
            self.put(shape)
        for shapes, chunk in bundles:
            self.lay(shapes[0].page, shapes, chunk)

    def _brought_back(self, body: Body) -> Shape:
        kept = self.past.bring(body["id"])  # with its writers, which a body does not tell
        return Shape.of(body) if kept is None else kept

    def _unpacked(self, ids: Sequence[str], chunk: bytes) -> list[Shape]:
        kept = [shape for name in ids if (shape := self.past.bring(name)) is not None]
        if len(kept) == len(ids):
            return kept
        known = {shape.id: shape for shape in kept}
        return [known.get(shape.id, shape) for shape in unpack(chunk)]

    def _reversed(self, change: c.Reversible) -> Mapping[str, Mapping[str, Setting]]:
        """Move the step that was reversed to the other side; its settings."""
        whose = _whose(change)
        reversal = self.reversal(whose, redo=change.redo)
        if reversal is None:  # a board without histories
            return {}
        self.past.reversed(whose, reversal, redo=change.redo)
        return reversal.step.settings

    def reversal(self, author: int, *, redo: bool) -> Reversal | None:
        """What the author's next undo or redo would do.  Asked to check, to decide and to apply, worked out once."""
        if self._reversal is None or self._reversal[:2] != (author, redo):
            self._reversal = author, redo, self.past.reversal(author, redo=redo, there=self.shapes)
        return self._reversal[2]

    # Pages

    def _page_added(self, change: c.PageAdded) -> None:
        """A scratch page comes last: not everybody sees those before it."""
        pages = list(self.pages.values())
        behind = list(self.pages).index(change.after) + 1 if change.owner is None else len(pages)
        pages.insert(behind, Page(change.page, change.background, owner=change.owner))
        self.pages = {page.id: page for page in pages}
        self.numbered = change.page

    def _page_turned(self, change: c.PageTurned) -> None:
        self.current = change.page

    def _page_moved(self, change: c.PageMoved) -> None:
        moved = self.pages.pop(change.page)
        pages = list(self.pages.values())
        place = len(pages) if change.before is None else list(self.pages).index(change.before)
        self.pages = {page.id: page for page in (*pages[:place], moved, *pages[place:])}

    def _page_changed(self, change: c.PageChanged) -> None:
        self.pages[change.page].background = change.background

    def _page_removed(self, change: c.PageRemoved) -> None:
        for shape in list(self.pages[change.page]):
            self._take(shape.id)
            self.open.pop(shape.id, None)
        del self.pages[change.page]
        self.past.forget_page(change.page)

    def _page_locked(self, change: c.PageLocked) -> None:
        self.pages[change.page].locked = change.on

    def _locked(self, change: c.Locked) -> None:
        self.locked = change.on

    def _freed(self, change: c.Freed) -> None:
        self.free = change.on

    # Shapes come and go

    def on_page(self, page: int | None, whose: str | int) -> Sequence[Shape]:
        """Shapes of a page, or of every common page, in drawing order: "all", or one author's."""
        pages = self.seen(EVERYBODY) if page is None else [self.pages[page]]
        return [shape for sheet in pages for shape in sheet if whose in ("all", shape.author)]

    def put(self, shape: Shape) -> None:
        """A shape that is not there."""
        page = self.pages[shape.page]
        page.put(shape)
        self.shapes[shape.id] = shape
        self._on_common(page, 1, shape.count)
        self._stack(shape.z)
        if shape.open:
            self.open[shape.id] = shape

    def lay(self, page: int, shapes: list[Shape], chunk: bytes) -> None:
        """A whole bundle of finished shapes, in drawing order, on a page that has none of them."""
        sheet = self.pages[page]
        before = sheet.points
        sheet.lay(shapes, chunk)
        self.shapes.update({shape.id: shape for shape in shapes})
        self._on_common(sheet, len(shapes), sheet.points - before)
        self._stack(shapes[0].z)
        self._stack(shapes[-1].z)

    def _take(self, name: str) -> Shape:
        shape = self.shapes.pop(name)
        page = self.pages[shape.page]
        page.take(shape)
        self._on_common(page, -1, -shape.count)
        return shape

    def _on_common(self, page: Page, shapes: int, points: int) -> None:
        if page.owner is None:
            self.common += shapes
            self.points += points

    def _take_away(self, shapes: Collection[str], author: int) -> None:
        """Take shapes from their pages, and keep them for the author's history."""
        leaving = set(shapes)
        for page in {self.shapes[name].page for name in leaving}:
            self.pages[page].pack(leaving)
        self.past.keep([self._take(name) for name in shapes], author)

    def _stack(self, z: int) -> None:
        if z > self.top:
            self.top = z
        elif z < self.bottom:
            self.bottom = z

    def _count(self, shape: str) -> int:
        """The member who drew a new shape; its number is used from here on."""
        member, n, _ = parse_id(shape)
        self.last_shape[member] = max(n, self.last_shape.get(member, 0))
        return member

    def _whole(self) -> tuple[object, ...]:
        counts = (
            self.points,
            self.common,
            self.top,
            self.bottom,
            self.numbered,
            self.cut,
            self.changed,
            self.last_shape,
        )
        return self.picture(), self.shapes, list(self.open), counts, self.past


def _whose(change: c.Reversible) -> int:
    """In whose history a change stands."""
    return change.member if change.author is None else change.author


def _plain(value: Any) -> Any:
    """As JSON has it, so that a history is the same when it was kept and read back."""
    return list(value) if isinstance(value, tuple) else value


_FOLDS: Mapping[type[object], Callable[[State, Any], None]] = {
    c.Begun: State._begun,
    c.Finished: State._finished,
    c.Put: State._put,
    c.Copied: State._copied,
    c.Changed: State._changed,
    c.Erased: State._erased,
    c.Cut: State._cut,
    c.Cleared: State._cleared,
    c.Restored: State._restored,
    c.PageAdded: State._page_added,
    c.PageTurned: State._page_turned,
    c.PageMoved: State._page_moved,
    c.PageChanged: State._page_changed,
    c.PageRemoved: State._page_removed,
    c.PageLocked: State._page_locked,
    c.Locked: State._locked,
    c.Freed: State._freed,
}
