"""Strokes: a pen is put down, moved, lifted.  Rules: BOARD-2 to BOARD-8 in docs/rules.md."""

from collections.abc import Sequence

from .changes import Begun, Change, Extended
from .errors import Code, Refused
from .ink import end_of
from .kinds import STROKES, check_new
from .operations import Operations


class Strokes(Operations):
    @property
    def pending(self) -> bool:
        """Do points wait to be flushed?"""
        return bool(self._ink)

    def begin(
        self,
        member: int,
        shape: str,
        *,
        page: int,
        kind: str,
        color: str,
        width: int,
        at: tuple[int, int],
        staff: bool = False,
    ) -> list[Change]:
        """Put the pen down at `at`, in board units."""
        self._check_new_id(member, shape)
        self._check_unlocked(self._page(page, member, staff=staff), staff=staff)
        if kind not in STROKES:
            raise Refused(Code.INVALID, f"a stroke is one of {', '.join(sorted(STROKES))}, not {kind!r}")
        check_new(kind, {"color": color, "width": width, "points": ()})
        x, y = at
        start = end_of(0, 0, (x, y))
        self._check_room_for([(page, 0)])
        return [Begun(member, shape, page, kind, color, width, start, self._state.top + 1)]

    def extend(
        self,
        member: int,
        shape: str,
        points: Sequence[int],
        pressure: Sequence[int] | None = None,
        *,
        staff: bool = False,
    ) -> None:
        """Let points wait for one's own open stroke: flat dx, dy from the point before; pressures 0 .. 255."""
        stroke = self._own(member, shape, staff=staff)
        if not stroke.open:
            raise Refused(Code.CONFLICT, f"{shape} is finished")
        page = self._state.pages[stroke.page]
        self._check_unlocked(page, staff=staff)
        self._check_points(page, len(points) // 2)
        self._ink.add(stroke, points, pressure)

    def flush(self, *, author: int | None = None, shape: str | None = None) -> list[Extended]:
        """Let waiting points out, one change a stroke: of all strokes, one author's, or one stroke."""
        waiting = self._ink.waiting(author) if shape is None else [shape]
        return [extended for name in waiting for extended in self._ink.take(name)]

    def finish(self, member: int, shape: str, *, staff: bool = False) -> list[Change]:
        """Lift the pen; once more is harmless."""
        return self._finish([self._own(member, shape, staff=staff)])

    def finish_open(self, member: int) -> list[Change]:
        """Finish what a lost line has left open."""
        return self._finish([shape for shape in self._state.open.values() if shape.author == member])
