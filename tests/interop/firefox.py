"""Debian's Firefox with devices that need no hardware, at the other end of a cable, driven over Marionette.

A message is its length, a colon and JSON: [0, number, command, parameters] there, [1, number, error, result] back.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.browser import LISTEN_IN, MEDIA_JS
from tests.support.network import Cable
from tests.support.server import eventually

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox") or ""
START_S = 60.0
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "marionette.port": 0,
    "media.autoplay.default": 0,
    "media.gmp-manager.updateEnabled": False,
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}


class Firefox:
    """One window."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = count(1)

    async def ask(self, command: str, **parameters: Any) -> Any:
        message = json.dumps([0, next(self._numbers), command, parameters]).encode()
        self._writer.write(b"%d:%s" % (len(message), message))
        _, _, error, result = await self._read()
        assert error is None, error["message"]
        return result

    async def run(self, script: str, *arguments: Any) -> Any:
        """What a script of the page returns, when it does."""
        body = f"const [...args] = arguments; const done = args.pop(); (async () => ({script})(...args))().then(done);"
        answer = await self.ask("WebDriver:ExecuteAsyncScript", script=body, args=list(arguments), sandbox=None)
        return answer["value"]

    async def enter(self, url: str) -> None:
        """Come into a room by its link."""
        await self.ask("WebDriver:Navigate", url=url)
        await eventually(lambda: self.run('() => !!document.querySelector("[data-testid=join-button]")'))
        await self.run(f"() => {{ {LISTEN_IN} }}")
        await self.run('() => document.querySelector("[data-testid=join-button]").click()')
        await eventually(lambda: self.run('() => document.body.dataset.state === "room"'))

    async def press(self, test: str) -> None:
        await self.run(f'() => document.querySelector("[data-testid={test}]").click()')

    async def receives(self, what: str) -> None:
        """Return once a figure of `MEDIA_JS` has risen."""
        start = (await self.run(MEDIA_JS, 0))[what]

        async def rose() -> bool:
            return bool((await self.run(MEDIA_JS, 0))[what] > start)

        await eventually(rose, within_s=20)

    async def _read(self) -> Any:
        length = await self._reader.readuntil(b":")
        return json.loads(await self._reader.readexactly(int(length[:-1])))


@asynccontextmanager
async def firefox(line: Cable, directory: Path) -> AsyncIterator[Firefox]:
    profile = directory / "profile"
    await asyncio.to_thread(prepare, profile, line)
    process = await asyncio.create_subprocess_exec(
        *(line.wrap(FIREFOX, directory), "--headless", "--marionette", "--no-remote", "--profile", str(profile)),
        env={"HOME": str(profile), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port = await eventually(lambda: port_of(profile), within_s=START_S)
        reader, writer = await asyncio.open_connection(sock=line.connect(port), limit=1 << 24)
        window = Firefox(reader, writer)
        await window._read()  # what it is
        await window.ask("WebDriver:NewSession", capabilities={"alwaysMatch": {"pageLoadStrategy": "eager"}})
        await window.ask("WebDriver:SetTimeouts", script=20_000)
        yield window
        writer.close()
    finally:
        process.terminate()
        await process.wait()


def prepare(profile: Path, line: Cable) -> None:
    profile.mkdir(exist_ok=True)
    # Camera and microphone are for secure pages only, and over HTTP that is one from loopback, or from here.
    preferences = {**PREFERENCES, "dom.securecontext.allowlist": line.here}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
    (profile / "user.js").write_text("".join(lines))


async def port_of(profile: Path) -> int:
    """Where it listens; 0: not yet."""
    said = profile / "MarionetteActivePort"
    return int(said.read_text() or 0) if said.exists() else 0
