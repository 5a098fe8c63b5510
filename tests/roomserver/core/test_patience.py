"""When a room takes its turns, and for how long it waits for a line that takes nothing."""

import pytest

from roomserver.core.delivery import SOFT_BYTES, STALLED_S, Pace, Patience

MEG = 1_000_000


def turn(pace: Pace, now: float, *, took: float, times: int = 1) -> None:
    for _ in range(times):
        pace.turned(now, took=took)


@pytest.mark.rule("DELIVER-7")
def test_the_first_event_after_silence_leaves_at_once_and_the_next_a_tick_later() -> None:
    pace = Pace()
    assert pace.due(100.0)
    pace.turned(100.0, took=0.001)
    assert not pace.due(100.019)
    assert pace.next == pytest.approx(100.02)
    assert pace.due(pace.next)
    assert pace.due(160.0)


@pytest.mark.rule("DELIVER-8")
@pytest.mark.parametrize(("took", "tick"), [(0.0, 0.02), (0.004, 0.02), (0.01, 0.05), (0.02, 0.1), (5.0, 0.1)])
def test_the_tick_stretches_to_five_times_what_a_turn_takes(took: float, tick: float) -> None:
    pace = Pace()
    turn(pace, 100.0, took=took, times=40)
    assert pace.tick_s == pytest.approx(tick, rel=0.001)
    turn(pace, 100.0, took=0.001, times=40)
    assert pace.tick_s == pytest.approx(0.02, rel=0.001)


@pytest.mark.rule("DELIVER-8")
def test_one_slow_turn_does_not_make_a_busy_room() -> None:
    pace = Pace()
    turn(pace, 100.0, took=3.0)
    assert pace.tick_s == pytest.approx(0.04)
    assert not pace.overloaded
    turn(pace, 100.0, took=0.001, times=10)
    assert pace.tick_s < 0.022


@pytest.mark.rule("DELIVER-8")
def test_a_room_whose_tick_stretches_no_further_is_overloaded_until_it_shrinks() -> None:
    pace = Pace()
    turn(pace, 100.0, took=0.03, times=5)
    assert not pace.overloaded
    turn(pace, 100.0, took=0.03, times=10)
    assert pace.overloaded
    turn(pace, 100.0, took=0.001)
    assert not pace.overloaded


@pytest.mark.rule("SLOW-1")
def test_a_line_is_stalled_above_64_kib_unsent_until_it_has_drained() -> None:
    patience = Patience()
    patience.look({1: SOFT_BYTES, 2: SOFT_BYTES + 1, 3: 0}, 100.0)
    assert set(patience.stalled) == {2}
    patience.look({1: 0, 2: 1, 3: 0}, 101.0)  # what is left in its buffer still has to go
    assert set(patience.stalled) == {2}
    patience.look({1: 0, 2: 0, 3: 0}, 102.0)
    assert patience.stalled == {}
    patience.look({2: SOFT_BYTES}, 103.0)
    assert patience.stalled == {}


@pytest.mark.rule("SLOW-2")
def test_a_line_that_takes_nothing_for_30_seconds_is_given_up_once() -> None:
    patience = Patience()
    patience.look({1: MEG, 2: MEG}, 100.0)
    assert patience.next == 130.0
    patience.look({1: MEG + 500, 2: 0}, 110.0)  # answers pile up: that is not taking
    assert patience.given_up(129.9) == []
    assert patience.given_up(130.0) == [1]
    assert patience.given_up(130.0) == []
    assert patience.next is None


@pytest.mark.rule("SLOW-2")
def test_who_takes_anything_at_all_is_waited_for() -> None:
    patience = Patience()
    patience.look({1: MEG}, 100.0)
    for minute in range(1, 10):
        patience.look({1: MEG - minute}, 100.0 + 29 * minute)
        assert patience.given_up(100.0 + 29 * minute) == []
    assert patience.next == 100.0 + 29 * 9 + STALLED_S


@pytest.mark.rule("SLOW-2")
def test_a_line_that_is_gone_is_waited_for_no_more() -> None:
    patience = Patience()
    patience.look({1: MEG}, 100.0)
    patience.forget(1)
    patience.forget(2)
    assert patience.given_up(200.0) == []
    assert patience.next is None
