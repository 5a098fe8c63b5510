"""The city's calendar as a file: read at the start, and written a year at a time from what was announced.

Rules: WINDOW-3, WINDOW-7 in docs/rules.md.
"""

import tomllib
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from ..core.calendar import Calendar, Dates, Year

MONTH_MS = 31 * 86_400_000  # ahead, a year without holidays is spoken of
HEAD = """\
# When schools work: `calendar.file` of the server's configuration.
# A year that stands here has its own holidays, and weekends that make up for them; any other has plain weekdays.

# [[terms]]                  # a year that no term touches is all term
# begins = 2026-03-02
# ends = 2026-07-10          # its last day
"""


class NotAnnounced(Exception):
    """Nobody has said yet, or not to us, what holidays a year has."""


def read(path: Path | None, zone: str) -> Calendar:
    """
    Raises:
        ValueError: the file cannot be read or says something unknown, or there is no such time zone.
    """
    try:
        dates = Dates() if path is None else dates_of(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    try:
        return Calendar(dates, ZoneInfo(zone))
    except (OSError, ValueError, LookupError) as error:
        raise ValueError(f"there is no time zone {zone!r}") from error


def dates_of(text: str) -> Dates:
    """
    Raises:
        ValueError: it is no calendar.
    """
    return msgspec.convert(tomllib.loads(text), Dates)  # both errors are ValueErrors


def announced(year: int) -> Year:
    """Public holidays and make-up workdays of China, as the State Council announces them each autumn.

    Raises:
        NotAnnounced: chinese-calendar is not installed, or has nothing of that year yet.
    """
    try:
        from chinese_calendar import constants
    except ImportError as error:
        raise NotAnnounced("chinese-calendar is not installed: pip install chinese-calendar") from error
    holidays = tuple(sorted(day for day in constants.holidays if day.year == year))
    if not holidays:
        raise NotAnnounced(f"chinese-calendar has nothing of {year}: install a newer one, or write the days down")
    return Year(holidays=holidays, workdays=tuple(sorted(day for day in constants.workdays if day.year == year)))


def with_year(text: str, name: str, year: Year) -> str:
    """A calendar file with one more year.  All that stands there stays.

    Raises:
        ValueError: `text` is no calendar, or has that year already.
    """
    if name in dates_of(text).years:
        raise ValueError(f"it has {name} already: take that part out first")
    lines = [f"[years.{name}]", *_list("holidays", year.holidays), *_list("workdays", year.workdays)]
    return (text or HEAD) + "\n" + "\n".join(lines) + "\n"


def _list(name: str, days: tuple[date, ...]) -> list[str]:
    return [f"{name} = [", *(f"    {day}," for day in days), "]"]
