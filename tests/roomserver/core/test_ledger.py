"""At a room's door: a teacher's week and gap, a student's rest and dues, at their edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.core.errors import Refused
from roomserver.core.forms import FORMS, Form
from roomserver.core.ledger import LONGEST_MS, Ask, Class, Granted, Standing, continuous, decide, week_of

NOW = 1_790_000_000_000
DAY = 86_400_000
MINUTE = 60_000
SHANGHAI = ZoneInfo("Asia/Shanghai")
FORM = Form(
    seats={"teacher": 1, "student": 300},
    duration_s=1_800,
    gap_s=600,
    quota_s=18_000,
    continuous_s=1_800,
    rest_s=600,
    dues=True,
)
TEACHER = Ask("li", "teacher", "r-2", FORM, NOW, (NOW - DAY, NOW + 6 * DAY), school="No. 4", form_name="one_to_many")
STUDENT = replace(TEACHER, identity="anna", role="student")


def refused(ask: Ask, known: Standing) -> tuple[str, str | None, float | None, str | None]:
    """Code, rule, seconds and room."""
    with pytest.raises(Refused) as refusal:
        decide(ask, known)
    said = refusal.value
    return said.code.value, said.rule, said.retry_in_s, said.room


@pytest.mark.rule("FORM-1")
@pytest.mark.parametrize(
    ("name", "gap_min", "quota_h", "continuous_min", "dues"),
    [
        ("one_to_one", 0, 0, 30, True),
        ("one_to_many", 10, 5, 30, True),
        ("delivery", 0, 0, 0, False),
        ("famous_teacher", 0, 0, 0, False),
        ("online_classroom", 0, 0, 0, False),
    ],
)
def test_the_presets_have_the_programmes_numbers(
    name: str, gap_min: int, quota_h: int, continuous_min: int, dues: bool
) -> None:
    form = FORMS[name]
    assert (form.gap_s, form.quota_s, form.continuous_s) == (gap_min * 60, quota_h * 3_600, continuous_min * 60)
    assert (form.quota_of, form.week_begins, form.rest_s) == ("teacher", "monday", 600)
    assert (form.dues, form.eligible) == (dues, "anyone")


@pytest.mark.rule("GAP-1")
@pytest.mark.parametrize(
    ("ago_ms", "wait_s"),
    [(0, 600), (9 * MINUTE + 59_000, 1), (10 * MINUTE - 1, 0.001), (10 * MINUTE, None), (11 * MINUTE, None)],
)
def test_ten_minutes_lie_between_two_classes(ago_ms: int, wait_s: float | None) -> None:
    known = Standing(classes=[Class("r-0", NOW - DAY, NOW - DAY // 2), Class("r-1", NOW - DAY // 24, NOW - ago_ms)])
    if wait_s is None:
        assert decide(TEACHER, known) == Granted(reserved_ms=30 * MINUTE)
    else:
        assert refused(TEACHER, known) == ("gap_not_elapsed", "GAP-1", wait_s, None)


@pytest.mark.rule("GAP-1")
def test_a_class_that_goes_on_has_not_closed() -> None:
    assert refused(TEACHER, Standing(classes=[Class("r-1", NOW - 1, None)])) == ("gap_not_elapsed", "GAP-1", 600, None)
    lost_with_its_room = Standing(classes=[Class("r-1", NOW - LONGEST_MS, None)])
    assert decide(TEACHER, lost_with_its_room) == Granted(reserved_ms=30 * MINUTE)


@pytest.mark.rule("GAP-2")
def test_the_gap_is_not_asked_at_the_door_of_the_same_class_nor_of_a_form_without() -> None:
    running = Standing(reserved_ms=5, classes=[Class("r-2", NOW - 1, None)])
    assert decide(TEACHER, running) == Granted(reserved_ms=5)
    without = replace(TEACHER, form=Form(seats={}))
    assert decide(without, Standing(classes=[Class("r-1", NOW - 1, None)])) == Granted()


@pytest.mark.rule("QUOTA-1")
@pytest.mark.parametrize(
    ("spent_min", "remaining_s", "reserved_min"),
    [(0, None, 30), (270, None, 30), (271, None, 29), (299, None, 1), (0, 600, 10), (299, 600, 1), (0, 9_999, 30)],
)
def test_the_least_of_duration_week_and_token_is_reserved(
    spent_min: int, remaining_s: int | None, reserved_min: int
) -> None:
    ask = replace(TEACHER, remaining_s=remaining_s)
    assert decide(ask, Standing(spent_ms=spent_min * MINUTE)) == Granted(reserved_ms=reserved_min * MINUTE)


@pytest.mark.rule("QUOTA-1")
def test_a_token_counts_also_where_the_form_has_no_quota() -> None:
    free = replace(TEACHER, form=Form(seats={}))
    assert decide(free, Standing(spent_ms=DAY)) == Granted(reserved_ms=None)
    assert decide(replace(free, remaining_s=60), Standing()) == Granted(reserved_ms=MINUTE)


@pytest.mark.rule("QUOTA-3")
@pytest.mark.parametrize(("spent_ms", "remaining_s"), [(299 * MINUTE + 1, None), (400 * MINUTE, None), (0, 59)])
def test_who_has_no_whole_minute_left_waits_for_the_next_week(spent_ms: int, remaining_s: int | None) -> None:
    ask = replace(TEACHER, remaining_s=remaining_s)
    assert refused(ask, Standing(spent_ms=spent_ms)) == ("quota_exceeded", "QUOTA-3", 6 * 86_400, None)


@pytest.mark.rule("QUOTA-4")
def test_who_comes_again_has_what_was_reserved() -> None:
    again = Standing(reserved_ms=7 * MINUTE, spent_ms=300 * MINUTE)
    assert decide(replace(TEACHER, remaining_s=0), again) == Granted(reserved_ms=7 * MINUTE)


@pytest.mark.rule("QUOTA-7")
@pytest.mark.parametrize(
    ("instant", "begins", "monday"),
    [
        ("2026-09-20T23:59:59.999+08:00", "monday", "2026-09-14T00:00+08:00"),
        ("2026-09-21T00:00+08:00", "monday", "2026-09-21T00:00+08:00"),
        ("2026-09-27T23:59+08:00", "monday", "2026-09-21T00:00+08:00"),
        ("2026-09-26T23:59+08:00", "sunday", "2026-09-20T00:00+08:00"),
        ("2026-09-27T00:00+08:00", "sunday", "2026-09-27T00:00+08:00"),
        ("2026-09-20T16:00+00:00", "monday", "2026-09-21T00:00+08:00"),
    ],
)
def test_a_week_begins_at_midnight_of_the_city(instant: str, begins: str, monday: str) -> None:
    def ms(said: str) -> int:
        return round(datetime.fromisoformat(said).timestamp() * 1000)

    assert week_of(ms(instant), begins, SHANGHAI) == (ms(monday), ms(monday) + 7 * DAY)  # type: ignore[arg-type]


@pytest.mark.rule("QUOTA-7")
@given(ms=st.integers(0, 4_000_000_000_000), hours=st.integers(-12, 14))
def test_every_instant_lies_in_its_week(ms: int, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    begin, end = week_of(ms, "monday", zone)
    assert begin <= ms < end
    assert end - begin == 7 * DAY
    assert datetime.fromtimestamp(begin / 1000, zone).strftime("%a %H:%M:%S") == "Mon 00:00:00"


@pytest.mark.rule("QUOTA-7")
def test_the_week_in_which_clocks_are_set_back_is_an_hour_longer() -> None:
    october = round(datetime(2026, 10, 24, 12, tzinfo=UTC).timestamp() * 1000)
    begin, end = week_of(october, "monday", ZoneInfo("Europe/Berlin"))
    assert end - begin == 7 * DAY + 3_600_000


@pytest.mark.rule("QUOTA-8")
def test_the_week_is_the_teachers_or_the_schools() -> None:
    assert TEACHER.account == "teacher li"
    of_school = replace(TEACHER, form=Form(seats={}, quota_s=60, quota_of="school"))
    assert of_school.account == "school No. 4"
    assert replace(of_school, school=None).account == "teacher li"


@pytest.mark.rule("REST-2")
@pytest.mark.parametrize(
    ("stays", "wait_s"),
    [
        ([(-30 * MINUTE + 1_000, 0)], None),  # 29:59
        ([(-30 * MINUTE, 0)], 600),
        ([(-30 * MINUTE, None)], 600),  # still there, in another room
        ([(-40 * MINUTE, -10 * MINUTE)], None),
        ([(-40 * MINUTE + 1, -10 * MINUTE + 1)], 0.001),
        ([(-30 * MINUTE, -25 * MINUTE), (-16 * MINUTE, -MINUTE)], 540),  # nine minutes are no rest
        ([(-30 * MINUTE, -25 * MINUTE), (-15 * MINUTE, -MINUTE)], None),  # ten are one
        ([(-LONGEST_MS, None)], None),  # lost with its room
    ],
)
def test_after_thirty_minutes_a_rest_is_asked_for(stays: list[tuple[int, int | None]], wait_s: float | None) -> None:
    known = Standing(stays=[(NOW + since, None if until is None else NOW + until) for since, until in stays])
    if wait_s is None:
        assert decide(STUDENT, known).reserved_ms is None
    else:
        assert refused(STUDENT, known) == ("rest_needed", "REST-2", wait_s, None)


@pytest.mark.rule("REST-2")
def test_a_form_without_a_limit_asks_for_no_rest_and_still_says_how_long_it_was() -> None:
    ask = replace(STUDENT, form=Form(seats={}))
    assert decide(ask, Standing(stays=[(NOW - DAY // 2, NOW - 5)])) == Granted(screen=(NOW - DAY // 2, NOW - 5))


spans = st.tuples(st.integers(0, 100), st.integers(0, 30)).map(lambda span: (span[0], span[0] + span[1]))


@pytest.mark.rule("REST-1")
@given(stays=st.lists(spans, max_size=6), rest=st.integers(1, 20), now=st.integers(130, 150))
def test_continuous_time_is_stays_without_a_rest_between(stays: list[tuple[int, int]], rest: int, now: int) -> None:
    """Told backwards, from now on."""
    begun, reached = None, now
    for since, until in sorted(stays, key=lambda stay: stay[1], reverse=True):
        if reached - until < rest:
            begun = reached = min(reached, since)
    found = continuous(stays, rest, now)
    assert (None if found is None else found[0]) == begun


@pytest.mark.rule("DUE-2")
def test_who_owes_an_evaluation_of_another_room_gives_it_first() -> None:
    assert refused(STUDENT, Standing(due="r-1")) == ("evaluation_due", "DUE-2", None, "r-1")
    assert decide(STUDENT, Standing(due="r-2")) == Granted()
    assert decide(replace(STUDENT, form=Form(seats={})), Standing(due="r-1")) == Granted()


@pytest.mark.rule("WHO-9")
@pytest.mark.parametrize(
    ("forms", "subjects", "subject", "fits"),
    [
        (None, None, "", False),
        ((), None, "", False),
        (("one_to_one",), None, "", False),
        (("one_to_one", "one_to_many"), None, "physics", True),
        (("one_to_many",), ("physics", "chemistry"), "physics", True),
        (("one_to_many",), ("chemistry",), "physics", False),
        (("one_to_many",), ("chemistry",), "", True),
    ],
)
def test_a_form_for_the_approved_takes_who_is_approved(
    forms: tuple[str, ...] | None, subjects: tuple[str, ...] | None, subject: str, fits: bool
) -> None:
    form = Form(seats={}, eligible="claimed")
    ask = replace(TEACHER, form=form, forms=forms, subjects=subjects, subject=subject)
    if fits:
        assert decide(ask, Standing()) == Granted()
    else:
        assert refused(ask, Standing()) == ("not_eligible", "WHO-9", None, None)
    assert decide(replace(ask, role="student"), Standing()) == Granted()


@pytest.mark.rule("CLAIM-1")
def test_a_session_in_another_room_is_replaced() -> None:
    for ask in (TEACHER, STUDENT, replace(TEACHER, role="assistant")):
        assert decide(ask, Standing(claim="r-1")).replaces == "r-1"
        assert decide(ask, Standing(claim="r-2")).replaces is None
