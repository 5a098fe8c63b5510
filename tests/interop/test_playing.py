"""Screens that are not ours play a room over WHEP: the teacher, or what somebody shares."""

import asyncio
from pathlib import Path

import pytest

from protocol import commands as c
from tests.interop import peers
from tests.interop.firefox import FIREFOX, firefox
from tests.interop.test_publishing import GSTREAMER, a_lesson, running
from tests.support.browser import CHROMIUM, chromium, sitting
from tests.support.network import Cable, why_not
from tests.support.server import token

pytestmark = [pytest.mark.timeout(120)]
PLAY = """
async (url, token) => {
  window.__connections = window.__connections ?? [];
  const pc = new RTCPeerConnection();
  if (!window.__connections.includes(pc)) window.__connections.push(pc);
  pc.ontrack = ({track}) => {
    const element = document.createElement(track.kind); // Chromium decodes only what is played
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
  };
  pc.addTransceiver("audio", {direction: "recvonly"});
  pc.addTransceiver("video", {direction: "recvonly"});
  await pc.setLocalDescription();
  const headers = {"Content-Type": "application/sdp", "Authorization": `Bearer ${token}`};
  const answer = await fetch(url, {method: "POST", headers, body: pc.localDescription.sdp});
  await pc.setRemoteDescription({type: "answer", sdp: await answer.text()});
  return answer.status;
}
"""


@pytest.mark.parametrize("name", ["aiortc", "libwebrtc"])
async def test_libraries(name: str, tmp_path: Path) -> None:
    of = peers.library(name)
    async with a_lesson(tmp_path) as (_, url, teacher), peers.speaking(of, teacher):
        async with peers.playing(of, url + "/whep", token("hall", "observer")) as screen:
            await screen.plays("audio", "video", more_than=10)


@pytest.mark.rule("MEDIA-77")
async def test_a_screen_follows_what_is_shared_and_comes_back(tmp_path: Path) -> None:
    of = peers.library("aiortc")
    async with (
        a_lesson(tmp_path) as (_, url, teacher),
        peers.publishing(of, url + "/whip", token("camera", "assistant"), size=(320, 240)),
        peers.playing(of, url + "/whep", token("hall", "observer")) as screen,
    ):
        await screen.shows(320, 240)
        async with peers.speaking(of, teacher):  # 640 x 480
            await screen.shows(640, 480)
            await teacher.ask(lambda id: c.MuteOwn(id=id, source="camera", on=True))
            await screen.shows(320, 240)


@pytest.mark.interop
@pytest.mark.skipif(not GSTREAMER, reason="no GStreamer here (Debian: see INTEROP in the Makefile)")
async def test_gstreamer(tmp_path: Path) -> None:
    async with (
        a_lesson(tmp_path) as (_, url, teacher),
        peers.speaking(peers.library("aiortc"), teacher),
        running(*GSTREAMER, "play", url + "/whep", token("hall", "observer")) as process,
    ):
        assert process.stdout is not None
        said: set[bytes] = set()
        async with asyncio.timeout(peers.WAIT_S):
            while not said >= {b"plays audio", b"plays video"}:
                line = await process.stdout.readline()
                assert line, "it has ended"
                said.add(line.strip())


@pytest.mark.e2e
@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)")
async def test_chromium(tmp_path: Path) -> None:
    async with (
        a_lesson(tmp_path) as (server, url, teacher),
        peers.speaking(peers.library("aiortc"), teacher),
        chromium() as desk,
        sitting(desk, "hall") as hall,
    ):
        await hall.page.goto(server.url + "/healthz")
        play = f"([url, token]) => ({PLAY})(url, token)"
        assert await hall.page.evaluate(play, [url + "/whep", token("hall", "observer")]) == 201
        await hall.receives("frames", more_than=10)
        await hall.receives("energy", more_than=0)


@pytest.mark.interop
@pytest.mark.skipif(not FIREFOX, reason="no Firefox here (Debian: apt-get install firefox-esr)")
@pytest.mark.skipif(bool(why_not()), reason=why_not())
async def test_firefox(line: Cable, tmp_path: Path) -> None:
    async with (
        a_lesson(tmp_path, host=line.here) as (server, url, teacher),
        peers.speaking(peers.library("aiortc"), teacher),
        firefox(line, tmp_path) as window,
    ):
        await window.ask("WebDriver:Navigate", url=server.url + "/healthz")
        assert await window.run(PLAY, url + "/whep", token("hall", "observer")) == 201
        await window.receives("frames")
        await window.receives("energy")
