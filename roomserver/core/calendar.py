"""When rooms of a form may be open: the windows of its week, laid over a city's terms, holidays and make-up workdays.

Pure: the time zone and the city's dates are handed in, and so is every instant, in wall-clock milliseconds.
Rules: WINDOW-* in docs/rules.md.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, NamedTuple, get_args

from msgspec import Meta, Struct

from protocol.codes import ErrorCode

from .errors import Refused
from .forms import WORKDAYS, Booking, Form, Weekday, Window

WEEK: Sequence[Weekday] = get_args(Weekday)
DAYS_AHEAD = 400  # looked through for the next opening: longer than any vacation


class Term(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From the first to the last day, both of them in it."""

    begins: date
    ends: date

    def __post_init__(self) -> None:
        if self.begins > self.ends:
            raise ValueError(f"the term that begins on {self.begins} ends before that")


class Year(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a year has besides weekdays and weekends."""

    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()  # Saturdays and Sundays that make up for a holiday


class Dates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The calendar file."""

    terms: tuple[Term, ...] = ()
    years: dict[Annotated[str, Meta(pattern=r"^[0-9]{4}\Z")], Year] = {}

    def __post_init__(self) -> None:
        for name, year in self.years.items():
            for day in (*year.holidays, *year.workdays):
                if day.year != int(name):
                    raise ValueError(f"{day} is no day of {name}")
            if both := set(year.holidays) & set(year.workdays):
                raise ValueError(f"{min(both)} is a holiday and a workday")


class Opening(NamedTuple):
    """From `opens_ms` up to `closes_ms`."""

    opens_ms: int
    closes_ms: int


class OutsideWindow(Refused):
    """A room was asked for at a time at which there can be none; `opens_ms` is when there can, None: not for a year."""

    def __init__(self, opens_ms: int | None, opens: str) -> None:
        message = f"no room of this form is open then; the next opens {opens}"
        super().__init__(ErrorCode.OUTSIDE_WINDOW, message, rule="WINDOW-4")
        self.opens_ms = opens_ms


class Calendar:
    """A city's time."""

    def __init__(self, dates: Dates, zone: tzinfo) -> None:
        self._zone = zone
        self._terms = dates.terms
        self._termed = {year for term in dates.terms for year in range(term.begins.year, term.ends.year + 1)}
        self._holidays = {day for year in dates.years.values() for day in year.holidays}
        self._workdays = {day for year in dates.years.values() for day in year.workdays}
        self._known = {int(name) for name in dates.years}

    def unknown(self, from_ms: int, until_ms: int) -> list[int]:
        """The years between two instants whose holidays nobody has told: they have plain weekdays (WINDOW-3)."""
        years = range(self._day(from_ms).year, self._day(until_ms).year + 1)
        return [year for year in years if year not in self._known]

    def opening(self, windows: Sequence[Window], at_ms: int) -> Opening | None:
        """The one in which an instant lies, else the next; None: there is none within 400 days."""
        day = self._day(at_ms)
        for ahead in range(DAYS_AHEAD):
            for opening in self._openings(windows, day + timedelta(ahead)):
                if at_ms < opening.closes_ms:
                    return opening
        return None

    def place(self, form: Form, booking: Booking, *, now_ms: int) -> Opening | None:
        """When a new room is open: in the opening of its announced beginning, else in this one or the next (WINDOW-4).

        None: the form has no windows.

        Raises:
            OutsideWindow: it was announced for a time outside of any, or all of that is over.
        """
        if not form.windows:
            return None
        at_ms = now_ms if booking.scheduled_ms is None else booking.scheduled_ms
        found = self.opening(form.windows, at_ms)
        if found and now_ms < found.closes_ms and (found.opens_ms <= at_ms or booking.scheduled_ms is None):
            return found
        following = self.opening(form.windows, max(at_ms, now_ms))
        if following is None:
            raise OutsideWindow(None, "on no day that the calendar knows")
        opens = datetime.fromtimestamp(following.opens_ms / 1000, self._zone)
        raise OutsideWindow(following.opens_ms, f"at {opens.isoformat(timespec='minutes')}")

    def _day(self, at_ms: int) -> date:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).date()

    def _openings(self, windows: Sequence[Window], day: date) -> Iterator[Opening]:
        """Those of one day, in order.  Windows that meet or overlap are one."""
        like = self._like(day)
        found = sorted((window.begins, window.ends) for window in windows if not like.isdisjoint(window.days))
        while found:
            begins, ends = found.pop(0)
            while found and found[0][0] <= ends:
                ends = max(ends, found.pop(0)[1])
            yield Opening(self._instant(day, begins), self._instant(day, ends))

    def _like(self, day: date) -> frozenset[Weekday]:
        """The days of the week whose windows a day has (WINDOW-2)."""
        vacation = day.year in self._termed and not any(term.begins <= day <= term.ends for term in self._terms)
        if vacation or day in self._holidays:
            return frozenset()
        return frozenset(WORKDAYS) if day in self._workdays else frozenset({WEEK[day.weekday()]})

    def _instant(self, day: date, of_day: str) -> int:
        hours, minutes = map(int, of_day.split(":"))
        shown = datetime.combine(day, time(), self._zone) + timedelta(hours=hours, minutes=minutes)
        return round(shown.timestamp() * 1000)
