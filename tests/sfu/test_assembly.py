"""Frames out of payloads."""

from collections.abc import Collection

import pytest

from sfu.core import rtp
from sfu.core.assembly import FRAME_BYTES, Frame, Pictures, _Vp8, assembly, size
from sfu.core.codecs import H264, OPUS, VP8, Codec
from tests.sfu import film


def frames(codec: Codec, packets: list[list[bytes]], *, without: Collection[tuple[int, int]] = ()) -> list[Frame]:
    """`without`: (frame, packet) that are lost."""
    made, found = assembly(codec), []
    for number, parts in enumerate(packets):
        for at, packet in enumerate(parts):
            if (number, at) in without:
                made.lost()
                continue
            header = rtp.parse(packet)
            assert header is not None
            payload = packet[header.payload_at : header.payload_end]
            frame = made.add(payload, header.timestamp, marker=header.marker, at=float(number))
            found += [frame] if frame is not None else []
    return found


def annex_b(data: bytes) -> list[bytes]:
    return [unit for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]


def test_vp8_comes_out_as_it_was_encoded() -> None:
    encoded = film.pictures("libvpx", 30)
    found = frames(VP8, film.stream("vp8", 30))
    assert [(frame.data, frame.keyframe) for frame in found] == list(encoded)
    assert [frame.at for frame in found] == [float(n) for n in range(30)]
    assert size(VP8, found[0].data) == (film.WIDTH, film.HEIGHT)


def test_h264_comes_out_as_it_was_encoded() -> None:
    kept = [[unit for unit in annex_b(one.data) if unit[0] & 0x1F != 6] for one in film.pictures("libx264", 30)]
    found = frames(H264, film.stream("h264", 30))
    assert [annex_b(frame.data) for frame in found] == kept
    assert [n for n, frame in enumerate(found) if frame.keyframe] == [0, 10, 20]


def test_sound_comes_out_packet_by_packet() -> None:
    assert [frame.data for frame in frames(OPUS, film.stream("opus", 5))] == list(film.sound(5))


@pytest.mark.rule("REC-3")
@pytest.mark.parametrize(("codec", "name"), [(VP8, "vp8"), (H264, "h264")])
@pytest.mark.parametrize("lost", [(13, 0), (13, -1)])
def test_after_a_loss_pictures_are_left_out_up_to_the_next_keyframe(
    codec: Codec, name: str, lost: tuple[int, int]
) -> None:
    packets = film.stream(name, 30)
    number, at = lost
    found = frames(codec, packets, without={(number, at % len(packets[number]))})
    assert [frame.at for frame in found] == [float(n) for n in range(30) if not 13 <= n < 20]
    assert found[13].keyframe


def test_nothing_comes_before_a_keyframe() -> None:
    found = frames(VP8, film.stream("vp8", 30)[5:])
    assert [frame.at for frame in found] == [float(n) for n in range(5, 25)]


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x18", b"\x18\x00\xff\x01", b"\x1c", b"\x1c\x05rest", b"\x00", b"\x1d\x00\x00", b"\x18\x00\x00"],
)
def test_a_broken_payload_spoils_its_frame_only(payload: bytes) -> None:
    made = assembly(H264)
    assert made.add(payload, 1, marker=True, at=0.0) is None
    key = next(iter(film.pictures("libx264", 30))).data
    parts = list(film.h264(key))
    found = [made.add(part, 2, marker=n == len(parts) - 1, at=1.0) for n, part in enumerate(parts)]
    assert found[-1] is not None
    assert found[-1].keyframe


def test_a_picture_that_does_not_end_is_given_up() -> None:
    made = Pictures(_Vp8())
    for begins in (True, *[False] * (FRAME_BYTES // 1000)):
        made.add(bytes((0x10 if begins else 0,)) + bytes(1000), 1, marker=False, at=0.0)
    assert len(made._frame) <= FRAME_BYTES
    assert made.add(b"\0" + bytes(1000), 1, marker=True, at=0.0) is None
    assert made.waits
