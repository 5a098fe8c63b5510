"""The course of a room: when it goes live, when it warns, when it ends and by which rule."""

import pytest

from protocol import commands as c
from protocol import events as e
from protocol.fields import Role
from roomserver.core import effects as fx
from roomserver.core.forms import Form
from tests.support.lesson import LENIENT, OPENED_MS, Guest, Lesson

SEATS: dict[Role, int] = {"teacher": 1, "student": 2}


def closed_at(lesson: Lesson) -> int:
    [at] = [entry.at for entry in lesson.entries if isinstance(entry.event, e.RoomClosed)]
    return at


def warned(lesson: Lesson) -> list[tuple[int, int]]:
    """(milliseconds since the room opened, seconds left as said)"""
    return [(entry.at, entry.event.in_s) for entry in lesson.entries if isinstance(entry.event, e.EndingSoon)]


@pytest.mark.rule("END-1")
@pytest.mark.parametrize(
    ("minutes", "ends"),
    [(90, (1_800_000, "duration")), (30, (1_800_000, "booking")), (20, (1_200_000, "booking"))],
)
def test_a_room_ends_at_the_earliest_of_its_instants(minutes: int, ends: tuple[int, str]) -> None:
    lesson = Lesson("one_to_one", not_after_ms=OPENED_MS + minutes * 60_000)
    lesson.joins("li", "teacher")
    lesson.joins("anna")
    assert lesson.events(e.RoomLive) == [e.RoomLive(ends_at=ends[0], reason=ends[1])]  # type: ignore[arg-type]
    lesson.advance(30 * 60)
    assert lesson.events(e.RoomClosed) == [e.RoomClosed(reason=ends[1])]  # type: ignore[arg-type]
    assert closed_at(lesson) == ends[0]


@pytest.mark.rule("END-2")
def test_the_clock_starts_when_a_teacher_and_a_student_are_both_there(lesson: Lesson) -> None:
    lesson.joins("zhao", "assistant")
    anna = lesson.joins("anna")
    lesson.joins("hu", "observer")
    anna.lost()
    lesson.advance(30)
    lesson.joins("li", "teacher")
    assert lesson.state.phase == "waiting"
    lesson.advance(10)
    lesson.resumes(anna)
    assert lesson.events(e.RoomLive) == [e.RoomLive(ends_at=1_840_000, reason="duration")]


