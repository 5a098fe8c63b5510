"""Copies in step with their layer stand in a row, so that what is done to all of them is done at once.

What differs between them is a few numbers each, and these stay until one falls out of step, leaves or joins.  A lane
is known here by what the kernel's wire needs of it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from sfu.core.copying import Copy
from sfu.core.load import LOAD_MAX, Load, March

ROW_MIN = 8  # copies of a rank; with fewer the row costs more than it saves


class Lane(Protocol):
    """The way to one viewer, as `kernel` knows it."""

    srtp: Any
    name: int
    run_max: int


Follower = tuple[Copy, Lane]


class Row(NamedTuple):
    """Copies in step with their layer: a list of each thing in which they differ."""

    followers: Sequence[Follower]
    sessions: Sequence[Any]
    names: Sequence[int]
    ssrcs: Sequence[int]
    distances: Sequence[int]  # to add to a packet's index, and so on: see `copying.Shift`
    ticks: Sequence[int]
    pictures: Sequence[int]  # empty, as the next: all keep the picture's numbers
    tl0s: Sequence[int]

    @classmethod
    def of(cls, followers: Sequence[Follower]) -> "Row":
        shifts = [copy.shift for copy, _ in followers]
        names = [names or (0, 0) for *_, names in shifts] if any(names for *_, names in shifts) else []
        return cls(
            followers,
            [lane.srtp for _, lane in followers],
            [lane.name for _, lane in followers],
            [copy.ssrc for copy, _ in followers],
            [distance for distance, _, _ in shifts],
            [ticks for _, ticks, _ in shifts],
            [picture for picture, _ in names],
            [tl0 for _, tl0 in names],
        )

    def cut(self, most: int) -> Iterator["Row"]:
        """Rows of so many at most."""
        for n in range(0, len(self.followers), most):
            yield Row._make(column[n : n + most] for column in self)


class Outbox(Protocol):
    """What `kernel` has for packets that wait to leave: `LOAD_MAX` slots."""

    run_max: int

    def write(self, row: Row, load: Load) -> None:
        """Give all of them these packets, as many as there are slots at most."""

    def forward(self, followers: Sequence[Follower], load: Load) -> None:
        """Give these packets to one after the other."""


class Rank:
    """Copies of one layer that leave by one socket: those in a row, and the others."""

    def __init__(self, outbox: Outbox, followers: Sequence[Follower]) -> None:
        self._outbox = outbox
        self._followers = followers
        self._row: Row | None = None
        self._others = followers
        self._march: March | None = None  # that the row is in step with
        self._changes = 0  # of the march, when the row was made

    def forward(self, load: Load) -> None:
        """Send each what its copy gets of these packets.

        A newcomer's first are placed, with its second load it falls in, with its third it stands in the row.
        """
        march = load.march
        if (
            march is not self._march
            or march.changes != self._changes
            or any(self._stands(*one) for one in self._others)
        ):
            self._line_up(load)
        if (row := self._row) is not None:
            most = LOAD_MAX // len(load.packets)
            for part in (row,) if len(row.followers) <= most else row.cut(most):
                self._outbox.write(part, load)
        if self._others:
            self._outbox.forward(self._others, load)

    def _line_up(self, load: Load) -> None:
        self._march = None  # if one of them raises, they line up again
        for copy, _ in self._followers:
            if copy.march is not load.march:
                copy.fall_in(load)
        self._march = load.march
        in_step = [one for one in self._followers if self._stands(*one)]
        self._row = Row.of(in_step) if in_step else None
        self._others = [one for one in self._followers if not self._stands(*one)]
        self._changes = load.march.changes

    def _stands(self, copy: Copy, lane: Lane) -> bool:
        """Can it be in the row?  Not where the way cannot take runs as long as the others'."""
        return copy.march is self._march and lane.run_max == self._outbox.run_max
