import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sfu.core import limit
from sfu.core.limit import Limit

TEN_S = [n / 10_000 for n in range(100_000)]  # 10,000 datagrams a second


def admitted(limit: Limit, size: int, *, control: bool = False) -> int:
    return sum(limit.admits(size, control=control, now=now) for now in TEN_S)


def publisher(*kinds: str) -> Limit:
    found = limit.of_publisher()
    found.widen(kinds)
    return found


@pytest.mark.rule("MEDIA-16")
def test_a_hundred_megabits_become_twice_what_a_camera_is_allotted() -> None:
    bytes_per_s = admitted(publisher("video"), 1250) * 1250 / 11  # ten seconds, and one at once
    assert bytes_per_s == pytest.approx(2 * 2_500_000 / 8, rel=0.01)


@pytest.mark.rule("MEDIA-16")
def test_ten_thousand_small_packets_a_second_become_twice_what_a_camera_needs() -> None:
    assert admitted(publisher("video"), 40) / 11 == pytest.approx(600, rel=0.01)


@pytest.mark.rule("MEDIA-16")
def test_what_tracks_are_allotted_passes_whole() -> None:
    found = publisher("audio", "video")
    for n in range(10 * 250):
        assert found.admits(1250, control=False, now=n / 250)  # 2.5 Mbit/s
        if n % 5 == 0:
            assert found.admits(320, control=False, now=n / 250)  # 128 kbit/s, every 20 ms


def test_a_keyframe_passes_at_once() -> None:
    assert all(publisher("video").admits(1200, control=False, now=1.0) for _ in range(400))


@pytest.mark.rule("MEDIA-16")
def test_a_publisher_without_tracks_may_send_nothing() -> None:
    assert not publisher().admits(40, control=False, now=1.0)


def test_the_voice_does_not_pay_for_a_camera_that_was_stopped_and_still_sends() -> None:
    found = publisher("audio", "video")
    found.widen(["audio"])
    assert all(found.admits(1250, control=False, now=n / 250) for n in range(2500))


def burst(limit: Limit, count: int, *, now: float, proved: bool, control: bool = False) -> None:
    for _ in range(count):
        if limit.admits(40, control=control, now=now) and proved:
            limit.proved()


@pytest.mark.rule("MEDIA-16")
def test_what_is_refused_is_the_client_s_excess_if_what_was_admitted_for_a_second_was_the_client_s() -> None:
    found = publisher("video")
    burst(found, 602, now=1.0, proved=True)
    assert found.excess == 2
    burst(found, 700, now=3.0, proved=False)
    assert found.excess == 2
    burst(found, 500, now=3.9, proved=True)  # half is used up by others
    assert found.excess == 2
    burst(found, 602, now=4.9, proved=True)
    assert found.excess == 4


def test_rtcp_that_is_refused_is_no_excess_of_media() -> None:
    found = publisher("video")
    burst(found, 100, now=1.0, proved=True, control=True)
    assert found.excess == 0


@pytest.mark.rule("MEDIA-16")
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 40), st.integers(0, 10)), max_size=60))
@example([(0, 19, 1), (850, 0, 30)])
def test_whatever_others_send_a_client_has_no_excess_before_a_second_s_worth_is_its_own(
    steps: list[tuple[int, int, int]],
) -> None:
    found, now, ours = Limit(bytes_per_s=10_000, packets_per_s=20, compounds_per_s=5), 1.0, list[float]()
    for wait_ms, theirs, own in steps:
        now += wait_ms / 1000
        burst(found, theirs, now=now, proved=False)
        for _ in range(own):
            before = found.excess
            if found.admits(40, control=False, now=now):
                found.proved()
                ours.append(now)
            elif found.excess > before:
                assert sum(at > now - 1 for at in ours) >= 19  # and a part of one


@pytest.mark.rule("MEDIA-17")
def test_fifty_rtcp_compounds_of_a_publisher_are_read_in_a_second() -> None:
    assert admitted(publisher("video"), 80, control=True) / 11 == pytest.approx(50, rel=0.01)


@pytest.mark.rule("MEDIA-17")
@pytest.mark.parametrize(("size", "a_second"), [(80, 200), (1600, 20)])
def test_of_a_viewer_two_hundred_and_not_more_than_32_kb(size: int, a_second: int) -> None:
    assert admitted(limit.of_viewer(), size, control=True) / 11 == pytest.approx(a_second, rel=0.01)


def test_too_much_rtcp_takes_nothing_from_the_media() -> None:
    found = publisher("audio")
    assert sum(found.admits(400, control=True, now=1.0) for _ in range(10_000)) == 50
    assert found.admits(1200, control=False, now=1.0)
