"""Who gets what of a viewer's line: an estimate of it in, a layer of each picture out.

Pure.  Sound is first and never given up.  Then everybody's least, teacher and shared screen before pupils; what is left
raises them in the same order, large tiles before small ones.  Down when the line is worse, up only with room to spare,
and with more patience each time that it was too much.
Rules: LAYER-* in docs/rules.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Name = Literal["off", "low", "medium", "high"]  # of a layer, and of none
LAYERS: Sequence[Name] = ("low", "medium", "high")  # rising; a track with one encoding has "high" alone

HEADROOM = 1.2  # an estimate must be so many times what a higher layer needs
RAISE_S, RAISE_MAX_S = 2.0, 32.0  # and for so long once a picture had to come down: each change costs a keyframe
FORGIVEN_S = 60.0  # without coming down
COSTLY_S = 2.0  # that a picture may cost more than is known to fit; by then the line has shown whether it does
_FELL = 0.97  # of the figure before; less is rounding


class Option(NamedTuple):
    """One way to carry a picture."""

    layer: Name
    tid: int  # pictures above this layer in time are left out
    bits_per_s: float


class Wish(NamedTuple):
    """A picture that a viewer wants."""

    track: str
    first: bool  # the teacher's, or a shared screen
    size: int  # how many pixels the viewer can use, as a rank: 1, 2, 3
    options: Sequence[Option]  # rising in cost; what is more than the viewer can use is left out; not empty


@dataclass(slots=True)
class _Held:
    """What a picture has, and its patience to have more: none at first, and twice as much each time it comes down."""

    option: Option | None
    size: int
    patience_s: float = 0.0
    fell_at: float = float("-inf")
    rose: bool = False  # since then
    room_since: float | None = None  # for more

    def keep(self, wish: Wish) -> Option:
        """Its best, which it has already."""
        self.room_since, self.option = None, wish.options[-1]
        return self.option

    def next(self, level: int, able: int, secure: int, *, blamed: bool, now: float) -> int:
        """The level after this one.

        Args:
            able: the highest that fits.
            secure: the highest that fits with room to spare.
            blamed: coming down says that rising was too much.
        """
        if secure <= level or able < level:
            self.room_since = None
        if able < level:
            if blamed:
                self._fall(now)
            return able
        if secure <= level:
            return level
        if self.room_since is None:
            self.room_since = now
        if now - self.room_since < (self.patience_s if level >= 0 else min(self.patience_s, RAISE_S)):
            return level
        self.room_since, self.rose = None, True
        return secure

    def _fall(self, now: float) -> None:
        """Twice the patience, if it had risen since the last time: from high by low to nothing is one fall."""
        if now - self.fell_at > FORGIVEN_S:
            self.patience_s = RAISE_S
        elif self.rose:
            self.patience_s = min(max(RAISE_S, 2 * self.patience_s), RAISE_MAX_S)
        self.fell_at, self.rose = now, False


class Allocation:
    """One viewer's.  Remembers what was chosen, because changes take patience."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._bits_per_s = 0.0  # as of the last look
        self._costly_since: float | None = None

    def share(self, wishes: Sequence[Wish], bits_per_s: float, *, now: float) -> Mapping[str, Option | None]:
        """
        Args:
            wishes: in a stable order.
            bits_per_s: what the line carries of pictures, sound taken off.

        Returns:
            track -> what is sent of it; None: it is paused, the line cannot carry it.
        """
        if self._content(wishes, bits_per_s):
            self._costly_since, self._bits_per_s = None, bits_per_s
            return {wish.track: self._held[wish.track].keep(wish) for wish in wishes}
        most, safe = _fill(wishes, bits_per_s), _fill(wishes, bits_per_s / HEADROOM)
        held = {wish.track: self._held.get(wish.track) or _Held(None, 0) for wish in wishes}
        levels = {w.track: _level(w, held[w.track].option) for w in wishes if held[w.track].size == w.size}
        more = len(levels) < len(wishes)  # is wanted than before
        worse = more or bits_per_s < _FELL * self._bits_per_s
        costly = any(most[track] < level for track, level in levels.items())
        stays = self._stays(now) if costly and not worse else False
        if not costly:
            self._costly_since = None
        for wish in wishes:
            able, secure = most[wish.track], min(safe[wish.track], most[wish.track])
            level, one = levels.get(wish.track), held[wish.track]
            if level is None:  # what the viewer asks for needs no patience
                level, one.size = secure, wish.size
            elif not stays:
                level = one.next(level, able, secure, blamed=not more, now=now)
            one.option = _at(wish, level)
        self._held, self._bits_per_s = held, bits_per_s
        return {track: one.option for track, one in held.items()}

    def _content(self, wishes: Sequence[Wish], bits_per_s: float) -> bool:
        """All pictures stay at their best, as they nearly always do: there is nothing to weigh."""
        left = bits_per_s
        for wish in wishes:
            held, best = self._held.get(wish.track), wish.options[-1]
            if held is None or held.size != wish.size or (option := held.option) is None:
                return False
            if option.layer != best.layer or option.tid != best.tid:
                return False
            left -= best.bits_per_s
        return left >= 0 and len(wishes) == len(self._held)

    def _stays(self, now: float) -> bool:
        """Whether all stays as it is although it costs more than is known to fit."""
        if self._costly_since is None:
            self._costly_since = now
        return now - self._costly_since < COSTLY_S


def most_bps(wishes: Sequence[Wish]) -> float:
    """What all pictures at their best would take, and to spare."""
    return HEADROOM * sum(wish.options[-1].bits_per_s for wish in wishes)


def score(wishes: Sequence[Wish], chosen: Mapping[str, Option | None]) -> int:
    """How good the line is: 5 all that the viewer can use, 4 some of it worse, 3 all at its least, 2 some of it paused,
    1 nothing but sound."""
    if all(chosen[wish.track] == wish.options[-1] for wish in wishes):
        return 5
    levels = [_level(wish, chosen[wish.track]) for wish in wishes]
    if any(level < 0 for level in levels):
        return 2 if any(level >= 0 for level in levels) else 1
    return 4 if any(level > 0 for level in levels) else 3


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
