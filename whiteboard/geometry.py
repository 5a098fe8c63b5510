"""Where the points of a shape stand on the board, in board units.

A shape is kept as it was drawn, with `scale` and `turn` beside it: moving, resizing and turning send no point again.
A point seen from `start` at (x, y) stands at start + R(turn) · (x·sx, y·sy); widths are not scaled.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, radians, sin, tan
from typing import Any

Point = tuple[float, float]

HEAD_LEAST = 200  # board units: the shortest head of an arrow, from its tip to its base
HEAD_WIDTHS = 4  # the head of a broad arrow is so many times as long as the arrow is broad
HEAD_HALF_ANGLE = radians(25)  # between an arrow and each side of its head


def points_of(shape: Mapping[str, Any]) -> list[Point]:
    """The points of a stroke or a path, from its body, where they stand on the board."""
    x, y = shape.get("from", (0, 0))
    seen = [(x, y)]
    points = shape["points"]
    for dx, dy in zip(points[::2], points[1::2], strict=True):
        x, y = x + dx, y + dy
        seen.append((x, y))
    return [*_placed(shape, seen)]


def _placed(shape: Mapping[str, Any], seen: Sequence[Point]) -> Iterator[Point]:
    left, top = shape["start"]
    sx, sy = (part / 1000 for part in shape.get("scale", (1000, 1000)))
    turn = radians(shape.get("turn", 0) / 10)
    c, s = cos(turn), sin(turn)
    for x, y in seen:
        yield left + c * x * sx - s * y * sy, top + s * x * sx + c * y * sy


def arrow(points: Sequence[Point], width: float) -> tuple[list[Point], list[Point]]:
    """The line of an arrow, and the corners of its filled head: tip, left, right.  No head: it points nowhere.

    The head is L = max(4 · width, 200) long and looks away from the last point that is not the tip.  With u for that
    direction and n for u turned by 90°, its corners are tip and tip - L·u ± L·tan 25°·n.  The line ends in the middle
    of the head's base; a last segment that is no longer than the head is left out.
    """
    tip = points[-1]
    before = next((point for point in reversed(points) if point != tip), None)
    if before is None:
        return [tip], []
    along = hypot(tip[0] - before[0], tip[1] - before[1])
    ux, uy = (tip[0] - before[0]) / along, (tip[1] - before[1]) / along
    length = max(HEAD_WIDTHS * width, HEAD_LEAST)
    half = length * tan(HEAD_HALF_ANGLE)
    base = tip[0] - length * ux, tip[1] - length * uy
    head = [tip, (base[0] - half * uy, base[1] + half * ux), (base[0] + half * uy, base[1] - half * ux)]
    line = list(points[: len(points) - [*reversed(points)].index(before)])
    return [*line, base] if along > length else line, head


def midpoints(points: Sequence[Point]) -> list[Point]:
    """Where the pieces of a smooth line meet: halfway between its points, and at its end.

    The line is drawn as a quadratic curve from one of these to the next, with the point between them as its handle.
    """
    inner = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in pairwise(points[1:])]
    return [*inner, points[-1]]
