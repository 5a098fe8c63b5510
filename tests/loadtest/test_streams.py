"""What a load sends is what a server must forward, and what was changed on the way is found."""

import socket

import pytest

from loadtest.descriptions import answer, offer
from loadtest.drain import BATCH, Drain
from loadtest.mediabot import SECURITY
from loadtest.streams import FRAME_PACKETS, KEYFRAME_FRAMES, LEVEL, Picture, Stamp, Stream, Voice
from sfu.core import keyframe, publishing, rtp, sdp, vp8

NOW_NS = 1_700_000_000_000_000_000


def header(packet: bytes) -> rtp.Header:
    found = rtp.parse(packet)
    assert found is not None
    return found


@pytest.mark.parametrize(("stream", "size"), [(Voice(7, 100), 100), (Picture(7, 1_100), 1_100)])
def test_packets_have_their_size_and_are_numbered(stream: Stream, size: int) -> None:
    packets = [stream.packet(NOW_NS + n) for n in range(3)]
    assert [len(packet) for packet in packets] == [size] * 3
    assert [header(packet).sequence for packet in packets] == [0, 1, 2]
    assert [stream.read(packet, header(packet)) for packet in packets] == [Stamp(NOW_NS + n, n) for n in range(3)]


def test_a_copy_with_other_numbers_is_still_the_packet() -> None:
    stream = Picture(7, 1_100)
    copy = rtp.readdress(stream.packet(NOW_NS), 96, 40_000, 5, 99)
    assert stream.read(copy, header(copy)) == Stamp(NOW_NS, 0)


def test_a_packet_that_was_damaged_cut_or_never_sent_is_none() -> None:
    stream, other = Picture(7, 1_100), Picture(8, 1_100)
    packet = stream.packet(NOW_NS)
    damaged = packet[:-1] + bytes((packet[-1] ^ 1,))
    for wrong in (damaged, packet[:-1], packet[:30], packet + b"x", other.packet(NOW_NS)):
        assert stream.read(wrong, header(wrong)) is None
    later = Picture(7, 1_100)
    later.packet(NOW_NS)
    unsent = later.packet(NOW_NS)
    assert stream.read(unsent, header(unsent)) is None


def test_frames_begin_a_keyframe_when_one_is_wanted_and_now_and_then() -> None:
    stream = Picture(7, 1_100)
    begins, markers = [], []
    for number in range(FRAME_PACKETS * (KEYFRAME_FRAMES + 12)):
        if number == FRAME_PACKETS * 5 + 1:
            stream.wants_keyframe = True
        packet = stream.packet(NOW_NS)
        head = header(packet)
        described = vp8.parse(packet, head.payload_at, head.payload_end)
        if keyframe.begins_keyframe("VP8", packet, head.payload_at, head.payload_end, described):
            begins.append(number / FRAME_PACKETS)
        if head.marker:
            markers.append(number % FRAME_PACKETS)
    assert begins == [0, 6, 6 + KEYFRAME_FRAMES + 1]
    assert set(markers) == {FRAME_PACKETS - 1}


def test_a_voice_says_how_loud_it_is() -> None:
    packet = Voice(7, 100).packet(NOW_NS)
    assert [packet[at] for number, at, length in rtp.extensions(packet, header(packet)) if number == 1] == [LEVEL]


def test_an_offer_is_one_that_a_server_takes() -> None:
    text = offer({"0": Picture(7, 1_100), "1": Voice(8, 100)}, SECURITY)
    incoming = publishing.plan(sdp.parse(text), {"0": "t1", "1": "t2"}, {"0": "camera", "1": "microphone"})
    assert [(entry.track, entry.kind, entry.ssrcs) for entry in incoming] == [
        ("t1", "video", (7,)),
        ("t2", "audio", (8,)),
    ]


def test_an_answer_takes_every_section_that_sends() -> None:
    offered = offer({"0": Picture(7, 1_100), "1": Voice(8, 100)}, SECURITY).replace(
        "a=mid:1\r\na=sendonly", "a=mid:1\r\na=inactive"
    )
    sections = sdp.parse(answer(offered, SECURITY)).sections
    assert [(s.mid, s.kind, s.direction, s.setup) for s in sections] == [
        ("0", "video", "recvonly", "active"),
        ("1", "audio", "inactive", "active"),
    ]


def test_all_that_waits_at_a_socket_is_counted_with_its_whole_length() -> None:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with here, there:
        there.setblocking(False)
        drain = Drain()
        assert drain.lengths(here.fileno()) == []
        sizes = [5, 64, 1_116]
        for size in sizes:
            there.send(bytes(size))
        assert drain.lengths(here.fileno()) == sizes
        assert drain.lengths(here.fileno()) == []
    assert BATCH >= len(sizes)
