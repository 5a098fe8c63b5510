"""`GET /v1/rooms/{room}/recordings` and the files themselves: for whoever may see the room's replay.

A player of sound and pictures sends no token, so each file is named with a ticket that is good for an evening.
docs/protocol.md, "Replay".  Rules: REC-8, REC-9 in docs/rules.md.
"""

import hmac
import secrets

from aiohttp import web

from .api import Problem
from .clock import Clock
from .recordings import Recordings, listed
from .viewers import Viewers

TICKET_S = 6 * 3600
TYPES = {".webm": "webm", ".mkv": "x-matroska"}


class RecordingsApi:
    def __init__(self, viewers: Viewers, recordings: Recordings, clock: Clock) -> None:
        self._viewers = viewers
        self._recordings = recordings
        self._clock = clock
        self._key = secrets.token_bytes(32)  # tickets end with this process

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/v1/rooms/{room}/recordings", self.list)
        app.router.add_get("/v1/rooms/{room}/recordings/{name}", self.file)

    async def list(self, request: web.Request) -> web.Response:
        await self._viewers.of_closed(request)
        room = request.match_info["room"]
        found = [
            {
                "name": one.name,
                "url": f"/v1/rooms/{room}/recordings/{one.name}?ticket={self._ticket(room, one.name)}",
                "track": one.track,
                "member": one.member,
                "source": one.source,
                "codec": one.codec,
                "start_ms": one.start_ms,
                "duration_ms": one.duration_ms,
                "bytes": one.size,
                "sha256": one.sha256,
                "gaps": one.gaps,
            }
            for one in listed(await self._recordings.of(room))
        ]
        return web.json_response({"recordings": found}, headers={"Cache-Control": "no-store"})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Any part of it: players ask for ranges (RFC 9110 14)."""
        room, name = request.match_info["room"], request.match_info["name"]
        if not self._is_good(request.query.get("ticket", ""), room, name):
            await self._viewers.of_closed(request)
        try:
            path = self._recordings.path(room, name)
        except ValueError:
            path = None
        if path is None or not path.is_file():
            raise Problem(404, "not_found", "there is no such recording")
        kind = f"video/{TYPES[path.suffix]}"
        return web.FileResponse(path, headers={"Content-Type": kind, "Cache-Control": "private, max-age=3600"})

    def _ticket(self, room: str, name: str, until: int | None = None) -> str:
        until = round(self._clock.now()) + TICKET_S if until is None else until
        return f"{until}.{hmac.digest(self._key, f'{room}/{name}/{until}'.encode(), 'sha256').hex()}"

    def _is_good(self, ticket: str, room: str, name: str) -> bool:
        until, _, _ = ticket.partition(".")
        if not until.isdecimal() or len(until) > 12 or int(until) < self._clock.now():
            return False
        return hmac.compare_digest(
            ticket.encode("utf-8", "surrogateescape"), self._ticket(room, name, int(until)).encode()
        )
