"""A whole board as bytes, with every history: for whoever keeps boards and goes on with them later.

What `unpack` makes of the bytes is equal to the board that was packed, and everything can be done to it that could be
done before.  Points are packed as they lie in memory, so bytes are read back only on a machine of the same byte order;
whoever keeps them notes that order, and a version of their own: an unknown field here is not noticed.
"""

from array import array
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from .history import History, Past
from .shape import Shape
from .state import Page, State


class PackedShape(Struct, frozen=True, array_like=True, gc=False):
    """A stroke; `points` are 16-bit numbers, `pressure` bytes."""

    id: str
    page: int
    author: int
    kind: str
    color: str
    width: int
    start: tuple[int, int]
    z: int
    points: bytes
    pressure: bytes | None
    finished: bool


class PackedPage(Struct, frozen=True, array_like=True):
    id: int
    background: str
    locked: bool
    shapes: list[PackedShape]  # in drawing order


class PackedBoard(Struct, frozen=True, array_like=True):
    pages: list[PackedPage]  # in order
    current: int
    drawn: int
    numbered: int
    last_shape: dict[int, int]
    histories: dict[int, History]
    kept: list[PackedShape]  # the longest gone first


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(PackedBoard)


def pack(state: State) -> bytes:
    return _encoder.encode(
        PackedBoard(
            [
                PackedPage(page.id, page.background, page.locked, _packed(page.shapes.values()))
                for page in state.pages.values()
            ],
            state.current,
            state.drawn,
            state.numbered,
            state.last_shape,
            state.past.histories,
            _packed(state.past.kept.values()),
        )
    )


def unpack(data: bytes) -> State:
    """The state that was packed.

    Raises:
        ValueError: these bytes are none.
    """
    packed, state = _decoder.decode(data), State()
    state.pages = {page.id: Page(page.id, page.background, page.locked) for page in packed.pages}
    state.current, state.drawn, state.numbered = packed.current, packed.drawn, packed.numbered
    state.last_shape = packed.last_shape
    state.past = Past(packed.histories, {shape.id: _shape(shape) for shape in packed.kept})
    for page in packed.pages:
        for shape in page.shapes:
            state.put(_shape(shape))
    state.open = dict(sorted(state.open.items(), key=lambda item: item[1].z))  # as they were begun
    return state


def _packed(shapes: Iterable[Shape]) -> list[PackedShape]:
    return [
        PackedShape(
            shape.id,
            shape.page,
            shape.author,
            shape.kind,
            shape.color,
            shape.width,
            shape.start,
            shape.z,
            shape.points.tobytes(),
            None if shape.pressure is None else shape.pressure.tobytes(),
            shape.finished,
        )
        for shape in shapes
    ]


def _shape(packed: PackedShape) -> Shape:
    return Shape(
        packed.id,
        packed.page,
        packed.author,
        packed.kind,
        packed.color,
        packed.width,
        packed.start,
        packed.z,
        array("h", packed.points),
        None if packed.pressure is None else array("B", packed.pressure),
        packed.finished,
    )
