"""Packets in the order in which they were sent."""

import pytest

from sfu.core.reorder import HELD_MAX, PATIENCE_S, Reorder


def out(reorder: Reorder[str], now: float) -> list[str | None]:
    return list(reorder.take(now=now))


def test_packets_that_changed_places_are_put_in_order() -> None:
    reorder = Reorder[str]()
    for sequence in (65_535, 1, 0):
        reorder.put(sequence, str(sequence), now=0.0)
    assert out(reorder, 0.0) == ["65535", "0", "1"]


@pytest.mark.rule("REC-3")
def test_a_hole_is_waited_for_and_then_given_up() -> None:
    reorder = Reorder[str]()
    reorder.put(1, "1", now=0.0)
    reorder.put(4, "4", now=0.1)
    assert out(reorder, 0.1) == ["1"]
    assert out(reorder, 0.1 + PATIENCE_S - 0.01) == []
    assert out(reorder, 0.1 + PATIENCE_S) == [None, "4"]
    reorder.put(2, "2", now=0.7)  # too late
    reorder.put(5, "5", now=0.7)
    assert out(reorder, 0.7) == ["5"]


def test_what_came_twice_is_there_once() -> None:
    reorder = Reorder[str]()
    for _ in range(2):
        reorder.put(7, "7", now=0.0)
    assert out(reorder, 0.0) == ["7"]


def test_no_more_is_held_than_there_is_room_for() -> None:
    reorder = Reorder[str]()
    reorder.put(0, "0", now=0.0)
    for sequence in range(2, HELD_MAX + 3):
        reorder.put(sequence, "…", now=0.0)
    assert out(reorder, 0.0)[:3] == ["0", None, "…"]
