"""Copies in step with their layer: what leaves in one go, over the kernel's wire with real SRTP."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sfu.core.copying import ALL_PICTURES, Copy
from sfu.core.load import Load
from sfu.core.track import Layer, Packet, Track
from sfu.shell import kernel
from sfu.shell.fan import Fan
from sfu.shell.kernel import KernelWire
from sfu.shell.wire import Lane
from tests.sfu.desk import FIRST, Desk, give, session
from tests.sfu.stage import STEPS, Stage, play
from tests.support.tries import tries


class Line:
    """A viewer's, that gets what is put into the fan and nothing else."""

    def __init__(self, lane: Lane | None) -> None:
        self.lane = lane

    def send_rtp(self, packet: bytes) -> None:
        raise AssertionError

    send_rtcp = send_rtp


class Student:
    """Has two equal copies: one writes packet by packet, the other's packets leave by the wire, a few at a time."""

    def __init__(self, alone: Copy, number: int, desk: Desk, fan: Fan) -> None:
        self.alone, self._first = alone, first_of(number)
        self.twin = copy_of(alone.track, number)
        gcm = number % 2 == 1
        self._viewer, self._due = desk.viewer(gcm=gcm), list[bytes]()
        fan.join(self.alone, Line(None))
        fan.join(self.twin, Line(desk.wire.lane(session(gcm=gcm), desk.address(self._viewer))))

    def aim(self, layer: Layer | None, tid: int) -> None:
        self.alone.aim(layer, tid)
        self.twin.aim(layer, tid)

    def write(self, packet: Packet) -> None:
        if (data := self.alone.write(packet)) is not None:
            self._due.append(data)

    def gets(self) -> None:
        due, self._due = self._due, []
        assert [self._viewer.plain() for _ in due] == due

    def same(self, back: int, *, now: float) -> bool:
        """Have both sent as much, and what would they send again of so many packets ago?"""
        sequence = self._first + self.alone.packets - back & 0xFFFF
        one, other = ((copy.again(sequence, now=now), copy.packets, copy.octets) for copy in (self.alone, self.twin))
        return one == other


class Twins(Stage):
    """For students in a row.  Every second one of them never aims at anything else than in the beginning."""

    def __init__(self, desk: Desk, students: int) -> None:
        super().__init__()
        self.together = 1  # so many packets leave at once
        self._desk = desk
        self._fan = Fan(lambda _: None, lambda _: None)
        copies = [self.copy, *(copy_of(self.track, n) for n in range(1, students))]
        self.students = [Student(copy, n, desk, self._fan) for n, copy in enumerate(copies)]
        self._turn: list[Packet] = []
        self._begun = False

    def aim(self, layer: int | None, tid: int = ALL_PICTURES) -> None:
        target = None if layer is None else self.track.layers[layer]
        for student in self.students[:: 2 if self._begun else 1]:
            student.aim(target, tid)
        self._begun = True

    def take(self, packet: Packet) -> None:
        self._turn.append(packet)
        if len(self._turn) >= self.together:
            self.leave()

    def leave(self) -> None:
        """What came since the last time leaves by the wire, as the other copies write it."""
        turn, self._turn = self._turn, []
        layers: dict[Layer, list[Packet]] = {}
        for packet in turn:
            layers.setdefault(packet.layer, []).append(packet)
        for layer, made in layers.items():
            self._fan.send({layer: made})
            for student in self.students:
                for packet in made:
                    student.write(packet)
        self._desk.wire.flush()
        for student in self.students:
            student.gets()

    def same(self, back: int) -> bool:
        return all(student.same(back, now=self.now) for student in self.students)


def copy_of(track: Track | None, number: int) -> Copy:
    return Copy(track, ssrc=77 + number, rtx_ssrc=0, first_sequence=first_of(number))


def first_of(number: int) -> int:
    return 65_000 + 300 * number


SHOWN: tuple[object, ...] = ("show", False, 1, -1, -1)


