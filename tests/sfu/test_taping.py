"""What an engine hands to its recorder: real peers, a real recorder process, and recorders that hang or die."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from sfu.core.recording import Recording
from sfu.core.voices import SILENCE_DB
from sfu.shell import taping
from sfu.shell.engine import MediaConfig, MediaEngine
from sfu.shell.shelf import Shelf
from tests.faults.disk import small_disk, why_not
from tests.sfu import film
from tests.sfu.lesson import AUDIO_SSRC, SOURCES, TRACKS, VIDEO_SSRC, Lesson, Listener, layered, video, voice
from tests.sfu.packets import AUDIO, VIDEO
from tests.sfu.peer import Peer

WAIT_S = 20.0
SOUND = film.stream("opus", 150, ssrc=AUDIO_SSRC)
PICTURES = film.stream("vp8", 60, ssrc=VIDEO_SSRC)


@pytest.fixture
async def lesson() -> AsyncIterator[Lesson]:
    engine = await MediaEngine.start(MediaConfig(("127.0.0.1",)))
    lesson = Lesson(engine)
    yield lesson
    await lesson.close()
    await engine.close()


async def ended(lesson: Lesson, directory: Path) -> list[Recording]:
    """All files, once the room and its engine have closed."""
    lesson.room.close()
    await lesson.engine._hub.recorder.close()
    return Shelf(directory).recordings()


async def up(lesson: Lesson, tracks: int = 2) -> int:
    """Its recorder runs, and has been told of these tracks."""
    recorder = lesson.engine._hub.recorder
    async with asyncio.timeout(WAIT_S):
        while not recorder.pid or len(recorder._taps) < tracks:  # noqa: ASYNC110  plain numbers wake nobody
            await asyncio.sleep(0.01)
    return recorder.pid


async def send(publisher: Peer, frames: list[list[bytes]], *, every_s: float = 0.02) -> None:
    """As fast as they were made: sound that comes sooner than it was spoken is left out."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for number, packets in enumerate(frames):
        await asyncio.sleep(max(0.0, begin + every_s * number - loop.time()))
        for packet in packets:
            publisher.send(packet)


