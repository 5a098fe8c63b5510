"""The lobbies of the configuration, kept open, and joined with the lessons that are born of them.

A lobby has a name that stays, and a room of its own for each opening.  It decides who meets whom; here that room is
made, and the lobby told when it is over.  Rules: LOBBY-1, CALL-7, CALL-9 in docs/rules.md.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING

from ..core.effects import LessonOver, OpenLesson
from ..core.errors import Refused
from ..core.forms import Booking
from ..core.lobby import JOINT, born_of
from .clock import Clock
from .keeper import RETRY_S
from .store import StaleEpoch, StoreFailed

if TYPE_CHECKING:
    from .rooms import Rooms
    from .runner import Runner

log = logging.getLogger("roomserver.lobbies")
OPENING_BYTES = 5  # of chance in the id of an opening


class Lobbies:
    """`forms`: the form of each lobby, by its name."""

    def __init__(self, rooms: "Rooms", forms: Mapping[str, str], clock: Clock) -> None:
        self._rooms = rooms
        self._forms = forms
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._forms

    async def find(self, name: str) -> "Runner | None":
        """The lobby of that name: the one that is open, else a new one."""
        if self._rooms.leaving:
            return None
        async with self._one_at_a_time:
            form = self._forms[name]
            booking = Booking(room=f"{name}{JOINT}{secrets.token_hex(OPENING_BYTES)}", form=form)
            try:
                return self._rooms.newest(name + JOINT, form) or await self._rooms.create(booking)
            except Refused:  # the calendar knows no day on which it is open
                return None

    def perform(self, effect: OpenLesson | LessonOver) -> None:
        if isinstance(effect, LessonOver):
            self._over(effect.lesson)
        elif (opening := self._opening(effect)) is not None:
            task = asyncio.create_task(self._see_to(effect, opening), name=f"lesson {effect.booking.room}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _opening(self, lesson: OpenLesson) -> "Awaitable[Runner | None] | None":
        """The room, made once it is durable that it was agreed on; whoever comes for it waits.  None: too late."""
        lobby = self._rooms.get(born_of(lesson.booking.room)[0])
        if lobby is None or self._rooms.leaving:
            return None
        return self._rooms.ensure(lesson.booking, lesson.expected, after=lobby.settled)

    async def _see_to(self, lesson: OpenLesson, opening: "Awaitable[Runner | None] | None") -> None:
        """Again until it is there, or nobody here owns the lobby any more."""
        while opening is not None:
            try:
                runner = await opening
                opening = None
            except StoreFailed:
                await self._clock.wait(asyncio.Event(), until=self._clock.now() + RETRY_S)
                opening = self._opening(lesson)
                continue
            except StaleEpoch:
                return
            except (ValueError, Refused):
                log.exception("there is no lesson to be had", extra={"room": lesson.booking.room})
                runner = opening = None
            if runner is None or runner.room.state.is_closed:
                self._over(lesson.booking.room)

    def _over(self, lesson: str) -> None:
        """A lobby that is not open here asks for its lessons when it is opened."""
        lobby = self._rooms.get(born_of(lesson)[0])
        if lobby is not None:
            lobby.lesson_over(lesson)
