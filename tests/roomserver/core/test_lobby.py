"""Teachers on duty, students who call them, and what comes of it."""

from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core import effects as fx
from roomserver.core import facts
from roomserver.core.arrival import Arrival
from roomserver.core.calendar import Opening
from roomserver.core.checkpoint import dump, load
from roomserver.core.errors import Refused
from roomserver.core.forms import FORMS, Booking
from roomserver.core.log import ALL, Audience
from roomserver.core.rights import TABLE
from tests.support.lesson import OPENED, Guest, Lesson
from tests.support.work import calls_of

LOBBY = FORMS["lobby"]
MEAN_S = 540


@pytest.fixture
def lobby() -> Lesson:
    return Lesson(LOBBY)


@pytest.fixture
def li(lobby: Lesson) -> Guest:
    """A teacher on duty for two subjects; member 1."""
    li = lobby.joins("li", "teacher")
    li.does(c.BeginDuty, subjects=("physics", "chemistry"), grades=("8",))
    return li


def duty(state: str = "free", **changes: Any) -> e.DutyChanged:
    """That of Ms Li, but for what is said here."""
    kept = {"subjects": ("physics", "chemistry"), "grades": ("8",)} if state != "off" else {}
    fields = {"member": 1, "state": state, "name": "Li", "school": "No. 4 Middle School", **kept, **changes}
    return e.DutyChanged(**fields)


def made(call: int, guest: Guest, subject: str = "physics") -> e.CallMade:
    return e.CallMade(call=call, member=guest.member, name=guest.name.title(), teacher=1, subject=subject, grade="8")


def calls(guest: Guest, subject: str = "physics") -> list[Any]:
    return guest.does(c.MakeCall, teacher=1, subject=subject)


def ended(call: int, reason: str) -> e.CallEnded:
    return e.CallEnded(call=call, reason=reason)  # type: ignore[arg-type]


def rings(call: int) -> e.CallRings:
    return e.CallRings(call=call, in_s=30)


def of_calls(events: list[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, e.Calls)]


def places(lobby: Lesson) -> list[tuple[int, int, int]]:
    """Who was told a place by the newest effects: member, place, wait."""
    flashes = [effect for effect in lobby.effects if isinstance(effect, fx.Flash)]
    assert all(flash.audience == Audience(members=frozenset({flash.key[1]})) for flash in flashes)
    return [
        (flash.key[1], said.place, said.wait_s) for flash in flashes if isinstance(said := flash.signal, n.CallPlace)
    ]


# The lobby


@pytest.mark.rule("LOBBY-2")
def test_nobody_learns_who_is_there(lobby: Lesson, li: Guest) -> None:
    anna, ben = lobby.joins("anna"), lobby.joins("ben")
    anna.lost()
    lobby.turn()
    assert [type(said) for said in ben.heard] == [n.Welcome]
    assert [view.member for view in ben.welcome.room.members] == [3]  # type: ignore[union-attr]
    assert ben.welcome.room.past is None  # type: ignore[union-attr]
    assert [said for said in li.heard if isinstance(said, e.Presence) and said.member != 1] == []  # type: ignore[union-attr]
    assert not any(isinstance(effect, fx.Receive) for effect in lobby.history)


@pytest.mark.rule("LOBBY-2")
@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (c.SendChat, {"text": "hello"}),
        (c.RaiseHand, {}),
        (c.AddPage, {}),
        (c.PublishMedia, {"sdp": "", "tracks": {}}),
        (c.RemoveMember, {"member": 2}),
        (c.EndRoom, {}),
    ],
)
def test_there_is_no_board_no_talk_and_no_media(
    lobby: Lesson, li: Guest, command: type[c.RoomCommand], fields: dict[str, Any]
) -> None:
    lobby.joins("anna")
    assert li.refused(command, **fields) == ("forbidden", "LOBBY-2")


@pytest.mark.rule("LOBBY-2")
def test_a_pointer_is_not_passed_on_and_a_device_is_not_let_in(lobby: Lesson, li: Guest) -> None:
    assert li.signals(c.MovePointer(1, 10, 10, False)) == []
    assert [type(effect) for effect in li.signals(c.Ping(n=1))] == [fx.Say]
    arrival = Arrival("screen", "Screen", "observer", None, "session", b"salt", device="whep")
    said, hung = lobby.room.enter(9, c.Hello(id=1, room="r-1"), arrival, now=lobby.now)
    assert isinstance(said, fx.Say)
    assert isinstance(said.notice, n.Error)
    assert (said.notice.code, said.notice.rule, type(hung)) == ("forbidden", "LOBBY-2", fx.Hang)


