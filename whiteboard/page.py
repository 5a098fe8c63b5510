"""A page: its shapes in drawing order, in bundles that are described once for all who come.

A bundle holds the shapes whose `z` share all but the last eight bits.  Its finished shapes, written as a chunk, change
only when one of them does, so most of a board that a class joins has been written before, and so is most of a page that
is cleared and comes back.  Strokes that are still drawn stand in no chunk.  Rules: BOARD-27, BOARD-41 in docs/rules.md.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

import msgspec

from .shape import Shape

BUNDLE_BITS = 8  # 256 shapes: a chunk of some 30 kB, four milliseconds to write
PACKED_LEAST = 64  # shapes: fewer come back one by one, as plain data
# Coordinates repeat little: short matches are not worth their search.  docs/performance.md says what others cost.
LEVEL, STRATEGY = 5, zlib.Z_FILTERED

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[dict[str, object]])


@dataclass(slots=True)
class Bundle:
    """Neighbours in the drawing order; `chunk` is None until somebody asks, and again after a change."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    chunk: bytes | None = None
    mixed: bool = False  # are shapes out of order?  They are sorted when somebody asks

    def put(self, shape: Shape) -> None:
        if self.shapes and not self.mixed:
            top = next(reversed(self.shapes.values()))
            self.mixed = shape.z <= top.z and shape.place < top.place
        self.shapes[shape.id] = shape
        if not shape.open:
            self.chunk = None

    def ordered(self) -> Iterable[Shape]:
        if self.mixed:
            self.shapes = dict(sorted(self.shapes.items(), key=lambda item: item[1].place))
            self.mixed = False
        return self.shapes.values()

    def written(self) -> bytes:
        """The finished shapes; b"" for none."""
        if self.chunk is None:
            self.chunk = pack([shape for shape in self.ordered() if not shape.open])
        return self.chunk


@dataclass(slots=True)
class Page:
    """A sheet.  A scratch page has an owner: only they and staff see it."""

    id: int
    background: str = "blank"
    locked: bool = False
    owner: int | None = None
    count: int = 0
    points: int = 0
    _bundles: dict[int, Bundle] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Shape]:
        """In drawing order."""
        for key in sorted(self._bundles):
            yield from self._bundles[key].ordered()

    def put(self, shape: Shape) -> None:
        """Add a shape at its place in the order."""
        key = shape.z >> BUNDLE_BITS
        bundle = self._bundles.get(key)
        if bundle is None:
            bundle = self._bundles[key] = Bundle()
        bundle.put(shape)
        self.count += 1
        self.points += shape.count

    def take(self, shape: Shape) -> None:
        key = shape.z >> BUNDLE_BITS
        bundle = self._bundles[key]
        del bundle.shapes[shape.id]
        bundle.chunk = None
        self.count -= 1
        self.points -= shape.count
        if not bundle.shapes:
            del self._bundles[key]

    def touch(self, shape: Shape) -> None:
        """A finished shape has changed, or one is finished now."""
        self._bundles[shape.z >> BUNDLE_BITS].chunk = None

    def pack(self, leaving: Set[str]) -> None:
        """Before all these shapes go: bundles that go as a whole note how they were written."""
        if len(leaving) < PACKED_LEAST:
            return
        for bundle in self._bundles.values():
            if bundle.chunk and len(bundle.shapes) >= PACKED_LEAST and bundle.shapes.keys() <= leaving:
                packed = tuple(bundle.shapes), bundle.chunk
                for shape in bundle.shapes.values():
                    shape.packed = packed

    def lay(self, shapes: list[Shape], chunk: bytes) -> None:
        """A whole bundle of finished shapes, and its chunk."""
        if (key := shapes[0].z >> BUNDLE_BITS) in self._bundles:  # others have come to its place
            for shape in shapes:
                self.put(shape)
            return
        self._bundles[key] = Bundle({shape.id: shape for shape in shapes}, chunk)
        self.count += len(shapes)
        self.points += sum([shape.count for shape in shapes])

    def show(self, chunks: Sequence[bytes]) -> None:
        """Have these chunks, in drawing order, and no shapes: good for nothing but `chunks`."""
        self._bundles = {place: Bundle(chunk=chunk) for place, chunk in enumerate(chunks)}

    def chunks(self) -> list[bytes]:
        """The finished shapes in drawing order, a chunk a bundle."""
        return [chunk for key in sorted(self._bundles) if (chunk := self._bundles[key].written())]


def pack(shapes: list[Shape], *, level: int = LEVEL) -> bytes:
    """Bodies as deflated JSON; b"" for none."""
    if not shapes:
        return b""
    deflate = zlib.compressobj(level, strategy=STRATEGY)
    return deflate.compress(_encoder.encode([shape.body() for shape in shapes])) + deflate.flush()


def unpack(chunk: bytes) -> list[Shape]:
    """
    Raises:
        ValueError: this is no chunk.
    """
    try:
        return [Shape.of(body) for body in _decoder.decode(zlib.decompress(chunk))] if chunk else []
    except (zlib.error, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"no chunk: {error!r}") from error
