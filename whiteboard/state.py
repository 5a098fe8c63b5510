"""The board as the fold of its changes.

`State.apply` decides nothing and refuses nothing: whoever applies the same changes in the same order has an equal
board, with equal histories.  A snapshot is what everybody sees, without histories; it and the changes after it lead
to the same picture.  Rules: BOARD-23, BOARD-24.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

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
    Reversible,
)
from .history import Past, Reversal, Step
from .shape import Shape, parse_id

FIRST_PAGE = 1  # docs/rules.md BOARD-1


@dataclass(slots=True)
class Page:
    """A sheet; its shapes in drawing order."""

    id: int
    background: str = "blank"
    locked: bool = False
    shapes: dict[str, Shape] = field(default_factory=dict)


class State:
    """Everything that the changes say.  Read freely; only `apply` writes, and whoever builds a board from bytes."""

    def __init__(self) -> None:
        self.pages = {FIRST_PAGE: Page(FIRST_PAGE)}  # in order
        self.current = FIRST_PAGE
        self.shapes: dict[str, Shape] = {}  # of all pages
        self.open: dict[str, Shape] = {}  # strokes that are still being drawn
        self.drawn = 0  # shapes ever drawn: the newest one's `z`
        self.numbered = FIRST_PAGE  # the highest page number ever given
        self.last_shape: dict[int, int] = {}  # the highest `n` an author has used
        self.past = Past()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self._whole() == other._whole()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def apply(self, change: Change) -> None:
        match change:
            case Extended():
                self.shapes[change.shape].extend(change.points, change.pressure)
            case Begun():
                self._begun(change)
            case Finished():
                self.open.pop(change.shape).finish()
            case Erased():
                self._erased(change)
            case Cleared():
                self._cleared(change)
            case Restored():
                self._restored(change)
            case PageAdded():
                self._page_added(change)
            case PageTurned():
                self.current = change.page
            case PageRemoved():
                self._page_removed(change)
            case PageLocked():
                self.pages[change.page].locked = change.on
            case _:
                assert_never(change)

    def snapshot(self) -> dict[str, Any]:
        """What everybody sees, as plain data.  The shapes' bodies are shared with the board: read only.

        {"current": page, "drawn": count, "pages": [{"page", "background", "locked", "shapes": [body, …]}, …]}
        """
        return {
            "current": self.current,
            "drawn": self.drawn,
            "pages": [
                {
                    "page": page.id,
                    "background": page.background,
                    "locked": page.locked,
                    "shapes": [shape.body() for shape in page.shapes.values()],
                }
                for page in self.pages.values()
            ],
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> "State":
        """The board that a snapshot shows; its histories are empty."""
        state = cls()
        state.pages = {
            page["page"]: Page(page["page"], page["background"], page["locked"]) for page in snapshot["pages"]
        }
        state.current = snapshot["current"]
        state.drawn = snapshot["drawn"]
        state.numbered = max(state.pages)
        for page in snapshot["pages"]:
            for body in page["shapes"]:
                state.put(Shape.of(body))
        return state

    def _begun(self, change: Begun) -> None:
        author, n = parse_id(change.shape)
        self.last_shape[author] = n
        self.drawn += 1
        self.put(
            Shape(
                id=change.shape,
                page=change.page,
                author=author,
                kind=change.kind,
                color=change.color,
                width=change.width,
                start=change.start,
                z=self.drawn,
            )
        )
        self.past.did(author, Step(added=True, shapes=(change.shape,)))

    def _erased(self, change: Erased) -> None:
        self._take_away(change.shapes)
        if change.undo or change.redo:
            reversal = Reversal(erases=True, shapes=tuple(change.shapes))
            self.past.reversed(_author(change), reversal, redo=change.redo)
        else:
            self.past.did(change.member, Step(added=False, shapes=tuple(change.shapes)))

    def _cleared(self, change: Cleared) -> None:
        gone = tuple(shape.id for shape in self.on_page(change.page, change.whose))
        self._take_away(gone)
        self.past.did(change.member, Step(added=False, shapes=gone))

    def _restored(self, change: Restored) -> None:
        shapes = [Shape.of(body) for body in change.shapes]
        for shape in shapes:
            self.past.kept.pop(shape.id, None)
            self.put(shape)
        for page in {shape.page: self.pages[shape.page] for shape in shapes}.values():
            page.shapes = dict(sorted(page.shapes.items(), key=lambda item: item[1].z))  # BOARD-18
        reversal = Reversal(erases=False, shapes=tuple(shape.id for shape in shapes))
        self.past.reversed(_author(change), reversal, redo=change.redo)

    def _page_added(self, change: PageAdded) -> None:
        pages = list(self.pages.values())
        behind = list(self.pages).index(change.after) + 1
        pages.insert(behind, Page(change.page, change.background))
        self.pages = {page.id: page for page in pages}
        self.numbered = change.page

    def _page_removed(self, change: PageRemoved) -> None:
        for shape in self.pages.pop(change.page).shapes:
            del self.shapes[shape]
            self.open.pop(shape, None)
        self.past.forget_page(change.page)

    def on_page(self, page: int, whose: str | int) -> list[Shape]:
        """Shapes of a page in drawing order: "all", or one author's."""
        return [shape for shape in self.pages[page].shapes.values() if whose in ("all", shape.author)]

    def put(self, shape: Shape) -> None:
        """A shape that is not there: behind all others of its page."""
        self.pages[shape.page].shapes[shape.id] = shape
        self.shapes[shape.id] = shape
        if not shape.finished:
            self.open[shape.id] = shape

    def _take_away(self, shapes: Iterable[str]) -> None:
        gone = [self.shapes.pop(shape) for shape in shapes]
        for shape in gone:
            del self.pages[shape.page].shapes[shape.id]
        self.past.keep(gone)

    def _whole(self) -> tuple[object, ...]:
        return self.snapshot(), self.numbered, self.last_shape, self.past


def _author(change: Reversible) -> int:
    """Whose history a change belongs to."""
    return change.member if change.author is None else change.author
