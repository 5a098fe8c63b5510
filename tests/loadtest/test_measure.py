"""Numbers out of /proc, percentiles, and a load that keeps its times."""

import os
import socket
import subprocess
import sys
import time

import pytest

from loadtest.measure import Span, core_busy_s, cpu_of, cpu_s, percentile, rss_kib, udp_drops, udp_inode
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
    assert cpu_of("1 (a ) S 5) R 1 1 1 0 -1 4194560 2000 0 3 0 170 42 9 9 20 0 3 0 100") == 230


def test_this_process_uses_time_and_memory() -> None:
    span = Span(os.getpid())
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    span.end()
    assert span.load_s >= 0.05
    assert 0 < span.load_cpu_percent <= 400
    assert 0 < span.wanted_percent <= 100
    assert cpu_s(os.getpid()) > 0
    assert rss_kib(os.getpid()) > 1000


BURN = "import sys, time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\nsys.stdin.read()"


def test_what_children_use_is_in_the_sum_while_they_run_and_when_they_have_ended() -> None:
    before, memory = cpu_s(os.getpid()), rss_kib(os.getpid())
    with subprocess.Popen([sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        running = cpu_s(os.getpid())
        assert rss_kib(os.getpid()) > memory + 1000
    assert running - before >= 0.25
    assert cpu_s(os.getpid()) >= running


def test_cores_are_told_apart() -> None:
    assert core_busy_s(0) > 0
    with pytest.raises(ValueError, match="no core 9999"):
        core_busy_s(9_999)


def test_what_a_full_queue_drops_is_found_by_port() -> None:
    here, there = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    with here, there:
        here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)  # the least there is
        here.bind(("127.0.0.1", 0))
        port = here.getsockname()[1]
        inode = udp_inode(port)
        assert inode == os.fstat(here.fileno()).st_ino
        assert udp_drops()[inode] == 0
        for _ in range(50):
            there.sendto(bytes(1_000), ("127.0.0.1", port))
        assert udp_drops()[inode] > 0
    with pytest.raises(ValueError, match="nobody listens"):
        udp_inode(port)


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
