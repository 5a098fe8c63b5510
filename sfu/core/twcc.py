"""When each packet of a connection arrived, told to its sender, who estimates the line by it.

Pure.  Transport-wide feedback as in draft-holmer-rmcat-transport-wide-cc-extensions-01: packets carry a number that
counts all streams of the connection, and feedback lists the numbers since the last with their times of arrival.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from struct import pack

from sfu.core.sequence import Unwrapper

_RTPFB, _FORMAT = 205, 15
_TICKS_PER_S = 4000  # a delta counts 250 µs
_REFERENCE_TICKS = 256  # the reference time counts 64 ms
_SMALL = range(256)  # deltas of one byte
_LARGE = range(-(1 << 15), 1 << 15)  # of two

_LOST, _CLOSE, _FAR = 0, 1, 2  # statuses: not here; here, with a small delta; here, with a large one
_RUN_MAX = (1 << 13) - 1
_BITS, _PAIRS = 14, 7  # statuses in a vector of one bit each, of two bits each

PENDING_MAX = 512  # packets noted between two feedbacks; a limited publisher sends a tenth of it in 50 ms
HOLE_MAX = 1000  # a larger one is a jump, of which the sender is told nothing
FEEDBACKS_MAX = 32  # at a time; numbers that jump about would make one each, and the rest is not worth it
LISTED_MAX = 400  # packets in one feedback: 800 bytes of deltas, and chunks
SPAN_MAX = 1000  # numbers in one feedback, lost ones too: 290 bytes of chunks


class Arrivals:
    def __init__(self) -> None:
        self._indexes = Unwrapper()
        self._times: dict[int, int] = {}  # index -> ticks, since the last feedback
        self._next: int | None = None  # the index after the last that was told of
        self._count = 0

    def arrived(self, number: int, *, now: float) -> None:
        if len(self._times) < PENDING_MAX:
            self._times.setdefault(self._indexes.index(number), int(now * _TICKS_PER_S + 0.5))

    def feedback(self, sender: int, ssrc: int) -> list[bytes]:
        """All that came since the last call, as RTCP packets; `ssrc` is any stream of the connection."""
        arrivals, self._times = sorted(self._times.items()), {}
        packets = []
        for group in islice(_groups(arrivals, self._next or 0), FEEDBACKS_MAX):
            first, last = group[0][0], group[-1][0]
            # The hole before is told of, too: the sender does not know of losses by itself.
            hole = first - self._next if self._next is not None else 0
            base = first - hole if 0 < hole < HOLE_MAX else first
            self._next = max(last + 1, self._next or 0)
            packets.append(_packet(sender, ssrc, base, group, self._count))
            self._count = (self._count + 1) & 0xFF
        return packets


def _groups(arrivals: Sequence[tuple[int, int]], told: int) -> Iterator[Sequence[tuple[int, int]]]:
    """Cut where one feedback cannot hold what follows: a jump, a delta too large, too many packets or numbers.

    Late packets, before the index `told`, stand by themselves: what lies between them was told of.
    """
    start = 0
    for n, (index, ticks) in enumerate(arrivals):
        if n == start:
            continue
        before, at = arrivals[n - 1]
        hole_max = 1 if before < told else HOLE_MAX
        long = n - start >= LISTED_MAX or index - arrivals[start][0] >= SPAN_MAX
        if index - before > hole_max or ticks - at not in _LARGE or long:
            yield arrivals[start:n]
            start = n
    if arrivals:
        yield arrivals[start:]


def _packet(sender: int, ssrc: int, base: int, arrivals: Sequence[tuple[int, int]], count: int) -> bytes:
    reference = arrivals[0][1] // _REFERENCE_TICKS
    before = reference * _REFERENCE_TICKS
    runs: list[list[int]] = []  # [status, how often]
    deltas = bytearray()
    expected = base
    for index, ticks in arrivals:
        if index > expected:
            _extend(runs, _LOST, index - expected)
        delta, before, expected = ticks - before, ticks, index + 1
        if delta in _SMALL:
            _extend(runs, _CLOSE, 1)
            deltas.append(delta)
        else:
            _extend(runs, _FAR, 1)
            deltas += pack("!h", delta)
    head = pack("!IIHHI", sender, ssrc, base & 0xFFFF, expected - base, (reference & 0xFFFFFF) << 8 | count)
    body = head + b"".join(pack("!H", chunk) for chunk in _chunks(runs)) + deltas
    padding = -len(body) % 4
    if padding:  # RFC 3550 6.4.1: its last byte says how much it is
        body += bytes(padding - 1) + bytes((padding,))
    return pack("!BBH", 0x80 | (0x20 if padding else 0) | _FORMAT, _RTPFB, len(body) // 4) + body


def _extend(runs: list[list[int]], status: int, times: int) -> None:
    if runs and runs[-1][0] == status:
        runs[-1][1] += times
    else:
        runs.append([status, times])


def _chunks(runs: Iterable[Sequence[int]]) -> Iterator[int]:
    """Long runs as run lengths, all else as vectors.  The last vector may be longer than what there is to say."""
    waiting: list[int] = []  # statuses for a vector; fewer than it holds
    for status, times in runs:
        left = times
        while left:
            if not waiting and left >= _PAIRS:
                taken = min(left, _RUN_MAX)
                yield status << 13 | taken
            else:
                taken = min(left, _BITS - len(waiting))
                waiting += [status] * taken
                yield from _vectors(waiting)
            left -= taken
    while waiting:
        yield _vector(waiting)


def _vectors(waiting: list[int]) -> Iterator[int]:
    """Vectors that are full."""
    while len(waiting) >= (_PAIRS if _FAR in waiting[:_PAIRS] else _BITS):
        yield _vector(waiting)


def _vector(waiting: list[int]) -> int:
    """Take one vector from the front: of one bit each where that will do."""
    if _FAR in waiting[:_BITS]:
        taken, width, form = waiting[:_PAIRS], 2, 0xC000
    else:
        taken, width, form = waiting[:_BITS], 1, 0x8000
    del waiting[: len(taken)]
    size = _PAIRS if width == 2 else _BITS
    return form | sum(status << width * (size - 1 - n) for n, status in enumerate(taken))
