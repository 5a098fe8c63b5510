"""The one UDP port: a socket for each local address, datagrams told apart by their first byte (RFC 7983).

An unknown address gets no attention and no state, unless it sends a signed STUN request for a transport that we
have offered.  Everything else is dropped and counted, and of checks only so many are looked at: `core.flood`.  What
comes over TCP (`sfu.shell.stream`) goes the same way.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from sfu.core import stun
from sfu.core.flood import CHECKS_BURST, CHECKS_PER_S, Strangers
from sfu.core.ice import Credentials
from sfu.core.overload import Overload
from sfu.core.throttle import Allowance
from sfu.shell.counters import Counters
from sfu.shell.wire import Address, Arrival, PlainWire, Way, Wire

log = logging.getLogger(__name__)

wire_for: Callable[[socket.socket, Counters], Wire] = PlainWire
try:
    from sfu.shell.kernel import KernelWire

    wire_for = KernelWire
except ImportError:  # another system
    pass

ARRIVALS_MAX = 64  # datagrams a turn, so that other work gets its turn too
COPIES_MAX = 2048  # that they may make, on past experience: about 6 ms
FIRST_MAX = 8  # datagrams of the first turn, before there is any experience
OVERFLOWED_S = 0.1  # how often the kernel is asked what it dropped
BUFFER_BYTES = 8 * 1024 * 1024  # of each socket, both ways; the usual 208 KiB overflow first
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33  # asm-generic/socket.h
_BIND_TRIES = 20  # for a port that is free on every address


class NotOurs(OSError):
    """It is no address of this machine, or no longer."""

    def __init__(self, address: str) -> None:
        super().__init__(errno.EADDRNOTAVAIL, f"{address} is no address of this machine")
        self.address = address


class Path(NamedTuple):
    """Our socket and their address: where a datagram came from, and where answers go."""

    wire: Way
    address: Address

    @property
    def kind(self) -> str:
        return self.wire.kind

    def send(self, datagram: bytes) -> None:
        """Now or never."""
        self.wire.send(datagram, self.address)


class Endpoint(Protocol):
    """A transport, as the port sees it."""

    def checked(self, request: stun.BindingRequest, path: Path) -> None: ...
    def holds(self, path: Path) -> bool:
        """Is the path in use, so that nobody else can have it?"""

    def gone(self, path: Path) -> None: ...
    def dtls(self, record: bytes) -> None: ...
    def media(self, arrival: Arrival, *, now: float) -> None: ...


class Name:
    """A ufrag of ours: whose it is, what signs it, and how many checks of it are verified."""

    __slots__ = ("checks", "endpoint", "key")

    def __init__(self, endpoint: Endpoint, password: str) -> None:
        self.endpoint = endpoint
        self.key = stun.Key(password)
        self.checks = Allowance(CHECKS_PER_S, CHECKS_BURST)


class Port:
    def __init__(self, sockets: Sequence[socket.socket], counters: Counters) -> None:
        self._wires = [wire_for(sock, counters) for sock in sockets]
        self._counters = counters
        self._by_ufrag: dict[str, Name] = {}
        self._by_address: dict[Address, Endpoint] = {}
        self._strangers = Strangers()
        self._at_end: list[Callable[[], None]] = []
        self._most = FIRST_MAX
        self._look_at = 0.0  # for what the kernel has dropped
        self.overload = Overload()
        self.number: int = sockets[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        for wire in self._wires:
            self._loop.add_reader(wire.fileno(), self._turn, wire)

    @classmethod
    def open(cls, addresses: Sequence[str], number: int, counters: Counters) -> "Port":
        """
        Args:
            addresses: local ones, at least one.
            number: the port; 0 for any that is free on all of them.

        Raises:
            NotOurs: one of the addresses.
            OSError: the port is taken.
        """
        for _ in range(_BIND_TRIES):
            try:
                return cls(bind(addresses, number, socket.SOCK_DGRAM, _roomy), counters)
            except OSError as error:
                if number or error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE, "no UDP port is free on all addresses")

    def add(self, endpoint: Endpoint, credentials: Credentials) -> None:
        """Checks with these credentials are the endpoint's."""
        self._by_ufrag[credentials.ufrag] = Name(endpoint, credentials.password)

    def withdraw(self, credentials: Credentials) -> None:
        self._by_ufrag.pop(credentials.ufrag, None)

    def forget(self, endpoint: Endpoint, paths: Sequence[Path]) -> None:
        """These paths lead to `endpoint` no longer."""
        for path in paths:
            if self._by_address.get(path.address) is endpoint:
                del self._by_address[path.address]
                path.wire.release(path.address)

    def lost(self, path: Path) -> None:
        """It has ended by itself."""
        endpoint = self._by_address.pop(path.address, None)
        if endpoint is not None:
            endpoint.gone(path)

    def knows(self, address: Address) -> bool:
        """Has it proved whose it is?"""
        return address in self._by_address

    def at_end(self, call: Callable[[], None]) -> None:
        """Call this once, when the present turn has read all that it reads."""
        self._at_end.append(call)

    def end_turn(self) -> None:
        """Do what waits for the end of a turn, and let everything leave.

        A turn is one wake-up of one socket.  What came in it is forwarded at its end, so that each viewer's copies of
        a layer stand together and many leave at once.
        """
        calls, self._at_end = self._at_end, []
        for call in calls:
            try:
                call()
            except Exception:  # our bug in one room
                log.exception("the end of a turn raised")
        for wire in self._wires:
            wire.flush()

    def close(self) -> None:
        for wire in self._wires:
            self._loop.remove_reader(wire.fileno())
            wire.close()

    def _turn(self, wire: Wire) -> None:
        now, sent = self._loop.time(), self._counters.packets_out
        came = wire.receive(self._most)
        for address, arrival in came:
            self.receive(wire, address, arrival, now)
        self.end_turn()
        if now >= self._look_at:
            self._look_at = now + OVERFLOWED_S
            self._look(now)
        if sent := self._counters.packets_out - sent:
            self._most = max(1, min(ARRIVALS_MAX, COPIES_MAX * len(came) // sent))

    def _look(self, now: float) -> None:
        queues = [wire.queue() for wire in self._wires]
        before, self._counters.overflowed = self._counters.overflowed, sum(queue.dropped for queue in queues)
        # Forged datagrams are dropped, too, by their checksum: they do not fill it.
        if self._counters.overflowed > before and any(queue.crowded for queue in queues):
            self.overload.overflowed(now=now)

    def receive(self, wire: Way, address: Address, arrival: Arrival, now: float) -> None:
        """One datagram of a turn."""
        size = arrival.size
        self._counters.packets_in += 1
        self._counters.bytes_in += size
        first = arrival.view[0] if size else 255
        endpoint = self._by_address.get(address)
        try:
            if 128 <= first < 192 and endpoint is not None:
                endpoint.media(arrival, now=now)
            else:
                self._other(wire, address, arrival, first, endpoint, now)
        except Exception:  # our bug with one datagram: the others of the turn shall not suffer
            log.exception("a datagram raised")

    def _other(
        self, wire: Way, address: Address, arrival: Arrival, first: int, endpoint: Endpoint | None, now: float
    ) -> None:
        """What is not media of somebody known; `first`: its first byte."""
        if first < 4:
            if endpoint is None and not self._strangers.may_ask(wire.source(address), now=now):
                self._counters.dropped["flood"] += 1
            else:
                self._check(bytes(arrival), Path(wire, address), endpoint, now)
        elif endpoint is None:
            self._counters.dropped["unknown_address"] += 1
        elif 20 <= first < 64:
            endpoint.dtls(bytes(arrival))
        else:
            self._counters.dropped["unknown_protocol"] += 1

    def _check(self, datagram: bytes, path: Path, sender: Endpoint | None, now: float) -> None:
        """`sender`: whose the address is, as far as we know."""
        name = self._by_ufrag.get(stun.addressee(datagram) or "")
        if name is None:
            self._counters.dropped["bad_stun"] += 1
            return
        endpoint = name.endpoint
        if not (name.checks.take(now=now) and (sender is endpoint or self._strangers.may_prove(now=now))):
            self._counters.dropped["flood"] += 1
            return
        request = stun.parse_request(datagram)
        if request is None or not request.signed_by(name.key):
            self._counters.dropped["bad_stun"] += 1
            return
        if sender is not None and sender is not endpoint and sender.holds(path):  # a source address is soon forged
            self._counters.dropped["taken"] += 1
            return
        self._by_address[path.address] = endpoint
        path.send(request.success(path.wire.host(path.address)[:2], name.key))
        endpoint.checked(request, path)


def bind(
    addresses: Sequence[str], number: int, kind: socket.SocketKind, prepare: Callable[[socket.socket], None]
) -> list[socket.socket]:
    """A socket for each address, all of one number; 0: any that is free on the first.

    Raises:
        NotOurs: one of the addresses.
        OSError: the port is taken.
    """
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sock = socket.socket(family, kind)
            sockets.append(sock)
            sock.setblocking(False)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            prepare(sock)
            sock.bind((address, number))
            number = sock.getsockname()[1]
    except OSError as error:
        for sock in sockets:
            sock.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise NotOurs(address) from error
        raise
    return sockets


def _roomy(sock: socket.socket) -> None:
    """Buffers as large as we ask if we may (CAP_NET_ADMIN), else as large as net.core.{r,w}mem_max."""
    for option, forced in ((socket.SO_RCVBUF, _SO_RCVBUFFORCE), (socket.SO_SNDBUF, _SO_SNDBUFFORCE)):
        try:
            sock.setsockopt(socket.SOL_SOCKET, forced, BUFFER_BYTES)
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
