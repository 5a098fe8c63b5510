"""What a bad line does to packets, without a network; and that a network gets it."""

import asyncio
import os
import sys
from collections.abc import Iterator

import pytest

from loadtest.line import Line, Shape
from loadtest.links import Link, changed, forget, namespace, why_not

PACKET = bytes(1_250)  # 10,000 bits
needs_links = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")


def test_a_good_line_carries_everything_at_once() -> None:
    line = Line(Shape(), 1)
    line.put(b"a", now=1.0)
    line.put(b"b", now=1.0)
    assert line.next_at() == 1.0
    assert line.due(now=1.0) == [b"a", b"b"]
    assert line.next_at() is None


def test_a_packet_arrives_after_the_delay_and_not_before() -> None:
    line = Line(Shape(delay_ms=150), 1)
    line.put(b"a", now=1.0)
    assert line.next_at() == 1.15
    assert line.due(now=1.149) == []
    assert line.due(now=1.15) == [b"a"]


def test_jitter_spreads_arrivals_evenly_around_the_delay() -> None:
    line = Line(Shape(delay_ms=100, jitter_ms=50), 1)
    took = []
    for number in range(100):
        line.put(b"a", now=float(number))
        took.append((line.next_at() or 0.0) - number)
        line.due(now=number + 0.5)
    assert 0.05 <= min(took) < 0.06
    assert 0.14 < max(took) <= 0.15


def test_jitter_keeps_the_order() -> None:
    line = Line(Shape(delay_ms=100, jitter_ms=50), 1)
    packets = [bytes((n,)) for n in range(100)]
    for number, packet in enumerate(packets):
        line.put(packet, now=number / 100)
    assert [packet for now in range(200) for packet in line.due(now=now / 100)] == packets


def test_so_many_of_a_hundred_are_lost() -> None:
    line = Line(Shape(loss_percent=5), 1)
    for _ in range(10_000):
        line.put(b"a", now=0.0)
    assert line.lost == pytest.approx(500, rel=0.15)
    assert len(line.due(now=0.0)) == line.carried == 10_000 - line.lost


def test_a_slow_line_makes_packets_wait_and_drops_what_would_wait_too_long() -> None:
    line = Line(Shape(rate_kbit=100, queue_ms=250), 1)  # 100 ms a packet
    for _ in range(5):
        line.put(PACKET, now=0.0)
    assert line.overflowed == 2
    assert [len(line.due(now=now)) for now in (0.05, 0.11, 0.21, 0.31, 1.0)] == [0, 1, 1, 1, 0]


def test_what_is_on_the_line_arrives_when_it_goes_down_and_nothing_after() -> None:
    line = Line(Shape(delay_ms=100), 1)
    line.put(b"a", now=0.0)
    line.shape = Shape(delay_ms=100, down=True)
    line.put(b"b", now=0.01)
    assert line.due(now=1.0) == [b"a"]


def test_a_change_is_words_with_numbers() -> None:
    assert changed(Shape(delay_ms=20), ("loss_percent=5", "down=1")) == Shape(20, loss_percent=5, down=True)
    with pytest.raises(ValueError, match="no 'los'"):
        changed(Shape(), ("los=5",))
    with pytest.raises(ValueError, match="could not convert"):
        changed(Shape(), ("loss_percent=much",))


@pytest.fixture
def elsewhere() -> Iterator[str]:
    name = f"line-test-{os.getpid()}"
    namespace(name)
    yield name
    forget(name)


async def pinged(name: str, address: str, *options: str) -> str:
    command = ("ip", "netns", "exec", name, sys.executable, "-c", PROBE, address, *options)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return out.decode()


# Datagrams to the other end, which sends them back; prints how many came, and the quickest's milliseconds.
PROBE = """
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(0.5)
took = []
for _ in range(5):
    begun = time.perf_counter()
    sock.sendto(b"x", (sys.argv[1], int(sys.argv[2])))
    try:
        sock.recv(100)
    except TimeoutError:
        continue
    took.append(1e3 * (time.perf_counter() - begun))
print(len(took), *(f"{least:.1f}" for least in sorted(took)[:1]))
"""


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        self.transport.sendto(data, addr)


@needs_links
async def test_two_namespaces_are_joined_by_a_line_that_changes_while_it_runs(elsewhere: str) -> None:
    link = await Link.start("-", elsewhere, ("10.214.250.1", "10.214.250.2"), Shape())
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Echo, ("10.214.250.1", 0))
    port = str(transport.get_extra_info("sockname")[1])
    try:
        assert (await pinged(elsewhere, "10.214.250.1", port)).startswith("5 ")
        await link.change(delay_ms=60)
        count, least = (await pinged(elsewhere, "10.214.250.1", port)).split()
        assert count == "5"
        assert float(least) >= 120  # there and back
        await link.change(down=1)
        assert await pinged(elsewhere, "10.214.250.1", port) == "0\n"
        await link.change(down=0, delay_ms=0)
        assert (await pinged(elsewhere, "10.214.250.1", port)).startswith("5 ")
    finally:
        transport.close()
        said = await link.stop()
    assert "lost 5" in said
