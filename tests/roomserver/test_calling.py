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
        await teacher.ask(begins_duty)
        duty = await student.hear(e.DutyChanged)
        room = await meet(teacher, student, duty.member)
        assert (await student.hear(n.CallPlace)).place == 1

        async with joined(server.ws, room, li) as teaching, joined(server.ws, room, anna) as taught:
            await teaching.hear(e.RoomLive)
            for other in (token("mo", "teacher", room="evening"), token("ben", "student")):
                await is_turned_away(server.ws, room, other)

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


async def is_turned_away(ws: str, lesson: str, token: str) -> None:
    stranger = await Member(ws, lesson, token).connect()
    assert await stranger.closed() == 4403
    assert (await stranger.hear(n.Error)).code == "not_eligible"


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
        li, mo, anna = token("li", "teacher"), token("mo", "teacher"), token("anna", "student")
        spent = await server.room(subject="physics")
        await is_taught(server.ws, spent, li, anna)
        other = await server.room(subject="physics")
        async with (
            joined(server.ws, other, li),  # all that is left of the week
            joined(server.ws, "evening", li) as used_up,
            joined(server.ws, "evening", mo) as teacher,
            joined(server.ws, "evening", anna) as caller,
        ):
            await may_not_go_on_duty(used_up)
            await teacher.ask(begins_duty)
            duty = await caller.hear(e.DutyChanged)
            await is_asked_for_an_evaluation(caller, spent, c.AskLesson)
            await is_asked_for_an_evaluation(caller, spent, c.MakeCall, teacher=duty.member)
            await evaluates(server, spent, anna)
            called = await meet(teacher, caller, duty.member)

            # A lesson that was called for is evaluated late as any other.
            await is_taught(server.ws, called, mo, anna)
            await is_asked_for_an_evaluation(caller, called, c.AskLesson)
            await evaluates(server, called, anna)
            assert isinstance(await caller.ask(lambda id: c.AskLesson(id=id)), n.Ok)

            # And a token can be made for it.
            new = {"sub": "anna", "name": "小明", "role": "student", "room": called}
            assert (await server.call("POST", "/v1/tokens", new))[0] == 201


def begins_duty(id: int) -> c.BeginDuty:
    return c.BeginDuty(id=id, subjects=("physics",))


async def is_taught(ws: str, room: str, teacher: str, student: str) -> None:
    """A whole lesson, which is not evaluated."""
    async with joined(ws, room, teacher) as teaching, joined(ws, room, student) as taught:
        await teaching.hear(e.RoomLive)
        await teaching.send(lambda id: c.EndRoom(id=id))
        await taught.closed()


async def may_not_go_on_duty(teacher: Member) -> None:
    refused = await teacher.ask(begins_duty)
    assert isinstance(refused, n.Error)
    assert (refused.code, refused.rule) == ("quota_exceeded", "QUOTA-3")
    assert refused.until_ms is not None


async def is_asked_for_an_evaluation(
    student: Member, room: str, command: type[c.AskLesson | c.MakeCall], **fields: Any
) -> None:
    refused = await student.ask(lambda id: command(id=id, **fields))
    assert isinstance(refused, n.Error)
    assert (refused.code, refused.rule, refused.room) == ("evaluation_due", "DUE-2", room)


async def evaluates(server: ServerProcess, room: str, student: str) -> None:
    given = await server.call("POST", "/v1/evaluations", {"room": room, "score": 5}, key=student)
    assert given[0] == 201


async def meet(teacher: Member, student: Member, called: int) -> str:
    """A call that is made and accepted; the room where the two meet."""
    assert isinstance(await student.ask(lambda id: c.MakeCall(id=id, teacher=called)), n.Ok)
    rings = await teacher.hear(e.CallRings)
    assert isinstance(await teacher.ask(lambda id: c.AcceptCall(id=id, call=rings.call)), n.Ok)
    room: str = (await student.hear(e.CallAccepted)).room
    assert room == (await teacher.hear(e.CallAccepted)).room
    return room
