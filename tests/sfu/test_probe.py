import pytest

from sfu.core.estimate import START_BPS, Estimate
from sfu.core.probe import LASTS_S, MARGIN, STEP, WAIT_MAX_S, WAIT_S, Probe


@pytest.fixture
def estimate() -> Estimate:
    estimate = Estimate()
    estimate.judge(0.0, 300_000, 0.05)
    estimate.wanted_bps = 5 * START_BPS
    return estimate


def begun(estimate: Estimate) -> Probe:
    probe = Probe()
    assert probe.begin(estimate, 10.0, now=10.0)
    return probe


@pytest.mark.rule("MEDIA-34")
def test_it_tries_half_as_much_again_and_no_more_than_is_wanted(estimate: Estimate) -> None:
    assert begun(estimate).bits_per_s == STEP * estimate.bits_per_s
    estimate.wanted_bps = 1.01 * estimate.bits_per_s
    assert begun(estimate).bits_per_s == MARGIN * estimate.wanted_bps


def test_it_does_not_begin_when_nothing_more_is_wanted_or_the_viewer_is_silent(estimate: Estimate) -> None:
    assert not Probe().begin(estimate, 5.0, now=10.0)
    estimate.wanted_bps = estimate.bits_per_s
    assert not Probe().begin(estimate, 10.0, now=10.0)


@pytest.mark.parametrize(("lost", "round_trip_s"), [(0.28, 0.05), (0.0, 0.25)], ids=["loss", "queue"])
def test_it_does_not_begin_on_a_line_that_is_full(estimate: Estimate, lost: float, round_trip_s: float) -> None:
    estimate.judge(lost, 300_000, round_trip_s)
    estimate.judge(lost, 300_000, round_trip_s)
    assert not Probe().begin(estimate, 10.0, now=10.0)


def test_it_passes_after_a_second_and_a_report(estimate: Estimate) -> None:
    probe = begun(estimate)
    assert not probe.passed(estimate, 10.9, now=10.0 + LASTS_S - 0.1)
    assert not probe.passed(estimate, 10.1, now=10.0 + LASTS_S)
    assert probe.bits_per_s
    assert probe.passed(estimate, 10.9, now=10.0 + LASTS_S)
    assert not probe.bits_per_s
    assert probe.begin(estimate, 11.0, now=11.0)  # the next step at once


def worse_by_loss(estimate: Estimate, probe: Probe) -> None:
    estimate.judge(0.17, 900_000, 0.05, proves=False)


def worse_by_remb(estimate: Estimate, probe: Probe) -> None:
    estimate.remb(500_000)
    estimate.remb(400_000)


def worse_by_delay(estimate: Estimate, probe: Probe) -> None:
    probe.round_trip(0.11, 0.05)
    probe.round_trip(0.11, 0.05)


@pytest.mark.parametrize("worse", [worse_by_loss, worse_by_remb, worse_by_delay])
def test_it_ends_at_once_when_the_line_shows_that_it_is_full(estimate: Estimate, worse: object) -> None:
    probe = begun(estimate)
    assert callable(worse)
    worse(estimate, probe)
    assert not probe.passed(estimate, 10.2, now=10.2)
    assert not probe.bits_per_s
    assert not probe.begin(estimate, 10.2, now=10.2 + WAIT_S - 0.1)


def test_one_slow_report_is_jitter(estimate: Estimate) -> None:
    probe = begun(estimate)
    for round_trip_s in (0.2, 0.06, 0.2):
        probe.round_trip(round_trip_s, 0.05)
    assert probe.passed(estimate, 10.9, now=11.0)


def test_after_failures_it_waits_longer_to_a_limit_and_after_success_not(estimate: Estimate) -> None:
    probe, now, waits = begun(estimate), 10.0, []
    for _ in range(3):
        worse_by_delay(estimate, probe)
        probe.passed(estimate, now, now=now)
        failed = now
        while not probe.begin(estimate, now, now=now):
            now += 0.5
        waits.append(now - failed)
    assert waits == [WAIT_S, WAIT_MAX_S, WAIT_MAX_S]
    assert probe.passed(estimate, now + 1, now=now + 1)
    probe.begin(estimate, now + 1, now=now + 1)
    worse_by_delay(estimate, probe)
    probe.passed(estimate, now + 1, now=now + 1)
    assert probe.begin(estimate, now + 1 + WAIT_S, now=now + 1 + WAIT_S)


def test_without_any_report_it_is_given_up(estimate: Estimate) -> None:
    probe = begun(estimate)
    assert not probe.passed(estimate, 10.0, now=13.1)
    assert not probe.bits_per_s
