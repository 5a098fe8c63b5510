"""The fast wire: many datagrams a system call, SRTP in place, a run of equal packets to one viewer as one message.

All reach into what nobody promised us stands in this file: pylibsrtp's cffi binding (`_binding.lib`, `_srtp`), libc's
`recvmmsg` and `sendmmsg` with their structures, the bytes of socket addresses.  Importing it fails (`ImportError`)
where any of that is missing; then `wire.PlainWire` does the work.  For Linux, 64 bits, little-endian.

On its way out a packet is never an object.  Copies are written into a slab of slots, protected there by libsrtp, and
described to the kernel by arrays whose pointers were written once.  The length of a slot stands in one place: in the
kernel's iovec, where libsrtp raises it by its trailer.
"""

import ctypes
import errno
import socket
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import repeat
from struct import Struct
from typing import Any, cast

import pylibsrtp

from sfu.core.copying import Copy
from sfu.core.load import LOAD_MAX, Load
from sfu.shell.counters import Counters
from sfu.shell.rank import ROW_MIN, Rank, Row
from sfu.shell.rank import Follower as _Follower
from sfu.shell.rank import Lane as _Lane
from sfu.shell.wire import (
    DATAGRAM_BYTES,
    NETWORK_BYTES,
    Address,
    Arrival,
    Follower,
    Forward,
    Host,
    Lane,
    Outlet,
    PlainWire,
)

SLOTS = LOAD_MAX  # copies that wait for one `sendmmsg`: 560 KiB
TRAILER_BYTES = 144  # libsrtp writes at most so many behind a packet: SRTP_MAX_TRAILER_LEN
SLOT_BYTES = 2240  # a datagram and its trailer, in an odd number of cache lines: they spread in the cache
ARRIVALS = 64  # datagrams of one `recvmmsg`
RUN_MAX = 64  # packets of one message: UDP_MAX_SEGMENTS, linux/udp.h
RUN_BYTES_MAX = 65_000  # of one message: an IP packet, less its headers

_SOL_UDP, _UDP_SEGMENT = 17, 103  # linux/udp.h

if sys.platform != "linux" or sys.maxsize < 1 << 32 or sys.byteorder != "little":
    raise ImportError("the kernel's structures have another layout here")

try:
    from pylibsrtp._binding import ffi as _untyped_ffi
    from pylibsrtp._binding import lib as _srtp_lib

    _ffi: Any = _untyped_ffi
    _protect, _unprotect = _srtp_lib.srtp_protect, _srtp_lib.srtp_unprotect
    pylibsrtp.Session()._srtp[0]
    _libc = ctypes.CDLL(None)
    # Called through cffi, in half the time that ctypes takes.
    _recvmmsg, _sendmmsg = (
        _ffi.cast(signature, ctypes.cast(function, ctypes.c_void_p).value)
        for signature, function in (
            ("int (*)(int, void *, unsigned int, int, void *)", _libc.recvmmsg),
            ("int (*)(int, void *, unsigned int, int)", _libc.sendmmsg),
        )
    )
except AttributeError as error:
    raise ImportError(str(error)) from error

_rename = Struct("!HB").pack_into  # VP8's picture id of 15 bits, and TL0PICIDX
_IOVEC = Struct("@PN")  # struct iovec: where, how much
_HEADER = Struct("@PI4xPNPN16x")  # struct mmsghdr: name, iovecs, control, each with its length; flags and length of all
_describe = _HEADER.pack_into
_HEADERS = range(0, SLOTS * _HEADER.size, _HEADER.size)  # where in the array each message stands
_do: Callable[[Iterator[None]], None] = deque[None](maxlen=0).extend  # all that an iterator does
_LENGTH_AT = 56  # of a message that was received, in struct mmsghdr
_SEGMENT = Struct("@NiiH6x")  # struct cmsghdr with UDP_SEGMENT
_SEGMENT_LENGTH = 18  # CMSG_LEN(2)
_LINE_BYTES = 64  # of a cache
_NAMES = {  # struct sockaddr_in, sockaddr_in6: family, port, flow, address, scope
    socket.AF_INET: Struct("@H2s4s8x"),
    socket.AF_INET6: Struct("@H2s4s16sI"),
}
_SOURCE = {socket.AF_INET: (4, 8), socket.AF_INET6: (8, 8 + NETWORK_BYTES)}  # where in them the address stands


