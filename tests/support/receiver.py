"""A real receiver of webhooks, which believes nothing that `standardwebhooks` cannot verify."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from loadtest.ports import free_ports

SECRET = "whsec_" + "aSBhbSBhIHNlY3JldCBmb3IgdGVzdHMgb25seQ=="
Answers = Callable[[dict[str, Any]], web.Response]


def thanks(_: dict[str, Any]) -> web.Response:
    return web.Response(status=204)


@dataclass(slots=True)
class Receiver:
    """`heard` are the envelopes that were verified and taken; `answers` says how, of each."""

    answers: Answers = thanks
    secret: str = SECRET
    port: int = field(default_factory=free_ports)
    heard: list[dict[str, Any]] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sessions"

    @property
    def ids(self) -> list[str]:
        return [envelope["id"] for envelope in self.heard]

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/sessions", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        """At once, whatever it is in the middle of."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        verified = Webhook(self.secret).verify(await request.read(), dict(request.headers))
        answer = self.answers(verified)
        if answer.status < 300:
            assert verified["id"] == request.headers["webhook-id"]
            self.heard.append(verified)
        await asyncio.sleep(0)
        return answer


@asynccontextmanager
async def receiver(answers: Answers = thanks, *, secret: str = SECRET) -> AsyncIterator[Receiver]:
    found = Receiver(answers, secret)
    await found.start()
    try:
        yield found
    finally:
        await found.stop()
