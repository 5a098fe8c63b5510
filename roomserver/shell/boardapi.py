"""The board over HTTP: pictures and slides come in, pictures, formulas and whole boards go out.

For the members of a room, by the token that they came in with.  docs/protocol.md, "The board over HTTP".
Rules: ASSET-*, SLIDE-*, FORMULA-*, EXPORT-*, UPLOAD-* in docs/rules.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from math import ceil
from typing import Annotated, get_args

import msgspec
import orjson
from aiohttp import web
from msgspec import Meta

from whiteboard import EVERYBODY, Board

from ..core import views
from ..core.log import Broken
from ..core.people import Person
from ..core.replay import Course
from ..core.state import RoomState
from ..studio.jobs import LATEX_CHARS, Format, Pictured, Sheet, Unfit
from .allowance import Allowance
from .api import Api, Caller, Problem, answer, body, number
from .assets import Assets, Full
from .clock import Clock
from .exports import Exports, NoPage, sheets
from .formulas import Formulas
from .places import BUSY_S, Places
from .replay import Replays
from .rooms import Rooms
from .studio import Studio
from .viewers import Viewers

UPLOAD_BYTES = 20_000_000
UPLOAD_S = 120.0  # for an upload to arrive
UPLOAD_PAUSE_S = 10.0  # between two parts of it
UPLOADS_AT_ONCE = 8
DRAWN_FOR_ONE = 2  # jobs of the studio that wait or are under way for one who asks
FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
ZLIB_BYTES = 20_000  # what has more is compressed in a thread
PICTURE_TYPE = "image/webp"
# A file is looked at by itself: nothing in it runs, and it loads nothing.
SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"}


class NewFormula(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /v1/formulas`."""

    latex: Annotated[str, Meta(max_length=LATEX_CHARS)]


