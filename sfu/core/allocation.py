"""Who gets what of a viewer's line: an estimate of it in, a layer of each picture out.

Pure.  Sound is first and never given up.  Then everybody's least, teacher and shared screen before pupils; what is left
raises them in the same order, large tiles before small ones.  Down at once, up only with room to spare.
Rules: LAYER-* in docs/rules.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Name = Literal["off", "low", "medium", "high"]  # of a layer, and of none
LAYERS: Sequence[Name] = ("low", "medium", "high")  # rising; a track with one encoding has "high" alone

HEADROOM = 1.2  # an estimate must be so many times what a higher layer needs
RAISE_S = 2.0  # and for so long: what goes up too soon comes down again, and each time costs a keyframe


class Option(NamedTuple):
    """One way to carry a picture."""

    layer: Name
    tid: int  # pictures above this layer in time are left out
    bits_per_s: float


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture that a viewer wants."""

    track: str
    first: bool  # the teacher's, or a shared screen
    size: int  # how many pixels the viewer can use, as a rank: 1, 2, 3
    options: Sequence[Option]  # rising in cost; what is more than the viewer can use is left out; not empty


@dataclass(slots=True)
class _Held:
    option: Option | None
    size: int
    could_rise_at: float | None = None


class Allocation:
    """One viewer's.  Remembers what was chosen, because rising takes patience."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def share(self, wishes: Sequence[Wish], bits_per_s: float, *, now: float) -> Mapping[str, Option | None]:
        """
        Args:
            wishes: in a stable order.
            bits_per_s: what the line carries of pictures, sound taken off.

        Returns:
            track -> what is sent of it; None: it is paused, the line cannot carry it.
        """
        most, safe = _fill(wishes, bits_per_s), _fill(wishes, bits_per_s / HEADROOM)
        before, self._held = self._held, {}
        for wish in wishes:
            able, secure = most[wish.track], min(safe[wish.track], most[wish.track])
            held = before.get(wish.track)
            if held is None or held.size != wish.size:  # what the viewer asks for needs no patience
                self._held[wish.track] = _Held(_at(wish, secure), wish.size)
                continue
            level = min(_level(wish, held.option), able)
            rising = held.could_rise_at if held.could_rise_at is not None else now
            if secure <= level:
                self._held[wish.track] = _Held(_at(wish, level), wish.size)
            elif now - rising >= RAISE_S:
                self._held[wish.track] = _Held(_at(wish, secure), wish.size)
            else:
                self._held[wish.track] = _Held(_at(wish, level), wish.size, rising)
        return {track: held.option for track, held in self._held.items()}


def most_bps(wishes: Sequence[Wish]) -> float:
    """What all pictures at their best would take, and to spare."""
    return HEADROOM * sum(max(option.bits_per_s for option in wish.options) for wish in wishes)


def score(wishes: Sequence[Wish], chosen: Mapping[str, Option | None]) -> int:
    """How good the line is: 5 all that the viewer can use, 4 some of it worse, 3 all at its least, 2 some of it paused,
    1 nothing but sound."""
    levels = [(_level(wish, chosen[wish.track]), len(wish.options) - 1) for wish in wishes]
    if all(level == most for level, most in levels):
        return 5
    if any(level < 0 for level, _ in levels):
        return 2 if any(level >= 0 for level, _ in levels) else 1
    return 4 if any(level > 0 for level, _ in levels) else 3


def _at(wish: Wish, level: int) -> Option | None:
    return wish.options[level] if level >= 0 else None


def _level(wish: Wish, option: Option | None) -> int:
    """Where an option stands among those of now: a layer that is not sent any more comes down to the next one."""
    if option is None:
        return -1
    ranks = [n for n, one in enumerate(wish.options) if _rank(one) <= _rank(option)]
    return ranks[-1] if ranks else 0


def _rank(option: Option) -> tuple[int, int]:
    return LAYERS.index(option.layer), option.tid


def _fill(wishes: Sequence[Wish], bits_per_s: float) -> dict[str, int]:
    """track -> level, an index into its options; -1: nothing."""
    levels = {wish.track: -1 for wish in wishes}
    left = bits_per_s
    ordered = sorted(wishes, key=lambda wish: (not wish.first, -wish.size))

    def raise_(wish: Wish) -> bool:
        nonlocal left
        level = levels[wish.track] + 1
        if level >= len(wish.options):
            return False
        more = wish.options[level].bits_per_s - (wish.options[level - 1].bits_per_s if level else 0.0)
        if more > left:
            return False
        left -= more
        levels[wish.track] = level
        return True

    for wish in ordered:
        raise_(wish)
    for first in (True, False):
        rising = [wish for wish in ordered if wish.first is first and levels[wish.track] >= 0]
        while rising:
            rising = [wish for wish in rising if raise_(wish)]
    return levels
