"""One shape, and its plain-data body.

A stroke, a path, a box or a text: what each kind has stands in `kinds.py`.  A shape checks nothing: what reaches it has
been decided.
"""

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from types import MappingProxyType
from typing import Any

from .errors import Code, Refused
from .limits import SCALE_ONE

# A whole shape as plain data, the same in snapshots and in events.  What is left out has its default.
Body = Mapping[str, Any]
Mark = tuple[int, int]  # who wrote a property last, and which of the board's changes it was; 0: its making
Writers = Mapping[str, Mark]
Packed = tuple[tuple[str, ...], bytes]  # shapes as a chunk (page.py), and their ids

_ID = re.compile(r"([1-9][0-9]{0,6})\.([1-9][0-9]{0,9})(?:\.([1-9][0-9]{0,9}))?")
_DEFAULTS: Mapping[str, Any] = {"from": (0, 0), "scale": (SCALE_ONE, SCALE_ONE), "turn": 0, "fill": ""}
_COMMON = frozenset({"id", "page", "author", "kind", "z", "start", "color", "width", "points", "pressure", "open"})
_PAIRS = frozenset({"from", "scale", "size"})
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def parse_id(shape: str) -> tuple[int, int, int]:
    """Split "<member>.<n>" or, of what an area eraser left of it, "<member>.<n>.<piece>"; piece 0: a whole shape.

    Raises:
        Refused: INVALID.
    """
    if (match := _ID.fullmatch(shape)) is None:
        raise Refused(Code.INVALID, f'a shape id is "<member>.<n>", not {shape!r}')
    return int(match[1]), int(match[2]), int(match[3] or 0)


def without_defaults(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as a body has them: what has its default is left out."""
    return {
        key: value
        for key, value in properties.items()
        if key not in _DEFAULTS or (tuple(value) if isinstance(value, list) else value) != _DEFAULTS[key]
    }


def root_of(shape: str) -> str:
    """The id that the shape was drawn under, of which this may be a piece."""
    return ".".join(shape.split(".")[:2])


def piece_of(shape: str) -> int:
    """The piece's number, 0 for a whole shape."""
    return int(shape.split(".", 2)[2]) if shape.count(".") == 2 else 0


@dataclass(slots=True)
class Shape:
    """A shape on a page.

    `z` is its place in the drawing order of the whole board, `points` flat deltas from point to point, `more` what only
    some kinds have or what is not at its default.  Of a stroke that is open, `x`, `y` is where it ends.  `maker` put it
    there (a copy keeps the author of what was copied); `writers` has a mark for each property that was set since.
    `packed` is of a shape that is gone: the chunk that it was in, when all that were in it have gone with it.
    """

    id: str
    page: int
    author: int
    kind: str
    z: int
    start: tuple[int, int]
    color: str = ""
    width: int = 0
    points: "array[int] | None" = None  # 16 bits: a board is 16,000 wide
    pressure: "array[int] | None" = None
    open: bool = False
    more: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    maker: int = 0
    writers: Writers | None = None
    packed: Packed | None = field(default=None, init=False, compare=False)
    x: int = field(init=False, compare=False)
    y: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        self.maker = self.maker or self.author
        self.x, self.y = self.start
        if self.open and self.points:
            self.x += sum(self.points[0::2])
            self.y += sum(self.points[1::2])

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the order of its page; the pieces of one stroke share its `z`."""
        return self.z, piece_of(self.id)

    @property
    def count(self) -> int:
        """Points, without the first."""
        return 0 if self.points is None else len(self.points) // 2

    def extend(self, points: Sequence[int], pressure: Sequence[int] | None) -> None:
        assert self.points is not None, "only strokes are extended"
        self.points.extend(points)
        self.x += sum(points[0::2])
        self.y += sum(points[1::2])
        if pressure is not None:
            if self.pressure is None:
                self.pressure = array("B")
            self.pressure.extend(pressure)

    def value(self, key: str) -> Any:
        """A property as a body would show it, its default where it has none."""
        if key in ("z", "start", "color", "width"):
            return getattr(self, key)
        return self.more.get(key, _DEFAULTS.get(key))

    def set(self, key: str, value: Any, mark: Mark) -> None:
        value = tuple(value) if isinstance(value, list) else value
        if key in ("z", "start", "color", "width"):
            setattr(self, key, value)
        elif value == _DEFAULTS.get(key):
            self.more = {name: kept for name, kept in self.more.items() if name != key}
        else:
            self.more = {**self.more, key: value}
        if mark != (self.maker, 0):
            self.writers = {**(self.writers or {}), key: mark}
        elif self.writers is not None:
            self.writers = {name: kept for name, kept in self.writers.items() if name != key} or None

    def mark(self, key: str) -> Mark:
        """Who wrote a property last, and when."""
        return (self.writers or {}).get(key, (self.maker, 0))

    def only_by(self, member: int) -> bool:
        """Is all of it the work of one member?"""
        if self.maker != member or self.writers is None:
            return self.maker == member
        return all(writer == member for writer, _ in self.writers.values())

    def body(self) -> dict[str, Any]:
        """The whole shape as plain data, made afresh."""
        body: dict[str, Any] = {
            "id": self.id,
            "page": self.page,
            "author": self.author,
            "kind": self.kind,
            "z": self.z,
            "start": list(self.start),
        }
        if self.color:
            body["color"] = self.color
        if self.width:
            body["width"] = self.width
        if self.points is not None:
            body["points"] = self.points.tolist()
        if self.pressure is not None:
            body["pressure"] = self.pressure.tolist()
        if self.open:
            body["open"] = True
        if self.more:
            body.update((key, list(value) if key in _PAIRS else value) for key, value in self.more.items())
        return body

    @classmethod
    def of(cls, body: Body) -> "Shape":
        points, pressure = body.get("points"), body.get("pressure")
        x, y = body["start"]
        more = {key: tuple(value) if key in _PAIRS else value for key, value in body.items() if key not in _COMMON}
        return cls(
            id=body["id"],
            page=body["page"],
            author=body["author"],
            kind=intern(body["kind"]),
            z=body["z"],
            start=(x, y),
            color=intern(body.get("color", "")),
            width=body.get("width", 0),
            points=None if points is None else array("h", points),
            pressure=None if pressure is None else array("B", pressure),
            open=body.get("open", False),
            more=more or _NOTHING,
        )
