"""Connections as cursors into the log: what each lacks, encoded once for all who lack the same.

A line has no queue of its own, only the `seq` it was sent last.  An event is encoded and framed once for each codec;
lines at the same cursor with the same right to see get the same bytes.  A line that does not drain is not advanced.
Rules: DELIVER-* in docs/rules.md.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field

from protocol.codec import Codec
from protocol.notices import AnySignal

from .effects import Flash, Line
from .log import Audience, Entry, LoggedEvent, Side, told

TICK_S = 0.02  # at most one write a line in this time; the first after silence leaves at once
TICK_MAX_S = 0.1  # the longest that a busy room makes anybody wait
WINDOW_MS = 600_000  # and not for longer than this
FAR_EVENTS = 1_000  # behind by more: a snapshot may be smaller
TURN_SHARE = 5  # a turn that takes a fifth of the tick stretches it
SOFT_BYTES = 65_536  # unsent: above this a line is stalled, until it has drained
STALLED_S = 30  # a stalled line that takes nothing for so long is cut; it may resume
WINDOW_BYTES = 2_000_000  # of stored bodies: older events are no longer sent one by one

Framer = Callable[[Codec, LoggedEvent | AnySignal], bytes]


@dataclass(slots=True)
class Cursor:
    """One connection: up to where it was sent the log, how it reads, and with whose eyes."""

    codec: Codec
    member: int
    side: Side
    seq: int


@dataclass(slots=True)
class Slot:
    """An event in the window, as staff and as others are told it, and its frames as far as somebody needed them."""

    event: LoggedEvent
    told: LoggedEvent
    audience: Audience
    size: int
    frames: dict[tuple[str, bool], bytes] = field(default_factory=dict)  # by codec, and is it the one for staff?

    @property
    def apart(self) -> frozenset[Side]:
        """Who does not see of it what everybody sees."""
        return self.audience.sides if self.told is self.event else self.audience.sides | {"staff"}


@dataclass(frozen=True, slots=True)
class Span:
    """What decides who sees what in a stretch of the log: which sides see more, and who is named."""

    apart: frozenset[Side]
    named: frozenset[int]


class Delivery:
    """The newest events of one room, and everybody who reads them."""

    def __init__(self, framer: Framer, *, after: int = 0) -> None:
        """A window that is empty yet: the first event that it gets is the one behind `after`."""
        self._framer = framer
        self._slots: list[Slot] = []
        self._first = after + 1  # seq of the oldest slot
        self._size = 0
        self._cursors: dict[Line, Cursor] = {}
        self._signals: dict[tuple[str, int], Flash] = {}
        self.waiting = False  # is there anything that somebody, who can take it, has not been sent?

    @property
    def newest(self) -> int:
        return self._first + len(self._slots) - 1

    def append(self, entry: Entry) -> None:
        """The next event.  The oldest leave when the window is full."""
        slot = Slot(entry.event, told(entry.event), entry.audience, len(entry.body) + len(entry.personal or b""))
        self._slots.append(slot)
        self._size += slot.size
        self.waiting = True
        if self._size > WINDOW_BYTES or entry.at - self._slots[0].event.at > WINDOW_MS:
            self._trim(entry.at)

    def _trim(self, at: int) -> None:
        """Down to seven eighths at once, so that the list is not shifted for every event."""
        count = 0
        while count < len(self._slots) - 1 and (
            self._size > WINDOW_BYTES * 7 // 8 or at - self._slots[count].event.at > WINDOW_MS * 7 // 8
        ):
            self._size -= self._slots[count].size
            count += 1
        del self._slots[:count]
        self._first += count

    def enter(self, line: Line, codec: Codec, member: int, *, side: Side, seq: int) -> None:
        self._cursors[line] = Cursor(codec, member, side, seq)
        self.waiting |= seq < self.newest

    def leave(self, line: Line) -> None:
        self._cursors.pop(line, None)

    def holds(self, seq: int) -> bool:
        """Are all events after `seq` still in the window?"""
        return self._first <= seq + 1

    def far_behind(self, stalled: Container[Line]) -> list[tuple[Line, int | None]]:
        """Lines that can take something, and lack so much that a snapshot may be smaller.

        With each the bytes that it lacks (roughly: as stored), or None when the window no longer has them.
        """
        far = self.newest - FAR_EVENTS
        return [
            (line, sum(slot.size for slot in self._after(cursor.seq)) if self.holds(cursor.seq) else None)
            for line, cursor in self._cursors.items()
            if line not in stalled and (cursor.seq < far or not self.holds(cursor.seq))
        ]

    def skip_to(self, line: Line, seq: int) -> None:
        """A snapshot has told the line everything up to `seq`."""
        self._cursors[line].seq = seq

    def flash(self, flash: Flash) -> None:
        self._signals[flash.key] = flash
        self.waiting = True

    def collect(self, stalled: Container[Line] = ()) -> Iterator[tuple[Line, bytes]]:
        """One write for each line that lacks something and can take it.  Signals go out once, then they are gone."""
        newest, spans = self.newest, dict[int, Span]()
        ready: dict[tuple[int, str, Side | None, int], bytes] = {}
        flashes = self._flashes() if self._signals else None
        for line, cursor in self._cursors.items():
            if line in stalled or not self.holds(cursor.seq):
                continue
            data = b""
            if cursor.seq < newest:
                if (span := spans.get(cursor.seq)) is None:
                    span = spans[cursor.seq] = self._span(cursor.seq)
                member = cursor.member if cursor.member in span.named else 0
                side = cursor.side if cursor.side in span.apart else None
                key = (cursor.seq, cursor.codec.subprotocol, side, member)
                if (joined := ready.get(key)) is None:
                    joined = ready[key] = self._join(cursor)
                data = joined
                cursor.seq = newest
            if flashes is not None:
                data += flashes(cursor)
            if data:
                yield line, data
        self._signals.clear()
        self.waiting = False

    def last_words(self, line: Line) -> bytes:
        """All that a line lacks, before it is closed."""
        cursor = self._cursors.get(line)
        if cursor is None or not self.holds(cursor.seq):
            return b""
        data = self._join(cursor)
        cursor.seq = self.newest
        return data

    def _after(self, seq: int) -> list[Slot]:
        return self._slots[seq + 1 - self._first :]

    def _span(self, seq: int) -> Span:
        slots = [slot for slot in self._after(seq) if not slot.audience.everyone or slot.told is not slot.event]
        named = frozenset[int]().union(*(slot.audience.members for slot in slots))
        return Span(frozenset[Side]().union(*(slot.apart for slot in slots)), named)

    def _join(self, cursor: Cursor) -> bytes:
        slots = self._after(cursor.seq)
        return b"".join(
            self._frame(slot, cursor.codec, cursor.side)
            for slot in slots
            if slot.audience.sees(cursor.member, cursor.side)
        )

    def _frame(self, slot: Slot, codec: Codec, side: Side) -> bytes:
        for_staff = side == "staff" and slot.told is not slot.event
        frame = slot.frames.get((codec.subprotocol, for_staff))
        if frame is None:
            frame = self._framer(codec, slot.event if for_staff else slot.told)
            slot.frames[codec.subprotocol, for_staff] = frame
            slot.size += len(frame)
            self._size += len(frame)
        return frame

    def _flashes(self) -> Callable[[Cursor], bytes]:
        """The signals of this turn, joined once for each codec and for all who see the same.

        A sender does not hear their own.
        """
        flashes = list(self._signals.values())
        apart = {flash.sender for flash in flashes}.union(*(flash.audience.members for flash in flashes))
        sides_apart = frozenset[Side]().union(*(flash.audience.sides for flash in flashes))
        ready: dict[tuple[str, int, Side], bytes] = {}

        def joined(cursor: Cursor) -> bytes:
            member = cursor.member if cursor.member in apart else 0
            side: Side = cursor.side if cursor.side in sides_apart else "learner"
            key = (cursor.codec.subprotocol, member, side)
            if key not in ready:
                others = (flash for flash in flashes if flash.sender != member or not flash.sender)
                mine = (flash.signal for flash in others if flash.audience.sees(member, side))
                ready[key] = b"".join(self._framer(cursor.codec, signal) for signal in mine)
            return ready[key]

        return joined


@dataclass(slots=True)
class Pace:
    """When the room's next turn is: at once after silence, else a tick after the last.

    The busier the room, the longer the tick: five times what a turn takes, from 20 to 100 ms, so that writing to
    everybody costs a room at most a fifth of a core (DELIVER-8).
    """

    last: float = 0.0
    tick_s: float = TICK_S

    def due(self, now: float) -> bool:
        return now >= self.next

    def turned(self, now: float, *, took: float) -> None:
        """A turn was taken at `now`, and took so many seconds.  One slow turn does not make a busy room."""
        self.last = now
        wanted = min(max(TICK_S, took * TURN_SHARE), TICK_MAX_S)
        self.tick_s += (wanted - self.tick_s) / 4

    @property
    def next(self) -> float:
        return self.last + self.tick_s

    @property
    def overloaded(self) -> bool:
        """Does stretching no longer help?"""
        return self.tick_s > TICK_MAX_S * 0.9


@dataclass(slots=True)
class Waiting:
    """A line that is stalled: since when it has taken nothing, and what lay in its buffer then."""

    since: float
    backlog: int


@dataclass(slots=True)
class Patience:
    """Which lines are stalled, and for how long they have taken nothing at all (SLOW-1, SLOW-2)."""

    stalled: dict[Line, Waiting] = field(default_factory=dict)
    drained: bool = False  # has a line become able to take more? whoever has seen it sets it back

    def look(self, backlogs: Mapping[Line, int], now: float) -> None:
        """What lies unsent in each line's buffer (bytes), at `now`."""
        for line, backlog in backlogs.items():
            known = self.stalled.get(line)
            if backlog <= (0 if known else SOFT_BYTES):
                self.drained |= self.stalled.pop(line, None) is not None
            elif known is None or backlog < known.backlog:
                self.stalled[line] = Waiting(now, backlog)

    def given_up(self, now: float) -> list[Line]:
        """Lines that have taken nothing for too long; each is named once."""
        lines = [line for line, waiting in self.stalled.items() if waiting.since + STALLED_S <= now]
        for line in lines:
            del self.stalled[line]
        return lines

    def forget(self, line: Line) -> None:
        self.stalled.pop(line, None)

    @property
    def next(self) -> float | None:
        """When the next line may have to be given up."""
        return min((waiting.since + STALLED_S for waiting in self.stalled.values()), default=None)