def _address_of(cdata: Any) -> int:
    return int(_ffi.cast("uintptr_t", cdata))


class KernelWire(PlainWire):
    """Rare datagrams (STUN, DTLS, RTCP) go the plain way."""

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        super().__init__(sock, counters)
        self._fd = sock.fileno()
        self._family = sock.family
        self._name = _NAMES[sock.family]
        self._inbox = _Inbox(self._name.size)
        self._outbox = _Outbox(sock, counters)

    def receive(self, most: int) -> list[tuple[Address, Arrival]]:
        return self._inbox.receive(self._fd, min(most, ARRIVALS))

    def lane(self, session: pylibsrtp.Session, address: Address) -> Lane:
        return _KernelLane(self, session, address, self._outbox.run_max)

    def rank(self, followers: Sequence[Follower]) -> Forward:
        of_us = cast("Sequence[_Follower]", followers)
        return Rank(self._outbox, of_us).forward if len(of_us) >= ROW_MIN else partial(self._outbox.forward, of_us)

    def flush(self) -> None:
        self._outbox.flush()

    def host(self, address: Address) -> Host:
        fields = self._name.unpack(address)
        port = int.from_bytes(fields[1])
        if self._name is _NAMES[socket.AF_INET]:
            return socket.inet_ntop(socket.AF_INET, fields[2]), port
        return socket.inet_ntop(socket.AF_INET6, fields[3]), port, int.from_bytes(fields[2]), fields[4]

    def source(self, address: Address) -> bytes:
        start, end = _SOURCE[self._family]
        source: bytes = address[start:end]
        return source


