"""Many cheap clients in one process: the protocol's own client over a plain socket, on one event loop.

A peer that nobody listens to counts frames by their headers and answers pings; it decodes nothing.  Each comes from a
loopback address of its own (127.0.0.0/8), as pupils come from homes of their own.
"""

import asyncio
import random
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from protocol import commands as c
from protocol import notices as n
from protocol.client import Client, Frame

from .frames import BINARY, CLOSE, PING, PONG, TEXT, Inflow, masked, upgrade

JOIN_S = 20.0
LOOK_S = 0.005
AT_ONCE = 64  # joining at the same time, where a bench does not want a storm
HEAD_END = b"\r\n\r\n"
keys = random.Random(3)

Listener = Callable[[bytes], None]


class TurnedAway(Exception):
    """The server did not let this connection in; `retry_in_s` when it said so."""

    def __init__(self, why: str, code: int = 0, retry_in_s: float | None = None) -> None:
        super().__init__(why)
        self.code = code
        self.retry_in_s = retry_in_s


class Peer(asyncio.Protocol):
    """One connection of one member."""

    def __init__(self, client: Client, *, on_welcome: Callable[[n.Welcome], None] | None = None) -> None:
        self.client = client
        self.inflow = Inflow()
        self.listener: Listener | None = None  # gets the payload of each message after the welcome
        self.on_lost: Callable[[], None] | None = None
        self.alive = False  # welcomed, and not lost since
        self._on_welcome = on_welcome
        self._transport: asyncio.Transport
        self._head: bytes | None = b""  # None: the handshake is over
        self._welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._welcomed.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._kind = TEXT if client.codec.text else BINARY

    async def join(self, port: int, place: int = 0) -> None:
        """Return when welcome.  `place` chooses the address to come from.

        Raises:
            TurnedAway: the server said no, or hung up.
            OSError: nobody listens.
        """
        loop = asyncio.get_running_loop()
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((address(place), 0))
        try:
            await loop.sock_connect(sock, ("127.0.0.1", port))
        except BaseException:
            sock.close()
            raise
        await loop.create_connection(lambda: self, sock=sock)
        self._transport.write(upgrade(f"127.0.0.1:{port}", "/v1/ws", self.client.codec.subprotocol))
        try:
            async with asyncio.timeout(JOIN_S):
                await self._welcomed
        except TimeoutError:
            self.drop()
            raise TurnedAway(f"no welcome within {JOIN_S} s") from None

    # Sending

    @property
    def open(self) -> bool:
        return self.alive and not self._transport.is_closing()

    def send(self, frame: Frame) -> None:
        """
        Raises:
            TurnedAway: the line is lost.
        """
        if self._transport.is_closing():
            raise TurnedAway("the server hung up on somebody who had more to say")
        payload = frame.encode() if isinstance(frame, str) else frame
        self._transport.write(masked(self._kind, payload, keys.randbytes(4)))

    def ask(self, make: Callable[[int], c.RoomCommand]) -> None:
        self.send(self.client.command(make))

    def drop(self) -> None:
        """Lose the line without a word."""
        self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            data = self._handshake(data)
        wanted = self.listener is not None or not self._welcomed.done()
        for kind, payload in self.inflow.take(data, payloads=wanted):
            if kind == PING:
                self._transport.write(masked(PONG, payload, keys.randbytes(4)))
            elif kind == CLOSE:
                self._transport.close()
            elif kind == PONG:
                pass
            elif not self._welcomed.done():
                self._arrive(payload)
            elif self.listener is not None:
                self.listener(payload)

    def connection_lost(self, error: Exception | None) -> None:
        self.alive = False
        self._turned_away(TurnedAway("the line was lost"))
        if self.on_lost is not None:
            self.on_lost()

    def _handshake(self, data: bytes) -> bytes:
        """What follows the head, if it is whole."""
        head, end, rest = ((self._head or b"") + data).partition(HEAD_END)
        if not end:
            self._head = head
            return b""
        self._head = None
        if not head.startswith(b"HTTP/1.1 101"):
            self._turned_away(TurnedAway(head.split(b"\r\n")[0].decode("ascii", "replace")))
            self.drop()
            return b""
        self.send(self.client.hello())
        return rest

    def _arrive(self, payload: bytes) -> None:
        message, resent = self.client.receive(payload)
        if isinstance(message, n.Welcome):
            self.alive = True
            self._welcomed.set_result(None)
            if self._on_welcome is not None:
                self._on_welcome(message)
            for frame in resent:
                self.send(frame)
        elif isinstance(message, n.Bye):
            self._turned_away(TurnedAway(message.reason, message.code, message.retry_in_s))

    def _turned_away(self, why: TurnedAway) -> None:
        if not self._welcomed.done():
            self._welcomed.set_exception(why)


def address(place: int) -> str:
    """A loopback address for the member of that number; 62,500 of them."""
    high, low = divmod(place % 62_500, 250)
    return f"127.0.{high + 1}.{low + 1}"


async def join_all(peers: Sequence[Peer], port: int, *, at_once: int = AT_ONCE, first: int = 0) -> None:
    """Everybody in, a few at a time and in order."""
    gate = asyncio.Semaphore(at_once)

    async def join(place: int, peer: Peer) -> None:
        async with gate:
            await peer.join(port, first + place)

    async with asyncio.TaskGroup() as group:
        for place, peer in enumerate(peers):
            group.create_task(join(place, peer))


async def until(true: Callable[[], bool], *, within_s: float) -> bool:
    """Wait for something that peers will have heard; was it?"""
    deadline = time.perf_counter() + within_s
    while not true():
        if time.perf_counter() > deadline:
            return False
        await asyncio.sleep(LOOK_S)
    return True


def listen(peers: Iterable[Peer], listener_of: Callable[[Peer], Listener | None]) -> None:
    for peer in peers:
        peer.listener = listener_of(peer)
