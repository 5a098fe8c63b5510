"""A real server process under load: started on a core of its own, asked by REST, killed."""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
import jwt

from .ports import free_ports

SECRET = "a secret that is only good for a bench, and long enough"
KEY = "an API key that is only good for a bench"
STARTED = b"Serving at "
START_S = 60.0  # a store that was killed in the middle of a storm may be opened first
FORM = "one_to_many"
PROBE_S = 0.01

# One form with room for any bench; nobody is asked for an evaluation, students may draw, and nothing is recorded, which
# another process would do on the server's core; benches run at any hour.  All else is the default.
CONFIG = """
[server]
host = "{host}"
port = {port}
[media]
addresses = {addresses}
port = {media_port}
[storage]
path = "{data}/rooms.sqlite"
records_file = "{data}/records.jsonl"
[[api_keys]]
name = "bench"
scopes = ["rooms", "records"]
[forms.one_to_many]
windows = []
gap_s = 0
quota_s = 0
continuous_s = 0
dues = false
evaluation = false
student_can = ["chat", "draw"]
record = false
[forms.one_to_many.seats]
teacher = 1
assistant = 2
student = 2000
observer = 10
"""


class ServerFailed(Exception):
    """The server did not do what a bench needs to begin with."""


@dataclass(slots=True)
class Server:
    """`roomserver serve` with a data directory of its own; may be killed and started again on the same ports."""

    data: Path
    port: int = 0  # of its own with the first start, and media's behind it
    media_port: int = 0
    cores: frozenset[int] = frozenset()  # empty: all
    also: Sequence[str] = ()  # addresses of this machine at which it serves, besides loopback
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed("the server is not running")
        return self._process.pid

    async def start(self) -> Self:
        """
        Raises:
            ServerFailed: it does not say that it serves.
            OSError: no ports are free.
        """
        if not self.port:
            self.port = free_ports(2)
            self.media_port = self.port + 1
        config = self.data / "config.toml"
        host, addresses = "0.0.0.0" if self.also else "127.0.0.1", json.dumps(["127.0.0.1", *self.also])
        text = CONFIG.format(host=host, addresses=addresses, port=self.port, media_port=self.media_port, data=self.data)
        config.write_text(text, "utf-8")
        with (self.data / "log.jsonl").open("ab") as log, on_cores(self.cores):
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "roomserver", "serve", "--config", str(config)),
                env={**os.environ, "ROOMSERVER_SECRET": SECRET, "ROOMSERVER_KEY_BENCH": KEY},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = b""
        try:
            async with asyncio.timeout(START_S):
                line = await self._process.stdout.readline()
        except TimeoutError:
            pass
        if not line.startswith(STARTED):
            raise ServerFailed(f"the server did not start: {line!r}\n{self.log_tail()}")
        return self

    def log_tail(self) -> str:
        log = self.data / "log.jsonl"
        return log.read_text("utf-8", "replace")[-3000:] if log.exists() else ""

    async def kill(self) -> None:
        """As the power does it."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()

    async def listening(self, within_s: float) -> float:
        """`time.perf_counter()` at which the port was first seen to take a connection."""
        async with asyncio.timeout(within_s):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(PROBE_S)
                    continue
                now = time.perf_counter()
                writer.transport.abort()
                return now

    async def log_for_all(self, room: str) -> set[int]:
        """Each `seq` of a room's stored log that everybody may see."""
        url = f"http://127.0.0.1:{self.port}/v1/rooms/{room}/log"
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session,
            session.get(url) as answer,
        ):
            if answer.status != 200:
                raise ServerFailed(f"no log was shown: {answer.status}")
            bodies = [json.loads(line)["body"] async for line in answer.content]
        return {body["seq"] for body in bodies if body["to"] == "all"}

    async def end(self, room: str) -> None:
        """End a lesson: everybody is sent out and their media connections close."""
        url = f"http://127.0.0.1:{self.port}/v1/rooms/{room}/end"
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session,
            session.post(url) as answer,
        ):
            if answer.status != 200:
                raise ServerFailed(f"the room did not end: {answer.status}")

    async def rooms(self, count: int) -> list[str]:
        """New rooms."""
        url = f"http://127.0.0.1:{self.port}/v1/rooms"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
            made: list[str] = []
            for _ in range(count):
                async with session.post(url, json={"form": FORM}) as answer:
                    room: Any = json.loads(await answer.text())
                    if answer.status != 201:
                        raise ServerFailed(f"no room was made: {answer.status} {room}")
                    made.append(str(room["room"]))
            return made


def token(sub: str, role: str, room: str) -> str:
    """What the city's identity system would give somebody."""
    claims = {
        "iss": "classroom",
        "aud": "roomserver",
        "sub": sub,
        "name": sub,
        "role": role,
        "room": room,
        "exp": int(time.time()) + 3600,
    }
    return jwt.encode(claims, SECRET, algorithm="HS256")


def shares() -> tuple[frozenset[int], frozenset[int]]:
    """Cores for the server and for the load: one each, so that neither takes the other's time; empty: no choice."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return frozenset(), frozenset()
    return frozenset(cores[:1]), frozenset(cores[1:2])


@contextmanager
def on_cores(cores: frozenset[int]) -> Iterator[None]:
    """Run on these cores, and so does a process that is started meanwhile."""
    before = os.sched_getaffinity(0)
    if cores:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_file_limit(wanted: int) -> None:
    """Let this process, and those it starts, hold so many sockets.

    Raises:
        ServerFailed: the system does not allow it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
    except (ValueError, OSError) as error:
        raise ServerFailed(f"{wanted} files are needed, the system allows {hard}: raise `ulimit -n`") from error
