"""A lesson without its teacher: when pupils are closed, when it goes on, when it ends."""

import msgspec
import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core import effects as fx
from roomserver.core.forms import FORMS, Form
from tests.support.lesson import OPENED_MS, Guest, Lesson

MANY = FORMS["one_to_many"]


def form(**rules: int | bool) -> Form:
    return msgspec.structs.replace(MANY, **rules)


def at(lesson: Lesson, kind: type[e.Event]) -> list[int]:
    """When it happened, in milliseconds since the room opened."""
    return [entry.at for entry in lesson.entries if isinstance(entry.event, kind)]


def silences(lesson: Lesson) -> list[fx.Effect]:
    """What the newest call asked of the media."""
    return [effect for effect in lesson.effects if isinstance(effect, fx.Silence)]


@pytest.fixture
def speaking(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> Lesson:
    """Anna's microphone is t1, her camera t2, Ben's microphone, which staff muted, t3."""
    teacher.does(c.Grant, member="all", can=("speak", "camera"), on=True)
    anna.publishes("microphone", "camera")
    ben.publishes("microphone")
    teacher.does(c.Mute, member=3, kind="microphone")
    return lesson


@pytest.mark.rule("GONE-1")
@pytest.mark.parametrize("for_good", [False, True])
def test_after_a_minute_without_a_teacher_everybody_is_told_that_pupils_wait(for_good: bool) -> None:
    lesson = Lesson("one_to_one")
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    lesson.advance(30)
    teacher.lost(for_good=for_good)
    lesson.advance(59.999)
    assert lesson.events(e.RoomPaused) == []
    lesson.advance(0.001)
    assert lesson.events(e.RoomPaused) == [e.RoomPaused(reason="teacher_away", ends_in_s=240)]
    assert at(lesson, e.RoomPaused) == [90_000]
    lesson.turn()
    assert [type(said) for said in anna.heard][-1] is e.RoomPaused


@pytest.mark.rule("GONE-1")
def test_a_newcomer_is_told_so_too(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.lost()
    lesson.advance(100)
    room = lesson.joins("ben").welcome.room
    assert room is not None
    assert room.paused == n.PausedView(reason="teacher_away", ends_in_ms=200_000)


@pytest.mark.rule("GONE-1")
def test_a_lesson_that_ends_sooner_anyway_is_not_said_to_end_by_this(lesson: Lesson, teacher: Guest) -> None:
    lesson.joins("anna")
    lesson.advance(1_600)
    teacher.lost()
    lesson.advance(60)
    assert lesson.events(e.RoomPaused) == [e.RoomPaused(reason="teacher_away")]
    lesson.advance(140)
    assert lesson.events(e.RoomClosed) == [e.RoomClosed(reason="duration")]


@pytest.mark.rule("GONE-2")
def test_pupils_are_not_heard_and_cannot_write(speaking: Lesson, teacher: Guest, anna: Guest) -> None:
    assistant = speaking.joins("zhao", "assistant")
    teacher.lost()
    speaking.now += 60
    speaking.tick()
    assert silences(speaking) == [fx.Silence("t1", True), fx.Silence("t3", True)]
    assert anna.refused(c.SendChat, text="and now?") == ("forbidden", "GONE-2")
    assert anna.refused(c.SendChat, text="help", to="staff") == ("forbidden", "GONE-2")
    assert anna.refused(c.MuteOwn, source="microphone", on=False) == ("forbidden", "GONE-2")
    assert anna.does(c.MuteOwn, source="microphone", on=True) == [e.TrackMuted(track="t1", on=True)]
    assert assistant.does(c.SendChat, text="she will be back") == [e.ChatMessage(member=4, text="she will be back")]


@pytest.mark.rule("GONE-2")
def test_sound_that_is_published_meanwhile_is_not_heard_either(speaking: Lesson, teacher: Guest, anna: Guest) -> None:
    chen = speaking.joins("chen")
    teacher.lost()
    speaking.advance(60)
    chen.publishes("microphone", "camera")
    assert silences(speaking) == [fx.Silence("t4", True), fx.Silence("t5", False)]


@pytest.mark.rule("GONE-3")
def test_when_the_teacher_is_back_it_goes_on(speaking: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.lost()
    speaking.advance(61)
    speaking.joins("li", "teacher")
    assert speaking.events(e.RoomResumed) == [e.RoomResumed()]
    assert silences(speaking) == [fx.Silence("t1", False), fx.Silence("t3", True)]  # Ben's is muted still
    assert anna.does(c.SendChat, text="hello") == [e.ChatMessage(member=2, text="hello")]
    speaking.advance(1_000)
    assert speaking.events(e.RoomClosed) == []


@pytest.mark.rule("GONE-3")
def test_a_line_that_is_back_within_the_minute_pauses_nothing(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    for _ in range(5):
        teacher.lost()
        lesson.advance(59)
        teacher = lesson.resumes(teacher)
        lesson.advance(1)
    assert lesson.events(e.RoomPaused, e.RoomResumed) == []


@pytest.mark.rule("GONE-3")
def test_each_absence_counts_anew(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    for _ in range(2):
        teacher.lost(for_good=True)
        lesson.advance(299)
        teacher = lesson.joins("li", "teacher")
    assert at(lesson, e.RoomPaused) == [60_000, 359_000]
    assert at(lesson, e.RoomResumed) == [299_000, 598_000]


@pytest.mark.rule("GONE-4", "GONE-8")
def test_after_five_minutes_without_a_teacher_the_room_ends_with_an_alarm(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    lesson.advance(10)
    teacher.lost()
    lesson.advance(299.999)
    assert lesson.events(e.RoomClosed) == []
    lesson.advance(0.001)
    assert lesson.events(e.Alarm, e.RoomClosed) == [e.Alarm(kind="teacher_lost"), e.RoomClosed(reason="teacher_lost")]
    assert at(lesson, e.RoomClosed) == [310_000]
    lesson.advance(120)
    assert lesson.record is not None
    data = lesson.record["data"]
    assert (data["end_reason"], data["closed_ms"]) == ("teacher_lost", OPENED_MS + 310_000)
    assert data["alarms"] == [{"kind": "teacher_lost", "member": None, "at_ms": OPENED_MS + 310_000}]


@pytest.mark.rule("GONE-4")
def test_nothing_happens_after_that_instant_however_late_it_is_noticed(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    teacher.lost()
    lesson.oversleep(400)
    assert at(lesson, e.RoomClosed) == [300_000]
    assert max(entry.at for entry in lesson.entries) == 300_000


@pytest.mark.rule("GONE-4")
def test_nobody_is_warned_of_an_end_that_the_teacher_can_avert(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.lost()
    lesson.advance(250)
    lesson.joins("li", "teacher")
    lesson.advance(1_800)
    assert [entry.event.in_s for entry in lesson.entries if isinstance(entry.event, e.EndingSoon)] == [300, 60]
    assert at(lesson, e.EndingSoon) == [1_500_000, 1_740_000]


@pytest.mark.rule("GONE-5")
def test_an_assistant_does_not_stand_in_for_a_teacher_unless_the_form_says_so() -> None:
    for stands_in, paused in ((False, [60_000]), (True, [])):
        lesson = Lesson(form(assistant_stands_in=stands_in))
        teacher = lesson.joins("li", "teacher")
        lesson.joins("anna")
        lesson.joins("zhao", "assistant")
        teacher.lost()
        lesson.advance(200)
        assert at(lesson, e.RoomPaused) == paused


@pytest.mark.rule("GONE-5")
def test_an_assistant_who_stands_in_may_go_in_turn() -> None:
    lesson = Lesson(form(assistant_stands_in=True))
    teacher = lesson.joins("li", "teacher")
    lesson.joins("anna")
    assistant = lesson.joins("zhao", "assistant")
    teacher.lost(for_good=True)
    lesson.advance(100)
    assistant.lost(for_good=True)
    lesson.advance(100)
    assert at(lesson, e.RoomPaused) == [160_000]
    lesson.joins("zhao", "assistant")
    assert at(lesson, e.RoomResumed) == [200_000]


@pytest.mark.rule("GONE-6")
def test_after_a_crash_the_teacher_has_the_whole_time_to_come_back(lesson: Lesson, anna: Guest) -> None:
    lesson.advance(100)
    lesson.crash(down_s=200)
    lesson.advance(299.999)
    assert at(lesson, e.RoomPaused) == [360_000]
    assert lesson.state.phase == "live"
    lesson.advance(0.001)
    assert at(lesson, e.RoomClosed) == [600_000]


@pytest.mark.rule("GONE-6")
def test_a_teacher_who_was_away_before_it_has_what_was_left(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.advance(100)
    teacher.lost()
    lesson.advance(90)
    assert lesson.state.paused
    lesson.crash(down_s=30)
    assert lesson.state.paused
    lesson.advance(400)
    assert at(lesson, e.RoomClosed) == [400_000]


@pytest.mark.rule("GONE-7")
def test_a_form_closes_nothing_or_ends_nothing_where_it_says_0() -> None:
    for rules, events in (
        ({"teacher_away_s": 0, "teacher_lost_s": 0}, []),
        ({"teacher_away_s": 60, "teacher_lost_s": 0}, [e.RoomPaused(reason="teacher_away")]),
        ({"teacher_away_s": 0, "teacher_lost_s": 300}, [e.RoomClosed(reason="teacher_lost")]),
    ):
        lesson = Lesson(form(**rules))
        teacher = lesson.joins("li", "teacher")
        lesson.joins("anna")
        teacher.lost()
        lesson.advance(1_000)
        assert lesson.events(e.RoomPaused, e.RoomClosed) == events


@pytest.mark.rule("GONE-7")
def test_a_room_that_waits_for_its_lesson_waits_on(lesson: Lesson, teacher: Guest) -> None:
    teacher.lost(for_good=True)
    lesson.advance(400)
    assert lesson.events(e.RoomPaused, e.RoomClosed) == []


@pytest.mark.rule("GONE-8")
def test_an_end_by_force_raises_an_alarm_that_staff_see(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.perform(lesson.room.end(now=lesson.now))
    assert lesson.events(e.Alarm, e.RoomClosed) == [e.Alarm(kind="ended_by_force"), e.RoomClosed(reason="ended")]
    lesson.turn()
    assert len(teacher.says(e.Alarm)) == 1
    assert anna.says(e.Alarm) == []


@pytest.mark.rule("GONE-8")
def test_a_teacher_who_ends_the_room_raises_none(lesson: Lesson, anna: Guest) -> None:
    lesson.perform(lesson.room.end(now=lesson.now, by="li"))
    assert lesson.events(e.Alarm) == []


@pytest.mark.rule("GONE-8")
def test_staff_who_come_later_are_shown_the_alarms(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.state.alarms += [e.Alarm(kind="over_use", member=2, at=7), e.Alarm(kind="over_use", member=9, at=8)]
    mine, other = n.AlarmView(kind="over_use", at=7, member=2), n.AlarmView(kind="over_use", at=8, member=9)
    for name, role, shown in (
        ("wang", "assistant", (mine, other)),
        ("anna", "student", (mine,)),
        ("ben", "student", ()),
    ):
        room = lesson.joins(name, role).welcome.room  # type: ignore[arg-type]
        assert room is not None
        assert room.alarms == shown
