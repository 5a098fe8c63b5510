"""Where session records go besides the store: a JSON lines file, a line a record, synced before it counts.

Rule: KEEP-5.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson

CHUNK_BYTES = 4096


class Publisher:
    """At least once: a repeat has the same `id`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._one_at_a_time = asyncio.Lock()

    async def publish(self, envelope: Mapping[str, Any]) -> None:
        """Durable on return.

        Raises:
            OSError: the file takes no more.
        """
        if self._path is None:
            return
        async with self._one_at_a_time:
            await asyncio.to_thread(_append, self._path, orjson.dumps(envelope, option=orjson.OPT_APPEND_NEWLINE))


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a+b") as file:
        file.truncate(_whole(file))
        file.write(line)
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
