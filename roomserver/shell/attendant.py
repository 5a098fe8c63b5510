"""Attends one WebSocket: the hello, then every message to the room, until the line is gone.

It decides nothing about rooms: it checks that bytes are messages, that the token is genuine, and that the room exists.
Who is waited for, and in which order they come in, is decided in `visitors.py` and `pacing.py`.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from websockets.exceptions import ConnectionClosed

from protocol import commands as c
from protocol.codec import CODECS, Codec
from protocol.codes import CloseCode, ProtocolViolation
from protocol.limits import HELLO_S

from ..core.arrival import Arrival
from ..core.errors import Refused
from .arrivals import NotHere, arrival
from .connection import Connection
from .gate import Gate
from .identity import BadToken, Claims
from .keeper import RETRY_S
from .link import Link
from .metrics import Metrics
from .pacing import Overrun, Pacing
from .rooms import Rooms
from .runner import Runner
from .store import StoreFailed
from .visitors import Crowded, Visitors

log = logging.getLogger("roomserver.attendant")
PROMPT_S = 1.0  # who says hello within it needs no place: a round trip, and a busy second of ours


class Verifies(Protocol):
    async def verify(self, token: str) -> Claims: ...


SAID_BY_WEBSOCKETS = (CloseCode.NOT_TEXT, CloseCode.TOO_BIG)


class Goodbye(Exception):
    """The connection ends here, with this code."""

    def __init__(self, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.retry_in_s = retry_in_s


class Attendant:
    """Serves every connection of the door."""

    def __init__(
        self,
        rooms: Rooms,
        verifier: Verifies,
        metrics: Metrics,
        visitors: Visitors,
        pacing: Pacing,
        gate: Gate,
        *,
        hello_s: float = HELLO_S,
        prompt_s: float = PROMPT_S,
    ) -> None:
        self._rooms = rooms
        self._verifier = verifier
        self._metrics = metrics
        self._visitors = visitors
        self._pacing = pacing
        self._gate = gate
        self._hello_s = hello_s
        self._prompt_s = prompt_s

    async def attend(self, connection: Connection) -> None:
        """Return when the connection is over.  A fault of the client, or of ours, ends this connection alone."""
        codec = CODECS[connection.subprotocol or ""]
        link = Link(self._rooms.new_line(), connection, codec)
        try:
            await self._serve(connection, codec, link)
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code in SAID_BY_WEBSOCKETS and not closed.rcvd_then_sent:
                self._metrics.hung[str(closed.sent.code)] += 1
        except (Goodbye, ProtocolViolation) as end:
            self._metrics.hung[str(int(end.code))] += 1
            retry_in_s = end.retry_in_s if isinstance(end, Goodbye) else None
            link.hang(end.code, str(end)[:100], retry_in_s=retry_in_s)
        except Exception:
            log.exception("a bug ended a connection")
            self._metrics.hung[str(int(CloseCode.BUG))] += 1
            link.hang(CloseCode.BUG, "a bug of ours")
        await link.closed()

    async def _serve(self, connection: Connection, codec: Codec, link: Link) -> None:
        hello = self._decode(codec, await self._first_frame(connection))
        await self._turn()
        if connection.is_over:  # whoever gave up in the line is not shown to the room
            return
        arrival = await self._arrival(hello)
        runner = await self._runner(hello.room, known=arrival is not None)
        try:
            arrival = await self._granted(runner, hello, arrival)  # nothing is waited for from here on: CLAIM-2
        except Refused as refused:
            runner.turn_away(link, hello, refused)
            return
        connection.forget_handshake()
        try:
            runner.enter(link, hello, arrival)
            async for frame in connection:
                self._metrics.received += 1
                message = codec.decode_up(frame)
                if isinstance(message, c.Meeting):
                    await self._meet(runner, link, message, arrival)
                else:
                    self._receive(runner, link, message)
        finally:
            runner.lost(link.line, for_good=connection.close_code == CloseCode.NORMAL)

    async def _runner(self, room: str, *, known: bool) -> Runner:
        """`known`: whoever comes has a good token, and is told of a room that is over."""
        try:
            runner = await self._rooms.find(room)
            over = known and runner is None and await self._rooms.is_over(room)
        except StoreFailed:
            raise silent() from None
        if runner is not None:
            return runner
        if self._rooms.leaving:
            raise Goodbye(CloseCode.RESTART, "this server is leaving")
        raise Goodbye(*((CloseCode.ROOM_CLOSED, "the room is closed") if over else NO_ROOM))

    async def _first_frame(self, connection: Connection) -> str | bytes:
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._prompt_s):
                    return await connection.recv()
            with self._visitors.waiting(self._address(connection)):
                async with asyncio.timeout(self._hello_s - self._prompt_s):
                    return await connection.recv()
        except TimeoutError:
            raise Goodbye(CloseCode.NO_HELLO, "no hello in time") from None
        except Crowded:
            self._metrics.turned_away["address"] += 1
            reason = "too many connections of this address say nothing"
            raise Goodbye(CloseCode.TOO_MUCH, reason, retry_in_s=self._hello_s) from None

    def _address(self, connection: Connection) -> str:
        assert connection.request is not None
        peer = connection.remote_address
        return self._visitors.address(peer[0] if peer else "", connection.request.headers.get_all("X-Forwarded-For"))

    def _decode(self, codec: Codec, frame: str | bytes) -> c.Hello:
        self._metrics.received += 1
        hello = codec.decode_up(frame)
        if not isinstance(hello, c.Hello):
            raise ProtocolViolation("the first message is hello")
        return hello

    async def _turn(self) -> None:
        try:
            await self._pacing.turn()
        except Overrun as error:
            self._metrics.turned_away["line"] += 1
            raise Goodbye(CloseCode.TOO_MUCH, "too many arrive at once", retry_in_s=error.retry_in_s) from None

    async def _arrival(self, hello: c.Hello) -> Arrival | None:
        """Who the token says this is; None when it is missing or not good, which a resume can do without."""
        if not hello.token:
            return None
        try:
            claims = await self._verifier.verify(hello.token)
        except BadToken as bad:
            self._metrics.bad_tokens[bad.reason] += 1
            return None
        try:
            return arrival(claims, hello.room)
        except NotHere as wrong:
            raise Goodbye(CloseCode.NOT_ALLOWED, str(wrong)) from wrong

    async def _granted(self, runner: Runner, hello: c.Hello, arrival: Arrival | None) -> Arrival | None:
        """
        Raises:
            Refused: the ledger does not let them in.
        """
        if arrival is None or not runner.is_asked(hello, arrival):
            return arrival
        try:
            return await self._gate.ask(runner.room.state.booking, runner.room.state.form, arrival)
        except StoreFailed:
            raise silent() from None

    async def _meet(self, runner: Runner, link: Link, command: c.Meeting, arrival: Arrival | None) -> None:
        """In a lobby one learns what the door of a lesson would say (CALL-11)."""
        barred = None
        if (asked := runner.asks(link.line, command)) is not None:
            try:
                barred = await self._gate.foresee(asked, arrival)
            except StoreFailed:
                runner.refuse(link.line, command.id)
                return
        runner.receive(link.line, command, barred=barred)

    def _receive(self, runner: Runner, link: Link, message: c.Up) -> None:
        if isinstance(message, c.Hello):
            raise ProtocolViolation("hello is said once")
        runner.receive(link.line, message)


def silent() -> Goodbye:
    return Goodbye(CloseCode.TOO_MUCH, "the store does not answer", retry_in_s=RETRY_S)


NO_ROOM = (CloseCode.NO_ROOM, "there is no such room, or it is over")
