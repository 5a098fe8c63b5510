"""ICE over TCP: real connections, real SRTP through them."""

import asyncio
import socket
from contextlib import suppress

import pytest
from aioice import stun

from sfu.core import rtcp
from sfu.core.framing import frame
from sfu.core.rtcp import KeyframeRequest
from sfu.core.sdp import parse
from sfu.shell.engine import MediaConfig, MediaEngine
from sfu.shell.stream import ALL_BYTES, DATAGRAMS_PER_S
from sfu.shell.wire import PlainWire
from tests.sfu.lesson import SOURCES, TRACKS, Lesson, Listener, message, video, voice
from tests.sfu.packets import AUDIO, VIDEO, VP8_DELTA, VP8_KEYFRAME, offer
from tests.sfu.peer import WAIT_S, Peer


async def viewer_over_tcp(lesson: Lesson, member: int = 2) -> Peer:
    peer, connected = lesson.peer(), lesson.engine.counters.connected
    lesson.room.subscribe(member)
    offered = await lesson.heard.offered()
    lesson.room.answer(member, offered.number, peer.answer(offered.text))
    await peer.check(offered.text, tcp=lesson.engine.tcp_port)
    await peer.secure()
    await lesson.until(lambda: lesson.engine.counters.connected > connected)
    return peer


async def stranger(engine: MediaEngine, of: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", engine.tcp_port, local_addr=(of, 0))


@pytest.mark.rule("MEDIA-60")
async def test_sound_and_picture_go_through_tcp_both_ways(lesson: Lesson) -> None:
    publisher = lesson.peer()
    answer = lesson.room.publish(1, publisher.offer(AUDIO, VIDEO), TRACKS, SOURCES)
    await publisher.check(answer, tcp=lesson.engine.tcp_port)
    await publisher.secure()
    await lesson.until(lambda: lesson.engine.counters.connected == 1)
    viewer = await viewer_over_tcp(lesson)
    publisher.send(voice(1, b"sound"))
    publisher.send(video(1, VP8_KEYFRAME))
    assert {(await viewer.packet())[1] for _ in range(2)} == {b"sound", VP8_KEYFRAME}


@pytest.mark.rule("MEDIA-60")
async def test_a_connection_may_go_over_to_tcp_and_back(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), lesson.peer()
    lesson.room.subscribe(2)
    offered = await lesson.heard.offered()
    lesson.room.answer(2, offered.number, viewer.answer(offered.text))
    await viewer.connect(offered.text)
    await lesson.until(lambda: lesson.engine.counters.connected == 2)
    await viewer.check(offered.text, tcp=lesson.engine.tcp_port)
    publisher.send(voice(1, b"tcp"))
    assert (await viewer.packet())[1] == b"tcp"
    assert viewer.tcp is not None
    viewer.tcp.close()
    viewer.tcp = None
    await asyncio.wait_for(viewer.tcp_ended.wait(), WAIT_S)
    await viewer.check(offered.text)
    publisher.send(voice(2, b"udp"))
    assert (await viewer.packet())[1] == b"udp"


async def test_when_tcp_ends_the_path_before_it_is_used_again(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    paths = lesson.room._viewers[2].transport._paths
    offered = lesson.room._viewers[2].transport.local
    udp = paths.selected
    await viewer.check(f"{text_of(offered)}", tcp=lesson.engine.tcp_port)
    assert paths.selected != udp
    assert viewer.tcp is not None
    viewer.tcp.abort()
    await lesson.until(lambda: paths.selected == udp)
    publisher.send(voice(1, b"udp"))
    assert (await viewer.packet())[1] == b"udp"


def text_of(local: object) -> str:
    from sfu.core.description import Local
    from sfu.core.description import offer as offer_of
    from sfu.core.sections import Outgoing

    assert isinstance(local, Local)
    return offer_of([Outgoing("0", "microphone", "member0", 7, 0)], local, version=9)


@pytest.mark.rule("MEDIA-61")
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (frame(bytes((22,)) * 40), "tcp_stranger"),
        (frame(bytes(20)), "tcp_stranger"),
        (b"GET / HTTP/1.1\r\n\r\n", "tcp_frame"),
        (b"\xff\xff", "tcp_frame"),
    ],
    ids=["DTLS", "unsigned", "HTTP", "too long"],
)
async def test_a_stranger_is_shown_out_at_its_first_datagram(lesson: Lesson, said: bytes, reason: str) -> None:
    reader, writer = await stranger(lesson.engine)
    writer.write(said)
    with suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), WAIT_S) == b""
    assert lesson.engine.counters.dropped[reason] == 1
    writer.close()


