import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core import vp8
from sfu.core.vp8 import Descriptor
from tests.sfu.encoder import described

HEAD = b"header"


def parse(payload: bytes) -> Descriptor | None:
    return vp8.parse(HEAD + payload + b"behind", len(HEAD), len(HEAD) + len(payload))


def test_a_browser_s_descriptor_is_read() -> None:
    found = parse(described(0x1234, 7, 2, synced=True) + b"\x01")
    assert found == Descriptor(
        begins_picture=True,
        picture=0x1234,
        picture_at=8,
        wide=True,
        tl0=7,
        tl0_at=10,
        tid=2,
        synced=True,
        payload_at=12,
    )


@pytest.mark.parametrize(
    ("payload", "begins", "picture", "tl0", "tid"),
    [
        (b"\x10\x00", True, -1, -1, 0),
        (b"\x00\x00", False, -1, -1, 0),
        (b"\x11\x00", False, -1, -1, 0),
        (b"\x90\x80\x05\x00", True, 5, -1, 0),
        (b"\x90\x40\x05\x00", True, -1, 5, 0),
        (b"\x90\x20\x40\x00", True, -1, -1, 1),
        (b"\x90\x10\x40\x00", True, -1, -1, 0),
    ],
    ids=["bare", "not the first packet", "another partition", "7 bits", "TL0PICIDX alone", "TID alone", "KEYIDX alone"],
)
def test_fields_that_are_not_there_are_told(payload: bytes, begins: bool, picture: int, tl0: int, tid: int) -> None:
    found = parse(payload)
    assert found is not None
    assert (found.begins_picture, found.picture, found.tl0, found.tid) == (begins, picture, tl0, tid)
    assert found.payload_at == len(HEAD) + len(payload) - 1


@pytest.mark.parametrize("size", range(6))
def test_one_that_is_cut_off_is_none(size: int) -> None:
    assert parse(described(0x1234, 7, 2)[:size]) is None


def test_what_is_written_is_read_again_and_wraps() -> None:
    packet = bytearray(HEAD + described(5, 7, 2) + b"\x01")
    before = vp8.parse(packet, len(HEAD), len(packet))
    assert before is not None
    for at, value in vp8.patches(before, 0x8001, 0x102):
        packet[at : at + len(value)] = value
    after = vp8.parse(packet, len(HEAD), len(packet))
    assert after == before._replace(picture=1, tl0=2)


@given(st.binary(max_size=12), st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_any_payload_is_read_or_not_and_patched_within_itself(payload: bytes, picture: int, tl0: int) -> None:
    found = parse(payload)
    if found is not None:
        assert len(HEAD) < found.payload_at <= len(HEAD) + len(payload)
        for at, value in vp8.patches(found, picture, tl0):
            assert len(HEAD) < at < at + len(value) <= found.payload_at
