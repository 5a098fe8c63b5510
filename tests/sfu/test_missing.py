import pytest

from sfu.core.missing import Missing


@pytest.mark.rule("MEDIA-6")
def test_what_is_missing_is_asked_for_every_forty_milliseconds_ten_times() -> None:
    missing = Missing()
    for index in (5, 6, 9):
        assert missing.arrived(index)
    assert missing.due(now=1.0) == [7, 8]
    assert missing.due(now=1.039) == []
    assert [missing.due(now=1.0 + 0.05 * n) for n in range(1, 12)] == [[7, 8]] * 9 + [[], []]
    assert not missing


def test_what_came_late_is_not_asked_for() -> None:
    missing = Missing()
    for index in (5, 8, 7):
        missing.arrived(index)
    assert missing.due(now=0.0) == [6]


def test_a_large_hole_is_not_filled() -> None:
    missing = Missing()
    missing.arrived(1)
    assert not missing.arrived(200)
    assert missing.due(now=0.0) == []
    assert missing.arrived(201)
