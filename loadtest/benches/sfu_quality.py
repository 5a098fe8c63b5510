"""What people with a bad line see and hear: four Chromium in one lesson, three of them behind shaped lines.

The teacher publishes camera and microphone from Chromium's fake devices with the product's own web client, over
loopback.  The fake camera shows a scene with as much to encode as a real one has (loadtest/scene.py); Chromium's own
test pattern is so plain that its 640 x 360 fit into 150 kbit/s, and no line would be too slow.  Three students watch,
each in a network namespace behind a line of its own (loadtest/links.py; the shape holds in both directions):

- *lossy*: 5 % of all packets are lost, from before they join;
- *delayed*: 150 ms each way from before they join; at the end nothing passes for `OUTAGE_S`;
- *slow*: a good line at first; once this student sees more than the low layer, 300 kbit/s with a queue of 250 ms.

The screens of all have two device pixels to one of the page, so that the teacher's tile has a use for the middle layer
(see `browser.SHARPNESS`).  All three at once, on all cores, the server on one of them: on a machine with two cores
Chromium's encoder and decoders are part of what is measured.  `X_shown_fps` says how they do, and freezes that
*delayed* has as well, on a line without loss, are the machine's.  A frame counts when it is shown
(`requestVideoFrameCallback`); sound is what `getStats` says every tenth of a second.

- `X_freezes`: times in the measured seconds that the picture stood still for more than 0.5 s; they begin 5 s after the
  line has its shape and everybody is in.  `X_worst_gap_s`: the longest.
- `X_height_Ns`: the median height of the frames shown in the five seconds from N on.
- `X_changes`: times that the picture changed its size in the measured seconds; `X_keyframes_asked`: by the browser,
  because it could not go on.
- `X_video_kbit`: of video a second, received in the measured seconds.  `X_shown_fps`: frames shown a second.
- `X_concealed_percent`: of the sound played in the measured seconds, what was made up for missing packets.
- `slow_height_before`, `slow_rose_s`: what the slow student saw before their line became slow, and how long after
  everybody had come that was; after 25 s it becomes slow all the same.
- `slow_low_s`: from the change of the line until the last frame that is higher than `LOW_HEIGHT`.
- `published_*`: at the end, the layers that the teacher sends, lines and frames a second of the highest, what the
  browser believes that it may send, and whether the processor keeps the encoder from more: then the machine was
  measured.
- `outage_picture_s`, `outage_sound_s`: from the end of the outage until a frame is shown, a packet of sound is there.
  What never happens counts as 60 s.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from .. import scene
from ..line import Shape
from ..links import Link, NoLinks, forget, namespace, why_not
from ..measure import Figures
from ..plan import Size
from ..seen import Seen
from ..server import Server, ServerFailed, token

LINES = {
    "lossy": Shape(delay_ms=10, loss_percent=5),
    "delayed": Shape(delay_ms=150),
    "slow": Shape(delay_ms=10),
}
SLOW_KBIT = 300
LOW_HEIGHT = 180  # a quarter of 720 lines
GRACE_S, STEP_S = 5.0, 5.0
OUTAGE_S, AFTER_S = 5.0, 10.0
JOINED_S, RISE_S = 40.0, 25.0


async def run(server: Server, size: Size) -> Figures:
    if reason := why_not():
        raise ServerFailed(reason)
    try:
        from playwright.async_api import async_playwright

        from .. import browser
    except ImportError:
        raise ServerFailed("playwright is missing: pip install playwright") from None
    if not browser.chromium():
        raise ServerFailed("no chromium on this machine (Debian: apt-get install chromium)")
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    async with AsyncExitStack() as stack:
        lines = {name: await line(stack, name, number) for number, name in enumerate(LINES, 1)}
        await server.kill()
        server.also = [link.addresses[0] for link in lines.values()]
        await server.start()
        (room,) = await server.rooms(1)
        playwright = await stack.enter_async_context(async_playwright())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-chromium-")))

        async def sit(host: str, program: str, sub: str, role: str, *flags: str) -> browser.Sitting:
            link = f"http://{host}:{server.port}/#room={room}&token={token(sub, role, room)}"
            return await stack.enter_async_context(browser.sitting(playwright, program, link, *flags))

        scene.film(folder / "scene.mjpeg")
        camera = f"--use-file-for-fake-video-capture={folder / 'scene.mjpeg'}"
        teacher = await sit("127.0.0.1", browser.chromium(), "teacher", "teacher", camera)
        for device in ("camera", "microphone"):
            await teacher.open(device)
        students = {
            name: await sit(link.addresses[0], browser.within(namespace_of(name), folder), name, "student")
            for name, link in lines.items()
        }

        async def seen() -> dict[str, Seen]:
            return {name: await student.seen() for name, student in students.items()}

        figures = await watch(lines, seen, size)
        return figures | {f"published_{name}": value for name, value in (await teacher.published())._asdict().items()}


async def watch(lines: dict[str, Link], seen: Callable[[], Awaitable[dict[str, Seen]]], size: Size) -> Figures:
    """Change the lines, and say what the students saw."""
    haste = min(1.0, size.seconds / 10)
    grace_s, after_s = GRACE_S * haste, AFTER_S * haste
    deadline = time.time() + JOINED_S
    while not all(student.frames and student.counts[-1].packets for student in (await seen()).values()):
        if time.time() > deadline:
            raise ServerFailed(f"not everybody sees and hears the teacher within {JOINED_S} s")
        await asyncio.sleep(0.2)
    joined = time.time()
    await asyncio.sleep(grace_s)
    before = await height_now(seen)
    while before <= LOW_HEIGHT and time.time() < joined + RISE_S * haste:
        await asyncio.sleep(0.5)
        before = await height_now(seen)
    shaped = time.time()
    await lines["slow"].change(rate_kbit=SLOW_KBIT)
    await asyncio.sleep(grace_s + size.seconds)
    measured = time.time()
    await lines["delayed"].change(down=1)
    await asyncio.sleep(OUTAGE_S * haste)
    await lines["delayed"].change(down=0)
    up = time.time()
    await asyncio.sleep(after_s)
    students = await seen()
    figures: Figures = {}
    for name, student in students.items():
        figures |= described(name, student, shaped, shaped + grace_s, measured)
    return figures | {
        "slow_height_before": before,
        "slow_rose_s": shaped - joined,
        "slow_low_s": students["slow"].low_after(shaped, measured, LOW_HEIGHT),
        "outage_picture_s": students["delayed"].picture_after(up, up + after_s),
        "outage_sound_s": students["delayed"].sound_after(up, up + after_s),
    }


async def height_now(seen: Callable[[], Awaitable[dict[str, Seen]]]) -> float:
    """Of what the slow student was shown in the last second."""
    return (await seen())["slow"].height(time.time() - 1, time.time())


def described(name: str, seen: Seen, shaped: float, begin: float, end: float) -> Figures:
    gaps = seen.gaps(begin, end)
    heights = {
        f"{name}_height_{int(at)}s": seen.height(shaped + at, shaped + at + STEP_S) for at in steps(end - shaped)
    }
    return {
        f"{name}_freezes": seen.freezes(begin, end),
        f"{name}_worst_gap_s": max(gaps),
        f"{name}_changes": seen.changes(begin, end),
        f"{name}_keyframes_asked": seen.keyframes_asked(begin, end),
        f"{name}_shown_fps": (len(gaps) - 1) / (end - begin),
        f"{name}_video_kbit": seen.video_kbit(begin, end),
        f"{name}_concealed_percent": seen.concealed_percent(begin, end),
        **heights,
    }


def steps(seconds: float) -> list[float]:
    return [STEP_S * step for step in range(max(1, int(seconds / STEP_S)))]


def namespace_of(name: str) -> str:
    return f"bench-{name}-{os.getpid()}"


async def line(stack: AsyncExitStack, name: str, number: int) -> Link:
    """A namespace behind a line of that shape; both are gone at the end."""
    namespace(namespace_of(name))
    stack.callback(forget, namespace_of(name))
    addresses = f"10.214.{number}.1", f"10.214.{number}.2"
    try:
        link = await Link.start("-", namespace_of(name), addresses, LINES[name], seed=10 * number)
    except NoLinks as error:
        raise ServerFailed(str(error)) from error
    stack.push_async_callback(link.stop)
    return link