class BoardApi:
    """The handlers, and who may call them."""

    def __init__(
        self,
        *,
        api: Api,
        viewers: Viewers,
        replays: Replays,
        rooms: Rooms,
        clock: Clock,
        studio: Studio,
        assets: Assets,
        formulas: Formulas,
    ) -> None:
        self._api = api
        self._viewers = viewers
        self._replays = replays
        self._rooms = rooms
        self._clock = clock
        self._studio = studio
        self._assets = assets
        self._formulas = formulas
        self._exports = Exports(studio, assets)
        self._uploads = Places("uploaded", most=UPLOADS_AT_ONCE, each=1)
        self._drawn = Places("drawn", each=DRAWN_FOR_ONE)
        self._may_upload = Allowance(a_second=0.5, burst=30)
        self._may_outline = Allowance(a_second=5, burst=30)
        self._may_export = Allowance(a_second=0.2, burst=10)

    def mount(self, app: web.Application) -> None:
        app.middlewares.append(drawing_problems)
        app.router.add_post("/v1/rooms/{room}/assets", self.add_asset)
        app.router.add_post("/v1/rooms/{room}/slides", self.add_slides)
        app.router.add_get("/v1/rooms/{room}/assets/{asset}", self.asset)
        app.router.add_get("/v1/formulas", self.formula)
        app.router.add_post("/v1/formulas", self.long_formula)
        app.router.add_get("/v1/rooms/{room}/export", self.export)

    # Pictures

    async def add_asset(self, request: web.Request) -> web.Response:
        who = await self._uploader(request, staff=False)
        with self._uploads.place(who), self._drawn.place(who):
            picture = await self._studio.picture(await upload(request))
        return answer((await self._kept(request, [picture]))[0], status=201)

    async def add_slides(self, request: web.Request) -> web.Response:
        who = await self._uploader(request, staff=True)
        with self._uploads.place(who), self._drawn.place(who):
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
        await self._api.caller(request)
        try:
            path = self._assets.path(request.match_info["room"], request.match_info["asset"])
        except ValueError as error:
            raise Problem(404, "not_found", str(error)) from error
        if not await asyncio.to_thread(path.is_file):
            raise Problem(404, "not_found", "the room has no such picture")
        return web.FileResponse(path, headers={"Content-Type": PICTURE_TYPE, **FOR_EVER})

    # Formulas and files

    async def formula(self, request: web.Request) -> web.Response:
        caller = await self._api.caller(request)
        latex = request.query.get("latex", "")
        if len(latex) > LATEX_CHARS:
            raise Problem(400, "invalid", f"a formula has at most {LATEX_CHARS} characters")
        return drawn(await self._outline(caller, latex), headers=FOR_EVER)

    async def long_formula(self, request: web.Request) -> web.Response:
        caller = await self._api.caller(request)
        return drawn(await self._outline(caller, (await body(request, NewFormula)).latex))

    async def _outline(self, caller: Caller, latex: str) -> Mapping[str, object]:
        if (found := await self._formulas.find(latex)) is None:
            with self._drawn.place(caller.identity):
                self._check_allowance(self._may_outline, caller.identity)
                found = await self._formulas.get(latex)
        return {"latex": latex, "width": found.width, "height": found.height, "path": found.path}

    async def export(self, request: web.Request) -> web.Response:
        format = request.query.get("format", "pdf")
        if format not in get_args(Format):
            raise Problem(400, "invalid", f"`format` is one of {', '.join(get_args(Format))}")
        page, at = number(request, "page"), number(request, "at")
        viewer, course = await self._viewers.viewer(request)
        who = viewer.identity
        with self._drawn.place(who):
            self._check_allowance(self._may_export, who)
            pages = await self._sheets(request.match_info["room"], viewer, course, at)
            try:
                file = await self._exports.file(request.match_info["room"], pages, format, page)  # type: ignore[arg-type]
            except NoPage as error:
                raise Problem(404, "not_found", str(error)) from error
        named = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return web.Response(body=file.data, content_type=file.type, headers={**named, **SANDBOX})

    async def _sheets(self, room: str, viewer: Person, course: Course | None, at: int | None) -> list[Sheet]:
        """The board now, or as it was, with the eyes of the present."""
        runner = self._rooms.get(room)
        if at is None and runner is not None:
            return sheets(runner.room.state.board, eyes(runner.room.state.board, viewer))
        try:
            board = (await self._replays.state(room, at, closed=course)).board
        except Broken as error:
            raise Problem(503, "unavailable", "the log of this room does not fit its hashes") from error
        return await asyncio.to_thread(sheets, board, eyes(board, viewer))

    # Who may call

    async def _uploader(self, request: web.Request, *, staff: bool) -> str:
        """The identity of somebody who is inside, and staff or one who may draw somewhere."""
        who = (await self._api.caller(request)).identity
        runner = await self._rooms.find(request.match_info["room"])
        if runner is None:
            raise Problem(404, "not_found", "there is no such room, or it is over")
        state = runner.room.state
        person = state.of_identity(who)
        if person is None or not person.inside or state.is_closed:
            raise Problem(403, "forbidden", "this is for who is in the room")
        if not person.is_staff and (staff or not may_draw(state, person)):
            raise Problem(403, "forbidden", "you may not do that here")
        self._check_allowance(self._may_upload, who)
        return who

    def _check_allowance(self, allowance: Allowance, who: str) -> None:
        if wait := allowance.take(who, self._clock.now()):
            raise Problem(429, "rate_limited", "that is too fast", retry_in_s=ceil(wait))


def may_draw(state: RoomState, person: Person) -> bool:
    """On the common pages, or on one of their own."""
    return "draw" in person.can or has_own_page(state.board, person)


def has_own_page(board: Board, person: Person) -> bool:
    return any(board.owner(page) == person.member for page in board.pages)


def eyes(board: Board, viewer: Person) -> int:
    """As `views.eyes`; who has no page of their own sees what everybody does, and shares their files."""
    return views.eyes(viewer) if viewer.is_staff or has_own_page(board, viewer) else EVERYBODY


def drawn(outline: Mapping[str, object], *, headers: Mapping[str, str] | None = None) -> web.Response:
    """Half a megabyte of outline is compressed to 13 kB where the client takes that."""
    found = web.Response(
        body=orjson.dumps(outline), content_type="application/json", headers=headers, zlib_executor_size=ZLIB_BYTES
    )
    found.enable_compression()
    return found


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


@web.middleware
async def drawing_problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What the studio refuses becomes a refusal of HTTP; `api.problems` stands around this."""
    try:
        return await handler(request)
    except Unfit as unfit:
        raise Problem(400, "invalid", str(unfit)) from unfit
