import pytest

from sfu.core import rtp
from sfu.core.codecs import OPUS, VP8, Codec
from sfu.core.copying import Copy
from sfu.core.rtcp import SenderReport
from sfu.core.sections import Carried
from sfu.core.track import Packet, Track
from tests.sfu import packets
from tests.sfu.packets import VP8_DELTA, VP8_KEYFRAME


def track(kind: str = "video") -> Track:
    made = Track(Carried("t1", 1, "camera" if kind == "video" else "microphone", kind))
    made.layers[0].new_source()
    return made


def accept(
    to: Track, sequence: int, payload: bytes, *, codec: Codec = VP8, timestamp: int = 500, now: float = 1.0
) -> Packet:
    data = packets.rtp(sequence, payload, payload_type=35, timestamp=timestamp)
    header = rtp.parse(data)
    assert header is not None
    packet = to.layers[0].accept(to.layers[0].indexes.index(sequence), header, bytearray(data), codec, now=now)
    assert packet is not None
    return packet


def copy_of(of: Track, *, rtx: int = 0, ssrc: int = 77) -> Copy:
    copy = Copy(of, ssrc=ssrc, rtx_ssrc=rtx, first_sequence=1000)
    copy.aim(of.layers[0])
    return copy


def write(copy: Copy, packet: Packet) -> bytes | None:
    """The packet as the viewer gets it."""
    place = copy.place(packet)
    return None if place is None else rtp.readdress(packet.data, packet.codec.payload_type, *place, copy.ssrc)


def summary(data: bytes | None) -> tuple[int, int, int, int] | None:
    header = rtp.parse(data) if data else None
    return (header.ssrc, header.payload_type, header.sequence, header.timestamp) if header else None


@pytest.mark.rule("MEDIA-2")
def test_a_copy_has_its_own_ssrc_and_sequence_and_the_payload_untouched() -> None:
    voice = track("audio")
    one, two = copy_of(voice, ssrc=7), copy_of(voice, ssrc=8)
    first = accept(voice, 65535, b"abc", codec=OPUS)
    second = accept(voice, 0, b"def", codec=OPUS)
    assert [summary(write(one, p)) for p in (first, second)] == [(7, 111, 1000, 500), (7, 111, 1001, 500)]
    data = write(two, second)
    assert summary(data) == (8, 111, 1000, 500)
    assert data is not None
    assert data.endswith(b"def")


@pytest.mark.rule("MEDIA-3")
def test_video_begins_with_a_keyframe() -> None:
    camera = track()
    copy = copy_of(camera)
    assert write(copy, accept(camera, 1, VP8_DELTA)) is None
    assert summary(write(copy, accept(camera, 2, VP8_KEYFRAME))) == (77, 96, 1000, 500)
    assert summary(write(copy, accept(camera, 3, VP8_DELTA))) == (77, 96, 1001, 500)


@pytest.mark.rule("MEDIA-11")
@pytest.mark.parametrize("how", ["mute", "want"])
def test_a_paused_copy_gets_nothing_and_goes_on_without_a_gap_at_a_keyframe(how: str) -> None:
    camera = track()
    copy = copy_of(camera)
    write(copy, accept(camera, 1, VP8_KEYFRAME))
    pause(copy, how, True)
    assert write(copy, accept(camera, 2, VP8_KEYFRAME)) is None
    pause(copy, how, False)
    assert write(copy, accept(camera, 3, VP8_DELTA)) is None
    assert summary(write(copy, accept(camera, 4, VP8_KEYFRAME))) == (77, 96, 1001, 500)


def pause(copy: Copy, how: str, on: bool) -> None:
    if how == "mute":
        copy.track.mute(on)
    else:
        copy.aim(None if on else copy.track.layers[0])


def test_another_source_goes_on_in_sequence_and_in_time() -> None:
    camera = track()
    copy = copy_of(camera)
    write(copy, accept(camera, 10, VP8_KEYFRAME, timestamp=5000, now=1.0))
    camera.layers[0].new_source()
    assert write(copy, accept(camera, 40, VP8_DELTA, timestamp=9, now=1.1)) is None
    assert summary(write(copy, accept(camera, 41, VP8_KEYFRAME, timestamp=9, now=1.5))) == (77, 96, 1001, 50000)


