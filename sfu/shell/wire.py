"""One UDP socket as the engine uses it: datagrams arrive in batches, and copies of a track's packets leave in batches.

Two ways behind one interface.  `PlainWire`, here, asks pylibsrtp and the socket for one datagram after another and
runs anywhere; `kernel.KernelWire` does the same at a fraction of the cost where the machine allows it.  Neither
decides anything: what a viewer gets is said by its copy of the track.
"""

import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from struct import Struct
from typing import Any, ClassVar, NamedTuple, Protocol

import pylibsrtp

from sfu.core.copying import Copy
from sfu.core.load import Load
from sfu.shell.counters import Counters

Address = Any  # hashable, a wire's own: the socket module's tuple, or the kernel's bytes
Host = tuple[str, int] | tuple[str, int, int, int]

NETWORK_BYTES = 8  # of an IPv6 address
DATAGRAM_BYTES = 2048  # no datagram of WebRTC is longer; what is longer is cut, and fails its authentication

_SO_MEMINFO = Struct("9I")  # linux/sock_diag.h: SK_MEMINFO_VARS numbers
_USED, _SIZE, _DROPS = 0, 1, 8  # SK_MEMINFO_RMEM_ALLOC, _RCVBUF, _DROPS
_CROWDED = 4  # a quarter of it is in use: so much is left when a full one has been read once


class Arrival(Protocol):
    """A datagram that has come, where it lies: gone with its wire's next `receive`."""

    view: memoryview  # its bytes, and possibly others after them
    size: int

    def __bytes__(self) -> bytes: ...

    def unprotect(self, session: pylibsrtp.Session) -> bytes | None:
        """The plain RTP in it; None: it is not authentic, or came before.  The arrival is spent."""


class Lane(Protocol):
    """The way to one viewer: its address, and the keys of what we send it."""

    @property
    def outlet(self) -> "Outlet":
        """What is for this viewer leaves there."""


Follower = tuple[Copy, Lane]
Forward = Callable[[Load], None]


class Outlet(Protocol):
    def rank(self, followers: Sequence[Follower]) -> Forward:
        """What sends each of them what its copy gets of a load; it leaves with the wire's `flush` at the latest.

        All follow one layer, or wait for it; their lanes are of this outlet.
        """


class Way(Outlet, Protocol):
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


class Queue(NamedTuple):
    dropped: int  # datagrams since the socket was made: it was full, or their checksum was wrong
    crowded: bool  # now


class Wire(Way, Protocol):
    def fileno(self) -> int: ...
    def close(self) -> None: ...

    def receive(self, most: int) -> list[tuple[Address, Arrival]]:
        """What has come, at most so many datagrams."""

    def flush(self) -> None:
        """Send what the lanes hold.  Now or never: what the kernel does not take is lost, as on any line."""

    def queue(self) -> Queue:
        """Of what has come and is not read yet."""


def source_of(host: str) -> bytes:
    """IPv4 whole; of IPv6 the network (64 bits), since everybody has all of one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.inet_pton(family, host.partition("%")[0])[:NETWORK_BYTES]


def protected(session: pylibsrtp.Session, copy: Copy, load: Load, dropped: Counter[str]) -> Iterator[bytes]:
    """What a viewer gets of these packets, one by one."""
    for packet in load.packets:
        if (plain := copy.write(packet)) is None:
            continue
        try:
            yield session.protect(plain)
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
        return _PlainLane(self, session, address)

    def rank(self, followers: Sequence[Follower]) -> Forward:
        def forward(load: Load) -> None:
            for copy, lane in followers:
                assert isinstance(lane, _PlainLane)
                for datagram in protected(lane.session, copy, load, self._counters.dropped):
                    self.send(datagram, lane.address)

        return forward

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

    def queue(self) -> Queue:
        option = getattr(socket, "SO_MEMINFO", 55)
        try:
            numbers = _SO_MEMINFO.unpack(self._socket.getsockopt(socket.SOL_SOCKET, option, _SO_MEMINFO.size))
        except OSError:  # not Linux
            return Queue(0, False)
        return Queue(numbers[_DROPS], _CROWDED * numbers[_USED] > numbers[_SIZE])


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
    def __init__(self, outlet: PlainWire, session: pylibsrtp.Session, address: Address) -> None:
        self.outlet: Outlet = outlet
        self.session = session
        self.address = address
