"""The server that benches load: killed and started again where it was, whoever asked the kernel for ports meanwhile."""

import socket
from pathlib import Path

import aiohttp
import pytest

from loadtest.server import Server


async def test_a_server_that_is_started_again_has_the_ports_it_had(tmp_path: Path) -> None:
    server = Server(tmp_path)
    try:
        await server.start()
        before = await served(server)
        assert not {*before} & given_out()  # else a client may be given one meanwhile
        await server.kill()
        await server.start()
        assert await served(server) == before
    finally:
        await server.kill()


async def served(server: Server) -> tuple[int, int]:
    """Its ports, once both are seen to be its own."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{server.port}/readyz") as answer:
        assert answer.status == 200
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine, pytest.raises(OSError, match="in use"):
        mine.bind(("127.0.0.1", server.media_port))
    return server.port, server.media_port


def given_out() -> set[int]:
    """Ports that the kernel gives to whoever asks for any."""
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split())
    return {*range(first, last + 1)}
