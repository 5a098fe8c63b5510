"""What a session record counts for: one row for the session, one for each who was there.

Read from the published record alone, so that whoever has the record gets the same.  Rules: STAT-1 to STAT-4 in
docs/rules.md.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

import msgspec
from msgspec import Struct

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # since 1991 without summer time
# Why a stay counts for nothing.  What exceeds a week's quota is told only beside the week's other sessions (STAT-5).
Why = Literal["", "never_live", "alone", "below_a_minute", "ended_by_force"]


class Evaluation(Struct, frozen=True):
    due: bool = False
    score: int | None = None


class Member(Struct, frozen=True):
    """What is counted of a record's member; what an older record does not say is not known."""

    member: int
    identity: str
    role: str
    school: str | None = None
    district: str | None = None
    grade: str | None = None
    seconds_present: int = 0
    seconds_together: int = 0
    minutes_together: int = 0
    heads_most: int | None = None  # pupils before a classroom's device
    evaluation: Evaluation | None = None


class Alarm(Struct, frozen=True):
    kind: str


class Limits(Struct, frozen=True):
    quota_s: int = 0  # a week; 0: none


class Record(Struct, frozen=True):
    """`data` of an envelope, as far as it is counted.  Instants are wall-clock milliseconds."""

    room: str
    form: str
    opened_ms: int
    closed_ms: int
    subject: str = ""
    scheduled_ms: int | None = None
    live_ms: int | None = None
    end_reason: str | None = None
    limits: Limits = Limits()
    members: tuple[Member, ...] = ()
    alarms: tuple[Alarm, ...] = ()

    @property
    def began_ms(self) -> int:
        """When it was: a room may be booked, and so opened, weeks before its lesson (STAT-2)."""
        return next(ms for ms in (self.live_ms, self.scheduled_ms, self.opened_ms) if ms is not None)

    @property
    def day(self) -> date:
        return datetime.fromtimestamp(self.began_ms / 1000, SHANGHAI).date()

    @property
    def ended_by_force(self) -> bool:
        return any(alarm.kind == "ended_by_force" for alarm in self.alarms)

    def why(self, member: Member) -> Why:
        """Why the member's stay counts for nothing; empty: it counts (STAT-4)."""
        if self.live_ms is None:
            return "never_live"
        if not member.seconds_together:
            return "alone"
        if not member.minutes_together:
            return "below_a_minute"
        return "ended_by_force" if self.ended_by_force else ""


class Envelope(Struct, frozen=True):
    data: Record


def read(envelope: bytes) -> Record:
    """
    Raises:
        msgspec.DecodeError: it is no session record.
    """
    return msgspec.json.decode(envelope, type=Envelope).data


class LateScore(Struct, frozen=True):
    """`data` of an evaluation that came after the record."""

    room: str
    identity: str
    score: int


class LateEnvelope(Struct, frozen=True):
    data: LateScore


def late_score(envelope: bytes) -> LateScore:
    """
    Raises:
        msgspec.DecodeError: it is no evaluation.
    """
    return msgspec.json.decode(envelope, type=LateEnvelope).data


def week_of(day: date) -> str:
    """`2026-W47`, after ISO 8601."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def days_of_week(week: str) -> tuple[date, date]:
    """Monday and Sunday.

    Raises:
        ValueError: it is none.
    """
    year, _, number = week.partition("-W")
    if not (len(year) == 4 and len(number) == 2 and (year + number).isascii() and (year + number).isdecimal()):
        raise ValueError(f"{week!r} is no week like 2026-W47")
    try:
        monday = date.fromisocalendar(int(year), int(number), 1)
        return monday, monday + timedelta(days=6)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"there is no week {week}") from error


SHOWN = (
    *("room", "form", "subject", "began", "minutes_live", "end_reason", "identity", "role", "school", "district"),
    *("seconds_present", "seconds_together", "minutes_together", "uncounted", "score"),
)


def shown(record: Record) -> Iterator[dict[str, str | int | None]]:
    """A row of `SHOWN` for each member: without names, which the record has (STAT-7)."""
    began = datetime.fromtimestamp(record.began_ms / 1000, UTC).astimezone(SHANGHAI)
    live_ms = 0 if record.live_ms is None else record.closed_ms - record.live_ms
    for member in record.members:
        yield {
            "room": record.room,
            "form": record.form,
            "subject": record.subject,
            "began": began.isoformat(timespec="seconds"),
            "minutes_live": live_ms // 60_000,
            "end_reason": record.end_reason,
            "identity": member.identity,
            "role": member.role,
            "school": member.school,
            "district": member.district,
            "seconds_present": member.seconds_present,
            "seconds_together": member.seconds_together,
            "minutes_together": member.minutes_together,
            "uncounted": record.why(member),
            "score": None if member.evaluation is None else member.evaluation.score,
        }
