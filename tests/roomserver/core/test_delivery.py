"""Delivery: cursors into the log, one encoding for all who lack the same, and nobody cut off for being slow."""

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codec import JSON, MSGPACK, Codec
from roomserver.core import effects as fx
from roomserver.core.delivery import Delivery
from roomserver.core.log import ALL, NOBODY, STAFF, Audience, Draft, Log, Side
from tests.support.lesson import Guest, Lesson

BEN = Audience(members=frozenset({3}))
STAFF_AND_OBSERVERS = Audience(staff=True, observers=True)
STAFF_AND_BEN = Audience(staff=True, members=frozenset({3}))


class Desk:
    """A delivery with a log; what is framed is shown as `j1 ` or `m1 `: the codec and the event's number."""

    def __init__(self, *, after: int = 0) -> None:
        self.framed: list[str] = []
        self.delivery = Delivery(self._frame, after=after)
        self._log = Log(seq=after)

    def _frame(self, codec: Codec, message: object) -> bytes:
        shown = str(message.seq) if isinstance(message, e.EpochRaised) else f"{message.x}"  # type: ignore[attr-defined]
        self.framed.append(codec.subprotocol[-1] + shown)
        return f"{'j' if codec is JSON else 'm'}{shown} ".encode()

    def append(self, *audiences: Audience, at: int = 0) -> None:
        for audience in audiences:
            draft = Draft(e.EpochRaised(epoch=1, durable=0), audience)
            self.delivery.append(self._log.append(draft, at=at, cause=None))

    def enter(self, line: int, *, codec: Codec = JSON, side: Side = "learner", seq: int = 0) -> None:
        """The member has the line's number."""
        self.delivery.enter(line, codec, line, side=side, seq=seq)

    def collect(self, *stalled: int) -> dict[int, str]:
        return {line: data.decode() for line, data in self.delivery.collect(set(stalled))}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.rule("DELIVER-1")
def test_those_who_lack_the_same_get_the_same_bytes_encoded_once(desk: Desk) -> None:
    for line in (1, 2, 3):
        desk.enter(line)
    desk.enter(4, codec=MSGPACK)
    desk.append(ALL, ALL)
    writes = dict(desk.delivery.collect())
    assert writes == {1: b"j1 j2 ", 2: b"j1 j2 ", 3: b"j1 j2 ", 4: b"m1 m2 "}
    assert writes[1] is writes[2] is writes[3]
    assert len(desk.framed) == 4
    desk.enter(5, seq=1)
    assert desk.collect() == {5: "j2 "}
    assert len(desk.framed) == 4


@pytest.mark.rule("DELIVER-1")
def test_those_who_lack_the_same_and_may_see_the_same_share_bytes_though_others_may_not(desk: Desk) -> None:
    for line in (2, 3, 4, 5):
        desk.enter(line)
    desk.enter(1, side="staff")
    desk.enter(6, side="staff")
    desk.append(ALL, STAFF_AND_BEN, BEN)
    writes = dict(desk.delivery.collect())
    assert writes == {
        2: b"j1 ",
        3: b"j1 j2 j3 ",
        4: b"j1 ",
        5: b"j1 ",
        1: b"j1 j2 ",
        6: b"j1 j2 ",
    }
    assert writes[2] is writes[4] is writes[5]
    assert writes[1] is writes[6]


@pytest.mark.rule("DELIVER-2")
def test_an_event_goes_only_to_its_audience(desk: Desk) -> None:
    desk.enter(1, side="staff")
    desk.enter(2)
    desk.enter(3)
    desk.append(ALL, STAFF, BEN, NOBODY, STAFF_AND_BEN)
    assert desk.collect() == {1: "j1 j2 j5 ", 2: "j1 ", 3: "j1 j3 j5 "}
    desk.append(NOBODY, BEN)
    assert desk.collect() == {3: "j7 "}
    assert desk.collect() == {}


