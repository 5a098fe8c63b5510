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


@pytest.mark.parametrize("jump", [0, 1 << 17])
def test_what_is_too_old_is_let_go_however_few_packets_come(jump: int) -> None:
    """`jump`: another source feeds the layer, whose indexes begin far beyond."""
    cache: PacketCache[Kept] = PacketCache(16)
    kept = []
    for n in range(40):
        packet = Kept(5 + n + jump * (n >= 20), 10.0 + n)
        kept.append(ref(packet))
        assert cache.put(packet)
    del packet
    assert sum(one() is not None for one in kept) <= 4  # the last three, and one that the hand has not come to
    assert [cache.gone(5 + n + jump, now=49.0) for n in (35, 38, 39, 40)] == [True, False, False, False]
    assert not cache.put(Kept(5, 49.0))
