"""Peer connections of two libraries as clients: over WHIP and WHEP, and as members over the WebSocket.

Both have aiortc's interface: aiortc itself, and wrtc, which is libwebrtc, the engine of Chrome, in Python.
"""

import asyncio
import importlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import aiohttp
import pytest
from av import VideoFrame
from yarl import URL

from protocol import commands as c
from protocol import notices as n
from sfu.core.sdp import parse
from tests.support.member import Member

WAIT_S = 40.0
Library = Any  # the module: aiortc, or webrtc.aiortc


def library(name: str) -> Library:
    """Skips the test where it is not installed."""
    if name == "libwebrtc":
        os.environ["WRTC_ALLOW_LOOPBACK"] = "1"  # read when it is imported
        pytest.importorskip("webrtc", reason="no libwebrtc here (PyPI: wrtc)")
        return importlib.import_module("webrtc.aiortc")
    return importlib.import_module("aiortc")


def connection(of: Library) -> Any:
    return of.RTCPeerConnection(of.RTCConfiguration(iceServers=[]))


def hum(of: Library) -> Any:
    """A microphone at which something is heard."""

    class Hum(of.AudioStreamTrack):  # type: ignore[misc]
        async def recv(self) -> Any:
            frame = await super().recv()
            for plane in frame.planes:
                size = plane.buffer_size
                plane.update(bytes(64 if n // 160 % 2 else 0 for n in range(size)))
            return frame

    return Hum()


def picture(of: Library, size: tuple[int, int]) -> Any:
    """A camera whose picture is so large."""

    class Picture(of.VideoStreamTrack):  # type: ignore[misc]
        async def recv(self) -> Any:
            pts, time_base = await self.next_timestamp()
            frame = VideoFrame(*size)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts, frame.time_base = pts, time_base
            return frame

    return Picture()


class Screen:
    """Decodes whatever comes, and counts it by kind."""

    def __init__(self, connection: Any) -> None:
        self.played: Counter[str] = Counter()
        self.sizes: set[tuple[int, int]] = set()
        self.size = (0, 0)  # of the newest picture
        self._playing: list[asyncio.Task[None]] = []
        connection.on("track", lambda track: self._playing.append(asyncio.create_task(self._play(track))))

    async def plays(self, *kinds: str, more_than: int = 0) -> None:
        async with asyncio.timeout(WAIT_S):
            while any(  # noqa: ASYNC110
                self.played[kind] <= more_than for kind in kinds
            ):
                await asyncio.sleep(0.05)

    async def shows(self, *size: int) -> None:
        """Pictures are so large now."""
        async with asyncio.timeout(WAIT_S):
            while self.size != size:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def _play(self, track: Any) -> None:
        with suppress(Exception):  # it has ended: each library says so by an error of its own
            while True:
                frame = await track.recv()
                self.played[track.kind] += 1
                if track.kind == "video":
                    self.size = frame.width, frame.height
                    self.sizes.add(self.size)


@asynccontextmanager
async def publishing(of: Library, url: str, token: str, *, size: tuple[int, int] = (640, 480)) -> AsyncIterator[None]:
    """A camera and a microphone over WHIP."""
    camera = connection(of)
    camera.addTrack(hum(of))
    camera.addTrack(picture(of, size))
    async with session(of, camera, url, token):
        yield


@asynccontextmanager
async def playing(of: Library, url: str, token: str) -> AsyncIterator[Screen]:
    """A screen over WHEP."""
    hall = connection(of)
    hall.addTransceiver("audio", direction="recvonly")
    hall.addTransceiver("video", direction="recvonly")
    screen = Screen(hall)
    async with session(of, hall, url, token):
        yield screen


@asynccontextmanager
async def session(of: Library, peer: Any, url: str, token: str) -> AsyncIterator[None]:
    """Offer over HTTP, with all candidates; delete it at the end."""
    await peer.setLocalDescription(await peer.createOffer())
    await gathered(peer)
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http:
        async with http.post(url, data=peer.localDescription.sdp, headers=headers) as response:
            answer = await response.text()
            assert response.status == 201, answer
            address = response.url.join(URL(response.headers["Location"]))
        await peer.setRemoteDescription(of.RTCSessionDescription(answer, "answer"))
        try:
            yield
            async with http.delete(address) as response:
                assert response.status == 200
        finally:
            await peer.close()


@asynccontextmanager
async def inside(of: Library, member: Member) -> AsyncIterator[Screen]:
    """A member who is in the room already answers each of the server's offers, as the web client does."""
    peer = connection(of)
    screen = Screen(peer)

    async def answer() -> None:
        newest = 0
        while True:
            offer = await member.hear(n.MediaOffer, partial(newer, newest))
            newest = offer.offer
            await peer.setRemoteDescription(of.RTCSessionDescription(offer.sdp, "offer"))
            await peer.setLocalDescription(await peer.createAnswer())
            await gathered(peer)
            make = partial(c.AnswerMedia, offer=newest, sdp=peer.localDescription.sdp)
            await member.ask(partial(numbered, make))

    answering = asyncio.create_task(answer())
    try:
        yield screen
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        await peer.close()


@asynccontextmanager
async def speaking(of: Library, member: Member) -> AsyncIterator[None]:
    """A member who is in the room already publishes a microphone and a camera over the WebSocket."""
    peer = connection(of)
    peer.addTrack(hum(of))
    peer.addTrack(of.VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    await gathered(peer)
    sdp = peer.localDescription.sdp
    sources = {"audio": "microphone", "video": "camera"}
    tracks: Any = {section.mid: sources[section.kind] for section in parse(sdp).sections}
    answer = await member.ask(lambda id: c.PublishMedia(id=id, sdp=sdp, tracks=tracks))
    assert isinstance(answer, n.Ok), answer
    await peer.setRemoteDescription(of.RTCSessionDescription(answer.sdp, "answer"))
    try:
        yield
    finally:
        await peer.close()


def newer(than: int, said: n.MediaOffer) -> bool:
    return said.offer > than


def numbered(make: Callable[..., c.RoomCommand], id: int) -> c.RoomCommand:
    return make(id=id)


async def gathered(peer: Any) -> None:
    async with asyncio.timeout(WAIT_S):
        while peer.iceGatheringState != "complete":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
