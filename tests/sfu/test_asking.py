import pytest

from sfu.core.asking import UNBOUNDED, Asking


@pytest.mark.rule("MEDIA-20")
def test_fifty_packets_in_a_tenth_of_a_second_are_asked_for_until_a_second_after_the_last_overflow() -> None:
    asking = Asking()
    asking.asked(1000)
    assert asking.most(now=10.0) == UNBOUNDED
    asking.overflowed(now=10.0)
    assert asking.most(now=10.0) == 50
    asking.asked(45)
    assert asking.most(now=10.05) == 5
    asking.asked(5)
    assert asking.most(now=10.09) == 0
    assert asking.most(now=10.11) == 50
    asking.overflowed(now=10.5)
    assert asking.most(now=11.4) == 50
    assert asking.most(now=11.5) == UNBOUNDED
