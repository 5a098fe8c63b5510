"""The front door: HTTP and WebSockets on one port.

It carries connections to whoever serves them (websockets for `/v1/ws`, aiohttp for everything else) and reads no
message.  Rules: DOOR-* in docs/rules.md.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, Self, cast

from aiohttp import web
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from protocol.codes import CloseCode
from protocol.limits import FRAME_BYTES
from roomserver.shell.aiohttp_seams import HttpLog, take_over
from roomserver.shell.clock import Clock
from roomserver.shell.connection import BACKLOG_BYTES, Connection, abort, backlog, frame, write_frames
from roomserver.shell.head import HEAD_TIMEOUT_S, HeadReader, Refusal, asks_for_websocket
from roomserver.shell.origin import welcome
from roomserver.shell.pings import Pings

__all__ = ["Connection", "Door", "Refusal", "abort", "backlog", "frame", "write_frames"]

PATH = "/v1/ws"
LISTEN_BACKLOG = 4096  # a whole school comes through the door in the same second
OPEN_TIMEOUT_S = 10.0  # for each of the TLS and the WebSocket handshake
CLOSE_TIMEOUT_S = 5.0
GOODBYE_S = 3.0  # when leaving: for all closing handshakes together
HTTP_GOODBYE_S = 1.0  # when leaving: for the requests in hand, and once more for those that must be cancelled
HTTP_IDLE_S = 75.0  # a kept-alive connection without a whole request for so long is closed
CONNECTION: Any = {
    "ping_interval": None,  # pings.py: one task for all
    "close_timeout": CLOSE_TIMEOUT_S,
    "write_limit": (BACKLOG_BYTES, 0),
}

http_log = logging.getLogger("roomserver.http")
websocket_log = logging.getLogger("roomserver.websocket")
websocket_log.setLevel(logging.WARNING)  # never DEBUG: websockets would log frames, with tokens and what children say


class Door:
    """One listening port.  Obtain it by `open`."""

    def __init__(
        self,
        app: web.Application,
        subprotocols: Sequence[str],
        origins: Collection[str],
        pings: Pings,
        head_timeout_s: float,
    ) -> None:
        app.router.add_route("*", PATH, self._upgrade)
        self._runner = web.AppRunner(
            app,
            logger=HttpLog(http_log, partial(self._count_refused, Refusal.NOT_HTTP)),
            access_log=None,
            keepalive_timeout=HTTP_IDLE_S,
            shutdown_timeout=HTTP_GOODBYE_S,
        )
        self._subprotocols = [Subprotocol(name) for name in subprotocols]
        self._origins = frozenset(origin.lower() for origin in origins)
        self._pings = pings
        self._head_timeout_s = head_timeout_s
        self._readers: set[HeadReader] = set()
        self._server: Server
        self._pinging: asyncio.Task[None]
        self.port = 0
        self.refused: Counter[Refusal] = Counter({reason: 0 for reason in Refusal})

    @classmethod
    async def open(
        cls,
        *,
        host: str,
        port: int,
        app: web.Application,
        on_connect: Callable[[Connection], Awaitable[None]],
        subprotocols: Sequence[str],
        clock: Clock,
        origins: Collection[str] = (),
        ssl: SSLContext | None = None,
        head_timeout_s: float = HEAD_TIMEOUT_S,
    ) -> Self:
        """Listen; `port` 0 takes a free one, `app` gets a route for `/v1/ws`, a WebSocket lasts as `on_connect` does.

        Pages of this host may connect, and those of `origins`.

        Raises:
            OSError: the address is taken or not ours.
        """
        door = cls(app, subprotocols, origins, Pings(clock), head_timeout_s)
        await door._runner.setup()
        try:
            await door._listen(host, port, on_connect, ssl)
        except OSError:
            await door._runner.cleanup()
            raise
        return door

    async def _listen(
        self, host: str, port: int, on_connect: Callable[[Connection], Awaitable[None]], ssl: SSLContext | None
    ) -> None:
        async def attend(connection: ServerConnection) -> None:
            assert isinstance(connection, Connection)
            with self._pings.watching(connection):
                await on_connect(connection)

        self._server = await serve(
            attend,
            host,
            port,
            # websockets calls it to make the protocol of each TCP connection, and asks nothing else of it.
            create_connection=cast(type[ServerConnection], self._receive),
            process_request=self._refuse_strangers,
            process_response=self._count_refused_handshake,
            server_header=None,
            open_timeout=OPEN_TIMEOUT_S,
            compression=None,
            subprotocols=self._subprotocols,
            max_size=FRAME_BYTES,
            logger=websocket_log,
            **CONNECTION,
            ssl=ssl,
            backlog=LISTEN_BACKLOG,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._pinging = asyncio.create_task(self._pings.run(), name="pings")

    async def close(self) -> None:
        """Say goodbye, then stop listening and cut off who is left.  Takes `GOODBYE_S` + 2 x `HTTP_GOODBYE_S` at most.

        HTTP is served while WebSockets say goodbye: whoever asks learns that this node is leaving.
        """
        await self._say_goodbye()
        self._server.close(code=CloseCode.RESTART)
        for reader in list(self._readers):
            reader.abort()
        await self._runner.cleanup()
        for connection in self._server.all_connections:
            abort(connection)
        await self._server.wait_closed()
        self._pinging.cancel()
        with suppress(asyncio.CancelledError):
            await self._pinging

    async def _say_goodbye(self) -> None:
        """Close every WebSocket; who takes nothing or does not answer is cut off.

        The closing handshake of websockets does not end where the client has stopped reading: it waits for the bytes
        before it to be taken, and has no deadline for that.
        """
        closing = [
            asyncio.ensure_future(connection.close(CloseCode.RESTART)) for connection in self._server.connections
        ]
        if waiting := {*closing, *self._server.handler_tasks}:
            await asyncio.wait(waiting, timeout=GOODBYE_S)
        for connection in self._server.all_connections:
            abort(connection)

    def _receive(self, protocol: ServerProtocol, server: Server, **options: Any) -> HeadReader:
        """A TCP connection has come: read its first head, then hand it on."""

        def choose(head: bytes) -> asyncio.Protocol | None:
            if asks_for_websocket(head, PATH.encode()):
                return Connection(protocol, server, **options)
            return self._runner.server() if self._runner.server else None

        return HeadReader(choose, on_refused=self._count_refused, readers=self._readers, timeout_s=self._head_timeout_s)

    async def _upgrade(self, request: web.Request) -> web.Response:
        """The route `/v1/ws`: a connection that has carried HTTP before may become a WebSocket, too."""
        if "Upgrade" in request.headers:
            protocol = ServerProtocol(subprotocols=self._subprotocols, max_size=FRAME_BYTES, logger=websocket_log)
            take_over(request, Connection(protocol, self._server, **CONNECTION))
        return web.Response(status=HTTPStatus.UPGRADE_REQUIRED, headers={"Upgrade": "websocket"})

    def _refuse_strangers(self, connection: ServerConnection, request: Request) -> Response | None:
        if welcome(request.headers, self._origins):
            return None
        return connection.respond(HTTPStatus.FORBIDDEN, "Pages of that origin may not connect.\n")

    def _count_refused(self, reason: Refusal) -> None:
        self.refused[reason] += 1

    def _count_refused_handshake(self, _: ServerConnection, __: Request, response: Response) -> None:
        if response.status_code == HTTPStatus.FORBIDDEN:
            self._count_refused(Refusal.ORIGIN)
        elif response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._count_refused(Refusal.HANDSHAKE)
