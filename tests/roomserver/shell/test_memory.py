"""What a server does not load before somebody needs it, and gives back when nobody does."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from roomserver.shell import memory
from tests.support.server import eventually

BLOCK_BYTES, BLOCKS = 2_000, 30_000  # malloc's, not Python's own: they are above 512 bytes
LATER = "aiortc av OpenSSL PIL pypdfium2 resvg_py segno typst ziafont ziamath".split()
STARTED = f"""
import asyncio, sys
from roomserver.app import App
from roomserver.config import Config, Media, Server, Storage

async def started() -> None:
    app = await App.start(Config(
        server=Server(port=0),
        media=Media(addresses=("127.0.0.1",), port=0),
        storage=Storage(path=sys.argv[1] + "/rooms.sqlite", records_file=""),
    ))
    print("loaded:", *sorted(sys.modules.keys() & set({LATER!r})))
    await app.stop()

import roomserver.cli
asyncio.run(started())
"""


def test_a_server_has_loaded_no_codecs_and_nothing_that_draws(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", STARTED, str(tmp_path)],
        env={**os.environ, "ROOMSERVER_SECRET": "a secret that is only good for tests, and long enough"},
        capture_output=True,
        text=True,
    )
    assert (run.stdout, run.returncode) == ("loaded:\n", 0), run.stderr


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif("glibc" not in os.confstr("CS_GNU_LIBC_VERSION"), reason="only glibc has malloc_trim")  # type: ignore[operator]
async def test_what_a_busy_moment_took_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "EVERY_S", 0)
    blocks = [bytes(BLOCK_BYTES) for _ in range(BLOCKS)]
    last = blocks[-1]  # what is still in use above them keeps them from the system
    full = resident()
    del blocks
    giving = asyncio.create_task(memory.give_back())

    async def less() -> bool:
        return resident() < full - BLOCK_BYTES * BLOCKS // 2

    await eventually(less)
    giving.cancel()
    assert len(last) == BLOCK_BYTES
