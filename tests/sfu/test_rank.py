"""Copies that stand in a row, over the kernel's wire with real SRTP.  See `test_step` for what each of them gets."""

import errno
from collections.abc import Sequence

import pytest

from sfu.core.copying import Copy
from sfu.core.load import Load
from sfu.core.track import Packet
from sfu.shell import kernel
from sfu.shell.rank import ROW_MIN
from tests.sfu import packets
from tests.sfu.desk import FIRST, SSRC, Desk, Kernel, give, session

PAYLOADS = pytest.mark.parametrize("payloads", [[b"one"], [b"one", b"two", b"six"]])


class Class:
    """So many viewers that their copies stand in a row, after two loads."""

    def __init__(self, desk: Desk, *, gcm: Sequence[int], size: int = ROW_MIN + 2) -> None:
        """`gcm`: places of those with another way to protect."""
        self.desk = desk
        protect = [place in gcm for place in range(size)]
        self.viewers = [desk.viewer(gcm=one) for one in protect]
        self.copies = [desk.copy() for _ in protect]
        self.sessions = [session(gcm=one) for one in protect]
        addresses = [desk.address(viewer) for viewer in self.viewers]
        self.lanes = [desk.wire.lane(*way) for way in zip(self.sessions, addresses, strict=True)]
        self._forward = desk.wire.rank(list(zip(self.copies, self.lanes, strict=True)))
        self._next = 0

    def gets(self, *payloads: bytes) -> None:
        layer = self.desk.layer
        load = Load([self.packet(payload) for payload in payloads])
        layer.march = load.join(layer.march)
        self._forward(load)

    def packet(self, payload: bytes) -> Packet:
        """The next one."""
        self._next += 1
        return self.desk.packet(self._next, payload)

    def got(self, count: int) -> list[list[bytes]]:
        """Each of them."""
        self.desk.wire.flush()
        return [viewer.payloads(count) for viewer in self.viewers]


@pytest.fixture(params=[[], [0], [5, 6]], ids=["alike", "but the first", "but two"])
def row(request: pytest.FixtureRequest, fast: Desk) -> Class:
    made = Class(fast, gcm=request.param)
    for payload in (b"first", b"second"):
        made.gets(payload)
        assert made.got(1) == [[payload]] * len(made.viewers)
    return made


@PAYLOADS
def test_nobody_in_a_row_is_asked_anything(row: Class, monkeypatch: pytest.MonkeyPatch, payloads: list[bytes]) -> None:
    row.gets(*payloads)

    def asked(*_: object) -> None:
        raise AssertionError

    for name in ("fall_in", "fall_out", "place"):
        monkeypatch.setattr(Copy, name, asked)
    row.gets(*payloads)
    assert row.got(2 * len(payloads)) == [2 * payloads] * len(row.viewers)


@PAYLOADS
def test_who_falls_out_of_step_is_placed_and_comes_back(
    row: Class, monkeypatch: pytest.MonkeyPatch, payloads: list[bytes]
) -> None:
    row.gets(*payloads)
    row.copies[3].pause()  # until a keyframe, which each packet of sound is
    row.gets(*payloads)
    row.gets(*payloads)
    row.gets(*payloads)
    monkeypatch.delattr(kernel._Outbox, "forward")
    row.gets(*payloads)
    assert row.got(5 * len(payloads)) == [5 * payloads] * len(row.viewers)


@PAYLOADS
def test_what_libsrtp_refuses_to_one_reaches_the_others(row: Class, payloads: list[bytes]) -> None:
    row.sessions[2].protect(packets.rtp(FIRST + 3_000, b"", ssrc=SSRC))  # all that is to come is older than its window
    row.gets(*payloads)
    row.desk.wire.flush()
    others = [viewer for viewer in row.viewers if viewer is not row.viewers[2]]
    assert [viewer.payloads(len(payloads)) for viewer in others] == [payloads] * len(others)
    assert row.desk.counters.dropped == {"not_protected": len(payloads)}
    assert row.desk.counters.packets_out == (2 + len(payloads)) * len(row.viewers) - len(payloads)


def test_when_libsrtp_refuses_all_there_is_room_for_the_next(row: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(kernel, "_protect", lambda *_: 1)
        for _ in range(kernel.SLOTS):
            row.gets(b"refused")
            row.desk.wire.flush()
    row.gets(b"third")
    assert row.got(1) == [[b"third"]] * len(row.viewers)


def test_whose_path_takes_no_runs_leaves_the_row(row: Class, faulty: Kernel) -> None:
    row.gets(b"one", b"two")
    row.got(2)
    faulty.runs.clear()
    refused = iter([errno.EMSGSIZE])
    faulty.fails = lambda run: next(refused, 0) if run > 1 else 0
    faulty.at_once = 1
    for _ in range(2):
        row.gets(b"three", b"four")
        assert row.got(2) == [[b"three", b"four"]] * len(row.viewers)
    assert sorted(faulty.runs) == 4 * [1] + 2 * (len(row.viewers) - 1) * [2]
    assert row.desk.counters.dropped == {}


def test_packets_count_once_whose_copy_learns_of_its_path_while_they_wait(fast: Desk, faulty: Kernel) -> None:
    """The slots are full before the second copy's turn, and its packets of before are refused with those that leave."""
    some = Class(fast, gcm=[], size=3)
    for _ in range(3):
        some.gets(b"one")
        some.got(1)
    refused = iter([0, errno.EMSGSIZE])
    faulty.fails = lambda run: next(refused, 0) if run > 1 else 0
    faulty.at_once = 1
    many = [b"%02d" % n for n in range(60)]
    some.gets(*many)
    some.gets(*many)
    assert some.got(2 * len(many)) == [2 * many] * 3
    assert [copy.packets for copy in some.copies] == [3 + 2 * len(many)] * 3


@PAYLOADS
def test_a_bug_with_one_copy_leaves_what_is_others_alone(
    row: Class, monkeypatch: pytest.MonkeyPatch, payloads: list[bytes]
) -> None:
    early = row.desk.viewer()
    give(row.desk.wire.lane(session(), row.desk.address(early)), row.desk.copy(), [row.packet(b"early")])

    def broken(_: object) -> None:
        raise RuntimeError

    row.copies[4].pause()
    with monkeypatch.context() as patch:
        patch.setattr(row.copies[4], "fall_in", broken)
        for _ in range(2):
            with pytest.raises(RuntimeError):
                row.gets(*payloads)
    row.gets(*payloads)
    assert row.got(len(payloads)) == [payloads] * len(row.viewers)
    assert early.payloads(1) == [b"early"]
