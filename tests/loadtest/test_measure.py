"""Numbers out of /proc, percentiles, and a load that keeps its times."""

import os
import time

import pytest

from loadtest.measure import Span, cpu_of, cpu_s, percentile, rss_kib
from loadtest.pace import play
from loadtest.school import spread
from loadtest.server import on_cores, shares
from loadtest.swarm import address


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.99, 0), ([7], 0.99, 7), ([3, 1, 2], 0.5, 2), (list(range(1, 101)), 0.99, 99), ([1, 2], 1.0, 2)],
)
def test_a_percentile_is_a_value_that_was_measured(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_processor_time_is_found_behind_any_name() -> None:
    assert cpu_of("1 (a ) S 5) R 1 1 1 0 -1 4194560 2000 0 3 0 170 42 9 9 20 0 3 0 100") == 212


def test_this_process_uses_time_and_memory() -> None:
    span = Span(os.getpid())
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    span.end()
    assert span.load_s >= 0.05
    assert 0 < span.load_cpu_percent <= 400
    assert cpu_s(os.getpid()) > 0
    assert rss_kib(os.getpid()) > 1000


async def test_a_plan_is_played_in_order_and_never_early() -> None:
    begun, done = time.perf_counter(), list[tuple[int, float]]()
    plan = [(number / 500, lambda n=number: done.append((n, time.perf_counter() - begun))) for number in range(20)]
    late = await play(plan)
    assert [number for number, _ in done] == list(range(20))
    assert all(at >= number / 500 - 0.002 for number, at in done)  # a loop's timer has whole milliseconds
    assert late >= 0


def test_people_are_spread_evenly() -> None:
    assert spread(10, 4) == [3, 3, 2, 2]
    assert sum(spread(10_000, 300)) == 10_000


def test_everybody_has_an_address_of_their_own() -> None:
    assert len({address(place) for place in range(62_500)}) == 62_500
    assert address(0) == "127.0.1.1"


def test_server_and_load_do_not_share_a_core_where_there_are_two() -> None:
    server, load = shares()
    assert not server & load
    before = os.sched_getaffinity(0)
    with on_cores(server):
        assert not server or os.sched_getaffinity(0) == server
    assert os.sched_getaffinity(0) == before
