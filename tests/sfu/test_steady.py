"""Sound without holes and overlaps."""

import pytest

from sfu.core.steady import Placed, Steady, frame_ms, packet_ms
from tests.sfu import film

TWENTY = 31 << 3 | 4  # CELT, 20 ms, stereo


def fitted(*at_ms: int, toc: int = TWENTY) -> list[tuple[int, int]]:
    """(when, bytes) of what comes out."""
    steady = Steady()
    frames = (Placed(bytes((toc,)) + b"sound", True, at) for at in at_ms)
    return [(one.at_ms, len(one.data)) for frame in frames for one in steady.fit(frame)]


@pytest.mark.rule("REC-9")
def test_a_small_hole_is_filled_with_frames_of_no_bytes() -> None:
    assert fitted(0, 20, 101) == [(0, 6), (20, 6), (40, 1), (60, 1), (80, 1), (100, 6)]


def test_a_gap_stays_a_gap() -> None:
    assert fitted(0, 521, 541) == [(0, 6), (521, 6), (541, 6)]


def test_a_frame_whose_time_is_taken_is_left_out() -> None:
    assert fitted(0, 20, 25, 41) == [(0, 6), (20, 6), (40, 6)]


def test_small_steps_are_none() -> None:
    assert fitted(0, 21, 39, 61, 75) == [(0, 6), (20, 6), (40, 6), (60, 6), (80, 6)]


@pytest.mark.parametrize(
    ("packet", "one_ms", "all_ms"),
    [
        (bytes((0 << 3,)), 10, 10),
        (bytes((3 << 3 | 1,)), 60, 120),
        (bytes((13 << 3 | 2,)), 20, 40),
        (bytes((16 << 3 | 3, 4)), 2.5, 10),
        (bytes((31 << 3 | 3, 63)), 20, 120),
        (bytes((31 << 3 | 3,)), 20, 0),
    ],
)
def test_the_length_of_a_packet_stands_in_its_first_bytes(packet: bytes, one_ms: float, all_ms: float) -> None:
    assert (frame_ms(packet), packet_ms(packet)) == (one_ms, all_ms)


def test_the_encoder_s_own_packets_are_as_long_as_they_say() -> None:
    assert {packet_ms(packet) for packet in film.sound(10)} == {20}
