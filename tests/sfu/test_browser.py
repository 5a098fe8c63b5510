"""Two Chromium pages see and hear each other through the engine."""

import asyncio
import json
import math
import os
import wave
from array import array
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from playwright.async_api import Browser, Page, async_playwright

from loadtest.browser import FLAGS
from sfu.core.allocation import Name
from sfu.core.choice import Limits
from sfu.core.dependency import take_out
from sfu.core.keyframe import begins_keyframe
from sfu.core.orders import Ask
from sfu.core.track import BURST_MAX, Layer
from sfu.shell import kernel
from sfu.shell.engine import MediaEngine, MediaRoom
from sfu.shell.kernel import KernelWire
from sfu.shell.wire import PlainWire

CHROMIUM = "/usr/bin/chromium"
DEADLINE_S = 20.0

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason=f"no browser at {CHROMIUM}"),
]


@pytest.fixture
def wire_for() -> type[PlainWire]:
    """Once is enough here: the fast way, which the port takes by itself."""
    return KernelWire


class Desk:
    """The least signalling that two pages need: one room, one WebSocket for each member."""

    def __init__(self, engine: MediaEngine) -> None:
        self.room: MediaRoom = engine.open_room("lesson", self)
        self.scores: list[tuple[int, int]] = []
        self.received: list[tuple[int, dict[str, Name]]] = []
        self.stopped: list[str] = []
        self.spoke: asyncio.Queue[tuple[int, ...]] = asyncio.Queue()
        self._sockets: dict[int, web.WebSocketResponse] = {}
        self._sending: set[asyncio.Task[None]] = set()

    def offer(self, member: int, offer: int, sdp: str, tracks: dict[str, str]) -> None:
        self._send(member, {"type": "offer", "offer": offer, "sdp": sdp, "tracks": tracks})

    def _send(self, member: int, message: dict[str, Any]) -> None:
        task = asyncio.create_task(self._sockets[member].send_json(message))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def carries(self, member: int, tracks: dict[str, str]) -> None:
        self._send(member, {"type": "carries", "tracks": tracks})

    def receiving(self, member: int, layers: dict[str, Name]) -> None:
        self.received.append((member, layers))

    def used(self, member: int, layers: dict[str, Name]) -> None: ...

    def quality(self, member: int, score: int) -> None:
        self.scores.append((member, score))

    def unwatched(self, ask: Ask) -> None: ...

    def track_stopped(self, track: str) -> None:
        self.stopped.append(track)

    def speaking(self, members: tuple[int, ...]) -> None:
        self.spoke.put_nowait(members)

    def recording(self, trouble: str) -> None:
        raise AssertionError("nothing is recorded here")

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        member = int(request.query["member"])
        socket = self._sockets[member] = web.WebSocketResponse()
        await socket.prepare(request)
        self.room.subscribe(member)
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            message = json.loads(frame.data)
            if message["type"] == "publish":
                tracks = {mid: f"{source}-{member}" for mid, source in message["sources"].items()}
                answer = self.room.publish(member, message["sdp"], tracks, message["sources"])
                await socket.send_json({"type": "answer", "sdp": answer})
            else:
                self.room.answer(member, message["offer"], message["sdp"])
        self.room.leave(member)
        return socket


@pytest.fixture
async def desk(engine: MediaEngine) -> Desk:
    return Desk(engine)


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    async def page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(Path(__file__).with_name("page.html"))

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/ws", desk.serve)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    speech = tmp_path / "speech.wav"
    write_speech(speech)
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={speech}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        await browser.close()


def write_speech(path: Path) -> None:
    """A second of noise that comes and goes like syllables; a browser takes a steady tone for a fan."""
    noise, rate = Random(1), 48_000
    loudness = (6_000 * (1 - math.cos(2 * math.pi * 4 * n / rate)) for n in range(rate))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(array("h", (int(loud * noise.uniform(-1, 1)) for loud in loudness)).tobytes())


async def join(browser: Browser, address: str, member: int) -> Page:
    page = await browser.new_page()
    await page.goto(f"{address}?member={member}")
    await page.evaluate("opened")
    return page


async def until(page: Page, enough: Callable[[dict[str, Any]], bool], *, deadline_s: float = DEADLINE_S) -> None:
    """Return when what arrives at the page, by track, is `enough`."""
    found: dict[str, Any] = {}

    async def poll() -> None:
        while True:
            arriving, tracks = await page.evaluate("arriving()"), await page.evaluate("window.tracks ?? {}")
            found.clear()
            found.update((tracks[mid], entry) for mid, entry in arriving.items() if mid in tracks)
            if enough(found):
                return
            await asyncio.sleep(0.1)

    try:
        async with asyncio.timeout(deadline_s):
            await poll()
    except TimeoutError:
        raise AssertionError(json.dumps(found, indent=1)) from None


