import pytest

from sfu.core.overload import UNBOUNDED, Overload


@pytest.mark.rule("MEDIA-20")
def test_fifty_packets_in_a_tenth_of_a_second_are_asked_for_until_a_second_after_the_last_overflow() -> None:
    overload = Overload()
    overload.asked(1000)
    assert overload.most(now=10.0) == UNBOUNDED
    overload.overflowed(now=10.0)
    assert overload.most(now=10.0) == 10  # of one
    overload.asked(45)
    assert overload.most(now=10.05) == 5
    overload.asked(6)
    assert overload.most(now=10.09) == 0
    assert overload.most(now=10.11) == 10
    overload.overflowed(now=10.5)
    assert overload.most(now=11.4) == 10
    assert overload.most(now=11.5) == UNBOUNDED
