"""Ink on its way: points taken in, not yet part of any stroke.

What a client sends for one stroke within a tick is joined here, checked as if it had been drawn already, and leaves
as one `Extended`.  Nothing is lost, reordered, or let out after its stroke is gone.  Rules: BOARD-3, BOARD-6,
BOARD-7.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .changes import Extended
from .errors import Code, Refused
from .limits import BOARD_HEIGHT, BOARD_WIDTH, POINTS_A_MESSAGE, POINTS_A_STROKE, PRESSURE_MAX
from .shape import Shape


@dataclass(slots=True)
class Wet:
    """What waits for one stroke, and where the stroke will end with it."""

    author: int
    x: int
    y: int
    pressed: bool | None  # do its points have pressures; None: no point has come yet
    points: list[int] = field(default_factory=list)
    pressure: list[int] = field(default_factory=list)


class Ink:
    """All waiting points of a board, by stroke, in the order in which the strokes went on."""

    def __init__(self) -> None:
        self._wet: dict[str, Wet] = {}
        self.count = 0  # points that wait

    def __bool__(self) -> bool:
        return bool(self._wet)

    def add(self, stroke: Shape, points: Sequence[int], pressure: Sequence[int] | None) -> None:
        """Let points wait.

        Args:
            stroke: it is open, and all that was taken for it has been applied.
            points: flat dx, dy from the point before, 1 to POINTS_A_MESSAGE points.
            pressure: one for each point, 0 .. PRESSURE_MAX; for all points of a stroke or for none.

        Raises:
            Refused: INVALID, TOO_LARGE.
        """
        wet = self._wet.get(stroke.id) or _wetted(stroke)
        count = len(points) // 2
        if not points or len(points) % 2:
            raise Refused(Code.INVALID, "points are dx, dy pairs, at least one")
        if count > POINTS_A_MESSAGE:
            raise Refused(Code.TOO_LARGE, f"at most {POINTS_A_MESSAGE} points a message")
        if stroke.count + len(wet.points) // 2 + count > POINTS_A_STROKE:
            raise Refused(Code.TOO_LARGE, f"at most {POINTS_A_STROKE} points a stroke: begin another")
        pressed = pressure is not None
        if wet.pressed not in (None, pressed):
            raise Refused(Code.INVALID, "a stroke has a pressure for every point, or for none")
        if pressure is not None:
            _check_pressure(pressure, count)
        wet.x, wet.y = end_of(wet.x, wet.y, points)  # the last check: from here on it changes
        wet.pressed = pressed
        wet.points.extend(points)
        wet.pressure.extend(pressure or ())
        self._wet[stroke.id] = wet
        self.count += count

    def waiting(self, author: int | None = None) -> list[str]:
        """Strokes with points waiting: all, or one author's."""
        return [shape for shape, wet in self._wet.items() if author in (None, wet.author)]

    def held(self, author: int) -> int:
        """Points of one author that wait."""
        return sum(len(wet.points) // 2 for wet in self._wet.values() if wet.author == author)

    def take(self, shape: str) -> list[Extended]:
        """What waits for a stroke, joined; empty when nothing does."""
        wet = self._wet.pop(shape, None)
        if wet is None:
            return []
        self.count -= len(wet.points) // 2
        return [Extended(shape, tuple(wet.points), tuple(wet.pressure) if wet.pressed else None)]


def end_of(x: int, y: int, deltas: Sequence[int]) -> tuple[int, int]:
    """Walk from (x, y) along flat dx, dy, dx, dy…, and say where that ends.

    Raises:
        Refused: INVALID, a point on the way lies off the board.
    """
    steps = iter(deltas)
    for dx, dy in zip(steps, steps, strict=True):
        x += dx
        y += dy
        if not (0 <= x <= BOARD_WIDTH and 0 <= y <= BOARD_HEIGHT):
            raise Refused(Code.INVALID, f"{x}, {y} is off the board, which is {BOARD_WIDTH} x {BOARD_HEIGHT}")
    return x, y


def _wetted(stroke: Shape) -> Wet:
    pressed = stroke.pressure is not None if stroke.count else None
    return Wet(stroke.author, stroke.x, stroke.y, pressed)


def _check_pressure(pressure: Sequence[int], count: int) -> None:
    if len(pressure) != count:
        raise Refused(Code.INVALID, f"{count} points, but {len(pressure)} pressures")
    if min(pressure) < 0 or max(pressure) > PRESSURE_MAX:
        raise Refused(Code.INVALID, f"a pressure is 0 to {PRESSURE_MAX}")
