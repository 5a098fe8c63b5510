import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core import rtp
from tests.sfu.packets import element
from tests.sfu.packets import rtp as packet


def parsed(data: bytes | bytearray) -> rtp.Header:
    header = rtp.parse(data)
    assert header is not None
    return header


def test_a_plain_header_is_read() -> None:
    data = packet(7, b"abc", payload_type=96, timestamp=9, ssrc=5, marker=True)
    assert parsed(data) == rtp.Header(True, 96, 7, 9, 5, 12, 12, 12, 15)


def test_csrcs_extensions_and_padding_are_skipped() -> None:
    data = struct.pack("!BBHIIII", 0xB2, 96, 1, 2, 3, 4, 5) + struct.pack("!HH", 0xBEDE, 1) + bytes(4) + b"xy\x00\x02"
    header = parsed(data)
    assert data[header.payload_at : header.payload_end] == b"xy"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(11),
        b"\x40" + bytes(11),
        b"\x8f" + bytes(11),
        b"\x90" + bytes(11),
        b"\x90" + bytes(13) + b"\x00\x01",
        b"\xa0" + bytes(11),
        b"\xa0" + bytes(11) + b"\x02",
    ],
    ids=["empty", "short", "version", "csrcs", "no extension", "extension cut", "no padding", "padding too long"],
)
def test_what_is_not_rtp_is_not_read(data: bytes) -> None:
    assert rtp.parse(data) is None


def test_extensions_are_renumbered_in_place_and_the_others_emptied() -> None:
    data = bytearray(packet(1, extensions=element(4, b"mid") + b"\x00" + element(7, b"\x85")))
    for element_, number in zip(rtp.extensions(data, parsed(data)), (0, 1), strict=True):
        rtp.renumber(data, element_, number)
    ((number, at, size),) = rtp.extensions(data, parsed(data))
    assert (number, bytes(data[at : at + size])) == (1, b"\x85")
    assert len(data) == len(packet(1, extensions=element(4, b"mid") + b"\x00" + element(7, b"\x85")))


def test_readdressing_changes_four_fields_only() -> None:
    data = packet(1, b"abc", marker=True, extensions=element(1, b"\x05"))
    assert rtp.readdress(data, 96, 2, 3, 4) == packet(
        2, b"abc", payload_type=96, timestamp=3, ssrc=4, marker=True, extensions=element(1, b"\x05")
    )


def test_a_retransmission_is_wrapped_and_unwrapped() -> None:
    data = packet(513, b"abc", payload_type=96, extensions=element(1, b"\x05"))
    wrapped = rtp.wrap_rtx(data, parsed(data), 97, 9, 99)
    header = parsed(wrapped)
    assert (header.payload_type, header.sequence, header.ssrc) == (97, 9, 99)
    assert wrapped[header.payload_at :] == b"\x02\x01abc"
    assert rtp.unwrap_rtx(wrapped, header, 96, 0x1234) == data


def test_a_retransmission_of_nothing_is_a_probe() -> None:
    data = packet(1, b"")
    assert rtp.unwrap_rtx(data, parsed(data), 96, 1) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_are_not(data: bytes) -> None:
    header = rtp.parse(data)
    if header is not None:
        assert 12 <= header.payload_at <= header.payload_end <= len(data)


@given(st.integers(0, 15), st.binary(max_size=60), st.lists(st.integers(0, 14), min_size=16, max_size=16))
def test_any_extensions_can_be_renumbered(csrcs: int, body: bytes, numbers: list[int]) -> None:
    block = struct.pack("!HH", 0xBEDE, len(body) // 4) + body
    data = bytearray(struct.pack("!BBHII", 0x90 | csrcs, 96, 1, 2, 3) + bytes(4 * csrcs) + block)
    size = len(data)
    header = parsed(data)
    for element_ in rtp.extensions(data, header):
        rtp.renumber(data, element_, numbers[element_[0]])
    assert len(data) == size
    assert parsed(data) == header
    assert {number for number, _, _ in rtp.extensions(data, header)} <= set(numbers)