@pytest.mark.rule("LOBBY-2")
def test_calls_are_made_in_a_lobby_only(lesson: Lesson, teacher: Guest) -> None:
    assert teacher.refused(c.BeginDuty, subjects=("physics",)) == ("forbidden", "LOBBY-2")


@pytest.mark.rule("LOBBY-3")
def test_a_teacher_on_duty_is_told_to_everybody_by_one_event(lobby: Lesson) -> None:
    anna, li = lobby.joins("anna"), lobby.joins("li", "teacher")
    events = li.does(c.BeginDuty, subjects=("physics", "physics", "chemistry"), grades=("8",))
    assert events == [duty(member=2)]
    assert lobby.audience(lobby.room.log.seq) == ALL
    lobby.turn()
    assert len(anna.says(e.DutyChanged)) == 1
    assert li.does(c.BeginDuty, subjects=("physics", "chemistry"), grades=("8",)) == []
    assert li.does(c.BeginDuty, subjects=("physics",)) == [duty(member=2, subjects=("physics",), grades=())]
    assert li.does(c.EndDuty) == [duty("off", member=2)]
    assert li.does(c.EndDuty) == []


@pytest.mark.rule("LOBBY-3")
def test_whoever_comes_finds_who_is_on_duty(lobby: Lesson, li: Guest) -> None:
    busy = lobby.joins("wang", "teacher")
    busy.does(c.BeginDuty, subjects=("history",))
    lobby.joins("zhou", "teacher")
    anna = lobby.joins("anna")
    anna.does(c.MakeCall, teacher=2)
    busy.does(c.AcceptCall, call=1)
    ben = lobby.joins("ben")
    school = "No. 4 Middle School"
    assert ben.welcome.room.lobby == n.LobbyView(  # type: ignore[union-attr]
        duties=(
            n.DutyView(member=1, name="Li", school=school, subjects=("physics", "chemistry"), grades=("8",)),
            n.DutyView(member=2, name="Wang", school=school, subjects=("history",), busy=True),
        )
    )


@pytest.mark.rule("LOBBY-3")
def test_only_teachers_are_on_duty_and_for_something(lobby: Lesson) -> None:
    anna, li = lobby.joins("anna"), lobby.joins("li", "teacher")
    assert anna.refused(c.BeginDuty, subjects=("physics",)) == ("forbidden", "RIGHT-1")
    assert li.refused(c.BeginDuty, subjects=()) == ("invalid", "LOBBY-3")
    assert li.refused(c.MakeCall, teacher=2) == ("forbidden", "RIGHT-1")


@pytest.mark.rule("LOBBY-4")
def test_whoever_leaves_is_on_duty_no_more_after_a_lost_line_when_its_place_is_gone(lobby: Lesson, li: Guest) -> None:
    anna = lobby.joins("anna")
    calls(anna)
    li.lost()
    assert of_calls(lobby.advance(30)) == [ended(1, "passed")]
    lobby.advance(5)
    calls(anna)
    assert of_calls(lobby.advance(24.9)) == []
    assert lobby.advance(0.1) == [e.MemberLeft(member=1, reason="lost"), ended(2, "gone"), duty("off")]


@pytest.mark.rule("LOBBY-4")
def test_a_new_session_of_a_teacher_goes_on_with_their_duty(lobby: Lesson, li: Guest) -> None:
    anna = lobby.joins("anna")
    calls(anna)
    again = lobby.joins("li", "teacher")
    [call] = again.welcome.room.lobby.calls  # type: ignore[union-attr]
    assert (call.call, call.name, call.rings_ms) == (1, "Anna", 30_000)


@pytest.mark.rule("LOBBY-5")
def test_a_lobby_goes_by_its_opening_and_no_teacher_ends_it(lobby: Lesson, li: Guest) -> None:
    lobby.joins("anna")
    with pytest.raises(Refused, match="only the room's teacher"):
        lobby.room.end(now=lobby.now, by="li")
    assert {type(event) for event in lobby.advance(10_799.9)} == {facts.Pulse}
    assert lobby.advance(0.1)[-1] == e.RoomClosed(reason="duration")
    assert lobby.record is not None
    assert (lobby.record["data"]["live_ms"], lobby.record["data"]["members"]) == (None, [])


