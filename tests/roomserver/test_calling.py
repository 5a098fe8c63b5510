"""Calling a teacher on a real server: the lobby by its name, the call, the lesson, a kill in the middle of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from tests.roomserver.test_cli import roomserver
from tests.support.member import Member, joined
from tests.support.server import ServerProcess, eventually, forms, serving, token

LOBBIES = '[[lobbies]]\nname = "evening"\n'
STRICT = LOBBIES + forms(one_to_one={"dues": True, "evaluation_s": 1, "quota_s": 100, "duration_s": 100})


@pytest.mark.rule("LOBBY-1", "CALL-7", "CALL-8")
async def test_a_student_calls_and_the_two_meet_also_after_a_kill(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=LOBBIES) as server:
        li, anna = token("li", "teacher", room="evening"), token("anna", "student")
        teacher = await Member(server.ws, "evening", li).connect()
        student = await Member(server.ws, "evening", anna).connect()
        lobby = teacher.messages[0].room.id
        assert student.messages[0].room.id == lobby != "evening"
        await teacher.ask(lambda id: c.BeginDuty(id=id, subjects=("physics",)))
        duty = await student.hear(e.DutyChanged)
        await student.ask(lambda id: c.MakeCall(id=id, teacher=duty.member))
        assert (await student.hear(n.CallPlace)).place == 1
        rings = await teacher.hear(e.CallRings)
        await teacher.ask(lambda id: c.AcceptCall(id=id, call=rings.call))
        room = (await student.hear(e.CallAccepted)).room
        assert room == (await teacher.hear(e.CallAccepted)).room

        async with joined(server.ws, room, li) as teaching, joined(server.ws, room, anna) as taught:
            await teaching.hear(e.RoomLive)
            for other in (token("mo", "teacher", room="evening"), token("ben", "student")):
                stranger = await Member(server.ws, room, other).connect()
                assert await stranger.closed() == 4403
                assert (await stranger.hear(n.Error)).code == "not_eligible"

            await server.kill()
            for member in (teacher, student, teaching, taught):
                await member.closed()
            await server.start()
            mark = len(teacher.messages)
            for member in (teaching, taught, teacher):
                await member.connect()
            back = await joined_lobby(server.ws, token("ben", "student"))
            assert [duty.busy for duty in back] == [True]
            await teaching.ask(lambda id: c.EndRoom(id=id))
            free = await teacher.hear(e.DutyChanged, lambda said: said.state == "free", since=mark)
            assert free.member == duty.member
            await taught.ask(lambda id: c.Evaluate(id=id, score=5))

        # Nobody else sees the lesson again, and it is of no use to show a token for another room.
        assert (await server.call("GET", f"/v1/rooms/{room}/replay/index", key=anna))[0] == 200
        assert (await server.call("GET", f"/v1/rooms/{room}/replay/index", key=token("ben", "student")))[0] == 403
        assert (await server.call("GET", f"/v1/rooms/{lobby}/log", key=li))[0] == 401

        # The record of the lesson names the two, that of the lobby nobody; both are as their logs say.
        await server.call("POST", f"/v1/rooms/{lobby}/end")
        records = await eventually(lambda: two_records(server))
        told = {record["data"]["room"]: [row["identity"] for row in record["data"]["members"]] for record in records}
        assert told == {room: ["anna", "li"], lobby: []}
    for over in (room, lobby):
        verified = await asyncio.to_thread(roomserver, "verify", over, "--data", str(tmp_path))
        assert verified.returncode == 0


async def two_records(server: ServerProcess) -> list[dict[str, Any]]:
    _, page = await server.call("GET", "/v1/records")
    return list(page["records"]) if len(page["records"]) == 2 else []


async def joined_lobby(ws: str, token: str) -> tuple[n.DutyView, ...]:
    """Who is on duty, as somebody is told who comes now."""
    async with joined(ws, "evening", token) as member:
        lobby = member.messages[0].room.lobby
        assert lobby is not None
        return tuple(lobby.duties)


@pytest.mark.rule("CALL-11")
async def test_in_the_lobby_one_is_told_what_the_door_of_a_lesson_would_say(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=STRICT) as server:
        anna = token("anna", "student")
        spent = await server.room(subject="physics")
        async with (
            joined(server.ws, spent, token("li", "teacher")) as teacher,
            joined(server.ws, spent, anna) as student,
        ):
            await teacher.hear(e.RoomLive)
            await teacher.ask(lambda id: c.EndRoom(id=id))
            await student.closed()
        other = await server.room(subject="physics")
        async with joined(server.ws, other, token("li", "teacher")):  # all that is left of the week
            async with (
                joined(server.ws, "evening", token("li", "teacher")) as li,
                joined(server.ws, "evening", token("mo", "teacher")) as mo,
                joined(server.ws, "evening", anna) as caller,
            ):
                refused = await li.ask(lambda id: c.BeginDuty(id=id, subjects=("physics",)))
                assert isinstance(refused, n.Error)
                assert (refused.code, refused.rule) == ("quota_exceeded", "QUOTA-3")
                assert refused.until_ms is not None

                assert isinstance(await mo.ask(lambda id: c.BeginDuty(id=id, subjects=("physics",))), n.Ok)
                duty = await caller.hear(e.DutyChanged)
                for make in (lambda id: c.AskLesson(id=id), lambda id: c.MakeCall(id=id, teacher=duty.member)):
                    refused = await caller.ask(make)
                    assert isinstance(refused, n.Error)
                    assert (refused.code, refused.rule, refused.room) == ("evaluation_due", "DUE-2", spent)
                given = await server.call("POST", "/v1/evaluations", {"room": spent, "score": 5}, key=anna)
                assert given[0] == 201
                assert isinstance(await caller.ask(lambda id: c.MakeCall(id=id, teacher=duty.member)), n.Ok)
                rings = await mo.hear(e.CallRings)
                await mo.ask(lambda id: c.AcceptCall(id=id, call=rings.call))
                called = (await caller.hear(e.CallAccepted)).room

                # A lesson that was called for is evaluated late as any other.
                async with (
                    joined(server.ws, called, token("mo", "teacher")) as teaching,
                    joined(server.ws, called, anna) as taught,
                ):
                    await teaching.hear(e.RoomLive)
                    await teaching.send(lambda id: c.EndRoom(id=id))
                    await taught.closed()
                refused = await caller.ask(lambda id: c.AskLesson(id=id))
                assert isinstance(refused, n.Error)
                assert refused.room == called
                given = await server.call("POST", "/v1/evaluations", {"room": called, "score": 5}, key=anna)
                assert given[0] == 201
                assert isinstance(await caller.ask(lambda id: c.AskLesson(id=id)), n.Ok)

                # And a token can be made for it.
                new = {"sub": "anna", "name": "小明", "role": "student", "room": called}
                assert (await server.call("POST", "/v1/tokens", new))[0] == 201
