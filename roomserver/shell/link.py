"""One client's connection as its room uses it: ready frames, notices, the last word.  Never waits."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from protocol.codec import Codec
from protocol.codes import CloseCode
from protocol.notices import Bye

from ..core.effects import Line
from .connection import Connection, abort, backlog, frame, write_frames

REASON_BYTES = 123  # RFC 6455 5.5: what a control frame holds besides the code


def framed(codec: Codec, message: Any) -> bytes:
    """A message as one WebSocket frame, ready for every connection of this codec."""
    payload, text = codec.payload(message)
    return frame(payload, text=text)


class Listener(Protocol):
    """Whoever a room speaks to: a WebSocket, or a device that has none."""

    member: int

    @property
    def line(self) -> Line: ...
    @property
    def codec(self) -> Codec: ...
    @property
    def backlog(self) -> int: ...
    def call_when_drained(self, callback: Callable[[], None]) -> None: ...
    def write(self, frames: bytes) -> None: ...
    def say(self, notice: Any) -> None: ...
    def hang(self, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None: ...
    def abort(self) -> None: ...


class Link:
    """A connection with its number, its codec, and whose it is."""

    def __init__(self, line: Line, connection: Connection, codec: Codec) -> None:
        self.line = line
        self.codec = codec
        self.member = 0
        self._connection = connection
        self._closing: asyncio.Task[None] | None = None

    def call_when_drained(self, callback: Callable[[], None]) -> None:
        self._connection.on_drained = callback

    @property
    def backlog(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return backlog(self._connection)

    def abort(self) -> None:
        """Cut the line: nobody is taking anything at the other end."""
        abort(self._connection)

    def write(self, frames: bytes) -> None:
        if frames:
            write_frames(self._connection, frames)

    def say(self, notice: Any) -> None:
        write_frames(self._connection, framed(self.codec, notice))

    def hang(self, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None:
        """Say `bye` and close; the closing handshake goes on by itself."""
        if self._closing is None:
            self.say(Bye(code=code, reason=reason, retry_in_s=retry_in_s))
            short = reason.encode()[:REASON_BYTES].decode(errors="ignore")
            self._closing = asyncio.create_task(self._connection.close(code, short))

    async def closed(self) -> None:
        """Return when a closing that has begun is done."""
        if self._closing is not None:
            await self._closing
