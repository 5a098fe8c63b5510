"""Cameras, encoders and screens: WHIP publishes into a room, WHEP plays it.  RFC 9725, draft-ietf-wish-whep-03.

A device is a member by its token, and has no WebSocket.  What it may do, and when it must go, the room decides.
Rules: MEDIA-70 to MEDIA-79 in docs/rules.md.
"""

import asyncio
import re
import secrets
from collections.abc import Callable, Iterable
from math import ceil
from typing import get_args

from aiohttp import web

from protocol import commands as c
from protocol.fields import Source
from protocol.notices import IceServer
from sfu.core import fragment, sdp
from sfu.core.ice import Credentials

from ..core.rights import Device as Kind
from .allowance import Allowance
from .api import BODY_S, Handler, Problem, bearer
from .arrivals import NotHere, arrival
from .clock import Clock
from .device import Device, TurnedAway
from .identity import BadToken, Claims, Verifier
from .keeper import RETRY_S
from .relays import Relays
from .rooms import Rooms
from .runner import Runner
from .visitors import Visitors

SESSIONS_A_ROOM = 16
ANSWER_S = 10.0  # for the engine and the disk; OBS waits no longer either
SECRET_BYTES = 24  # of a session's address, which is all that it takes to end it
TAG_BYTES = 8
OFFER, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
ANY = "*"  # for an ETag; in quotes, as in a figure of RFC 9725, it is read alike
SOURCES: dict[str, Source] = {"audio": "microphone", "video": "camera"}
OURS = re.compile(r"/v1/rooms/[^/]+/(whip|whep)(/[^/]+)?")
SHARED = {  # pages of any host may come: what lets somebody in is a token, and no cookie
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After, WWW-Authenticate, Accept-Post, Accept-Patch",
    "Access-Control-Max-Age": "86400",
}
STATUS = {
    "forbidden": 403,
    "locked": 403,
    "outside_window": 403,
    "invalid": 400,
    "rate_limited": 429,
    "room_closed": 404,
    "unavailable": 503,
}  # 409 for all others


class Session:
    """One device in one room, under an address that only it knows."""

    def __init__(self, kind: Kind, runner: Runner, line: int, on_end: Callable[["Session"], None]) -> None:
        self.address = secrets.token_urlsafe(SECRET_BYTES)
        self.tag = ""  # of the ICE credentials
        self.theirs = Credentials("", "")  # the client's
        self.kind = kind
        self.runner = runner
        self.device = Device(line, lambda: on_end(self))

    def begin(self, claims: Claims, offer: str) -> int:
        """Come in, and offer; returns the id of the question.

        Raises:
            NotHere: the token is for something else.
            BadSdp: it is no offer.
        """
        who = arrival(claims, self.runner.id, device=self.kind)
        offered = sdp.parse(offer)
        tracks = sources(offered.sections) if self.kind == "whip" else {}
        self.knows(Credentials(offered.security.ufrag, offered.security.password))
        id = self.device.ask()
        self.runner.enter(self.device, c.Hello(id=id, room=self.runner.id), who)
        if self.kind == "whip":
            self.runner.receive(self.device.line, c.PublishMedia(id=id, sdp=offer, tracks=tracks))
        else:
            self.runner.watch(self.device.line, id, offer)
        return id

    def restart(self, theirs: Credentials) -> int:
        """Begin ICE afresh; returns the id of the question."""
        id = self.device.ask()
        self.runner.renew(self.device.line, id, theirs.ufrag, theirs.password)
        return id

    def knows(self, theirs: Credentials) -> None:
        """These are the client's credentials from now on, and what names other ones is out of date."""
        self.theirs = theirs
        self.tag = secrets.token_urlsafe(TAG_BYTES)

    @property
    def etag(self) -> str:
        return f'"{self.tag}"'

    def end(self) -> None:
        """The device is gone."""
        self.device.leave()
        self.runner.lost(self.device.line, for_good=True)


