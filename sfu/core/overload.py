"""While our own receive queue overflows: how many lost packets publishers may be asked for, all together.

Pure.  What is missing then we have mostly dropped ourselves, of everybody's streams at once: asked for as usual, it
would come on top of what is too much already.  But whose it was is not known, and some was lost on the way: it is
rationed, not forgone as what one publisher sends too much (MEDIA-16).  Rule: MEDIA-20 in docs/rules.md.
"""

from sfu.core.lately import Lately

OVERFLOWS_S = 1.0  # after the newest packet that the kernel is known to have dropped
ASKED_PER_S = 500  # packets; some 2 % of what one core takes from publishers with one viewer each
ONE_MAX = 10  # of them for one publisher at a time, so that one with many holes leaves something to the others
_WINDOW_S = 0.1
UNBOUNDED = 1 << 16


class Overload:
    def __init__(self) -> None:
        self._overflows = Lately(OVERFLOWS_S)
        self._begun = 0.0  # of the window that `_left` is for
        self._left = 0.0

    def overflowed(self, *, now: float) -> None:
        """The queue is full, and the kernel has dropped something since we looked last."""
        self._overflows.happened(now=now)

    def most(self, *, now: float) -> int:
        """So many packets may be asked for now, of one publisher."""
        if not self._overflows.holds(now=now):
            return UNBOUNDED
        if now - self._begun >= _WINDOW_S:
            self._begun, self._left = now, ASKED_PER_S * _WINDOW_S
        return max(0, min(int(self._left), ONE_MAX))

    def asked(self, packets: int) -> None:
        self._left -= packets
