"""A part of a stroke as a stroke of its own: what an area eraser leaves.

Positions along a stroke are hundredths of a segment: point k lies at 100 k, and 1,250 halfway between the points 12 and
13.  Everything is whole numbers, so that whoever cuts at the same positions has the same pieces.  Rule: BOARD-35.
"""

from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise

from .changes import Part
from .errors import Code, Refused
from .shape import Shape

STEP = 100  # positions a segment


def check_parts(stroke: Shape, parts: Sequence[tuple[int, int]]) -> None:
    """Are these rising, disjoint, and on the stroke?

    Raises:
        Refused: INVALID.
    """
    before = -1
    for begin, end in parts:
        if not before < begin <= end <= STEP * stroke.count:
            raise Refused(Code.INVALID, f"parts of {stroke.id} rise from 0 to {STEP * stroke.count} without overlap")
        before = end


def pieces_of(stroke: Shape, parts: Sequence[Part]) -> list[Shape]:
    """The parts as shapes: where the stroke was, and like it."""
    points = stroke.points if stroke.points is not None else array("h")
    fx, fy = stroke.more.get("from", (0, 0))
    xs = list(accumulate(points[0::2], initial=fx))
    ys = list(accumulate(points[1::2], initial=fy))
    return [_piece(stroke, name, begin, end, xs, ys) for name, begin, end in parts]


def _piece(stroke: Shape, name: str, begin: int, end: int, xs: list[int], ys: list[int]) -> Shape:
    at = [begin, *range(STEP * (begin // STEP + 1), end, STEP), *([end] if end > begin else [])]
    path = [(_between(xs, position), _between(ys, position)) for position in at]
    deltas = array("h")
    for (ax, ay), (bx, by) in pairwise(path):
        deltas.extend((bx - ax, by - ay))
    more = {key: value for key, value in stroke.more.items() if key != "from"}
    if path[0] != (0, 0):
        more["from"] = path[0]
    pressure = stroke.pressure
    if pressure is not None:
        pressure = array("B", [pressure[(position - 1) // STEP] for position in at[1:]])
    return Shape(
        name,
        stroke.page,
        stroke.author,
        stroke.kind,
        stroke.z,
        stroke.start,
        stroke.color,
        stroke.width,
        deltas,
        pressure or None,
        more=more,
    )


def _between(along: list[int], position: int) -> int:
    segment, part = divmod(position, STEP)
    here = along[segment]
    return here if not part else here + (along[segment + 1] - here) * part // STEP
