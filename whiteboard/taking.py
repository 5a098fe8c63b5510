"""Taking away, and taking back: erase, cut, clear, undo and redo.

Rules: BOARD-9 to BOARD-19, BOARD-35, BOARD-36, BOARD-41 in docs/rules.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count, groupby
from typing import Literal

from .changes import Change, Changed, Cleared, Cut, Erased, Restored
from .errors import Code, Refused
from .history import Reversal
from .kinds import STROKES
from .limits import PIECES_MAX
from .operations import Operations
from .pieces import check_parts
from .shape import Body, Packed, Shape, root_of
from .state import EVERYBODY


class Taking(Operations):
    def erase(self, member: int, shapes: Iterable[str], *, staff: bool = False) -> list[Change]:
        """Take shapes away; those already gone are passed over, unless all are (BOARD-10)."""
        there = self._those_there(shapes, member, staff=staff)
        return [*self._finish(there), Erased(member, tuple(shape.id for shape in there))]

    def cut(self, member: int, cuts: Mapping[str, Sequence[tuple[int, int]]], *, staff: bool = False) -> list[Change]:
        """Leave of strokes only these parts, each a shape of its own: one step, whatever it touches."""
        there = self._those_there(cuts, member, staff=staff)
        for shape in there:
            if shape.kind not in STROKES:
                raise Refused(Code.INVALID, f"{shape.id} is no stroke")
            check_parts(shape, cuts[shape.id])
        parts = sum(len(cuts[shape.id]) for shape in there)
        if parts > PIECES_MAX:
            raise Refused(Code.TOO_LARGE, f"at most {PIECES_MAX} pieces at once")
        self._check_room_for((shape.page, 2) for shape in there for _ in cuts[shape.id][1:])
        numbers = count(self._state.cut + 1)
        named = {
            shape.id: tuple((f"{root_of(shape.id)}.{next(numbers)}", *part) for part in cuts[shape.id])
            for shape in there
        }
        return [*self._finish(there), Cut(member, named)]

    def clear(
        self,
        member: int,
        page: int | None,
        whose: Literal["mine", "all"] | int = "mine",
        *,
        staff: bool = False,
    ) -> list[Change]:
        """Take away all shapes of a page, or one author's; None: of every common page.  With none it is harmless."""
        of = member if whose == "mine" else whose
        sheets = self._state.seen(EVERYBODY) if page is None else [self._page(page, member, staff=staff)]
        if of != member and not staff:
            raise Refused(Code.FORBIDDEN, "you can clear only what is yours")
        there = self._state.on_page(page, of)
        for sheet in sheets:
            if page is not None or any(shape.page == sheet.id for shape in there):
                self._check_unlocked(sheet, staff=staff)
        return [*self._finish(there), Cleared(member, page, of)] if there else []

    def undo(self, member: int, author: int | None = None, *, staff: bool = False) -> list[Change]:
        """Take back one's own last step, or as staff that of `author`."""
        return self._reverse(member, author, redo=False, staff=staff)

    def redo(self, member: int, author: int | None = None, *, staff: bool = False) -> list[Change]:
        """Do again what was undone last."""
        return self._reverse(member, author, redo=True, staff=staff)

    def touched_by_reversal(self, author: int, *, redo: bool) -> frozenset[int]:
        """The pages that the author's next undo or redo would change."""
        state = self._state
        reversal = state.reversal(author, redo=redo)
        return frozenset() if reversal is None else frozenset(shape.page for shape in self._reached(reversal))

    def _reached(self, reversal: Reversal) -> list[Shape]:
        """Every shape that a reversal takes, brings back or changes."""
        state = self._state
        there = [state.shapes[name] for name in (*reversal.leave, *reversal.step.settings)]
        return there + [state.past.kept[name] for name in reversal.back]

    def _reverse(self, member: int, author: int | None, *, redo: bool, staff: bool) -> list[Change]:
        whose = member if author is None else author
        if whose != member and not staff:
            raise Refused(Code.FORBIDDEN, "you can take back only what is yours")
        state = self._state
        reversal = state.reversal(whose, redo=redo)
        if reversal is None:
            raise Refused(Code.CONFLICT, f"nothing to {'redo' if redo else 'undo'}")
        self._check_pages_unlocked(self._reached(reversal), staff=staff)
        back = [state.past.kept[name] for name in reversal.back]
        self._check_room_for((shape.page, shape.count) for shape in back)
        finished = self._finish(state.shapes[name] for name in (*reversal.leave, *reversal.step.settings))
        named = None if whose == member else whose
        return [*finished, _reversing(member, reversal, back, redo, named)]


def _reversing(member: int, reversal: Reversal, back: Sequence[Shape], redo: bool, author: int | None) -> Change:
    """The one change that a reversal is."""
    if reversal.step.settings:
        values = {
            name: {key: setting.after if redo else setting.before for key, setting in settings.items()}
            for name, settings in reversal.step.settings.items()
        }
        return Changed(member, values, not redo, redo, author)
    if not back:
        return Erased(member, reversal.leave, not redo, redo, author)
    bodies, chunks = _described(back)
    return Restored(member, bodies, reversal.leave, not redo, redo, author, chunks)


def _described(back: Iterable[Shape]) -> tuple[tuple[Body, ...], tuple[Packed, ...]]:
    """Shapes that come back: bundles of which nothing is missing as they were written, of the others bodies."""
    bodies: list[Body] = []
    chunks: list[Packed] = []
    for packed, shapes in groupby(back, key=lambda shape: shape.packed):
        together = list(shapes)
        if packed is not None and len(together) == len(packed[0]):
            chunks.append(packed)
        else:
            bodies += [shape.body() for shape in together]
    return tuple(bodies), tuple(chunks)
