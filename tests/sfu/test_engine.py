"""The engine over real sockets: packets, repairs, keyframes, floods; real ICE checks, DTLS and SRTP, on loopback."""

import asyncio
import errno
import os
import socket
from itertools import count
from typing import Any

import pytest

from sfu.core import rtcp, rtp
from sfu.core.lately import Lately
from sfu.core.overload import ONE_MAX, UNBOUNDED
from sfu.core.rtcp import KeyframeRequest, Nack, Report, SenderReport
from sfu.core.throttle import KEYFRAME_INTERVAL_S
from sfu.shell.engine import MediaConfig, MediaEngine
from sfu.shell.wire import Queue
from tests.sfu import feedback, packets
from tests.sfu.lesson import AUDIO_SSRC, VIDEO_SSRC, Lesson, Listener, message, video, voice
from tests.sfu.packets import AUDIO, COUNTED_VIDEO, VP8_DELTA, VP8_KEYFRAME
from tests.sfu.peer import WAIT_S, ntp_report


@pytest.mark.rule("MEDIA-2")
async def test_a_viewer_gets_the_sound_with_an_ssrc_of_its_own(lesson: Lesson) -> None:
    publisher = await lesson.publisher()
    one, two = await lesson.viewer(2), await lesson.viewer(3)
    publisher.send(voice(1, b"first"))
    publisher.send(voice(2, b"second"))
    seen = []
    for viewer in (one, two):
        (first, payload), (second, again) = await viewer.packet(), await viewer.packet()
        assert (payload, again) == (b"first", b"second")
        assert second.sequence == first.sequence + 1
        seen.append(first.ssrc)
    assert len({*seen, AUDIO_SSRC}) == 3


