"""The one UDP port: a socket for each local address, datagrams told apart by their first byte (RFC 7983).

An unknown address gets no attention and no state, unless it sends a signed STUN request for a transport that we
have offered.  Everything else is dropped and counted.
"""

import asyncio
import errno
import socket
from collections.abc import Sequence
from typing import Protocol

from sfu.core import stun
from sfu.core.ice import Credentials
from sfu.shell.counters import Counters

Address = tuple[str, int] | tuple[str, int, int, int]

DRAINED_MAX = 64  # datagrams a wake-up, so that other work gets its turn
DATAGRAM_BYTES = 2048
BUFFER_BYTES = 8 * 1024 * 1024  # asked for; the kernel grants up to net.core.{r,w}mem_max
_BIND_TRIES = 20  # for a port that is free on every address


class Path:
    """Our socket and their address: where a datagram came from, and where answers go."""

    __slots__ = ("address", "socket")

    def __init__(self, sock: socket.socket, address: Address) -> None:
        self.socket = sock
        self.address = address

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and self.socket is other.socket and self.address == other.address

    def __hash__(self) -> int:
        return hash((id(self.socket), self.address))


class Endpoint(Protocol):
    """A transport, as the port sees it."""

    credentials: Credentials

    def checked(self, request: stun.BindingRequest, path: Path) -> None: ...
    def dtls(self, record: bytes) -> None: ...
    def media(self, packet: bytes) -> None: ...


class Port:
    def __init__(self, sockets: Sequence[socket.socket], counters: Counters) -> None:
        self._sockets = sockets
        self._counters = counters
        self._by_ufrag: dict[str, Endpoint] = {}
        self._by_address: dict[Address, Endpoint] = {}
        self.number: int = sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        for sock in sockets:
            loop.add_reader(sock, self._drain, sock)

    @classmethod
    def open(cls, addresses: Sequence[str], number: int, counters: Counters) -> "Port":
        """
        Args:
            addresses: local ones, at least one.
            number: the port; 0 for any that is free on all of them.

        Raises:
            OSError: the port is taken, or an address is not ours.
        """
        for _ in range(_BIND_TRIES):
            try:
                return cls(_bind(addresses, number), counters)
            except OSError as error:
                if number or error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE, "no UDP port is free on all addresses")

    def add(self, endpoint: Endpoint) -> None:
        self._by_ufrag[endpoint.credentials.ufrag] = endpoint

    def remove(self, endpoint: Endpoint, paths: Sequence[Path]) -> None:
        self._by_ufrag.pop(endpoint.credentials.ufrag, None)
        self.forget(endpoint, paths)

    def forget(self, endpoint: Endpoint, paths: Sequence[Path]) -> None:
        """These paths lead to `endpoint` no longer."""
        for path in paths:
            if self._by_address.get(path.address) is endpoint:
                del self._by_address[path.address]

    def send(self, datagram: bytes, path: Path) -> None:
        """Now or never: a datagram that the kernel does not take is lost, as on any line."""
        try:
            path.socket.sendto(datagram, path.address)
        except OSError:  # the buffer is full, or the network of this path has gone
            self._counters.dropped["not_sent"] += 1
            return
        self._counters.packets_out += 1
        self._counters.bytes_out += len(datagram)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for sock in self._sockets:
            loop.remove_reader(sock)
            sock.close()

    def _drain(self, sock: socket.socket) -> None:
        for _ in range(DRAINED_MAX):
            try:
                datagram, address = sock.recvfrom(DATAGRAM_BYTES)
            except OSError:  # nothing left, or an ICMP error of some earlier datagram
                return
            self._counters.packets_in += 1
            self._counters.bytes_in += len(datagram)
            self._receive(sock, datagram, address)

    def _receive(self, sock: socket.socket, datagram: bytes, address: Address) -> None:
        first = datagram[0] if datagram else 255
        if first < 4:
            self._check(datagram, Path(sock, address))
        elif (endpoint := self._by_address.get(address)) is None:
            self._counters.dropped["unknown_address"] += 1
        elif 128 <= first < 192:
            endpoint.media(datagram)
        elif 20 <= first < 64:
            endpoint.dtls(datagram)
        else:
            self._counters.dropped["unknown_protocol"] += 1

    def _check(self, datagram: bytes, path: Path) -> None:
        request = stun.parse_request(datagram)
        endpoint = self._by_ufrag.get(request.local_ufrag) if request else None
        if request is None or endpoint is None or not request.signed_by(endpoint.credentials.password):
            self._counters.dropped["bad_stun"] += 1
            return
        self._by_address[path.address] = endpoint
        self.send(request.success(path.address[:2], endpoint.credentials.password), path)
        endpoint.checked(request, path)


def _bind(addresses: Sequence[str], number: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sockets.append(sock)
            sock.setblocking(False)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            sock.bind((address, number))
            number = sock.getsockname()[1]
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets
