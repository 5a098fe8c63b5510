"""The board over HTTP: pictures and slides come in, pictures, formulas and whole boards go out.

For the members of a room, by the token that they came in with.  docs/protocol.md, "The board over HTTP".
Rules: ASSET-*, SLIDE-*, FORMULA-*, EXPORT-*, UPLOAD-* in docs/rules.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import get_args

from aiohttp import web

import whiteboard

from ..core.log import Broken
from ..core.people import Person
from ..core.rights import STAFF
from ..core.state import RoomState
from ..studio.jobs import LATEX_CHARS, Format, Pictured, Unfit
from .allowance import Allowance
from .api import Problem, answer, bearer
from .assets import Assets, Full
from .clock import Clock
from .exports import Exports, NoPage, sheets
from .formulas import Formulas
from .identity import BadToken, Claims, Verifier
from .replay import state_at
from .rooms import Rooms
from .store import Store
from .studio import BUSY_S, Busy, Studio

UPLOAD_BYTES = 20_000_000
UPLOAD_S = 120.0  # for an upload to arrive
UPLOAD_PAUSE_S = 10.0  # between two parts of it
UPLOADS_AT_ONCE = 8
FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
PICTURE_TYPE = "image/webp"
DIGITS = 15  # of a number in a query
# A file is looked at by itself: nothing in it runs, and it loads nothing.
SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"}


class BoardApi:
    """The handlers, and who may call them."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        store: Store,
        verifier: Verifier,
        clock: Clock,
        studio: Studio,
        assets: Assets,
        formulas: Formulas,
    ) -> None:
        self._rooms = rooms
        self._store = store
        self._verifier = verifier
        self._clock = clock
        self._studio = studio
        self._assets = assets
        self._formulas = formulas
        self._exports = Exports(studio, assets)
        self._uploads = 0  # at this moment
        self._may_upload = Allowance(a_second=0.5, burst=30)
        self._may_outline = Allowance(a_second=5, burst=30)
        self._may_export = Allowance(a_second=0.2, burst=10)

    def mount(self, app: web.Application) -> None:
        app.middlewares.append(drawing_problems)
        app.router.add_post("/v1/rooms/{room}/assets", self.add_asset)
        app.router.add_post("/v1/rooms/{room}/slides", self.add_slides)
        app.router.add_get("/v1/rooms/{room}/assets/{asset}", self.asset)
        app.router.add_get("/v1/formulas", self.formula)
        app.router.add_get("/v1/rooms/{room}/export", self.export)

    # Pictures

    async def add_asset(self, request: web.Request) -> web.Response:
        await self._check_uploader(request, staff=False)
        with self._uploading():
            picture = await self._studio.picture(await upload(request))
        return answer((await self._kept(request, [picture]))[0], status=201)

    async def add_slides(self, request: web.Request) -> web.Response:
        await self._check_uploader(request, staff=True)
        with self._uploading():
            slides = await self._studio.slides(await upload(request))
        return answer({"slides": await self._kept(request, slides)}, status=201)

    async def _kept(self, request: web.Request, pictures: "list[Pictured] | tuple[Pictured, ...]") -> list[object]:
        try:
            names = await self._assets.keep(request.match_info["room"], [picture.data for picture in pictures])
        except Full as full:
            raise Problem(409, "full", str(full)) from full
        except OSError as error:
            raise Problem(503, "unavailable", "the disk does not take it", retry_in_s=BUSY_S) from error
        return [
            {"asset": name, "width": picture.width, "height": picture.height}
            for name, picture in zip(names, pictures, strict=True)
        ]

    async def asset(self, request: web.Request) -> web.StreamResponse:
        await self._claims(request)
        try:
            path = self._assets.path(request.match_info["room"], request.match_info["asset"])
        except ValueError as error:
            raise Problem(404, "not_found", str(error)) from error
        if not await asyncio.to_thread(path.is_file):
            raise Problem(404, "not_found", "the room has no such picture")
        return web.FileResponse(path, headers={"Content-Type": PICTURE_TYPE, **FOR_EVER})

    # Formulas and files

    async def formula(self, request: web.Request) -> web.Response:
        claims = await self._claims(request)
        latex = request.query.get("latex", "")
        if len(latex) > LATEX_CHARS:
            raise Problem(400, "invalid", f"a formula has at most {LATEX_CHARS} characters")
        if (found := await self._formulas.find(latex)) is None:
            self._check_allowance(self._may_outline, claims.sub)
            found = await self._formulas.get(latex)
        drawn = {"latex": latex, "width": found.width, "height": found.height, "path": found.path}
        return answer(drawn, headers=FOR_EVER)

    async def export(self, request: web.Request) -> web.Response:
        claims = await self._claims(request)
        format = request.query.get("format", "pdf")
        if format not in get_args(Format):
            raise Problem(400, "invalid", f"`format` is one of {', '.join(get_args(Format))}")
        page, at = number(request, "page"), number(request, "at")
        self._check_allowance(self._may_export, claims.sub)
        room = request.match_info["room"]
        runner = None if at is not None else await self._rooms.find(room)
        if runner is not None:
            state = runner.room.state
            pages = sheets(state.board, eyes(state, claims))
        else:
            state = await self._past(room, at)
            pages = await asyncio.to_thread(sheets, state.board, eyes(state, claims))
        try:
            file = await self._exports.file(room, pages, format, page)  # type: ignore[arg-type]
        except NoPage as error:
            raise Problem(404, "not_found", str(error)) from error
        named = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return web.Response(body=file.data, content_type=file.type, headers={**named, **SANDBOX})

    async def _past(self, room: str, at: int | None) -> RoomState:
        """The room as its log tells it."""
        row = await self._store.row(room)
        if row is None:
            raise Problem(404, "not_found", "there is no such room")
        if row.forgotten_ms is not None:  # RETAIN-1
            raise Problem(410, "gone", "the log of this room is not kept any more")
        try:
            return await state_at(self._store, room, at)
        except Broken as error:
            raise Problem(503, "unavailable", "the log of this room does not fit its hashes") from error

    # Who may call

    async def _claims(self, request: web.Request) -> Claims:
        """Of a token that is good, and for this room where the call is about one."""
        try:
            claims = await self._verifier.verify(bearer(request))
        except BadToken as bad:
            raise Problem(401, "unauthorized", "this needs a token of the room") from bad
        if claims.room not in (None, request.match_info.get("room", claims.room)):
            raise Problem(403, "forbidden", "the token is for another room")
        return claims

    async def _check_uploader(self, request: web.Request, *, staff: bool) -> None:
        """Inside, and staff or one who may draw somewhere."""
        claims = await self._claims(request)
        runner = await self._rooms.find(request.match_info["room"])
        if runner is None:
            raise Problem(404, "not_found", "there is no such room, or it is over")
        state = runner.room.state
        person = state.of_identity(claims.sub)
        if person is None or not person.inside or state.is_closed:
            raise Problem(403, "forbidden", "this is for who is in the room")
        if not person.is_staff and (staff or not may_draw(state, person)):
            raise Problem(403, "forbidden", "you may not do that here")
        self._check_allowance(self._may_upload, claims.sub)

    def _check_allowance(self, allowance: Allowance, who: str) -> None:
        if wait := allowance.take(who, self._clock.now()):
            raise Problem(429, "rate_limited", "that is too fast", retry_in_s=ceil(wait))

    @contextmanager
    def _uploading(self) -> Iterator[None]:
        if self._uploads >= UPLOADS_AT_ONCE:
            raise Problem(503, "unavailable", "too much is being uploaded", retry_in_s=BUSY_S)
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1