async def until_recorded(lesson: Lesson, frames: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while lesson.engine.counters.recorded_frames < frames:  # noqa: ASYNC110  as above
            await asyncio.sleep(0.01)


@pytest.mark.rule("REC-1")
async def test_tracks_of_a_room_that_is_recorded_are_written(lesson: Lesson, tmp_path: Path) -> None:
    lesson.room.record(str(tmp_path), 0.0)
    publisher = await lesson.publisher()
    await up(lesson)
    await asyncio.gather(send(publisher, PICTURES, every_s=1 / film.RATE), send(publisher, SOUND))
    await until_recorded(lesson, 60 + 145)
    files = {one.source: one for one in await ended(lesson, tmp_path)}
    assert {source: (one.track, one.member) for source, one in files.items()} == {
        "microphone": ("t1", 1),
        "camera": ("t2", 1),
    }
    for source, frames in (("camera", 60), ("microphone", 145)):
        assert film.read(tmp_path / files[source].name).pictures >= frames
    now_ms = asyncio.get_running_loop().time() * 1000
    assert all(now_ms - 60_000 < one.start_ms < now_ms for one in files.values())


async def test_a_room_that_is_not_recorded_starts_nothing(lesson: Lesson) -> None:
    publisher = await lesson.publisher()
    viewer = await lesson.viewer()
    publisher.send(voice(1, b"first"))
    assert (await viewer.packet())[1] == b"first"
    assert lesson.engine._hub.recorder.pid == 0


@pytest.mark.rule("REC-1")
async def test_a_microphone_that_is_forwarded_to_nobody_is_written(lesson: Lesson, tmp_path: Path) -> None:
    lesson.room.record(str(tmp_path), 0.0)
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    await up(lesson)
    silent = [[voice(number, packets[0][12:], level=SILENCE_DB)] for number, packets in enumerate(SOUND[:50])]
    await send(publisher, silent)
    await until_recorded(lesson, 45)
    assert viewer.rtp.empty()
    (found,) = await ended(lesson, tmp_path)
    assert found.source == "microphone"
    assert film.read(tmp_path / found.name).pictures >= 45


@pytest.mark.rule("REC-1")
async def test_the_best_layer_that_arrives_is_recorded(lesson: Lesson, tmp_path: Path) -> None:
    lesson.room.record(str(tmp_path), 0.0)
    publisher = await lesson.layered_publisher()
    await up(lesson)
    taps = lesson.engine._hub.recorder._taps.values()
    tap = next(one for one in taps if isinstance(one, taping.FanTap) and one.begin.source == "camera")
    sequence = 0
    for rids, best in (("qhf", "high"), ("qh", "medium"), ("qhf", "high")):
        async with asyncio.timeout(WAIT_S):
            while tap.copy.layer is None or tap.copy.layer.name != best:
                sequence += 1
                for rid in rids:
                    publisher.send(layered(rid, sequence, film.vp8_keyframe()))
                await asyncio.sleep(0.02)


@pytest.mark.rule("REC-4")
async def test_a_recorder_that_hangs_costs_the_recording_and_not_the_lesson(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taping, "UNREAD_BYTES", 20_000)
    lesson.room.record(str(tmp_path), 0.0)
    publisher = await lesson.publisher()
    viewer = await lesson.viewer()
    recorder = await up(lesson)
    await send(publisher, SOUND[:10])
    await until_recorded(lesson, 5)
    os.kill(recorder, signal.SIGSTOP)
    try:
        sequence = 0
        async with asyncio.timeout(WAIT_S):
            while lesson.engine.counters.recording_unread == 0:
                sequence += 1
                publisher.send(video(sequence, film.vp8_keyframe()))
                await asyncio.sleep(0.01)  # what is sent faster is dropped: MEDIA-16
        await lesson.until(lambda: viewer.rtp.qsize() > sequence // 2)
        assert await asyncio.wait_for(lesson.heard.troubles.get(), WAIT_S) == "slow"
    finally:
        os.kill(recorder, signal.SIGCONT)
    assert await asyncio.wait_for(lesson.heard.troubles.get(), WAIT_S) == ""


@pytest.mark.rule("REC-6")
async def test_a_recorder_that_dies_is_started_again_and_goes_on(lesson: Lesson, tmp_path: Path) -> None:
    lesson.room.record(str(tmp_path), 0.0)
    publisher = await lesson.publisher()
    first = await up(lesson)
    await send(publisher, SOUND[:50])
    await until_recorded(lesson, 45)
    os.kill(first, signal.SIGKILL)
    assert await asyncio.wait_for(lesson.heard.troubles.get(), WAIT_S) == "recorder"
    second = await up(lesson)
    assert second != first
    await send(publisher, SOUND[50:100])
    await until_recorded(lesson, 90)
    assert await asyncio.wait_for(lesson.heard.troubles.get(), WAIT_S) == ""
    files = await ended(lesson, tmp_path)
    assert sorted(one.closed for one in files) == [False, True]


@pytest.mark.rule("REC-7")
async def test_a_room_that_begins_while_nothing_is_recorded_is_told(lesson: Lesson, tmp_path: Path) -> None:
    lesson.room.record(str(tmp_path), 0.0)
    await lesson.publisher()
    os.kill(await up(lesson), signal.SIGKILL)
    assert await asyncio.wait_for(lesson.heard.troubles.get(), WAIT_S) == "recorder"
    later = Listener()
    lesson.engine.open_room("later", later).record(str(tmp_path), 0.0)
    assert await asyncio.wait_for(later.troubles.get(), WAIT_S) == "recorder"


async def test_an_engine_that_closes_while_its_recorder_starts_waits_for_no_word_of_it(
    lesson: Lesson, tmp_path: Path
) -> None:
    recorder = lesson.engine._hub.recorder
    lesson.room.record(str(tmp_path), 0.0)
    lesson.room.publish(1, lesson.peer().offer(AUDIO, VIDEO), TRACKS, SOURCES)
    await asyncio.sleep(0)
    assert recorder._pipe is None
    async with asyncio.timeout(15):
        await recorder.close()


async def test_a_track_that_is_muted_rests_and_goes_on_in_its_file(lesson: Lesson, tmp_path: Path) -> None:
    lesson.room.record(str(tmp_path), 0.0)
    publisher = await lesson.publisher()
    await up(lesson)
    await send(publisher, SOUND[:50])
    await until_recorded(lesson, 45)
    lesson.room.mute("t1", True)
    before = lesson.engine.counters.packets_in
    await send(publisher, SOUND[50:100])
    await lesson.until(lambda: lesson.engine.counters.packets_in >= before + 50)
    lesson.room.mute("t1", False)
    await send(publisher, SOUND[100:150])
    await until_recorded(lesson, 90)
    (found,) = await ended(lesson, tmp_path)
    seen = film.read(tmp_path / found.name)
    assert max(later - earlier for earlier, later in pairwise(seen.times)) > 900
    assert found.gaps != ()


@pytest.mark.rule("REC-4")
@pytest.mark.skipif(bool(why_not()), reason=why_not())
async def test_a_full_disk_costs_the_recording_and_not_the_lesson(lesson: Lesson, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", mebibytes=1) as disk:
        disk.fill()
        lesson.room.record(str(disk.path / "r"), 0.0)
        publisher = await lesson.publisher()
        viewer = await lesson.viewer()
        await up(lesson)
        await send(publisher, SOUND[:10])
        assert await asyncio.wait_for(lesson.heard.troubles.get(), WAIT_S) == "disk"
        for packets in SOUND[:10]:
            assert (await viewer.packet())[1] == packets[0][12:]
        async with asyncio.timeout(WAIT_S):
            while lesson.engine.counters.recording_lost == 0:  # noqa: ASYNC110  as above
                await asyncio.sleep(0.01)
        assert await ended(lesson, disk.path / "r") == []
