"""Demo mode: `/demo/teacher` and `/demo/student` lead into a room that is ready, a fresh one when the last is over.

Every student who opens the link is somebody new; the teacher is always the same.  `/demo/inspector` leads to the page
that shows all rooms.
"""

import asyncio
import secrets
from collections.abc import Callable
from urllib.parse import urlencode

from aiohttp import web

from ..core.forms import Booking
from .clock import Clock
from .identity import Claims
from .rooms import Rooms, new_room_id
from .runner import Runner

TOKEN_S = 12 * 3600
TEACHER = "王老师 Ms Wang"
INSPECTOR = "巡课员 Inspector"
STUDENTS = ("小明 Ming", "小红 Hong", "小刚 Gang", "小丽 Li", "小华 Hua", "小芳 Fang")


PREFIX = "demo-"


class Demo:
    """One ready room at a time, the same after a restart."""

    def __init__(self, rooms: Rooms, sign: Callable[[Claims], str], clock: Clock, form: str) -> None:
        self._rooms = rooms
        self._sign = sign
        self._clock = clock
        self._form = form
        self._one_at_a_time = asyncio.Lock()

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/demo/{role:teacher|student|inspector}", self.enter)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        if self._rooms.leaving:
            raise web.HTTPServiceUnavailable
        role = request.match_info["role"]
        if role == "inspector":
            raise web.HTTPSeeOther(f"/supervise#{urlencode({'token': self._inspector()})}")
        runner = await self._ready_room()
        sub, name = "demo-teacher", TEACHER
        if role == "student":
            before = sum(person.is_learner for person in runner.room.state.people.values())
            sub, name = f"demo-student-{secrets.token_hex(4)}", STUDENTS[before % len(STUDENTS)]
        expires = int(self._clock.now()) + TOKEN_S
        claims = Claims(sub=sub, name=name, role=role, room=runner.id, school="Demo School", exp=expires)
        raise web.HTTPSeeOther(f"/#{urlencode({'room': runner.id, 'token': self._sign(claims)})}")

    def _inspector(self) -> str:
        sub, expires = f"demo-inspector-{secrets.token_hex(4)}", int(self._clock.now()) + TOKEN_S
        return self._sign(Claims(sub=sub, name=INSPECTOR, role="observer", exp=expires))

    async def _ready_room(self) -> Runner:
        async with self._one_at_a_time:
            booking = Booking(room=PREFIX + new_room_id(), form=self._form, subject="mathematics", topic="Demo 演示")
            return self._rooms.newest(PREFIX, self._form) or await self._rooms.create(booking)
