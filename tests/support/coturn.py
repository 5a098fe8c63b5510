"""A real coturn (Debian: coturn) that lets in whom the server has given credentials."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from loadtest.ports import free_ports
from tests.support.server import eventually

TURNSERVER = shutil.which("turnserver") or ""
SECRET = "what coturn and the server share in tests"


@dataclass(frozen=True, slots=True)
class Coturn:
    port: int
    log: Path

    def config(self, *transports: str) -> str:
        """TOML that tells a server of it."""
        urls = ", ".join(f'"turn:127.0.0.1:{self.port}?transport={transport}"' for transport in transports)
        return f"[media.turn]\nurls = [{urls}]\n"


@asynccontextmanager
async def coturn(directory: Path) -> AsyncIterator[Coturn]:
    port, log = free_ports(), directory / "coturn.log"
    process = await asyncio.create_subprocess_exec(
        *(TURNSERVER, "-n", "--no-cli", "--no-tls", "--no-dtls", "--log-file", str(log), "--simple-log"),
        *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--listening-port", str(port)),
        *("--realm", "classroom", "--use-auth-secret", "--static-auth-secret", SECRET),
        *(
            "--allow-loopback-peers",
            "--pidfile",
            str(directory / "coturn.pid"),
            "--userdb",
            str(directory / "coturn.db"),
        ),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: answers(port))
        yield Coturn(port, log)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
