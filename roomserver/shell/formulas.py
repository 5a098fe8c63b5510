"""Formulas that have been outlined: a few in memory, many on disk, each made once however many ask for it.

Rules: FORMULA-* in docs/rules.md.
"""

import asyncio
import logging
import os
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

from ..studio.jobs import Outlined, Unfit
from .kept import Kept, Once

log = logging.getLogger("roomserver.formulas")
DISK_BYTES = 200_000_000
SPARE = 20  # the oldest go until a twentieth of that is free, so that they need not be looked for each time
BLOCK = 4096  # bytes of a disk
MEMORY_BYTES = 16_000_000
MADE_BY = f"ziamath {version('ziamath')}, 2"  # raised when an outline would differ: names on disk change with it


class Formulas:
    """Outlines by LaTeX.  `outline` makes one that is not there yet, and may raise Unfit and Busy."""

    def __init__(
        self, directory: Path, outline: Callable[[str], Awaitable[Outlined]], *, most_bytes: int = DISK_BYTES
    ) -> None:
        self._directory = directory
        self._outline = outline
        self._most = most_bytes
        self._bytes: int | None = None  # on disk; None: nobody has looked yet
        self._memory = Kept[str, Outlined | Unfit](MEMORY_BYTES, _weight)
        self._once = Once[str, Outlined]()

    async def find(self, latex: str) -> Outlined | None:
        """One that has been outlined before.

        Raises:
            Unfit: it is known to be none.
        """
        known = self._memory.get(latex)
        if known is None:
            with suppress(OSError, zlib.error, msgspec.DecodeError):
                stored = await asyncio.to_thread(self._path(latex).read_bytes)
                known = msgspec.json.decode(zlib.decompress(stored), type=Outlined)
                self._memory.put(latex, known)
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
        return await self._once.get(latex, partial(self._make, latex))

    def _path(self, latex: str) -> Path:
        return self._directory / sha256(f"{MADE_BY}\0{latex}".encode()).hexdigest()[:32]

    async def _make(self, latex: str) -> Outlined:
        try:
            made = await self._outline(latex)
        except Unfit as unfit:
            self._memory.put(latex, Unfit(str(unfit)))  # without where it happened
            raise
        self._memory.put(latex, made)
        try:
            await asyncio.to_thread(self._keep, self._path(latex), made)
        except OSError:  # it can be made again
            log.warning("a formula could not be kept", exc_info=True)
        return made

    def _keep(self, path: Path, made: Outlined) -> None:
        data = zlib.compress(msgspec.json.encode(made))
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = path.with_suffix(".new")
        descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(whole, path)
        if self._bytes is not None:
            self._bytes += _on_disk(len(data))
        if self._bytes is None or self._bytes > self._most:
            self._bytes = self._let_go()

    def _let_go(self) -> int:
        """Of too many the oldest go; how many bytes there are then."""
        with os.scandir(self._directory) as entries:
            there = sorted(((entry, entry.stat()) for entry in entries), key=lambda one: one[1].st_mtime_ns)
        total = sum(_on_disk(stat.st_size) for _, stat in there)
        wanted = self._most - self._most // SPARE if total > self._most else total
        for entry, stat in there:
            if total <= wanted:
                break
            with suppress(FileNotFoundError):
                os.unlink(entry)
            total -= _on_disk(stat.st_size)
        return total


def _weight(latex: str, known: Outlined | Unfit) -> int:
    return 500 + 4 * len(latex) + (len(known.path) if isinstance(known, Outlined) else 0)


def _on_disk(size: int) -> int:
    """In whole blocks."""
    return -(-size // BLOCK) * BLOCK
