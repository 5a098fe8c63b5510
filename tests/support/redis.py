"""A real Redis for tests: a process of its own that is started, killed and started again on the same port."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from loadtest.ports import free_ports

from .server import eventually

WHY_NOT = "" if shutil.which("redis-server") else "redis-server is not installed: make programs"
START_S = 10.0


@dataclass(slots=True)
class RedisServer:
    """`redis-server`, which has what it acknowledged on disk before."""

    data: Path
    port: int = field(default_factory=free_ports)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.data)),
            *("--save", "", "--appendonly", "yes", "--appendfsync", "always"),
            stdout=asyncio.subprocess.DEVNULL,
        )
        await eventually(self._answers, within_s=START_S)
        return self

    async def _answers(self) -> bool:
        async with self.client() as client:
            with suppress(RedisError, OSError):
                return bool(await client.ping())
        return False

    def client(self) -> Redis:
        """Of its own; to be closed."""
        return Redis.from_url(self.url)

    async def kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def redis_server(data: Path) -> AsyncIterator[RedisServer]:
    server = await RedisServer(data).start()
    try:
        yield server
    finally:
        await server.kill()
