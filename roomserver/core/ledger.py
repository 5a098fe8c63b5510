"""What outlives a room: a teacher's week and last class, a student's time and dues, and who is where.

A *ledger* in the store keeps it.  Rooms write to it by *postings*, which travel with the events that cause them;
whoever stands at a room's door is judged by what it says of them.  Pure: the ledger's knowledge and the time come in,
what is granted goes out.  Instants are wall-clock milliseconds.
Rules: GAP-*, QUOTA-*, REST-*, DUE-*, CLAIM-*, WHO-9 in docs/rules.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import get_args

from protocol.codes import ErrorCode
from protocol.fields import Role

from .errors import Refused
from .forms import Form, Weekday

MS = 1000
LEAST_MS = 60_000  # what is left of a week must be a whole minute; docs/rules.md QUOTA-3
LONGEST_MS = 86_400_000  # no form lasts longer: what was not ended by then was lost with its room
WEEKDAYS: tuple[str, ...] = get_args(Weekday)

Span = tuple[int, int]  # from, until


# What a room tells the ledger.  Each is about the room that posts it.


@dataclass(frozen=True, slots=True)
class Stay:
    """A student's continuous time, as this room knows it; `until_ms` is None while it goes on."""

    identity: str
    since_ms: int
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class Taught:
    """A class after which a gap is asked for is live, and this teacher is there."""

    identity: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The room is closed: its stays, its classes and what was reserved for it end here.

    `used_ms` is what each teacher used of what they had reserved; `owing` are those who owe an evaluation.
    """

    at_ms: int
    used_ms: Mapping[str, int] = field(default_factory=dict)
    owing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paid:
    """A student has given the evaluation that they owed."""

    identity: str


Posting = Stay | Taught | Ended | Paid


# What the ledger is asked at a door, and what it knows.


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody at the door of a room.

    `remaining_s`, `forms` and `subjects` are what their token says, if it does, and `issued_ms` is when it was made.
    """

    identity: str
    role: Role
    room: str
    form: Form
    now_ms: int
    week: Span  # in which `now_ms` lies
    school: str | None = None
    form_name: str = ""
    subject: str = ""
    remaining_s: int | None = None
    issued_ms: int | None = None
    forms: tuple[str, ...] | None = None
    subjects: tuple[str, ...] | None = None

    @property
    def account(self) -> str:
        """Whose week it is that a teacher's time is taken from."""
        if self.form.quota_of == "school" and self.school is not None:
            return f"school {self.school}"
        return f"teacher {self.identity}"


