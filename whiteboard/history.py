"""What each author can take back, and the erased shapes that are kept for it.

A step put shapes there or took shapes away; undo and redo do the opposite and the same again.  A step reaches only
shapes that are as its author left them: what another member has erased since is passed over (BOARD-14), and counts
again when they take that back.  Bounded: STEPS_MAX steps an author, KEPT_MAX kept shapes in all.  Knows no pages and
no rights.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from .limits import KEPT_MAX, STEPS_MAX
from .shape import Shape


@dataclass(frozen=True, slots=True)
class Step:
    """Shapes that an author put on the board (`added`), or took away."""

    added: bool
    shapes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reversal:
    """What an undo or a redo would do now: erase these shapes, or restore them."""

    erases: bool
    shapes: tuple[str, ...]


@dataclass(slots=True)
class History:
    """One author's steps, the newest last: those to undo, and those undone."""

    undo: list[Step] = field(default_factory=list)
    redo: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class Past:
    """All histories of a board, and the kept shapes, the longest gone first.

    A kept shape stands in exactly one step that can bring it back, and that is in the history of who took it away.
    """

    histories: dict[int, History] = field(default_factory=dict)
    kept: dict[str, Shape] = field(default_factory=dict)

    def did(self, author: int, step: Step) -> None:
        """A new step: nothing that was undone before can be redone (BOARD-15)."""
        history = self.histories.setdefault(author, History())
        for undone in history.redo:
            if undone.added:
                self._release(undone)
        history.redo.clear()
        history.undo.append(step)
        if len(history.undo) > STEPS_MAX:
            oldest = history.undo.pop(0)
            if not oldest.added:
                self._release(oldest)

    def reversal(self, author: int, *, redo: bool, there: Container[str]) -> Reversal | None:
        """What the author's next undo or redo would do to the shapes that are `there` or kept."""
        history = self.histories.get(author, History())
        for step in reversed(history.redo if redo else history.undo):
            erases = step.added != redo
            found = there if erases else self.kept
            if shapes := tuple(shape for shape in step.shapes if shape in found):
                return Reversal(erases, shapes)
        return None

    def reversed(self, author: int, reversal: Reversal, *, redo: bool) -> None:
        """Move the step that was reversed to the other side.  Without effect where the step was never seen."""
        history = self.histories.get(author, History())
        source, target = (history.redo, history.undo) if redo else (history.undo, history.redo)
        added = reversal.erases != redo
        for place in range(len(source) - 1, -1, -1):
            if source[place].added == added and reversal.shapes[0] in source[place].shapes:
                del source[place]
                target.append(Step(added, reversal.shapes))
                return

    def keep(self, shapes: Iterable[Shape]) -> None:
        self.kept.update((shape.id, shape) for shape in shapes)
        while len(self.kept) > KEPT_MAX:
            del self.kept[next(iter(self.kept))]

    def forget_page(self, page: int) -> None:
        self.kept = {name: shape for name, shape in self.kept.items() if shape.page != page}

    def _release(self, step: Step) -> None:
        """Let go what only this step could bring back."""
        for shape in step.shapes:
            self.kept.pop(shape, None)
