"""What one member has seen of their room's log, over as many connections as it took.  Pure.

A member's view stands on a snapshot (everything up to its `seq`) and goes on with every event after it:

- a *repeat* is an event whose `seq` is not above all that the view had before;
- a *gap* is an event of the stored log that is for all (`"to":"all"`) and that this member, whose view began before it,
  has not;
- a new snapshot replaces the view: what it covers is neither, and neither is what was seen before it, for it may have
  been shown by a node that died before it was stored.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field


@dataclass(slots=True)
class Ledger:
    """One member's view."""

    snapshot: int = 0  # everything up to here came at once
    newest: int = 0
    repeats: int = 0
    seen: set[int] = field(default_factory=set)  # after the snapshot

    def take_snapshot(self, seq: int) -> None:
        self.snapshot = self.newest = seq
        self.seen.clear()

    def take_event(self, seq: int) -> None:
        if seq <= self.newest:
            self.repeats += 1
            return
        self.newest = seq
        self.seen.add(seq)

    def resume(self, seq: int) -> None:
        """A connection goes on after `seq`, as the server understood it."""
        self.newest = max(seq, self.newest)


def gaps(room: Iterable[Ledger], log: Set[int]) -> int:
    """Events that members of one room lack, summed over them.  `log`: each `seq` of its log that is for all."""
    return sum(seq > ledger.snapshot for ledger in room for seq in log - ledger.seen)
