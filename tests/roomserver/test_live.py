"""All rooms at a glance, for those who may see them and nobody else."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiohttp
import orjson
import pytest

from protocol import events as e
from roomserver.core.forms import FORMS, Booking
from roomserver.core.room import Room
from roomserver.shell import live
from roomserver.shell.live import Live
from tests.support.clock import ManualClock
from tests.support.member import joined
from tests.support.server import KEY, serving, token

ARCHIVE = '[[api_keys]]\nname = "archive"\nscopes = ["records"]\n'


@pytest.mark.rule("WATCH-1", "WATCH-2")
async def test_inspectors_see_all_rooms_and_nobody_else_does(tmp_path: Path) -> None:
    environ = {"ROOMSERVER_KEY_ARCHIVE": "another key"}
    async with serving(tmp_path, forms=ARCHIVE, environ=environ) as server:

        async def got(key: str) -> tuple[int, Any]:
            return await server.call("GET", "/v1/live", key=key)

        inspector = token("i-1", "observer")
        one, other = await server.room(subject="history", topic="The Ming"), await server.room("one_to_many")
        async with joined(server.ws, one, token("t-1", "teacher", name="王老师")):
            status, said = await got(inspector)
            assert (status, said["total"]) == (200, 2)
            rooms = {room["room"]: room for room in said["rooms"]}
            assert rooms[one].items() >= {"topic": "The Ming", "state": "waiting", "people": {"teacher": 1}}.items()
            assert (rooms[one]["teachers"], rooms[other]["people"]) == (["王老师"], {})
        assert (await got(KEY))[0] == 200
        refused = [
            *(token("i-1", "observer", room=one), token("t-1", "teacher"), token("s-1", "student")),
            *(token("i-1", "observer", exp=5.0), "", "nonsense"),
        ]
        assert [(await got(key))[0] for key in refused] == [401] * len(refused)
        assert (await got("another key"))[0] == 403
        await server.call("POST", f"/v1/rooms/{other}/end")
        async with aiohttp.ClientSession() as session, session.get(f"{server.url}/supervise") as page:
            assert page.status == 200
            assert "/web/supervise.js" in await page.text()


@pytest.mark.rule("WATCH-6")
async def test_an_inspector_goes_in_and_no_pupil_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        room = await server.room()
        async with AsyncExitStack() as stack:
            teacher, pupil, inspector = [
                await stack.enter_async_context(joined(server.ws, room, token(sub, role, name=f"name of {sub}")))
                for sub, role in (("t-1", "teacher"), ("s-1", "student"), ("i-1", "observer"))
            ]
            await teacher.hear(e.MemberJoined, lambda said: said.role == "observer")
            assert "name of s-1" in str(inspector.messages)
            await server.call("POST", f"/v1/rooms/{room}/end")
            await pupil.hear(e.RoomClosed)
            assert "name of t-1" in str(pupil.messages)
            assert "name of i-1" not in str(pupil.messages)


@dataclass
class Open:
    room: Room


class Everybody:
    def supervised(self, handler: Any) -> Any:
        return handler


@pytest.mark.rule("WATCH-4")
async def test_rooms_are_looked_at_once_a_second_and_so_many_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, rooms = ManualClock(), []
    for number in range(120):
        booking = Booking(room=f"r-{number}", form="one_to_one")
        rooms.append(Open(Room.create(booking, FORMS["one_to_one"], now=clock.now())[0]))
    shown = Live(cast(Any, Everybody()), cast(Any, rooms), clock)

    async def ids() -> tuple[int, list[str]]:
        said = orjson.loads(cast(bytes, (await shown.show(cast(Any, None))).body))
        return said["total"], [room["room"] for room in said["rooms"]]

    assert (await ids())[1] == [f"r-{number}" for number in range(120)]
    del rooms[100:]
    await clock.advance(0.9)
    assert (await ids())[0] == 120
    await clock.advance(0.1)
    assert (await ids())[0] == 100
    monkeypatch.setattr(live, "ROOMS_MAX", 3)
    await clock.advance(1)
    assert await ids() == (100, ["r-0", "r-1", "r-2"])