@pytest.mark.rule("MEDIA-5")
async def test_a_viewer_s_nack_is_answered(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(video(1, VP8_KEYFRAME))
    header, _ = await viewer.packet()
    viewer.send_rtcp(rtcp.nack(1, header.ssrc, [header.sequence]))
    again, payload = await viewer.packet()
    assert (again.payload_type, payload) == (97, header.sequence.to_bytes(2) + VP8_KEYFRAME)
    assert lesson.engine.counters.resent == 1


@pytest.mark.rule("MEDIA-39")
async def test_a_viewer_that_asks_for_what_is_gone_gets_a_keyframe(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    for sequence, payload in ((1, VP8_KEYFRAME), (2, VP8_DELTA)):
        publisher.send(video(sequence, payload))
        header, _ = await viewer.packet()
    monkeypatch.setattr("sfu.core.cache.AGE_MAX_S", 0.0)
    while not publisher.rtcp.empty():
        publisher.rtcp.get_nowait()
    viewer.send_rtcp(rtcp.nack(1, header.ssrc, [header.sequence]))
    assert await message(publisher, KeyframeRequest) == KeyframeRequest(VIDEO_SSRC)


@pytest.mark.rule("MEDIA-36")
async def test_sound_that_a_viewer_lost_is_sent_again_as_it_was(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1, b"heard"))
    header, _ = await viewer.packet()
    lost: list[bytes] = []
    with monkeypatch.context() as deaf:
        deaf.setattr(viewer, "datagram_received", lambda data, _: None if rtp.is_rtcp(data) else lost.append(data))
        publisher.send(voice(2, b"missed"))
        await lesson.until(lambda: len(lost) == 1)
    viewer.send_rtcp(rtcp.nack(1, header.ssrc, [header.sequence + 1]))
    again, payload = await viewer.packet()
    assert (again.ssrc, again.sequence, again.payload_type) == (header.ssrc, header.sequence + 1, 111)
    assert payload == b"missed"


@pytest.mark.rule("MEDIA-35")
async def test_a_packet_is_sent_again_three_times_at_most(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(video(1, VP8_KEYFRAME))
    header, _ = await viewer.packet()
    counters = lesson.engine.counters
    async with asyncio.timeout(WAIT_S):
        while counters.nack_in < 40 or counters.resent < 3:
            viewer.send_rtcp(rtcp.nack(1, header.ssrc, [header.sequence]))
            await asyncio.sleep(0.02)
    assert counters.resent == 3


@pytest.mark.rule("MEDIA-33")
async def test_what_a_viewer_reports_makes_its_estimate(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer(2)
    publisher.send(video(1, VP8_KEYFRAME))
    header, _ = await viewer.packet()
    viewer.send_rtcp(rtcp.remb(2, 800_000, [header.ssrc]))
    viewer.send_rtcp(rtcp.remb(2, 200_000, [header.ssrc]))
    watching = lesson.room._viewers[2]
    await lesson.until(lambda: watching.estimate.bits_per_s < 600_000)
    assert watching.estimate.bits_per_s == pytest.approx(200_000, rel=0.001)
    publisher.send_rtcp(ntp_report(VIDEO_SSRC, 5000))
    told = await message(viewer, SenderReport)
    assert isinstance(told, SenderReport)
    echo = Report(header.ssrc, 0, 0, header.sequence, 900, told.ntp >> 16 & 0xFFFFFFFF, 0)
    viewer.send_rtcp(rtcp.receiver_report(2, [echo]))
    await lesson.until(lambda: watching.line.round_trip_s is not None)
    assert watching.line.jitter_s == pytest.approx(0.01)


@pytest.mark.rule("MEDIA-34")
async def test_a_viewer_who_could_use_more_is_sent_padding(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer(2)
    publisher.send(video(1, VP8_KEYFRAME))
    header, _ = await viewer.packet()
    publisher.send_rtcp(ntp_report(VIDEO_SSRC, 5000))
    await message(viewer, SenderReport)
    lesson.room._viewers[2].estimate.wanted_bps = 2_000_000
    viewer.send_rtcp(rtcp.remb(2, 500_000, [header.ssrc]))
    padding, nothing = await viewer.packet()
    assert (padding.payload_type, padding.payload_end - padding.payload_at) == (97, 0)
    assert nothing == bytes(254) + b"\xff"
    renewed = await message(viewer, SenderReport)  # its echo tells soon whether the line is full
    assert isinstance(renewed, SenderReport)
    assert renewed.ntp > 1 << 32


@pytest.mark.rule("MEDIA-4")
async def test_keyframe_requests_reach_the_publisher_merged(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(video(1, VP8_KEYFRAME))
    header, _ = await viewer.packet()
    before, loop = lesson.engine.counters.pli_out, asyncio.get_running_loop()
    asked = loop.time()
    for _ in range(5):
        viewer.send_rtcp(rtcp.pli(1, header.ssrc))
    await lesson.until(lambda: lesson.engine.counters.pli_in == 5)
    assert lesson.engine.counters.pli_out <= before + 1
    assert await message(publisher, KeyframeRequest) == KeyframeRequest(VIDEO_SSRC)
    assert await message(publisher, KeyframeRequest) == KeyframeRequest(VIDEO_SSRC)
    assert loop.time() - asked >= 0.45


@pytest.mark.rule("MEDIA-40")
async def test_who_asks_for_keyframes_without_end_gets_no_more_of_them_and_others_do(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sfu.core.throttle.KEYFRAMES_PER_S", 0)
    publisher, greedy, other = await lesson.publisher(), await lesson.viewer(2), await lesson.viewer(3)
    publisher.send(video(1, VP8_KEYFRAME))
    header, _ = await greedy.packet()
    theirs, _ = await other.packet()
    counters = lesson.engine.counters
    for _ in range(10):
        greedy.send_rtcp(rtcp.pli(1, header.ssrc))
    await lesson.until(lambda: counters.pli_in == 10)
    publisher.send(video(2, VP8_KEYFRAME))
    await other.packet()
    before = counters.pli_out
    greedy.send_rtcp(rtcp.pli(1, header.ssrc))
    await lesson.until(lambda: counters.pli_in == 11)
    await asyncio.sleep(2 * KEYFRAME_INTERVAL_S)
    assert counters.pli_out == before
    other.send_rtcp(rtcp.pli(1, theirs.ssrc))
    await lesson.until(lambda: counters.pli_out > before)


@pytest.mark.rule("MEDIA-6")
async def test_what_the_publisher_lost_is_asked_for(lesson: Lesson) -> None:
    publisher = await lesson.publisher()
    publisher.send(video(1, VP8_KEYFRAME))
    publisher.send(video(4))
    assert await message(publisher, Nack) == Nack(VIDEO_SSRC, (2, 3))


@pytest.mark.rule("MEDIA-31")
async def test_a_publisher_is_told_when_its_packets_came(lesson: Lesson) -> None:
    publisher = lesson.peer()
    offer = publisher.offer(COUNTED_VIDEO)
    await publisher.connect(lesson.room.publish(1, offer, {"0": "t2"}, {"0": "camera"}))
    await lesson.until(lambda: lesson.engine.counters.connected == 1)
    for number in (65535, 1):
        publisher.send(video(number, extensions=packets.element(5, number.to_bytes(2))))
    told: dict[int, float | None] = {}
    async with asyncio.timeout(WAIT_S):
        while told.keys() != {65535, 0, 1}:
            compound = await publisher.rtcp.get()
            if compound[:2] in (b"\x8f\xcd", b"\xaf\xcd"):
                told.update(feedback.read(compound)[2])
    assert told[0] is None
    assert None not in (told[65535], told[1])


@pytest.mark.rule("MEDIA-7")
async def test_sender_reports_reach_the_viewer(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1))
    header, payload = await viewer.packet()
    publisher.send_rtcp(ntp_report(AUDIO_SSRC, 5000))
    told, now = await message(viewer, SenderReport), asyncio.get_running_loop().time()
    assert isinstance(told, SenderReport)
    assert (told.ssrc, told.timestamp, told.packets, told.octets) == (header.ssrc, 5000, 1, len(payload))
    assert 0 <= now - told.ntp / (1 << 32) < WAIT_S  # by our clock, whatever the publisher's says


@pytest.mark.rule("MEDIA-11")
async def test_a_muted_track_is_forwarded_to_nobody_and_an_unwanted_one_not_to_that_viewer(lesson: Lesson) -> None:
    publisher = await lesson.publisher()
    one, two = await lesson.viewer(2), await lesson.viewer(3)
    lesson.room.want(2, "t1", "off")
    publisher.send(voice(1, b"a"))
    assert (await two.packet())[1] == b"a"
    lesson.room.want(2, "t1", "high")
    lesson.room.mute("t1", True)
    publisher.send(voice(2, b"b"))
    publisher.send(video(1, VP8_KEYFRAME))
    assert [(await peer.packet())[1] for peer in (one, two)] == [VP8_KEYFRAME] * 2
    lesson.room.mute("t1", False)
    publisher.send(voice(3, b"c"))
    assert [(await peer.packet())[1] for peer in (one, two)] == [b"c"] * 2


@pytest.mark.rule("MEDIA-9")
@pytest.mark.parametrize(
    "datagram", [voice(1), bytes((22,)) * 40, bytes((200,)) * 40, b""], ids=["RTP", "DTLS", "other", "empty"]
)
async def test_a_datagram_from_an_unknown_address_is_dropped_and_counted(lesson: Lesson, datagram: bytes) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.settimeout(0)
        stranger.sendto(datagram, ("127.0.0.1", lesson.engine.port))
        await lesson.until(lambda: lesson.engine.counters.dropped["unknown_address"] == 1)
        with pytest.raises(BlockingIOError):
            stranger.recv(1)
    publisher.send(voice(1))
    await viewer.packet()


@pytest.mark.rule("MEDIA-9")
async def test_an_unsigned_check_is_not_answered(lesson: Lesson) -> None:
    peer = lesson.peer()
    answer = lesson.room.publish(1, peer.offer(AUDIO), {"0": "t1"}, {"0": "microphone"})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await peer.check(answer, password="q" * 32)
    await lesson.until(lambda: lesson.engine.counters.dropped["bad_stun"] == 1)
    assert lesson.engine.counters.packets_out == 0


async def test_garbage_from_a_known_address_is_dropped_and_counted(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    for datagram in (
        b"\x80" + bytes(40),
        b"\x80\xc8" + bytes(40),
        b"\x80",
        b"\xff",
        bytes(1500),
        b"\x80" + bytes(2000),
    ):
        publisher.send_raw(datagram)
    await lesson.until(lambda: sum(lesson.engine.counters.dropped.values()) >= 6)
    publisher.send(voice(1))
    await viewer.packet()


@pytest.mark.rule("MEDIA-16")
async def test_what_a_publisher_sends_too_much_is_dropped_and_it_goes_on(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    dropped, sequence = lesson.engine.counters.dropped, 0
    async with asyncio.timeout(WAIT_S):
        while not dropped["too_much"]:
            publisher.send(voice(sequence := sequence + 1))
            await asyncio.sleep(0)
    assert sequence > 800
    await asyncio.sleep(0.1)
    publisher.send(voice(sequence + 1, b"later"))
    async with asyncio.timeout(WAIT_S):
        while (await viewer.packet())[1] != b"later":
            pass


@pytest.mark.rule("MEDIA-16")
async def test_what_was_too_much_of_a_publisher_is_not_asked_for_but_a_keyframe_is(lesson: Lesson) -> None:
    publisher = await lesson.publisher()
    limit = lesson.room._publishers[1]._intake.limit
    counters, sequence = lesson.engine.counters, 1
    publisher.send(video(sequence, VP8_KEYFRAME))
    async with asyncio.timeout(WAIT_S):
        while limit.excess < 5:
            publisher.send(video(sequence := sequence + 1))
            if sequence % 100 == 0:
                publisher.send_rtcp(ntp_report(VIDEO_SSRC, 5000))
            await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    publisher.send(video(sequence + 1))
    assert await message(publisher, rtcp.KeyframeRequest) == rtcp.KeyframeRequest(VIDEO_SSRC)
    assert counters.nack_out == 0
    publisher.send(video(sequence + 3))  # one is lost on the line
    assert await message(publisher, Nack) == Nack(VIDEO_SSRC, (sequence + 2,))


@pytest.mark.rule("MEDIA-17")
@pytest.mark.rule("MEDIA-18")
async def test_a_flood_of_sender_reports_is_dropped_and_viewers_hear_of_a_few(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1))
    await viewer.packet()
    for _ in range(300):
        publisher.send_rtcp(ntp_report(AUDIO_SSRC, 5000))
        await asyncio.sleep(0)
    await lesson.until(lambda: lesson.engine.counters.dropped["too_much"] > 200)
    publisher.send(voice(2, b"last"))
    assert (await viewer.packet())[1] == b"last"
    assert 1 <= viewer.rtcp.qsize() <= 10


@pytest.mark.rule("MEDIA-17")
async def test_a_flood_of_a_viewer_s_requests_is_dropped(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(video(1, VP8_KEYFRAME))
    header, _ = await viewer.packet()
    async with asyncio.timeout(WAIT_S):
        while not lesson.engine.counters.dropped["too_much"]:
            viewer.send_rtcp(rtcp.pli(1, header.ssrc))
            await asyncio.sleep(0)
    assert lesson.engine.counters.pli_in >= 200
    publisher.send(voice(1))
    await viewer.packet()


async def test_a_port_that_is_taken_is_an_error(engine: MediaEngine) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
        await MediaEngine.start(MediaConfig(("127.0.0.1",), port=engine.port))


async def test_all_addresses_have_one_port_and_are_advertised_as_told() -> None:
    config = MediaConfig(("127.0.0.1", "127.0.0.2"), advertise={"127.0.0.2": ("192.0.2.9", "2001:db8::9")})
    engine = await MediaEngine.start(config)
    answer = engine.open_room("r", Listener()).publish(1, packets.offer(AUDIO), {}, {})
    assert f" 127.0.0.1 {engine.port} typ host" in answer
    assert f" 192.0.2.9 {engine.port} typ host" in answer
    assert f" 2001:db8::9 {engine.port} typ host" in answer
    await engine.close()


async def test_the_more_copies_a_packet_makes_the_fewer_are_read_in_a_turn(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a large room never holds the loop for long; what is left waits for the next turn."""
    monkeypatch.setattr("sfu.shell.port.COPIES_MAX", 4)
    publisher, viewers = await lesson.publisher(), [await lesson.viewer(2), await lesson.viewer(3)]
    publisher.send(voice(0))
    for viewer in viewers:
        await viewer.packet()
    [wire] = lesson.engine._hub.port._wires
    receive, read = wire.receive, []

    def noting(most: int) -> list[Any]:
        read.append(len(came := receive(most)))
        return came

    monkeypatch.setattr(wire, "receive", noting)
    for sequence in range(1, 21):
        publisher.send(voice(sequence))
    for viewer in viewers:
        assert [(await viewer.packet())[0].timestamp for _ in range(20)] == [960 * n for n in range(1, 21)]
    assert max(read) == 2


async def test_what_came_while_nobody_read_and_found_no_room_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sfu.shell.port.BUFFER_BYTES", 1)  # the kernel has a least size
    engine = await MediaEngine.start(MediaConfig(("127.0.0.1",)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(300):
            stranger.sendto(bytes(1000), ("127.0.0.1", engine.port))
    async with asyncio.timeout(WAIT_S):
        while not engine.counters.overflowed:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for _ in range(20):
                    stranger.sendto(b"", ("127.0.0.1", engine.port))
            await asyncio.sleep(0)
    await engine.close()


@pytest.mark.rule("MEDIA-20")
async def test_while_our_own_queue_overflows_little_is_asked_for_again(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, port = await lesson.publisher(), lesson.engine._hub.port
    now = asyncio.get_running_loop().time
    [wire] = port._wires
    dropped, crowded = count(1), False
    port.overload._overflows, port._look_at = Lately(WAIT_S), 0.0
    monkeypatch.setattr(wire, "queue", lambda: Queue(next(dropped), crowded))
    publisher.send(video(1))
    await lesson.until(lambda: lesson.engine.counters.overflowed > 0)
    assert port.overload.most(now=now()) == UNBOUNDED  # anybody may send what fails its checksum
    crowded, port._look_at = True, 0.0
    publisher.send(video(2))
    await lesson.until(lambda: port.overload.most(now=now()) < UNBOUNDED)
    publisher.send(video(100))
    assert await message(publisher, Nack) == Nack(VIDEO_SSRC, tuple(range(3, 3 + ONE_MAX)))


async def test_what_fails_for_one_datagram_or_room_does_not_fail_for_the_others(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    port = lesson.engine._hub.port

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(port, "_check", broken)
    publisher.send_raw(bytes(20))  # looks like STUN
    port.at_end(broken)
    publisher.send(voice(1, b"sound"))
    assert (await viewer.packet())[1] == b"sound"
    assert {record.getMessage() for record in caplog.records} >= {"a datagram raised", "the end of a turn raised"}


async def test_a_room_whose_tick_meets_a_bug_of_ours_harms_no_other(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*, now: float) -> None:
        raise RuntimeError

    monkeypatch.setattr(lesson.engine.open_room("broken", Listener()), "tick", broken)
    publisher = await lesson.publisher()
    publisher.send(voice(1))
    await message(publisher, rtcp.ReceiverReport)
    assert "a room's tick raised" in caplog.text


async def test_between_the_ticks_of_two_rooms_others_have_their_turn(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, done = asyncio.get_running_loop(), list[str]()

    def tick(*, now: float) -> None:
        done.append("tick")
        loop.call_soon(done.append, "packet")

    for room in (lesson.room, lesson.engine.open_room("other", Listener())):
        monkeypatch.setattr(room, "tick", tick)
    await lesson.until(lambda: len(done) >= 8)
    assert done[:8] == ["tick", "packet"] * 4