@pytest.mark.rule("END-2")
def test_the_clock_goes_on_when_either_leaves(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.lost(for_good=True)
    lesson.advance(299)
    lesson.joins("li", "teacher")
    lesson.advance(1_501)
    assert lesson.events(e.RoomLive) == [e.RoomLive(ends_at=1_800_000, reason="duration")]
    assert closed_at(lesson) == 1_800_000


@pytest.mark.rule("END-3")
def test_members_are_warned_once_five_minutes_and_one_minute_before(lesson: Lesson, anna: Guest) -> None:
    for _ in range(24):
        lesson.advance(60)
        lesson.turn()
    lesson.advance(60 - 0.001)
    assert warned(lesson) == []
    lesson.advance(0.001)
    assert warned(lesson) == [(1_500_000, 300)]
    lesson.advance(4 * 60)
    lesson.tick()
    assert warned(lesson) == [(1_500_000, 300), (1_740_000, 60)]
    lesson.turn()
    assert [said.in_s for said in anna.says(e.EndingSoon)] == [300, 60]


@pytest.mark.rule("END-4")
@pytest.mark.parametrize(("left_s", "said"), [(301, [300, 60]), (300, [60]), (61, [60]), (60, []), (5, [])])
def test_nobody_is_warned_of_an_end_that_was_that_near_when_the_room_went_live(left_s: int, said: list[int]) -> None:
    lesson = Lesson("one_to_one", not_after_ms=OPENED_MS + left_s * 1000)
    lesson.joins("li", "teacher")
    lesson.joins("anna")
    lesson.advance(400)
    assert [in_s for _, in_s in warned(lesson)] == said


@pytest.mark.rule("END-5")
def test_of_warnings_overslept_only_the_last_is_said_at_its_own_instant() -> None:
    lesson = Lesson(Form(seats=SEATS, evaluation=False))
    lesson.joins("li", "teacher")
    lesson.joins("anna").lost()
    lesson.room.lost(1, for_good=False, now=lesson.now)
    lesson.oversleep(29 * 60 + 30)
    assert warned(lesson) == [(1_740_000, 60)]
    lesson.advance(30)
    assert warned(lesson) == [(1_740_000, 60)]


@pytest.mark.rule("END-6")
def test_a_thirty_minute_lesson_ends_to_the_millisecond(lesson: Lesson, anna: Guest) -> None:
    lesson.advance(1_799.999)
    assert lesson.events(e.RoomClosed) == []
    lesson.advance(0.001)
    assert lesson.events(e.RoomClosed) == [e.RoomClosed(reason="duration")]
    assert closed_at(lesson) == 1_800_000
    assert lesson.history.count(fx.EndMedia(None)) == 1


@pytest.mark.rule("END-6")
@pytest.mark.parametrize("late_s", [0.001, 60, 7200])
def test_however_late_the_room_is_called_nothing_happens_after_its_end(late_s: float) -> None:
    lesson = Lesson("one_to_one")
    lesson.joins("li", "teacher")
    anna = lesson.joins("anna")
    anna.does(c.BeginStroke, shape="2.1", page=1, kind="pen", color="#102030", width=24, at=(100, 200))
    anna.does(c.ExtendStroke, shape="2.1", points=(1, 1))
    lesson.room.heard([2], now=lesson.now)
    lesson.oversleep(1800 + late_s)
    assert closed_at(lesson) == 1_800_000
    assert max(entry.at for entry in lesson.entries) == 1_800_000
    assert lesson.state.people[2].talk_ms == 1_800_000
    assert lesson.state.people[2].there[-1].until == 1_800_000
    assert lesson.events(e.StrokeExtended) == [e.StrokeExtended(-1, -1, "2.1", (1, 1))]


@pytest.mark.rule("END-6")
def test_what_arrives_after_the_end_finds_the_room_closed_though_nobody_looked(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    teacher.does(c.InviteToStage, member=2)
    anna.publishes("microphone")
    lesson.now += 1_800.5
    anna.does(c.SendChat, text="too late")
    assert closed_at(lesson) == 1_800_000
    assert anna.says(e.ChatMessage) == []
    assert lesson.effects[-1].notice.code == "room_closed"  # type: ignore[union-attr]


@pytest.mark.rule("END-6")
@pytest.mark.parametrize("what", ["lost", "left", "joins", "ended", "track lost", "offer"])
def test_coming_and_going_after_the_end_is_no_event(what: str) -> None:
    lesson = Lesson("one_to_one")
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    anna.publishes("microphone")
    offer = teacher.offers("camera")
    lesson.now += 1_801
    match what:
        case "lost" | "left":
            anna.lost(for_good=what == "left")
        case "joins":
            assert lesson.knocks("ben").refusal == ("room_closed", "EVAL-5")
        case "ended":
            lesson.perform(lesson.room.end(now=lesson.now))
        case "track lost":
            lesson.perform(lesson.room.track_failed("t1", now=lesson.now))
        case _:
            teacher.taken(offer)
    assert closed_at(lesson) == 1_800_000
    assert isinstance(lesson.entries[-1].event, e.RoomClosed)


@pytest.mark.rule("END-7", "EPOCH-1")
@pytest.mark.parametrize("down_s", [0.5, 600, 86_400])
def test_a_room_whose_node_died_ends_at_the_instant_at_which_it_would_have_ended(down_s: float) -> None:
    lesson = Lesson(LENIENT)
    teacher = lesson.joins("li", "teacher")
    anna = lesson.joins("anna")
    teacher.does(c.Grant, member=2, can=("draw",), on=True)
    anna.does(c.BeginStroke, shape="2.1", page=1, kind="pen", color="#102030", width=24, at=(100, 200))
    lesson.advance(1_000)
    lesson.crash(down_s=down_s)
    lesson.advance(1_000)
    assert closed_at(lesson) == 1_800_000
    assert max(entry.at for entry in lesson.entries) == 1_800_000
    assert lesson.events(e.StrokeFinished) == [e.StrokeFinished(shape="2.1")]


@pytest.mark.rule("END-8")
@pytest.mark.parametrize("role", [None, "teacher", "student"])
def test_a_room_that_never_becomes_live_closes(role: str | None) -> None:
    lesson = Lesson("one_to_many")
    if role is not None:
        lesson.joins("somebody", role)  # type: ignore[arg-type]
    lesson.advance(899.999)
    assert lesson.state.phase == "waiting"
    lesson.advance(0.001)
    assert lesson.events(e.RoomClosed, e.EndingSoon) == [e.RoomClosed(reason="no_show")]
    assert lesson.room.next_deadline() is None


@pytest.mark.rule("END-8")
def test_no_show_counts_from_the_announced_beginning() -> None:
    lesson = Lesson("one_to_many", scheduled_ms=OPENED_MS + 600_000)
    lesson.advance(1_499.999)
    assert lesson.state.phase == "waiting"
    lesson.advance(0.001)
    assert closed_at(lesson) == 1_500_000


@pytest.mark.rule("END-9")
def test_the_teacher_ends_the_room_and_nobody_else(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    assistant = lesson.joins("zhao", "assistant")
    assert anna.refused(c.EndRoom) == ("forbidden", "RIGHT-1")
    assert assistant.refused(c.EndRoom) == ("forbidden", "RIGHT-1")
    lesson.advance(1)
    assert teacher.does(c.EndRoom)[-1] == e.RoomClosed(reason="ended", by=1)
    assert anna.refused(c.SendChat, text="wait") == ("room_closed", "EVAL-5")
    assert teacher.refused(c.EndRoom) == ("room_closed", "EVAL-5")


@pytest.mark.rule("END-9")
def test_an_authority_over_all_rooms_ends_it_once(lesson: Lesson, anna: Guest) -> None:
    assert lesson.perform(lesson.room.end(now=lesson.now))[-1] == e.RoomClosed(reason="ended")
    assert lesson.perform(lesson.room.end(now=lesson.now)) == []


@pytest.mark.rule("END-10")
def test_a_tick_early_or_twice_is_harmless(lesson: Lesson, anna: Guest) -> None:
    while (deadline := lesson.room.next_deadline()) is not None:
        lesson.now = deadline - 0.001
        assert lesson.tick() == []
        lesson.now = deadline
        lesson.tick()
        assert lesson.tick() == []
    assert lesson.record is not None
    assert lesson.effects == []


def test_when_the_room_closes_hands_stage_and_tracks_are_gone(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    anna.does(c.RaiseHand)
    teacher.publishes("camera")
    lesson.advance(1)
    teacher.does(c.EndRoom)
    view = lesson.resumes(anna, seq=0).welcome.room
    assert view is not None
    assert (view.state, view.closed_reason, view.ends.in_ms) == ("closed", "ended", 1_799_000)
    assert (view.hands, view.stage, view.tracks) == ((), (), ())
