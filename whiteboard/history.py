"""What each author can take back, and the shapes that are kept for it.

A step took shapes away and put others there (`Swap`s), or it set properties; undo and redo do the opposite and the same
again.  A step reaches only what is as its author left it: a shape or a property that another member has written since
is passed over (BOARD-14), and counts again when they take that back.  Bounded: STEPS_MAX steps an author, KEPT_MAX kept
shapes in all.  Knows no pages and no rights.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from .limits import KEPT_MAX, STEPS_MAX
from .shape import Mark, Shape, Writers


class Swap(Struct, frozen=True, gc=False):
    """What belongs together in a step: these shapes went, those came.  A stroke that is drawn has only one that came.

    `as_were` is how the shapes that went had been written, once they are back: redo takes them as they were, or not.
    """

    gone: tuple[str, ...]
    come: tuple[str, ...]
    as_were: tuple[Writers | None, ...] = ()


class Setting(Struct, frozen=True, gc=False):
    """A property that was set: its value before and after, and who had written it, before and after."""

    before: Any
    after: Any
    was: Mark
    now: Mark


Settings = Mapping[str, Mapping[str, Setting]]  # shape -> property -> what was set


@dataclass(frozen=True, slots=True)
class Step:
    """What one operation did: swaps, or settings."""

    swaps: tuple[Swap, ...] = ()
    settings: Settings = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """One author's steps, the newest last: those to undo, and those undone."""

    undo: list[Step] = field(default_factory=list)
    redo: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reversal:
    """What an undo or a redo would do now: `step` is as much as can be reached of the author's step at `place`.

    These shapes leave and those come back; or the step's settings are turned round.
    """

    place: int
    step: Step
    leave: tuple[str, ...]
    back: tuple[str, ...]


def drew(*shapes: str) -> Step:
    return Step(tuple(Swap((), (shape,)) for shape in shapes))


def took(shapes: Iterable[str]) -> Step:
    return Step(tuple(Swap((shape,), ()) for shape in shapes))


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
            self._release(shape for swap in undone.swaps for shape in swap.come)
        history.redo.clear()
        history.undo.append(step)
        if len(history.undo) > STEPS_MAX:
            oldest = history.undo.pop(0)
            self._release(shape for swap in oldest.swaps for shape in swap.gone)

    def reversal(self, author: int, *, redo: bool, there: Mapping[str, Shape]) -> Reversal | None:
        """What the author's next undo or redo would do, `there` being the shapes on the board; None: nothing."""
        history = self.histories.get(author, History())
        steps = history.redo if redo else history.undo
        for place in range(len(steps) - 1, -1, -1):
            found = self._reach(author, place, steps[place], redo, there)
            if found is not None:
                return found
        return None

    def _reach(self, author: int, place: int, step: Step, redo: bool, there: Mapping[str, Shape]) -> Reversal | None:
        """How much of a step is still as its author left it."""
        if step.settings:
            reached = {
                name: found
                for name, settings in step.settings.items()
                if name in there and (found := _settings_reached(there[name], settings, redo))
            }
            return Reversal(place, Step(settings=reached), (), ()) if reached else None
        if redo:
            again = [swap for swap in step.swaps if self._is_to_redo(swap, there)]
        else:
            back = [swap for swap in step.swaps if self._is_to_undo(swap, author, there)]
            again = [Swap(s.gone, s.come, tuple([self.kept[name].writers for name in s.gone])) for s in back]
        if not again:
            return None
        went = tuple([name for swap in again for name in swap.gone])
        came = tuple([name for swap in again for name in swap.come])
        return Reversal(place, Step(tuple(again)), *((went, came) if redo else (came, went)))

    def _is_to_undo(self, swap: Swap, author: int, there: Mapping[str, Shape]) -> bool:
        for name in swap.come:  # plain loops: a clear is a step of thousands
            if name not in there or not there[name].only_by(author):
                return False
        return self.kept.keys() >= set(swap.gone)

    def _is_to_redo(self, swap: Swap, there: Mapping[str, Shape]) -> bool:
        for name, writers in zip(swap.gone, swap.as_were, strict=True):
            if name not in there or there[name].writers != writers:
                return False
        return self.kept.keys() >= set(swap.come)

    def reversed(self, author: int, reversal: Reversal, *, redo: bool) -> None:
        """The step that was reversed, as far as it was, stands on the other side now; the rest of it is let go."""
        history = self.histories[author]
        source, target = (history.redo, history.undo) if redo else (history.undo, history.redo)
        step = source.pop(reversal.place)
        if len(reversal.step.swaps) < len(step.swaps):
            reached = {(swap.gone, swap.come) for swap in reversal.step.swaps}
            lost = [swap for swap in step.swaps if (swap.gone, swap.come) not in reached]
            self._release(name for swap in lost for name in (swap.come if redo else swap.gone))
        target.append(reversal.step)

    def keep(self, shapes: Iterable[Shape]) -> None:
        self.kept.update((shape.id, shape) for shape in shapes)
        while len(self.kept) > KEPT_MAX:
            del self.kept[next(iter(self.kept))]

    def forget_page(self, page: int) -> None:
        self.kept = {name: shape for name, shape in self.kept.items() if shape.page != page}

    def _release(self, shapes: Iterable[str]) -> None:
        """Let go what only a step that is forgotten could bring back."""
        for shape in shapes:
            self.kept.pop(shape, None)


def _settings_reached(shape: Shape, settings: Mapping[str, Setting], redo: bool) -> Mapping[str, Setting]:
    """Those of the settings that nobody has written over."""
    return {
        key: setting for key, setting in settings.items() if shape.mark(key) == (setting.was if redo else setting.now)
    }
