from sfu.core.rate import RateMeter


def test_what_came_in_the_last_seconds_is_told_by_layers_in_time() -> None:
    rate = RateMeter()
    for n in range(31):
        rate.add(1000, n % 2, now=n / 10)
    assert rate.tids() == [0, 1]
    assert 75_000 <= rate.bits_per_s(now=3.0) <= 90_000
    assert 37_000 <= rate.bits_per_s(0, now=3.0) <= 50_000


def test_a_few_packets_are_no_large_rate() -> None:
    rate = RateMeter()
    rate.add(1000, 0, now=5.0)
    assert rate.bits_per_s(now=5.0) == 16_000


def test_what_has_stopped_is_forgotten() -> None:
    rate = RateMeter()
    rate.add(1000, 0, now=5.0)
    assert rate.bits_per_s(now=6.5) > 0
    assert rate.bits_per_s(now=8.0) == 0
    assert rate.tids() == []
