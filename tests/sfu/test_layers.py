"""Layers over real sockets: one publisher with three of them, and viewers who follow one each."""

import asyncio

import pytest

from sfu.core import rtcp
from sfu.core.allocation import Name
from sfu.core.codecs import DEPENDENCIES
from sfu.core.rtcp import KeyframeRequest
from sfu.core.track import BURST_MAX
from tests.sfu.depending import H264, descriptor, of_the_low_layer
from tests.sfu.encoder import described
from tests.sfu.lesson import SOURCES, TRACKS, Lesson, layered, message, video, voice
from tests.sfu.packets import AUDIO, DEPENDING, DEPENDING_ID, VIDEO
from tests.sfu.peer import WAIT_S, Peer

SIZE = {"q": 200, "h": 400, "f": 800}  # bytes of a payload


class Camera:
    """Sends the same pictures in three layers."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._sequence = 0

    def show(self, pictures: int = 1, *, key: bool = False, rids: str = "qhf") -> None:
        for n in range(pictures):
            self._sequence += 1
            for rid in rids:
                number = self._sequence + 1000 * "qhf".index(rid)
                payload = described(number, number & 0xFF, 0) + bytes((not (key and n == 0),)) + rid.encode()
                self._peer.send(layered(rid, self._sequence, payload.ljust(SIZE[rid], b".")))


async def picture(viewer: Peer) -> str:
    """The layer of the next packet, by what is in it."""
    _, payload = await viewer.packet()
    return payload[6:8].decode(errors="replace")[1]


async def until(camera: Camera, viewer: Peer, rid: str) -> None:
    """Pictures come, each a keyframe, until the viewer sees this layer; what it missed of others is thrown away."""
    async with asyncio.timeout(WAIT_S):
        while True:
            camera.show(key=True)
            if await picture(viewer) == rid:
                break
            await asyncio.sleep(0.02)
    while not viewer.rtp.empty():
        viewer.rtp.get_nowait()


@pytest.mark.rule("LAYER-1")
@pytest.mark.rule("LAYER-2")
async def test_each_viewer_gets_the_layer_that_it_can_use(lesson: Lesson) -> None:
    camera = Camera(await lesson.layered_publisher())
    one, two = await lesson.viewer(2), await lesson.viewer(3)
    lesson.room.want(2, "t2", "low")
    lesson.room.want(3, "t2", "medium")
    await until(camera, one, "q")
    await until(camera, two, "h")
    sequences = []
    for rid in "qqq":
        camera.show()
        header, payload = await one.packet()
        sequences.append(header.sequence)
        assert payload[7:8] == rid.encode()
    assert sequences == [sequences[0] + n for n in range(3)]
    assert lesson.room.published(1) == {"t1": ("high",), "t2": ("low", "medium", "high")}


async def test_who_comes_while_others_are_served_gets_what_follows(lesson: Lesson) -> None:
    publisher, first = await lesson.publisher(), await lesson.viewer()
    for n in range(1, 4):
        publisher.send(voice(n, b"%d" % n))
        assert (await first.packet())[1] == b"%d" % n
    second = await lesson.viewer(3)
    for n in range(4, 7):
        publisher.send(voice(n, b"%d" % n))
        assert [(await viewer.packet())[1] for viewer in (first, second)] == [b"%d" % n] * 2


@pytest.mark.rule("LAYER-4")
async def test_a_newcomer_begins_with_the_last_keyframe_when_it_is_young(lesson: Lesson) -> None:
    camera = Camera(await lesson.layered_publisher())
    first = await lesson.viewer(2)
    camera.show(BURST_MAX // 2, key=True)
    for _ in range(BURST_MAX // 2):
        await first.packet()
    asked = lesson.engine.counters.pli_out
    second = await lesson.viewer(3)
    got = [await second.packet() for _ in range(BURST_MAX // 2)]
    assert [header.sequence - got[0][0].sequence for header, _ in got] == list(range(BURST_MAX // 2))
    assert [payload[6] for _, payload in got] == [0] + [1] * (BURST_MAX // 2 - 1)
    assert lesson.engine.counters.pli_out == asked


@pytest.mark.rule("LAYER-4")
async def test_a_keyframe_that_is_not_young_is_asked_for_again(lesson: Lesson) -> None:
    camera = Camera(peer := await lesson.layered_publisher())
    first = await lesson.viewer(2)
    camera.show(BURST_MAX + 1, key=True)
    for _ in range(BURST_MAX + 1):
        await first.packet()
    await lesson.viewer(3)
    assert isinstance(await message(peer, KeyframeRequest), KeyframeRequest)


@pytest.mark.rule("LAYER-7")
async def test_a_viewer_s_request_for_a_keyframe_reaches_the_layer_that_it_follows(lesson: Lesson) -> None:
    camera = Camera(peer := await lesson.layered_publisher())
    viewer = await lesson.viewer(2)
    lesson.room.want(2, "t2", "medium")
    await until(camera, viewer, "h")
    while not peer.rtcp.empty():
        peer.rtcp.get_nowait()
    camera.show()
    header, _ = await viewer.packet()
    viewer.send_rtcp(rtcp.pli(1, header.ssrc))
    assert await message(peer, KeyframeRequest) == KeyframeRequest(302)


@pytest.mark.rule("MEDIA-5")
async def test_a_lost_packet_is_sent_again_as_it_was_after_a_change_of_layer(lesson: Lesson) -> None:
    camera = Camera(await lesson.layered_publisher())
    viewer = await lesson.viewer(2)
    lesson.room.want(2, "t2", "low")
    await until(camera, viewer, "q")
    lesson.room.want(2, "t2", "high")
    await until(camera, viewer, "f")
    camera.show()
    header, payload = await viewer.packet()
    viewer.send_rtcp(rtcp.nack(1, header.ssrc, [header.sequence]))
    _, again = await viewer.packet()
    assert again == header.sequence.to_bytes(2) + payload


@pytest.mark.rule("MEDIA-41")
async def test_dependency_descriptors_reach_the_viewer_who_takes_them(lesson: Lesson) -> None:
    peer = lesson.peer()
    await peer.connect(lesson.room.publish(1, peer.offer(DEPENDING), {"0": "t1"}, {"0": "camera"}))
    await lesson.until(lambda: lesson.engine.counters.connected > 0)
    one, other = await lesson.viewer(2, (DEPENDENCIES,)), await lesson.viewer(3)
    low = of_the_low_layer(H264)
    for data in low:
        peer.send(data)
    for data in low:
        [taken, not_taken] = [await asyncio.wait_for(viewer.rtp.get(), WAIT_S) for viewer in (one, other)]
        assert descriptor(taken) == descriptor(data, DEPENDING_ID)
        assert descriptor(not_taken) == b""
        assert len(not_taken) == len(taken)


@pytest.mark.rule("LAYER-5")
@pytest.mark.rule("LAYER-8")
async def test_a_weak_line_gets_sound_alone_and_is_told(lesson: Lesson) -> None:
    peer = await lesson.layered_publisher()
    camera, viewer = Camera(peer), await lesson.viewer(2)
    await until(camera, viewer, "q")
    for bits_per_s in (100_000, 50_000):  # it falls
        viewer.send_rtcp(rtcp.remb(1, bits_per_s, []))
    told: list[tuple[int, dict[str, Name]]] = []
    async with asyncio.timeout(WAIT_S):
        while (2, {"t2": "off"}) not in told:
            camera.show(key=True)
            await asyncio.sleep(0.02)
            while not lesson.heard.received.empty():
                told.append(lesson.heard.received.get_nowait())
    while not viewer.rtp.empty():
        viewer.rtp.get_nowait()
    camera.show(key=True)
    peer.send(voice(1, b"sound"))
    assert (await viewer.packet())[1] == b"sound"


@pytest.mark.rule("LAYER-8")
async def test_a_member_is_told_what_is_sent_of_each_picture_that_it_wants(lesson: Lesson) -> None:
    camera = Camera(await lesson.layered_publisher())
    viewer = await lesson.viewer(2)
    assert await asyncio.wait_for(lesson.heard.received.get(), WAIT_S) == (2, {"t2": "low"})
    await until(camera, viewer, "f")
    assert await asyncio.wait_for(lesson.heard.received.get(), WAIT_S) == (2, {"t2": "high"})
    lesson.room.want(2, "t2", "medium")
    assert await asyncio.wait_for(lesson.heard.received.get(), WAIT_S) == (2, {"t2": "medium"})
    lesson.room.want(2, "t2", "off")
    assert await asyncio.wait_for(lesson.heard.received.get(), WAIT_S) == (2, {})


@pytest.mark.rule("LAYER-8")
async def test_a_layer_that_is_sent_no_more_gives_way_to_another_and_the_viewer_is_told(lesson: Lesson) -> None:
    camera = Camera(await lesson.layered_publisher())
    viewer = await lesson.viewer(2)
    await until(camera, viewer, "f")
    async with asyncio.timeout(WAIT_S):
        while True:
            camera.show(key=True, rids="qh")
            await asyncio.sleep(0.02)
            if not viewer.rtp.empty() and await picture(viewer) == "h":
                break
    assert told(lesson) == (2, {"t2": "medium"})


async def test_a_track_that_is_published_again_without_layers_goes_on(lesson: Lesson) -> None:
    camera = Camera(await lesson.layered_publisher())
    viewer = await lesson.viewer(2)
    await until(camera, viewer, "q")
    again = lesson.peer()
    text = again.offer(AUDIO, VIDEO).replace("theirs", "others").replace("o=- 1 ", "o=- 2 ")
    await again.connect(lesson.room.publish(1, text, TRACKS, SOURCES))
    await lesson.until(lambda: lesson.engine.counters.connected == 3)
    assert lesson.room.published(1) == {"t1": ("high",), "t2": ("high",)}
    async with asyncio.timeout(WAIT_S):
        n = 0
        while viewer.rtp.empty():
            again.send(video(n := n + 1, described(n, n, 0) + b"\0plain"))
            await asyncio.sleep(0.02)
    assert (await viewer.packet())[1].endswith(b"\0plain")
    assert told(lesson) == (2, {"t2": "high"})


def told(lesson: Lesson) -> tuple[int, dict[str, Name]]:
    """What a viewer has heard last of what it gets."""
    received = lesson.heard.received
    return [received.get_nowait() for _ in range(received.qsize())][-1]
