"""Debian's Chromium with devices that need no hardware, and what a person at it does and sees."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright

from loadtest.browser import FLAGS

OUTPUT = Path(os.environ.get("TEST_OUTPUT", "test-output"))  # playwright makes it
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
MEDIA_JS = """
async (from) => {
  const seen = {frames: 0, width: 0, energy: 0};
  for (const pc of window.__connections.slice(from)) {
    if (pc.connectionState === "closed") continue;
    for (const report of (await pc.getStats()).values()) {
      if (report.type !== "inbound-rtp") continue;
      if (report.kind === "video") {
        seen.frames += report.framesDecoded || 0;
        seen.width = Math.max(seen.width, report.frameWidth || 0);
      } else seen.energy += report.totalAudioEnergy || 0;
    }
  }
  return seen;
}
"""
# The page keeps its connections to itself; the test only listens in.
LISTEN_IN = """
window.__connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) { super(...args); window.__connections.push(this); }
};
"""
INK_JS = """
() => {
  let count = 0;
  for (const canvas of document.querySelectorAll(".board-sheet canvas")) {
    const {width, height} = canvas;
    const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    for (let at = 0; at < data.length; at += 4)
      if (data[at + 3] > 200 && Math.min(data[at], data[at + 1], data[at + 2]) < 120) count++;
  }
  return count;
}
"""


@asynccontextmanager
async def chromium(executable: str | Path = CHROMIUM, *flags: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(executable), args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def sitting(
    browser: Browser, name: str, *, size: tuple[int, int] = (1280, 800), **options: Any
) -> AsyncIterator["Person"]:
    """Somebody at a browser window; what the page complained of fails the test."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, permissions=["camera", "microphone"], locale="en-US", **options
    )
    await context.add_init_script(LISTEN_IN)
    person = Person(name, await context.new_page())
    try:
        yield person
    except BaseException:
        await person.look("failed")
        raise
    finally:
        await context.close()
    assert person.errors == [], f"{name}'s page: {person.errors}"


class Person:
    """Drives one page by what stands on it."""

    def __init__(self, name: str, page: Page) -> None:
        self.name = name
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(15_000)

    def at(self, test: str, within: str = "") -> Locator:
        return self.page.locator(f'{within} [data-testid="{test}"]'.strip())

    async def press(self, test: str, within: str = "") -> None:
        await self.at(test, within).first.click()

    async def in_state(self, *states: str) -> None:
        choices = ", ".join(f'body[data-state="{state}"]' for state in states)
        await self.page.wait_for_selector(choices)

    async def sees(self, text: str, within: str) -> None:
        await self.at(within).filter(has_text=text).first.wait_for()

    async def look(self, title: str) -> None:
        await self.page.screenshot(path=OUTPUT / f"{title}-{self.name}.png")

    async def draw(self, *points: tuple[float, float]) -> None:
        """A stroke through points given as parts of the board's width and height."""
        box = await self.at("board").bounding_box()
        assert box is not None
        mouse = self.page.mouse
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        await mouse.move(*at[0])
        await mouse.down()
        for x, y in at[1:]:
            await mouse.move(x, y, steps=12)
        await mouse.up()

    async def ink(self) -> int:
        """Pixels of the board on which somebody has drawn."""
        return int(await self.page.evaluate(INK_JS))

    async def connections(self) -> int:
        """How many the page has made so far."""
        return int(await self.page.evaluate("window.__connections.length"))

    async def media(self, after: int = 0) -> dict[str, float]:
        """What has been received: frames decoded, the widest picture, audio energy.

        Args:
            after: leave out so many connections, those that were made first.
        """
        return dict(await self.page.evaluate(MEDIA_JS, after))

    async def receives(
        self, what: str, *, more_than: float | None = None, within_s: float = 20.0, after: int = 0
    ) -> None:
        """Return once a figure of `media` has risen."""
        start = (await self.media(after))[what] if more_than is None else more_than
        await self.until(lambda: self._rose(what, start, after), f"{what} rises above {start}", within_s)

    async def _rose(self, what: str, start: float, after: int) -> bool:
        return (await self.media(after))[what] > start

    async def until(self, ask: Any, wish: str, within_s: float = 15.0) -> None:
        try:
            async with asyncio.timeout(within_s):
                while True:
                    if await ask():
                        return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{self.name}: not within {within_s} s: {wish}; {await self.media()}") from None