class _Inbox:
    def __init__(self, name_bytes: int) -> None:
        slab = _ffi.new("char[]", ARRIVALS * DATAGRAM_BYTES)
        self._kept = [_ffi.new("char[]", ARRIVALS * size) for size in (name_bytes, _IOVEC.size)]
        self._messages = _ffi.new("char[]", ARRIVALS * _HEADER.size)
        names, iovecs = self._kept
        for n in range(ARRIVALS):
            iovec = _address_of(iovecs) + n * _IOVEC.size
            name = _address_of(names) + n * name_bytes
            _IOVEC.pack_into(
                _ffi.buffer(iovecs), n * _IOVEC.size, _address_of(slab) + n * DATAGRAM_BYTES, DATAGRAM_BYTES
            )
            _HEADER.pack_into(_ffi.buffer(self._messages), n * _HEADER.size, name, name_bytes, iovec, 1, 0, 0)
        self._lengths = memoryview(_ffi.buffer(self._messages)).cast("I")[_LENGTH_AT // 4 :: _HEADER.size // 4]
        self._names = _ffi.buffer(names)
        self._slots = [
            (_Slot(slab, n * DATAGRAM_BYTES), slice(n * name_bytes, (n + 1) * name_bytes)) for n in range(ARRIVALS)
        ]

    def receive(self, fd: int, most: int) -> list[tuple[Address, Arrival]]:
        count = _recvmmsg(fd, self._messages, most, socket.MSG_DONTWAIT, _ffi.NULL)
        came: list[tuple[Address, Arrival]] = []
        names = self._names
        for (slot, name), size in zip(self._slots[: max(0, count)], self._lengths, strict=False):
            slot.size = size
            came.append((names[name], slot))
        return came


class _Slot:
    __slots__ = ("_buffer", "_length", "_pointer", "size", "view")

    def __init__(self, slab: Any, at: int) -> None:
        self._pointer = slab + at
        self._length = _ffi.new("int *")
        self._buffer = _ffi.buffer(self._pointer, DATAGRAM_BYTES)
        self.view = memoryview(_ffi.buffer(slab))[at : at + DATAGRAM_BYTES]
        self.size = 0

    def __bytes__(self) -> bytes:
        plain: bytes = self._buffer[: self.size]
        return plain

    def unprotect(self, session: pylibsrtp.Session) -> bytes | None:
        length = self._length
        length[0] = self.size
        if _unprotect(session._srtp[0], self._pointer, length):
            return None
        plain: bytes = self._buffer[: length[0]]
        return plain


class _Outbox:
    """Slots with protected copies, and the messages that carry them: each a run of slots to one address."""

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        self._fd = sock.fileno()
        self._counters = counters
        self._name_bytes = _NAMES[sock.family].size
        self._slab = _ffi.new("char[]", SLOTS * SLOT_BYTES + _LINE_BYTES)
        self._iovecs = _ffi.new("char[]", SLOTS * _IOVEC.size)
        self._mmsg = _ffi.new("char[]", SLOTS * _HEADER.size)
        self._segments = _ffi.new("char[]", SLOTS * _SEGMENT.size)
        self._view, self._headers, self._controls = map(_ffi.buffer, (self._slab, self._mmsg, self._segments))
        # Of each slot: where in the slab it begins, the pointer to it, its iovec, its length, the pointer to that.
        begin, iovecs = -_address_of(self._slab) % _LINE_BYTES, _address_of(self._iovecs)
        self._slots = range(begin, begin + SLOTS * SLOT_BYTES, SLOT_BYTES)
        self._pointers = [self._slab + at for at in self._slots]
        self._iovecs_at = range(iovecs, iovecs + SLOTS * _IOVEC.size, _IOVEC.size)
        self._lengths = memoryview(_ffi.buffer(self._iovecs)).cast("Q")[1::2]
        self._segments_at = _address_of(self._segments)
        self._length_pointers = [_ffi.cast("int *", iovec + 8) for iovec in self._iovecs_at]
        for n, at in enumerate(self._slots):
            _IOVEC.pack_into(_ffi.buffer(self._iovecs), n * _IOVEC.size, _address_of(self._slab) + at, 0)
        self._used = 0
        self._to: list[_Follower] = []  # whom each message is for
        # What each header says already, from an earlier flush: it carries the slot of its own number to this name.
        self._said = [0] * SLOTS
        self.run_max = RUN_MAX if _segments(sock) else 1

    def write(self, row: Row, load: Load) -> None:
        """Give all of them these packets, by `map`: a line of Python for each of them would cost more than the work."""
        parts, followers = load.parts, row.followers
        each = len(parts)
        begin = self._room(each * len(followers))
        end = begin + each * len(followers)
        for first, (index, timestamp, pack_into, head, body, size, named) in enumerate(parts, begin):
            slots = self._slots[first:end:each]
            numbers = [index + distance & 0xFFFF for distance in row.distances]
            times = [timestamp + ticks & 0xFFFFFFFF for ticks in row.ticks]
            _do(map(pack_into, repeat(self._view), slots, repeat(head), numbers, times, row.ssrcs, repeat(body)))
            if row.pictures:
                within, picture, tl0 = named
                pictures = [0x8000 | picture + distance & 0x7FFF for distance in row.pictures]
                tl0s = [tl0 + distance & 0xFF for distance in row.tl0s]
                _do(map(_rename, repeat(self._view), [at + within for at in slots], pictures, tl0s))
            self._lengths[first:end:each] = memoryview(array("Q", (size,)) * len(slots))
        sessions = row.sessions if each == 1 else [session for session in row.sessions for _ in parts]
        refused = list(map(_protect, sessions, self._pointers[begin:end], self._length_pointers[begin:end]))
        self._used = end  # before any message carries them
        sizes = self._lengths[begin:end:each].tolist()
        if any(refused):
            self._without(followers, begin, each, refused)
        elif each > 1 and sizes.count(sizes[0]) < len(sizes):  # libsrtp's trailer is longer for some
            for first, follower in zip(range(begin, end, each), followers, strict=True):
                self._run(follower, first, first + each)
        else:
            for first, count in _runs([part[5] for part in parts], self.run_max):
                self._messages(row, slice(begin + first, end, each), count, self._lengths[begin + first])

    def forward(self, followers: Sequence[_Follower], load: Load) -> None:
        """Give these packets to one after the other."""
        parts = load.parts
        view, slots, lengths = self._view, self._slots, self._lengths
        for follower in followers:
            copy, lane = follower
            begin = end = self._room(len(parts))
            if copy.march is load.march or copy.fall_in(load):
                distance, ticks, names = copy.shift
                for index, timestamp, pack_into, head, body, size, named in parts:
                    at = slots[end]
                    pack_into(
                        view, at, head, index + distance & 0xFFFF, timestamp + ticks & 0xFFFFFFFF, copy.ssrc, body
                    )
                    if names is not None:
                        _rename(view, at + named[0], 0x8000 | named[1] + names[0] & 0x7FFF, named[2] + names[1] & 0xFF)
                    lengths[end] = size
                    if _protect(lane.srtp, self._pointers[end], self._length_pointers[end]):
                        self._refused()
                    else:
                        end += 1
            else:
                end = self._placed(copy, lane, load, begin)
            self._used = end
            self._run(follower, begin, end)

    def flush(self) -> None:
        if not self._used:
            return
        to, self._to = self._to, []
        self._counters.packets_out += self._used
        self._counters.bytes_out += sum(self._lengths[: self._used].tolist())
        self._used, at = 0, 0
        while at < len(to):
            sent = _sendmmsg(self._fd, self._mmsg + _HEADERS[at], len(to) - at, socket.MSG_DONTWAIT)
            if sent > 0:
                at += sent
            elif _ffi.errno == errno.EAGAIN:  # the socket's own buffer is full, for all that is left
                for n in range(at, len(to)):
                    self._lost(*self._carried(n))
                return
            elif _ffi.errno != errno.EINTR:  # this path's trouble: the others go on
                self._apart(to[at], *self._carried(at))
                at += 1

    def _room(self, slots: int) -> int:
        """The first of so many that are free."""
        if self._used + slots > SLOTS:
            self.flush()
        return self._used

    def _placed(self, copy: Copy, lane: _Lane, load: Load, end: int) -> int:
        """Packets that the copy places one by one, into slots from `end` on; the first slot that is free then."""
        for packet, (_, _, pack_into, head, body, size, _) in zip(load.packets, load.parts, strict=True):
            if (place := copy.place(packet)) is None:
                continue
            at = self._slots[end]
            pack_into(self._view, at, head, *place, copy.ssrc, body)
            if copy.patching:
                for within, value in copy.patches(packet):
                    self._view[at + within : at + within + len(value)] = value
            self._lengths[end] = size
            if _protect(lane.srtp, self._pointers[end], self._length_pointers[end]):
                self._refused()
            else:
                end += 1
        return end

    def _run(self, follower: _Follower, begin: int, end: int) -> None:
        """Send these slots to one address, in as few messages as can be."""
        if end - begin == 1:
            self._message(follower, begin, 1, 0)
            return
        sizes = self._lengths[begin:end].tolist()
        for first, count in _runs(sizes, follower[1].run_max):
            self._message(follower, begin + first, count, sizes[first])

    def _message(self, follower: _Follower, first: int, count: int, size: int) -> None:
        """Send these slots to one address as one message; if they are several, each of `size` but the last."""
        n, name = len(self._to), follower[1].name
        self._to.append(follower)
        says = name if count == 1 and first == n else 0
        if says and self._said[n] == says:
            return
        self._said[n] = says
        segment = self._segment(n, count, size)
        _describe(self._headers, _HEADERS[n], name, self._name_bytes, self._iovecs_at[first], count, *segment)

    def _messages(self, row: Row, firsts: slice, count: int, size: int) -> None:
        """A message to each of a row, likewise."""
        n = len(self._to)
        numbers = slice(n, n + len(row.followers))
        self._to += row.followers
        says = row.names if count == 1 and (firsts.start, firsts.step) == (n, 1) else [0] * len(row.names)
        if says is row.names and self._said[numbers] == says:
            return
        self._said[numbers] = says
        same = map(repeat, (count, *self._segment(n, count, size)))
        each = _HEADERS[numbers], row.names, repeat(self._name_bytes), self._iovecs_at[firsts]
        _do(map(_describe, repeat(self._headers), *each, *same))

    def _segment(self, n: int, count: int, size: int) -> tuple[int, int]:
        """(where it stands, its length) of what tells the kernel to cut a message, in the place of number `n`."""
        if count == 1:
            return 0, 0
        at = n * _SEGMENT.size
        _SEGMENT.pack_into(self._controls, at, _SEGMENT_LENGTH, _SOL_UDP, _UDP_SEGMENT, size)
        return self._segments_at + at, _SEGMENT.size

    def _carried(self, n: int) -> tuple[int, int]:
        """The slots of a message: the first, and the one behind the last."""
        _, _, iovec, count, _, _ = _HEADER.unpack_from(self._headers, _HEADERS[n])
        first = self._iovecs_at.index(iovec)
        return first, first + count

    def _without(self, followers: Sequence[_Follower], begin: int, each: int, refused: Sequence[int]) -> None:
        """What libsrtp has refused stays; the others' slots leave one by one."""
        for slot, status in enumerate(refused, begin):
            if not status:
                self._message(followers[(slot - begin) // each], slot, 1, 0)
                continue
            self._refused()
            self._counters.packets_out -= 1
            self._counters.bytes_out -= self._lengths[slot]

    def _refused(self) -> None:
        self._counters.dropped["not_protected"] += 1

    def _apart(self, follower: _Follower, begin: int, end: int) -> None:
        """The kernel refuses a message.  A run may be too long for the path's MTU: try its packets alone."""
        if end - begin == 1:
            self._lost(begin, end)
            return
        copy, lane = follower
        lane.run_max = 1
        if copy.march is not None:
            copy.march.changes += 1
        for slot in range(begin, end):
            self._message(follower, slot, 1, 0)  # the first message of all has been sent, or was this one
            if _sendmmsg(self._fd, self._mmsg, 1, socket.MSG_DONTWAIT) != 1:
                self._lost(slot, slot + 1)
            self._to.clear()

    def _lost(self, begin: int, end: int) -> None:
        self._counters.dropped["not_sent"] += end - begin
        self._counters.packets_out -= end - begin
        self._counters.bytes_out -= sum(self._lengths[begin:end].tolist())


def _segments(sock: socket.socket) -> bool:
    """Whether this kernel cuts one message into datagrams (Linux 4.18 and later)."""
    try:
        sock.getsockopt(_SOL_UDP, _UDP_SEGMENT)
    except OSError:
        return False
    return True


def _runs(sizes: list[int], most: int) -> list[tuple[int, int]]:
    """(first, how many) of the packets that go in one message each: equal ones, and after them one that is shorter."""
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(sizes):
        size = sizes[at]
        ahead = sizes[at : at + min(most, RUN_BYTES_MAX // (size + TRAILER_BYTES))]
        count = next((n for n, other in enumerate(ahead) if other != size), len(ahead))
        count += count < len(ahead) and ahead[count] < size
        runs.append((at, count))
        at += count
    return runs


class _KernelLane:
    __slots__ = ("_kept", "_session", "name", "outlet", "run_max", "srtp")

    def __init__(self, outlet: Outlet, session: pylibsrtp.Session, address: bytes, run_max: int) -> None:
        self.outlet = outlet
        self._session = session  # keeps what `srtp` points to
        self.srtp = session._srtp[0]
        self._kept = _ffi.new("char[]", address)
        self.name = _address_of(self._kept)
        self.run_max = run_max
