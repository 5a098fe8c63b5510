"""A screen on the engine over real sockets: one connection, and what it carries changes."""

import asyncio

import pytest

from sfu.core import rtcp
from sfu.core.rtcp import KeyframeRequest
from sfu.core.sdp import BadSdp
from tests.sfu import packets
from tests.sfu.lesson import SOURCES, TRACKS, Lesson, message, video, voice
from tests.sfu.packets import AUDIO, VIDEO, VP8_DELTA, VP8_KEYFRAME
from tests.sfu.peer import WAIT_S, Peer

SCREEN_VIDEO = tuple(line.replace(":96", ":120").replace("=96", "=120").replace(" 96 97", " 120 97") for line in VIDEO)
ASK = (5, 1)


async def a_screen(lesson: Lesson, member: int = 9) -> Peer:
    peer, connected = lesson.peer(), lesson.engine.counters.connected
    answer = lesson.room.watch(member, peer.offer(AUDIO, SCREEN_VIDEO, direction="recvonly"), ASK)
    await peer.connect(answer)
    await lesson.until(lambda: lesson.engine.counters.connected > connected)
    return peer


@pytest.mark.rule("MEDIA-75")
async def test_a_screen_gets_sound_and_picture_in_its_own_numbers(lesson: Lesson) -> None:
    publisher, screen = await lesson.publisher(), await a_screen(lesson)
    publisher.send(voice(1, b"sound"))
    header, payload = await screen.packet()
    assert (header.payload_type, payload) == (111, b"sound")
    publisher.send(video(1, VP8_KEYFRAME))
    header, payload = await screen.packet()
    assert (header.payload_type, payload) == (120, VP8_KEYFRAME)
    screen.send_rtcp(rtcp.nack(1, header.ssrc, [header.sequence]))
    again, payload = await screen.packet()
    assert (again.payload_type, payload) == (97, header.sequence.to_bytes(2) + VP8_KEYFRAME)


@pytest.mark.rule("MEDIA-77")
async def test_another_picture_follows_at_its_keyframe_in_the_same_stream(lesson: Lesson) -> None:
    pupil, screen = await lesson.publisher(), await a_screen(lesson)
    pupil.send(video(1, VP8_KEYFRAME))
    before, _ = await screen.packet()
    teacher = lesson.peer()
    offer = teacher.offer(AUDIO, VIDEO)
    tracks = {"0": "t3", "1": "t4"}
    await teacher.connect(lesson.room.publish(7, offer, tracks, SOURCES, teacher=True))
    teacher.send(video(500))
    assert isinstance(await message(teacher, KeyframeRequest), KeyframeRequest)
    pupil.send(video(2))
    teacher.send(video(501))
    teacher.send(video(502, VP8_KEYFRAME))
    teacher.send(video(503))
    seen = [await screen.packet() for _ in range(3)]
    assert [payload[-5:] for _, payload in seen] == [VP8_DELTA[-5:], VP8_KEYFRAME[-5:], VP8_DELTA[-5:]]
    assert {header.ssrc for header, _ in seen} == {before.ssrc}
    assert [header.sequence for header, _ in seen] == [before.sequence + n & 0xFFFF for n in (1, 2, 3)]
    lesson.room.stop("t4")
    pupil.send(video(3, VP8_KEYFRAME))
    after, _ = await screen.packet()
    assert (after.ssrc, after.sequence) == (before.ssrc, before.sequence + 4 & 0xFFFF)


@pytest.mark.rule("MEDIA-77")
async def test_who_is_muted_is_passed_over(lesson: Lesson) -> None:
    teacher, screen = lesson.peer(), await a_screen(lesson)
    tracks = {"0": "t3", "1": "t4"}
    await teacher.connect(lesson.room.publish(7, teacher.offer(AUDIO, VIDEO), tracks, SOURCES, teacher=True))
    pupil = await lesson.publisher()
    teacher.send(voice(1, b"teacher"))
    assert (await screen.packet())[1] == b"teacher"
    lesson.room.mute("t3", True)
    await asyncio.sleep(0)
    pupil.send(voice(2, b"pupil"))
    assert (await screen.packet())[1] == b"pupil"


@pytest.mark.rule("MEDIA-74")
async def test_a_screen_that_ends_its_connection_is_told_of(lesson: Lesson) -> None:
    await lesson.publisher()
    screen = await a_screen(lesson)
    await screen.close()
    assert await asyncio.wait_for(lesson.heard.ended.get(), WAIT_S) == ASK


async def test_a_screen_that_offers_again_has_one_connection(lesson: Lesson) -> None:
    await lesson.publisher()
    first = await a_screen(lesson)
    await a_screen(lesson)
    await asyncio.wait_for(first.ended.wait(), WAIT_S)
    assert lesson.heard.ended.empty()


async def test_what_is_no_screen_changes_nothing(lesson: Lesson) -> None:
    publisher, screen = await lesson.publisher(), await a_screen(lesson)
    with pytest.raises(BadSdp):
        lesson.room.watch(9, packets.offer(AUDIO), ASK)
    publisher.send(voice(1, b"still"))
    assert (await screen.packet())[1] == b"still"


@pytest.mark.rule("MEDIA-79")
async def test_a_publisher_that_waits_for_our_client_hello_gets_it(lesson: Lesson) -> None:
    peer = lesson.peer(role="server")
    offer = peer.offer(AUDIO, VIDEO).replace("a=setup:actpass", "a=setup:passive")
    answer = lesson.room.publish(1, offer, TRACKS, SOURCES)
    assert answer.count("a=setup:active") == 2
    await peer.connect(answer)
    viewer = await lesson.viewer()
    peer.send(voice(1, b"sound"))
    assert (await viewer.packet())[1] == b"sound"
    await peer.close()
    assert {await asyncio.wait_for(lesson.heard.stopped.get(), WAIT_S) for _ in TRACKS} == {"t1", "t2"}