def seen(track: str, frames: int = 10) -> Callable[[dict[str, Any]], bool]:
    def enough(found: dict[str, Any]) -> bool:
        entry = found.get(track, {})
        return bool(entry.get("framesDecoded", 0) > frames and entry.get("frameWidth", 0) > 0)

    return enough


def heard(track: str) -> Callable[[dict[str, Any]], bool]:
    return lambda found: bool(found.get(track, {}).get("totalAudioEnergy", 0) > 0)


@pytest.mark.rule("MEDIA-1")
async def test_two_pages_see_and_hear_each_other(
    browser: Browser, address: str, desk: Desk, engine: MediaEngine
) -> None:
    teacher, student = await join(browser, address, 1), await join(browser, address, 2)
    for page in (teacher, student):
        await page.evaluate("publish(['microphone', 'camera'])")
    for page, other in ((teacher, 2), (student, 1)):
        await until(page, seen(f"camera-{other}"))
        await until(page, heard(f"microphone-{other}"))
    assert set(await asyncio.wait_for(desk.spoke.get(), DEADLINE_S)) <= {1, 2}
    assert engine.counters.dropped["too_much"] == 0


async def test_tracks_come_and_go_on_one_connection(browser: Browser, address: str, desk: Desk) -> None:
    teacher = await join(browser, address, 1)
    await teacher.evaluate("publish(['microphone'])")
    student = await join(browser, address, 2)
    await until(student, heard("microphone-1"))
    await teacher.evaluate("publish(['microphone', 'screen'])")
    await until(student, seen("screen-1"))
    await teacher.evaluate("publish(['camera'])")
    await until(student, seen("camera-1"))
    assert sorted(desk.stopped) == ["microphone-1", "screen-1"]


async def test_who_comes_late_gets_a_keyframe(browser: Browser, address: str, desk: Desk, engine: MediaEngine) -> None:
    teacher, student = await join(browser, address, 1), await join(browser, address, 2)
    await teacher.evaluate("publish(['camera'])")
    await until(student, lambda found: found.get("camera-1", {}).get("packetsReceived", 0) > 4 * BURST_MAX)
    before = engine.counters.pli_out
    late = await join(browser, address, 3)
    await until(late, seen("camera-1"))
    assert engine.counters.pli_out > before


class Lossy:
    """One large packet in so many is lost, each way."""

    def __init__(
        self, pass_on: Callable[..., Any], size_of: Callable[..., int], lost: int | None = None, every: int = 15
    ) -> None:
        self._pass_on = pass_on
        self._every = every
        self._size_of = size_of
        self._lost = lost
        self._large = 0

    def __call__(self, *values: Any) -> Any:
        if self._size_of(*values) > 600:
            self._large += 1
            if self._large % self._every == 0:
                return self._lost
        return self._pass_on(*values)


def arrival_size(wire: Any, address: Any, arrival: Any, now: float) -> int:
    return int(arrival.size)


