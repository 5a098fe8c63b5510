import pytest

from sfu.core.missing import Missing


@pytest.mark.rule("MEDIA-6")
def test_what_is_missing_is_asked_for_every_forty_milliseconds_ten_times() -> None:
    missing = Missing()
    for index in (5, 6, 9):
        assert missing.arrived(index, now=1.0)
    assert missing.due(now=1.0) == [7, 8]
    assert missing.due(now=1.039) == []
    assert [missing.due(now=1.0 + 0.05 * n) for n in range(1, 12)] == [[7, 8]] * 9 + [[], []]
    assert missing.due_at == float("inf")


@pytest.mark.rule("MEDIA-20")
def test_what_may_not_be_asked_for_yet_waits_for_half_a_second() -> None:
    missing = Missing()
    for index in (5, 9):
        assert missing.arrived(index, now=1.0)
    assert missing.due_at == 1.0
    assert missing.due(2, now=1.0) == [6, 7]
    assert missing.due(2, now=1.02) == [8]
    missing.arrived(11, now=1.03)
    assert missing.due(0, now=1.03) == []
    assert missing.due(now=1.53) == [6, 7, 8]
    assert missing.due_at == pytest.approx(1.57)


@pytest.mark.rule("MEDIA-20")
def test_what_was_asked_for_once_and_then_not_for_long_is_given_up() -> None:
    missing = Missing()
    for index in (5, 8):
        assert missing.arrived(index, now=1.0)
    assert missing.due(1, now=1.0) == [6]
    assert missing.due(0, now=2.9) == []
    assert missing.due(now=3.0) == []
    assert missing.due_at == float("inf")


def test_what_came_late_is_not_asked_for() -> None:
    missing = Missing()
    for index in (5, 8, 7):
        missing.arrived(index, now=0.0)
    assert missing.due(now=0.0) == [6]


def test_a_large_hole_is_not_filled() -> None:
    missing = Missing()
    missing.arrived(1, now=0.0)
    assert not missing.arrived(200, now=0.0)
    assert missing.due(now=0.0) == []
    assert missing.arrived(201, now=0.0)


@pytest.mark.rule("MEDIA-16")
def test_what_was_not_let_in_is_not_asked_for_and_what_is_lost_later_is() -> None:
    missing = Missing()
    for index in (5, 7):
        missing.arrived(index, now=1.0)
    assert missing.forgo()  # 6 is missing, and may have come again
    assert not missing.forgo()
    assert missing.arrived(4, now=1.0)  # late: what was not let in came behind 7
    assert not missing.arrived(10, now=1.0)
    assert missing.due(now=1.0) == []
    assert missing.arrived(12, now=1.0)
    assert missing.due(now=1.0) == [11]


@pytest.mark.rule("MEDIA-16")
def test_where_no_hole_opened_nothing_of_this_stream_was_kept_out() -> None:
    missing = Missing()
    missing.arrived(5, now=1.0)
    missing.forgo()
    assert missing.arrived(6, now=1.0)
    assert missing.arrived(8, now=1.0)
    assert missing.due(now=1.0) == [7]


@pytest.mark.rule("MEDIA-6")
def test_on_a_long_line_it_is_asked_again_after_a_round_trip() -> None:
    missing = Missing()
    for index in (5, 7):
        missing.arrived(index, now=1.0)
    assert missing.due(now=1.0) == [6]
    missing.arrived(6, now=1.2)
    missing.arrived(9, now=2.0)
    assert [missing.due(now=now) for now in (2.0, 2.15, 2.21)] == [[8], [], [8]]
    for index in range(8, 40, 2):  # answers that seem to take for ever
        missing.arrived(index, now=100.0)
        missing.due(now=100.0)
    assert missing.due(now=100.6) != []
