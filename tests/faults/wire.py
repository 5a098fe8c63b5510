"""A WebSocket client that can say anything: frames go out as they are, and what comes back is read to the end."""

import asyncio
import struct
from dataclasses import dataclass
from typing import Self

from protocol.codec import Codec

HEAD = (
    "GET /v1/ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: {codec}\r\n\r\n"
)
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
WAIT_S = 20.0


def framed(opcode: int, payload: bytes) -> bytes:
    """A client's frame; the mask is four zeros, which changes nothing."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0xFF, size)
    return head + bytes(4) + payload


@dataclass
class Wire:
    """One connection."""

    codec: Codec
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, host: str, port: int, codec: Codec) -> Self:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(HEAD.format(host=f"{host}:{port}", codec=codec.subprotocol).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer
        return cls(codec, reader, writer)

    def send(self, *payloads: bytes) -> None:
        opcode = TEXT if self.codec.text else BINARY
        self.writer.write(b"".join(framed(opcode, payload) for payload in payloads))

    async def hear(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame.

        Raises:
            asyncio.IncompleteReadError: there is none any more.
        """
        first, size = await self.reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 15, await self.reader.readexactly(size)

    async def message(self) -> bytes:
        """The next message."""
        while True:
            opcode, payload = await self.hear()
            if opcode in (TEXT, BINARY):
                return payload

    async def to_the_end(self) -> tuple[int, list[bytes]]:
        """The close code, and every message until then."""
        messages: list[bytes] = []
        async with asyncio.timeout(WAIT_S):
            while True:
                opcode, payload = await self.hear()
                if opcode == CLOSE:
                    self.writer.write(framed(CLOSE, payload))
                    return int.from_bytes(payload[:2]), messages
                if opcode in (TEXT, BINARY):
                    messages.append(payload)

    def cut(self) -> None:
        self.writer.transport.abort()
