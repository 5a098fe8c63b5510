import pytest

from sfu.core.estimate import LEAST_BPS, MOST_BPS, START_BPS, Estimate


def test_a_fall_of_the_viewer_s_own_estimate_is_followed_and_its_height_alone_is_not() -> None:
    estimate = Estimate()
    estimate.remb(300_000)
    assert estimate.bits_per_s == START_BPS
    estimate.remb(900_000)
    assert estimate.bits_per_s == 900_000
    estimate.remb(890_000)
    assert estimate.bits_per_s == 900_000
    estimate.remb(500_000)
    assert estimate.bits_per_s == 500_000


def test_a_viewer_s_own_estimate_is_of_pictures_and_sound_comes_on_top() -> None:
    estimate = Estimate()
    estimate.remb(700_000, 60_000)
    assert estimate.bits_per_s == 760_000
    estimate.remb(80_000, 60_000)
    assert estimate.bits_per_s == 140_000


def test_what_a_probe_proved_holds_above_a_remb_that_is_slow_to_follow() -> None:
    estimate = Estimate()
    estimate.remb(200_000)
    estimate.remb(150_000)
    estimate.proved(450_000)
    estimate.remb(160_000)
    assert estimate.bits_per_s == 450_000
    estimate.remb(120_000)
    assert estimate.bits_per_s == 120_000


@pytest.mark.parametrize(("told", "figure"), [(0, LEAST_BPS), (1 << 80, MOST_BPS)])
def test_what_a_viewer_tells_is_bounded(told: int, figure: float) -> None:
    estimate = Estimate()
    estimate.remb(1_000_000)
    estimate.remb(told)
    assert estimate.bits_per_s == figure


def test_heavy_loss_leaves_what_arrives_and_does_not_count_twice() -> None:
    estimate = Estimate()
    for _ in range(3):
        estimate.judge(0.7, 1_000_000, None)
        assert estimate.bits_per_s == pytest.approx(300_000)


def test_loss_that_is_told_when_less_is_sent_already_does_not_count_against_that() -> None:
    estimate = Estimate()
    estimate.judge(0.7, 1_000_000, None)
    for lost in (0.6, 0.5):
        estimate.judge(lost, 300_000, None)
        assert estimate.bits_per_s == pytest.approx(300_000)
    estimate.judge(0.4, 300_000, None)
    assert estimate.bits_per_s == pytest.approx(180_000)


def test_a_line_that_lost_nearly_all_is_calm_as_soon_as_it_loses_nothing() -> None:
    estimate = Estimate()
    estimate.judge(0.9, 1_000_000, None)
    assert not estimate.calm
    estimate.judge(0.0, 100_000, None)
    assert estimate.calm


def test_much_loss_lowers_by_half_of_it_and_little_holds() -> None:
    estimate = Estimate()
    for _ in range(3):
        estimate.judge(0.2, 1_000_000, None)
    lowered = estimate.bits_per_s
    assert lowered == pytest.approx(START_BPS * (1 - 0.5 * 0.1156), rel=0.001)  # smoothed
    for _ in range(10):
        estimate.judge(0.05, 400_000, None)
        estimate.judge(0.0, 300_000, None)
        estimate.judge(0.12, 400_000, None)
    assert estimate.bits_per_s >= 0.9 * lowered


def test_a_single_bad_half_second_is_chance() -> None:
    estimate = Estimate()
    estimate.remb(START_BPS)
    for lost in (0.05, 0.14, 0.04, 0.0, 0.12):
        estimate.judge(lost, 500_000, None)
    assert estimate.bits_per_s == START_BPS


def test_what_a_probe_did_to_the_line_does_not_count_against_the_media() -> None:
    estimate = Estimate()
    estimate.remb(500_000)
    estimate.try_more()
    estimate.remb(200_000)
    estimate.failed(300_000)
    assert estimate.bits_per_s == 450_000
    estimate.remb(150_000)
    estimate.judge(0.4, 300_000, 0.2)
    estimate.judge(0.0, 300_000, 0.1)
    assert estimate.bits_per_s == 450_000
    estimate.remb(100_000)
    assert estimate.bits_per_s == 100_000


def test_after_loss_it_grows_no_further_than_half_as_much_again_as_what_is_sent() -> None:
    estimate = Estimate()
    estimate.judge(0.7, 500_000, None)
    for _ in range(50):
        estimate.judge(0.0, 200_000, None)
    assert estimate.bits_per_s == pytest.approx(1.5 * 200_000 + LEAST_BPS)


def test_round_trips_that_grow_lower_and_those_that_shrink_do_not() -> None:
    estimate = Estimate()
    estimate.judge(0.0, 500_000, 0.05)
    estimate.judge(0.0, 500_000, 0.35)
    assert estimate.bits_per_s == pytest.approx(425_000)
    assert not estimate.calm
    estimate.judge(0.0, 300_000, 0.30)
    assert estimate.bits_per_s == pytest.approx(425_000)
    estimate.judge(0.0, 300_000, 0.06)
    assert estimate.calm


def test_a_queue_is_of_what_was_sent_before_less_was() -> None:
    estimate = Estimate()
    estimate.judge(0.0, 500_000, 0.05)
    estimate.judge(0.0, 60_000, 0.35)
    assert estimate.bits_per_s == pytest.approx(425_000)


def test_what_is_sent_undisturbed_for_a_while_is_proved_unless_it_is_a_probe() -> None:
    estimate = Estimate()
    estimate.remb(600_000)
    estimate.remb(100_000)
    for _ in range(5):
        estimate.judge(0.0, 400_000, 0.05, proves=False)
    assert estimate.bits_per_s == 100_000
    for expected in (100_000, 100_000, 400_000):
        estimate.judge(0.0, 400_000, 0.05)
        assert estimate.bits_per_s == expected


def test_much_loss_lowers_once_until_it_can_have_had_its_effect() -> None:
    estimate = Estimate()
    for lost in (0.3, 0.3):
        estimate.judge(lost, 500_000, None)
    before, lowered = estimate.bits_per_s, []
    for _ in range(4):
        estimate.judge(0.2, 500_000, None)
        lowered.append(estimate.bits_per_s < before)
        before = estimate.bits_per_s
    assert lowered == [False, True, False, True]


def test_a_burst_proves_nothing() -> None:
    estimate = Estimate()
    estimate.remb(600_000)
    estimate.remb(200_000)
    for sending_bps in (240_000, 200_000, 220_000, 240_000, 440_000):
        estimate.judge(0.0, sending_bps, 0.05)
    assert estimate.bits_per_s == 300_000


def test_a_loss_of_a_few_that_does_not_end_does_not_speak_against_what_is_sent() -> None:
    estimate = Estimate()
    estimate.remb(600_000)
    estimate.remb(300_000)
    for lost in (0.05, 0.03, 0.08):
        estimate.judge(lost, 400_000, 0.05)
    assert estimate.bits_per_s == 400_000


def test_a_viewer_without_remb_is_given_more_as_long_as_nothing_is_lost() -> None:
    estimate = Estimate()
    estimate.judge(0.0, 1_000_000, None)
    assert estimate.bits_per_s == pytest.approx(1.08 * START_BPS)
    estimate.judge(0.05, 1_000_000, None)
    assert estimate.bits_per_s == pytest.approx(1.08 * START_BPS)
