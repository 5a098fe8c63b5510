import pytest

from sfu.core.throttle import KEYFRAMES_BURST, Allowance, KeyframeGate, Wishes


@pytest.mark.rule("MEDIA-4")
def test_requests_for_keyframes_are_merged_to_one_in_half_a_second() -> None:
    gate = KeyframeGate()
    assert not gate.take(now=10.0)
    gate.want()
    gate.want()
    assert [gate.take(now=now) for now in (10.0, 10.1, 10.49, 10.5)] == [True, False, False, True]


def test_a_keyframe_that_came_ends_the_asking() -> None:
    gate = KeyframeGate()
    gate.want()
    assert gate.take(now=0.0)
    gate.seen()
    assert not gate.take(now=9.0)


def test_a_request_held_back_becomes_due() -> None:
    gate = KeyframeGate()
    gate.want()
    gate.take(now=1.0)
    gate.seen()
    gate.want()
    assert not gate.take(now=1.2)
    assert gate.take(now=1.5)


def test_an_allowance_refills() -> None:
    allowance = Allowance(per_s=10, burst=2)
    assert [allowance.take(now=0.0) for _ in range(3)] == [True, True, False]
    assert [allowance.take(now=0.1) for _ in range(2)] == [True, False]


def test_an_allowance_gives_all_of_an_amount_or_nothing() -> None:
    allowance = Allowance(per_s=100, burst=100)
    assert [allowance.take(amount, now=0.0) for amount in (60, 60, 40, 1)] == [True, False, True, False]


def test_an_allowance_is_widened_at_once_and_never_narrowed() -> None:
    allowance = Allowance(per_s=0, burst=0)
    assert not allowance.take(now=5.0)
    allowance.widen(10, 2)
    allowance.widen(1, 1)
    assert [allowance.take(now=5.0) for _ in range(3)] == [True, True, False]
    assert allowance.take(now=5.125)


def test_widening_again_to_the_same_gives_nothing_more() -> None:
    allowance = Allowance(per_s=10, burst=2)
    assert allowance.take(2, now=1.0)
    allowance.widen(10, 2)
    assert not allowance.take(now=1.0)


def test_an_allowance_may_be_settled_lower() -> None:
    allowance = Allowance(per_s=100, burst=100)
    allowance.settle(10, 5)
    assert [allowance.take(amount, now=1.0) for amount in (6, 5, 1)] == [False, True, False]
    assert allowance.take(now=1.125)


def test_a_viewers_requests_are_rationed_and_one_that_is_held_back_becomes_due() -> None:
    wishes = Wishes()
    assert not wishes.take(now=0.0)
    passed = []
    for _ in range(KEYFRAMES_BURST + 1):
        wishes.want()
        passed.append(wishes.take(now=0.0))
    assert passed == [True] * KEYFRAMES_BURST + [False]
    assert not wishes.take(now=1.9)
    assert wishes.take(now=2.1)
    assert not wishes.take(now=60.0)