@pytest.mark.rule("DELIVER-1", "DELIVER-2")
def test_observers_share_bytes_with_learners_but_for_what_is_for_them(desk: Desk) -> None:
    sides: tuple[Side, ...] = ("staff", "observer", "observer", "learner", "learner")
    for line, side in enumerate(sides, start=1):
        desk.enter(line, side=side)
    desk.append(ALL, STAFF)
    writes = dict(desk.delivery.collect())
    assert writes == {1: b"j1 j2 ", 2: b"j1 ", 3: b"j1 ", 4: b"j1 ", 5: b"j1 "}
    assert writes[2] is writes[3] is writes[4] is writes[5]
    desk.append(STAFF_AND_OBSERVERS, ALL)
    writes = dict(desk.delivery.collect())
    assert writes == {1: b"j3 j4 ", 2: b"j3 j4 ", 3: b"j3 j4 ", 4: b"j4 ", 5: b"j4 "}
    assert (writes[2] is writes[3], writes[4] is writes[5]) == (True, True)


@pytest.mark.rule("DELIVER-1", "DELIVER-11")
def test_what_staff_alone_are_told_of_an_event_makes_two_renderings_and_no_more() -> None:
    framed: list[object] = []

    def frame(codec: Codec, message: object) -> bytes:
        framed.append(message)
        return codec.encode(message)

    delivery, log = Delivery(frame), Log()
    sides: tuple[Side, ...] = ("staff", "staff", "observer", "learner")
    for line, side in enumerate(sides, start=1):
        delivery.enter(line, JSON, line, side=side, seq=0)
    delivery.append(log.append(Draft(e.CheckinClosed(checkin=1, missing=(4,))), at=7, cause=None))
    writes = dict(delivery.collect())
    assert (writes[1] is writes[2], writes[3] is writes[4], len(framed)) == (True, True, 2)
    assert writes[1] == b'{"type":"checkin.closed","checkin":1,"missing":[4],"seq":1,"at":7}'
    assert writes[3] == b'{"type":"checkin.closed","checkin":1,"seq":1,"at":7}'
    delivery.append(log.append(Draft(e.CheckinClosed(checkin=2)), at=8, cause=None))
    writes = dict(delivery.collect())
    assert (len(set(map(id, writes.values()))), len(framed)) == (1, 3)  # nothing in it is for staff only


@pytest.mark.rule("DELIVER-3")
def test_a_line_that_does_not_drain_is_not_advanced_and_gets_all_in_one_write(desk: Desk) -> None:
    desk.enter(1)
    desk.enter(2)
    desk.append(ALL)
    assert desk.collect(2) == {1: "j1 "}
    desk.append(ALL, ALL)
    assert desk.collect(2) == {1: "j2 j3 "}
    assert desk.collect() == {2: "j1 j2 j3 "}
    assert desk.collect() == {}


