"""Screens that are not ours play a room over WHEP: the teacher, or what somebody shares."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocol import commands as c
from tests.interop import peers
from tests.interop.firefox import FIREFOX, firefox
from tests.interop.test_publishing import GSTREAMER, a_lesson, running
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.network import Cable, why_not
from tests.support.server import eventually, token

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
  const sdp = await answer.text();
  await pc.setRemoteDescription({type: "answer", sdp});
  window.__session = {pc, sdp, url: answer.headers.get("Location")};
  return answer.status;
}
"""
RESTART = """
async () => {
  const {pc, sdp, url} = window.__session;
  pc.restartIce();
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== "complete")
    await new Promise((changed) => pc.addEventListener("icegatheringstatechange", changed, {once: true}));
  const [, first] = pc.localDescription.sdp.split(/^(?=m=)/m);
  const lines = first.split("\\r\\n").filter((line) => /^(m=|a=(mid|ice-ufrag|ice-pwd|candidate|end-of))/.test(line));
  const headers = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"};
  const answer = await fetch(url, {method: "PATCH", headers, body: lines.join("\\r\\n") + "\\r\\n"});
  const ours = await answer.text();
  const said = (name) => new RegExp(`^a=${name}:.*$`, "gm");
  const renewed = (text, name) => text.replace(said(name), ours.match(said(name))[0]);
  await pc.setRemoteDescription({type: "answer", sdp: ["ice-ufrag", "ice-pwd"].reduce(renewed, sdp)});
  return answer.status;
}
"""
# Does what comes go over a way that was checked with the newest credentials?
ON_THE_NEW_WAY = """
async () => {
  const {pc} = window.__session;
  const stats = await pc.getStats();
  const transport = [...stats.values()].find((one) => one.type === "transport");
  const local = stats.get(stats.get(transport.selectedCandidatePairId).localCandidateId);
  return pc.localDescription.sdp.includes(`a=ice-ufrag:${local.usernameFragment}\\r\\n`);
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


@asynccontextmanager
async def in_chromium(tmp_path: Path) -> AsyncIterator[Person]:
    """A page that plays the teacher."""
    async with (
        a_lesson(tmp_path) as (server, url, teacher),
        peers.speaking(peers.library("aiortc"), teacher),
        chromium() as desk,
        sitting(desk, "hall") as hall,
    ):
        await hall.page.goto(server.url + "/healthz")
        play = f"([url, token]) => ({PLAY})(url, token)"
        assert await hall.page.evaluate(play, [url + "/whep", token("hall", "observer")]) == 201
        yield hall


@pytest.mark.e2e
@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)")
async def test_chromium(tmp_path: Path) -> None:
    async with in_chromium(tmp_path) as hall:
        await hall.receives("frames", more_than=10)
        await hall.receives("energy", more_than=0)


@pytest.mark.e2e
@pytest.mark.rule("MEDIA-64")
@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)")
async def test_chromium_restarts_ice(tmp_path: Path) -> None:
    async with in_chromium(tmp_path) as hall:
        await hall.receives("frames", more_than=10)
        assert await hall.page.evaluate(ON_THE_NEW_WAY)
        assert await hall.page.evaluate(RESTART) == 200
        await eventually(lambda: hall.page.evaluate(ON_THE_NEW_WAY))
        await hall.receives("frames", more_than=(await hall.media())["frames"] + 10)


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