@pytest.mark.rule("MEDIA-5")
@pytest.mark.rule("MEDIA-6")
async def test_what_the_line_loses_is_repaired_both_ways(
    browser: Browser, address: str, engine: MediaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = engine._hub.port
    monkeypatch.setattr(port, "receive", Lossy(port.receive, arrival_size))
    refused = 1  # as if libsrtp had: this copy does not leave
    monkeypatch.setattr(kernel, "_protect", Lossy(kernel._protect, lambda srtp, at, length: length[0], refused))
    teacher, student = await join(browser, address, 1), await join(browser, address, 2)
    await teacher.evaluate("publish(['camera'])")
    await until(student, seen("camera-1", frames=60))
    await until(student, lambda found: found["camera-1"].get("retransmittedPacketsReceived", 0) > 2)
    assert engine.counters.resent > 2
    assert engine.counters.nack_out > 2
    assert engine.counters.dropped["too_much"] == 0  # a browser on a bad line stays within its limits


def wide(track: str, width: int) -> Callable[[dict[str, Any]], bool]:
    """Is the picture so wide now, and does it play?"""
    frames: list[int] = []

    def enough(found: dict[str, Any]) -> bool:
        entry = found.get(track, {})
        if entry.get("frameWidth") != width:
            return False
        frames.append(entry["framesDecoded"])
        return frames[-1] > frames[0] + 10

    return enough


@pytest.mark.rule("LAYER-1")
@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_a_publisher_sends_three_layers_and_a_viewer_gets_the_one_that_it_can_use(
    browser: Browser, address: str, desk: Desk, engine: MediaEngine, codec: str
) -> None:
    teacher, student = await join(browser, address, 1), await join(browser, address, 2)
    await teacher.evaluate(f"publish(['microphone', 'camera'], 3, '{codec}')")
    steps: list[tuple[Name, int]] = [("high", 1280), ("low", 320), ("medium", 640), ("high", 1280)]
    for layer, width in steps:
        desk.room.want(2, "camera-1", layer)
        await until(student, wide("camera-1", width), deadline_s=2 * DEADLINE_S)  # its line must prove itself first
    await until(student, heard("microphone-1"))
    assert await student.evaluate("playing('video')") == f"video/{codec}"
    assert desk.room.published(1) == {"microphone-1": ("high",), "camera-1": ("low", "medium", "high")}
    assert engine.counters.dropped["too_much"] == 0


def depends(desk: Desk, viewer: int) -> bool:
    """Has the newest picture that the viewer was sent a dependency descriptor?"""
    copies = desk.room._viewers[viewer]._copies.values()
    newest = [copy._newest for copy in copies if copy.track is not None and copy.track.carried.kind == "video"]
    return any(packet is not None and packet.depends is not None and packet.depends.at > 0 for packet in newest)


@pytest.mark.rule("MEDIA-41")
@pytest.mark.parametrize("mode", ["", "L1T3"], ids=["plain", "layers in time"])
async def test_a_picture_with_dependency_descriptors_goes_on_from_layer_to_layer(
    browser: Browser, address: str, desk: Desk, engine: MediaEngine, mode: str
) -> None:
    teacher, student = await join(browser, address, 1), await join(browser, address, 2)
    await teacher.evaluate(f"publish(['camera'], 3, 'H264', '{mode}')")
    steps: list[tuple[Name, int]] = [("high", 1280), ("low", 320), ("medium", 640), ("low", 320), ("high", 1280)]
    for layer, width in steps:
        desk.room.want(2, "camera-1", layer)
        await until(student, wide("camera-1", width), deadline_s=2 * DEADLINE_S)
        assert depends(desk, 2)
    late = await join(browser, address, 3)
    await until(late, seen("camera-1"))
    assert depends(desk, 3)


@pytest.mark.rule("MEDIA-41")
async def test_a_picture_goes_on_when_keyframes_come_without_their_descriptor_and_with_it_again(
    browser: Browser, address: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from a publisher to whom its structure is too long for the extension."""
    accept, left_out = Layer.accept, False

    def lossy(layer: Layer, index: int, header: Any, packet: bytearray, codec: Any, at: int, *, now: float) -> Any:
        if at and left_out and begins_keyframe(codec.name, packet, header.payload_at, header.payload_end, None):
            take_out(packet, at)
            at = 0
        return accept(layer, index, header, packet, codec, at, now=now)

    monkeypatch.setattr(Layer, "accept", lossy)
    teacher, student = await join(browser, address, 1), await join(browser, address, 2)
    await teacher.evaluate("publish(['camera'], 2, 'H264')")
    await until(student, seen("camera-1"))
    for member, left_out in enumerate((True, False, True, False), 3):
        for layer in desk.room._tracks["camera-1"].layers:
            layer.keyframes.want()
        await until(student, lambda _: depends(desk, 2) != left_out)  # noqa: B023  it is awaited here
        await until(student, grows("camera-1", "framesDecoded", 20))
        newcomer = await join(browser, address, member)
        await until(newcomer, seen("camera-1"))
        assert depends(desk, member) != left_out


async def may_send(page: Page) -> float:
    """What the page's own estimate lets it send, in bits a second; 0 before it has one."""
    return float(
        await page.evaluate(
            """async () => {
              const report = await up.getStats();
              const transport = [...report.values()].find(({ type }) => type === "transport");
              return report.get(transport?.selectedCandidatePairId)?.availableOutgoingBitrate ?? 0;
            }"""
        )
    )


async def until_it_may_send(page: Page, bits_per_s: float) -> None:
    figures: list[float] = []
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not figures or figures[-1] < bits_per_s:
                figures.append(await may_send(page))
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise AssertionError(figures) from None


@pytest.mark.rule("MEDIA-31")
async def test_a_page_finds_out_what_its_line_carries(browser: Browser, address: str, engine: MediaEngine) -> None:
    """Chromium begins with 300 kbit/s, and falls to 30 when it is promised feedback that does not come."""
    teacher = await join(browser, address, 1)
    await teacher.evaluate("publish(['microphone', 'camera'])")
    await until_it_may_send(teacher, 600_000)
    answer = await teacher.evaluate("up.remoteDescription.sdp")
    assert "transport-cc" in answer
    assert engine.counters.dropped["too_much"] == 0


@pytest.mark.rule("MEDIA-31")
async def test_a_page_that_loses_a_few_of_its_packets_goes_on_sending(
    browser: Browser, address: str, engine: MediaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = engine._hub.port
    monkeypatch.setattr(port, "receive", Lossy(port.receive, arrival_size, every=20))
    teacher, student = await join(browser, address, 1), await join(browser, address, 2)
    await teacher.evaluate("publish(['camera'])")
    await until(student, seen("camera-1", frames=100))
    await until_it_may_send(teacher, 300_000)


@pytest.mark.rule("MEDIA-33")
async def test_a_page_s_own_estimate_is_heard(browser: Browser, address: str, desk: Desk) -> None:
    teacher, student = await join(browser, address, 1), await join(browser, address, 2)
    await teacher.evaluate("publish(['camera'])")
    await until(student, seen("camera-1"))
    line = desk.room._viewers[2].line
    async with asyncio.timeout(DEADLINE_S):
        while line.estimate.remb_bps is None or line.round_trip_s is None:  # noqa: ASYNC110  plain numbers wake nobody
            await asyncio.sleep(0.1)
    assert line.estimate.remb_bps > 50_000


def grows(track: str, figure: str, by: float) -> Callable[[dict[str, Any]], bool]:
    """Has so much more of it come since it was first looked at?"""
    figures: list[float] = []

    def enough(found: dict[str, Any]) -> bool:
        if track in found:
            figures.append(found[track].get(figure, 0))
        return bool(figures and figures[-1] > figures[0] + by)

    return enough


@pytest.mark.rule("MEDIA-95")
async def test_another_speaker_is_heard_and_seen_without_a_new_offer(
    browser: Browser, address: str, desk: Desk, engine: MediaEngine
) -> None:
    """One place for a voice and one for a face, and three who take turns."""
    engine._hub.limits = Limits(microphones=1, cameras=1)
    desk.room.close()
    desk.room = engine.open_room("lesson", desk)
    pages = [await join(browser, address, member) for member in (1, 2, 3, 4)]
    *speakers, viewer = pages
    for page in speakers:
        await page.evaluate("publish(['microphone', 'camera'])")
        await page.evaluate("hush(true)")
    for member in (1, 2, 3, 1):
        await speakers[member - 1].evaluate("hush(false)")
        await until(viewer, grows(f"microphone-{member}", "totalAudioEnergy", 0.0005))
        await until(viewer, grows(f"camera-{member}", "framesDecoded", 10))
        await speakers[member - 1].evaluate("hush(true)")
    assert await viewer.evaluate("offers") == 1
    [sound] = [e for e in (await viewer.evaluate("arriving()")).values() if e["kind"] == "audio"]
    assert sound["packetsLost"] == 0
    assert sound["packetsDiscarded"] == 0


@pytest.mark.rule("MEDIA-41")
@pytest.mark.rule("MEDIA-95")
async def test_another_speaker_is_seen_who_sends_dependency_descriptors_or_does_not(
    browser: Browser, address: str, desk: Desk, engine: MediaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has been sending for long: the frames of whoever comes after have lower numbers."""
    accept = Layer.accept

    def aged(layer: Layer, index: int, header: Any, packet: bytearray, codec: Any, at: int, *, now: float) -> Any:
        if at and layer in desk.room._tracks["camera-1"].layers:
            packet[at + 1 : at + 3] = (int.from_bytes(packet[at + 1 : at + 3]) + 20_000 & 0xFFFF).to_bytes(2)
        return accept(layer, index, header, packet, codec, at, now=now)

    monkeypatch.setattr(Layer, "accept", aged)
    engine._hub.limits = Limits(microphones=1, cameras=1)
    desk.room.close()
    desk.room = engine.open_room("lesson", desk)
    *speakers, viewer = [await join(browser, address, member) for member in (1, 2, 3, 4)]
    codecs = {1: "H264", 2: "VP8", 3: "H264"}
    for page, codec in zip(speakers, codecs.values(), strict=True):
        await page.evaluate(f"publish(['microphone', 'camera'], 2, '{codec}')")
        await page.evaluate("hush(true)")
    for member in (1, 3, 2, 1, 2, 3):
        await speakers[member - 1].evaluate("hush(false)")
        await until(viewer, grows(f"camera-{member}", "framesDecoded", 10))
        assert depends(desk, 4) == (codecs[member] == "H264")
        await speakers[member - 1].evaluate("hush(true)")
    assert await viewer.evaluate("offers") == 1