@pytest.mark.rule("DELIVER-4")
def test_who_is_further_behind_than_the_window_needs_a_snapshot(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomserver.core.delivery.WINDOW_BYTES", 1_000)
    desk.enter(1)
    desk.enter(2)
    for _ in range(20):
        desk.append(ALL)
        desk.collect(2)
    assert not desk.delivery.holds(0)
    assert desk.delivery.newest == 20
    assert desk.delivery.far_behind({2}) == []
    assert desk.delivery.far_behind(set()) == [(2, None)]
    assert desk.collect() == {}
    assert desk.delivery.last_words(2) == b""
    desk.delivery.skip_to(2, 19)
    assert desk.delivery.far_behind(set()) == []
    assert desk.collect() == {2: "j20 "}


@pytest.mark.rule("DELIVER-4")
def test_a_window_that_begins_behind_a_checkpoint_lacks_nothing_for_who_is_there() -> None:
    desk = Desk(after=7)
    desk.enter(1, seq=7)
    desk.enter(2, seq=6)
    assert desk.delivery.newest == 7
    assert (desk.delivery.holds(7), desk.delivery.holds(6)) == (True, False)
    assert desk.delivery.far_behind(set()) == [(2, None)]
    assert desk.collect() == {}
    desk.append(ALL)
    assert desk.collect() == {1: "j8 "}
    assert desk.delivery.far_behind(set()) == [(2, None)]


@pytest.mark.rule("DELIVER-4")
def test_what_is_older_than_ten_minutes_leaves_the_window(desk: Desk) -> None:
    for minute in range(12):
        desk.append(ALL, at=minute * 60_000)
    assert (desk.delivery.holds(0), desk.delivery.newest) == (False, 12)
    assert desk.delivery.holds(11)


@pytest.mark.rule("DELIVER-10")
def test_who_is_a_thousand_events_behind_is_named_with_the_bytes_that_they_lack(desk: Desk) -> None:
    desk.enter(1)
    for _ in range(1_000):
        desk.append(ALL)
    assert desk.delivery.far_behind(set()) == []
    desk.append(ALL)
    ((line, lacking),) = desk.delivery.far_behind(set())
    assert (line, lacking is not None and lacking > 1_000 * 50) == (1, True)
    assert desk.delivery.far_behind({1}) == []


@pytest.mark.rule("DELIVER-4")
def test_the_newest_event_is_held_however_large(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomserver.core.delivery.WINDOW_BYTES", 1)
    desk.append(ALL, ALL)
    desk.enter(1, seq=1)
    assert desk.collect() == {1: "j2 "}


@pytest.mark.rule("DELIVER-4")
def test_a_slow_client_is_told_everything_anew_and_then_follows(
    lesson: Lesson, teacher: Guest, anna: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomserver.core.delivery.WINDOW_BYTES", 2_000)
    for number in range(20):
        lesson.advance(1)
        teacher.does(c.SendChat, text=f"line {number}")
        lesson.turn(anna)
    assert len(anna.heard) == 1
    lesson.turn()
    snapshot = anna.heard[1]
    assert isinstance(snapshot, n.Snapshot)
    assert snapshot.seq == lesson.room.log.seq
    assert [line.text for line in snapshot.room.chat][-1] == "line 19"
    teacher.does(c.SendChat, text="after")
    lesson.turn()
    assert [said.text for said in anna.heard[2:]] == ["after"]


def pointer(x: int, sender: int) -> fx.Flash:
    return fx.Flash(("pointer", sender), n.Pointer(sender, 1, x, 0, False), sender)


@pytest.mark.rule("DELIVER-5")
def test_of_a_signal_only_the_newest_goes_out_once_and_not_to_its_sender(desk: Desk) -> None:
    for line in (1, 2, 3):
        desk.enter(line)
    for flash in (pointer(10, 1), pointer(20, 2), pointer(11, 1)):
        desk.delivery.flash(flash)
    desk.append(ALL)
    writes = dict(desk.delivery.collect({3}))
    assert writes == {1: b"j1 j20 ", 2: b"j1 j11 "}
    assert desk.collect() == {3: "j1 "}


@pytest.mark.rule("DELIVER-2", "DELIVER-5")
def test_a_signal_goes_only_to_its_audience(desk: Desk) -> None:
    for line in (2, 3, 4):
        desk.enter(line)
    desk.enter(1, side="staff")
    desk.enter(5, side="staff")
    apart = fx.Flash(("pointer", 1), n.Pointer(1, 7, 10, 0, False), 1, STAFF_AND_BEN)
    for flash in (apart, pointer(20, 2)):
        desk.delivery.flash(flash)
    writes = dict(desk.delivery.collect())
    assert writes == {1: b"j20 ", 3: b"j10 j20 ", 4: b"j20 ", 5: b"j10 j20 "}
    assert len(desk.framed) == 6  # for each who is told apart


@pytest.mark.rule("DELIVER-5")
def test_who_speaks_is_told_to_everybody(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.perform(lesson.room.heard((1, 2), now=lesson.now))
    lesson.turn()
    assert [guest.says(n.Speaking) for guest in (teacher, anna)] == [[n.Speaking(members=(1, 2))]] * 2


@pytest.mark.rule("DELIVER-6")
def test_before_its_end_a_line_is_told_what_it_lacks(desk: Desk) -> None:
    desk.enter(2)
    desk.append(ALL, STAFF, ALL)
    assert desk.delivery.last_words(2) == b"j1 j3 "
    assert desk.delivery.last_words(2) == b""
    desk.delivery.leave(2)
    desk.delivery.leave(2)
    assert desk.delivery.last_words(2) == b""


def test_with_nothing_new_that_they_may_see_nobody_is_written_to(desk: Desk) -> None:
    desk.enter(1)
    assert desk.collect() == {}
    desk.append(STAFF)
    assert desk.collect() == {}
