"""A device as its room speaks to it: it has no WebSocket, so it takes answers to what it asks, and the end."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

from protocol import notices as n
from protocol.codec import JSON, Codec
from protocol.codes import CloseCode

from ..core.effects import Line


class TurnedAway(Exception):
    """The room does not take the device, or has let it go; `code` is one of the protocol's error codes."""

    def __init__(self, code: str, message: str, retry_in_s: float | None = None, *, rule: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_in_s = retry_in_s
        self.rule = rule


class Device:
    """The line of a device.  `on_end` is called once, when the room has hung up."""

    codec: Codec = JSON
    backlog = 0

    def __init__(self, line: Line, on_end: Callable[[], None]) -> None:
        self.line = line
        self.member = 0
        self._on_end = on_end
        self._ids = count(1)
        self._asked: dict[int, asyncio.Future[str]] = {}  # by the id under which it was
        self._over = False

    def ask(self) -> int:
        """The id under which the room is asked something; `answer` must follow."""
        id = next(self._ids)
        answer = self._asked[id] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be waiting
        return id

    async def answer(self, id: int) -> str:
        """The SDP with which that was answered.

        Raises:
            TurnedAway: it was not.
        """
        try:
            return await self._asked[id]
        finally:
            del self._asked[id]

    def leave(self) -> None:
        """The device is gone: whoever waits does so in vain."""
        self._over = True
        for id in self._asked:
            self._fail(id, TurnedAway("conflict", "the session has ended"))

    # From the room.

    def say(self, notice: Any) -> None:
        match notice:
            case n.Ok(id=id, sdp=str(sdp)) if (answer := self._asked.get(id)) is not None and not answer.done():
                answer.set_result(sdp)
            case n.Error(id=id, code=code, message=message, rule=rule, retry_in_s=retry_in_s):
                self._fail(id, TurnedAway(code, message, retry_in_s, rule=rule))

    def hang(self, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None:
        if not self._over:
            self._over = True
            for id in self._asked:
                self._fail(id, TurnedAway(CODES.get(code, "conflict"), reason, retry_in_s))
            self._on_end()

    def abort(self) -> None:
        self.hang(CloseCode.BUG, "the server could not go on")

    def write(self, frames: bytes) -> None:
        """It is shown nothing."""

    def call_when_drained(self, callback: Callable[[], None]) -> None:
        """Nothing is ever on its way."""

    def _fail(self, id: int, why: TurnedAway) -> None:
        if (answer := self._asked.get(id)) is not None and not answer.done():
            answer.set_exception(why)


CODES = {
    CloseCode.BUG: "unavailable",
    CloseCode.RESTART: "unavailable",
    CloseCode.ROOM_CLOSED: "room_closed",
    CloseCode.TOO_MUCH: "rate_limited",
}
