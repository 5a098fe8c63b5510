"""Encoders that are not ours publish over WHIP; a member in the room, aiortc, decodes what they send."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from protocol import events as e
from roomserver.shell.lan import addresses
from tests.interop import peers
from tests.support.member import Member
from tests.support.server import ServerProcess, serving, token

pytestmark = [pytest.mark.timeout(120)]


END_S = 5.0
DEBIAN_PYTHON = "/usr/bin/python3"
BINDINGS = "import gi; gi.require_version('GstWebRTC', '1.0'); from gi.repository import GstWebRTC"


def gstreamer() -> tuple[str, ...]:
    """The command that runs it; empty without GStreamer's bindings."""
    if (
        not Path(DEBIAN_PYTHON).exists()
        or subprocess.run([DEBIAN_PYTHON, "-c", BINDINGS], capture_output=True).returncode
    ):
        return ()
    return (DEBIAN_PYTHON, str(Path(__file__).parent / "gstreamer.py"))


GSTREAMER = gstreamer()


@asynccontextmanager
async def running(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that ends when its input does."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        with suppress(ConnectionError):
            process.stdin.write(b"q\n")  # what ends ffmpeg
            process.stdin.close()
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def a_lesson(tmp_path: Path, **at: str) -> AsyncIterator[tuple[ServerProcess, str, Member]]:
    """A server, a room's address, and a teacher who is in it.

    Args:
        at: `host` and `also` of the server; without them loopback, and where others reach this machine.
    """
    async with serving(tmp_path, **(at or {"also": next(iter(addresses()), "")})) as server:
        room = await server.room("one_to_many")
        teacher = await Member(server.ws, room, token("t", "teacher")).connect()
        yield server, f"{server.url}/v1/rooms/{room}", teacher


@pytest.mark.parametrize("name", ["aiortc", "libwebrtc"])
async def test_libraries(name: str, tmp_path: Path) -> None:
    of = peers.library(name)
    async with a_lesson(tmp_path) as (_, url, teacher), peers.inside(of, teacher) as screen:
        async with peers.publishing(of, url + "/whip", token("d", "assistant")):
            await screen.plays("audio", "video", more_than=10)
        assert (await teacher.hear(e.MemberLeft)).reason == "left"


@pytest.mark.parametrize("name", ["aiortc", "libwebrtc"])
async def test_libraries_over_the_websocket(name: str, tmp_path: Path) -> None:
    of = peers.library(name)
    async with a_lesson(tmp_path) as (server, url, teacher), peers.inside(of, teacher) as screen:
        room = url.rpartition("/")[2]
        assistant = await Member(server.ws, room, token("a", "assistant")).connect()
        async with peers.speaking(of, assistant):
            await screen.plays("audio", "video", more_than=10)


@pytest.mark.parametrize("flags", [(), ("-whip_flags", "dtls_active")], ids=["passive", "active"])
async def test_ffmpeg(flags: tuple[str, ...], tmp_path: Path) -> None:
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="no ffmpeg with WHIP here (PyPI: imageio-ffmpeg)")
    async with (
        a_lesson(tmp_path) as (_, url, teacher),
        peers.inside(peers.library("aiortc"), teacher) as screen,
        running(
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-re"),
            *("-f", "lavfi", "-i", "testsrc=size=320x240:rate=15", "-f", "lavfi", "-i", "sine"),
            *("-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15"),
            *("-pix_fmt", "yuv420p", "-c:a", "libopus", "-ar", "48000", "-ac", "2", "-f", "whip", *flags),
            *("-authorization", token("d", "assistant"), url + "/whip"),
        ),
    ):
        await screen.plays("audio", "video", more_than=10)
        assert screen.sizes == {(320, 240)}


@pytest.mark.interop
@pytest.mark.skipif(not GSTREAMER, reason="no GStreamer here (Debian: see INTEROP in the Makefile)")
@pytest.mark.parametrize("more", [(), ("passive",)], ids=["client", "server with an RSA certificate"])
async def test_gstreamer(more: tuple[str, ...], tmp_path: Path) -> None:
    async with a_lesson(tmp_path) as (_, url, teacher), peers.inside(peers.library("aiortc"), teacher) as screen:
        async with running(*GSTREAMER, "publish", url + "/whip", token("d", "assistant"), *more):
            await screen.plays("audio", "video", more_than=10)
            assert screen.sizes == {(320, 240)}
        assert (await teacher.hear(e.MemberLeft)).reason == "left"
