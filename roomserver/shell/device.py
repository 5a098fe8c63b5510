"""A device as its room speaks to it: it has no WebSocket, so it takes one answer, and then the end."""

import asyncio
from collections.abc import Callable
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
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be waiting
        self._over = False

    async def answer(self) -> str:
        """The SDP with which the offer was answered.

        Raises:
            TurnedAway: it was not.
        """
        return await self._answer

    # From the room.

    def say(self, notice: Any) -> None:
        match notice:
            case n.Ok(sdp=str(sdp)) if not self._answer.done():
                self._answer.set_result(sdp)
            case n.Error(code=code, message=message, rule=rule, retry_in_s=retry_in_s):
                self._fail(TurnedAway(code, message, retry_in_s, rule=rule))

    def hang(self, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None:
        if not self._over:
            self._over = True
            self._fail(TurnedAway(CODES.get(code, "conflict"), reason, retry_in_s))
            self._on_end()

    def abort(self) -> None:
        self.hang(CloseCode.BUG, "the server could not go on")

    def write(self, frames: bytes) -> None:
        """It is shown nothing."""

    def call_when_drained(self, callback: Callable[[], None]) -> None:
        """Nothing is ever on its way."""

    def _fail(self, why: TurnedAway) -> None:
        if not self._answer.done():
            self._answer.set_exception(why)


CODES = {
    CloseCode.BUG: "unavailable",
    CloseCode.RESTART: "unavailable",
    CloseCode.ROOM_CLOSED: "room_closed",
    CloseCode.TOO_MUCH: "rate_limited",
}
