"""SIGTERM: whoever manages the process is told, nobody new comes in, and no client keeps the server from going."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from protocol import commands as c
from protocol import notices as n
from protocol.codec import JSON
from roomserver.shell import systemd
from tests.roomserver.shell.front import UPGRADE, a_line
from tests.support.member import Member
from tests.support.server import KEY, ServerProcess, serving, token

EXIT_S = 10.0  # docs/operations.md; nothing here needs that long


class Manager:
    """The end of the socket that systemd listens at."""

    def __init__(self, address: str) -> None:
        self.named = "@" + address[1:] if address.startswith("\0") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)

    async def hears(self) -> str:
        async with asyncio.timeout(EXIT_S):
            while True:
                with suppress(BlockingIOError):
                    return self._socket.recv(4096).decode()
                await asyncio.sleep(0.01)

    def nothing(self) -> bool:
        with suppress(BlockingIOError):
            return not self._socket.recv(4096)
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["a file", "abstract"])
async def manager(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Manager]:
    manager = Manager(str(tmp_path / "notify") if request.param == "a file" else f"\0roomserver-{os.getpid()}")
    yield manager
    manager.close()


@pytest.mark.rule("LEAVE-1")
async def test_systemd_is_told_when_the_listener_is_up_and_when_the_server_leaves(
    manager: Manager, tmp_path: Path
) -> None:
    server = ServerProcess(tmp_path, environ={"NOTIFY_SOCKET": manager.named})
    await server.start()
    assert await manager.hears() == "READY=1"
    assert (await server.call("GET", "/readyz"))[0] == 200
    assert manager.nothing()
    assert await server.stop() == 0
    assert await manager.hears() == "STOPPING=1"


@pytest.mark.parametrize("named", ["", "/nowhere/notify", "relative", "@nobody-listens-here"])
def test_without_systemd_nothing_happens(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", named)
    systemd.notify(systemd.READY)


def handshake(hello: bytes) -> bytes:
    """What a client says first, all at once: the request, and a frame of between 126 and 65,535 bytes."""
    request = UPGRADE + bytes([0x81, 0x80 | 126]) + len(hello).to_bytes(2, "big") + bytes(4) + hello
    assert 126 <= len(hello) < 2**16
    return request


@asynccontextmanager
async def deaf(server: ServerProcess, room: str) -> AsyncIterator[None]:
    """A student who has joined and reads nothing more, while the server has more to say than sockets hold."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (server.host, server.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=1024)  # reads twice that ahead, and stops
    writer.write(handshake(JSON.encode(c.Hello(id=1, room=room, token=token("deaf", "student")))))
    await reader.readuntil(b'"type":"welcome"')
    try:
        yield
    finally:
        writer.transport.abort()


async def draw(teacher: Member, strokes: int) -> None:
    """Ink of some 3 KB a stroke."""
    wave = (15_000, 8_000, -15_000, -8_000) * 128
    for number in range(1, strokes + 1):
        shape = f"{teacher.client.member}.{number}"
        await teacher.send(
            lambda id, shape=shape: c.BeginStroke(  # type: ignore[misc]
                id=id, shape=shape, page=1, kind="pen", color="#000000", width=5, at=(0, 0)
            )
        )
        await teacher.send(lambda id, shape=shape: c.ExtendStroke(id, shape, wave))  # type: ignore[misc]
        await teacher.send(lambda id, shape=shape: c.FinishStroke(id=id, shape=shape))  # type: ignore[misc]
    assert isinstance(await teacher.ask(lambda id: c.SendChat(id=id, text="done")), n.Ok)


async def refusals(server: ServerProcess) -> list[tuple[int, int, str]]:
    """What a leaving server answers while it can be asked: `/readyz`, a new room, and the problem's title."""
    seen = []
    headers = {"Authorization": f"Bearer {KEY}"}
    with suppress(aiohttp.ClientError, ConnectionError):
        async with aiohttp.ClientSession(server.url, headers=headers) as session:
            while True:
                async with session.get("/readyz") as ready:
                    pass
                async with session.post("/v1/rooms", json={"form": "one_to_one"}) as room:
                    problem = await room.json()
                if ready.status != 200:
                    seen.append((ready.status, room.status, problem["title"]))
                await asyncio.sleep(0.05)
    return seen


@pytest.mark.rule("LEAVE-2", "LEAVE-3")
async def test_clients_that_read_nothing_keep_nobody_from_leaving(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        room = await server.room("one_to_many")
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        await draw(teacher, 60)
        async with deaf(server, room), a_line(server.port) as silent, a_line(server.port) as idle:
            silent.say(UPGRADE)
            assert (await silent.response())[0] == 101  # and says no hello, nor anything else
            idle.say(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await idle.response())[0] == 200
            key = f"Authorization: Bearer {KEY}\r\n".encode()
            idle.say(b"POST /v1/rooms HTTP/1.1\r\nHost: a\r\n" + key + b"Content-Length: 100\r\n\r\n")  # and no more
            asking = asyncio.create_task(refusals(server))
            async with asyncio.timeout(EXIT_S):
                assert await server.stop() == 0
            assert await teacher.closed() == 1012
            assert set(await asking) == {(503, 503, "unavailable")}
        await server.start()
        status, log = await server.call("GET", f"/v1/rooms/{room}/log")
        assert status == 200
        assert '"type":"board.extended"' in log
        assert log.count('"type":"chat.message"') == 1
    assert '"level":"error"' not in server.log().lower()


@pytest.mark.rule("LEAVE-3")
async def test_who_comes_while_the_server_leaves_is_told_to_come_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        room = await server.room("one_to_many")
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        await draw(teacher, 60)
        async with deaf(server, room):
            leaving = asyncio.create_task(server.stop())
            assert await teacher.closed() == 1012
            student = await Member(server.ws, room, token("s", "student")).connect()
            assert await student.closed() == 1012
            assert await leaving == 0
