import pytest

from sfu.core.cache import PacketCache


def test_a_packet_is_kept_for_two_seconds() -> None:
    cache: PacketCache[str] = PacketCache()
    cache.put(5, "five", now=10.0)
    assert cache.get(5, now=12.0) == "five"
    assert cache.get(5, now=12.1) is None
    assert cache.get(4, now=10.0) is None


def test_a_newer_packet_takes_the_place_of_an_old_one() -> None:
    cache: PacketCache[str] = PacketCache(size=4)
    for index in range(6):
        assert cache.put(index, str(index), now=0.0)
    assert [cache.get(index, now=0.0) for index in range(6)] == [None, None, "2", "3", "4", "5"]


@pytest.mark.parametrize("index", [5, 1])
def test_what_was_there_before_or_is_too_old_is_refused(index: int) -> None:
    cache: PacketCache[str] = PacketCache(size=4)
    cache.put(5, "five", now=0.0)
    assert not cache.put(index, "again", now=0.0)
    assert cache.get(5, now=0.0) == "five"


def test_gone_is_what_is_too_old_and_not_what_has_not_come_yet() -> None:
    cache: PacketCache[bytes] = PacketCache(8)
    cache.put(1, b"one", now=0.0)
    cache.put(3, b"three", now=1.0)
    assert [cache.gone(index, now=2.5) for index in (1, 2, 3, 4)] == [True, False, False, False]
    cache.put(10, b"ten", now=2.5)
    assert cache.gone(2, now=2.5)
