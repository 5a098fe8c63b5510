"""Events that belong to the log but to nobody's eyes: kept for the fold and the evidence, never sent.

Rules: LOG-* in docs/rules.md.
"""

from typing import Annotated

from msgspec import Meta, field

from protocol.events import Event
from protocol.fields import PERSONAL, Comment, Tags

from .forms import Booking, Form

Identity = Annotated[str, Meta(max_length=200), PERSONAL]


class RoomOpened(Event, frozen=True, tag="fact.opened"):
    """The first event of every log: the booking and the rules it runs under, whatever the configuration says later."""

    opened_at_ms: int  # wall clock of `at` 0
    booking: Booking
    form: Form
    opens_ms: int | None = None  # wall clock: nobody comes in before; None: at any time
    window_ends_ms: int | None = None  # wall clock: the room ends then at the latest


class Expected(Event, frozen=True, tag="fact.expected"):
    """Whoever booked the room expects this identity; it has its member number from now on."""

    member: int
    identity: Identity


class SessionOpened(Event, frozen=True, tag="fact.session"):
    """An identity begins a session as this member.  `session` is a hash of the secret that resumes it.

    What the ledger granted at the door: `reserved_ms` of a teacher's week, and the wall-clock span of a student's
    continuous time in other rooms.
    """

    member: int
    session: str
    identity: Identity
    district: str | None = None
    grade: str | None = None
    reserved_ms: int | None = None
    screen_ms: tuple[int, int] | None = None


class Assessed(Event, frozen=True, tag="fact.assessed"):
    """A student's whole evaluation."""

    member: int
    score: int
    tags: Tags = ()
    comment: Comment = ""


class Pulse(Event, frozen=True, tag="fact.pulse"):
    """The room was alive at this instant; `talk_ms` is what each member spoke since the last pulse.

    After a crash, attendance is known up to the newest event: a pulse keeps that close (LOG-5).
    """

    talk_ms: dict[int, int] = field(default_factory=dict)


class Blank(Event, frozen=True, tag="fact.blank"):
    """Never stored: what is read of an event of the board whose content was erased, or that was about such shapes."""

    was: str  # its type
    member: int = 0  # who drew


Fact = RoomOpened | Expected | SessionOpened | Assessed | Pulse
