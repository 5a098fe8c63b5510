from sfu.core.rate import RateMeter


def test_what_came_in_the_last_seconds_is_told_by_layers_in_time() -> None:
    rate = RateMeter()
    for n in range(51):
        rate.add(1000, n % 2, now=n / 10)
    assert rate.tids() == [0, 1]
    assert 75_000 <= rate.bits_per_s(now=5.0) <= 85_000
    assert 37_000 <= rate.bits_per_s(0, now=5.0) <= 43_000


def test_a_few_packets_are_no_large_rate_and_not_yet_known() -> None:
    rate = RateMeter()
    rate.add(1000, 0, now=5.0)
    assert rate.bits_per_s(now=5.0) == 16_000
    assert not rate.known(now=5.9)
    assert rate.known(now=6.0)


def test_what_has_stopped_is_forgotten_and_what_begins_again_is_new() -> None:
    rate = RateMeter()
    rate.add(1000, 0, now=5.0)
    assert rate.bits_per_s(now=8.5) > 0
    assert rate.bits_per_s(now=9.5) == 0
    assert rate.tids() == []
    rate.add(1000, 0, now=20.0)
    assert not rate.known(now=20.5)
