"""Formulas that have been outlined: a few in memory, many on disk, each made once however many ask for it.

Rules: FORMULA-* in docs/rules.md.
"""

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

from ..studio.jobs import Outlined, Unfit

log = logging.getLogger("roomserver.formulas")
KEPT = 20_000  # on disk, some 5 kB each
SPARE = 1_000  # so many of the oldest go when there are more
KEPT_IN_MEMORY = 500
MADE_BY = f"ziamath {version('ziamath')}, 1"  # raised when an outline would differ: names on disk change with it


class Formulas:
    """Outlines by LaTeX.  `outline` makes one that is not there yet, and may raise Unfit and Busy."""

    def __init__(self, directory: Path, outline: Callable[[str], Awaitable[Outlined]], *, kept: int = KEPT) -> None:
        self._directory = directory
        self._outline = outline
        self._kept = kept
        self._count: int | None = None  # files on disk; None: nobody has looked yet
        self._memory: OrderedDict[str, Outlined | Unfit] = OrderedDict()
        self._being_made: dict[str, asyncio.Task[Outlined]] = {}

    async def find(self, latex: str) -> Outlined | None:
        """One that has been outlined before.

        Raises:
            Unfit: it is known to be none.
        """
        known = self._memory.get(latex)
        if known is None:
            with suppress(OSError, msgspec.DecodeError):
                stored = await asyncio.to_thread(self._path(latex).read_bytes)
                known = msgspec.json.decode(stored, type=Outlined)
        if known is None:
            return None
        self._remember(latex, known)
        if isinstance(known, Unfit):
            raise Unfit(str(known))
        return known

    async def get(self, latex: str) -> Outlined:
        """
        Raises:
            Unfit: it is no formula, and what is wrong with it.
            Busy: too much else is being made.
        """
        if (known := await self.find(latex)) is not None:
            return known
        if (making := self._being_made.get(latex)) is None:
            making = self._being_made[latex] = asyncio.create_task(self._make(latex))
            making.add_done_callback(partial(self._made, latex))
        return await asyncio.shield(making)  # others wait for it, too

    def _made(self, latex: str, making: asyncio.Task[Outlined]) -> None:
        self._being_made.pop(latex, None)
        if not making.cancelled():
            making.exception()  # everybody who asked may have gone

    def _remember(self, latex: str, known: Outlined | Unfit) -> None:
        self._memory[latex] = known
        self._memory.move_to_end(latex)
        while len(self._memory) > KEPT_IN_MEMORY:
            self._memory.popitem(last=False)

    def _path(self, latex: str) -> Path:
        return self._directory / sha256(f"{MADE_BY}\0{latex}".encode()).hexdigest()[:32]

    async def _make(self, latex: str) -> Outlined:
        try:
            made = await self._outline(latex)
        except Unfit as unfit:
            self._remember(latex, unfit)
            raise
        self._remember(latex, made)
        try:
            await asyncio.to_thread(self._keep, self._path(latex), msgspec.json.encode(made))
        except OSError:  # it can be made again
            log.warning("a formula could not be kept", exc_info=True)
        return made

    def _keep(self, path: Path, data: bytes) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = path.with_suffix(".new")
        descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(whole, path)
        self._count = sum(1 for _ in self._directory.iterdir()) if self._count is None else self._count + 1
        if self._count > self._kept:
            self._let_go()

    def _let_go(self) -> None:
        with os.scandir(self._directory) as entries:
            oldest = sorted(entries, key=lambda entry: entry.stat().st_mtime_ns)
        for entry in oldest[: max(0, len(oldest) - self._kept) + min(SPARE, self._kept // 20)]:
            with suppress(FileNotFoundError):
                os.unlink(entry)
        self._count = None
