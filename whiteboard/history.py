"""What each author can take back, and the shapes that are kept for it.

A step took shapes away and put others there (`Swap`s), or it set properties; undo and redo do the opposite and the same
again.  A step reaches only what is as its author left it: a shape or a property that another member has written since
is passed over (BOARD-14), and counts again when they take that back.  Bounded: STEPS_MAX steps an author, HISTORY_MAX
swaps and settings and KEPT_MAX kept shapes in all; whoever has most loses the oldest first, so that nobody can take
from others what they might take back.  Knows no pages and no rights.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Any

from msgspec import Struct

from .limits import HISTORY_MAX, KEPT_MAX, STEPS_MAX
from .shape import Mark, Shape, Writers


class Swap(Struct, frozen=True, gc=False):
    """What belongs together in a step: these shapes went, those came.  A stroke that is drawn has only one that came.

    `as_were` is how the shapes that went had been written, once they are back: redo takes them as they were, or not.
    Nothing: as they were made.
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

    @property
    def weight(self) -> int:
        """Swaps and settings."""
        return len(self.swaps) + sum(len(settings) for settings in self.settings.values())

    def without(self, other: "Step") -> "Step":
        """What is left of it when the other, a part of it, has gone elsewhere."""
        if other.weight == self.weight:
            return Step()
        moved = {(swap.gone, swap.come) for swap in other.swaps}
        rest = {
            name: {key: setting for key, setting in settings.items() if key not in other.settings.get(name, ())}
            for name, settings in self.settings.items()
        }
        return Step(
            tuple(swap for swap in self.swaps if (swap.gone, swap.come) not in moved),
            {name: settings for name, settings in rest.items() if settings},
        )


@dataclass(slots=True)
class History:
    """One author's steps, the newest last: those to undo, and those undone; how much they are, and what they keep."""

    undo: list[Step] = field(default_factory=list)
    redo: list[Step] = field(default_factory=list)
    weight: int = 0
    kept: int = 0


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
    keepers: dict[str, int] = field(default_factory=dict)  # in whose history each kept shape stands
    weight: int = field(init=False)

    def __post_init__(self) -> None:
        self.weight = sum(history.weight for history in self.histories.values())

    def did(self, author: int, step: Step) -> None:
        """A new step: nothing that was undone before can be redone (BOARD-15)."""
        history = self._of(author)
        for undone in history.redo:
            self._weigh(history, -undone.weight)
            self._release(shape for swap in undone.swaps for shape in swap.come)
        history.redo.clear()
        history.undo.append(step)
        self._weigh(history, step.weight)
        if len(history.undo) > STEPS_MAX:
            self._forget_oldest(history)
        while self.weight > HISTORY_MAX:
            self._forget_oldest(max(self.histories.values(), key=lambda each: each.weight))

    def _weigh(self, history: History, more: int) -> None:
        history.weight += more
        self.weight += more

    def _of(self, author: int) -> History:
        return self.histories.setdefault(author, History())

    def _forget_oldest(self, history: History) -> None:
        """Of what is done the oldest, else of what is undone what would be done again last."""
        oldest, side = (history.undo.pop(0), "gone") if history.undo else (history.redo.pop(0), "come")
        self._weigh(history, -oldest.weight)
        self._release(shape for swap in oldest.swaps for shape in getattr(swap, side))

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
            again = self._as_now(back)
        if not again:
            return None
        went = tuple([name for swap in again for name in swap.gone])
        came = tuple([name for swap in again for name in swap.come])
        return Reversal(place, Step(tuple(again)), *((went, came) if redo else (came, went)))

    def _is_to_undo(self, swap: Swap, author: int, there: Mapping[str, Shape]) -> bool:
        for name in swap.come:  # plain loops: a clear is a step of thousands
            if name not in there or not there[name].only_by(author):
                return False
        return self._has_kept(swap.gone)

    def _as_now(self, swaps: list[Swap]) -> list[Swap]:
        """The swaps, with how the shapes that went have been written: mostly by nobody, and then as they are."""
        kept = self.kept
        if not any([swap.as_were for swap in swaps] + [kept[name].writers for swap in swaps for name in swap.gone]):
            return swaps
        return [Swap(swap.gone, swap.come, tuple([kept[name].writers for name in swap.gone])) for swap in swaps]

    def _is_to_redo(self, swap: Swap, there: Mapping[str, Shape]) -> bool:
        for name, writers in zip(swap.gone, swap.as_were or repeat(None), strict=False):
            if name not in there or there[name].writers != writers:
                return False
        return self._has_kept(swap.come)

    def _has_kept(self, shapes: tuple[str, ...]) -> bool:
        for name in shapes:  # `all` takes three times as long
            if name not in self.kept:
                return False
        return True

    def reversed(self, author: int, reversal: Reversal, *, redo: bool) -> None:
        """The step that was reversed, as far as it was, stands on the other side now; the rest of it stays."""
        history = self.histories[author]
        source, target = (history.redo, history.undo) if redo else (history.undo, history.redo)
        rest = source[reversal.place].without(reversal.step)
        source[reversal.place : reversal.place + 1] = [rest] if rest.weight else []
        target.append(reversal.step)

    def keep(self, shapes: Iterable[Shape], author: int) -> None:
        """Keep shapes that a step in the author's history took away."""
        history = self._of(author)
        for shape in shapes:
            self.kept[shape.id] = shape
            self.keepers[shape.id] = author
            history.kept += 1
        if len(self.kept) > KEPT_MAX:
            self._forget_kept(len(self.kept) - KEPT_MAX + KEPT_MAX // 16)  # some more: it is seldom needed then

    def bring(self, shape: str) -> Shape | None:
        """A kept shape, which is kept no more."""
        found = self.kept.pop(shape, None)
        if found is not None:
            self.histories[self.keepers.pop(shape)].kept -= 1
            found.packed = None
        return found

    def _forget_kept(self, count: int) -> None:
        """Of those who keep most the longest gone."""
        most = max(self.histories, key=lambda author: self.histories[author].kept)
        theirs = (name for name, author in self.keepers.items() if author == most)
        self._release(list(islice(theirs, count)))
        if len(self.kept) > KEPT_MAX:
            self._forget_kept(len(self.kept) - KEPT_MAX)

    def forget_page(self, page: int) -> None:
        self._release([name for name, shape in self.kept.items() if shape.page == page])

    def _release(self, shapes: Iterable[str]) -> None:
        """Let go what only a step that is forgotten could bring back."""
        for shape in shapes:
            self.bring(shape)


def _settings_reached(shape: Shape, settings: Mapping[str, Setting], redo: bool) -> Mapping[str, Setting]:
    """Those of the settings that nobody has written over."""
    return {
        key: setting for key, setting in settings.items() if shape.mark(key) == (setting.was if redo else setting.now)
    }