@pytest.mark.rule("LAYER-2")
@pytest.mark.parametrize("students", [1, 3])
@tries(300)
@example([(("show", True, 3, -1, -1), 1, 0), (("aim", 0, 0), 1, 0), *[(SHOWN, 1, 0)] * 4])  # thinned while in step
@given(st.lists(st.tuples(STEPS, st.sampled_from([1, 1, 2, 3, 9]), st.sampled_from([0, 0, 0, 1, 5])), max_size=60))
def test_what_leaves_in_one_go_is_what_leaves_packet_by_packet(
    students: int, steps: list[tuple[tuple[object, ...], int, int]]
) -> None:
    desk = Desk(KernelWire)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernel, "ROW_MIN", 2)
            twins = Twins(desk, students)
            for _, (_, together, back) in zip(
                play(twins, [step for step, *_ in steps], faults=True), steps, strict=True
            ):
                twins.together = together
                assert not back or twins.same(back)
            twins.leave()
        assert twins.same(1)
        assert not desk.counters.dropped
    finally:
        desk.close()


def test_what_a_viewer_without_a_way_misses_was_not_sent(fast: Desk) -> None:
    viewer, copy, fan = fast.viewer(), fast.copy(), Fan(lambda _: None, lambda _: None)
    lane = fast.wire.lane(session(), fast.address(viewer))
    fan.join(copy, line := Line(lane))
    for number, (payload, line.lane) in enumerate([(b"a", lane), (b"b", lane), (b"c", None), (b"d", lane)]):
        fan.moved(copy)
        fan.send({fast.layer: [fast.packet(number, payload)]})
    fast.wire.flush()
    assert [(sequence - FIRST, payload) for _, sequence, _, payload in (viewer.next() for _ in range(3))] == [
        (0, b"a"),
        (1, b"b"),
        (3, b"d"),
    ]
    assert copy.packets == 3


@pytest.mark.parametrize("payloads", [[b"one"], [b"one", b"two"]])
def test_what_left_before_a_copy_meets_a_bug_of_ours_is_not_written_over(
    fast: Desk, monkeypatch: pytest.MonkeyPatch, payloads: list[bytes]
) -> None:
    viewers, copies = [fast.viewer() for _ in range(3)], [fast.copy() for _ in range(3)]
    lanes = [fast.wire.lane(session(), fast.address(viewer)) for viewer in viewers]
    load = Load(fast.packets(*payloads))
    load.join(None)

    def broken(_: object) -> None:
        raise RuntimeError

    for name in ("fall_in", "place"):
        monkeypatch.setattr(copies[1], name, broken)
    with pytest.raises(RuntimeError):
        fast.wire.rank(list(zip(copies, lanes, strict=True))[:2])(load)
    give(lanes[2], copies[2], [fast.packet(900, b"another room's")])
    fast.wire.flush()
    assert (viewers[0].payloads(len(payloads)), viewers[2].payloads(1)) == (payloads, [b"another room's"])
    assert fast.counters.packets_out == len(payloads) + 1


def test_a_copy_in_step_with_its_layer_is_asked_nothing(fast: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, fall_in = [], Copy.fall_in

    def noted(copy: Copy, load: Load) -> bool:
        asked.append([packet.data[12:] for packet in load.packets])
        return fall_in(copy, load)

    monkeypatch.setattr(Copy, "fall_in", noted)
    viewer, copy = fast.viewer(), fast.copy()
    lane = fast.wire.lane(session(), fast.address(viewer))
    one, two, late, *more = fast.packets(b"one", b"two", b"late", b"four", b"five", b"six", b"seven")
    for together in ([one], [two], more[:2], [late], more[2:3], more[3:]):
        give(lane, copy, together)
    fast.wire.flush()
    assert viewer.payloads(7) == [b"one", b"two", b"four", b"five", b"late", b"six", b"seven"]
    assert asked == [[b"one"], [b"two"], [b"late"], [b"six"]]  # the first begins, and is placed as the late one is
    assert (copy.packets, copy.octets) == (7, 26)
