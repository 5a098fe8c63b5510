from sfu.core.lately import Lately


def test_it_holds_from_the_first_time_until_it_has_not_happened_for_a_while() -> None:
    slow = Lately(2.0)
    assert not slow.holds(now=10.0)
    slow.happened(now=10.0)
    slow.happened(now=11.0)
    assert [slow.holds(now=now) for now in (11.0, 12.9, 13.0)] == [True, True, False]
    slow.happened(now=20.0)
    assert slow.holds(now=20.0)