@dataclass(frozen=True, slots=True)
class Class:
    """A teacher's class in another room; `until_ms` is None while it goes on."""

    room: str
    since_ms: int
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger knows of whoever asks."""

    reserved_ms: int | None = None  # for this very room, when they came to its door before
    spent_ms: int = 0  # of the account's week: used, or reserved by rooms that are still open
    untold_ms: int = 0  # of the account: in rooms that are open, or closed since the token was made
    classes: Sequence[Class] = ()  # with a gap, in other rooms
    stays: Sequence[tuple[int, int | None]] = ()
    due: str | None = None  # the room of an evaluation that they owe, the oldest
    claim: str | None = None  # the room where their newest session began


@dataclass(frozen=True, slots=True)
class Granted:
    """Let in.

    `reserved_ms`: how long the room may be live with this teacher, None: no quota says; `screen`: a student's
    continuous time up to now, None: they are rested; `replaces`: the room where their session ends with this one.
    """

    reserved_ms: int | None = None
    screen: Span | None = None
    replaces: str | None = None


NOTHING = Granted()


def decide(ask: Ask, known: Standing) -> Granted:
    """
    Raises:
        Refused: not now, or not this one.
    """
    replaces = None if known.claim == ask.room else known.claim
    if ask.role == "teacher":
        _check_eligible(ask)
        _check_gap(ask, known)
        return Granted(reserved_ms=_reserve(ask, known), replaces=replaces)
    if ask.role == "student":
        _check_due(ask, known)
        return Granted(screen=_rested(ask, known), replaces=replaces)
    return Granted(replaces=replaces)


def _check_eligible(ask: Ask) -> None:
    if ask.form.eligible == "anyone":
        return
    if ask.form_name not in (ask.forms or ()):
        message = f"you are not approved for the form {ask.form_name!r}"
    elif ask.subject and ask.subjects is not None and ask.subject not in ask.subjects:
        message = f"you are not approved for the subject {ask.subject!r}"
    else:
        return
    raise Refused(ErrorCode.NOT_ELIGIBLE, message, rule="WHO-9")


def _check_gap(ask: Ask, known: Standing) -> None:
    """A class that goes on counts as one that closes now."""
    gap_ms, now_ms = ask.form.gap_s * MS, ask.now_ms
    others = [one for one in known.classes if one.room != ask.room]
    ends = [
        one.until_ms if one.until_ms is not None else now_ms
        for one in others
        if one.until_ms is not None or now_ms - one.since_ms < LONGEST_MS
    ]
    wait_ms = max(ends, default=-gap_ms) + gap_ms - now_ms
    if gap_ms and wait_ms > 0:
        message = f"{ask.form.gap_s} s lie between two classes of a teacher"
        raise Refused(ErrorCode.GAP_NOT_ELAPSED, message, rule="GAP-1", retry_in_s=wait_ms / MS)


def _reserve(ask: Ask, known: Standing) -> int | None:
    """What was reserved for this room, or the least of what the form, the week and the token leave."""
    if known.reserved_ms is not None:
        return known.reserved_ms  # QUOTA-4
    left = [(ask.form.duration_s + ask.form.close_delay_s) * MS]
    if ask.form.quota_s:
        left.append(ask.form.quota_s * MS - known.spent_ms)
    if ask.remaining_s is not None:
        left.append(ask.remaining_s * MS - known.untold_ms)  # whoever made the token did not know of that
    if len(left) == 1:
        return None
    if min(left) < LEAST_MS:
        message = "the week's time is used up, or reserved for rooms that are open"
        retry_in_s = (ask.week[1] - ask.now_ms) / MS
        raise Refused(ErrorCode.QUOTA_EXCEEDED, message, rule="QUOTA-3", retry_in_s=retry_in_s)
    return min(left)


def _check_due(ask: Ask, known: Standing) -> None:
    if ask.form.dues and known.due is not None and known.due != ask.room:
        message = "the lesson before is to be evaluated first"
        raise Refused(ErrorCode.EVALUATION_DUE, message, rule="DUE-2", room=known.due)


def _rested(ask: Ask, known: Standing) -> Span | None:
    """Their continuous time up to now, None: they are rested."""
    rest_ms, now_ms = ask.form.rest_s * MS, ask.now_ms
    span = continuous(known.stays, rest_ms, now_ms)
    if span is None or not ask.form.continuous_s:
        return span
    since_ms, until_ms = span
    if now_ms - since_ms >= ask.form.continuous_s * MS:
        message = f"after {ask.form.continuous_s // 60} minutes a rest is asked for"
        wait_s = (until_ms + rest_ms - now_ms) / MS
        raise Refused(ErrorCode.REST_NEEDED, message, rule="REST-2", retry_in_s=wait_s)
    return span


def continuous(stays: Iterable[tuple[int, int | None]], rest_ms: int, now_ms: int) -> Span | None:
    """The last stretch of stays without a rest between them; None: the last ended a rest ago.

    A stay without an end goes on; one that began longer ago than any room lasts was lost with its room.
    """
    spans = [
        (since, now_ms if until is None else until)
        for since, until in stays
        if until is not None or now_ms - since < LONGEST_MS
    ]
    found: Span | None = None
    for since, until in sorted(spans):
        joined = found is not None and since - found[1] < rest_ms
        found = (found[0], max(found[1], until)) if found is not None and joined else (since, until)
    return found if found is not None and now_ms - found[1] < rest_ms else None


def week_of(now_ms: int, begins: Weekday, zone: tzinfo) -> Span:
    """The week in which an instant lies: from one midnight to another."""
    here = datetime.fromtimestamp(now_ms / MS, zone)
    first = here.date() - timedelta(days=(here.weekday() - WEEKDAYS.index(begins)) % 7)
    return _midnight(first, zone), _midnight(first + timedelta(days=7), zone)


def _midnight(day: date, zone: tzinfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * MS)
