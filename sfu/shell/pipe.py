"""Messages between the room's process and a worker: MessagePack, each behind its length, over one Unix socket.

Nothing waits for the other side.  Who does not read has so much kept for it and no more: then the line is cut.
"""

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import msgspec

from sfu.core.orders import Message, Order, Word
from sfu.core.spread import Spread
from sfu.shell.forwarding import MediaConfig

log = logging.getLogger(__name__)
DOWN_BYTES = 4 * 1024 * 1024  # kept for a worker: the answers of a class of 300, and as much again
UP_BYTES = 16 * 1024 * 1024  # and for the room's process: in one turn, new offers for all of some large classes
FRAME_BYTES = 1024 * 1024  # a message; SDP is at most 64 KiB
_LENGTH = struct.Struct("!I")


# To the worker; `MediaConfig` is the first.


class Open(Message, frozen=True):
    room: int


class Tell(Message, frozen=True):
    room: int
    order: Order


class Shut(Message, frozen=True):
    room: int


# From the worker; `Ready` or `Failed` is the first.


class Ready(Message, frozen=True):
    port: int


class Failed(Message, frozen=True):
    """It could not begin, and ends."""

    errno: int
    why: str


class Said(Message, frozen=True):
    room: int
    word: Word


class Counted(Message, frozen=True):
    """Every second; `cpu_s` is what the process has used."""

    counts: Mapping[str, int]
    dropped: Mapping[str, int]
    spreads: Mapping[str, Spread]
    cpu_s: float


Down: TypeAlias = MediaConfig | Open | Tell | Shut
Up: TypeAlias = Ready | Failed | Said | Counted


class Pipe(asyncio.Protocol):
    """One end.  `heard` gets each message that comes, `gone` is set when nothing more can.

    `overrun`: it was cut because the other side did not read.
    """

    def __init__(self, messages: Any, heard: Callable[[Any], None], *, unsent_bytes: int) -> None:
        """
        Args:
            messages: what the other side may say, `Down` or `Up`.
            unsent_bytes: what is kept for it while it does not read.
        """
        self._unsent_bytes = unsent_bytes
        self.gone = asyncio.Event()
        self.overrun = False
        self._ending = False
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(messages).decode
        self._heard = heard
        self._transport: asyncio.Transport
        self._read = bytearray()

    @classmethod
    async def over(
        cls, sock: socket.socket, messages: Any, heard: Callable[[Any], None], *, unsent_bytes: int
    ) -> "Pipe":
        """Speak over a connected Unix socket, which is the pipe's from here on."""
        sock.setblocking(False)
        pipe = cls(messages, heard, unsent_bytes=unsent_bytes)
        await asyncio.get_running_loop().create_unix_connection(lambda: pipe, sock=sock)
        return pipe

    def send(self, message: Message | MediaConfig) -> bool:
        """False: the other side is gone, or reads nothing and has been given up, or the message is too large."""
        if self._ending or self.gone.is_set():
            return False
        body = self._encode(message)
        if len(body) > FRAME_BYTES:  # the other side would cut the line, and all rooms with it
            log.error("a message of %d bytes is too large, and is not sent: %s", len(body), type(message).__name__)
            return False
        if self._transport.get_write_buffer_size() + len(body) > self._unsent_bytes:
            self.overrun = True
            self.cut()
            return False
        self._transport.write(_LENGTH.pack(len(body)) + body)
        return True

    @property
    def unread_bytes(self) -> int:
        """Of ours, that the other side has not taken yet."""
        return self._transport.get_write_buffer_size()

    def close(self) -> None:
        """Say nothing more.  The other side reads what was sent, may still speak, and ends the line.

        Were it cut here, the other side's next word would fail, and with it what it has not read yet.
        """
        if not self._ending and not self.gone.is_set():
            self._ending = True
            self._transport.write_eof()

    def cut(self) -> None:
        """Now; what was not read is lost."""
        self._transport.abort()
        self.gone.set()

    # From the loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        while len(self._read) >= _LENGTH.size and not self.gone.is_set():
            (length,) = _LENGTH.unpack_from(self._read)
            if length > FRAME_BYTES:
                return self.cut()
            end = _LENGTH.size + length
            if len(self._read) < end:
                return
            body = bytes(self._read[_LENGTH.size : end])
            del self._read[:end]
            try:
                message = self._decode(body)
            except msgspec.DecodeError:
                return self.cut()
            self._heard(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
