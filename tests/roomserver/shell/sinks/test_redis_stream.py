"""Envelopes in a real Redis: consumers find them in order, and one that is away is said to be so."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from roomserver.shell.sinks.redis_stream import RedisStream
from roomserver.shell.sinks.sink import Undelivered
from tests.roomserver.shell.sinks.letters import letters
from tests.support.redis import WHY_NOT, RedisServer, redis_server

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path) as server:
        yield server


async def entries(client: Redis) -> list[Any]:
    found: Any = await client.xrange("classroom")
    return [fields for _, fields in found]


@pytest.mark.rule("SINK-6")
async def test_a_consumer_group_reads_envelopes_in_order(server: RedisServer) -> None:
    sink = RedisStream(server.url, "classroom")
    async with server.client() as client:
        await client.xgroup_create("classroom", "portraits", mkstream=True)
        await sink.send(letters(1, 2))
        await sink.send(letters(3))
        streams: Any = await client.xreadgroup("portraits", "one", {"classroom": ">"}, count=10)
        [(_, found)] = streams
        assert [fields for _, fields in found] == [
            {b"id": letter.id.encode(), b"envelope": letter.envelope} for letter in letters(1, 2, 3)
        ]
    await sink.close()


@pytest.mark.rule("SINK-6")
async def test_the_stream_keeps_about_so_many(server: RedisServer) -> None:
    sink = RedisStream(server.url, "classroom", max_length=100)
    for _ in range(20):
        await sink.send(letters(*range(50)))
    async with server.client() as client:
        assert 100 <= await client.xlen("classroom") < 300
    await sink.close()


@pytest.mark.rule("SINK-6")
async def test_a_redis_that_is_away_says_so_and_takes_letters_when_it_is_back(server: RedisServer) -> None:
    sink = RedisStream(server.url, "classroom")
    await sink.send(letters(1))
    await server.kill()
    with pytest.raises(Undelivered, match="ConnectionError"):
        await sink.send(letters(2))
    await server.start()
    await sink.send(letters(2))
    async with server.client() as client:
        assert [fields[b"id"] for fields in await entries(client)] == [b"id-1", b"id-2"]
    await sink.close()


@pytest.mark.rule("SINK-6")
async def test_a_redis_that_refuses_says_why(server: RedisServer) -> None:
    sink = RedisStream(server.url, "classroom")
    async with server.client() as client:
        await client.set("classroom", "no stream")
        with pytest.raises(Undelivered, match="wrong kind of value"):
            await sink.send(letters(1))
        await client.delete("classroom")
        await client.config_set("requirepass", "open sesame")
    wrong = RedisStream(server.url, "classroom", password="open barley")
    right = RedisStream(server.url, "classroom", password="open sesame")
    with pytest.raises(Undelivered, match="AuthenticationError"):
        await wrong.send(letters(1))
    await right.send(letters(1))
    for one in (sink, wrong, right):
        await one.close()
