"""A front door on a real port, with something behind it, for the tests of this folder."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from roomserver.shell.clock import Clock
from roomserver.shell.door import Connection, Door
from tests.support.clock import ManualClock


def client_context(pem: Path) -> ssl.SSLContext:
    """Trusts this certificate and no other."""
    return ssl.create_default_context(cafile=str(pem))


JSON = Subprotocol("classroom.v1.json")
SUBPROTOCOLS = ["classroom.v1.json", "classroom.v1.msgpack"]
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 1.3
UPGRADE = (
    "GET /v1/ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Protocol: {JSON}\r\n\r\n"
).encode()
BIG = b"0123456789abcdef" * 400_000  # 6.4 MB: more than all buffers between two sockets on one machine


async def echo(connection: Connection) -> None:
    async for message in connection:
        await connection.send(message)


def an_app() -> web.Application:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def size(request: web.Request) -> web.Response:
        return web.json_response({"bytes": len(await request.read())})

    async def big(_: web.Request) -> web.Response:
        return web.Response(body=BIG)

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.add_routes([web.get("/", hello), web.post("/size", size), web.get("/big", big)])
    return app


@asynccontextmanager
async def a_door(clock: Clock | None = None, **options: Any) -> AsyncIterator[Door]:
    settings: dict[str, Any] = {"on_connect": echo, "subprotocols": SUBPROTOCOLS, **options}
    door = await Door.open(host="127.0.0.1", port=0, app=an_app(), clock=clock or ManualClock(), **settings)
    try:
        yield door
    finally:
        await door.close()


class Line:
    """A client that says bytes, not requests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """Status, header fields (names in lower case) and body of the next response."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.rstrip().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(fields.get("content-length", 0)))
        return int(first.split()[1]), fields, body

    async def frame(self) -> bytes:
        """The payload of the next short frame."""
        _, length = await self.reader.readexactly(2)
        return await self.reader.readexactly(length)


@asynccontextmanager
async def a_line(door: Door | int, context: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
    """A line to a door of this process, or to a port of this machine."""
    port = door if isinstance(door, int) else door.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        yield Line(reader, writer)
    finally:
        writer.transport.abort()


def a_client(door: Door, **options: Any) -> connect:
    scheme = "wss" if "ssl" in options else "ws"
    return connect(f"{scheme}://127.0.0.1:{door.port}/v1/ws", **{"subprotocols": [JSON], "proxy": None, **options})


async def talks(client: ClientConnection) -> bool:
    """Whether an echo comes back."""
    await client.send("ping")
    return await client.recv() == "ping"


def masked(payload: bytes) -> bytes:
    """A text frame as a client sends it, with a mask of zeros."""
    assert len(payload) < 126
    return bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def bytes_of(body: bytes) -> int:
    answer = json.loads(body)["bytes"]
    assert isinstance(answer, int)
    return answer
