"""What is made once and kept."""

import asyncio

import pytest

from roomserver.shell.kept import Kept, Once
from roomserver.shell.places import Busy, Places, TooMany


def test_the_newest_are_kept_as_long_as_they_weigh_no_more_than_they_may() -> None:
    kept = Kept[str, bytes](10, lambda _, value: len(value))
    for key, value in (("a", b"1234"), ("b", b"1234"), ("a", b"12"), ("c", b"1234")):
        kept.put(key, value)
    assert (kept.get("b"), kept.weight) == (b"1234", 10)
    kept.put("d", b"1")
    assert [kept.get(key) for key in "abcd"] == [None, b"1234", b"1234", b"1"]
    kept.put("e", b"far too much")
    assert (kept.get("e"), kept.weight) == (None, 9)


async def test_who_asks_for_what_is_being_made_waits_for_it() -> None:
    once, made, ready = Once[str, int](), 0, asyncio.Event()

    async def make() -> int:
        nonlocal made
        made += 1
        await ready.wait()
        return made

    first, *others = (asyncio.create_task(once.get("a", make)) for _ in range(5))
    await asyncio.sleep(0)
    first.cancel()
    ready.set()
    assert await asyncio.gather(*others) == [1, 1, 1, 1]
    assert await once.get("a", make) == 2


def test_places_are_for_so_many_and_so_many_for_each() -> None:
    places = Places("drawn", most=3, each=2)
    with places.place("a"), places.place("a"):
        with pytest.raises(TooMany), places.place("a"):
            pass
        with places.place("b"), pytest.raises(Busy, match="too much is being drawn"), places.place("c"):
            pass
    with places.place("a"), places.place("a"), places.place("b"):
        pass
