"""`POST /v1/evaluations`: a student evaluates a lesson from outside its room, also long after.

docs/protocol.md, "HTTP on the same port".  Rules: DUE-3 to DUE-5 in docs/rules.md.
"""

import asyncio
from math import ceil

import msgspec
import orjson
from aiohttp import web

from protocol import commands as c
from protocol.codes import ErrorCode
from protocol.fields import Comment, Score, Tags

from ..core import evaluation
from ..core.errors import Refused
from .allowance import Allowance
from .api import KnownRoom, Problem, answer, bearer, body
from .clock import Clock
from .identity import BadToken, Claims, Verifier
from .ledger import Ledger
from .rooms import Rooms
from .runner import Runner
from .store import StaleEpoch

KEPT_S = 5.0  # for the disk to take it


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    room: KnownRoom
    score: Score
    tags: Tags = ()
    comment: Comment = ""


class Evaluations:
    """The handler."""

    def __init__(self, *, rooms: Rooms, ledger: Ledger, verifier: Verifier, clock: Clock, source: str) -> None:
        self._rooms = rooms
        self._ledger = ledger
        self._verifier = verifier
        self._clock = clock
        self._source = source
        self._may_give = Allowance(a_second=0.2, burst=10)  # each is a write, also where nothing is due

    def mount(self, app: web.Application) -> None:
        app.router.add_post("/v1/evaluations", self.give)

    async def give(self, request: web.Request) -> web.Response:
        """Durable when it is answered."""
        claims = await self._claims(request)
        if wait := self._may_give.take(claims.sub, self._clock.now()):
            raise Problem(429, "rate_limited", "that is too fast", retry_in_s=ceil(wait))
        given = await body(request, Given)
        command = c.Evaluate(id=1, score=given.score, tags=given.tags, comment=given.comment)
        runner = self._rooms.get(given.room)
        if runner is None or not await self._take(runner, claims.sub, command):
            await self._settle(given.room, claims.sub, command)
        return answer({"room": given.room, "score": given.score}, status=201)

    async def _claims(self, request: web.Request) -> Claims:
        try:
            claims = await self._verifier.verify(bearer(request))
        except BadToken as bad:
            raise Problem(401, "unauthorized", "this needs the student's token") from bad
        if claims.role != "student":
            raise Problem(403, "forbidden", "only students evaluate")
        return claims

    async def _take(self, runner: Runner, identity: str, command: c.Evaluate) -> bool:
        """The room takes it; not when its record is made."""
        try:
            runner.evaluated(identity, command)
            async with asyncio.timeout(KEPT_S):
                await runner.settled()
        except Refused as refused:
            if refused.code is ErrorCode.ROOM_CLOSED:
                return False
            raise Problem(409, "conflict", refused.message, rule=refused.rule) from refused
        except (TimeoutError, StaleEpoch) as error:
            raise Problem(503, "unavailable", "the evaluation could not be kept") from error
        return True

    async def _settle(self, room: str, identity: str, command: c.Evaluate) -> None:
        now_ms = round(self._clock.now() * 1000)
        envelope = evaluation.envelope(room, identity, command, now_ms=now_ms, source=self._source)
        if not await self._ledger.evaluate(identity, room, (envelope["id"], orjson.dumps(envelope))):
            raise Problem(409, "conflict", "no evaluation is due from you", rule="DUE-3")
