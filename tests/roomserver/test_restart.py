"""Kill -9 in mid-lesson, start again: everything acknowledged is there, and the room ends when it would have ended."""

import asyncio
from pathlib import Path

import orjson
import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from tests.support.member import Member
from tests.support.server import ServerProcess, eventually, forms, serving, token


async def draw(member: Member, count: int) -> str:
    """A stroke of `count` points; its shape id."""
    shape = f"{member.client.member}.{member.client.next_shape}"
    member.client.next_shape += 1
    await member.send(
        lambda id: c.BeginStroke(id=id, shape=shape, page=1, kind="pen", color="#0044aa", width=20, at=(100, 100))
    )
    for _ in range(count):
        await member.send(lambda id: c.ExtendStroke(id, shape, (10, 5)))
    answer = await member.ask(lambda id: c.FinishStroke(id=id, shape=shape))
    assert isinstance(answer, n.Ok)
    return shape


async def records_of(server: ServerProcess) -> list[dict[str, object]]:
    _, page = await server.call("GET", "/v1/records")
    return list(page["records"])


@pytest.mark.rule("EPOCH-1", "STORE-9", "END-7")
async def test_lesson_goes_on_after_kill_9(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=forms(one_to_one={"duration_s": 8, "warnings_s": [3]})) as server:
        room = await server.room()
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        student = await Member(server.ws, room, token("s", "student")).connect()
        live = await teacher.hear(e.RoomLive)
        shape = await draw(student, 30)
        await teacher.ask(lambda id: c.Grant(id=id, member=student.client.member, can=("screen",), on=True))
        await student.ask(lambda id: c.RaiseHand(id=id))
        await teacher.ask(lambda id: c.OpenPoll(id=id, question="2 + 2 ?", options=("4", "5"), answer=0))
        await student.ask(lambda id: c.Vote(id=id, poll=1, choice=1))
        await teacher.ask(lambda id: c.SendChat(id=id, text="看这里"))
        opened_ms = teacher.messages[0].room.opened_at_ms

        await server.kill()
        await teacher.closed()
        await student.closed()
        await server.start()

        for member in (teacher, student):
            member.client.seq = 0  # as after a reload of the page: a snapshot, please
            mark = len(member.messages)
            await member.connect()
            welcome = member.messages[mark]
            assert (welcome.resumed, welcome.epoch, welcome.room.state) == (False, 2, "live")
            assert [line.text for line in welcome.room.chat] == ["看这里"]
            assert welcome.room.hands == (student.client.member,)
            assert welcome.room.poll.votes == ((student.client.member, 1),)
            assert welcome.room.poll.answer == (0 if member is teacher else None)
            (drawn,) = (await member.board()).picture()["pages"][0]["shapes"]
            assert (drawn["id"], drawn["points"], "open" in drawn) == (shape, [10, 5] * 30, False)
        can = next(who.can for who in welcome.room.members if who.member == student.client.member)
        assert "screen" in can
        assert student.client.next_shape == 2

        closed = await teacher.hear(e.RoomClosed)
        assert (closed.reason, closed.at) == ("duration", live.ends_at)
        await student.ask(lambda id: c.Evaluate(id=id, score=4))
        (record,) = await eventually(lambda: records_of(server))
        data = orjson.loads(orjson.dumps(record))["data"]
        assert data["closed_ms"] == opened_ms + live.ends_at
        assert data["log"]["epochs"] == 2
        for member in data["members"]:
            assert [one["reason"] for one in member["intervals"]] == ["away", "room_closed"]
            assert member["intervals"][-1]["left_at_ms"] == data["closed_ms"]
            assert 0 < member["seconds_together"] <= 8
        student_row = next(row for row in data["members"] if row["identity"] == "s")
        assert student_row["evaluation"]["score"] == 4
        assert (student_row["strokes"], student_row["hands"]) == (1, 1)
        assert student_row["votes"] == [{"poll": 1, "choice": 1, "right": False}]


async def test_client_that_resumes_after_kill_9_misses_nothing_and_hears_nothing_twice(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        room = await server.room()
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        student = await Member(server.ws, room, token("s", "student")).connect()
        for number in range(8):
            await student.ask(lambda id, number=number: c.SendChat(id=id, text=f"line {number}"))  # type: ignore[misc]
        await server.kill()
        await student.closed()
        await server.start()
        mark = len(student.messages)
        await student.connect()
        await teacher.closed()
        await teacher.connect()
        welcome = student.messages[mark]
        assert welcome.resumed
        assert welcome.last_id == 8
        await student.ask(lambda id: c.SendChat(id=id, text="after"))
        await student.hear(e.ChatMessage, lambda said: said.text == "after")
        seen = [said.text for said in student.messages if isinstance(said, e.ChatMessage)]
        assert seen == [*(f"line {number}" for number in range(8)), "after"]
        heard = [said.seq for said in student.messages if isinstance(said, e.Event)]
        assert heard == sorted(set(heard))


async def test_room_whose_end_passed_while_the_node_was_down_has_ended_on_time(tmp_path: Path) -> None:
    changes = forms(one_to_one={"duration_s": 2, "warnings_s": [], "evaluation": False})
    async with serving(tmp_path, forms=changes) as server:
        room = await server.room()
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        await Member(server.ws, room, token("s", "student")).connect()
        live = await teacher.hear(e.RoomLive)
        await teacher.ask(lambda id: c.SendChat(id=id, text="we begin"))
        opened_ms = teacher.messages[0].room.opened_at_ms
        await server.kill()
        await asyncio.sleep(2.5)  # the end passes
        await server.start()
        (record,) = await eventually(lambda: records_of(server))
        data = orjson.loads(orjson.dumps(record))["data"]
        assert data["closed_ms"] == opened_ms + live.ends_at
        assert (await server.call("GET", f"/v1/rooms/{room}"))[1]["state"] == "closed"


async def test_stopped_server_says_1012_and_exits_cleanly(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        room = await server.room()
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        await teacher.ask(lambda id: c.SendChat(id=id, text="hello"))
        assert await server.stop() == 0
        assert await teacher.closed() == 1012
        await server.start()
        mark = len(teacher.messages)
        await teacher.connect()
        assert teacher.messages[mark].resumed
        await teacher.leave()
    assert "error" not in server.log()
