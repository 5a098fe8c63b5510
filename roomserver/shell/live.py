"""Every room that is open here at a glance, for inspectors.  Rules: WATCH-* in docs/rules.md."""

import asyncio

import msgspec
from aiohttp import web

from ..core.glance import Glance, glance
from .api import Api
from .clock import Clock
from .rooms import Rooms

EVERY_S = 1.0  # rooms are looked at no more often, however many ask
AT_A_TIME = 50  # rooms, before others get their turn
ROOMS_MAX = 2_000  # in an answer


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /v1/live`."""

    now_ms: int
    total: int  # rooms that are open; more than are listed where there are more than `ROOMS_MAX`
    rooms: list[Glance]


class Live:
    """The newest look, the same bytes for everybody who asks within a second."""

    def __init__(self, api: Api, rooms: Rooms, clock: Clock) -> None:
        self._api = api
        self._rooms = rooms
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._seen_at = float("-inf")
        self._seen = b""

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/v1/live", self._api.supervised(self.show))

    async def show(self, _: web.Request) -> web.Response:
        async with self._one_at_a_time:
            if self._clock.now() - self._seen_at >= EVERY_S:
                self._seen_at = self._clock.now()
                self._seen = msgspec.json.encode(await self._look())
        return web.Response(body=self._seen, content_type="application/json")

    async def _look(self) -> Seen:
        found: list[Glance] = []
        runners = [runner for runner in self._rooms if not runner.room.state.is_closed]
        for place, runner in enumerate(runners[:ROOMS_MAX], 1):
            found.append(glance(runner.room.state, runner.room.scores))
            if place % AT_A_TIME == 0:
                await asyncio.sleep(0)
        return Seen(now_ms=round(self._clock.now() * 1000), total=len(runners), rooms=found)
