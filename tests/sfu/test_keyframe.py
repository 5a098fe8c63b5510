import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core import vp8
from sfu.core.keyframe import begins_keyframe
from tests.sfu.packets import VP8_DELTA, VP8_KEYFRAME


def begins(codec: str, packet: bytes, at: int, end: int) -> bool:
    return begins_keyframe(codec, packet, at, end, vp8.parse(packet, at, end) if codec == "VP8" else None)


@pytest.mark.parametrize(
    ("codec", "payload", "expected"),
    [
        ("VP8", VP8_KEYFRAME, True),
        ("VP8", VP8_DELTA, False),
        ("VP8", b"\x10\x00", True),
        ("VP8", b"\x10\x01", False),
        ("VP8", b"\x11\x00", False),
        ("VP8", b"\x00\x00", False),
        ("VP8", bytes((0x90, 0xE0, 0x81, 0x02, 0x03, 0x04, 0x00)), True),
        ("VP8", b"\x90", False),
        ("VP8", b"", False),
        ("H264", b"\x67\x42", True),
        ("H264", b"\x65\x88", False),
        ("H264", b"\x78\x00\x05\x67\x42", True),
        ("H264", b"\x78\x00\x05\x61\x42", False),
        ("H264", b"\x7c\x87", True),
        ("H264", b"\x7c\x07", False),
        ("H264", b"", False),
        ("opus", b"", True),
    ],
)
def test_a_keyframe_is_told_by_its_first_packet(codec: str, payload: bytes, expected: bool) -> None:
    packet = b"header" + payload + b"padding"
    assert begins(codec, packet, 6, 6 + len(payload)) is expected


@given(st.sampled_from(["VP8", "H264"]), st.binary(max_size=12))
def test_any_payload_is_one_or_is_not(codec: str, payload: bytes) -> None:
    begins(codec, payload, 0, len(payload))
