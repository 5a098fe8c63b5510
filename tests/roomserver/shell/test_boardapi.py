"""Uploads are waited for as long as they come, and no longer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web

from roomserver.shell import boardapi
from roomserver.shell.api import problems
from roomserver.shell.door import Door
from tests.roomserver.shell.front import SUBPROTOCOLS, a_line, echo
from tests.support.clock import ManualClock

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"


@asynccontextmanager
async def a_door() -> AsyncIterator[Door]:
    async def take(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await boardapi.upload(request))))

    app = web.Application(middlewares=[problems], client_max_size=10)
    app.router.add_post("/", take)
    door = await Door.open(
        host="127.0.0.1", port=0, app=app, on_connect=echo, subprotocols=SUBPROTOCOLS, clock=ManualClock()
    )
    try:
        yield door
    finally:
        await door.close()


@pytest.mark.rule("UPLOAD-1")
@pytest.mark.parametrize("bound", ["UPLOAD_S", "UPLOAD_PAUSE_S"])
async def test_an_upload_that_does_not_come_is_waited_for_in_vain(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boardapi, bound, 0.1)
    async with a_door() as door, a_line(door) as line:
        line.say(HEAD + bytes(999))
        status, _, body = await line.response()
        assert (status, orjson.loads(body)["title"]) == (408, "request_timeout")


@pytest.mark.rule("UPLOAD-1")
async def test_an_upload_may_be_larger_than_other_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_door() as door, a_line(door) as line:
        line.say(HEAD + bytes(1000))
        status, _, body = await line.response()
        assert (status, body) == (200, b"1000")
        monkeypatch.setattr(boardapi, "UPLOAD_BYTES", 999)
        line.say(HEAD)
        assert (await line.response())[0] == 413
