"""What can happen to a board: one frozen class a change, past tense.

A room's log stores these under the names of docs/protocol.md, field by field.  `member` is who did it.  `undo` or
`redo` marks what a reversal caused, and `author` then names whose history it came from, when that is not `member`'s
own.
"""

from typing import Literal

from msgspec import Struct

from .shape import Body


class Begun(Struct, frozen=True):
    """A pen was put down at `start` (x, y), in board units."""

    member: int
    shape: str
    page: int
    kind: str
    color: str
    width: int
    start: tuple[int, int]


class Extended(Struct, frozen=True):
    """A stroke went on: flat dx, dy from the point before, and a pressure (0 .. 255) for each point, or none at all."""

    shape: str
    points: tuple[int, ...]
    pressure: tuple[int, ...] | None = None


class Finished(Struct, frozen=True):
    """The pen was lifted; the stroke is extended no more."""

    shape: str


class Erased(Struct, frozen=True):
    """These shapes are gone; all of them were finished, and there."""

    member: int
    shapes: tuple[str, ...]
    undo: bool = False
    redo: bool = False
    author: int | None = None


class Cleared(Struct, frozen=True):
    """Every shape of a page is gone, or every shape of one author on it."""

    member: int
    page: int
    whose: Literal["all"] | int


class Restored(Struct, frozen=True):
    """Shapes are back, whole, each at its old place in the drawing order.  Only reversals cause it."""

    member: int
    shapes: tuple[Body, ...]
    undo: bool = False
    redo: bool = False
    author: int | None = None


class PageAdded(Struct, frozen=True):
    """An empty page behind the page `after`."""

    member: int
    page: int
    after: int
    background: str


class PageTurned(Struct, frozen=True):
    """Everybody now looks at this page."""

    member: int
    page: int


class PageRemoved(Struct, frozen=True):
    """A page is gone with all that was on it; this cannot be taken back."""

    member: int
    page: int


class PageLocked(Struct, frozen=True):
    """Students may no longer (`on`), or may again, change what is on a page."""

    member: int
    page: int
    on: bool


Reversible = Erased | Restored
Change = Begun | Extended | Finished | Erased | Cleared | Restored | PageAdded | PageTurned | PageRemoved | PageLocked
