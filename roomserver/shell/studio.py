"""The studio from outside: a child process a job, few at once, each bounded in time and in what it may answer.

What a child may not do stands in `studio/cage.py`; here it is started, fed, heard and, whatever it does, ended.
Rules: STUDIO-* in docs/rules.md.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from ..studio.jobs import (
    Answer,
    Export,
    Exported,
    Job,
    Latex,
    Outlined,
    Picture,
    Pictured,
    Pictures,
    Refused,
    Slides,
    Unfit,
    decode_answer,
    encode,
)

log = logging.getLogger("roomserver.studio")
T = TypeVar("T", bound=Answer)

AT_ONCE = 2  # children
LONG_AT_ONCE = 1  # of those that may take a minute, so that a formula never waits for two
WAITING = 16  # jobs that wait for a child
BUSY_S = 5  # who finds as many comes again
READ_BYTES = 256 * 1024  # at a time
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",  # each arena of a thread takes 64 MiB of addresses
    "RAYON_NUM_THREADS": "1",  # and so does each thread of typst
}


class Busy(Exception):
    """Too many jobs wait already: come again in `BUSY_S`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a job may take.  A child that takes more is killed."""

    kind: str
    wall_s: float
    cpu_s: int
    answer_bytes: int
    long: bool = False


PICTURE = Bounds("picture", 30, 15, 16 * 1024**2)
SLIDES = Bounds("slides", 120, 60, 128 * 1024**2, long=True)
LATEX = Bounds("latex", 20, 5, 1024**2)
EXPORT = Bounds("export", 120, 60, 256 * 1024**2, long=True)


class Studio:
    """Turns bytes into pictures, formulas into outlines, pages into files.

    Each method may raise Unfit (of what was given nothing can be made) and Busy.
    """

    def __init__(self, *, fonts: tuple[str, ...]) -> None:
        self._fonts = fonts
        self._places = asyncio.Semaphore(AT_ONCE)
        self._long_places = asyncio.Semaphore(LONG_AT_ONCE)
        self._jobs = 0

    async def picture(self, data: bytes) -> Pictured:
        return await self._done(Picture(data), PICTURE, Pictured)

    async def slides(self, data: bytes) -> tuple[Pictured, ...]:
        return (await self._done(Slides(data), SLIDES, Pictures)).pictures

    async def outline(self, latex: str) -> Outlined:
        return await self._done(Latex(latex, self._fonts), LATEX, Outlined)

    async def export(self, job: Export) -> bytes:
        """The job's own `fonts` are not asked."""
        return (await self._done(msgspec.structs.replace(job, fonts=self._fonts), EXPORT, Exported)).data

    async def _done(self, job: Job, bounds: Bounds, answer: type[T]) -> T:
        async with self._place(bounds):
            found = await _run(job, bounds)
        if isinstance(found, Refused):
            raise Unfit(found.why)
        assert isinstance(found, answer)
        return found

    @asynccontextmanager
    async def _place(self, bounds: Bounds) -> AsyncIterator[None]:
        if self._jobs >= AT_ONCE + WAITING:
            raise Busy
        self._jobs += 1
        try:
            if bounds.long:
                async with self._long_places, self._places:
                    yield
            else:
                async with self._places:
                    yield
        finally:
            self._jobs -= 1


async def _run(job: Job, bounds: Bounds) -> Answer:
    """One child from its start to its end."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "roomserver.studio", bounds.kind, str(bounds.cpu_s)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # it may quote what children wrote
        env=ENVIRONMENT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(bounds.wall_s):
            _, said = await asyncio.gather(_feed(child, encode(job)), _listen(child, bounds.answer_bytes))
            status = await child.wait()
    except TimeoutError:
        log.warning("a job of the studio took too long", extra={"kind": bounds.kind})
        raise Unfit("this takes longer than it may") from None
    finally:
        await _end(child)
    if status == 0 and said:
        with suppress(msgspec.DecodeError):
            answer: Answer = decode_answer(said)
            return answer
    log.warning("a child of the studio died: %s", _cause(status), extra={"kind": bounds.kind})
    raise Unfit("this takes longer than it may" if status == -signal.SIGXCPU else "nothing can be made of this")


async def _feed(child: asyncio.subprocess.Process, job: bytes) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it is dead, or does not want it all
        child.stdin.write(job)
        await child.stdin.drain()
    child.stdin.close()


async def _listen(child: asyncio.subprocess.Process, most: int) -> bytes:
    """What it says, or nothing where that is too much."""
    assert child.stdout is not None
    said = bytearray()
    while part := await child.stdout.read(READ_BYTES):
        said += part
        if len(said) > most:
            child.kill()
            return b""
    return bytes(said)


async def _end(child: asyncio.subprocess.Process) -> None:
    """It is gone when this returns, with all that it may have started."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()


def _cause(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name
