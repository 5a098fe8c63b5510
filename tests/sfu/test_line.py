"""What the estimate does on lines that become worse and better, in simulated time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core.estimate import LEAST_BPS, MOST_BPS
from sfu.core.line import ASKED_BURST, REPAIR_BURST_BYTES
from sfu.core.rtcp import Report, SenderReport
from tests.sfu.wire import Wire
from tests.support.tries import tries


@pytest.mark.rule("MEDIA-33")
def test_a_line_that_becomes_narrow_is_noticed_within_two_seconds() -> None:
    wire = Wire(bits_per_s=1_000_000)
    assert wire.run(10, 700_000) > 700_000
    wire.bits_per_s = 300_000
    assert wire.run(2, 700_000) < 350_000


def test_with_a_short_queue_the_loss_tells_it() -> None:
    wire = Wire(bits_per_s=1_000_000, queue_s=0.05)
    wire.run(10, 700_000)
    wire.bits_per_s = 300_000
    assert wire.run(2, 700_000) < 350_000


@pytest.mark.rule("MEDIA-34")
def test_a_viewer_on_a_low_layer_is_tried_until_the_next_one_fits() -> None:
    wire = Wire(bits_per_s=300_000)
    wire.run(4, 700_000)
    assert wire.run(6, 150_000) < 330_000
    wire.bits_per_s = 2_000_000
    wire.line.estimate.wanted_bps = 700_000
    assert wire.run(14, 150_000) >= 700_000
    before = wire.padding
    wire.line.estimate.wanted_bps = 0
    wire.run(5, 700_000)
    assert wire.padding == before


def test_without_a_wish_nothing_is_padded() -> None:
    wire = Wire(bits_per_s=2_000_000)
    wire.run(10, 150_000)
    assert wire.padding == 0


@pytest.mark.rule("MEDIA-34")
def test_a_full_line_is_tried_seldom_and_found_full() -> None:
    wire = Wire(bits_per_s=300_000)
    wire.run(4, 700_000)
    wire.run(5, 200_000)
    wire.line.estimate.wanted_bps = 900_000
    before = wire.padding
    highest = max(wire.run(1, 200_000) for _ in range(40))
    assert highest < 450_000
    assert 0 < 8 * (wire.padding - before) / 40 < 40_000  # bits a second


def test_a_few_losses_that_never_end_do_not_keep_a_viewer_low() -> None:
    wire = Wire(bits_per_s=2_000_000)
    wire.lose_every = 20
    wire.line.estimate.wanted_bps = 900_000
    assert wire.run(12, 300_000) >= 900_000


def test_a_line_that_was_cut_for_a_while_is_what_it_was() -> None:
    wire = Wire(bits_per_s=1_000_000)
    before = wire.run(10, 500_000)
    wire.cut = True
    silent = wire.run(2, 500_000)
    assert wire.run(4, 1_500_000) == silent  # nobody has said that it arrives
    wire.cut = False
    assert wire.run(5, 500_000) >= 0.9 * before


@pytest.mark.rule("MEDIA-38")
def test_a_viewer_that_is_back_and_asks_for_all_that_it_missed_has_no_worse_line() -> None:
    wire = Wire(bits_per_s=1_000_000)
    before = wire.run(10, 500_000)
    wire.cut = True
    missed = wire.copy.packets
    wire.run(5, 500_000)
    wire.cut = False
    for number in range(missed, wire.copy.packets):  # it asks before it reports
        wire.line.repeat(wire.copy, number, now=wire.now)
    estimates = [wire.run(0.25, 500_000) for _ in range(12)]
    assert min(estimates) >= 0.9 * before


@pytest.mark.rule("MEDIA-35")
def test_repairs_are_bounded_by_the_estimate() -> None:
    wire = Wire(bits_per_s=1_000_000)
    wire.run(3, 500_000)
    wire.line.estimate.remb(800_000)
    wire.line.estimate.remb(100_000)
    wire.run(0.5, 500_000)
    again = [wire.line.repeat(wire.copy, number, now=wire.now) for number in range(50, 180)]
    assert sum(len(data) for data in again if data) <= REPAIR_BURST_BYTES
    assert None in again


def test_requests_are_read_as_often_as_is_worth_it() -> None:
    line = Wire(bits_per_s=1_000_000).line
    assert sum(line.asking.take(now=1.0) for _ in range(1000)) == ASKED_BURST


def test_what_a_viewer_asks_for_counts_as_lost_and_each_packet_once() -> None:
    wire = Wire(bits_per_s=2_000_000)
    wire.run(5, 500_000)
    before = wire.line.estimate.bits_per_s
    for _ in range(3):
        for number in range(280, 300):
            wire.line.repeat(wire.copy, number, now=wire.now)
        wire.run(0.2, 500_000)
    wire.run(0.5, 500_000)
    assert LEAST_BPS < wire.line.estimate.bits_per_s < before


def test_the_echo_of_the_same_report_says_nothing_new() -> None:
    wire = Wire(bits_per_s=2_000_000)
    wire.run(1, 500_000)
    wire.layer.told.note(SenderReport(1, 7 << 32, 0, 0, 0), now=wire.now)
    echo = Report(7, 0, 0, 0, 0, 7 << 16, 0)
    for later in (0.05, 1.0, 2.0):
        wire.line.reported(wire.copy, echo, now=wire.now + later)
    assert wire.line.round_trip_s == pytest.approx(0.05)


def test_the_way_is_timed_while_a_queue_stands_even_when_the_picture_is_paused() -> None:
    wire = Wire(bits_per_s=2_000_000)
    wire.run(2, 500_000)
    wire.line.estimate.remb(500_000)
    assert wire.line.report([wire.copy], now=wire.now + 1) is None
    for round_trip_s in (0.05, 0.5):
        wire.line.estimate.judge(0.0, 500_000, round_trip_s)
    wire.copy.aim(None)
    assert wire.line.report([wire.copy], now=wire.now + 1) is not None
    assert wire.line.report([wire.copy], now=wire.now + 1.1) is None


def test_the_round_trip_is_known() -> None:
    wire = Wire(bits_per_s=2_000_000, delay_s=0.1)
    wire.run(3, 500_000)
    assert wire.line.round_trip_s == pytest.approx(0.1, abs=0.06)


WORDS = st.integers(0, (1 << 32) - 1)
REPORTS = st.builds(
    Report, st.just(7), st.integers(0, 255), st.integers(-(1 << 23), (1 << 23) - 1), WORDS, WORDS, WORDS, WORDS
)
MESSAGES = st.lists(st.one_of(REPORTS, st.integers(0, 1 << 81), st.tuples(st.integers(0, 65535))), max_size=40)


@tries(50)
@given(MESSAGES, st.floats(0, 1e12))
def test_whatever_a_viewer_says_its_estimate_stays_within_bounds(
    messages: list[Report | int | tuple[int]], wanted_bps: float
) -> None:
    wire = Wire(bits_per_s=1_000_000)
    wire.run(1, 500_000)
    wire.line.estimate.wanted_bps = wanted_bps
    for message in messages:
        match message:
            case Report():
                wire.line.reported(wire.copy, message, now=wire.now)
            case int():
                wire.line.remb(message, now=wire.now)
            case (sequence,):
                wire.line.repeat(wire.copy, sequence, now=wire.now)
        wire.run(0.1, 500_000)
        assert LEAST_BPS <= wire.line.estimate.bits_per_s <= MOST_BPS
    assert wire.padding <= 1.5 * MOST_BPS / 8 * (wire.now - 100)
