"""A closed room over HTTP: who may see it again, what of it, and that it never changes."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from protocol import commands as c
from protocol import events as e
from tests.support.member import Member, joined
from tests.support.server import KEY, ServerProcess, forms, serving, token

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    quick = forms(one_to_one={"evaluation": False})
    async with serving(tmp_path_factory.mktemp("server"), forms=quick) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def room(server: ServerProcess) -> str:
    """A lesson that has just ended: evaluations are awaited."""
    room = await server.room("one_to_many")
    async with (
        joined(server.ws, room, token("t", "teacher", room=room)) as teacher,
        joined(server.ws, room, token("s", "student", room=room)) as student,
        joined(server.ws, room, token("out", "student", room=room)) as unruly,
    ):
        await teacher.hear(e.RoomLive)
        await teacher.ask(
            lambda id: c.BeginStroke(id=id, shape="1.1", page=1, kind="pen", color="#112233", width=12, at=(10, 20))
        )
        await teacher.ask(lambda id: c.FinishStroke(id=id, shape="1.1"))
        await student.ask(lambda id: c.SendChat(id=id, text="老师，我不懂", to="staff"))
        await teacher.ask(lambda id: c.RemoveMember(id=id, member=unruly.client.member, ban=True))
        status, answer = await server.call("GET", f"/v1/rooms/{room}/replay", key=token("t", "teacher", room=room))
        assert (status, answer["title"]) == (409, "conflict")
        await teacher.ask(lambda id: c.EndRoom(id=id))
    return room


async def get(server: ServerProcess, path: str, key: str, **headers: str) -> tuple[int, Any, Any]:
    """Status, headers, and the JSON answered."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(server.url + path, headers={"Authorization": f"Bearer {key}", **headers}) as answer,
    ):
        return answer.status, answer.headers, await answer.json(content_type=None)


def said(segment: Any) -> list[str]:
    return [event["text"] for event in segment["events"] if not isinstance(event, list) and "text" in event]


@pytest.mark.rule("REPLAY-3", "REPLAY-4")
async def test_whoever_has_a_token_of_the_room_sees_it_again_when_it_has_closed(
    server: ServerProcess, room: str
) -> None:
    for key, member, lines in (
        (token("t", "teacher", room=room), 1, ["老师，我不懂"]),
        (token("s", "student", room=room), 2, ["老师，我不懂"]),
        (token("another", "student", room=room), 0, []),
        (token("another", "teacher"), 0, ["老师，我不懂"]),
        (KEY, 0, ["老师，我不懂"]),
    ):
        status, _, segment = await get(server, f"/v1/rooms/{room}/replay?at=5", key)
        assert (status, segment["member"], segment["seq"], segment["at"]) == (200, member, 1, 0)
        assert said(segment) == lines
        assert segment["events"][-1]["type"] == "room.closed"
        assert segment["until"] == segment["duration_ms"] == segment["events"][-1]["at"]
        status, _, index = await get(server, f"/v1/rooms/{room}/replay/index", key)
        assert (status, index["room"], index["member"], index["keyframes"]) == (200, room, member, [0])
        assert index["duration_ms"] == segment["duration_ms"]


@pytest.mark.rule("REPLAY-4")
async def test_who_may_not_see_it_is_told_why(server: ServerProcess, room: str) -> None:
    mine, theirs = token("t", "teacher", room=room), token("t", "teacher", room="another")
    for path, key, problem in (
        (f"/v1/rooms/{room}/replay", "nothing", (401, "unauthorized")),
        (f"/v1/rooms/{room}/replay", theirs, (403, "forbidden")),
        (f"/v1/rooms/{room}/replay", token("t", "king", room=room), (403, "forbidden")),
        (f"/v1/rooms/{room}/replay", token("out", "student", room=room), (403, "forbidden")),
        ("/v1/rooms/another/replay/index", theirs, (404, "not_found")),
        (f"/v1/rooms/{room}/replay?at=-1", mine, (400, "invalid")),
        (f"/v1/rooms/{room}/replay?at=1e3", mine, (400, "invalid")),
    ):
        status, _, answer = await get(server, path, key)
        assert (status, answer["title"]) == problem, path


@pytest.mark.rule("REPLAY-5")
async def test_what_was_answered_once_holds(server: ServerProcess, room: str) -> None:
    mine = token("t", "teacher", room=room)
    for path in ("replay?at=7", "replay/index"):
        _, headers, first = await get(server, f"/v1/rooms/{room}/{path}", mine)
        assert headers["Cache-Control"] == "private, max-age=86400, immutable"
        assert headers["Vary"] == "Authorization"
        known = {"If-None-Match": headers["ETag"]}
        assert (await get(server, f"/v1/rooms/{room}/{path}", mine, **known))[::2] == (304, None)
        status, other, _ = await get(server, f"/v1/rooms/{room}/{path}", token("s", "student", room=room), **known)
        assert (status, other["ETag"] != headers["ETag"]) == (200, True)
        assert (await get(server, f"/v1/rooms/{room}/{path}", mine))[2] == first


@pytest.mark.rule("REPLAY-9")
async def test_who_comes_with_a_good_token_when_the_room_is_over_is_told_so(server: ServerProcess, room: str) -> None:
    over = await server.room("one_to_one")
    async with joined(server.ws, over, token("t", "teacher")) as teacher:
        await teacher.send(lambda id: c.EndRoom(id=id))
        assert await teacher.closed() == 4410  # the record is there, nobody waits for evaluations
    for room_id, key, code in (
        (over, token("late", "student"), 4410),
        (room, token("late", "student"), 4410),
        (over, "", 4404),
    ):
        stranger = await Member(server.ws, room_id, key).connect()
        assert await stranger.closed() == code
