"""What a recorder makes of packets: files that a player reads, whatever becomes of packets, disks and processes."""

import asyncio
import hashlib
import re
import socket
from collections import Counter
from pathlib import Path

import pytest

from sfu.core.recording import Recording
from sfu.shell import recorder
from sfu.shell.pipe import Pipe
from sfu.shell.recorder import FILES_MAX
from sfu.shell.tape import Begin, FromRecorder, Kept, Packets
from tests.faults.disk import small_disk, why_not
from tests.sfu import film, packets
from tests.sfu.scribe import Scribe, recording

NAME = re.compile(r"[0-9a-f]{32}\.(webm|mkv)")


def lies_whole(scribe: Scribe, found: Recording) -> None:
    """Name, size and hash are those of the file."""
    data = scribe.shelf.path(found.name).read_bytes()
    assert NAME.fullmatch(found.name)
    assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.rule("REC-1")
@pytest.mark.parametrize(("codec", "step_ms"), [("vp8", 40), ("h264", 40), ("opus", 20)])
async def test_what_is_published_can_be_played(tmp_path: Path, codec: str, step_ms: int) -> None:
    async with recording(tmp_path) as scribe:
        scribe.begin(1, codec)
        scribe.send(1, codec, film.stream(codec, 100), at_s=12.5)
        scribe.end(1)
        (found,) = await scribe.close()
    seen = film.read(scribe.shelf.path(found.name))
    assert (seen.codec, seen.pictures) == (codec, 100)
    assert seen.size == (None if codec == "opus" else (film.WIDTH, film.HEIGHT))
    assert seen.times == pytest.approx([step_ms * n for n in range(100)], abs=1)
    assert seen.duration_ms == pytest.approx(step_ms * 100, abs=step_ms)
    assert (found.track, found.member, found.start_ms, found.ended) == ("t1", 7, 12_500, "closed")
    assert found.duration_ms == pytest.approx(step_ms * 99, abs=1)
    assert found.gaps == ()
    lies_whole(scribe, found)


@pytest.mark.rule("REC-2")
async def test_files_of_a_room_have_the_log_s_time(tmp_path: Path) -> None:
    async with recording(tmp_path) as scribe:
        for number, codec, at_s in ((1, "opus", 3.0), (2, "vp8", 61.25)):
            scribe.begin(number, codec)
            scribe.send(number, codec, film.stream(codec, 20), at_s=at_s)
        one, two = await scribe.close()
    assert (one.source, one.start_ms) == ("microphone", 3_000)
    assert (two.source, two.start_ms) == ("camera", 61_250)


