"""What of each published picture anybody uses: more than that its publisher need not send.

Pure: what is wanted and `now` in, what has changed out.  More is said at once where nobody had anything or somebody
asked for it; where a viewer has not yet said what it can use, a moment later; less, when it was enough for a while.
Rules: LAYER-11 in docs/rules.md.
"""

from collections.abc import Mapping

from sfu.core.allocation import Name

RANKS: tuple[Name, ...] = ("off", "low", "medium", "high")
ENOUGH_S = 5.0  # a page turned back, a tile made large again: the picture is still there
UNSAID_S = 1.0  # for a viewer to say what it can use: our page takes 0.3 s
ALL: Name = "high"  # what every publishing connection begins with


class Uses:
    def __init__(self) -> None:
        self._said: dict[str, Name] = {}  # by track; `ALL` where it is not in it
        self._since: dict[str, float] = {}  # when something else than that was wanted first

    def said(self, track: str) -> Name:
        return self._said.get(track, ALL)

    def asked(self, track: str, layer: Name) -> bool:
        """A viewer says that it can use so much; True: that is more than was said before, and is said now."""
        if RANKS.index(layer) <= RANKS.index(self.said(track)):
            return False
        self._say(track, layer)
        return True

    def settle(self, wanted: Mapping[str, Name], *, now: float) -> list[str]:
        """The tracks, of these, of which something else is to be said now.

        Args:
            wanted: track -> the most that any viewer can use.
        """
        return [track for track, layer in wanted.items() if self._settles(track, layer, now)]

    def forget(self, track: str) -> None:
        """It has ended, or begins anew."""
        self._said.pop(track, None)
        self._since.pop(track, None)

    def _settles(self, track: str, layer: Name, now: float) -> bool:
        said = self.said(track)
        if layer == said:
            self._since.pop(track, None)
            return False
        since = self._since.setdefault(track, now)
        wait_s = ENOUGH_S if RANKS.index(layer) < RANKS.index(said) else 0.0 if said == "off" else UNSAID_S
        if now - since < wait_s:
            return False
        self._say(track, layer)
        return True

    def _say(self, track: str, layer: Name) -> None:
        self._said[track] = layer
        self._since.pop(track, None)
