"""A real server process for tests: started, spoken to over real sockets, killed."""

import asyncio
import json
import os
import re
import signal
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp

from loadtest.ports import free_ports
from roomserver.core.forms import FORMS
from roomserver.shell.identity import Claims, mint

T = TypeVar("T")
SECRET = "a secret that is only good for tests, and long enough"
KEY = "an API key that is only good for tests"
STARTED = re.compile(r"Serving at (\S+), media at UDP (\d+)")
START_S = 40.0

CONFIG = """
[server]
host = "{listen}"
port = {port}
{server}
[media]
addresses = {addresses}
port = {media_port}
processes = {processes}
[storage]
path = "{store}"
records_file = "{records}"
[[api_keys]]
name = "tests"
scopes = ["rooms", "records", "tokens", "privacy", "supervise"]
"""
# TOML of what `roomserver.core.forms.relaxed` leaves out
AT_ANY_HOUR = {"windows": "[]", "gap_s": "0", "quota_s": "0", "continuous_s": "0", "dues": "false"}


@dataclass(slots=True)
class ServerProcess:
    """`roomserver serve` with a data directory of its own; may be killed and started again."""

    data: Path
    disk: Path | None = None  # where rooms and records are kept; None: with the rest
    forms: str = ""  # more TOML
    server: str = ""  # more TOML, of [server]
    environ: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    also: str = ""  # one more address of this machine
    port: int = 0  # of its own with the first start, and media's behind it
    media_port: int = 0
    processes: int = 0  # workers that forward media
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://{self.host}:{self.port}/v1/ws"

    @property
    def store(self) -> Path:
        return (self.disk or self.data) / "rooms.sqlite"

    @property
    def records(self) -> Path:
        return (self.disk or self.data) / "records.jsonl"

    async def start(self) -> Self:
        if not self.port:
            self.port = free_ports(1 + max(1, self.processes))
            self.media_port = self.port + 1
        config = self.data / "config.toml"
        text = CONFIG.format(
            listen="0.0.0.0" if self.also else self.host,
            addresses=json.dumps([address for address in (self.host, self.also) if address]),
            port=self.port,
            server=self.server,
            media_port=self.media_port,
            processes=self.processes,
            store=self.store,
            records=self.records,
        )
        config.write_text(at_any_hour(text + self.forms), "utf-8")
        with (self.data / "log.jsonl").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "roomserver", "serve", "--config", str(config)),
                env={**os.environ, "ROOMSERVER_SECRET": SECRET, "ROOMSERVER_KEY_TESTS": KEY, **self.environ},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        async with asyncio.timeout(START_S):
            line = (await self.process.stdout.readline()).decode()
        if (found := STARTED.match(line)) is None:
            raise AssertionError(f"the server did not start: {line!r} {self.log()}")
        self.port, self.media_port = int(found[1].rpartition(":")[2]), int(found[2])
        return self

    def log(self) -> str:
        return (self.data / "log.jsonl").read_text("utf-8")

    async def kill(self) -> None:
        """As the power does it."""
        assert self.process is not None
        self.process.kill()
        await self._gone()

    async def stop(self) -> int:
        """As an operator does it; the exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self._gone()

    def workers(self) -> list[int]:
        """Processes of the server's own: those that forward its media."""
        assert self.process is not None
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    async def _gone(self) -> int:
        assert self.process is not None
        assert self.process.stdout is not None
        await self.process.stdout.read()
        return await self.process.wait()

    async def filed(self, records: int) -> list[Any]:
        """What stands in the file of records, once there are so many: it comes a little after the store has them."""

        async def enough() -> list[Any]:
            lines = self.records.read_bytes().splitlines() if self.records.exists() else []
            return [json.loads(line) for line in lines] if len(lines) >= records else []

        return await eventually(enough)

    # REST

    async def call(self, method: str, path: str, body: Any = None, *, key: str = KEY) -> tuple[int, Any]:
        """Status, and the JSON answered."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url + path, json=body, headers={"Authorization": f"Bearer {key}"}) as answer,
        ):
            text = await answer.text()
            is_json = "json" in answer.content_type and "ndjson" not in answer.content_type
            return answer.status, json.loads(text) if is_json else text

    async def room(self, form: str = "one_to_one", **fields: Any) -> str:
        status, room = await self.call("POST", "/v1/rooms", {"form": form, **fields})
        assert status == 201, room
        return str(room["room"])

    async def metric(self, name: str, **labels: str) -> float:
        """One number of `/metrics`."""
        _, text = await self.call("GET", "/metrics")
        wanted = name + ("{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else "")
        return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(wanted + " ")), 0)


async def eventually(ask: Callable[[], Awaitable[T]], *, within_s: float = 10.0) -> T:
    """What `ask` answers once it is true; a server's outside shows some things only a little later."""
    async with asyncio.timeout(within_s):
        while True:
            if answer := await ask():
                return answer
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(data: Path, **options: Any) -> AsyncIterator[ServerProcess]:
    server = await ServerProcess(data, **options).start()
    try:
        yield server
    finally:
        await server.stop()


def token(sub: str, role: str, *, room: str | None = None, name: str = "", exp: float = 4e9, **more: Any) -> str:
    """A token that the test servers accept."""
    claims = Claims(sub=sub, name=name or sub, role=role, room=room, exp=exp, **more)
    return mint(SECRET, claims, issuer="classroom", audience="roomserver")


def at_any_hour(text: str) -> str:
    """A configuration whose forms keep their own words and, beyond those, do not depend on when a test runs."""
    said = tomllib.loads(text).get("forms", {})
    for name in FORMS:
        row = "".join(f"{key} = {value}\n" for key, value in AT_ANY_HOUR.items() if key not in said.get(name, {}))
        head = f"[forms.{name}]\n"
        text = text.replace(head, head + row) if head in text else f"{text}\n{head}{row}"
    return text


def forms(**changes: Mapping[str, Any]) -> str:
    """TOML that changes forms: forms(one_to_one={"duration_s": 20})."""
    tables = (
        f"[forms.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items())
        for name, row in changes.items()
    )
    return "\n".join(tables)
