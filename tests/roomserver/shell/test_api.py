"""The REST API bounds what a request costs, whoever sends it and however slowly it is read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, cast

import orjson
import pytest
from aiohttp import web

from roomserver.shell import api
from roomserver.shell.api import LOG_PAGE, LOGS_AT_ONCE, Api, Handler, Key
from roomserver.shell.door import Door
from roomserver.shell.replay import AT_ONCE, Replays
from roomserver.shell.replay_api import ReplayApi
from roomserver.shell.rooms import Rooms
from roomserver.shell.store import Place, RoomRow, Store, StoredEvent
from roomserver.shell.viewers import Viewers
from tests.roomserver.shell.front import SUBPROTOCOLS, Line, a_line, echo
from tests.support.clock import ManualClock

HEAD = "{} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n"
GET_LOG = (HEAD.format("GET /v1/rooms/r-1/log") + "\r\n").encode()


class NoRooms:
    """A node on which no room is open."""

    leaving = False

    def get(self, room: str) -> None:
        return None


class Endless:
    """A store whose one log does not end before event `last`; `read` are the pages asked for."""

    def __init__(self, last: int = 10**9) -> None:
        self.last = last
        self.read = 0
        self.more = asyncio.Event()  # whether it has another page than the first yet
        self.more.set()
        self.forgotten_ms: int | None = None

    async def row(self, room: str) -> RoomRow:
        return RoomRow(room, 1, 0, 1, b"{}", self.forgotten_ms)

    async def salts(self, room: str) -> dict[int, bytes]:
        return {}

    async def events(self, room: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        assert limit == LOG_PAGE
        if after:
            await self.more.wait()
        self.read += 1
        return [
            StoredEvent(seq, b'{"event":{}}', b'"%s"' % (b"x" * 1000), bytes(32))
            for seq in range(after + 1, min(after + limit, self.last) + 1)
        ]


@asynccontextmanager
async def served(store: Endless, *middlewares: Any) -> AsyncIterator[Door]:
    app = web.Application(middlewares=middlewares)
    rest = Api(
        rooms=cast(Rooms, NoRooms()),
        store=cast(Store, store),
        verifier=cast(Any, None),
        sign=None,
        clock=ManualClock(),
        keys=(Key("tests", "secret", frozenset({"rooms", "records"})),),
    )
    rest.mount(app)
    replays = Replays(cast(Store, store))
    ReplayApi(Viewers(rest, cast(Rooms, NoRooms()), cast(Store, store), replays), replays).mount(app)
    door = await Door.open(
        host="127.0.0.1", port=0, app=app, on_connect=echo, subprotocols=SUBPROTOCOLS, clock=ManualClock()
    )
    try:
        yield door
    finally:
        await door.close()


async def head(line: Line) -> str:
    return (await line.reader.readuntil(b"\r\n\r\n")).decode()


async def stands_still(store: Endless) -> int:
    """The pages read, once no more of them are."""
    before = -1
    while before != store.read:
        before = store.read
        await asyncio.sleep(0.3)
    return before


@pytest.mark.rule("HTTP-1")
async def test_a_body_that_does_not_come_is_waited_for_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "BODY_S", 0.1)
    async with served(Endless()) as door, a_line(door) as line:
        line.say((HEAD.format("POST /v1/rooms") + 'Content-Length: 100\r\n\r\n{"form":').encode())
        status, fields, body = await line.response()
        assert (status, fields["content-type"]) == (408, "application/problem+json")
        assert orjson.loads(body)["title"] == "request_timeout"


@pytest.mark.rule("HTTP-2")
async def test_a_log_is_read_only_as_fast_as_it_is_taken() -> None:
    store = Endless()
    async with served(store) as door, a_line(door) as line:
        line.say(GET_LOG)
        assert "200 OK" in await head(line)
        pages = await stands_still(store)
        assert pages < 200  # what sockets and one page hold
        await line.reader.readexactly(20_000_000)
        assert store.read > pages


@pytest.mark.rule("HTTP-2")
async def test_few_logs_are_read_at_once_and_who_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LOG_PAGE_S", 0.1)
    store, over = Endless(), asyncio.Queue[bool]()  # answered, and whether that ended the line

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            over.put_nowait(request.transport is None or request.transport.is_closing())

    async with served(store, counted) as door, AsyncExitStack() as stack:
        store.more.clear()
        slow = [await stack.enter_async_context(a_line(door)) for _ in range(LOGS_AT_ONCE)]
        for line in slow:
            line.say(GET_LOG)
            assert "200 OK" in await head(line)
        async with a_line(door) as line:
            line.say(GET_LOG)
            status, fields, body = await line.response()
            assert (status, orjson.loads(body)["title"], fields["retry-after"]) == (503, "unavailable", "2")
            assert not await over.get()
            store.more.set()
            async with asyncio.timeout(20):
                assert [await over.get() for _ in slow] == [True] * LOGS_AT_ONCE
            store.last = 3
            line.say(GET_LOG)
            assert "200 OK" in await head(line)
        async with asyncio.timeout(20):
            for line in slow:
                with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                    await line.reader.readexactly(10**9)


@pytest.mark.rule("RETAIN-1")
async def test_a_log_that_is_not_kept_any_more_is_gone() -> None:
    store = Endless()
    store.forgotten_ms = 7
    async with served(store) as door, a_line(door) as line:
        for path in ("log", "replay", "replay/index"):
            line.say((HEAD.format(f"GET /v1/rooms/r-1/{path}") + "\r\n").encode())
            status, _, body = await line.response()
            assert (status, orjson.loads(body)["title"]) == (410, "gone")
    assert store.read == 0


@pytest.mark.rule("REPLAY-6")
async def test_few_replays_are_asked_for_at_once() -> None:
    store, asked = Endless(), asyncio.Semaphore(0)

    async def places(room: str) -> list[Place]:
        asked.release()
        await asyncio.Event().wait()
        return []

    cast(Any, store).places = places
    request = (HEAD.format("GET /v1/rooms/r-1/replay") + "\r\n").encode()
    async with served(store) as door, AsyncExitStack() as stack:
        for _ in range(AT_ONCE):
            line = await stack.enter_async_context(a_line(door))
            line.say(request)
        await asked.acquire()  # one of them is being made
        async with asyncio.timeout(20):
            status = 0
            while status != 503:  # until the others have come, too
                async with a_line(door) as probe:
                    probe.say(request)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(0.2):
                            status, fields, body = await probe.response()
        assert (orjson.loads(body)["title"], fields["retry-after"]) == ("unavailable", "2")
