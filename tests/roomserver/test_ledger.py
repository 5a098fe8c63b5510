"""A whole server over real sockets: who may not come in learns why, an evaluation cures it, a kill resets nothing."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from tests.support.member import Member, joined
from tests.support.server import ServerProcess, eventually, forms, serving, token

QUICK = forms(one_to_one={"dues": True, "evaluation_s": 1}, one_to_many={"gap_s": 600, "dues": True})
ANNA = token("anna", "student")


async def taught(server: ServerProcess, form: str = "one_to_one") -> str:
    """A lesson of Anna's that nobody evaluates; it is over on return."""
    room = await server.room(form)
    async with joined(server.ws, room, token("li", "teacher")) as li, joined(server.ws, room, ANNA) as anna:
        await li.hear(e.RoomLive)
        await li.ask(lambda id: c.SendChat(id=id, text="so far"))
        await li.send(lambda id: c.EndRoom(id=id))
        await anna.hear(e.RoomClosed)

    async def over() -> bool:
        return bool((await server.call("GET", f"/v1/rooms/{room}"))[1]["closed_ms"])

    await eventually(over)
    return room


async def refusal(server: ServerProcess, room: str, who: str) -> n.Error:
    member = await Member(server.ws, room, who).connect()
    assert await member.closed() == 4403
    return await member.hear(n.Error)  # type: ignore[no-any-return]


async def evaluates(server: ServerProcess, body: Any, who: str = ANNA) -> int:
    status, _ = await server.call("POST", "/v1/evaluations", body, key=who)
    return status


@pytest.mark.rule("DUE-1", "DUE-2", "DUE-3", "DUE-4")
async def test_who_owes_an_evaluation_comes_in_when_it_is_given_though_the_server_was_killed(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=QUICK) as server:
        over = await taught(server)
        await server.kill()
        await server.start()
        following = await server.room()
        refused = await refusal(server, following, ANNA)
        assert (refused.code, refused.rule, refused.room) == ("evaluation_due", "DUE-2", over)
        given = {"room": over, "score": 5, "tags": ["clear"], "comment": "谢谢老师"}
        assert await evaluates(server, given, "no token") == 401
        assert await evaluates(server, given, token("li", "teacher")) == 403
        assert await evaluates(server, given, token("ben", "student")) == 409
        assert await evaluates(server, given | {"score": 6}) == 400
        assert await evaluates(server, given | {"room": following}) == 409
        assert [await evaluates(server, given) for _ in range(2)] == [201, 409]
        async with joined(server.ws, following, ANNA) as anna:
            assert isinstance(anna.messages[0], n.Welcome)
            assert await evaluates(server, given | {"room": following}) == 409  # it is not live yet
            async with joined(server.ws, following, token("li", "teacher")):
                await anna.hear(e.RoomLive)
                assert [await evaluates(server, given | {"room": following}) for _ in range(2)] == [201, 409]


@pytest.mark.rule("DUE-5")
async def test_who_posts_evaluations_too_fast_is_told_when_to_come_again(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=QUICK) as server, aiohttp.ClientSession() as session:

        async def gives(who: str) -> tuple[int, str | None]:
            headers, body = {"Authorization": f"Bearer {who}"}, {"room": "r-none", "score": 5}
            async with session.post(f"{server.url}/v1/evaluations", json=body, headers=headers) as answer:
                return answer.status, answer.headers.get("Retry-After")

        assert [await gives(ANNA) for _ in range(10)] == [(409, None)] * 10
        status, retry_in_s = await gives(ANNA)
        assert (status, retry_in_s in tuple("12345")) == (429, True)
        assert await gives(token("ben", "student")) == (409, None)


@pytest.mark.rule("GAP-1")
@pytest.mark.rule("CLAIM-1")
async def test_a_teacher_waits_between_classes_and_a_student_is_in_one_room(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=QUICK) as server:
        first, second = await server.room("one_to_many"), await server.room("one_to_many")
        async with joined(server.ws, first, token("li", "teacher")) as li:
            anna = await Member(server.ws, first, ANNA).connect()
            await li.hear(e.RoomLive)
            refused = await refusal(server, second, token("li", "teacher"))
            assert (refused.code, refused.rule) == ("gap_not_elapsed", "GAP-1")
            assert refused.retry_in_s == pytest.approx(600, abs=5)
            async with joined(server.ws, second, ANNA) as again:
                assert await anna.closed() == 4409
                assert (await li.hear(e.MemberLeft)).reason == "replaced"
                anna.client.token = ""
                await anna.connect()  # the session that was replaced is good no more
                assert await anna.closed() == 4401
                assert isinstance(await again.ask(lambda id: c.RaiseHand(id=id)), n.Ok)
