"""Everything arrives: real sinks that are killed and started again, a Redis that is away, a server that is killed.

A repeat is allowed, with the same id; a loss is not.
"""

import asyncio
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from roomserver.shell.sinks.jsonl import JsonLines
from roomserver.shell.sinks.redis_stream import RedisStream
from roomserver.shell.sinks.sink import Sink
from roomserver.shell.sinks.webhook import Webhook, secrets_of
from roomserver.shell.sqlite import SqliteStore
from tests.roomserver.shell.posting import at_work, close, closes, delivered, opened, until
from tests.support.clock import HastyClock, ManualClock
from tests.support.receiver import SECRET, receiver
from tests.support.redis import WHY_NOT, RedisServer, redis_server
from tests.support.server import eventually

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
SESSIONS = 1_000
AT_ONCE = 20
KILLS = 5


class Consumer:
    """One of a consumer group, which reads whenever Redis is there; `heard` are ids in the order of the stream."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self.heard: list[str] = []

    async def read(self) -> list[str]:
        """Everything that is new, acknowledged; all that was heard so far."""
        async with self._server.client() as client:
            if not self.heard:
                await client.xgroup_create("classroom", "portraits", id="0", mkstream=True)
            while True:
                streams: Any = await client.xreadgroup("portraits", "one", {"classroom": ">"}, count=200)
                if not streams:
                    return self.heard
                [(_, entries)] = streams
                for entry, fields in entries:
                    assert orjson.loads(fields[b"envelope"])["id"] == fields[b"id"].decode()
                    self.heard.append(fields[b"id"].decode())
                    await client.xack("classroom", "portraits", entry)


def without_repeats(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


@pytest.mark.timeout(150)
@pytest.mark.rule("SINK-2", "SINK-3", "SINK-4", "SINK-6", "SINK-7")
async def test_1000_sessions_close_while_redis_and_the_receiver_are_killed_and_started_again(tmp_path: Path) -> None:
    chance = random.Random(seed := random.randrange(10**9))
    print(f"seed {seed}")
    clock = HastyClock(20)

    def moody(_: object) -> web.Response:
        return web.Response(status=chance.choice([204, 204, 204, 500]))

    async with redis_server(tmp_path) as redis, receiver(moody) as there, opened(tmp_path, "r", "w", "f") as store:
        sinks: dict[str, Sink] = {
            "r": RedisStream(redis.url, "classroom"),
            "w": Webhook(there.url, secrets_of(SECRET), now=time.time, allow_private=True),
            "f": JsonLines(tmp_path / "records.jsonl"),
        }
        over = asyncio.Event()

        async def trouble() -> None:
            """Killed before, after and in the middle of what they are told."""
            while not over.is_set():
                await asyncio.sleep(chance.uniform(0.05, 0.3))
                await redis.kill()
                await there.stop()
                await asyncio.sleep(chance.uniform(0.0, 0.2))
                await redis.start()
                await there.start()

        async with at_work(store, sinks, clock):
            troubling = asyncio.create_task(trouble())
            for start in range(0, SESSIONS, AT_ONCE):
                await asyncio.gather(*(closes(store, f"r-{start + number}") for number in range(AT_ONCE)))
            over.set()
            await troubling
            await eventually(delivered(store), within_s=100)
        assert await store.outbox.troubles() == []
        ids = await records(store)
        heard = await Consumer(redis).read()
        file = [orjson.loads(line)["id"] for line in (tmp_path / "records.jsonl").read_bytes().splitlines()]
    print(f"repeats: {len(heard) - SESSIONS} of the stream, {len(there.ids) - SESSIONS} of the webhook")
    assert len(ids) == SESSIONS
    assert without_repeats(heard) == ids
    assert sorted(without_repeats(there.ids)) == sorted(ids)
    assert file == ids


@pytest.mark.rule("SINK-2", "SINK-3", "SINK-6")
async def test_a_redis_that_is_away_for_an_hour_gets_everything_within_a_minute_of_its_return(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with redis_server(tmp_path) as redis, opened(tmp_path, "r") as store:
        async with at_work(store, {"r": RedisStream(redis.url, "classroom")}, clock):
            ids = await close(store, [f"before-{number}" for number in range(5)])
            await until(clock, delivered(store))
            await redis.kill()
            away_since = clock.now()

            async def an_hour_later() -> bool:
                return clock.now() >= away_since + 3_600

            for part in range(10):
                ids += await close(store, [f"meanwhile-{part}-{number}" for number in range(5)])
                await until(clock, an_hour_later, step_s=36) if part == 9 else await clock.advance(36)
            [trouble] = await store.outbox.troubles()  # the first; those behind it wait for it
            assert (trouble.id, trouble.tries > 20) == ("session-meanwhile-0-0", True)
            await redis.start()
            back_at = clock.now()
            await until(clock, delivered(store), step_s=1)
            assert clock.now() <= back_at + 60
        assert await Consumer(redis).read() == ids


SERVER = """
import asyncio, sys
from pathlib import Path
from roomserver.shell.clock import SteadyClock
from roomserver.shell.sinks.jsonl import JsonLines
from roomserver.shell.sinks.redis_stream import RedisStream
from tests.roomserver.shell.posting import at_work, closes, opened

async def main() -> None:
    data, redis, life = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    sinks = {"f": JsonLines(data / "records.jsonl"), "r": RedisStream(redis, "classroom")}
    async with opened(data, "f", "r") as store, at_work(store, sinks, SteadyClock()):
        session = 0
        while True:
            session += 1
            print(await closes(store, f"{life}-{session}"), flush=True)

asyncio.run(main())
"""


@pytest.mark.rule("SINK-1", "SINK-2")
async def test_a_server_that_is_killed_at_any_instant_delivers_every_record_that_it_stored(tmp_path: Path) -> None:
    chance = random.Random(seed := random.randrange(10**9))
    print(f"seed {seed}")
    acknowledged: list[str] = []
    async with redis_server(tmp_path) as redis:
        for life in range(KILLS):
            server = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", SERVER, str(tmp_path), redis.url, f"life-{life}"),
                stdout=asyncio.subprocess.PIPE,
            )
            assert server.stdout is not None
            first = await server.stdout.readline()  # it works
            await asyncio.sleep(chance.uniform(0.0, 0.7))
            server.send_signal(signal.SIGKILL)
            acknowledged += [line.decode() for line in (first + await server.stdout.read()).split(b"\n")[:-1]]
            await server.wait()

        clock = ManualClock()
        async with opened(tmp_path, "f", "r") as store:
            sinks: dict[str, Sink] = {
                "f": JsonLines(tmp_path / "records.jsonl"),
                "r": RedisStream(redis.url, "classroom"),
            }
            async with at_work(store, sinks, clock):
                await until(clock, delivered(store))
            stored = await records(store)
        heard = await Consumer(redis).read()
    file = [orjson.loads(line)["id"] for line in (tmp_path / "records.jsonl").read_bytes().splitlines()]
    print(f"{len(stored)} sessions, repeats: {len(heard) - len(stored)} and {len(file) - len(stored)}")
    assert set(acknowledged) <= set(stored)
    assert without_repeats(heard) == without_repeats(file) == stored


async def records(store: SqliteStore) -> list[str]:
    """The ids of all, in order."""
    found: list[str] = []
    since = 0
    while page := await store.records(since=since):
        found += [record.id for record in page]
        since = page[-1].position
    return found
