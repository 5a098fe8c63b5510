"""A disk that is full, and has room again: commands wait, the lesson goes on, nothing acknowledged is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import ErrorCode
from tests.support.member import Member, joined
from tests.support.server import ServerProcess, eventually, forms, serving, token

from .disk import Disk, small_disk, why_not
from .evidence import evidence, record_of
from .soak import many

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
AGAIN = pytest.mark.parametrize("time", range(many(1, a_second=0.1)))

FORMS = forms(one_to_one={"evaluation": False}, one_to_many={"student_can": ["chat", "draw"]})


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk", mebibytes=3) as disk:
        yield disk


@pytest_asyncio.fixture
async def server(tmp_path: Path, disk: Disk) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path, disk=disk.path, forms=FORMS) as server:
        yield server


async def status_of(server: ServerProcess, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(server.url + path) as answer:
        return answer.status


async def ready(server: ServerProcess, status: int) -> None:
    async def is_so() -> bool:
        return await status_of(server, "/readyz") == status

    await eventually(is_so)


async def talk(member: Member, count: int, *, of: str) -> list[str]:
    """Say so many lines; each is acknowledged."""
    lines = [f"{of} {number}" for number in range(count)]
    for text in lines:
        assert isinstance(await member.ask(lambda id, text=text: c.SendChat(id=id, text=text)), n.Ok)  # type: ignore[misc]
    return lines


async def meet_the_end(server: ServerProcess, member: Member) -> tuple[list[str], str]:
    """Talk until the disk takes no more: what was acknowledged, and the line that it did not take.

    It may take some yet: SQLite writes into what its files have already.
    """
    lines: list[str] = []
    while True:
        text = f"meanwhile {len(lines)}"
        id = await member.send(lambda id, text=text: c.SendChat(id=id, text=text))  # type: ignore[misc]
        while not any(isinstance(said, n.Ok) and said.id >= id for said in member.messages):
            if await status_of(server, "/readyz") == 503:
                return lines, text
            await asyncio.sleep(0.02)
        lines.append(text)
        await asyncio.sleep(0.2)


async def refused(member: Member) -> None:
    answer = await member.ask(lambda id: c.SendChat(id=id, text="refused"))
    assert isinstance(answer, n.Error)
    assert (answer.code, answer.rule, answer.retry_in_s) == (ErrorCode.UNAVAILABLE, "KEEP-2", 1)


@AGAIN
@pytest.mark.rule("KEEP-2", "KEEP-3", "STORE-4")
async def test_a_full_disk_refuses_commands_and_lessons_go_on(server: ServerProcess, disk: Disk, time: int) -> None:
    room = await server.room("one_to_many")
    teacher = await Member(server.ws, room, token("t", "teacher")).connect()
    student = await Member(server.ws, room, token("s", "student")).connect()
    before = await talk(student, 5, of="before")

    disk.fill()
    meanwhile, shown = await meet_the_end(server, student)
    assert await status_of(server, "/healthz") == 200

    # Everybody is still there, and what needs no disk goes on.
    latecomer = await Member(server.ws, room, token("late", "student")).connect()
    welcome = latecomer.messages[0]
    assert isinstance(welcome, n.Welcome)
    assert welcome.room is not None
    assert {line.text for line in welcome.room.chat} >= {*before, *meanwhile, shown}
    assert (await teacher.hear(e.MemberJoined, lambda said: said.name == "late")).member == welcome.member
    await student.raw(student.client.encode(c.Ping(n=77)))
    await student.hear(n.Pong, lambda pong: pong.n == 77)
    await teacher.raw(teacher.client.encode(c.MovePointer(1, 5, 6, True)))
    await student.hear(n.Pointer, lambda pointer: (pointer.x, pointer.y) == (5, 6))
    assert await status_of(server, "/") == 200
    for member in (teacher, student, latecomer):
        await refused(member)
    status, problem = await server.call("POST", "/v1/rooms", {"form": "one_to_many"})
    assert (status, problem["title"]) == (503, "unavailable")

    disk.clear()
    await ready(server, 200)
    after = await talk(latecomer, 5, of="after")
    assert all(member.close_code is None for member in (teacher, student, latecomer))
    for member in (teacher, student, latecomer):
        await member.hear(e.ChatMessage, lambda said: said.text == after[-1])
    log = await evidence(server, room, seq=teacher.client.seq)
    heard = [said.text for said in teacher.messages if isinstance(said, e.ChatMessage)]
    assert log.texts() == heard  # also the line that met the full disk: it was shown, and is kept after all
    assert heard == [*before, *meanwhile, shown, *after]
    assert student.client.unanswered == 0
    assert [joined.name for joined in log.of(e.MemberJoined)] == ["t", "s", "late"]
    for member in (teacher, student, latecomer):
        log.check_heard(member.client.member, member.messages, staff=member is teacher)
    for member in (teacher, student, latecomer):  # of which the others hear
        await member.leave()
    assert "a bug" not in server.log()


@AGAIN
@pytest.mark.rule("KEEP-2", "STORE-4")
async def test_a_server_killed_while_its_disk_is_full_has_what_it_acknowledged(
    server: ServerProcess, disk: Disk, time: int
) -> None:
    room = await server.room("one_to_many")
    student = await Member(server.ws, room, token("s", "student")).connect()
    before = await talk(student, 5, of="before")
    disk.fill()
    meanwhile, shown = await meet_the_end(server, student)
    await server.kill()
    await student.closed()
    disk.clear()
    await server.start()
    await student.connect()
    after = await talk(student, 3, of="after")
    log = await evidence(server, room)
    assert log.texts() == [*before, *meanwhile, shown, *after]  # it had no answer, and was sent again
    log.check_heard(student.client.member, student.messages, staff=False)
    await student.leave()


@AGAIN
@pytest.mark.rule("KEEP-3", "KEEP-5")
async def test_a_record_that_cannot_be_written_is_published_when_there_is_space(
    server: ServerProcess, disk: Disk, time: int
) -> None:
    room, other = await server.room(), await server.room()
    for one in (other, room):  # the first leaves a line, so that the file is there and has to grow
        teacher = await Member(server.ws, one, token("t", "teacher")).connect()
        async with joined(server.ws, one, token("s", "student")) as student:
            await talk(student, 3, of=one)
            if one == room:
                disk.fill()
                await meet_the_end(server, student)
            await server.call("POST", f"/v1/rooms/{one}/end")
            await teacher.hear(e.RoomClosed)  # at once
            if one == other:
                assert await teacher.closed() == 4410
    await asyncio.sleep(2.2)  # two tries
    assert await record_of(server, room) is None
    assert await status_of(server, "/readyz") == 503

    disk.clear()
    assert await teacher.closed() == 4410
    record = await eventually(lambda: record_of(server, room))
    assert record is not None
    assert record["end_reason"] == "ended"
    log = await evidence(server, room)
    assert record["log"]["hash"] == log.entries[record["log"]["events"] - 1].hash.hex()
    lines = await server.filed(2)
    assert [line["data"]["room"] for line in lines] == [other, room]
    assert lines[1]["data"] == record
    assert (await server.call("GET", f"/v1/rooms/{room}"))[1]["state"] == "closed"
    await ready(server, 200)
    assert "a bug" not in server.log()
