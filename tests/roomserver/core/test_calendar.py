"""When rooms are open: windows at their edges, terms, holidays, make-up workdays, and rooms that keep to them."""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import events as e
from protocol import notices as n
from roomserver.core.calendar import Calendar, Dates, Opening, OutsideWindow, Term, Year
from roomserver.core.forms import EVENINGS, FORMS, Booking, Form, Window, relaxed
from roomserver.shell.clock import SteadyClock
from tests.support.lesson import Lesson

SHANGHAI = ZoneInfo("Asia/Shanghai")
DATES = Dates(  # 2026 as it is in Beijing, of which the autumn's terms and its National Day are enough
    terms=(
        Term(begins=date(2026, 3, 2), ends=date(2026, 7, 10)),
        Term(begins=date(2026, 9, 1), ends=date(2027, 1, 22)),
    ),
    years={
        "2026": Year(
            holidays=tuple(date(2026, 10, day) for day in range(1, 8)),
            workdays=(date(2026, 9, 20), date(2026, 10, 10)),
        )
    },
)
CITY = Calendar(DATES, SHANGHAI)
PLAIN = Calendar(Dates(), SHANGHAI)
TUTORING = Form(seats={"teacher": 1, "student": 2}, windows=EVENINGS, evaluation=False)


def ms(said: str) -> int:
    """An instant by Beijing's clocks: "2026-10-14 18:00:00"."""
    return round(datetime.fromisoformat(said).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def evening(day: str) -> Opening:
    return Opening(ms(f"{day} 18:00"), ms(f"{day} 21:00"))


@pytest.mark.rule("WINDOW-1", "WINDOW-2")
@pytest.mark.parametrize(
    ("at", "day", "is_open"),
    [
        ("2026-10-14 00:00:00", "2026-10-14", False),  # a Wednesday
        ("2026-10-14 17:59:59", "2026-10-14", False),
        ("2026-10-14 18:00:00", "2026-10-14", True),
        ("2026-10-14 20:59:59", "2026-10-14", True),
        ("2026-10-14 20:59:59.999", "2026-10-14", True),
        ("2026-10-14 21:00:00", "2026-10-15", False),
        ("2026-10-16 21:00:00", "2026-10-19", False),  # Friday night: Monday
        ("2026-10-17 19:00:00", "2026-10-19", False),  # a Saturday
        ("2026-10-10 17:59:59", "2026-10-10", False),  # the Saturday that makes up for a holiday
        ("2026-10-10 18:00:00", "2026-10-10", True),
        ("2026-09-20 19:00:00", "2026-09-20", True),  # and a Sunday
        ("2026-10-07 19:00:00", "2026-10-08", False),  # a Wednesday of the National Day
        ("2026-09-30 21:00:00", "2026-10-08", False),  # the night before
        ("2026-07-10 20:59:59", "2026-07-10", True),  # the last day of term
        ("2026-07-10 21:00:00", "2026-09-01", False),  # and then summer
        ("2027-01-22 20:59:59", "2027-01-22", True),  # a term that goes over the new year
        ("2027-01-25 19:00:00", "2028-01-03", False),  # no other term is known of that year
    ],
)
def test_an_instant_lies_in_a_window_or_before_the_next(at: str, day: str, is_open: bool) -> None:
    found = CITY.opening(EVENINGS, ms(at))
    assert found == evening(day)
    assert (found.opens_ms <= ms(at) < found.closes_ms) is is_open


@pytest.mark.rule("WINDOW-3")
def test_a_year_that_nobody_told_of_has_its_plain_weekdays() -> None:
    assert PLAIN.opening(EVENINGS, ms("2026-10-07 19:00")) == evening("2026-10-07")
    assert PLAIN.opening(EVENINGS, ms("2026-10-10 19:00")) == evening("2026-10-12")
    new_year = ms("2027-01-01 00:00")
    assert CITY.unknown(new_year - 2, new_year - 1) == []
    assert CITY.unknown(new_year - 1, new_year) == [2027]
    assert PLAIN.unknown(new_year - 1, new_year) == [2026, 2027]


@pytest.mark.rule("WINDOW-1")
def test_windows_of_a_day_that_meet_are_one_and_others_are_not() -> None:
    def at(begins: str, ends: str, *days: str) -> Window:
        return Window(days=days or ("wednesday",), begins=begins, ends=ends)  # type: ignore[arg-type]

    windows = (at("13:00", "15:00"), at("08:00", "10:00"), at("10:00", "12:00"), at("14:00", "24:00", "wednesday"))
    day = "2026-10-14"
    assert CITY.opening(windows, ms(f"{day} 07:00")) == (ms(f"{day} 08:00"), ms(f"{day} 12:00"))
    assert CITY.opening(windows, ms(f"{day} 12:00")) == (ms(f"{day} 13:00"), ms("2026-10-15 00:00"))
    assert CITY.opening((at("09:00", "10:00", "sunday"),), ms(f"{day} 07:00")) == (
        ms("2026-10-18 09:00"),
        ms("2026-10-18 10:00"),
    )


@pytest.mark.rule("WINDOW-4")
def test_where_nothing_opens_for_longer_than_a_year_nothing_is_promised() -> None:
    closed = Calendar(Dates(terms=(Term(begins=date(2026, 1, 1), ends=date(2026, 1, 1)),
                                   Term(begins=date(2028, 1, 1), ends=date(2028, 1, 1)),
                                   Term(begins=date(2027, 1, 1), ends=date(2027, 1, 1)))), SHANGHAI)  # fmt: skip
    assert closed.opening(EVENINGS, ms("2026-01-01 21:00")) == evening("2027-01-01")
    assert closed.opening(EVENINGS, ms("2027-01-01 21:00")) is None  # 2028-01-01 is a Saturday
    with pytest.raises(OutsideWindow) as refused:
        closed.place(TUTORING, Booking(room="r-1", form="f"), now_ms=ms("2027-01-02 12:00"))
    assert refused.value.opens_ms is None


@given(st.integers(ms("2025-12-01 00:00"), ms("2027-12-31 00:00")))
def test_whenever_one_asks_the_opening_lies_ahead_and_nothing_opens_before_it(at: int) -> None:
    found = CITY.opening(EVENINGS, at)
    assert found is not None
    opens = datetime.fromtimestamp(found.opens_ms / 1000, SHANGHAI)
    assert at < found.closes_ms == found.opens_ms + 3 * 3_600_000
    assert (opens.hour, opens.minute, opens.second) == (18, 0, 0)
    if at < found.opens_ms:  # whoever asks at any time until then is told the same
        between = at + (found.opens_ms - at) // 2
        assert CITY.opening(EVENINGS, between) == CITY.opening(EVENINGS, found.opens_ms - 1) == found


# Rooms


@pytest.mark.rule("WINDOW-4")
@pytest.mark.parametrize(
    ("now", "scheduled", "day"),
    [
        ("2026-10-14 10:00", None, "2026-10-14"),  # made in the morning: this evening's
        ("2026-10-14 19:00", None, "2026-10-14"),
        ("2026-10-14 21:00", None, "2026-10-15"),
        ("2026-10-12 10:00", "2026-10-14 18:00", "2026-10-14"),
        ("2026-10-12 10:00", "2026-10-14 20:59", "2026-10-14"),
        ("2026-10-14 20:59", "2026-10-14 18:00", "2026-10-14"),  # announced for an hour ago
    ],
)
def test_a_room_belongs_to_the_window_of_its_announced_beginning(now: str, scheduled: str | None, day: str) -> None:
    booking = Booking(room="r-1", form="f", scheduled_ms=None if scheduled is None else ms(scheduled))
    assert CITY.place(TUTORING, booking, now_ms=ms(now)) == evening(day)
    assert CITY.place(relaxed(TUTORING), booking, now_ms=ms(now)) is None


@pytest.mark.rule("WINDOW-4")
@pytest.mark.parametrize(
    ("now", "scheduled", "opens"),
    [
        ("2026-10-12 10:00", "2026-10-14 17:59:59", "2026-10-14 18:00"),
        ("2026-10-12 10:00", "2026-10-14 21:00", "2026-10-15 18:00"),
        ("2026-09-30 10:00", "2026-10-07 19:00", "2026-10-08 18:00"),
        ("2026-10-14 21:00", "2026-10-14 19:00", "2026-10-15 18:00"),  # all of that evening is over
        ("2026-10-15 19:00", "2026-10-14 19:00", "2026-10-15 18:00"),
    ],
)
def test_a_room_announced_for_another_time_is_refused_with_the_next_opening(
    now: str, scheduled: str, opens: str
) -> None:
    with pytest.raises(OutsideWindow) as refused:
        CITY.place(TUTORING, Booking(room="r-1", form="f", scheduled_ms=ms(scheduled)), now_ms=ms(now))
    assert (refused.value.code, refused.value.rule) == ("outside_window", "WINDOW-4")
    assert refused.value.opens_ms == ms(opens)
    assert opens.replace(" ", "T") + "+08:00" in refused.value.message


def lesson_in(opening: Opening, now: str, form: Form = TUTORING) -> Lesson:
    return Lesson(form, now=ms(now) / 1000, opening=opening)


@pytest.mark.rule("WINDOW-5")
def test_nobody_comes_in_before_the_room_opens() -> None:
    lesson = lesson_in(evening("2026-10-14"), "2026-10-14 17:30")
    lesson.advance(29 * 60 + 59.5)
    early = [lesson.knocks(name, role) for name, role in (("li", "teacher"), ("anna", "student"), ("hu", "observer"))]  # type: ignore[arg-type]
    for guest in early:
        assert (guest.refusal, guest.hung) == (("outside_window", "WINDOW-5"), 4403)
        [error] = guest.says(n.Error)
        assert (error.retry_in_s, error.until_ms) == (0.5, ms("2026-10-14 18:00"))
    lesson.advance(0.5)
    lesson.joins("li", "teacher")
    assert lesson.state.people.keys() == {1}


@pytest.mark.rule("END-12")
def test_no_show_counts_from_the_opening_and_from_the_announced_beginning_after_it() -> None:
    for announced, closes in ((None, "18:15"), ("2026-10-14 18:10", "18:25")):
        scheduled = None if announced is None else ms(announced)
        begun = ms("2026-10-14 09:00")
        lesson = Lesson(TUTORING, now=begun / 1000, opening=evening("2026-10-14"), scheduled_ms=scheduled)
        lesson.advance(12 * 3_600)
        assert lesson.events(e.RoomClosed) == [e.RoomClosed(reason="no_show")]
        assert begun + lesson.entries[-1].at == ms(f"2026-10-14 {closes}")


@pytest.mark.rule("END-11")
def test_a_room_ends_with_its_window_after_the_usual_warnings() -> None:
    lesson = lesson_in(evening("2026-10-14"), "2026-10-14 20:40")
    lesson.joins("li", "teacher")
    lesson.joins("anna")
    assert lesson.events(e.RoomLive) == [e.RoomLive(ends_at=20 * 60_000, reason="window")]
    lesson.advance(20 * 60 - 0.001)
    assert lesson.events(e.EndingSoon) == [
        e.EndingSoon(in_s=300, reason="window"),
        e.EndingSoon(in_s=60, reason="window"),
    ]
    assert not lesson.state.is_closed
    lesson.advance(0.001)
    assert lesson.events(e.RoomClosed) == [e.RoomClosed(reason="window")]
    assert lesson.record is not None
    assert (
        lesson.record["data"]["closed_ms"]
        == lesson.record["data"]["limits"]["window_ends_ms"]
        == ms("2026-10-14 21:00")
    )


@pytest.mark.rule("END-11")
def test_a_room_in_which_nobody_teaches_ends_with_its_window_too() -> None:
    lesson = lesson_in(evening("2026-10-14"), "2026-10-14 20:50")
    lesson.joins("anna")
    lesson.advance(10 * 60)
    assert lesson.events(e.EndingSoon, e.RoomClosed) == [e.RoomClosed(reason="window")]


@pytest.mark.rule("WINDOW-6")
def test_a_node_that_takes_a_room_over_keeps_its_hours() -> None:
    lesson = lesson_in(evening("2026-10-14"), "2026-10-14 17:50")
    lesson.crash(down_s=9 * 60)
    assert lesson.knocks("anna").refusal == ("outside_window", "WINDOW-5")
    lesson.advance(60)
    lesson.joins("li", "teacher")
    lesson.crash(down_s=3 * 3_600)
    lesson.tick()
    assert lesson.state.closed_reason == "no_show"
    state, _ = lesson.fold()
    assert (state.opens_at, state.window_ends_at) == (600_000, 600_000 + 3 * 3_600_000)


@pytest.mark.rule("WINDOW-6")
def test_a_machine_whose_clock_is_set_back_an_hour_gives_no_hour_more(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = ms("2026-10-14 20:59:59") / 1000, 50_000.0
    monkeypatch.setattr(time, "monotonic", lambda: steady)
    monkeypatch.setattr(time, "time", lambda: wall)
    clock = SteadyClock()
    lesson = lesson_in(evening("2026-10-14"), "2026-10-14 20:59:59", relaxed(TUTORING))
    lesson.joins("li", "teacher")
    wall -= 3_600
    steady += 1.0
    lesson.perform(lesson.room.tick(now=clock.now()))
    assert lesson.events(e.RoomClosed) == [e.RoomClosed(reason="window")]
    assert CITY.opening(EVENINGS, round(clock.now() * 1000)) == evening("2026-10-15")


# Closing later


LATE = Form(seats=TUTORING.seats, duration_s=2_700, close_delay_s=600, evaluation=False)


def warned(lesson: Lesson) -> list[tuple[float, int]]:
    """(minutes since the room opened, seconds left as said)"""
    return [(entry.at / 60_000, entry.event.in_s) for entry in lesson.entries if isinstance(entry.event, e.EndingSoon)]


@pytest.mark.rule("END-13")
def test_a_room_that_closes_later_says_at_its_duration_how_long_is_left() -> None:
    lesson = Lesson(LATE)
    lesson.joins("li", "teacher")
    lesson.joins("anna")
    assert lesson.events(e.RoomLive) == [e.RoomLive(ends_at=55 * 60_000, reason="duration")]
    lesson.advance(60 * 60)
    assert warned(lesson) == [(45, 600), (50, 300), (54, 60)]
    assert lesson.events(e.RoomClosed) == [e.RoomClosed(reason="duration")]
    assert lesson.state.closed_at == 55 * 60_000


@pytest.mark.rule("END-13", "END-5")
def test_whoever_oversleeps_the_duration_is_told_the_last_warning_only() -> None:
    for minutes, said in ((46, [(45, 600)]), (51, [(50, 300)]), (54.5, [(54, 60)])):
        lesson = Lesson(LATE)
        lesson.joins("li", "teacher")
        lesson.joins("anna").lost()
        lesson.room.lost(1, for_good=False, now=lesson.now)
        lesson.oversleep(minutes * 60)
        assert warned(lesson) == said


@pytest.mark.rule("END-13", "END-11")
def test_the_window_grants_no_delay() -> None:
    day = Opening(ms("2026-10-14 07:00"), ms("2026-10-14 18:00"))
    lesson = lesson_in(day, "2026-10-14 17:10", LATE)
    lesson.joins("li", "teacher")
    lesson.joins("anna")
    lesson.advance(3_600)
    assert warned(lesson) == [(45, 300), (49, 60)]
    assert (lesson.state.closed_at, lesson.state.closed_reason) == (50 * 60_000, "window")


# Forms


EVENING = ("mon tue wed thu fri", "18:00", "21:00")
DAYTIME = ("mon tue wed thu fri", "07:00", "18:00")
LONG_DAY = ("mon tue wed thu fri", "07:00", "21:00")
INK = "chat draw speak camera"
TALK = "chat speak camera"


@pytest.mark.rule("FORM-1")
@pytest.mark.parametrize(
    ("name", "window", "minutes", "delay", "evaluation", "can", "stage", "on_stage", "record", "seats"),
    [
        ("one_to_one", EVENING, 30, 0, True, INK, INK, "teacher student", False,
         {"teacher": 1, "student": 1, "observer": 3}),
        ("one_to_many", EVENING, 30, 0, True, "chat", TALK, "teacher", True,
         {"teacher": 1, "assistant": 2, "student": 300, "observer": 10}),
        ("delivery", DAYTIME, 45, 10, False, TALK, INK, "teacher classroom", True,
         {"teacher": 1, "assistant": 8, "classroom": 8, "observer": 10}),
        ("famous_teacher", DAYTIME, 45, 10, False, TALK, INK, "teacher classroom", True,
         {"teacher": 1, "assistant": 4, "student": 60, "classroom": 4, "observer": 500}),
        ("online_classroom", LONG_DAY, 45, 10, False, "chat", TALK, "teacher", True,
         {"teacher": 2, "assistant": 10, "student": 2_000, "classroom": 100, "observer": 20}),
    ],
)  # fmt: skip
def test_the_presets_have_the_programmes_numbers(
    name: str,
    window: tuple[str, str, str],
    minutes: int,
    delay: int,
    evaluation: bool,
    can: str,
    stage: str,
    on_stage: str,
    record: bool,
    seats: dict[str, int],
) -> None:
    form = FORMS[name]
    [found] = form.windows
    assert (" ".join(day[:3] for day in found.days), found.begins, found.ends) == window
    assert (form.duration_s, form.close_delay_s) == (minutes * 60, delay * 60)
    assert (form.warnings_s, form.no_show_s, form.absence_s) == ((300, 60), 900, 60)
    assert (form.evaluation, form.evaluation_s, form.record) == (evaluation, 120, record)
    assert (" ".join(form.student_can), " ".join(form.stage_can), " ".join(form.on_stage)) == (can, stage, on_stage)
    assert form.seats == seats
    assert form.comments is (name == "famous_teacher")


@pytest.mark.rule("FORM-1")
def test_there_are_presets_for_each_form_of_live_lesson_and_no_others() -> None:
    lessons = [name for name, form in FORMS.items() if form.kind == "lesson"]
    assert lessons == ["one_to_one", "one_to_many", "delivery", "famous_teacher", "online_classroom"]


def test_where_summer_time_changes_a_window_keeps_to_the_clocks_on_the_wall() -> None:
    berlin = Calendar(Dates(), ZoneInfo("Europe/Berlin"))
    for friday, monday in (("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")):
        for day in (friday, monday):
            noon = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=UTC)
            found = berlin.opening(EVENINGS, round(noon.timestamp() * 1000))
            assert found is not None
            opens, closes = (datetime.fromtimestamp(at / 1000, ZoneInfo("Europe/Berlin")) for at in found)
            assert (str(opens.date()), opens.hour, closes.hour) == (day, 18, 21)
