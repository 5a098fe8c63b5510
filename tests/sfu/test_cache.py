from dataclasses import dataclass
from weakref import ref

import pytest

from sfu.core.cache import PacketCache


@dataclass
class Kept:
    index: int
    at: float = 0.0


def test_a_packet_is_kept_for_two_seconds() -> None:
    cache: PacketCache[Kept] = PacketCache()
    five = Kept(5, 10.0)
    cache.put(five)
    assert cache.get(5, now=12.0) is five
    assert cache.get(5, now=12.1) is None
    assert cache.get(4, now=10.0) is None


def test_a_newer_packet_takes_the_place_of_an_old_one() -> None:
    cache: PacketCache[Kept] = PacketCache(size=4)
    packets = [Kept(index) for index in range(6)]
    assert all(cache.put(packet) for packet in packets)
    assert [cache.get(index, now=0.0) for index in range(6)] == [None, None, *packets[2:]]


@pytest.mark.parametrize("index", [5, 1])
def test_what_was_there_before_or_is_too_old_is_refused(index: int) -> None:
    cache: PacketCache[Kept] = PacketCache(size=4)
    five = Kept(5)
    cache.put(five)
    assert not cache.put(Kept(index))
    assert cache.get(5, now=0.0) is five


def test_gone_is_what_is_too_old_and_not_what_has_not_come_yet() -> None:
    cache: PacketCache[Kept] = PacketCache(8)
    cache.put(Kept(1, 0.0))
    cache.put(Kept(3, 1.0))
    assert [cache.gone(index, now=2.5) for index in (1, 2, 3, 4)] == [True, False, False, False]
    cache.put(Kept(10, 2.5))
    assert cache.gone(2, now=2.5)


@pytest.mark.parametrize("before", [0, 2000])
@pytest.mark.parametrize("jump", [0, 1 << 17])
def test_what_is_too_old_is_let_go_however_few_packets_come(jump: int, before: int) -> None:
    """
    Args:
        jump: another source feeds the layer, whose indexes begin so far beyond.
        before: packets that came in a burst.
    """
    cache: PacketCache[Kept] = PacketCache()
    kept, first = [], 1000 + before
    for n in range(before):
        packet = Kept(1000 + n, 9.0)
        kept.append(ref(packet))
        assert cache.put(packet)
    for n in range(200):
        packet = Kept(first + n + jump * (n >= 100), 10.0 + n)
        kept.append(ref(packet))
        assert cache.put(packet)
    del packet
    assert sum(one() is not None for one in kept) <= 3
    assert [cache.gone(first + n + jump, now=209.0) for n in (190, 198, 199, 200)] == [True, False, False, False]
    assert not cache.put(Kept(first, 209.0))


def test_of_a_stream_that_has_stopped_nothing_is_kept() -> None:
    cache: PacketCache[Kept] = PacketCache()
    packet = Kept(5, 1.0)
    cache.put(packet)
    kept = ref(packet)
    del packet
    for n in range(100):
        cache.tidy(now=4.0 + n)
    assert kept() is None


def test_a_number_that_leaps_ahead_once_makes_nothing_old() -> None:
    cache: PacketCache[Kept] = PacketCache()
    for n in range(300):
        assert cache.put(Kept(20_000 if n == 50 else n, 0.1 * n))
