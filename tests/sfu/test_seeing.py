"""What can be seen of a room's connections, over real sockets."""

import asyncio
import logging

import pytest

from sfu.core.seen import ConnectionSeen
from sfu.shell.engine import MediaEngine
from tests.sfu.lesson import Lesson, video, voice
from tests.sfu.packets import AUDIO, VP8_KEYFRAME

pytestmark = pytest.mark.rule("MEDIA-82")


def seen(lesson: Lesson) -> list[ConnectionSeen]:
    return list(lesson.room.look())


async def test_a_connection_that_nobody_reached_is_seen_and_named_in_the_log(
    lesson: Lesson, caplog: pytest.LogCaptureFixture
) -> None:
    answer = lesson.room.publish(1, lesson.peer().offer(AUDIO), {"0": "t1"}, {"0": "microphone"})
    [ufrag] = [line.partition(":")[2] for line in answer.splitlines() if line.startswith("a=ice-ufrag:")][:1]
    [up] = seen(lesson)
    assert (up.member, up.direction, up.state, up.path, up.silent_s) == (1, "up", "unreached", None, None)
    assert up.number == ufrag[:4].upper()
    assert (up.packets, up.bytes, up.lost) == (0, 0, None)
    with caplog.at_level(logging.INFO, "sfu"):
        lesson.room.tick(now=asyncio.get_running_loop().time() + 31)
    assert f"media connection {up.number} lost: no check ever came" in caplog.messages
    assert seen(lesson) == []


async def test_publisher_and_viewer_are_seen_with_what_flows(lesson: Lesson, engine: MediaEngine) -> None:
    publisher = await lesson.publisher()
    viewer = await lesson.viewer()
    publisher.send(video(1, VP8_KEYFRAME))
    await viewer.packet()
    for n in range(2, 6):
        publisher.send(video(n))
        await viewer.packet()
    publisher.send(voice(1))
    await viewer.packet()
    up, down = seen(lesson)
    assert (up.member, up.direction, up.state, up.path) == (1, "up", "ready", "udp")
    assert (down.member, down.direction, down.state, down.path) == (2, "down", "ready", "udp")
    assert up.packets == 6
    assert up.bytes > 100
    assert up.silent_s is not None
    tracks = {track.source: track for track in up.tracks}
    [picture] = tracks["camera"].layers
    assert (tracks["camera"].track, tracks["camera"].muted) == ("t2", False)
    assert (picture.layer, picture.sent, picture.viewers) == ("high", True, 1)
    assert picture.bits_per_s > 0
    copies = {copy.track: copy for copy in down.copies}
    assert (copies["t2"].layer, copies["t2"].target, copies["t2"].packets) == ("high", "high", 5)
    assert copies["t2"].bytes > 0
    assert down.packets == 6
    assert down.estimate_bps is not None
    lesson.room.mute("t2", True)
    assert [track.muted for track in seen(lesson)[0].tracks if track.track == "t2"] == [True]
    assert [copy.layer for copy in seen(lesson)[1].copies if copy.track == "t2"] == ["off"]


async def test_a_loss_on_the_way_to_us_is_seen(lesson: Lesson, engine: MediaEngine) -> None:
    publisher = await lesson.publisher()
    for n in (1, 2, 5, 6):
        publisher.send(video(n))
    await lesson.until(lambda: seen(lesson)[0].packets == 4)
    lesson.room.tick(now=asyncio.get_running_loop().time() + 1)
    up = seen(lesson)[0]
    assert up.lost == pytest.approx(2 / 6, abs=0.001)
    assert [layer.lost for track in up.tracks for layer in track.layers if track.source == "camera"] == [up.lost]


@pytest.mark.rule("MEDIA-83")
async def test_each_connection_is_counted_once_in_five_seconds(lesson: Lesson, engine: MediaEngine) -> None:
    publisher = await lesson.publisher()
    publisher.send(video(1, VP8_KEYFRAME))
    await lesson.until(lambda: seen(lesson)[0].packets == 1)
    now = asyncio.get_running_loop().time()
    before = sum(engine.counters.spreads.now()["lost_up"].counts)
    for s in (6, 7, 8, 9, 12):
        lesson.room.tick(now=now + s)
    assert sum(engine.counters.spreads.now()["lost_up"].counts) == before + 2
