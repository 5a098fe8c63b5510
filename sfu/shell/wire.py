"""One UDP socket as the engine uses it: datagrams arrive in batches, and copies of a track's packets leave in batches.

Two ways behind one interface.  `PlainWire`, here, asks pylibsrtp and the socket for one datagram after another and
runs anywhere; `kernel.KernelWire` does the same at a fraction of the cost where the machine allows it.  Neither
decides anything: what a viewer gets is said by its copy of the track.
"""

import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from struct import Struct
from typing import Any, ClassVar, Protocol

import pylibsrtp

from sfu.core.copying import Copy
from sfu.core.track import Packet
from sfu.shell.counters import Counters

Address = Any  # hashable, a wire's own: the socket module's tuple, or the kernel's bytes
Host = tuple[str, int] | tuple[str, int, int, int]

NETWORK_BYTES = 8  # of an IPv6 address
DATAGRAM_BYTES = 2048  # no datagram of WebRTC is longer; what is longer is cut, and fails its authentication

_HEAD_BYTES = 12  # RTP's fixed header
_SO_MEMINFO, _DROPS = Struct("9I"), 8  # linux/sock_diag.h: SK_MEMINFO_VARS numbers, SK_MEMINFO_DROPS is the last


class Arrival(Protocol):
    """A datagram that has come, where it lies: gone with its wire's next `receive`."""

    view: memoryview  # its bytes, and possibly others after them
    size: int

    def __bytes__(self) -> bytes: ...

    def unprotect(self, session: pylibsrtp.Session) -> bytes | None:
        """The plain RTP in it; None: it is not authentic, or came before.  The arrival is spent."""


class Lane(Protocol):
    """The way to one viewer: its address, and the keys of what we send it."""

    def forward(self, copy: Copy, load: "Load") -> None:
        """Send what `copy` gets of these packets; it leaves with the wire's `flush` at the latest."""


class Way(Protocol):
    """What leads to addresses: a UDP socket to many, a TCP connection to one."""

    kind: ClassVar[str]  # "udp" or "tcp"

    def lane(self, session: pylibsrtp.Session, address: Address) -> Lane: ...

    def send(self, datagram: bytes, address: Address) -> None:
        """One datagram, now or never."""

    def host(self, address: Address) -> Host:
        """An address as the socket module writes it."""

    def source(self, address: Address) -> bytes:
        """Who is counted for what comes from an address: the IPv4 address, or the network of an IPv6 one."""

    def release(self, address: Address) -> None:
        """Nobody uses this address any more."""


class Wire(Way, Protocol):
    def fileno(self) -> int: ...
    def close(self) -> None: ...

    def receive(self, most: int) -> list[tuple[Address, Arrival]]:
        """What has come, at most so many datagrams."""

    def flush(self) -> None:
        """Send what the lanes hold.  Now or never: what the kernel does not take is lost, as on any line."""

    def overflowed(self) -> int:
        """Datagrams that found the receive queue full since the socket was made; 0 where nobody counts them."""


# What all copies of some packets are made of: the packet, how to write it, two bytes, the rest, its size.
Load = list[tuple[Packet, Any, bytes, bytes, int]]


def load(packets: Iterable[Packet]) -> Load:
    made = []
    for packet in packets:
        data = packet.data
        size = len(data)
        made.append((packet, _layout(size).pack_into, data[:2], data[_HEAD_BYTES:], size))
    return made


@lru_cache(DATAGRAM_BYTES)
def _layout(size: int) -> Struct:
    """A packet in one piece: flags and payload type, sequence number, timestamp, ssrc, all the rest."""
    return Struct(f"!2sHII{size - _HEAD_BYTES}s")


def source_of(host: str) -> bytes:
    """IPv4 whole; of IPv6 the network (64 bits), since everybody has all of one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.inet_pton(family, host.partition("%")[0])[:NETWORK_BYTES]


def protected(session: pylibsrtp.Session, copy: Copy, load: Load, dropped: Counter[str]) -> Iterator[bytes]:
    """What a viewer gets of these packets, one by one."""
    for packet, pack_into, head, body, size in load:
        place = copy.place(packet)
        if place is None:
            continue
        plain = bytearray(size)
        pack_into(plain, 0, head, *place, copy.ssrc, body)
        if copy.patching:
            for at, value in copy.patches(packet):
                plain[at : at + len(value)] = value
        try:
            yield session.protect(bytes(plain))
        except (pylibsrtp.Error, ValueError):  # libsrtp refuses, or it is longer than pylibsrtp's buffer
            dropped["not_protected"] += 1


class PlainWire:
    kind: ClassVar[str] = "udp"

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        self._socket = sock
        self._counters = counters

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def receive(self, most: int) -> list[tuple[Address, Arrival]]:
        came: list[tuple[Address, Arrival]] = []
        try:
            for _ in range(most):
                datagram, address = self._socket.recvfrom(DATAGRAM_BYTES)
                came.append((address, Datagram(datagram)))
        except OSError:  # nothing left, or an ICMP error of some earlier datagram
            pass
        return came

    def lane(self, session: pylibsrtp.Session, address: Address) -> Lane:
        return _PlainLane(self, session, address, self._counters)

    def flush(self) -> None:
        pass

    def send(self, datagram: bytes, address: Address) -> None:
        try:
            self._socket.sendto(datagram, self.host(address))
        except OSError:  # the buffer is full, or the network of this path has gone
            self._counters.dropped["not_sent"] += 1
            return
        self._counters.packets_out += 1
        self._counters.bytes_out += len(datagram)

    def host(self, address: Address) -> Host:
        host: Host = address
        return host

    def source(self, address: Address) -> bytes:
        return source_of(self.host(address)[0])

    def release(self, address: Address) -> None:
        pass

    def overflowed(self) -> int:
        option = getattr(socket, "SO_MEMINFO", 55)
        try:
            numbers = self._socket.getsockopt(socket.SOL_SOCKET, option, _SO_MEMINFO.size)
        except OSError:  # not Linux
            return 0
        return int(_SO_MEMINFO.unpack(numbers)[_DROPS])


class Datagram:
    __slots__ = ("size", "view")

    def __init__(self, data: bytes) -> None:
        self.view = memoryview(data)
        self.size = len(data)

    def __bytes__(self) -> bytes:
        return bytes(self.view)

    def unprotect(self, session: pylibsrtp.Session) -> bytes | None:
        try:
            return bytes(session.unprotect(bytes(self.view)))
        except (pylibsrtp.Error, ValueError):  # ValueError: longer than pylibsrtp's buffer
            return None


class _PlainLane:
    def __init__(self, wire: PlainWire, session: pylibsrtp.Session, address: Address, counters: Counters) -> None:
        self._wire = wire
        self._session = session
        self._address = address
        self._counters = counters

    def forward(self, copy: Copy, load: Load) -> None:
        for datagram in protected(self._session, copy, load, self._counters.dropped):
            self._wire.send(datagram, self._address)
