"""A WebSocket connection of the room protocol, and writing ready frames to it.

Everything that reaches into websockets beyond its documented interface is in this file: the transport of a connection
(ready frames go straight to it, so that an event is framed once for everybody) and the callbacks of its protocol.
"""

import socket
from asyncio import BaseTransport
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State

# Unsent bytes the kernel keeps; without it a reader that stalls hides 3.9 MB there before anyone notices.
KERNEL_UNSENT_BYTES = 16 * 1024
# Above this a connection is `paused`; `on_drained` is called when all is sent again.
BACKLOG_BYTES = 16 * 1024


_DONE = (Request("", Headers()), Response(101, "", Headers()))


class Connection(ServerConnection):
    """A `ServerConnection` that tells when its socket has drained and whether it has been heard lately."""

    on_drained: Callable[[], None] | None = None  # called when a paused connection has nothing left to send
    unanswered = 0  # pings sent since the client was last heard; kept by pings.py

    @property
    def is_over(self) -> bool:
        """Whether either end has closed it, or begun to."""
        return self.state is not State.OPEN

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, KERNEL_UNSENT_BYTES)

    def data_received(self, data: bytes) -> None:
        self.unanswered = 0
        super().data_received(data)

    def forget_handshake(self) -> None:
        """Let go of the request and its headers, 4 KiB that nobody asks for again."""
        self.request, self.response = _DONE  # websockets takes None to mean that the handshake is still to come

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_drained is not None:
            self.on_drained()


def frame(payload: bytes, *, text: bool) -> bytes:
    """A message as the bytes of one frame, ready for `write_frames` to any connection."""
    return Frame(Opcode.TEXT if text else Opcode.BINARY, payload).serialize(mask=False)


PING = Frame(Opcode.PING, b"").serialize(mask=False)


def write_frames(connection: ServerConnection, frames: bytes) -> None:
    """Send ready frames; without effect once the connection is closing.  Never waits: look at `backlog` first."""
    if connection.state is State.OPEN:
        connection.transport.write(frames)


def backlog(connection: ServerConnection) -> int:
    """Bytes written and not yet taken by the kernel."""
    return connection.transport.get_write_buffer_size()


def abort(connection: ServerConnection) -> None:
    """Cut the line at once, with no goodbye: nobody listens at the other end."""
    connection.transport.abort()
