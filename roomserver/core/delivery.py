"""Connections as cursors into the log: what each lacks, encoded once for all who lack the same.

A line has no queue of its own, only the `seq` it was sent last.  An event is encoded and framed once for each codec;
lines at the same cursor with the same right to see get the same bytes.  A line that does not drain is not advanced.
Rules: DELIVER-* in docs/rules.md.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field

from protocol.codec import Codec
from protocol.notices import AnySignal

from .effects import Flash, Line
from .log import Audience, Entry, LoggedEvent

TICK_S = 0.02  # at most one write a line in this time; the first after silence leaves at once
WINDOW_BYTES = 8_000_000  # of stored bodies: older events are no longer sent one by one

Framer = Callable[[Codec, LoggedEvent | AnySignal], bytes]


@dataclass(slots=True)
class Cursor:
    """One connection: up to where it was sent the log, how it reads, and with whose eyes."""

    codec: Codec
    member: int
    staff: bool
    seq: int


@dataclass(slots=True)
class Slot:
    """An event in the window, and its frames as far as somebody needed them."""

    event: LoggedEvent
    audience: Audience
    size: int
    frames: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """What decides who sees what in a stretch of the log: does staff differ, and who is named."""

    staff: bool
    named: frozenset[int]


class Delivery:
    """The newest events of one room, and everybody who reads them."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._slots: list[Slot] = []
        self._first = 1  # seq of the oldest slot
        self._size = 0
        self._cursors: dict[Line, Cursor] = {}
        self._signals: dict[tuple[str, int], Flash] = {}

    @property
    def newest(self) -> int:
        return self._first + len(self._slots) - 1

    def append(self, entry: Entry) -> None:
        """The next event.  The oldest leave when the window is full."""
        if not self._slots:
            self._first = entry.seq
        slot = Slot(entry.event, entry.audience, len(entry.body) + len(entry.personal or b""))
        self._slots.append(slot)
        self._size += slot.size
        if self._size > WINDOW_BYTES:
            self._trim()

    def _trim(self) -> None:
        """Down to seven eighths at once, so that the list is not shifted for every event."""
        count = 0
        while self._size > WINDOW_BYTES * 7 // 8 and count < len(self._slots) - 1:
            self._size -= self._slots[count].size
            count += 1
        del self._slots[:count]
        self._first += count

    def enter(self, line: Line, codec: Codec, member: int, *, staff: bool, seq: int) -> None:
        self._cursors[line] = Cursor(codec, member, staff, seq)

    def leave(self, line: Line) -> None:
        self._cursors.pop(line, None)

    def holds(self, seq: int) -> bool:
        """Are all events after `seq` still in the window?"""
        return self._first <= seq + 1

    def cut_off(self, stalled: Container[Line]) -> list[Line]:
        """Lines that can take something, but are further behind than the window: they need a snapshot."""
        return [line for line, cursor in self._cursors.items() if line not in stalled and not self.holds(cursor.seq)]

    def skip_to(self, line: Line, seq: int) -> None:
        """A snapshot has told the line everything up to `seq`."""
        self._cursors[line].seq = seq

    def flash(self, flash: Flash) -> None:
        self._signals[flash.key] = flash

    @property
    def waiting(self) -> bool:
        """Is there anything that somebody has not been sent?"""
        newest = self.newest
        return bool(self._signals) or any(cursor.seq < newest for cursor in self._cursors.values())

    def collect(self, stalled: Container[Line] = ()) -> Iterator[tuple[Line, bytes]]:
        """One write for each line that lacks something and can take it.  Signals go out once, then they are gone."""
        newest, spans = self.newest, dict[int, Span]()
        ready: dict[tuple[int, str, bool, int], bytes] = {}
        flashes = self._flashes() if self._signals else None
        for line, cursor in self._cursors.items():
            if line in stalled or not self.holds(cursor.seq):
                continue
            data = b""
            if cursor.seq < newest:
                if (span := spans.get(cursor.seq)) is None:
                    span = spans[cursor.seq] = self._span(cursor.seq)
                member = cursor.member if cursor.member in span.named else 0
                key = (cursor.seq, cursor.codec.subprotocol, cursor.staff and span.staff, member)
                if (joined := ready.get(key)) is None:
                    joined = ready[key] = self._join(cursor)
                data = joined
                cursor.seq = newest
            if flashes is not None:
                data += flashes(cursor)
            if data:
                yield line, data
        self._signals.clear()

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
        slots = [slot.audience for slot in self._after(seq) if not slot.audience.everyone]
        named = frozenset[int]().union(*(audience.members for audience in slots))
        return Span(any(audience.staff for audience in slots), named)

    def _join(self, cursor: Cursor) -> bytes:
        slots = self._after(cursor.seq)
        return b"".join(
            self._frame(slot, cursor.codec) for slot in slots if slot.audience.sees(cursor.member, staff=cursor.staff)
        )

    def _frame(self, slot: Slot, codec: Codec) -> bytes:
        frame = slot.frames.get(codec.subprotocol)
        if frame is None:
            frame = slot.frames[codec.subprotocol] = self._framer(codec, slot.event)
        return frame

    def _flashes(self) -> Callable[[Cursor], bytes]:
        """The signals of this turn, for each codec joined once; a sender does not hear their own."""
        flashes = list(self._signals.values())
        senders = {flash.sender for flash in flashes}
        ready: dict[tuple[str, int], bytes] = {}

        def joined(cursor: Cursor) -> bytes:
            key = (cursor.codec.subprotocol, cursor.member if cursor.member in senders else 0)
            if key not in ready:
                mine = (flash.signal for flash in flashes if flash.sender != key[1] or not flash.sender)
                ready[key] = b"".join(self._framer(cursor.codec, signal) for signal in mine)
            return ready[key]

        return joined


@dataclass(slots=True)
class Pace:
    """When the room's next turn is: at once after silence, else a tick after the last."""

    last: float = 0.0

    def due(self, now: float) -> bool:
        return now >= self.last + TICK_S

    def turn(self, now: float) -> None:
        self.last = now

    @property
    def next(self) -> float:
        return self.last + TICK_S
