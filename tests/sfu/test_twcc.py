import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core.twcc import FEEDBACKS_MAX, HOLE_MAX, PENDING_MAX, Arrivals
from tests.sfu.feedback import read


def test_a_loss_and_a_late_one_byte_for_byte() -> None:
    arrivals = Arrivals()
    arrivals.arrived(65535, now=0.128)  # two references of 64 ms
    arrivals.arrived(1, now=0.1405)  # 50 quarters of a millisecond later
    arrivals.arrived(2, now=0.3405)  # 800 later: more than a byte holds
    assert arrivals.feedback(1, 0xABCD) == [
        bytes.fromhex(
            "afcd0006 00000001 0000abcd"  # padded, format 15, 7 words; sender; media
            "ffff 0004 000002 00"  # from 65535, four packets, reference, count
            "d180"  # vector of pairs: close, lost, close, far
            "00 32 0320"  # deltas
            "0002".replace(" ", "")
        )
    ]
    arrivals.arrived(0, now=0.350)
    assert arrivals.feedback(1, 0xABCD) == [
        bytes.fromhex("afcd0005 00000001 0000abcd 0000 0001 000005 01 a000 78 01".replace(" ", ""))
    ]


def test_runs_are_run_lengths_and_mixtures_vectors_of_bits() -> None:
    arrivals = Arrivals()
    for number in [*range(20), 30, 32]:
        arrivals.arrived(number, now=0.0)
    (packet,) = arrivals.feedback(1, 2)
    assert packet[20:26] == bytes.fromhex("2014 000a a800".replace(" ", ""))


def test_what_lies_between_two_feedbacks_is_told_as_lost() -> None:
    arrivals = Arrivals()
    arrivals.arrived(10, now=1.0)
    arrivals.feedback(1, 2)
    arrivals.arrived(13, now=1.0)
    ((_, count, found),) = [read(packet) for packet in arrivals.feedback(1, 2)]
    assert (count, found) == (1, {11: None, 12: None, 13: 1.0})


def test_what_was_told_of_is_not_told_as_lost_when_late_ones_come() -> None:
    arrivals = Arrivals()
    for number in (10, 12, 14):
        arrivals.arrived(number, now=1.0)
    arrivals.feedback(1, 2)
    for number in (11, 13, 15):
        arrivals.arrived(number, now=1.5)
    assert [read(packet)[2] for packet in arrivals.feedback(1, 2)] == [{11: 1.5}, {13: 1.5}, {15: 1.5}]


def test_a_jump_of_numbers_is_two_feedbacks() -> None:
    arrivals = Arrivals()
    arrivals.arrived(1, now=1.0)
    arrivals.arrived(2 + HOLE_MAX, now=1.0)
    assert [len(packet) for packet in arrivals.feedback(1, 2)] == [24, 24]


def test_a_packet_that_came_twice_came_at_first() -> None:
    arrivals = Arrivals()
    arrivals.arrived(1, now=1.0)
    arrivals.arrived(1, now=2.0)
    assert [read(packet)[2] for packet in arrivals.feedback(1, 2)] == [{1: 1.0}]


def test_nothing_came_and_nothing_is_said() -> None:
    assert Arrivals().feedback(1, 2) == []


def test_what_is_kept_and_said_is_bounded() -> None:
    arrivals = Arrivals()
    for n in range(5 * PENDING_MAX):
        arrivals.arrived(n * 30_011 & 0xFFFF, now=n * 0.4)
    packets = arrivals.feedback(1, 2)
    assert len(packets) <= FEEDBACKS_MAX
    assert sum(map(len, packets)) <= FEEDBACKS_MAX * 24


@pytest.mark.parametrize("step", [8, 41, HOLE_MAX - 1])
def test_a_stream_full_of_holes_is_told_in_datagrams_that_fit(step: int) -> None:
    arrivals = Arrivals()
    came = {n * step & 0xFFFF: 1.0 + n * 0.07 for n in range(PENDING_MAX)}
    for number, now in came.items():
        arrivals.arrived(number, now=now)
    packets = arrivals.feedback(1, 2)
    told = {number: at for packet in packets for number, at in read(packet)[2].items() if at is not None}
    assert max(map(len, packets)) <= 1200
    assert len(told) >= FEEDBACKS_MAX
    assert told.items() <= {number: round(4000 * now) / 4000 for number, now in came.items()}.items()


@pytest.mark.parametrize("number", [0, 65535])
def test_the_reference_time_wraps(number: int) -> None:
    arrivals = Arrivals()
    arrivals.arrived(number, now=0.064 * (1 << 24) + 1.0)
    assert [read(packet)[2] for packet in arrivals.feedback(1, 2)] == [{number: 1.0}]


@given(
    st.lists(st.tuples(st.integers(-60, 200), st.integers(-2000, 60_000), st.booleans()), max_size=300),
    st.integers(0, 65535),
)
def test_any_pattern_of_arrivals_is_told(steps: list[tuple[int, int, bool]], number: int) -> None:
    arrivals, ticks = Arrivals(), 1 << 20
    came: dict[int, float] = {}
    told: dict[int, float] = {}
    counts: list[int] = []
    all_told = True

    def tell() -> None:
        nonlocal all_told
        packets = arrivals.feedback(1, 2)
        all_told = all_told and len(packets) < FEEDBACKS_MAX
        for packet in packets:
            assert len(packet) <= 1200
            _, count, found = read(packet)
            counts.append(count)
            for number, at in found.items():
                assert (at is None) <= (number not in told)
                if at is not None:
                    told.setdefault(number, at)

    for step, later, due in steps:
        number = (number + step) & 0xFFFF
        ticks = max(0, ticks + later)
        if number not in told:  # one that comes again is told of again
            came.setdefault(number, ticks / 4000)
            arrivals.arrived(number, now=ticks / 4000)
        if due:
            tell()
    tell()
    assert told == came if all_told else told.items() <= came.items()
    assert counts == [n & 0xFF for n in range(len(counts))]
