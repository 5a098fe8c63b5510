"""`GET /v1/rooms/{room}/replay` and `…/replay/index`: a closed room, for whoever has a token of it.

docs/protocol.md, "Replay".  Rules: REPLAY-* in docs/rules.md.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from .. import __version__
from ..core.log import Broken
from ..core.people import Person
from ..core.replay import Course
from .api import Api, Problem, bearer
from .replay import Replays
from .rooms import Rooms
from .store import Store

AT_ONCE = 8  # one is made, the others wait; a segment takes tens of milliseconds
BUSY_S = 1  # who finds too many comes again
KEPT_S = 86_400  # by a browser; the log may be forgotten
DIGITS = 15


class ReplayApi:
    """The handlers.  What they answer never changes: a room that has closed has closed."""

    def __init__(self, api: Api, rooms: Rooms, store: Store) -> None:
        self._api = api
        self._rooms = rooms
        self._store = store
        self._replays = Replays(store)
        self._asked = 0  # at this moment

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/v1/rooms/{room}/replay", self.segment)
        app.router.add_get("/v1/rooms/{room}/replay/index", self.index)

    async def segment(self, request: web.Request) -> web.Response:
        at = request.query.get("at", "0")
        if not at.isdecimal() or len(at) > DIGITS:
            raise Problem(400, "invalid", "`at` is milliseconds since the room opened")

        async def make(room: str, course: Course, viewer: Person) -> bytes:
            return await self._replays.segment(room, course, viewer, int(at))

        return await self._answer(request, lambda course: course.segment(int(at))[0][0], make)

    async def index(self, request: web.Request) -> web.Response:
        return await self._answer(request, lambda _: "index", self._replays.index)

    async def _answer(
        self,
        request: web.Request,
        part: Callable[[Course], int | str],
        make: Callable[[str, Course, Person], Awaitable[bytes]],
    ) -> web.Response:
        room = request.match_info["room"]
        with self._asking():
            identity, role = await self._api.eyes(bearer(request), room)
            course = await self._course(room)
            viewer = course.viewer(identity, role)
            if viewer.banned:
                raise Problem(403, "forbidden", "you were removed from this room")  # REMOVE-1
            eyes = "staff" if viewer.is_staff else "all"
            tag = f'"{__version__}-{part(course)}-{viewer.member}-{eyes}"'
            headers = {"ETag": tag, "Cache-Control": f"private, max-age={KEPT_S}, immutable", "Vary": "Authorization"}
            if tag in request.headers.get("If-None-Match", ""):
                return web.Response(status=304, headers=headers)
            return web.Response(body=await make(room, course, viewer), headers=headers, content_type="application/json")

    async def _course(self, room: str) -> Course:
        row = await self._store.row(room)
        if row is None:
            raise Problem(404, "not_found", "there is no such room")
        if row.forgotten_ms is not None:  # RETAIN-1
            raise Problem(410, "gone", "the log of this room is not kept any more")
        runner = self._rooms.get(room)
        try:
            course = None if runner and not runner.room.state.is_closed else await self._replays.course(room)
        except Broken as error:
            raise Problem(503, "unavailable", "the log of this room does not fit its hashes") from error
        if course is None:
            raise Problem(409, "conflict", "this room has not closed yet")
        return course

    @contextmanager
    def _asking(self) -> Iterator[None]:
        if self._asked >= AT_ONCE:
            raise Problem(503, "unavailable", "too many replays are being read", retry_in_s=BUSY_S)
        self._asked += 1
        try:
            yield
        finally:
            self._asked -= 1
