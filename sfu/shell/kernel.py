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
from collections.abc import Sequence
from struct import Struct
from typing import Any, cast

import pylibsrtp

from sfu.core.copying import Copy
from sfu.core.load import LOAD_MAX, Load
from sfu.shell.counters import Counters
from sfu.shell.wire import DATAGRAM_BYTES, NETWORK_BYTES, Address, Arrival, Follower, Host, Lane, Outlet, PlainWire

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
_IOVEC_BYTES, _HEADER_BYTES = _IOVEC.size, _HEADER.size  # asked of a Struct they cost as much as a call
_describe = _HEADER.pack_into
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

    def forward(self, followers: Sequence[Follower], load: Load) -> None:
        self._outbox.forward(cast("Sequence[_Follower]", followers), load)

    def flush(self) -> None:
        if self._outbox.used:
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
        self._slab = _ffi.new("char[]", SLOTS * SLOT_BYTES + _LINE_BYTES)
        self._iovecs = _ffi.new("char[]", SLOTS * _IOVEC.size)
        self._messages = _ffi.new("char[]", SLOTS * _HEADER.size)
        self._segments = _ffi.new("char[]", SLOTS * _SEGMENT.size)
        self._iovecs_at, self._segments_at = _address_of(self._iovecs), _address_of(self._segments)
        self._headers, self._controls = _ffi.buffer(self._messages), _ffi.buffer(self._segments)
        self._runs: list[tuple[_KernelLane, int, int]] = []  # of each message: its slots, from and up to
        # What a message says of itself already, from an earlier flush: it carries the slot of its number to this name.
        self._stands = [0] * SLOTS
        self.run_max = RUN_MAX if _segments(sock) else 1
        self.used = 0
        self._slab_view = _ffi.buffer(self._slab)
        self._slots = []  # (offset in the slab, pointer to it, pointer to the length)
        first = -_address_of(self._slab) % _LINE_BYTES
        for n in range(SLOTS):
            at = first + n * SLOT_BYTES
            _IOVEC.pack_into(_ffi.buffer(self._iovecs), n * _IOVEC.size, _address_of(self._slab) + at, 0)
            length = _ffi.cast("int *", self._iovecs_at + n * _IOVEC.size + 8)
            self._slots.append((at, self._slab + at, length))
        self._lengths = memoryview(_ffi.buffer(self._iovecs)).cast("Q")[1::2]

    def forward(self, followers: Sequence["_Follower"], load: Load) -> None:
        """What each gets of these packets, into slots and messages."""
        if len(load.parts) == 1:
            self._forward_one(followers, load)
        else:
            self._forward_several(followers, load)

    def _forward_one(self, followers: Sequence["_Follower"], load: Load) -> None:
        """The ordinary case where little comes: nothing that is the same for all is asked for each."""
        slab, slots, lengths, march = self._slab_view, self._slots, self._lengths, load.march
        runs, stands, end = self._runs, self._stands, self.used
        [(index, timestamp, pack_into, head, body, size, named)] = load.parts
        try:
            for copy, lane in followers:
                if end == SLOTS:
                    self.used, end = end, 0
                    self.flush()
                    runs = self._runs
                begin = end
                if copy.march is march or copy.fall_in(load):
                    distance, ticks, names = copy.shift
                    at, pointer, length = slots[end]
                    pack_into(
                        slab, at, head, index + distance & 0xFFFF, timestamp + ticks & 0xFFFFFFFF, copy.ssrc, body
                    )
                    if names is not None:
                        _rename(slab, at + named[0], 0x8000 | named[1] + names[0] & 0x7FFF, named[2] + names[1] & 0xFF)
                    lengths[end] = size
                    if _protect(lane.srtp, pointer, length):
                        self._refused()
                    else:
                        end += 1
                else:
                    end = self._placed(copy, lane, load, end)
                if end == begin:
                    continue
                if begin == len(runs) and stands[begin] == lane.name:
                    runs.append((lane, begin, end))
                else:
                    self._message(lane, begin, 1)
        finally:  # whatever one of them does: what stands in a message stays in its slot
            self.used = end

    def _forward_several(self, followers: Sequence["_Follower"], load: Load) -> None:
        slab, slots, lengths, parts, march = self._slab_view, self._slots, self._lengths, load.parts, load.march
        most = SLOTS - len(parts)
        whole = _runs([size for *_, size, _ in parts], RUN_MAX)
        for copy, lane in followers:
            if self.used > most:
                self.flush()
            begin = end = self.used
            if copy.march is march or copy.fall_in(load):
                distance, ticks, names = copy.shift
                srtp, ssrc = lane.srtp, copy.ssrc
                for index, timestamp, pack_into, head, body, size, named in parts:
                    at, pointer, length = slots[end]
                    pack_into(slab, at, head, index + distance & 0xFFFF, timestamp + ticks & 0xFFFFFFFF, ssrc, body)
                    if names is not None:
                        _rename(slab, at + named[0], 0x8000 | named[1] + names[0] & 0x7FFF, named[2] + names[1] & 0xFF)
                    lengths[end] = size
                    if _protect(srtp, pointer, length):
                        self._refused()
                    else:
                        end += 1
            else:
                end = self._placed(copy, lane, load, begin)
            if end == begin + len(parts) and lane.run_max > 1:
                for at, count in whole:
                    self._message(lane, begin + at, count, lengths[begin + at])
            elif end > begin:
                sizes = lengths[begin:end].tolist()
                for at, count in _runs(sizes, lane.run_max):
                    self._message(lane, begin + at, count, sizes[at])
            self.used = end

    def _placed(self, copy: Copy, lane: "_KernelLane", load: Load, end: int) -> int:
        """Packets that the copy places one by one, into slots from `end` on; the first slot that is free then."""
        slab = self._slab_view
        for packet, (_, _, pack_into, head, body, size, _) in zip(load.packets, load.parts, strict=True):
            if (place := copy.place(packet)) is None:
                continue
            at, pointer, length = self._slots[end]
            pack_into(slab, at, head, *place, copy.ssrc, body)
            if copy.patching:
                for within, value in copy.patches(packet):
                    slab[at + within : at + within + len(value)] = value
            self._lengths[end] = size
            if _protect(lane.srtp, pointer, length):
                self._refused()
            else:
                end += 1
        return end

    def _message(self, lane: "_KernelLane", begin: int, count: int, size: int = 0) -> None:
        """Send these slots to one address as one message; if they are several, each of `size` but the last."""
        runs, stands = self._runs, self._stands
        n = len(runs)
        runs.append((lane, begin, begin + count))
        if count == 1 and begin == n and stands[n] == lane.name:
            return
        stands[n] = lane.name if count == 1 and begin == n else 0
        control = length = 0
        if count > 1:
            at, length = n * _SEGMENT.size, _SEGMENT.size
            control = self._segments_at + at
            _SEGMENT.pack_into(self._controls, at, _SEGMENT_LENGTH, _SOL_UDP, _UDP_SEGMENT, size)
        iovecs = self._iovecs_at + begin * _IOVEC_BYTES
        _describe(self._headers, n * _HEADER_BYTES, lane.name, lane.name_bytes, iovecs, count, control, length)

    def flush(self) -> None:
        runs, self._runs = self._runs, []
        self._counters.packets_out += self.used
        self._counters.bytes_out += sum(self._lengths[: self.used].tolist())
        self.used, at = 0, 0
        while at < len(runs):
            sent = _sendmmsg(self._fd, self._messages + at * _HEADER_BYTES, len(runs) - at, socket.MSG_DONTWAIT)
            if sent > 0:
                at += sent
            elif _ffi.errno == errno.EAGAIN:  # the socket's own buffer is full, for all that is left
                for _, begin, end in runs[at:]:
                    self._lost(begin, end)
                return
            elif _ffi.errno != errno.EINTR:  # this path's trouble: the others go on
                self._apart(*runs[at])
                at += 1

    def _apart(self, lane: "_KernelLane", begin: int, end: int) -> None:
        """The kernel refuses a message.  A run may be too long for the path's MTU: try its packets alone."""
        if end - begin == 1:
            self._lost(begin, end)
            return
        lane.run_max = 1
        for slot in range(begin, end):
            self._message(lane, slot, 1)  # the first message of all has been sent, or was this one
            if _sendmmsg(self._fd, self._messages, 1, socket.MSG_DONTWAIT) != 1:
                self._lost(slot, slot + 1)
            self._runs.clear()

    def _lost(self, begin: int, end: int) -> None:
        self._counters.dropped["not_sent"] += end - begin
        self._counters.packets_out -= end - begin
        self._counters.bytes_out -= sum(self._lengths[begin:end].tolist())

    def _refused(self) -> None:
        self._counters.dropped["not_protected"] += 1


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
    __slots__ = ("_kept", "_session", "name", "name_bytes", "outlet", "run_max", "srtp")

    def __init__(self, outlet: Outlet, session: pylibsrtp.Session, address: bytes, run_max: int) -> None:
        self.outlet = outlet
        self._session = session  # keeps what `srtp` points to
        self.srtp = session._srtp[0]
        self._kept = _ffi.new("char[]", address)
        self.name, self.name_bytes = _address_of(self._kept), len(address)
        self.run_max = run_max


_Follower = tuple[Copy, _KernelLane]
