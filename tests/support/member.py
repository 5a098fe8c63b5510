"""A member over a real WebSocket: the protocol's own client, driven by asyncio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from protocol import commands as c
from protocol import notices as n
from protocol.client import Client, answers
from protocol.codec import JSON, Codec
from whiteboard import Board

Message = TypeVar("Message")
WAIT_S = 20.0


class Member:
    """One person at a client; `messages` is everything heard, in order."""

    def __init__(self, url: str, room: str, token: str, codec: Codec = JSON) -> None:
        self.client = Client(room=room, token=token, codec=codec)
        self.messages: list[Any] = []
        self.close_code: int | None = None
        self._url = url
        self._socket: ClientConnection
        self._heard = asyncio.Condition()
        self._listening: asyncio.Task[None] | None = None

    async def connect(self) -> Self:
        """Say hello; return when welcome and the whole board, or something else, has come."""
        self._socket = await connect(
            self._url, subprotocols=[Subprotocol(self.client.codec.subprotocol)], compression=None, max_size=None
        )
        self.close_code = None
        before = len(self.messages)
        self._listening = asyncio.create_task(self._listen())
        await self._socket.send(self.client.hello())
        await self.until(lambda: self.close_code is not None or (len(self.messages) > before and self._has_board()))
        return self

    def _has_board(self) -> bool:
        return not self.client._chunks_due

    async def _listen(self) -> None:
        try:
            async for frame in self._socket:
                message, frames = self.client.receive(frame)
                for resent in frames:
                    await self._socket.send(resent)
                async with self._heard:
                    self.messages.append(message)
                    self._heard.notify_all()
        except ConnectionClosed:
            pass
        async with self._heard:
            self.close_code = self._socket.close_code
            self._heard.notify_all()

    async def send(self, make: Callable[[int], c.RoomCommand]) -> int:
        """Send a command; its id."""
        await self._socket.send(self.client.command(make))
        return self.client._last_id

    async def raw(self, frame: str | bytes) -> None:
        await self._socket.send(frame)

    async def ask(self, make: Callable[[int], c.RoomCommand]) -> n.Ok | n.Error:
        """Send a command and wait for its answer."""
        made: list[c.RoomCommand] = []

        def kept(id: int) -> c.RoomCommand:
            made.append(make(id))
            return made[0]

        id = await self.send(kept)
        answer: n.Ok | n.Error = await self.hear(
            n.Ok | n.Error, lambda said: answers(said.id, id, made[0]) if isinstance(said, n.Ok) else said.id == id
        )
        return answer

    async def hear(self, kind: Any, where: Callable[[Any], bool] = lambda _: True, *, since: int = 0) -> Any:
        """The first message of a kind, heard already or yet to come."""

        def found() -> Any:
            return next((said for said in self.messages[since:] if isinstance(said, kind) and where(said)), None)

        await self.until(lambda: found() is not None)
        return found()

    async def board(self) -> Board:
        """The newest board that it was shown, as it was then."""
        await self.until(self._has_board)
        newest, shown = max(
            (place, said.board)
            for place, said in enumerate(self.messages)
            if isinstance(said, n.Welcome | n.Snapshot) and said.board is not None
        )
        chunks = (said.shapes for said in self.messages[newest:] if isinstance(said, n.BoardChunk))
        return Board.restore(shown, chunks)

    async def closed(self) -> int:
        """The close code, once the server has closed."""
        await self.until(lambda: self.close_code is not None)
        assert self.close_code is not None
        return self.close_code

    async def until(self, true: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(WAIT_S), self._heard:
                await self._heard.wait_for(true)
        except TimeoutError:
            raise AssertionError(f"not heard; closed {self.close_code}, last {self.messages[-5:]}") from None

    async def leave(self) -> None:
        await self._socket.close(1000)
        await self._stop()

    async def drop(self) -> None:
        """Lose the line without a word."""
        self._socket.transport.abort()
        await self._stop()

    async def _stop(self) -> None:
        if self._listening is not None:
            await self._listening
            self._listening = None


@asynccontextmanager
async def joined(url: str, room: str, token: str, codec: Codec = JSON) -> AsyncIterator[Member]:
    member = await Member(url, room, token, codec).connect()
    try:
        yield member
    finally:
        await member.leave()
