"""A whole board as bytes, with every history: for whoever keeps boards and goes on with them later.

What `unpack` makes of the bytes is equal to the board that was packed, and everything can be done to it that could be
done before.  Finished shapes are the chunks that newcomers get, so most of them have been written before, and those who
come to the board that is read back get the same: `look` shows them without reading them.  What else may be much is not
compressed: whoever stores the bytes may do that.  They note a version of their own: an unknown field is not noticed.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from . import page as pages
from .history import History, Past
from .page import Page
from .shape import Shape, Writers
from .state import State


class PackedPage(Struct, frozen=True, array_like=True):
    id: int
    background: str
    locked: bool
    owner: int | None
    chunks: list[bytes]  # in drawing order


class PackedBoard(Struct, frozen=True, array_like=True):
    pages: list[PackedPage]  # in order
    current: int
    locked: bool
    free: bool
    open: bytes  # strokes that are being drawn, in the order in which they were begun
    counts: tuple[int, int, int, int, int]  # top, bottom, numbered, cut, changed
    last_shape: dict[int, int]
    histories: dict[int, History]
    kept: bytes  # the longest gone first
    keepers: dict[str, int]
    written: dict[str, tuple[int, Writers | None]]  # maker and writers, of shapes that are not their author's alone


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(PackedBoard)


def pack(state: State) -> bytes:
    kept = list(state.past.kept.values())
    return _encoder.encode(
        PackedBoard(
            [PackedPage(p.id, p.background, p.locked, p.owner, p.chunks()) for p in state.pages.values()],
            state.current,
            state.locked,
            state.free,
            pages.pack(list(state.open.values())),
            (state.top, state.bottom, state.numbered, state.cut, state.changed),
            state.last_shape,
            state.past.histories,
            pages.pack(kept, level=0),
            state.past.keepers,
            _written([*state.shapes.values(), *kept]),
        )
    )


def read(data: bytes) -> PackedBoard:
    """
    Raises:
        ValueError: these bytes are none.
    """
    return _decoder.decode(data)


def look(packed: PackedBoard) -> State:
    """As much of the state as `snapshot` and `chunks` show: finished shapes only as the chunks that they are."""
    state = _empty(packed)
    for page in packed.pages:
        state.pages[page.id].show(page.chunks)
    state.open = {shape.id: shape for shape in pages.unpack(packed.open)}
    return state


def unpack(packed: PackedBoard) -> State:
    """The state that was packed.

    Raises:
        ValueError: a chunk is none.
    """
    state = _empty(packed)
    state.last_shape = packed.last_shape
    kept = pages.unpack(packed.kept)
    state.past = Past(packed.histories, {shape.id: shape for shape in kept}, packed.keepers)
    for page in packed.pages:
        for chunk in page.chunks:
            state.lay(page.id, pages.unpack(chunk), chunk)
    for shape in pages.unpack(packed.open):
        state.put(shape)
    for shape in (*kept, *state.shapes.values()):
        shape.maker, shape.writers = packed.written.get(shape.id, (shape.maker, None))
    state.top, state.bottom, state.numbered, state.cut, state.changed = packed.counts
    return state


def _empty(packed: PackedBoard) -> State:
    state = State()
    state.pages = {page.id: Page(page.id, page.background, page.locked, page.owner) for page in packed.pages}
    state.current, state.locked, state.free = packed.current, packed.locked, packed.free
    return state


def _written(shapes: Iterable[Shape]) -> dict[str, tuple[int, Writers | None]]:
    written = [shape for shape in shapes if shape.writers or shape.maker != shape.author]
    return {shape.id: (shape.maker, shape.writers) for shape in sorted(written, key=lambda shape: shape.id)}