class Devices:
    """The handlers, and the sessions that they have begun."""

    def __init__(self, *, rooms: Rooms, verifier: Verifier, visitors: Visitors, relays: Relays, clock: Clock) -> None:
        self._rooms = rooms
        self._verifier = verifier
        self._visitors = visitors
        self._relays = relays
        self._clock = clock
        self._sessions: dict[str, Session] = {}  # by address
        self._may_offer = Allowance(a_second=1, burst=30)  # for each address of the network: a school starts at once

    def __len__(self) -> int:
        return len(self._sessions)

    def mount(self, app: web.Application) -> None:
        for kind in get_args(Kind):
            path = f"/v1/rooms/{{room}}/{kind}"
            app.router.add_post(path, self._offered(kind))
            app.router.add_options(path, self.about)
            app.router.add_options(path + "/{session}", self.about)
            app.router.add_patch(path + "/{session}", self.change)
            app.router.add_delete(path + "/{session}", self.end)
        app.on_response_prepare.append(share)

    async def about(self, request: web.Request) -> web.Response:
        takes = {"Accept-Patch": FRAGMENT} if "session" in request.match_info else {"Accept-Post": OFFER}
        return web.Response(status=204, headers=takes)

    # Beginning

    def _offered(self, kind: Kind) -> Handler:
        async def offered(request: web.Request) -> web.Response:
            self._check_rate(request)
            claims = await self._claims(request)
            offer = await body(request, OFFER)
            session = self._begin(kind, await self._runner(request.match_info["room"]))
            try:
                answer = await self._answer(session, lambda: session.begin(claims, offer))
            except BaseException:  # the client may be gone, and the handler cancelled
                self._forget(session)
                raise
            headers = {"Location": f"{request.path}/{session.address}", "ETag": session.etag}
            found = web.Response(status=201, text=answer, content_type=OFFER, headers=headers)
            for link in links(self._relays.servers()):
                found.headers.add("Link", link)
            return found

        return offered

    def _check_rate(self, request: web.Request) -> None:
        address = self._visitors.address(request.remote or "", request.headers.getall("X-Forwarded-For", ()))
        if wait := self._may_offer.take(address, self._clock.now()):
            raise Problem(429, "rate_limited", "this address begins too often", retry_in_s=ceil(wait))

    async def _claims(self, request: web.Request) -> Claims:
        try:
            return await self._verifier.verify(bearer(request))
        except BadToken as bad:
            raise Problem(401, "unauthorized", "this needs a token of the room") from bad

    async def _runner(self, room: str) -> Runner:
        runner = await self._rooms.find(room)
        if runner is None:
            raise Problem(404, "not_found", "there is no such room, or it is over")
        if sum(session.runner is runner for session in self._sessions.values()) >= SESSIONS_A_ROOM:
            raise Problem(409, "full", f"a room has at most {SESSIONS_A_ROOM} devices")
        return runner

    def _begin(self, kind: Kind, runner: Runner) -> Session:
        session = Session(kind, runner, self._rooms.new_line(), self._forget)
        self._sessions[session.address] = session
        return session

    async def _answer(self, session: Session, ask: Callable[[], int]) -> str:
        """What `ask` is answered that returns its id."""
        try:
            id = ask()
            async with asyncio.timeout(ANSWER_S):
                return await session.device.answer(id)
        except TurnedAway as refused:
            wait = None if refused.retry_in_s is None else ceil(refused.retry_in_s)
            status = STATUS.get(refused.code, 409)
            raise Problem(status, refused.code, str(refused), rule=refused.rule, retry_in_s=wait) from refused
        except NotHere as wrong:
            raise Problem(403, "forbidden", str(wrong)) from wrong
        except sdp.BadSdp as bad:
            raise Problem(400, "invalid", str(bad)) from bad
        except TimeoutError as error:
            raise Problem(503, "unavailable", "there was no answer in time", retry_in_s=ceil(RETRY_S)) from error

    # Going on

    async def change(self, request: web.Request) -> web.Response:
        """Trickled candidates are of no use: this side answers whoever has the password, from wherever."""
        self._session(request)
        text = await body(request, FRAGMENT)
        session = self._session(request)  # that may have ended meanwhile
        if request.if_match is None:
            raise Problem(428, "precondition_required", "a change names the ETag that it is of")
        if not any(tag.value in (session.tag, ANY) and not tag.is_weak for tag in request.if_match):
            raise Problem(412, "precondition_failed", "that is not the ETag of the session")
        if len(text) > sdp.SDP_BYTES_MAX:
            raise Problem(413, "too_large", "that is too much")
        try:
            theirs = fragment.restarts(text, session.theirs)
        except sdp.BadSdp as bad:
            raise Problem(400, "invalid", str(bad)) from bad
        return web.Response(status=204) if theirs is None else await self._restarted(request, session, theirs)

    async def _restarted(self, request: web.Request, session: Session, theirs: Credentials) -> web.Response:
        """Where it cannot be done the session goes on as it was (RFC 9725 4.3.3)."""
        self._check_rate(request)
        try:
            ours = await self._answer(session, lambda: session.restart(theirs))
        except Problem:
            self._session(request)  # where it has ended, that is the problem
            raise
        session.knows(theirs)
        return web.Response(body=ours.encode(), content_type=FRAGMENT, headers={"ETag": session.etag})

    async def end(self, request: web.Request) -> web.Response:
        self._forget(self._session(request))
        return web.Response(status=200)

    def _session(self, request: web.Request) -> Session:
        session = self._sessions.get(request.match_info["session"])
        if session is None or not request.path.startswith(f"/v1/rooms/{session.runner.id}/{session.kind}/"):
            raise Problem(404, "not_found", "there is no such session, or it has ended")
        return session

    def _forget(self, session: Session) -> None:
        """Once; what the room says while it is told has ended the session already."""
        if self._sessions.pop(session.address, None) is not None:
            asyncio.get_running_loop().call_soon(session.end)


def sources(sections: Iterable[sdp.Section]) -> dict[str, Source]:
    """The first sound that is sent is a microphone, the first picture a camera: mid -> source."""
    found: dict[Source, str] = {}
    for section in sections:
        if section.kind in SOURCES and not section.rejected and section.direction in ("sendonly", "sendrecv"):
            found.setdefault(SOURCES[section.kind], section.mid)
    if not found:
        raise sdp.BadSdp("nothing is sent")
    return {mid: source for source, mid in found.items()}


def links(servers: Iterable[IceServer]) -> list[str]:
    """Relays as RFC 9725 4.6 names them."""
    return [
        f'<{url}>; rel="ice-server"; username="{server.username}"; credential="{server.credential}"; '
        'credential-type="password"'
        for server in servers
        for url in server.urls
    ]


async def body(request: web.Request, kind: str) -> str:
    if request.content_type != kind:
        raise Problem(415, "unsupported_media_type", f"the body is {kind}")
    try:
        async with asyncio.timeout(BODY_S):
            return (await request.read()).decode()
    except TimeoutError as error:
        raise Problem(408, "request_timeout", f"the body was not there within {BODY_S:.0f} s") from error
    except UnicodeError as error:
        raise Problem(400, "invalid", "the body is not text") from error


async def share(request: web.Request, response: web.StreamResponse) -> None:
    if OURS.fullmatch(request.path):
        response.headers.update(SHARED)
        if response.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if response.status == 415:
            response.headers.update({"Accept-Patch": FRAGMENT} if request.method == "PATCH" else {"Accept-Post": OFFER})
