import pytest

from sfu.core.repairs import FORGOTTEN_S, REMEMBERED, Repairs


@pytest.mark.rule("MEDIA-35")
def test_a_packet_is_sent_again_three_times_and_not_within_two_round_trips() -> None:
    repairs = Repairs()
    sent = []
    for now in (1.0, 1.039, 1.04, 1.08, 1.5):
        if repairs.due(5, 0.02, now=now):
            repairs.answered(5, now=now)
            sent.append(now)
    assert sent == [1.0, 1.04, 1.08]
    assert repairs.due(6, 0.02, now=1.0)


@pytest.mark.parametrize("round_trip_s", [None, 0.3], ids=["unknown", "long"])
def test_it_waits_a_tenth_of_a_second_at_most(round_trip_s: float | None) -> None:
    repairs = Repairs()
    assert repairs.answered(5, now=1.0)
    assert [repairs.due(5, round_trip_s, now=now) for now in (1.09, 1.11)] == [False, True]
    assert not repairs.answered(5, now=1.11)


def test_the_same_number_much_later_is_another_packet() -> None:
    repairs = Repairs()
    for n in range(3):
        repairs.answered(5, now=1.0 + n)
    assert not repairs.due(5, 0.02, now=4.0)
    assert repairs.due(5, 0.02, now=3.0 + FORGOTTEN_S)


def test_what_is_remembered_is_bounded() -> None:
    repairs = Repairs()
    for sequence in range(REMEMBERED + 1):
        repairs.answered(sequence, now=1.0)
    assert [repairs.due(sequence, 0.02, now=1.0) for sequence in (0, 1)] == [True, False]