@pytest.mark.rule("REC-3")
@pytest.mark.parametrize("codec", ["opus", "vp8"])
async def test_a_gap_is_kept_as_a_gap(tmp_path: Path, codec: str) -> None:
    """An outage of five seconds: timestamps go on, packets in between are lost."""
    step = 20 if codec == "opus" else 40
    frames, missing = film.stream(codec, 50 + 5_000 // step + 50), 5_000 // step
    async with recording(tmp_path) as scribe:
        scribe.begin(1, codec)
        scribe.send(1, codec, frames[:50], at_s=1.0)
        scribe.send(1, codec, frames[50 + missing :], at_s=1.0 + step / 1000 * (50 + missing))
        (found,) = await scribe.close()
    times = film.read(scribe.shelf.path(found.name)).times
    before = step * 49
    begins = next(ms for ms in times if ms > before)
    assert times[:50] == pytest.approx([step * n for n in range(50)], abs=1)
    assert begins == pytest.approx(step * (50 + missing), abs=10 * step if codec == "vp8" else 1)
    assert times[-1] == pytest.approx(step * (99 + missing), abs=1)
    assert found.gaps == ((1_000 + times[49], 1_000 + begins),)


@pytest.mark.rule("REC-3")
async def test_a_lost_packet_of_a_picture_costs_the_pictures_up_to_a_keyframe_that_is_asked_for(tmp_path: Path) -> None:
    frames = film.stream("vp8", 40)
    del frames[13][0]
    async with recording(tmp_path) as scribe:
        scribe.begin(1, "vp8")
        scribe.send(1, "vp8", frames[:19], at_s=0.0)
        async with asyncio.timeout(20):
            while 1 not in scribe.keyframes:
                await scribe.spoke()
        scribe.send(1, "vp8", frames[19:], at_s=0.76)
        (found,) = await scribe.close()
    seen = film.read(scribe.shelf.path(found.name))
    assert seen.times == pytest.approx([40 * n for n in range(40) if not 13 <= n < 20], abs=1)


async def test_another_codec_is_another_file(tmp_path: Path) -> None:
    async with recording(tmp_path) as scribe:
        scribe.begin(1, "vp8")
        scribe.send(1, "vp8", film.stream("vp8", 20), at_s=0.0)
        scribe.send(1, "h264", film.stream("h264", 20), at_s=1.0)
        found = await scribe.close()
    assert [(one.codec, one.start_ms, one.name[-4:]) for one in found] == [("VP8", 0, "webm"), ("H264", 1_000, ".mkv")]


@pytest.mark.rule("REC-6")
@pytest.mark.parametrize("codec", ["opus", "vp8", "h264"])
async def test_a_recorder_that_is_killed_leaves_files_up_to_the_last_second(tmp_path: Path, codec: str) -> None:
    step = 20 if codec == "opus" else 40
    async with recording(tmp_path) as scribe:
        scribe.begin(1, codec)
        scribe.send(1, codec, film.stream(codec, 250), at_s=2.0)
        await scribe.until_kept(250)
        await scribe.kill()
        (left,) = scribe.shelf.recordings()
        assert not left.closed
        as_it_is = film.read(scribe.shelf.path(left.name))
        assert as_it_is.times[-1] > step * 249 - 1_100
        (found,) = await scribe.mend()
    seen = film.read(scribe.shelf.path(found.name))
    assert seen.times == as_it_is.times
    assert seen.duration_ms is not None
    assert (found.start_ms, found.ended, found.duration_ms) == (2_000, "mended", seen.times[-1])
    lies_whole(scribe, found)


@pytest.mark.rule("REC-6")
async def test_files_are_closed_when_the_engine_is_killed(tmp_path: Path) -> None:
    """All that a recorder sees of it is that its socket closes; a signal to everybody does not end it."""
    async with recording(tmp_path) as scribe:
        scribe.begin(1, "opus")
        scribe.send(1, "opus", film.stream("opus", 100), at_s=0.0)
        await scribe.until_kept(100)
        scribe.process.terminate()
        scribe.send(1, "opus", film.stream("opus", 200)[100:], at_s=2.0)
        await scribe.until_kept(200)
        (found,) = await scribe.close()
    assert found.ended == "closed"
    assert len(film.read(scribe.shelf.path(found.name)).times) == 200


@pytest.mark.rule("REC-4")
@pytest.mark.skipif(bool(why_not()), reason=why_not())
async def test_a_full_disk_ends_a_file_that_plays_and_another_begins_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", mebibytes=2) as disk:
        async with recording(disk.path / "r") as scribe:
            scribe.begin(1, "vp8")
            frames = film.stream("vp8", 300)
            scribe.send(1, "vp8", frames[:100], at_s=0.0)
            await scribe.until_kept(100)
            disk.fill()
            scribe.send(1, "vp8", frames[100:200], at_s=4.0)
            await scribe.until_trouble("disk")
            disk.clear()
            scribe.send(1, "vp8", frames[200:], at_s=30.0)
            await scribe.until_trouble("")
            one, two = await scribe.close()
        assert (one.ended, two.ended) == ("disk", "closed")
        assert (one.start_ms, two.start_ms) == (0, 30_000)
        assert two.lost > 0
        seen = film.read(scribe.shelf.path(one.name))
        assert seen.times[-1] == one.duration_ms > 3_000  # of four seconds, the last is lost
        assert seen.pictures == len(seen.times)
        assert film.read(scribe.shelf.path(two.name)).pictures == 100
        lies_whole(scribe, one)


@pytest.mark.rule("REC-7")
@pytest.mark.skipif(bool(why_not()), reason=why_not())
async def test_a_camera_that_is_muted_while_the_disk_is_full_does_not_keep_the_trouble_up(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", mebibytes=2) as disk:
        async with recording(disk.path / "r") as scribe:
            for number, codec in enumerate(("vp8", "opus")):
                scribe.begin(number, codec)
                scribe.send(number, codec, film.stream(codec, 20), at_s=0.0)
            await scribe.until_kept(40)
            disk.fill()
            scribe.send(0, "vp8", film.stream("vp8", 120)[20:], at_s=1.0)
            await scribe.until_trouble("disk")
            disk.clear()
            sound = film.stream("opus", 400)
            async with asyncio.timeout(20):
                for n in range(100, 400):
                    scribe.send(1, "opus", sound[n : n + 1], at_s=0.02 * n)
                    await asyncio.sleep(0.02)
                    if scribe.kept[-1].trouble == "":
                        break
            await scribe.until_trouble("")


@pytest.mark.rule("REC-4")
async def test_a_recorder_is_slow_while_frames_do_not_fit_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when nothing follows the frame that did not."""
    monkeypatch.setattr(recorder, "QUEUE_BYTES", 0)
    ours, theirs = socket.socketpair()
    spoke = asyncio.Queue[FromRecorder]()
    writing = asyncio.create_task(recorder.Recorder(0).run(theirs))
    pipe = await Pipe.over(ours, FromRecorder, spoke.put_nowait, unsent_bytes=1 << 20)
    pipe.send(Begin(1, str(tmp_path), 0.0, "t1", 7, "microphone"))
    pipe.send(Packets(1, tuple((0.02 * n, packet) for n, (packet,) in enumerate(film.stream("opus", 50)))))
    said: list[str] = []
    try:
        async with asyncio.timeout(20):
            while said[-2:] != ["slow", ""]:
                word = await spoke.get()
                if isinstance(word, Kept) and word.trouble not in said[-1:]:
                    said.append(word.trouble)
    finally:
        pipe.close()
        await asyncio.wait_for(writing, 20)


@pytest.mark.rule("REC-4")
@pytest.mark.skipif(bool(why_not()), reason=why_not())
async def test_room_on_the_disk_is_left_for_the_rest_of_the_server(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", mebibytes=4) as disk:
        async with recording(disk.path / "r", leave_bytes=5_000_000) as scribe:
            scribe.begin(1, "opus")
            scribe.send(1, "opus", film.stream("opus", 50), at_s=0.0)
            await scribe.until_trouble("disk")
            assert await scribe.close() == []


NONSENSE = bytes(range(200))


@pytest.mark.rule("REC-4")
async def test_nonsense_costs_nobody_else_anything(tmp_path: Path) -> None:
    """Of a publisher that was changed: packets that look like pictures, and are none."""
    junk = {
        96: [b"\x10\x00\x00\x00\x9d\x01\x2a\x00\x00\x00\x00" + NONSENSE, b"\x10\x00", b""],
        102: [b"\x18\x00\x03\x67\xff\xff\x00\x02\x68\xff\x00\x05\x65" + NONSENSE, b"\x65", b"\x7c\x85"],
        111: [b"\xff", b"\x03\x00", b""],
    }
    async with recording(tmp_path) as scribe:
        scribe.begin(1, "opus")
        for number, (payload_type, payloads) in enumerate(junk.items(), start=2):
            scribe.begin(number, "vp8")
            frames = [
                [packets.rtp(n, payload, payload_type=payload_type, timestamp=3000 * n, marker=True)]
                for n, payload in enumerate(payloads * 30)
            ]
            scribe.send(number, "vp8", [*frames, [b""], [NONSENSE]], at_s=0.0)
        scribe.send(1, "opus", film.stream("opus", 100), at_s=0.0)
        await scribe.until_kept(100)
        assert {word.trouble for word in scribe.kept} == {""}
        found = {one.track: one for one in await scribe.close()}
    assert found["t1"].ended == "closed"
    assert film.read(scribe.shelf.path(found["t1"].name)).pictures == 100
    assert scribe.shelf.path(found["t1"].name).stat().st_mode & 0o777 == 0o600
    assert {"t2", "t3"}.isdisjoint(found)


@pytest.mark.rule("REC-11")
async def test_who_changes_codecs_without_end_uses_up_only_their_own_files(tmp_path: Path) -> None:
    async with recording(tmp_path) as scribe:
        scribe.begin(1, "vp8", member=7)
        for n in range(FILES_MAX + 5):
            codec = ("vp8", "h264")[n % 2]
            scribe.send(1, codec, film.stream(codec, 1), at_s=1.0 + n)
        scribe.begin(2, "vp8", member=8)
        scribe.send(2, "vp8", film.stream("vp8", 10), at_s=1.0)
        found = await scribe.close()
    files = Counter(one.member for one in found)
    assert files == {7: FILES_MAX, 8: 1}
