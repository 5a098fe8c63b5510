"""A whole server over real sockets: the city's list of words, a teacher who goes, a room that is ended by force."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import ErrorCode
from roomserver.config import BadConfig, Config, Talk
from roomserver.parts import words_of
from tests.support.member import joined
from tests.support.server import ServerProcess, forms, serving, token

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    data = tmp_path_factory.mktemp("conduct")
    (data / "words.txt").write_text("\ufeff坏话\n\n加微信\n", "utf-8")
    toml = f"[talk]\nwords_file = {json.dumps(str(data / 'words.txt'))}\n"
    rules = {"teacher_away_s": 1, "evaluation": False}
    async with serving(data, forms=toml + forms(one_to_many=rules)) as server:
        yield server


@pytest.mark.rule("WORD-1", "WORD-3", "WORD-4")
async def test_a_line_waits_for_the_teacher(server: ServerProcess) -> None:
    room = await server.room("one_to_many")
    async with (
        joined(server.ws, room, token("t", "teacher")) as teacher,
        joined(server.ws, room, token("s", "student")) as student,
        joined(server.ws, room, token("o", "student")) as other,
    ):
        await student.send(lambda id: c.SendChat(id=id, text="加 微\u200b信 13812345678"))
        held = await teacher.hear(e.ChatHeld)
        assert held.text == "加 微\u200b信 ***********"
        assert isinstance(await teacher.ask(lambda id: c.PassChat(id=id, chat=held.seq)), n.Ok)
        passed = await other.hear(e.ChatMessage)
        assert (passed.member, passed.text, passed.held) == (student.client.member, held.text, held.seq)
        assert not any(sign in server.log() for sign in ("加", "\\u52a0"))


@pytest.mark.rule("GONE-1", "GONE-2", "GONE-3")
async def test_a_lesson_waits_for_its_teacher(server: ServerProcess) -> None:
    room = await server.room("one_to_many")
    async with joined(server.ws, room, token("s", "student")) as student:
        async with joined(server.ws, room, token("t", "teacher")):
            await student.hear(e.RoomLive)
        paused = await student.hear(e.RoomPaused)
        assert (paused.reason, paused.ends_in_s) == ("teacher_away", 299)
        refused = await student.ask(lambda id: c.SendChat(id=id, text="hello?"))
        assert isinstance(refused, n.Error)
        assert (refused.code, refused.rule) == (ErrorCode.FORBIDDEN, "GONE-2")
        async with joined(server.ws, room, token("t", "teacher")):
            await student.hear(e.RoomResumed)
            assert isinstance(await student.ask(lambda id: c.SendChat(id=id, text="hello!")), n.Ok)


@pytest.mark.rule("GONE-8")
async def test_an_end_by_force_is_an_alarm_to_staff_and_in_the_record(server: ServerProcess) -> None:
    room = await server.room("one_to_many")
    async with joined(server.ws, room, token("t", "teacher")) as teacher:
        assert (await server.call("POST", f"/v1/rooms/{room}/end"))[0] == 200
        assert (await teacher.hear(e.Alarm)).kind == "ended_by_force"
        await teacher.hear(e.RoomClosed)
        assert await teacher.closed() == 4410  # the record is kept
    _, records = await server.call("GET", "/v1/records")
    [record] = [one["data"] for one in records["records"] if one["subject"] == room]
    assert [alarm["kind"] for alarm in record["alarms"]] == ["ended_by_force"]


@pytest.mark.rule("WORD-6")
async def test_a_list_that_cannot_be_used_is_refused_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    config = Config(talk=Talk(words_file=str(path)))
    for content, why in (
        (None, "No such file"),
        ("好\n\u200b\n".encode(), "line 2: a word has"),
        ("好".encode("gbk"), "it is not UTF-8"),
    ):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadConfig, match=why):
            words_of(config)
    path.write_text("好\n", "utf-8")
    assert words_of(config).look("好").listed
