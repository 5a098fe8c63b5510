"""Envelopes in a JSON lines file, a line each, synced before they count as delivered.

Rules: KEEP-5, SINK-5.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ..store import Letter
from .sink import Patience, Undelivered

CHUNK_BYTES = 4096


class JsonLines:
    """The file may be moved away at any time: the next lines begin a new one."""

    in_order = True
    patience = Patience(1.0, 30.0)

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, letters: Sequence[Letter]) -> None:
        try:
            await asyncio.to_thread(_append, self._path, b"".join(letter.envelope + b"\n" for letter in letters))
        except OSError as error:
            raise Undelivered(str(error)) from error

    async def close(self) -> None: ...


def _append(path: Path, lines: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a+b") as file:
        file.truncate(_whole(file))
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def _whole(file: BinaryIO) -> int:
    """The length of all whole lines: a full disk, or a kill, may have left the beginning of one behind them."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - CHUNK_BYTES)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
