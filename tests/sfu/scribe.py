"""A real recorder process, told what a lesson's engine would tell it, at instants that a test makes up."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sfu.core.recording import Recording
from sfu.shell.pipe import Pipe
from sfu.shell.shelf import Shelf
from sfu.shell.tape import Begin, End, FromRecorder, Kept, Keyframe, Packets
from tests.sfu import film

ZERO_S = 1_000.0  # what the monotonic clock says at 0 of the log
WAIT_S = 20.0
MADE = {"vp8": ("camera", 1 / film.RATE), "h264": ("screen", 1 / film.RATE), "opus": ("microphone", 0.02)}


class Scribe:
    def __init__(self, process: asyncio.subprocess.Process, directory: Path) -> None:
        self.process = process
        self.shelf = Shelf(directory)
        self.keyframes: set[int] = set()  # tracks for which one was asked
        self.kept: list[Kept] = []
        self.pipe: Pipe
        self._spoke = asyncio.Event()

    def heard(self, message: FromRecorder) -> None:
        if isinstance(message, Keyframe):
            self.keyframes.add(message.number)
        else:
            self.kept.append(message)
        self._spoke.set()

    async def spoke(self) -> None:
        """It says something more."""
        self._spoke.clear()
        await self._spoke.wait()

    def begin(self, number: int, codec: str, *, member: int = 7) -> None:
        source = MADE[codec][0]
        self.pipe.send(Begin(number, str(self.shelf.directory), ZERO_S, f"t{number}", member, source))

    def send(self, number: int, codec: str, frames: Sequence[Sequence[bytes]], *, at_s: float) -> None:
        """Frame by frame, the first `at_s` of the log."""
        for n, packets in enumerate(frames):
            came = ZERO_S + at_s + MADE[codec][1] * n
            if packets:
                self.pipe.send(Packets(number, tuple((came, packet) for packet in packets)))

    def end(self, number: int) -> None:
        self.pipe.send(End(number))

    async def until_kept(self, frames: int) -> None:
        """So many frames are written."""
        async with asyncio.timeout(WAIT_S):
            while sum(word.frames for word in self.kept) < frames:
                await self.spoke()

    async def until_trouble(self, trouble: str) -> None:
        async with asyncio.timeout(WAIT_S):
            while not self.kept or self.kept[-1].trouble != trouble:
                await self.spoke()

    async def close(self) -> list[Recording]:
        """As when the engine ends; what is on the shelf then."""
        self.pipe.close()
        await asyncio.wait_for(self.process.wait(), WAIT_S)
        return self.shelf.recordings()

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def mend(self) -> list[Recording]:
        mender = await asyncio.create_subprocess_exec(sys.executable, "-m", "sfu.shell.mend", str(self.shelf.directory))
        assert await asyncio.wait_for(mender.wait(), WAIT_S) == 0
        return self.shelf.recordings()


@asynccontextmanager
async def recording(directory: Path, *, leave_bytes: int = 0) -> AsyncIterator[Scribe]:
    ours, theirs = socket.socketpair()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sfu.shell.recorder", str(leave_bytes)), stdin=theirs.fileno()
    )
    theirs.close()
    scribe = Scribe(process, directory)
    scribe.pipe = await Pipe.over(ours, FromRecorder, scribe.heard, unsent_bytes=64 * 1024 * 1024)
    try:
        yield scribe
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if not scribe.pipe.gone.is_set():
            scribe.pipe.cut()
