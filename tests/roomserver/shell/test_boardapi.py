"""Uploads are waited for as long as they come, and no longer; new formulas cost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from aiohttp import web

from roomserver.shell import boardapi
from roomserver.shell.api import Api, Key, problems
from roomserver.shell.boardapi import BoardApi
from roomserver.shell.door import Door
from roomserver.shell.formulas import Formulas
from roomserver.studio.jobs import Outlined
from tests.roomserver.shell.front import SUBPROTOCOLS, a_line, echo
from tests.support.clock import ManualClock

ASK = "GET /v1/formulas?latex={} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n"
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"


@asynccontextmanager
async def a_door(app: web.Application | None = None) -> AsyncIterator[Door]:
    async def take(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await boardapi.upload(request))))

    if app is None:
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


@pytest.mark.rule("FORMULA-5")
async def test_new_formulas_cost_and_known_ones_do_not(tmp_path: Path) -> None:
    async def outline(latex: str) -> Outlined:
        return Outlined(len(latex), 1, "M0 0")

    nothing, clock, app = cast(Any, None), ManualClock(), web.Application()
    keys = (Key("tests", "secret", frozenset({"records"})),)
    api = Api(rooms=nothing, store=nothing, verifier=nothing, sign=None, clock=clock, keys=keys)
    api.mount(app)
    board = dict.fromkeys(("viewers", "replays", "rooms", "studio", "assets"), nothing)
    BoardApi(api=api, clock=clock, formulas=Formulas(tmp_path, outline), **board).mount(app)
    async with a_door(app) as door, a_line(door) as line:

        async def asks(latex: str) -> tuple[int, dict[str, str]]:
            line.say((ASK.format(latex) + "\r\n").encode())
            return (await line.response())[:2]

        for n in range(30):
            assert (await asks(f"x{n}"))[0] == 200
        for n in range(30):
            assert (await asks(f"x{n}"))[0] == 200
        status, fields = await asks("y")
        assert (status, fields["retry-after"]) == (429, "1")
        await clock.advance(0.4)
        assert [(await asks(latex))[0] for latex in "abc"] == [200, 200, 429]
