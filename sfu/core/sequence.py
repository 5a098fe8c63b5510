"""Sequence numbers: 16 bits on the wire, an unbroken count inside, and an unbroken count again for each viewer.

Pure.  Terms: an *index* is a sequence number that never wraps; it counts one track's packets across its sources.
"""

_WRAP = 1 << 16
_TICKS_WRAP = 1 << 32


class Unwrapper:
    """Turns the 16-bit sequence numbers of one source after another into indexes of one track."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._base = 0

    def index(self, sequence: int) -> int:
        """The index of a packet: the nearest to the newest one seen; a late packet does not move it."""
        if self._newest is None:
            self._newest = self._base + sequence
            return self._newest
        step = (sequence - self._newest) % _WRAP
        index = self._newest + (step if step < _WRAP // 2 else step - _WRAP)
        self._newest = max(self._newest, index)
        return index

    def restart(self) -> None:
        """Another source follows: its indexes begin beyond all that were given, and leave room for late ones."""
        if self._newest is not None:
            self._base = (self._newest // _WRAP + 2) * _WRAP
            self._newest = None


class Rewriter:
    """What one viewer sees of a track: no gap where packets were withheld, no jump where the source changed.

    Between two calls of `resume` the distance between index and outgoing sequence number is constant, which is all
    that a retransmission needs to find its way back.
    """

    def __init__(self, first_sequence: int) -> None:
        self._next = first_sequence  # never wraps; the wire sees its low 16 bits
        self._first: int | None = None  # the first index since `resume`
        self._distance = 0  # outgoing - index
        self._last_ticks: int | None = None
        self.ticks = 0  # outgoing timestamp - incoming timestamp

    def resume(self, index: int) -> None:
        """Go on with `index`: packets before it that were not sent will never be."""
        self._first, self._distance = index, self._next - index

    def rebase(self, timestamp: int, elapsed_ticks: int) -> None:
        """Another source follows, and its first packet carries `timestamp`: go on `elapsed_ticks` after the last."""
        if self._last_ticks is not None:
            self.ticks = (self._last_ticks + elapsed_ticks - timestamp) % _TICKS_WRAP

    def map(self, index: int, timestamp: int) -> tuple[int, int] | None:
        """(outgoing sequence number, outgoing timestamp); None: older than what this viewer follows."""
        if self._first is None or index < self._first:
            return None
        outgoing = index + self._distance
        ticks = (timestamp + self.ticks) % _TICKS_WRAP
        if outgoing >= self._next:
            self._next = outgoing + 1
            self._last_ticks = ticks
        return outgoing % _WRAP, ticks

    def index_of(self, sequence: int) -> int | None:
        """The index that went out as `sequence` since `resume`."""
        newest = self._next - 1
        index = newest - (newest - sequence) % _WRAP - self._distance
        return index if self._first is not None and index >= self._first else None
