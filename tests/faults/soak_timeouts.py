"""What takes real seconds, so that only `make soak` waits for it: 4429 after ten, giving a line up after thirty."""

import asyncio
import time
from pathlib import Path

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import ErrorCode
from tests.support.member import Member
from tests.support.server import eventually, forms, serving, token

from .evidence import evidence, unharmed
from .test_stopped_reader import FORMS, Reader, talk


@pytest.mark.timeout(120)
@pytest.mark.rule("RATE-1", "RATE-4")
async def test_who_never_stops_talking_is_refused_then_hung_up_on_and_may_come_again(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=forms(one_to_many={"student_can": ["chat"]})) as server:
        room = await server.room("one_to_many")
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        student = await Member(server.ws, room, token("s", "student")).connect()
        first = 0.0
        while student.close_code is None:
            await student.send(lambda id: c.SendChat(id=id, text="look!"))
            await asyncio.sleep(0.05)
            if not first and any(isinstance(said, n.Error) for said in student.messages):
                first = time.monotonic()
        assert student.close_code == 4429
        assert 9.5 < time.monotonic() - first < 12
        refusals = [said for said in student.messages if isinstance(said, n.Error)]
        assert {(said.code, said.rule) for said in refusals} == {(ErrorCode.RATE_LIMITED, "RATE-1")}
        assert all(said.retry_in_s is not None and 0 < said.retry_in_s <= 0.2 for said in refusals)
        assert student.client.bye is not None
        assert student.client.bye.retry_in_s is not None
        await teacher.hear(e.MemberAway)

        await student._stop()
        mark = len(student.messages)
        await asyncio.sleep(1)
        await student.connect()
        assert student.messages[mark].resumed
        assert isinstance(await student.ask(lambda id: c.SendChat(id=id, text="sorry")), n.Ok)
        unharmed(server)


@pytest.mark.timeout(180)
@pytest.mark.rule("SLOW-2")
async def test_a_line_that_takes_nothing_for_30_seconds_is_cut_and_may_resume(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=FORMS) as server:
        room = await server.room("one_to_many")
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        talking = [await Member(server.ws, room, token(f"w{i}", "student")).connect() for i in range(4)]
        reader = await Reader(server.ws, room, token("r", "student")).connect()
        reader.stop_reading()
        await asyncio.gather(*(talk(member, 30) for member in talking))
        begun = time.monotonic()

        async def given_up() -> bool:
            await reader.raw(reader.client.encode(c.Ping(n=1)))  # it is alive, it only does not listen
            await asyncio.sleep(1)
            return await server.metric("roomserver_given_up_total") == 1

        await eventually(given_up, within_s=60)
        assert 25 < time.monotonic() - begun < 36
        await teacher.hear(e.MemberAway, lambda said: said.member == reader.client.member)
        reader.read_on()
        await reader.closed()
        await reader._stop()
        await reader.connect()
        await teacher.ask(lambda id: c.SendChat(id=id, text="the end"))
        await reader.hear(e.ChatMessage, lambda said: said.text == "the end")
        log = await evidence(server, room, seq=reader.client.seq)
        log.check_heard(reader.client.member, reader.messages, staff=False)
        unharmed(server)
