"""The first bytes of a TCP connection: one HTTP request head, bounded in size and time, and then out of the way.

It decides only who serves the connection, from the request line and the Upgrade header; whoever is chosen gets every
byte read so far, parses it in full and answers.  Rules: DOOR-1 and DOOR-3 to DOOR-5 in docs/rules.md.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import cast

HEAD_MAX_BYTES = 16 * 1024
HEAD_TIMEOUT_S = 10.0
LINGER_S = 2.0  # what a refused client still sends is read and dropped for so long
END = b"\r\n\r\n"


class Refusal(StrEnum):
    """Why a connection was not served: the label of a counter."""

    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    NOT_HTTP = "not_http"
    HANDSHAKE = "handshake"
    ORIGIN = "origin"


STATUS = {
    Refusal.TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Refusal.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Refusal.NOT_HTTP: HTTPStatus.BAD_REQUEST,
}


class HeadReader(asyncio.Protocol):
    """The protocol of a connection until its first head is complete.

    Args:
        choose: given the head, makes the protocol that serves the connection from there on; None: nobody does any more.
        on_refused: told why, when the connection is refused instead.
        readers: all that are at work; this one comes and goes by itself.
        timeout_s: how long the head may take.
    """

    def __init__(
        self,
        choose: Callable[[bytes], asyncio.Protocol | None],
        *,
        on_refused: Callable[[Refusal], None],
        readers: set["HeadReader"],
        timeout_s: float,
    ) -> None:
        self._choose = choose
        self._on_refused = on_refused
        self._readers = readers
        self._timeout_s = timeout_s
        self._received = bytearray()
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._readers.add(self)
        self._timer = asyncio.get_running_loop().call_later(self._timeout_s, self._refuse, Refusal.TOO_SLOW)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        searched = max(0, len(self._received) - len(END) + 1)
        self._received += data
        end = self._received.find(END, searched)
        if not may_be_http(self._received):
            self._refuse(Refusal.NOT_HTTP)
        elif (end if end >= 0 else len(self._received)) > HEAD_MAX_BYTES:
            self._refuse(Refusal.TOO_LARGE)
        elif end >= 0:
            self._hand_over(bytes(self._received[:end]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._done()

    def abort(self) -> None:
        """Close the connection, complete or not."""
        self._transport.abort()

    def _hand_over(self, head: bytes) -> None:
        self._done()
        server = self._choose(head)
        if server is None:
            self.abort()
            return
        self._transport.set_protocol(server)
        server.connection_made(self._transport)
        server.data_received(bytes(self._received))

    def _refuse(self, reason: Refusal) -> None:
        self._refused = True
        self._on_refused(reason)
        status = STATUS[reason]
        head = f"HTTP/1.1 {status} {status.phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self._transport.write(head.encode())
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        """Close such that the answer arrives: closing with bytes unread would reset the connection."""
        self._timer.cancel()
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self._timer = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)
        else:  # TLS
            self._transport.close()

    def _done(self) -> None:
        self._timer.cancel()
        self._readers.discard(self)


def may_be_http(received: bytes | bytearray) -> bool:
    """Whether this can be the beginning of a request: a method, or the empty lines that may stand before it."""
    return received[:1].isalpha() or received[:1] in (b"\r", b"\n")


def asks_for_websocket(head: bytes, path: bytes) -> bool:
    """Whether the head asks for an upgrade of exactly `path`."""
    request_line, *fields = head.split(b"\r\n")
    _, _, target = request_line.partition(b" ")
    asked = target.partition(b" ")[0].partition(b"?")[0]
    return asked == path and any(field[:8].lower() == b"upgrade:" for field in fields)
