import pytest

from sfu.core.throttle import Allowance, KeyframeGate


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
    assert gate.next_deadline() is None
    assert not gate.take(now=9.0)


def test_a_request_held_back_becomes_due() -> None:
    gate = KeyframeGate()
    gate.want()
    gate.take(now=1.0)
    gate.seen()
    gate.want()
    assert not gate.take(now=1.2)
    assert gate.next_deadline() == 1.5
    assert gate.take(now=1.5)


def test_an_allowance_refills() -> None:
    allowance = Allowance(per_s=10, burst=2)
    assert [allowance.take(now=0.0) for _ in range(3)] == [True, True, False]
    assert [allowance.take(now=0.1) for _ in range(2)] == [True, False]
