"""Demo mode: `/demo/teacher` and `/demo/student` lead into a room that is ready, a fresh one when the last is over.

Every student who opens the link is somebody new; the teacher is always the same.
"""

import asyncio
from collections.abc import Callable
from itertools import count
from urllib.parse import urlencode

from aiohttp import web

from ..core.forms import Booking
from .clock import Clock
from .identity import Claims
from .rooms import Rooms, new_room_id

TOKEN_S = 12 * 3600
TEACHER = "王老师 Ms Wang"
STUDENTS = ("小明 Ming", "小红 Hong", "小刚 Gang", "小丽 Li", "小华 Hua", "小芳 Fang")


class Demo:
    """One ready room at a time."""

    def __init__(self, rooms: Rooms, sign: Callable[[Claims], str], clock: Clock, form: str) -> None:
        self._rooms = rooms
        self._sign = sign
        self._clock = clock
        self._form = form
        self._room = ""
        self._students = count(1)
        self._one_at_a_time = asyncio.Lock()

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/demo/{role:teacher|student}", self.enter)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        if self._rooms.leaving:
            raise web.HTTPServiceUnavailable
        room = await self._ready_room()
        role = request.match_info["role"]
        sub, name = "demo-teacher", TEACHER
        if role == "student":
            number = next(self._students)
            sub, name = f"demo-student-{number}", STUDENTS[(number - 1) % len(STUDENTS)]
        expires = int(self._clock.now()) + TOKEN_S
        token = self._sign(Claims(sub=sub, name=name, role=role, room=room, school="Demo School", exp=expires))
        raise web.HTTPSeeOther(f"/#{urlencode({'room': room, 'token': token})}")

    async def _ready_room(self) -> str:
        async with self._one_at_a_time:
            runner = self._rooms.get(self._room)
            if runner is None or runner.room.state.is_closed:
                booking = Booking(room=new_room_id(), form=self._form, subject="mathematics", topic="Demo 演示")
                runner = await self._rooms.create(booking)
                self._room = runner.id
            return self._room