def test_what_came_twice_is_forwarded_once() -> None:
    camera = track()
    packet = accept(camera, 1, VP8_KEYFRAME)
    data = bytearray(packet.data)
    header = rtp.parse(data)
    assert header is not None
    assert camera.layers[0].accept(packet.index, header, data, VP8, now=1.0) is None


@pytest.mark.rule("MEDIA-5")
def test_a_lost_packet_is_repeated_bit_for_bit_without_rtx() -> None:
    camera = track()
    copy = copy_of(camera)
    sent = [write(copy, accept(camera, n, VP8_KEYFRAME)) for n in (1, 2, 3)]
    assert [copy.again(sequence, now=2.0) for sequence in (1000, 1001, 1002)] == sent
    assert copy.again(999, now=2.0) is None
    assert copy.again(1003, now=2.0) is None
    assert copy.again(1000, now=3.1) is None


@pytest.mark.rule("MEDIA-5")
def test_a_lost_packet_comes_again_in_its_own_stream_with_rtx() -> None:
    camera = track()
    copy = copy_of(camera, rtx=78)
    write(copy, accept(camera, 1, VP8_KEYFRAME))
    first, second = copy.again(1000, now=1.0), copy.again(1000, now=1.0)
    assert [summary(first), summary(second)] == [(78, 97, 1001, 500), (78, 97, 1002, 500)]
    assert first is not None
    assert first.endswith((1000).to_bytes(2) + VP8_KEYFRAME)


def test_after_another_source_the_old_one_s_packets_are_not_repeated() -> None:
    """Their index would carry another timestamp, and SRTP must never protect one index twice with other bytes."""
    camera = track()
    copy = copy_of(camera)
    write(copy, accept(camera, 1, VP8_KEYFRAME, timestamp=5000))
    camera.layers[0].new_source()
    write(copy, accept(camera, 9, VP8_KEYFRAME, timestamp=7))
    assert copy.again(1000, now=1.0) is None
    assert copy.again(1001, now=1.0) is not None


@pytest.mark.rule("MEDIA-7")
def test_a_sender_report_is_told_of_the_copy() -> None:
    camera = track()
    copy = copy_of(camera)
    report = SenderReport(1, 1 << 33, 600, 50, 5000)
    assert copy.sender_report(report) is None
    write(copy, accept(camera, 1, VP8_KEYFRAME))
    assert copy.sender_report(report) == SenderReport(77, 1 << 33, 600, 1, len(VP8_KEYFRAME))


def send_times(data: bytes) -> list[bytes]:
    header = rtp.parse(data)
    assert header is not None
    return [data[at : at + length] for number, at, length in rtp.extensions(data, header) if number == 2]


def test_what_is_sent_again_says_when_it_was_sent_again() -> None:
    camera = track()
    copy = copy_of(camera, rtx=88)
    stamp = packets.element(2, b"\x00\x00\x00")
    data = packets.rtp(1, VP8_KEYFRAME, payload_type=35, extensions=stamp)
    header = rtp.parse(data)
    assert header is not None
    packet = camera.layers[0].accept(camera.layers[0].indexes.index(1), header, bytearray(data), VP8, now=1.0)
    assert packet is not None
    assert send_times(write(copy, packet) or b"") == [b"\x00\x00\x00"]
    assert send_times(copy.again(1000, now=1.5) or b"") == [(3 << 17).to_bytes(3)]


def test_padding_goes_with_the_retransmissions() -> None:
    camera = track()
    copy = copy_of(camera, rtx=88)
    assert not copy.pads
    write(copy, accept(camera, 1, VP8_KEYFRAME))
    assert copy.pads
    first, second = copy.padding(now=1.5), copy.padding(now=1.5)
    assert summary(first) == (88, 97, 1001, 0)
    assert summary(second) == (88, 97, 1002, 0)
    assert summary(copy.again(1000, now=1.5)) == (88, 97, 1003, 500)
    assert send_times(first) == [(3 << 17).to_bytes(3)]
    header = rtp.parse(first)
    assert header is not None
    assert header.payload_at == header.payload_end == len(first) - 255


def test_a_copy_without_retransmissions_does_not_pad() -> None:
    camera = track()
    copy = copy_of(camera)
    write(copy, accept(camera, 1, VP8_KEYFRAME))
    assert not copy.pads