@pytest.mark.rule("LOBBY-5")
def test_a_lobby_that_is_made_before_its_evening_waits_for_it() -> None:
    opens, closes = OPENED + 3_600, OPENED + 3 * 3_600
    lobby = Lesson(LOBBY, opening=Opening(opens * 1000, closes * 1000))
    assert lobby.knocks("anna").refusal == ("outside_window", "WINDOW-5")
    lobby.advance(3_600)
    lobby.joins("anna")
    assert lobby.advance(2 * 3_600)[-1] == e.RoomClosed(reason="window")


# Calls


@pytest.mark.rule("CALL-1")
def test_a_student_calls_and_the_teachers_bell_rings(lobby: Lesson, li: Guest) -> None:
    anna, ben = lobby.joins("anna"), lobby.joins("ben")
    assert calls(anna) == [made(1, anna), rings(1)]
    lobby.turn()
    assert [bell.call for bell in li.says(e.CallRings)] == [bell.call for bell in anna.says(e.CallRings)] == [1]
    assert ben.says(e.CallMade) == []
    assert lobby.audience(lobby.room.log.seq) == Audience(members=frozenset({1, 2}))


@pytest.mark.rule("CALL-1")
def test_what_a_teacher_is_not_on_duty_for_is_refused(lobby: Lesson, li: Guest) -> None:
    anna = lobby.joins("anna")
    assert anna.refused(c.MakeCall, teacher=1, subject="history") == ("invalid", "CALL-1")
    assert anna.refused(c.MakeCall, teacher=1, grade="9") == ("invalid", "CALL-1")
    assert anna.refused(c.MakeCall, teacher=7) == ("not_found", "CALL-1")
    assert anna.does(c.MakeCall, teacher=1) == [made(1, anna, subject=""), rings(1)]


@pytest.mark.rule("CALL-2")
def test_a_student_has_one_call_or_lesson_at_a_time(lobby: Lesson, li: Guest) -> None:
    anna = lobby.joins("anna")
    calls(anna)
    assert anna.refused(c.MakeCall, teacher=1, subject="physics") == ("conflict", "CALL-2")
    li.does(c.AcceptCall, call=1)
    assert anna.refused(c.MakeCall, teacher=1, subject="physics") == ("conflict", "CALL-2")
    assert anna.does(c.CancelCall) == []
    lobby.perform(lobby.room.lesson_over("r-1.1", now=lobby.now))
    assert calls(anna) == [made(2, anna), rings(2)]
    assert anna.does(c.CancelCall) == [ended(2, "cancelled")]
    assert anna.does(c.CancelCall) == []


@pytest.mark.rule("CALL-3")
def test_the_queue_is_in_order_and_a_teacher_declines_any_and_accepts_what_rings(lobby: Lesson, li: Guest) -> None:
    anna, ben, chen = lobby.joins("anna"), lobby.joins("ben"), lobby.joins("chen")
    assert [calls(anna), calls(ben), calls(chen)] == [[made(1, anna), rings(1)], [made(2, ben)], [made(3, chen)]]
    assert li.refused(c.AcceptCall, call=2) == ("conflict", "CALL-3")
    assert li.refused(c.AcceptCall, call=9) == ("not_found", "CALL-3")
    assert li.does(c.DeclineCall, call=2) == [ended(2, "declined")]
    assert li.does(c.DeclineCall, call=1) == [ended(1, "declined"), rings(3)]
    other = lobby.joins("wang", "teacher")
    other.does(c.BeginDuty, subjects=("history",))
    assert other.refused(c.AcceptCall, call=3) == ("not_found", "CALL-3")
    assert other.refused(c.DeclineCall, call=3) == ("not_found", "CALL-3")


@pytest.mark.rule("CALL-4")
def test_twenty_wait_for_a_teacher(lobby: Lesson, li: Guest) -> None:
    for number in range(20):
        calls(lobby.joins(f"s{number}"))
    last = lobby.joins("late")
    assert last.refused(c.MakeCall, teacher=1, subject="physics") == ("full", "CALL-4")
    li.does(c.DeclineCall, call=7)
    assert calls(last) == [made(21, last)]
    assert places(lobby)[-1] == (last.member, 20, 19 * MEAN_S)


