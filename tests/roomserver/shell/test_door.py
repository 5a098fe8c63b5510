"""HTTP and WebSockets come through one port, whole, and nonsense is shown out."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.typing import Subprotocol

from protocol.limits import FRAME_BYTES
from roomserver.shell.door import Connection, Door, Refusal
from roomserver.shell.head import HEAD_MAX_BYTES
from roomserver.shell.lan import certificate, server_context
from tests.roomserver.shell.front import (
    BIG,
    SUBPROTOCOLS,
    UPGRADE,
    a_client,
    a_door,
    a_line,
    an_app,
    bytes_of,
    client_context,
    echo,
    masked,
    talks,
)
from tests.support.clock import ManualClock, settle

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with a_door() as door:
        yield door


@pytest.mark.rule("DOOR-1")
async def test_http_and_websockets_share_a_port(door: Door) -> None:
    async with a_line(door) as line, a_client(door) as client:
        line.say(GET)
        status, _, body = await line.response()
        assert (status, body) == (200, b"hello")
        assert await talks(client)


async def test_a_large_body_arrives_whole(door: Door) -> None:
    async with a_line(door) as line:
        line.say(b"POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(BIG) + BIG)
        status, _, body = await line.response()
        assert (status, bytes_of(body)) == (200, len(BIG))


async def test_a_chunked_body_arrives_whole(door: Door) -> None:
    async with a_line(door) as line:
        line.say(b"POST /size HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            line.say(b"1000\r\n" + bytes(0x1000) + b"\r\n")
        line.say(b"0\r\n\r\n")
        status, _, body = await line.response()
        assert (status, bytes_of(body)) == (200, 20 * 0x1000)


async def test_pipelined_requests_are_answered_in_order(door: Door) -> None:
    async with a_line(door) as line:
        line.say(GET + b"POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + GET)
        assert [(await line.response())[2] for _ in range(3)] == [b"hello", b'{"bytes": 3}', b"hello"]


async def test_a_head_in_single_bytes_is_read(door: Door) -> None:
    async with a_line(door) as line:
        for byte in UPGRADE + masked(b"first"):
            line.say(bytes([byte]))
            await asyncio.sleep(0)
        assert (await line.response())[0] == 101
        assert await line.frame() == b"first"


async def test_a_frame_in_the_segment_of_the_upgrade_is_not_lost(door: Door) -> None:
    async with a_line(door) as line:
        line.say(UPGRADE + masked(b"first"))
        assert (await line.response())[0] == 101
        assert await line.frame() == b"first"


@pytest.mark.rule("DOOR-2")
async def test_a_connection_that_carried_http_can_be_upgraded(door: Door) -> None:
    async with a_line(door) as line:
        line.say(GET)
        assert (await line.response())[2] == b"hello"
        line.say(UPGRADE)
        assert (await line.response())[0] == 101
        for word in (b"one", b"two"):
            line.say(masked(word))
            assert await line.frame() == word


@pytest.mark.rule("DOOR-2")
async def test_an_upgrade_pipelined_behind_a_request_keeps_its_frames(door: Door) -> None:
    async with a_line(door) as line:
        frames = masked(b"x" * 100) * 5_000  # more than aiohttp reads before it pauses
        line.say(GET + UPGRADE + masked(b"first") + frames)
        assert (await line.response())[2] == b"hello"
        assert (await line.response())[0] == 101
        assert await line.frame() == b"first"
        for _ in range(5_000):
            assert await line.frame() == b"x" * 100


async def test_an_upgrade_behind_an_answer_still_on_its_way(door: Door) -> None:
    async with a_line(door) as line:
        line.say(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n" + UPGRADE + masked(b"first"))
        status, _, body = await line.response()
        assert (status, len(body)) == (200, len(BIG))
        assert (await line.response())[0] == 101
        assert await line.frame() == b"first"


@pytest.mark.rule("DOOR-3")
@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["endless", "complete"])
async def test_an_oversized_head_is_refused(door: Door, end: bytes) -> None:
    async with a_line(door) as line:
        line.say(b"GET / HTTP/1.1\r\nX: " + b"x" * HEAD_MAX_BYTES + end)
        status, fields, _ = await line.response()
        assert (status, fields["connection"]) == (431, "close")
        assert await line.reader.read() == b""
    assert door.refused[Refusal.TOO_LARGE] == 1


@pytest.mark.rule("DOOR-4")
async def test_a_head_that_does_not_end_is_refused() -> None:
    async with a_door(head_timeout_s=0.05) as door, a_line(door) as line:
        line.say(b"GET / HTTP/1.1\r\nHost: a\r\n")
        assert (await line.response())[0] == 408
        assert await line.reader.read() == b""
        assert door.refused[Refusal.TOO_SLOW] == 1


@pytest.mark.rule("DOOR-5")
@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00\x01", b"\x00", bytes(range(128, 256)) * 20])
async def test_what_is_not_http_is_refused(door: Door, garbage: bytes) -> None:
    async with a_line(door) as line:
        line.say(garbage)
        assert (await line.response())[0] == 400
        assert await line.reader.read() == b""
    assert door.refused[Refusal.NOT_HTTP] == 1


@pytest.mark.rule("DOOR-5")
async def test_a_malformed_request_is_counted_and_its_bytes_are_not_logged(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    for before in (b"", GET):
        async with a_line(door) as line:
            line.say(before)
            if before:
                assert (await line.response())[0] == 200
            line.say(b"GET / HTTP/1.1\r\nAuthorization: Bearer secret\r\nBad Name\x00: x\r\n\r\n")
            assert (await line.response())[0] == 400
    assert door.refused[Refusal.NOT_HTTP] == 2
    assert "secret" not in caplog.text


async def test_random_bytes_do_not_bring_the_door_down(door: Door) -> None:
    chance = random.Random(7)
    for beginning in (b"", b"GET / HTTP/1.1\r\n", b"GET /v1/ws HTTP/1.1\r\nUpgrade: websocket\r\n", UPGRADE) * 10:
        async with a_line(door) as line:
            line.say(beginning + chance.randbytes(300) + b"\r\n\r\n" + chance.randbytes(300))
            line.writer.write_eof()
            with suppress(ConnectionError):
                await line.reader.read()
    async with a_client(door) as client:
        assert await talks(client)


@pytest.mark.rule("DOOR-6")
@pytest.mark.parametrize("offered", [None, [Subprotocol("chat")]])
async def test_no_common_subprotocol_is_refused(door: Door, offered: list[Subprotocol] | None) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        await a_client(door, subprotocols=offered)
    assert refusal.value.response.status_code == 400
    assert door.refused[Refusal.HANDSHAKE] == 1


@pytest.mark.parametrize("subprotocol", SUBPROTOCOLS)
async def test_both_subprotocols_are_agreed_to_and_never_compression(door: Door, subprotocol: str) -> None:
    async with a_client(door, subprotocols=[Subprotocol(subprotocol)]) as client:
        assert client.subprotocol == subprotocol
        assert client.protocol.extensions == []


async def test_the_path_without_an_upgrade_says_what_it_wants(door: Door) -> None:
    async with a_line(door) as line:
        line.say(b"GET /v1/ws HTTP/1.1\r\nHost: a\r\n\r\n")
        status, fields, _ = await line.response()
        assert (status, fields["upgrade"]) == (426, "websocket")


@pytest.mark.parametrize("before", [b"", GET])
async def test_an_upgrade_with_a_body_is_refused(door: Door, before: bytes) -> None:
    async with a_line(door) as line:
        post = UPGRADE.replace(b"GET", b"POST").replace(b"Host", b"Content-Length: 5\r\nHost")
        line.say(before + post + b"hello")
        line.writer.write_eof()
        assert b"101 Switching" not in await line.reader.read()


@pytest.mark.rule("DOOR-7")
async def test_an_oversized_message_closes_its_connection_alone(door: Door) -> None:
    async with a_client(door) as bystander, a_client(door) as client:
        await client.send("x" * FRAME_BYTES)
        assert len(await client.recv()) == FRAME_BYTES
        await client.send("x" * (FRAME_BYTES + 1))
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert client.close_code == 1009
        assert await talks(bystander)


async def test_a_port_that_is_taken_is_an_oserror(door: Door) -> None:
    with pytest.raises(OSError, match=str(door.port)):
        await Door.open(
            host="127.0.0.1",
            port=door.port,
            app=an_app(),
            clock=ManualClock(),
            on_connect=echo,
            subprotocols=SUBPROTOCOLS,
        )


async def test_sockets_wait_for_no_more_data_and_hide_little(door: Door) -> None:
    seen: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()

    async def look(connection: Connection) -> None:
        sock = connection.transport.get_extra_info("socket")
        options = (socket.TCP_NODELAY, socket.TCP_NOTSENT_LOWAT)
        seen.set_result([sock.getsockopt(socket.IPPROTO_TCP, option) for option in options])

    async with a_door(on_connect=look) as looking, a_client(looking):
        assert await seen == [1, 16 * 1024]


async def test_tls(tmp_path: Path) -> None:
    pem = certificate(tmp_path, ["127.0.0.1"])
    async with a_door(ssl=server_context(pem)) as door:
        async with a_client(door, ssl=client_context(pem)) as client:
            assert await talks(client)
        async with a_line(door, client_context(pem)) as line:
            line.say(GET)
            assert (await line.response())[2] == b"hello"
            line.say(b"POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(BIG) + BIG)
            assert bytes_of((await line.response())[2]) == len(BIG)
            line.say(UPGRADE + masked(b"first"))
            assert (await line.response())[0] == 101
            assert await line.frame() == b"first"
        async with a_line(door, client_context(pem)) as line:
            line.say(b"GET / HTTP/1.1\r\nX: " + b"x" * HEAD_MAX_BYTES)
            assert (await line.response())[0] == 431


@pytest.mark.rule("DOOR-8")
async def test_closing_leaves_nobody_waiting_and_no_task() -> None:
    before = asyncio.all_tasks()
    async with a_door() as door:
        client = await a_client(door)
        async with a_line(door) as silent, a_line(door) as idle, a_line(door) as upgraded:
            silent.say(b"GET / HT")
            idle.say(GET)
            await idle.response()
            upgraded.say(GET + UPGRADE)
            await upgraded.response()
            assert (await upgraded.response())[0] == 101
            closing = asyncio.create_task(door.close())
            with pytest.raises(ConnectionClosedError):
                await client.recv()
            assert client.close_code == 1012
            upgraded.say(b"\x88\x80\0\0\0\0")
            for line in (silent, idle, upgraded):
                with suppress(ConnectionResetError):
                    await line.reader.read()
                line.writer.close()
            await closing
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", door.port)
    await settle()
    assert asyncio.all_tasks() == before