@pytest.mark.rule("MEDIA-61")
async def test_a_stranger_that_says_nothing_has_five_seconds(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sfu.shell.stream.PROVE_S", 0.05)
    reader, writer = await stranger(lesson.engine)
    writer.write(b"\x00")
    with suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), WAIT_S) == b""
    writer.close()


@pytest.mark.rule("MEDIA-61")
async def test_who_floods_is_shown_out_and_the_rest_is_not_looked_at(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await viewer_over_tcp(lesson)
    counters = lesson.engine.counters
    before = counters.packets_in
    assert viewer.tcp is not None
    viewer.tcp.write(frame(b"") * 5 * DATAGRAMS_PER_S)
    await asyncio.wait_for(viewer.tcp_ended.wait(), WAIT_S)
    assert counters.dropped["tcp_flood"] == 1
    assert counters.packets_in - before < 2 * DATAGRAMS_PER_S
    other = await lesson.viewer(3)
    publisher.send(voice(1, b"sound"))
    assert (await other.packet())[1] == b"sound"


@pytest.mark.rule("MEDIA-61")
@pytest.mark.parametrize(
    ("bound", "most"),
    [("STRANGERS_ONE_MAX", 3), ("STRANGERS_MAX", 3), ("ONE_ADDRESS_MAX", 4), ("CONNECTIONS_MAX", 4)],
)
async def test_connections_are_bounded_and_those_that_end_leave_room(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(f"sfu.shell.stream.{bound}", most)
    dropped = lesson.engine.counters.dropped
    publisher = await lesson.publisher()
    known = await viewer_over_tcp(lesson)
    connections = [await stranger(lesson.engine) for _ in range(5)]
    await lesson.until(lambda: dropped["tcp_connections"] == 2)
    publisher.send(voice(1, b"sound"))
    assert (await known.packet())[1] == b"sound"
    for _, writer in connections:
        writer.close()
    streams = lesson.engine._hub.streams
    assert streams is not None
    await lesson.until(lambda: len(streams._open) == 1)
    assert (len(streams._of), len(streams._strange)) == (1, 0)
    again = await viewer_over_tcp(lesson, 3)
    publisher.send(voice(2, b"more"))
    assert (await again.packet())[1] == b"more"


@pytest.mark.rule("MEDIA-61")
@pytest.mark.parametrize("sources", [1, 3])
async def test_strangers_of_a_few_addresses_keep_nobody_else_out(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, sources: int
) -> None:
    monkeypatch.setattr("sfu.shell.stream.STRANGERS_ONE_MAX", 10)
    monkeypatch.setattr("sfu.shell.stream.STRANGERS_MAX", 20)
    publisher = await lesson.publisher()
    addresses = [f"127.9.0.{n % sources + 1}" for n in range(12 * sources)]
    connections = [await stranger(lesson.engine, of) for of in addresses]
    streams = lesson.engine._hub.streams
    assert streams is not None
    await lesson.until(lambda: len(streams._open) == min(10 * sources, 20))
    viewers = [await viewer_over_tcp(lesson, member) for member in (2, 3, 4)]
    publisher.send(voice(1, b"sound"))
    assert {(await viewer.packet())[1] for viewer in viewers} == {b"sound"}
    assert len(streams._open) <= 23
    for _, writer in connections:
        writer.close()
    await lesson.until(lambda: len(streams._open) == 3)
    assert not streams._strange


@pytest.mark.rule("MEDIA-61")
async def test_who_does_not_read_loses_pictures_first_and_holds_little_memory(lesson: Lesson) -> None:
    publisher, slow = await lesson.publisher(), await viewer_over_tcp(lesson)
    quick = await lesson.viewer(3)
    dropped = lesson.engine.counters.dropped
    publisher.send(video(1, VP8_KEYFRAME))
    await slow.packet()
    await quick.packet()
    assert slow.tcp is not None
    slow.tcp.pause_reading()
    path = lesson.room._viewers[2].transport._paths.selected
    assert path is not None
    sequence = 1
    async with asyncio.timeout(20):
        while not dropped["slow_tcp"]:
            for _ in range(20):
                sequence += 1
                publisher.send(video(sequence, VP8_DELTA + bytes(1000)))
            for _ in range(20):
                await quick.packet()
    assert path.wire.waiting_bytes <= ALL_BYTES  # type: ignore[attr-defined]
    publisher.send(voice(1, b"sound"))
    assert (await quick.packet())[1] == b"sound"
    while not publisher.rtcp.empty():
        publisher.rtcp.get_nowait()
    slow.tcp.resume_reading()
    got = b""
    while got != b"sound":  # it was kept, behind the pictures
        got = (await slow.packet())[1]
    publisher.send(video(sequence + 1))
    await message(publisher, KeyframeRequest)
    publisher.send(video(sequence + 2, VP8_KEYFRAME))
    while got != VP8_KEYFRAME:
        header, got = await slow.packet()
        if got == VP8_DELTA:
            pytest.fail("a picture that could not be decoded")
    assert header.payload_type == 96


@pytest.mark.rule("MEDIA-61")
async def test_pictures_begin_again_when_the_connection_that_was_full_has_ended(lesson: Lesson) -> None:
    publisher, slow = await lesson.publisher(), await viewer_over_tcp(lesson)
    publisher.send(video(1, VP8_KEYFRAME))
    await slow.packet()
    assert slow.tcp is not None
    slow.tcp.pause_reading()
    sequence, before = 1, lesson.engine.counters.packets_in
    async with asyncio.timeout(20):
        while not lesson.engine.counters.dropped["slow_tcp"]:
            sequence += 1
            publisher.send(video(sequence, VP8_DELTA + bytes(1000)))
            while lesson.engine.counters.packets_in < before + sequence - 1:  # noqa: ASYNC110  plain numbers wake nobody
                await asyncio.sleep(0.001)
    offered = lesson.room._viewers[2].transport.local
    slow.tcp.abort()
    slow.tcp = None
    while not publisher.rtcp.empty():
        publisher.rtcp.get_nowait()
    await slow.check(text_of(offered))
    await message(publisher, KeyframeRequest)


async def test_without_a_tcp_port_none_is_offered() -> None:
    engine = await MediaEngine.start(MediaConfig(("127.0.0.1",), tcp_port=0))
    answer = engine.open_room("r", Listener()).publish(1, offer(AUDIO), {}, {})
    assert engine.tcp_port == 0
    assert "tcptype" not in answer
    await engine.close()


async def test_the_tcp_port_may_have_a_number_of_its_own() -> None:
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    engine = await MediaEngine.start(MediaConfig(("127.0.0.1", "::1"), tcp_port=number))
    assert engine.tcp_port == number
    answer = engine.open_room("r", Listener()).publish(1, offer(AUDIO), {}, {})
    assert f" ::1 {number} typ host tcptype passive" in answer
    await engine.close()


async def test_ipv6_is_answered_over_udp_and_tcp(wire_for: type[PlainWire]) -> None:
    engine = await MediaEngine.start(MediaConfig(("::1",)))
    ours = parse(engine.open_room("r", Listener()).publish(1, offer(AUDIO), {}, {})).security
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, b"t" * 12, {"USERNAME": f"{ours.ufrag}:theirs"})
    request.add_message_integrity(ours.password.encode())
    reader, writer = await asyncio.open_connection("::1", engine.tcp_port)
    writer.write(frame(bytes(request)))
    size = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), WAIT_S))
    answer = stun.parse_message(await reader.readexactly(size))
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == writer.get_extra_info("sockname")[:2]
    writer.close()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.bind(("::1", 0))
        udp.sendto(bytes(request), ("::1", engine.port))
        async with asyncio.timeout(WAIT_S):
            answer = stun.parse_message(await asyncio.get_running_loop().sock_recv(udp, 2048))
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == udp.getsockname()[:2]
    await engine.close()


async def test_a_member_who_leaves_is_told_over_tcp_and_the_connection_ends(lesson: Lesson) -> None:
    await lesson.publisher()
    viewer = await viewer_over_tcp(lesson)
    viewer.send_rtcp(rtcp.pli(1, 1))
    await lesson.until(lambda: lesson.engine.counters.packets_in > 0)
    lesson.room.leave(2)
    await asyncio.wait_for(viewer.ended.wait(), WAIT_S)
    await asyncio.wait_for(viewer.tcp_ended.wait(), WAIT_S)