@pytest.mark.rule("CALL-5")
def test_a_call_rings_for_thirty_seconds_to_the_millisecond(lobby: Lesson, li: Guest) -> None:
    anna, ben = lobby.joins("anna"), lobby.joins("ben")
    calls(anna)
    lobby.advance(10)
    calls(ben)
    assert of_calls(lobby.advance(19.999)) == []
    assert lobby.advance(0.001) == [ended(1, "passed"), rings(2)]
    assert of_calls(lobby.advance(29.999)) == []
    assert lobby.advance(0.001)[-1] == ended(2, "passed")


@pytest.mark.rule("CALL-6")
def test_whoever_waits_knows_their_place_and_what_to_expect(lobby: Lesson, li: Guest) -> None:
    anna, ben, chen = lobby.joins("anna"), lobby.joins("ben"), lobby.joins("chen")
    calls(anna)
    assert places(lobby) == [(2, 1, 0)]
    calls(ben)
    assert places(lobby) == [(2, 1, 0), (3, 2, MEAN_S)]
    li.does(c.AcceptCall, call=1)
    assert places(lobby) == [(3, 1, MEAN_S)]
    lobby.advance(200)
    calls(chen)
    assert places(lobby) == [(3, 1, MEAN_S - 200), (4, 2, 2 * MEAN_S - 200)]
    lobby.advance(100)
    lobby.perform(lobby.room.lesson_over("r-1.1", now=lobby.now))
    assert places(lobby) == [(3, 1, 0), (4, 2, 300)]  # the lesson of 300 s is what to expect now
    [call] = lobby.joins("chen").welcome.room.lobby.calls  # type: ignore[union-attr]
    assert (call.place, call.wait_s, call.rings_ms) == (2, 300, None)
    ben.does(c.CancelCall)
    assert places(lobby) == [(4, 1, 0)]


@pytest.mark.rule("CALL-7")
def test_an_accepted_call_is_a_lesson_of_the_two_and_the_teacher_busy_until_it_is_over(
    lobby: Lesson, li: Guest
) -> None:
    anna, ben = lobby.joins("anna"), lobby.joins("ben")
    calls(anna, "chemistry")
    assert li.does(c.AcceptCall, call=1) == [e.CallAccepted(call=1, room="r-1.1"), duty("busy")]
    booking = Booking(room="r-1.1", form="one_to_one", subject="chemistry", grade="8", invited=True)
    assert fx.OpenLesson(booking, ("anna", "li")) in lobby.effects
    assert calls(ben) == [made(2, ben)]
    assert of_calls(lobby.advance(120)) == []
    assert lobby.joins("anna").welcome.room.lobby.lesson == "r-1.1"  # type: ignore[union-attr]
    over = lobby.perform(lobby.room.lesson_over("r-1.1", now=lobby.now))
    assert over == [e.CallOver(call=1), duty("free"), rings(2)]
    assert lobby.perform(lobby.room.lesson_over("r-1.1", now=lobby.now)) == []


@pytest.mark.rule("CALL-7")
def test_to_be_in_the_lesson_its_teacher_need_not_be_in_the_lobby(lobby: Lesson, li: Guest) -> None:
    anna, ben = lobby.joins("anna"), lobby.joins("ben")
    calls(anna)
    li.does(c.AcceptCall, call=1)
    calls(ben)
    assert li.lost(for_good=True) == [e.MemberLeft(member=1, reason="left")]
    assert anna.lost(for_good=True) == [e.MemberLeft(member=2, reason="left")]
    over = lobby.perform(lobby.room.lesson_over("r-1.1", now=lobby.now))
    assert over == [e.CallOver(call=1), ended(2, "gone"), duty("off")]


@pytest.mark.rule("CALL-7")
def test_a_teacher_who_ends_their_duty_goes_on_with_the_lesson(lobby: Lesson, li: Guest) -> None:
    anna, ben = lobby.joins("anna"), lobby.joins("ben")
    calls(anna)
    li.does(c.AcceptCall, call=1)
    calls(ben)
    assert li.does(c.EndDuty) == [ended(2, "gone"), duty("off")]
    assert li.does(c.BeginDuty, subjects=("history",)) == [duty("busy", subjects=("history",), grades=())]
    li.does(c.EndDuty)
    assert lobby.perform(lobby.room.lesson_over("r-1.1", now=lobby.now)) == [e.CallOver(call=1)]


