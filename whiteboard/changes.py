"""What can happen to a board: one frozen class a change, past tense.

A room's log stores these under the names of docs/protocol.md, field by field.  `member` is who did it.  `undo` or
`redo` marks what a reversal caused, and `author` then names whose history it came from, when that is not `member`'s
own.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from .shape import Body, Packed

Part = tuple[str, int, int]  # a piece's id, and from where to where on its parent it lies, in hundredths of a segment


class Begun(Struct, frozen=True):
    """A pen was put down at `start` (x, y), in board units."""

    member: int
    shape: str
    page: int
    kind: str
    color: str
    width: int
    start: tuple[int, int]
    z: int


class Extended(Struct, frozen=True):
    """A stroke went on: flat dx, dy from the point before, and a pressure (0 .. 255) for each point, or none at all."""

    shape: str
    points: tuple[int, ...]
    pressure: tuple[int, ...] | None = None


class Finished(Struct, frozen=True):
    """The pen was lifted; the stroke is extended no more."""

    shape: str


class Put(Struct, frozen=True):
    """A whole shape is there."""

    member: int
    body: Body


class Changed(Struct, frozen=True):
    """Properties of shapes have new values; `z` among them is a new place in the drawing order."""

    member: int
    set: Mapping[str, Mapping[str, Any]]
    undo: bool = False
    redo: bool = False
    author: int | None = None


class Erased(Struct, frozen=True):
    """These shapes are gone; all of them were finished, and there."""

    member: int
    shapes: tuple[str, ...]
    undo: bool = False
    redo: bool = False
    author: int | None = None


class Cut(Struct, frozen=True):
    """Strokes are gone, and the named parts of each are shapes of their own in its place."""

    member: int
    cuts: Mapping[str, tuple[Part, ...]]


class Cleared(Struct, frozen=True):
    """Every shape of a page is gone, or every shape of one author on it; `page` None: of every common page."""

    member: int
    page: int | None
    whose: Literal["all"] | int


class Restored(Struct, frozen=True):
    """Shapes are back, whole, each at its old place in the drawing order, and those in `gone` leave.

    Only reversals cause it.  Those in `chunks` are back as well: bundles that went whole come as they were written.
    """

    member: int
    shapes: tuple[Body, ...]
    gone: tuple[str, ...] = ()
    undo: bool = False
    redo: bool = False
    author: int | None = None
    chunks: tuple[Packed, ...] = ()


class Copied(Struct, frozen=True):
    """Copies of `sources` are there, moved by `by`, on top of everything."""

    member: int
    sources: tuple[str, ...]
    by: tuple[int, int]
    shapes: tuple[Body, ...]


class Locked(Struct, frozen=True):
    """Students may no longer (`on`), or may again, change what is on common pages."""

    member: int
    on: bool


class Freed(Struct, frozen=True):
    """Everybody may look at any common page (`on`), or all look at the current one."""

    member: int
    on: bool


class PageAdded(Struct, frozen=True):
    """An empty page behind the page `after`; with an `owner` it is for their eyes and staff's only."""

    member: int
    page: int
    after: int
    background: str
    owner: int | None = None


class PageTurned(Struct, frozen=True):
    """Everybody now looks at this page."""

    member: int
    page: int


class PageMoved(Struct, frozen=True):
    """A page stands before another now; None: behind all."""

    member: int
    page: int
    before: int | None


class PageChanged(Struct, frozen=True):
    """A page has another background."""

    member: int
    page: int
    background: str


class PageRemoved(Struct, frozen=True):
    """A page is gone with all that was on it; this cannot be taken back."""

    member: int
    page: int


class PageLocked(Struct, frozen=True):
    """Students may no longer (`on`), or may again, change what is on a page."""

    member: int
    page: int
    on: bool


Reversible = Changed | Erased | Restored
OfShapes = Begun | Extended | Finished | Put | Changed | Erased | Cut | Cleared | Restored | Copied
OfPages = PageAdded | PageTurned | PageMoved | PageChanged | PageRemoved | PageLocked | Locked | Freed
Change = OfShapes | OfPages
