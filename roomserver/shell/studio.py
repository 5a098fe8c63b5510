"""The studio from outside: a child process a job, few at once, each bounded in time and in what it may answer.

What a child may not do stands in `studio/cage.py`; here it is started, fed, heard and, whatever it does, ended.
Rules: STUDIO-* in docs/rules.md.
"""

import asyncio
import logging
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
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
from .places import Busy, Places

log = logging.getLogger("roomserver.studio")
T = TypeVar("T", bound=Answer)

AT_ONCE = 2  # children
LONG_AT_ONCE = 1  # of those that may take a minute, so that a formula never waits for two
WAITING = 16  # jobs that wait for a child; of all places long ones take at most half
READ_BYTES = 256 * 1024  # at a time
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",  # each arena of a thread takes 64 MiB of addresses
    "RAYON_NUM_THREADS": "1",  # and so does each thread of typst
}


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
LATEX = Bounds("latex", 20, 8, 2 * 1024**2)
EXPORT = Bounds("export", 120, 60, 256 * 1024**2, long=True)


class TooLong(Unfit):
    """A child was killed for its time."""

    def __init__(self) -> None:
        super().__init__("this takes longer than it may")


class Studio:
    """Turns bytes into pictures, formulas into outlines, pages into files.

    Each method may raise Unfit (of what was given nothing can be made) and Busy.
    """

    def __init__(self, *, fonts: tuple[str, ...], waiting: int = WAITING) -> None:
        self._fonts = fonts
        self._children = asyncio.Semaphore(AT_ONCE)
        self._long_children = asyncio.Semaphore(LONG_AT_ONCE)
        self._places = Places("drawn", most=AT_ONCE + waiting)
        self._long_places = Places("drawn", most=(AT_ONCE + waiting) // 2)
        self.ended: Counter[str] = Counter()  # jobs, by their kind and how they ended

    async def picture(self, data: bytes) -> Pictured:
        return await self._done(Picture(data), PICTURE, Pictured)

    async def slides(self, data: bytes) -> tuple[Pictured, ...]:
        return (await self._done(Slides(data), SLIDES, Pictures)).pictures

    async def outline(self, latex: str) -> Outlined:
        return await self._done(Latex(latex, self._fonts), LATEX, Outlined)

    async def export(self, make: Callable[[], Awaitable[Export]]) -> bytes:
        """`make` is asked for the job when a child is free for it: jobs that wait hold no pictures."""
        async with self._child(EXPORT):
            job = msgspec.structs.replace(await make(), fonts=self._fonts)
            return (await self._heard(job, EXPORT, Exported)).data

    async def _done(self, job: Job, bounds: Bounds, answer: type[T]) -> T:
        async with self._child(bounds):
            return await self._heard(job, bounds, answer)

    async def _heard(self, job: Job, bounds: Bounds, answer: type[T]) -> T:
        found = await _run(job, bounds)
        if isinstance(found, Refused):
            raise Unfit(found.why)
        assert isinstance(found, answer)
        return found

    @asynccontextmanager
    async def _child(self, bounds: Bounds) -> AsyncIterator[None]:
        """The turn of one job; how it ends is counted."""
        how = "failed"
        try:
            async with self._turn(bounds):
                yield
            how = "done"
        except Busy:
            how = "busy"
            raise
        except Unfit as unfit:
            how = "too_long" if isinstance(unfit, TooLong) else "refused"
            raise
        finally:
            self.ended[f"{bounds.kind}_{how}"] += 1

    @asynccontextmanager
    async def _turn(self, bounds: Bounds) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            if bounds.long:
                held.enter_context(self._long_places.place())
            held.enter_context(self._places.place())
            if bounds.long:
                await held.enter_async_context(self._long_children)
            await held.enter_async_context(self._children)
            yield


async def _run(job: Job, bounds: Bounds) -> Answer:
    """One child from its start to its end."""
    child = await _started(bounds)
    try:
        async with asyncio.timeout(bounds.wall_s):
            _, said = await asyncio.gather(_feed(child, encode(job)), _listen(child, bounds.answer_bytes))
            status = await child.wait()
    except TimeoutError:
        log.warning("a job of the studio took too long", extra={"kind": bounds.kind})
        raise TooLong from None
    finally:
        await _end(child)
    if status == 0 and said:
        with suppress(msgspec.DecodeError):
            answer: Answer = decode_answer(said)
            return answer
    log.warning("a child of the studio died: %s", _cause(status), extra={"kind": bounds.kind})
    raise TooLong if status == -signal.SIGXCPU else Unfit("nothing can be made of this")


async def _started(bounds: Bounds) -> asyncio.subprocess.Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "roomserver.studio", bounds.kind, str(bounds.cpu_s)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # it may quote what children wrote
            env=ENVIRONMENT,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:  # a child that has been forked is there, whoever waits for it
        await _end(await starting)
        raise


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
