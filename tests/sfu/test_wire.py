"""Both wires over real sockets with real SRTP; faults of the kernel's alone are put in its place."""

import errno
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pylibsrtp import Policy

from sfu.core.load import Load
from sfu.shell import kernel
from sfu.shell.kernel import RUN_BYTES_MAX, RUN_MAX, SLOTS, KernelWire
from sfu.shell.wire import DATAGRAM_BYTES, PlainWire, Queue
from tests.sfu import packets
from tests.sfu.desk import FIRST, SSRC, Desk, Kernel, give, session

TRAILER_BYTES = 10  # of AES-CM with HMAC-SHA1-80
MISSING = """
import sys, pylibsrtp
del pylibsrtp.Session.__init__  # another pylibsrtp: its sessions have no `_srtp`
from sfu.shell import port
print(port.wire_for.__name__)
"""
NOWHERE = "192.0.2.1"  # not reached from a socket of 127.0.0.1 (RFC 5737)


@pytest.fixture
def desk(wire_for: type[PlainWire]) -> Iterator[Desk]:
    made = Desk(wire_for)
    yield made
    made.close()


# Out.


def test_what_a_copy_patches_is_written_where_it_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer, copy = desk.viewer(), desk.copy()
    first, *more = desk.packets(b"abcde", b"fghij", b"klmno")
    lane = desk.wire.lane(session(), desk.address(viewer))
    give(lane, copy, [first])
    monkeypatch.setattr(copy, "patching", True)
    monkeypatch.setattr(copy, "patches", lambda packet: [(12, packet.data[-1:]), (14, b"xy")])
    give(lane, copy, more)
    desk.wire.flush()
    assert viewer.payloads(3) == [b"abcde", b"jgxyj", b"olxyo"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_packet_reaches_the_viewer_as_its_copy_places_it(wire_for: type[PlainWire], host: str) -> None:
    desk = Desk(wire_for, host)
    viewer = desk.viewer()
    lane = desk.wire.lane(session(), desk.address(viewer))
    give(lane, desk.copy(), desk.packets(b"one", b"two"))
    desk.wire.flush()
    assert [viewer.next(), viewer.next()] == [(SSRC, FIRST, 0, b"one"), (SSRC, FIRST + 1, 1, b"two")]
    assert desk.counters.packets_out == 2
    assert desk.counters.bytes_out == 2 * (12 + 3 + TRAILER_BYTES)
    desk.close()


def test_a_packet_that_is_not_for_a_viewer_is_left_out(desk: Desk) -> None:
    viewer, copy = desk.viewer(), desk.copy()
    lane = desk.wire.lane(session(), desk.address(viewer))
    late, *others = desk.packets(b"late", b"one", b"two")
    give(lane, copy, [others[0], late, others[1]])
    desk.wire.flush()
    assert viewer.payloads(2) == [b"one", b"two"]


def test_many_packets_of_many_sizes_reach_many_viewers_in_order(desk: Desk) -> None:
    payloads = [bytes([n % 256]) * (n * 37 % 1100) for n in range(40)] + [b"equal"] * 100 + [b"less"] + [b"equal"] * 4
    viewers = [desk.viewer() for _ in range(3)]
    lanes = [desk.wire.lane(session(), desk.address(viewer)) for viewer in viewers]
    made = desk.packets(*payloads)
    for lane in lanes:
        give(lane, desk.copy(), made)
    desk.wire.flush()
    for viewer in viewers:
        assert viewer.payloads(len(payloads)) == payloads


def test_more_packets_than_there_are_slots_all_leave(desk: Desk) -> None:
    viewer = desk.viewer()
    lane = desk.wire.lane(session(), desk.address(viewer))
    payloads = [b"%d" % n for n in range(2 * SLOTS + 5)]
    copy = desk.copy()
    made = desk.packets(*payloads)
    give(lane, copy, made)
    desk.wire.flush()
    assert viewer.payloads(len(payloads)) == payloads


@pytest.mark.parametrize("payloads", [[b"one"], [b"one", b"two", b"six"]])
def test_more_viewers_than_there_are_slots_for_are_all_served(fast: Desk, payloads: list[bytes]) -> None:
    """Three packets each: the last slot but one would hold the first of them."""
    viewers = [fast.viewer() for _ in range(SLOTS // len(payloads) + 2)]
    lanes = [fast.wire.lane(session(), fast.address(viewer)) for viewer in viewers]
    forward = fast.wire.rank([(fast.copy(), lane) for lane in lanes])
    made = fast.packets(*payloads, *payloads, *payloads)
    for n in range(0, len(made), len(payloads)):  # the first is placed, with the next they fall in, then they line up
        load = Load(made[n : n + len(payloads)])
        fast.layer.march = load.join(fast.layer.march)
        forward(load)
        fast.wire.flush()
    assert [viewer.payloads(len(made)) for viewer in viewers] == [3 * payloads] * len(viewers)


def test_what_libsrtp_refuses_is_counted_and_the_rest_leaves(desk: Desk) -> None:
    """A sequence number older than its window: nobody can say whether it was used before."""
    viewer, copy = desk.viewer(), desk.copy()
    lane = desk.wire.lane(session(), desk.address(viewer))
    first, old, new = desk.packet(0, b"first"), desk.packet(1, b"old"), desk.packet(1000, b"new")
    give(lane, copy, [first, new, old, desk.packet(1001, b"newer")])
    desk.wire.flush()
    assert viewer.payloads(3) == [b"first", b"new", b"newer"]
    assert desk.counters.dropped == {"not_protected": 1}
    assert desk.counters.packets_out == 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_path_that_fails_costs_the_others_nothing(desk: Desk, count: int) -> None:
    before, after = desk.viewer(), desk.viewer()
    known = desk.address(before)
    nowhere = known[:4] + socket.inet_aton(NOWHERE) + known[8:] if isinstance(known, bytes) else (NOWHERE, 9)
    payloads = [b"%d" % n for n in range(count)]
    made = desk.packets(*payloads)
    for address in (known, nowhere, desk.address(after)):
        give(desk.wire.lane(session(), address), desk.copy(), made)
    desk.wire.flush()
    assert before.payloads(count) == after.payloads(count) == payloads
    assert desk.counters.dropped == {"not_sent": count}
    assert desk.counters.packets_out == 2 * count
    assert desk.counters.bytes_out == 2 * count * (12 + 1 + TRAILER_BYTES)


def test_a_packet_of_the_largest_size_goes_through_the_fast_way(fast: Desk) -> None:
    """Longer than pylibsrtp's own buffer."""
    largest = fast.packet(1, bytes(DATAGRAM_BYTES - TRAILER_BYTES - 12))
    other = Desk(KernelWire)
    sender = fast.viewer()
    sender.socket.sendto(b"x", other.host)
    [(address, _)] = other.wire.receive(1)
    give(other.wire.lane(session(), address), fast.copy(), [largest])
    other.wire.flush()
    protected = sender.socket.recv(4096)
    assert len(protected) == DATAGRAM_BYTES
    [(_, arrival)] = fast.arrives(protected)
    plain = arrival.unprotect(session(Policy.SSRC_ANY_INBOUND))
    assert plain is not None
    assert plain[12:] == largest.data[12:]
    other.close()


def test_the_plain_way_refuses_what_is_too_long_for_pylibsrtp() -> None:
    desk = Desk(PlainWire)
    viewer = desk.viewer()
    give(desk.wire.lane(session(), desk.address(viewer)), desk.copy(), desk.packets(bytes(1400), b"small"))
    assert viewer.payloads(1) == [b"small"]
    assert desk.counters.dropped == {"not_protected": 1}
    desk.close()


@pytest.mark.parametrize(
    ("sizes", "runs"),
    [
        ([50], [1]),
        ([50, 50, 50], [3]),
        ([50, 50, 20], [3]),
        ([50, 20, 20], [2, 1]),
        ([20, 50, 50], [1, 2]),
        ([50, 50, 20, 50], [3, 1]),
        ([9] * (RUN_MAX + 1), [RUN_MAX, 1]),
        ([1400] * 60, [RUN_BYTES_MAX // 1556, 60 - RUN_BYTES_MAX // 1556]),
    ],
)
def test_equal_packets_to_one_viewer_are_one_message(
    fast: Desk, faulty: Kernel, sizes: list[int], runs: list[int]
) -> None:
    viewer = fast.viewer()
    payloads = [bytes([n]) * size for n, size in enumerate(sizes)]
    give(fast.wire.lane(session(), fast.address(viewer)), fast.copy(), fast.packets(*payloads))
    fast.wire.flush()
    assert faulty.runs == runs
    assert viewer.payloads(len(sizes)) == payloads


def test_viewers_have_messages_of_their_own(fast: Desk, faulty: Kernel) -> None:
    made = fast.packets(b"a", b"b")
    for _ in range(3):
        give(fast.wire.lane(session(), fast.address(fast.viewer())), fast.copy(), made)
    fast.wire.flush()
    assert faulty.runs == [2, 2, 2]


def test_a_kernel_that_takes_a_few_messages_at_a_time_gets_the_rest_again(fast: Desk, faulty: Kernel) -> None:
    faulty.at_once = 2
    viewers = [fast.viewer() for _ in range(5)]
    made = fast.packets(b"a")
    for viewer in viewers:
        give(fast.wire.lane(session(), fast.address(viewer)), fast.copy(), made)
    fast.wire.flush()
    assert [viewer.payloads(1) for viewer in viewers] == [[b"a"]] * 5
    assert fast.counters.dropped == {}


def test_when_the_socket_is_full_the_rest_is_dropped_and_counted(fast: Desk, faulty: Kernel) -> None:
    viewers = [fast.viewer() for _ in range(3)]
    made = fast.packets(b"a", b"b")
    lanes = [fast.wire.lane(session(), fast.address(viewer)) for viewer in viewers]
    faulty.fails = lambda run: errno.EAGAIN if faulty.runs else 0
    faulty.at_once = 1
    for lane in lanes:
        give(lane, fast.copy(), made)
    fast.wire.flush()
    assert viewers[0].payloads(2) == [b"a", b"b"]
    assert fast.counters.dropped == {"not_sent": 4}
    assert fast.counters.packets_out == 2
    faulty.fails = lambda run: 0
    give(lanes[1], fast.copy(), [fast.packet(2, b"later")])
    fast.wire.flush()
    assert viewers[1].payloads(1) == [b"later"]


@pytest.mark.parametrize("error", [errno.EINVAL, errno.EMSGSIZE, errno.EIO])
def test_runs_that_a_path_cannot_take_go_one_by_one_from_then_on(fast: Desk, faulty: Kernel, error: int) -> None:
    viewer, copy = fast.viewer(), fast.copy()
    lane = fast.wire.lane(session(), fast.address(viewer))
    faulty.fails = lambda run: error if run > 1 else 0
    give(lane, copy, fast.packets(b"a", b"b", b"c"))
    fast.wire.flush()
    give(lane, copy, [fast.packet(3, b"d"), fast.packet(4, b"e")])
    fast.wire.flush()
    assert viewer.payloads(5) == [b"a", b"b", b"c", b"d", b"e"]
    assert faulty.runs == [1] * 5
    assert fast.counters.dropped == {}


def test_without_segmentation_in_the_kernel_each_packet_is_a_message(
    monkeypatch: pytest.MonkeyPatch, faulty: Kernel
) -> None:
    monkeypatch.setattr(kernel, "_UDP_SEGMENT", 9999)  # an option that no kernel knows
    desk = Desk(KernelWire)
    viewer = desk.viewer()
    give(desk.wire.lane(session(), desk.address(viewer)), desk.copy(), desk.packets(b"a", b"b"))
    desk.wire.flush()
    assert viewer.payloads(2) == [b"a", b"b"]
    assert faulty.runs == [1, 1]
    desk.close()


# In.


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_what_comes_is_told_with_its_address(wire_for: type[PlainWire], host: str) -> None:
    desk = Desk(wire_for, host)
    viewer = desk.viewer()
    (address, first), (again, second) = desk.arrives(b"first", b"2", source=viewer)
    assert (bytes(first), bytes(second), first.size, first.view[0]) == (b"first", b"2", 5, ord("f"))
    assert address == again
    assert desk.wire.host(address) == viewer.socket.getsockname()
    assert desk.wire.source(address) == (bytes(8) if host == "::1" else b"\x7f\0\0\1")
    desk.wire.send(b"back", address)
    assert viewer.socket.recv(10) == b"back"
    desk.close()


def test_addresses_differ_by_their_port(desk: Desk) -> None:
    assert desk.address(desk.viewer()) != desk.address(desk.viewer())


def test_no_more_is_read_than_is_asked_for(desk: Desk) -> None:
    viewer = desk.viewer()
    desk.address(viewer)
    for n in range(5):
        viewer.socket.sendto(bytes([n]), desk.host)
    assert [bytes(arrival) for _, arrival in desk.wire.receive(3)] == [b"\0", b"\1", b"\2"]
    assert [bytes(arrival) for _, arrival in desk.wire.receive(3)] == [b"\3", b"\4"]
    assert desk.wire.receive(3) == []


def test_a_datagram_is_opened_once(desk: Desk) -> None:
    plain = packets.rtp(1, b"sound")
    wire = session().protect(plain)
    receiving = session(Policy.SSRC_ANY_INBOUND)
    came = desk.arrives(wire, wire, wire[:-1] + b"\0", wire[:20], b"\x80")
    assert [arrival.unprotect(receiving) for _, arrival in came] == [plain, None, None, None, None]


def test_a_datagram_that_is_too_long_is_not_authentic(desk: Desk) -> None:
    came = desk.arrives(b"\x80\x60" + bytes(3000))
    assert [arrival.unprotect(session(Policy.SSRC_ANY_INBOUND)) for _, arrival in came] == [None]


def test_what_the_kernel_drops_is_known(desk: Desk) -> None:
    viewer = desk.viewer()
    desk.address(viewer)
    assert desk.wire.queue() == Queue(0, False)
    desk.wire._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the least that there is
    for _ in range(50):
        viewer.socket.sendto(bytes(1000), desk.host)
    assert desk.wire.queue().crowded
    kept = len(desk.wire.receive(64))
    assert desk.wire.queue() == Queue(50 - kept, False)
    assert kept < 50


def test_where_the_fast_way_is_missing_the_port_takes_the_plain_one() -> None:
    found = subprocess.run(
        [sys.executable, "-c", MISSING], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert found.stdout == "PlainWire\n"
