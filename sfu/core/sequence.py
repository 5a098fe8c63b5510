"""Numbers that wrap on the wire, unbroken inside, and unbroken again for each viewer: of packets and of pictures.

Pure.  Terms: an *index* is a number that never wraps; it counts one layer's packets (or pictures) across its sources.
"""

from bisect import bisect_right

SEQUENCE_BITS = 16
RUNS_MAX = 1024  # remembered of one viewer; as many as packets in the cache, so that each of them is found again


class Unwrapper:
    """Turns the wrapping numbers of one source after another into indexes of one layer."""

    def __init__(self, bits: int = SEQUENCE_BITS) -> None:
        self._wrap = 1 << bits
        self._newest: int | None = None
        self._base = 0

    def index(self, number: int) -> int:
        """The index of a number: the nearest to the newest one seen; a late one does not move it."""
        if self._newest is None:
            self._newest = self._base + number
            return self._newest
        step = (number - self._newest) % self._wrap
        if step < self._wrap // 2:
            self._newest += step
            return self._newest
        return self._newest + step - self._wrap

    def restart(self) -> None:
        """Another source follows: its indexes begin beyond all that were given, and leave room for late ones."""
        if self._newest is not None:
            self._base = (self._newest // self._wrap + 2) * self._wrap
            self._newest = None


class Renumbering:
    """What one viewer sees of a layer's indexes: they go on where some were withheld, and hold a place for each that
    is merely late or lost.

    Between two withheld ones the distance from index to outgoing number is constant: a *run*.  Runs are remembered,
    so that what comes late, or must be sent again, finds the place that it had.
    """

    def __init__(self, first: int) -> None:
        self.newest = -1  # the highest index placed or withheld since `begin`
        self.distance = (
            first  # outgoing - index, in the newest run; outgoing numbers never wrap, the wire sees their low bits
        )
        self._begins: list[int] = []  # of each run, the first index
        self._ends: list[int] = []  # and the index behind its last; the newest run is open
        self._out: list[int] = []  # and the outgoing number of its first

    @property
    def next(self) -> int:
        """The outgoing number that the index after the newest gets."""
        return self.newest + 1 + self.distance

    def begin(self, index: int) -> None:
        """Go on with `index`, and forget all before it."""
        following = self.next
        self.newest, self.distance = index - 1, following - index
        self._begins, self._ends, self._out = [index], [index], [following]

    def place(self, index: int) -> int | None:
        """The outgoing number of an index; None: it was withheld, or is older than what is remembered."""
        if index > self.newest and self._begins:
            self.newest = index
            return index + self.distance
        run = bisect_right(self._begins, index) - 1
        if run < 0 or (run < len(self._ends) - 1 and index >= self._ends[run]):
            return None
        return self._out[run] + index - self._begins[run]

    def withhold(self, index: int) -> None:
        """Leave out an index that is newer than all others; a place is held for those between."""
        self.newest = index
        self.distance -= 1
        if self._begins[-1] == index:  # nothing stands in the newest run: it begins later
            self._begins[-1] = index + 1
            return
        self._ends[-1] = index
        self._begins.append(index + 1)
        self._ends.append(index + 1)
        self._out.append(self.next)
        if len(self._begins) > RUNS_MAX:
            del self._begins[0], self._ends[0], self._out[0]

    def index_of(self, number: int, *, bits: int = SEQUENCE_BITS) -> int | None:
        """The index that has this outgoing number, of which the low bits are known."""
        out = self.next - 1 - (self.next - 1 - number) % (1 << bits)
        run = bisect_right(self._out, out) - 1
        return self._begins[run] + out - self._out[run] if run >= 0 else None
