"""Where session records go besides the store: a JSON lines file, a line a record, synced before it counts."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson


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
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
