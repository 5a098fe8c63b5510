"""A whole server tells other systems of its lessons: through its sinks, while they happen and after them."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from protocol import commands as c
from tests.roomserver.shell.posting import close, opened
from tests.roomserver.test_cli import roomserver
from tests.support.member import Member
from tests.support.receiver import SECRET, Receiver, receiver
from tests.support.redis import WHY_NOT, RedisServer
from tests.support.server import ServerProcess, eventually, forms, serving, token

TOLD = ["session.closed", "session.live", "member.joined", "member.left", "session.evaluated", "alarm.raised"]
SINCE = f"{datetime.fromtimestamp(1_790_000_000):%Y-%m-%d %H:%M:%S}"
SECRETS = {"ROOMSERVER_SINK_CITY": SECRET}


def webhook(there: Receiver, **more: Any) -> str:
    row = {"kind": "webhook", "name": "city", "url": there.url, "allow_private": True, **more}
    return "[[sinks]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items())


async def a_lesson(server: ServerProcess) -> str:
    """A teacher and a student meet, the teacher ends it, the student is content."""
    room = await server.room(subject="physics")
    teacher = await Member(server.ws, room, token("t", "teacher")).connect()
    student = await Member(server.ws, room, token("s", "student", name="小明")).connect()
    await teacher.ask(lambda id: c.EndRoom(id=id))
    await student.ask(lambda id: c.Evaluate(id=id, score=5))
    assert await teacher.closed() == 4410
    return room


async def heard(there: Receiver, count: int) -> list[dict[str, Any]]:
    async def enough() -> bool:
        return len(there.heard) >= count

    await eventually(enough)
    return there.heard


@pytest.mark.rule("SINK-7", "LIVE-1", "LIVE-2", "SINK-13")
async def test_a_webhook_hears_of_a_lesson_while_it_goes_on_and_gets_its_record(tmp_path: Path) -> None:
    async with (
        receiver() as there,
        serving(tmp_path, forms=webhook(there, events=TOLD), environ=SECRETS) as server,
    ):
        room = await a_lesson(server)
        told = {envelope["id"]: envelope for envelope in await heard(there, 5)}
        record = told.pop(f"session-{room}")
        assert record["data"]["members"][1]["name"] == "小明"
        by_seq = sorted(told.values(), key=lambda envelope: int(envelope["id"].rpartition("-")[2]))
        assert [envelope["type"].split(".", 1)[1] for envelope in by_seq] == [
            *("member.joined.v1", "member.joined.v1", "session.live.v1", "session.evaluated.v1")
        ]
        assert [envelope["data"]["member"]["identity"] for envelope in by_seq[:2]] == ["t", "s"]
        assert "小明" not in str(by_seq)
        assert (await server.filed(1)) == [record]

        async def all_delivered() -> bool:
            return await server.metric("roomserver_outbox_delivered_total", sink="city") == 5

        await eventually(all_delivered)
        assert await server.metric("roomserver_outbox_delivered_total", sink="records") == 1
        assert await server.metric("roomserver_outbox_failed_total", sink="city") == 0


@pytest.mark.rule("SINK-2", "SINK-11")
async def test_what_failed_is_shown_survives_a_kill_and_is_tried_again_when_an_operator_says_so(
    tmp_path: Path,
) -> None:
    broken = True

    def moody(_: object) -> web.Response:
        return web.Response(status=410 if broken else 204)

    def outbox(*words: str) -> str:
        return roomserver("outbox", "--config", str(tmp_path / "config.toml"), *words).stdout

    rows = forms(one_to_one={"evaluation": False})
    async with receiver(moody) as there:
        async with serving(tmp_path, forms=rows + webhook(there), environ=SECRETS) as server:
            rooms = [await a_lesson_alone(server) for _ in range(2)]

            async def given_up() -> bool:
                return await server.metric("roomserver_outbox_given_up", sink="city") == 2

            await eventually(given_up)
            assert len(there.requests) == 2
            await server.kill()
            shown = (await asyncio.to_thread(outbox, "--sink", "city")).splitlines()
            assert len(shown) == 3
            for room in rooms:
                [line] = [line for line in shown if f"session-{room}" in line]
                assert line.endswith("tried 1, given up: it answered 410: it wants no more of these")
            broken = False
            await server.start()
            assert (await asyncio.to_thread(outbox, "--retry")).startswith("2 are tried again.\n")
            await heard(there, 2)
            assert sorted(there.ids) == sorted(f"session-{room}" for room in rooms)


@pytest.mark.rule("SINK-11")
async def test_what_waits_for_a_sink_that_is_no_more_is_shown_and_may_be_forgotten(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]

    def outbox(*words: str, given: tuple[str, ...] = ("--config", str(tmp_path / "config.toml"))) -> list[str]:
        return roomserver("outbox", *data, *given, *words).stdout.splitlines()

    (tmp_path / "config.toml").touch()
    async with opened(tmp_path, "records", "removed", "other") as store:
        await close(store, ["r-1"])
        [letter] = await store.outbox.due("other", now_ms=1_795_000_000_000, limit=1)
        await store.outbox.failed(letter.position, due_ms=1_795_000_000_000, error="nobody is there")
    # Without a configuration nobody knows which sinks are no more.
    unread = await asyncio.to_thread(outbox, "--sink", "removed", "--discard", given=())
    assert unread == ["0 are forgotten.", "removed              waiting      1  since " + SINCE + "  given up 0"]
    shown = await asyncio.to_thread(outbox)
    assert shown[:3] == [
        "other                waiting      1  since " + SINCE + "  given up 0  not in the configuration",
        "records              waiting      1  since " + SINCE + "  given up 0",
        "removed              waiting      1  since " + SINCE + "  given up 0  not in the configuration",
    ]
    assert await asyncio.to_thread(outbox, "--sink", "removed", "--discard") == ["1 are forgotten."]
    assert await asyncio.to_thread(outbox, "--sink", "records", "--discard") == ["0 are forgotten.", shown[1]]
    trouble = "    other            session-r-1  tried 0, again now: nobody is there"
    assert await asyncio.to_thread(outbox, "--sink", "other", "--retry") == ["1 are tried again.", shown[0], trouble]


async def a_lesson_alone(server: ServerProcess) -> str:
    room = await server.room()
    teacher = await Member(server.ws, room, token("t", "teacher")).connect()
    await teacher.ask(lambda id: c.EndRoom(id=id))
    assert await teacher.closed() == 4410
    return room


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
@pytest.mark.rule("SINK-6")
async def test_a_redis_that_comes_later_gets_the_records_of_before(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    redis = RedisServer(tmp_path / "redis")
    row = f'[[sinks]]\nkind = "redis"\nname = "city"\nurl = "{redis.url}"\nstream = "sessions"\n'
    rows = forms(one_to_one={"evaluation": False})
    async with serving(tmp_path, forms=rows + row) as server:
        room = await a_lesson_alone(server)

        async def failed() -> bool:
            return await server.metric("roomserver_outbox_failed_total", sink="city") >= 1

        await eventually(failed)
        await server.filed(1)  # the file does not wait for Redis
        await redis.start()
        try:
            async with redis.client() as client:

                async def there() -> bool:
                    return bool(await client.xlen("sessions"))

                await eventually(there)
                found: Any = await client.xrange("sessions")
                assert [fields[b"id"].decode() for _, fields in found] == [f"session-{room}"]
        finally:
            await redis.kill()
    assert server.log().count("a sink did not take what it was sent: ConnectionError") == 1
