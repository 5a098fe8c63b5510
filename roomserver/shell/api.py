"""The REST API: rooms, logs, tokens, and who may call it.  Errors are problem details (RFC 9457); keys have scopes.

docs/protocol.md, "HTTP on the same port".
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
import orjson
from aiohttp import web
from msgspec import Meta

from protocol.fields import Role

from ..core import evidence
from ..core.calendar import OutsideWindow
from ..core.errors import Refused
from ..core.evidence import owner_of
from ..core.forms import Booking
from ..core.rights import STAFF
from ..core.state import RoomState
from .arrivals import is_for
from .clock import Clock
from .identity import Approved, BadToken, Claims, Remaining, Verifier
from .media import MediaAway
from .places import BUSY_S, Busy, Places, TooMany
from .rooms import Rooms, UnknownForm, new_room_id
from .runner import Runner
from .store import Store, StoredEvent, StoreFailed

Body = TypeVar("Body")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
RoomId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{3,64}\Z")]
KnownRoom = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{3,64}\Z")]  # also one that was born of a lobby
Words = Annotated[str, Meta(max_length=200)]
Word = Annotated[str, Meta(min_length=1, max_length=128)]
Identity = Word  # an education ID
Instant = Annotated[int, Meta(ge=0, le=10**14)]  # wall-clock milliseconds

TOKEN_S = 3 * 3600  # how long a token of ours is good unless asked otherwise, from when its room opens: an evening
BODY_S = 10.0  # for a request's body to arrive, 64 KiB at most
LOG_PAGE = 200  # events read and sent at a time
LOGS_AT_ONCE = 4  # so that what is on its way to readers of logs is bounded, however slow they are
LOOKS_AT_ONCE = 8  # at rooms' media: each is work for what forwards it
LOG_PAGE_S = 30.0  # for a page to be taken
DIGITS = 15  # of a number in a query
EXPECTED_MAX = 1_000  # identities that a booking expects


class NewRoom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/rooms`."""

    form: str
    room: RoomId | None = None
    subject: Words = ""
    grade: Words = ""
    topic: Words = ""
    scheduled_ms: Instant | None = None
    not_after_ms: Instant | None = None
    expected: Annotated[tuple[Identity, ...], Meta(max_length=EXPECTED_MAX)] = ()


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /v1/tokens`."""

    sub: Identity
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    role: Role
    room: KnownRoom | None = None
    school: Word | None = None
    district: Word | None = None
    grade: Word | None = None
    remaining_s: Remaining | None = None
    forms: Approved | None = None
    subjects: Approved | None = None
    ttl_s: Annotated[int, Meta(ge=1, le=86_400)] | None = None


class Problem(Exception):
    """A refusal as HTTP says it; `rule` is of docs/rules.md, and `more` are members that its details have besides."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        rule: str | None = None,
        retry_in_s: int | None = None,
        more: Mapping[str, Any] = {},
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.retry_in_s = status, code, detail, retry_in_s
        self.more = more if rule is None else {"rule": rule, **more}


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; `secret` comes from a file or the environment."""

    name: str
    secret: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for what members may ask for."""

    identity: str  # empty: an archive, which was never a member
    role: Role  # that they have now


class Api:
    """The handlers, and who may call them."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        store: Store,
        verifier: Verifier,
        sign: Callable[[Claims], str] | None,
        clock: Clock,
        keys: tuple[Key, ...],
    ) -> None:
        self._rooms = rooms
        self._store = store
        self._verifier = verifier
        self._sign = sign
        self._clock = clock
        self._keys = keys
        self._readers = Places("read", most=LOGS_AT_ONCE)
        self._lookers = Places("looked at", most=LOOKS_AT_ONCE)

    def mount(self, app: web.Application) -> None:
        app.middlewares.append(problems)
        app.router.add_post("/v1/rooms", self.scoped("rooms", self.create))
        app.router.add_get("/v1/rooms", self.scoped("rooms", self.list))
        app.router.add_get("/v1/rooms/{room}", self._of_room("rooms", self.show))
        app.router.add_post("/v1/rooms/{room}/end", self._of_room("rooms", self.end))
        app.router.add_get("/v1/rooms/{room}/media", self._of_room("rooms", self.media))
        app.router.add_get("/v1/rooms/{room}/log", self._of_room("records", self.log))
        app.router.add_post("/v1/tokens", self.scoped("tokens", self.token))

    # Who may call

    def scoped(self, scope: str, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            if not self._has_key(bearer(request), scope):
                raise self._refusal(bearer(request), f"this needs an API key with the scope {scope!r}")
            return await handler(request)

        return checked

    def _of_room(self, scope: str, handler: Handler) -> Handler:
        """An API key, or a staff token for this very room."""

        async def checked(request: web.Request) -> web.StreamResponse:
            token = bearer(request)
            if not self._has_key(token, scope) and not await self._is_staff(token, request.match_info["room"]):
                raise self._refusal(token, f"this needs an API key with the scope {scope!r}, or the room's staff")
            return await handler(request)

        return checked

    def _refusal(self, given: str, detail: str) -> Problem:
        """Nobody that we know, or a key that is good for other things."""
        known = any(self._has_key(given, scope) for key in self._keys for scope in key.scopes)
        return Problem(403, "forbidden", detail) if known else Problem(401, "unauthorized", detail)

    def _has_key(self, given: str, scope: str) -> bool:
        return any(
            hmac.compare_digest(given.encode("utf-8", "surrogateescape"), key.secret.encode()) and scope in key.scopes
            for key in self._keys
        )

    async def _is_staff(self, token: str, room: str) -> bool:
        claims = await self._claims(token)
        return claims is not None and claims.role in STAFF and claims.room == room

    def supervised(self, handler: Handler) -> Handler:
        """An API key, or an inspector: an observer whose token is for no room in particular (WATCH-1)."""

        async def checked(request: web.Request) -> web.StreamResponse:
            token = bearer(request)
            if not self._has_key(token, "supervise") and not await self._is_inspector(token):
                raise self._refusal(token, "this needs an API key with the scope 'supervise', or an inspector's token")
            return await handler(request)

        return checked

    async def _is_inspector(self, token: str) -> bool:
        claims = await self._claims(token)
        return claims is not None and claims.role == "observer" and claims.room is None

    async def caller(self, request: web.Request) -> Caller:
        """The owner of a good token, of the room that the call is about if it is about one; or an archive, as staff.

        Raises:
            Problem: it is neither.
        """
        token = bearer(request)
        if self._has_key(token, "records"):
            return Caller("", "teacher")
        claims = await self._claims(token)
        if claims is None:
            raise self._refusal(token, "this needs an API key with the scope 'records', or a token of the room")
        if "room" in request.match_info and not is_for(claims, request.match_info["room"]):
            raise Problem(403, "forbidden", "the token is for another room")
        try:
            return Caller(claims.sub, msgspec.convert(claims.role, Role))
        except msgspec.ValidationError as error:
            raise Problem(403, "forbidden", "there is no such role") from error

    async def _claims(self, token: str) -> Claims | None:
        try:
            return await self._verifier.verify(token)
        except BadToken:
            return None

    # Rooms

    async def create(self, request: web.Request) -> web.Response:
        new = await body(request, NewRoom)
        if self._rooms.leaving:
            raise Problem(503, "unavailable", "this server is leaving")
        booking = Booking(
            room=new.room or new_room_id(),
            form=new.form,
            subject=new.subject,
            grade=new.grade,
            topic=new.topic,
            scheduled_ms=new.scheduled_ms,
            not_after_ms=new.not_after_ms,
        )
        try:
            runner = await self._rooms.create(booking, expected=new.expected)
        except UnknownForm as error:
            raise Problem(400, "invalid", str(error)) from error
        except OutsideWindow as outside:
            more = {"opens_ms": outside.opens_ms}
            raise Problem(422, outside.code, outside.message, rule=outside.rule, more=more) from outside
        except StoreFailed as error:
            raise Problem(503, "unavailable", "the room could not be kept") from error
        except ValueError as error:
            raise Problem(409, "conflict", "a room of that id exists") from error
        return answer(self._describe(runner), status=201, headers={"Location": f"/v1/rooms/{booking.room}"})

    async def list(self, request: web.Request) -> web.Response:
        live = request.query.get("live") == "true"
        rows = await self._store.rooms(live=live, limit=100, after=request.query.get("after", ""))
        rooms = [
            {
                "room": row.room,
                "created_ms": row.created_ms,
                "closed_ms": row.closed_ms,
                **orjson.loads(row.meta),
            }
            for row in rows
        ]
        return answer({"rooms": rooms, "next": rows[-1].room if len(rows) == 100 else None})

    async def show(self, request: web.Request) -> web.Response:
        room = request.match_info["room"]
        runner = await self._rooms.find(room)
        if runner is not None:
            return answer(self._describe(runner))
        row = await self._store.row(room)
        if row is None:
            raise Problem(404, "not_found", "there is no such room")
        return answer(
            {
                "room": row.room,
                "state": "closed" if row.closed_ms else "unavailable",  # its log does not fit its hashes
                "created_ms": row.created_ms,
                "closed_ms": row.closed_ms,
                **orjson.loads(row.meta),
            }
        )

    async def end(self, request: web.Request) -> web.Response:
        runner = await self._rooms.find(request.match_info["room"])
        if runner is None:
            raise Problem(404, "not_found", "there is no such room, or it is over")
        by = None if self._has_key(bearer(request), "rooms") else await self._claims(bearer(request))
        try:
            runner.end(by=None if by is None else by.sub)
        except Refused as refused:  # END-9
            raise Problem(403, refused.code, refused.message, rule=refused.rule) from refused
        return answer(self._describe(runner))

    async def media(self, request: web.Request) -> web.Response:
        """Every media connection of a room, by member number."""
        room = request.match_info["room"]
        runner = self._rooms.get(room)
        if runner is None:
            raise Problem(404, "not_found", "there is no such room, or it is over")
        with self._lookers.place():
            try:
                seen = await runner.look_at_media()
            except MediaAway as away:
                raise Problem(503, "unavailable", "what forwards the room's media does not answer") from away
        body = msgspec.json.encode({"room": room, "connections": seen})
        return web.Response(body=body, content_type="application/json")

    def _describe(self, runner: Runner) -> Mapping[str, Any]:
        state = runner.room.state
        ends_at, reason = state.next_end()
        return {
            "room": state.booking.room,
            "form": state.booking.form,
            "subject": state.booking.subject,
            "topic": state.booking.topic,
            "state": state.phase,
            "created_ms": state.opened_at_ms,
            "opens_ms": _opens_ms(state),
            "ends_ms": state.opened_at_ms + (ends_at if state.closed_at is None else state.closed_at),
            "ends_because": state.closed_reason or reason,
            "closed_ms": None if state.closed_at is None else state.opened_at_ms + state.closed_at,
            "connected": 0 if state.is_closed else sum(1 for _ in state.connected()),
        }

    async def log(self, request: web.Request) -> web.StreamResponse:
        """The stored events as JSON lines; what is personal in them under `content`."""
        room = request.match_info["room"]
        row = await self._store.row(room)
        if row is None:
            raise Problem(404, "not_found", "there is no such room")
        if row.closed_ms is None and not self._has_key(bearer(request), "records"):
            raise Problem(403, "forbidden", "the room's staff may read its log when it is over")  # EVAL-3
        if row.forgotten_ms is not None:  # RETAIN-1
            raise Problem(410, "gone", "the log of this room is not kept any more")
        with self._readers.place():
            return await self._send_log(request, room)

    async def _send_log(self, request: web.Request, room: str) -> web.StreamResponse:
        """A page at a time, the next when the one before has been taken; who takes none is cut off."""
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        after = 0
        while events := await self._store.events(room, after=after, limit=LOG_PAGE):
            salts = await self._store.salts(room)
            try:
                async with asyncio.timeout(LOG_PAGE_S):
                    await response.write(b"".join(_line(event, salts) for event in events))
            except TimeoutError:
                if request.transport is not None:
                    request.transport.abort()
                return response
            after = events[-1].seq
        await response.write_eof()
        return response

    # Tokens

    async def token(self, request: web.Request) -> web.Response:
        if self._sign is None:
            raise Problem(409, "conflict", "tokens are signed elsewhere: this server has no secret")
        new = await body(request, NewToken)
        expires = self._until(new)
        said = {name: getattr(new, name) for name in NewToken.__struct_fields__ if name != "ttl_s"}
        claims = Claims(iat=int(self._clock.now()), exp=expires, **said)
        return answer({"token": self._sign(claims), "expires_ms": expires * 1000}, status=201)

    def _until(self, new: NewToken) -> int:
        """Unix seconds.  A link that is made at noon is good in the evening."""
        now = int(self._clock.now())
        if new.ttl_s is not None:
            return now + new.ttl_s
        runner = self._rooms.get(new.room) if new.room is not None else None
        return TOKEN_S + (now if runner is None else max(now, _opens_ms(runner.room.state) // 1000))


def _opens_ms(state: RoomState) -> int:
    return state.opened_at_ms + state.opens_at


def _line(event: StoredEvent, salts: Mapping[int, bytes]) -> bytes:
    salt = None if event.personal is None else salts.get(owner_of(orjson.loads(event.body)))
    return evidence.line(event.hash, salt, event.body, event.personal)


def bearer(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def body(request: web.Request, shape: type[Body]) -> Body:
    """The request's JSON, checked.

    Raises:
        Problem: it is not that.
    """
    try:
        async with asyncio.timeout(BODY_S):
            content = await request.read()
        return msgspec.json.decode(content, type=shape)
    except TimeoutError as error:
        raise Problem(408, "request_timeout", f"the body was not there within {BODY_S:.0f} s") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Problem(400, "invalid", str(error)) from error


def number(request: web.Request, name: str) -> int | None:
    """A whole number of the query; None: it is not there.

    Raises:
        Problem: it is none.
    """
    said = request.query.get(name)
    if said is None:
        return None
    if not (said.isascii() and said.isdecimal()) or len(said) > DIGITS:
        raise Problem(400, "invalid", f"`{name}` is a whole number")
    return int(said)


def answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, headers=headers, content_type="application/json")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals become problem details."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem_response(
            problem.status, problem.code, problem.detail, retry_in_s=problem.retry_in_s, more=problem.more
        )
    except TooMany as busy:
        return problem_response(429, "rate_limited", str(busy), retry_in_s=BUSY_S)
    except Busy as busy:
        return problem_response(503, "unavailable", str(busy), retry_in_s=BUSY_S)
    except StoreFailed:
        return problem_response(503, "unavailable", "the store does not answer")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = problem_response(error.status, error.reason.lower().replace(" ", "_"), error.reason)
        if (allowed := error.headers.get("Allow")) is not None:  # RFC 9110 15.5.6
            response.headers["Allow"] = allowed
        return response


def problem_response(
    status: int, code: str, detail: str, *, retry_in_s: int | None = None, more: Mapping[str, Any] = {}
) -> web.Response:
    details = {"type": f"urn:classroom:problem:{code}", "title": code, "status": status, "detail": detail, **more}
    headers = {} if retry_in_s is None else {"Retry-After": str(retry_in_s)}
    body = orjson.dumps(details)
    return web.Response(body=body, status=status, headers=headers, content_type="application/problem+json")