@pytest.mark.rule("CALL-7")
def test_whoever_opens_the_lobby_again_asks_for_its_lessons(lobby: Lesson, li: Guest) -> None:
    anna = lobby.joins("anna")
    calls(anna)
    li.does(c.AcceptCall, call=1)
    asked = [effect for effect in lobby.effects if isinstance(effect, fx.OpenLesson)]
    lobby.crash()
    assert [effect for effect in lobby.effects if isinstance(effect, fx.OpenLesson)] == asked
    state, _ = load(dump(lobby.state, lobby.room.log))
    assert (state.lobby, state.members) == (lobby.state.lobby, {"li": 1, "anna": 2})
    over = lobby.perform(lobby.room.lesson_over("r-1.1", now=lobby.now))
    assert over == [e.CallOver(call=1), duty("free")]


@pytest.mark.rule("CALL-8")
def test_into_that_lesson_come_the_two_and_whoever_watches() -> None:
    lesson = Lesson("one_to_one", invited=True)
    assert lesson.knocks("anna").refusal == ("not_eligible", "CALL-8")
    assert lesson.knocks("mo", "teacher").refusal == ("not_eligible", "CALL-8")
    lesson.joins("hu", "observer")


@pytest.mark.rule("CALL-8")
def test_the_two_are_known_from_its_opening() -> None:
    lesson = Lesson("one_to_one", invited=True, expected=["anna", "li"])
    assert lesson.knocks("ben").refusal == ("not_eligible", "CALL-8")
    anna, li = lesson.joins("anna"), lesson.joins("li", "teacher")
    assert (anna.member, li.member, lesson.state.phase) == (1, 2, "live")
    assert not any(b'"anna"' in entry.body for entry in lesson.entries)


@pytest.mark.rule("CALL-9")
def test_who_leaves_waits_no_more_and_a_lost_line_keeps_the_place(lobby: Lesson, li: Guest) -> None:
    anna, ben = lobby.joins("anna"), lobby.joins("ben")
    calls(anna)
    li.does(c.AcceptCall, call=1)
    calls(ben)
    ben.lost()
    assert of_calls(lobby.advance(59.9)) == []
    assert lobby.advance(0.1) == [e.MemberLeft(member=3, reason="lost"), ended(2, "gone")]
    chen = lobby.joins("chen")
    calls(chen)
    assert chen.lost(for_good=True) == [e.MemberLeft(member=4, reason="left"), ended(3, "gone")]


def test_calls_and_duties_have_rates_of_their_own(lobby: Lesson, li: Guest) -> None:
    for number in range(4):
        li.does(c.BeginDuty, subjects=(f"subject {number}",))
    assert li.refused(c.EndDuty) == ("rate_limited", "RATE-1")
    assert {kind for kind in TABLE if issubclass(kind, c.Calling)} == set(c.Calling.__args__)


def test_a_duty_is_one_frame_for_everybody(lobby: Lesson) -> None:
    """However many are there, it is written out once."""
    li = lobby.joins("li", "teacher")
    guests = [lobby.joins(f"s{number}") for number in range(50)]
    lobby.turn()
    frames: list[Any] = []
    framer = lobby.delivery._framer
    lobby.delivery._framer = lambda codec, event: frames.append(event) or framer(codec, event)  # type: ignore[func-returns-value]
    li.does(c.BeginDuty, subjects=("physics",))
    lobby.turn()
    assert len(frames) == 1
    assert all(len(guest.says(e.DutyChanged)) == 1 for guest in guests)


def test_who_comes_goes_and_comes_back_is_no_more_work_however_many_are_there_or_have_gone() -> None:
    def work(students: int) -> int:
        lobby = Lesson(LOBBY)
        guests = [lobby.joins(f"s{number}") for number in range(students)]
        for guest in guests[: students // 2]:
            guest.lost(for_good=True)
        coming = calls_of(lambda: lobby.joins("anna"))
        losing = calls_of(guests[-1].lost)
        return coming + losing + calls_of(lambda: lobby.resumes(guests[-1]))

    work(10)  # what is done once, and kept
    assert work(200) < 1.1 * work(100)
