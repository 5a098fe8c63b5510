"""Chromium in a lesson: the web client as people use it, with devices that need no hardware, and what it shows.

Needs Playwright and Debian's Chromium; whoever imports this has them.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Page, Playwright, ViewportSize

from .seen import Counts, Frame, Seen

FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WINDOW = ViewportSize(width=1280, height=800)
# Device pixels to one of the page, as on many a laptop.  With one to one a tile beside the board, 300 wide, asks for no
# more than the low layer, whatever the line carries.
SHARPNESS = 2
# Listens in on the page's connections, and on the frames of every picture that it shows.
NOTE = """
(() => {
  const noted = (window.__noted = { frames: [], counts: [] });
  const connections = [];
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) { super(...args); connections.push(this); }
  };
  const watched = new WeakSet();
  const watch = (video) => {
    const next = () => video.requestVideoFrameCallback((_, frame) => {
      if (!video.closest(".mine")) noted.frames.push([now(), frame.height]);
      next();
    });
    watched.add(video);
    next();
  };
  setInterval(async () => {
    for (const video of document.querySelectorAll("video")) if (!watched.has(video)) watch(video);
    const sum = [0, 0, 0, 0, 0];
    for (const pc of connections) {
      if (pc.connectionState === "closed") continue;
      for (const entry of (await pc.getStats()).values()) {
        if (entry.type !== "inbound-rtp") continue;
        if (entry.kind === "video") {
          sum[3] += entry.bytesReceived ?? 0;
          sum[4] += entry.pliCount ?? 0;
        } else {
          sum[0] += entry.packetsReceived ?? 0;
          sum[1] += entry.totalSamplesReceived ?? 0;
          sum[2] += (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0);
        }
      }
    }
    noted.counts.push([now(), ...sum]);
  }, 100);
  window.__published = async () => {
    const open = connections.filter((pc) => pc.connectionState !== "closed");
    const entries = (await Promise.all(open.map((pc) => pc.getStats()))).flatMap((stats) => [...stats.values()]);
    const video = entries.filter(({ type, framesPerSecond }) => type === "outbound-rtp" && framesPerSecond);
    const most = (name, of = video) => Math.max(0, ...of.map((entry) => entry[name] ?? 0));
    const held = video.some((entry) => entry.qualityLimitationReason === "cpu");
    const line = most("availableOutgoingBitrate", entries) / 1000;
    return [video.length, most("frameHeight"), most("framesPerSecond"), line, Number(held)];
  };
})();
"""


def chromium() -> str:
    """Where it is; empty: there is none."""
    return shutil.which("chromium") or shutil.which("google-chrome") or ""


def within(namespace: str, folder: Path) -> str:
    """A program that starts Chromium in a namespace."""
    script = folder / f"chromium-{namespace}"
    script.write_text(f'#!/bin/sh\nexec ip netns exec {namespace} {chromium()} "$@"\n', "utf-8")
    script.chmod(0o755)
    return str(script)


@asynccontextmanager
async def sitting(playwright: Playwright, program: str, link: str, *flags: str) -> AsyncIterator["Sitting"]:
    """Somebody in the lesson that `link` leads to."""
    browser = await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
    try:
        context = await browser.new_context(
            viewport=WINDOW, device_scale_factor=SHARPNESS, permissions=["camera", "microphone"], locale="en-US"
        )
        await context.add_init_script(NOTE)
        page = await context.new_page()
        await page.goto(link)
        await page.locator('[data-testid="join-button"]').click()
        await page.wait_for_selector('body[data-state="room"]')
        yield Sitting(page)
    finally:
        await browser.close()


class Published(NamedTuple):
    """What the encoder makes of the camera."""

    layers: int  # that it sends now
    height: int  # of the highest
    fps: int
    line_kbit: int  # what the browser believes that it may send
    held_by_cpu: int  # 1: the processor does not allow more


class Sitting:
    def __init__(self, page: Page) -> None:
        self._page = page

    async def open(self, device: str) -> None:
        """Camera or microphone."""
        button = self._page.locator(f'[data-testid="{device}-button"]')
        if await button.get_attribute("data-lamp") not in ("on", "waiting"):
            await button.click()
        await self._page.locator(f'[data-testid="{device}-button"][data-lamp="on"]').wait_for()

    async def published(self) -> Published:
        return Published(*map(int, await self._page.evaluate("window.__published()")))

    async def seen(self) -> Seen:
        noted: dict[str, list[list[Any]]] = await self._page.evaluate("window.__noted")
        frames = [Frame(at, int(height)) for at, height in noted["frames"]]
        return Seen(frames, [Counts(at, *map(int, rest)) for at, *rest in noted["counts"]])
