"""One shape: today a stroke of a pen or a highlighter.

Another kind brings its own properties and its own body; pages, erasing, undo and snapshots ask a shape only for `id`,
`page`, `author`, `z`, `finished` and `body()`.  It checks nothing: what reaches it has been decided.
"""

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import Code, Refused

# A whole shape as plain data, the same in snapshots and in `Restored`.  Shared between readers: never changed in place.
Body = Mapping[str, Any]

_ID = re.compile(r"([1-9][0-9]{0,6})\.([1-9][0-9]{0,9})")


def parse_id(shape: str) -> tuple[int, int]:
    """Split "<member>.<n>".

    Raises:
        Refused: INVALID.
    """
    if (match := _ID.fullmatch(shape)) is None:
        raise Refused(Code.INVALID, f'a shape id is "<member>.<n>", not {shape!r}')
    return int(match[1]), int(match[2])


@dataclass(slots=True)
class Shape:
    """A stroke: where it starts, and flat deltas from point to point.

    `z` is its place in the drawing order of the whole board; `x`, `y` is where it ends.
    """

    id: str
    page: int
    author: int
    kind: str
    color: str
    width: int
    start: tuple[int, int]
    z: int
    points: "array[int]" = field(default_factory=lambda: array("h"))  # 16 bits: a board is 16,000 wide
    pressure: "array[int] | None" = None
    finished: bool = False
    x: int = field(init=False)
    y: int = field(init=False)
    _body: Body | None = field(init=False, default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.x = self.start[0] + sum(self.points[0::2])
        self.y = self.start[1] + sum(self.points[1::2])

    @property
    def count(self) -> int:
        """Points, without the first."""
        return len(self.points) // 2

    def extend(self, points: Sequence[int], pressure: Sequence[int] | None) -> None:
        self.points.extend(points)
        self.x += sum(points[0::2])
        self.y += sum(points[1::2])
        if pressure is not None:
            if self.pressure is None:
                self.pressure = array("B")
            self.pressure.extend(pressure)
        self._body = None

    def finish(self) -> None:
        self.finished = True
        self._body = None

    def body(self) -> Body:
        """The whole shape as plain data; made afresh only after a change."""
        if self._body is None:
            self._body = {
                "id": self.id,
                "page": self.page,
                "author": self.author,
                "kind": self.kind,
                "color": self.color,
                "width": self.width,
                "start": list(self.start),
                "z": self.z,
                "finished": self.finished,
                "points": self.points.tolist(),
                "pressure": None if self.pressure is None else self.pressure.tolist(),
            }
        return self._body

    @classmethod
    def of(cls, body: Body) -> "Shape":
        x, y = body["start"]
        pressure = body["pressure"]
        return cls(
            id=body["id"],
            page=body["page"],
            author=body["author"],
            kind=body["kind"],
            color=body["color"],
            width=body["width"],
            start=(x, y),
            z=body["z"],
            points=array("h", body["points"]),
            pressure=None if pressure is None else array("B", pressure),
            finished=body["finished"],
        )
