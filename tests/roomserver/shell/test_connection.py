"""Ready frames reach a client as messages; a slow one is noticed, a dead one let go."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosedError

from roomserver.shell.connection import BACKLOG_BYTES, Connection, backlog, frame, write_frames
from roomserver.shell.pings import PING_EVERY_S
from tests.roomserver.shell.front import UPGRADE, a_client, a_door, a_line, masked, talks
from tests.support.clock import ManualClock

ROUND_S = PING_EVERY_S + 0.01  # a round of pings, and a little for what adding many fractions loses


async def test_ready_frames_written_at_once_arrive_as_messages() -> None:
    async def greet(connection: Connection) -> None:
        write_frames(connection, frame("时间".encode(), text=True) + frame(b"\x00\xff" * 40_000, text=False))
        await connection.wait_closed()
        write_frames(connection, frame(b"too late", text=True))

    async with a_door(on_connect=greet) as door, a_client(door) as client:
        assert await client.recv() == "时间"
        assert await client.recv() == b"\x00\xff" * 40_000


async def test_a_slow_client_is_seen_and_its_draining_told() -> None:
    message = frame(bytes(1_000_000), text=False)
    drained, stalled = asyncio.Event(), asyncio.Event()

    async def pour(connection: Connection) -> None:
        connection.on_drained = drained.set
        while not connection.paused or backlog(connection) < len(message):
            write_frames(connection, message)
            await asyncio.sleep(0)
        assert backlog(connection) > BACKLOG_BYTES
        stalled.set()
        await drained.wait()
        assert backlog(connection) == 0
        assert not connection.paused
        await connection.wait_closed()

    async with a_door(on_connect=pour) as door, a_line(door) as line:
        line.say(UPGRADE)
        await stalled.wait()
        assert not drained.is_set()
        while not drained.is_set():
            await line.reader.read(1 << 20)


@pytest.mark.rule("DOOR-9")
async def test_who_answers_pings_stays_and_who_is_silent_is_let_go() -> None:
    clock = ManualClock()
    lost: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    async def attend(connection: Connection) -> None:
        await connection.wait_closed()
        lost.set_result(connection.close_code)

    async with a_door(clock, on_connect=attend) as door, a_line(door) as silent:
        silent.say(UPGRADE)
        await silent.response()
        await clock.advance(2 * ROUND_S)
        assert [await silent.frame(), await silent.frame()] == [b"", b""]
        assert not lost.done()
        await clock.advance(ROUND_S)
        assert await lost == 1006

    async with a_door(clock) as door, a_client(door) as client:
        for _ in range(5):
            await clock.advance(ROUND_S)
            assert await talks(client)


async def test_anything_heard_counts_as_an_answer() -> None:
    clock = ManualClock()
    async with a_door(clock) as door, a_line(door) as line:
        line.say(UPGRADE)
        await line.response()
        for _ in range(5):
            await clock.advance(ROUND_S)
            assert await line.frame() == b""  # the ping, never answered
            line.say(masked(b"word"))
            assert await line.frame() == b"word"


async def test_a_bug_in_a_handler_closes_its_connection_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def stumble(connection: Connection) -> None:
        async for message in connection:
            assert message != "boom"
            await connection.send(message)

    async with a_door(on_connect=stumble) as door, a_client(door) as bystander, a_client(door) as client:
        await client.send("boom")
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert client.close_code == 1011
        assert await talks(bystander)
