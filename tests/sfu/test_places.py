import pytest

from sfu.core.places import PLACES_MAX, STALLED_S, Places


@pytest.fixture
def places() -> Places[int]:
    """All taken, one after another."""
    places: Places[int] = Places()
    for holder in range(PLACES_MAX):
        assert not places.full
        places.take(holder, now=holder / 1000)
    assert places.full
    return places


@pytest.mark.rule("MEDIA-67")
def test_nobody_gives_way_while_all_get_on(places: Places[int]) -> None:
    assert places.stalled(now=STALLED_S - 0.001) is None


@pytest.mark.rule("MEDIA-67")
def test_the_one_that_has_got_no_further_for_longest_gives_way(places: Places[int]) -> None:
    assert places.stalled(now=STALLED_S) == 0
    places.got_on(0, now=STALLED_S)
    places.got_on(2, now=STALLED_S)
    assert places.stalled(now=STALLED_S + 0.001) == 1
    places.leave(1)
    assert not places.full
    assert places.stalled(now=STALLED_S + 0.001) is None
    assert places.stalled(now=STALLED_S + 0.003) == 3


def test_who_has_left_takes_no_place_by_getting_on(places: Places[int]) -> None:
    places.leave(5)
    places.leave(5)
    places.got_on(5, now=1.0)
    assert not places.full


def test_none_stalls_where_none_is() -> None:
    assert Places[int]().stalled(now=9.0) is None