def may_draw(state: RoomState, person: Person) -> bool:
    """On the common pages, or on one of their own."""
    board = state.board
    return "draw" in person.can or any(board.owner(page) == person.member for page in board.pages)


def eyes(state: RoomState, claims: Claims) -> int:
    """Whose eyes a token's owner sees a board with: who was never inside sees what everybody does."""
    person = state.of_identity(claims.sub)
    if person is not None and person.banned:
        raise Problem(403, "forbidden", "you were removed from this room")  # REMOVE-1
    if person.is_staff if person is not None else claims.role in STAFF:
        return whiteboard.STAFF
    return whiteboard.EVERYBODY if person is None else person.member


async def upload(request: web.Request) -> bytes:
    """The body of a request, which may be larger than those that are JSON."""
    too_large = Problem(413, "request_entity_too_large", f"an upload has at most {UPLOAD_BYTES // 1_000_000} MB")
    if (request.content_length or 0) > UPLOAD_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(UPLOAD_S):
            while part := await asyncio.wait_for(request.content.readany(), UPLOAD_PAUSE_S):
                body += part
                if len(body) > UPLOAD_BYTES:
                    raise too_large
    except TimeoutError as error:
        raise Problem(408, "request_timeout", "the upload takes too long") from error
    return bytes(body)


def number(request: web.Request, name: str) -> int | None:
    """A number of the query; None: it is not there."""
    said = request.query.get(name)
    if said is None:
        return None
    if not (said.isascii() and said.isdecimal()) or len(said) > DIGITS:
        raise Problem(400, "invalid", f"`{name}` is a whole number")
    return int(said)


@web.middleware
async def drawing_problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What the studio refuses becomes a refusal of HTTP; `api.problems` stands around this."""
    try:
        return await handler(request)
    except Unfit as unfit:
        raise Problem(400, "invalid", str(unfit)) from unfit
    except Busy as busy:
        raise Problem(503, "unavailable", "too much is being drawn", retry_in_s=BUSY_S) from busy
