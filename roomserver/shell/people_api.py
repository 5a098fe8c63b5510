"""`GET` and `DELETE /v1/people/{id}`: what is kept of a person, handed over and destroyed.

docs/protocol.md, "People".  Rules: PRIVACY-* in docs/rules.md.
"""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from .api import LOG_PAGE_S, Api, Problem, answer
from .places import Places
from .privacy import Privacy, StillOpen, Unknown

AT_ONCE = 2  # exports and erasures: each reads every log that the person is in
PART_BYTES = 64 * 1024  # sent at a time


class PeopleApi:
    def __init__(self, api: Api, privacy: Privacy) -> None:
        self._api = api
        self._privacy = privacy
        self._places = Places("exported or erased", most=AT_ONCE)

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/v1/people/{id}", self._api.scoped("privacy", self.export))
        app.router.add_delete("/v1/people/{id}", self._api.scoped("privacy", self.erase))

    async def export(self, request: web.Request) -> web.StreamResponse:
        """JSON lines, a part at a time; who takes none is cut off."""
        with self._places.place():
            parts = _parts(self._privacy.export(request.match_info["id"]))
            try:
                part = await anext(parts)
            except Unknown as error:
                raise Problem(404, "not_found", str(error)) from error
            response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-store"})
            await response.prepare(request)
            while part:
                try:
                    async with asyncio.timeout(LOG_PAGE_S):
                        await response.write(part)
                except TimeoutError:
                    if request.transport is not None:
                        request.transport.abort()
                    return response
                part = await anext(parts, b"")
            await response.write_eof()
            return response

    async def erase(self, request: web.Request) -> web.Response:
        with self._places.place():
            try:
                return answer({"rooms": await self._privacy.erase(request.match_info["id"])})
            except Unknown as error:
                raise Problem(404, "not_found", str(error)) from error
            except StillOpen as error:
                raise Problem(409, "conflict", str(error)) from error


async def _parts(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for line in lines:
        waiting += line
        if len(waiting) >= PART_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)
