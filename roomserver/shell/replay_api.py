"""`GET /v1/rooms/{room}/replay` and `…/replay/index`: a closed room, for whoever has a token of it.

docs/protocol.md, "Replay".  Rules: REPLAY-* in docs/rules.md.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from .. import __version__
from ..core.people import Person
from ..core.replay import Course
from .api import number
from .replay import Replays
from .viewers import Viewers

KEPT_S = 86_400  # by a browser; the log may be forgotten


class ReplayApi:
    """The handlers.  What they answer never changes: a room that has closed has closed."""

    def __init__(self, viewers: Viewers, replays: Replays) -> None:
        self._viewers = viewers
        self._replays = replays

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/v1/rooms/{room}/replay", self.segment)
        app.router.add_get("/v1/rooms/{room}/replay/index", self.index)

    async def segment(self, request: web.Request) -> web.Response:
        at = number(request, "at") or 0

        async def make(room: str, course: Course, viewer: Person) -> bytes:
            return await self._replays.segment(room, course, viewer, at)

        return await self._answer(request, lambda course: course.segment(at)[0][0], make)

    async def index(self, request: web.Request) -> web.Response:
        return await self._answer(request, lambda _: "index", self._replays.index)

    async def _answer(
        self,
        request: web.Request,
        part: Callable[[Course], int | str],
        make: Callable[[str, Course, Person], Awaitable[bytes]],
    ) -> web.Response:
        course, viewer = await self._viewers.of_closed(request)
        tag = f'"{__version__}-{part(course)}-{viewer.member}-{viewer.side}"'
        headers = {"ETag": tag, "Cache-Control": f"private, max-age={KEPT_S}, immutable", "Vary": "Authorization"}
        if tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        made = await make(request.match_info["room"], course, viewer)
        return web.Response(body=made, headers=headers, content_type="application/json")
