"""Who is and was in the room: roles, rights, places, and the time each was there.

Rules: ATT-*, SEAT-* in docs/rules.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from protocol.fields import MuteKind, Right, Role

from .log import Side
from .rights import LEARNERS, STAFF

Span = tuple[int, int]  # from, until


@dataclass(slots=True)
class Interval:
    """Milliseconds since the room opened; `until` is None while it lasts."""

    since: int
    until: int | None = None
    reason: str | None = None

    def close(self, at: int, reason: str) -> None:
        if self.until is None:
            self.until, self.reason = max(at, self.since), reason


@dataclass(slots=True)
class Person:
    """One identity in this room, kept for the room's life."""

    member: int
    identity: str
    session: str  # hash of the secret that resumes it
    name: str = ""
    role: Role = "student"
    device: bool = False  # came over WHIP or WHEP
    school: str | None = None
    district: str | None = None
    grade: str | None = None
    expected: bool = False  # by whoever booked the room
    can: frozenset[Right] = frozenset()
    from_stage: frozenset[Right] = frozenset()  # those among `can` that end with the place on the stage (STAGE-2)
    muted: frozenset[MuteKind] = frozenset()
    inside: bool = False  # has joined and not left, be the line there or lost
    came_at: int = 0  # when they last joined
    away_since: int | None = None
    banned: bool = False
    last_id: int = 0  # the highest command taken in this session
    score: int | None = None
    screen: tuple[int, int] | None = None  # a student's continuous time, up to when they last were in a live room
    overused: bool = False  # an alarm was raised about it
    there: list[Interval] = field(default_factory=list)
    on_stage: list[Interval] = field(default_factory=list)
    strokes: int = 0
    chat_lines: int = 0
    comments: int = 0
    held_lines: int = 0  # that had a listed word
    masked: int = 0  # numbers of telephones and identity cards in them
    heads: int | None = None  # pupils before a classroom's device, as last declared
    heads_most: int | None = None
    hands: int = 0
    talk_ms: int = 0

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    @property
    def is_learner(self) -> bool:
        return self.role in LEARNERS

    @property
    def side(self) -> Side:
        return "staff" if self.is_staff else "observer" if self.role == "observer" else "learner"

    @property
    def was_learner(self) -> bool:
        """Have they been in the room already, as a learner?"""
        return self.is_learner and bool(self.there)

    @property
    def is_connected(self) -> bool:
        return self.inside and self.away_since is None

    @property
    def teaches(self) -> bool:
        """Does the room's time count as theirs?"""
        return self.role == "teacher" and not self.device

    def watch_screen(self, at: int, rest_ms: int) -> None:
        """A student's time in the live room begins: it goes on, unless they have rested (REST-1)."""
        if self.screen is None or at - self.screen[1] >= rest_ms:
            self.screen, self.overused = (at, at), False

    def leave_screen(self, at: int) -> None:
        if self.screen is not None:
            self.screen = (self.screen[0], at)

    def used_up_at(self, live_at: int, reserved_ms: int) -> int | None:
        """When they will have used so much of the live room; None: they are not there.

        A lost line stops nothing; when they had left before, the time in which they were there counts.
        """
        if not self.inside:
            return None
        before = [one for one in self.there if one.since < self.came_at]
        used_ms = sum(max(0, (one.until or one.since) - max(one.since, live_at)) for one in before)
        return max(self.came_at, live_at) + reserved_ms - used_ms

    def arrive(self, at: int) -> None:
        self.inside, self.away_since = True, None
        self.there.append(Interval(at))

    def lose_line(self, at: int) -> None:
        self.away_since = at
        self.there[-1].close(at, "away")

    def leave(self, at: int, reason: str) -> None:
        """For good, or until they join again.  Time with the line lost is not time in the room (ATT-2)."""
        if self.away_since is not None:
            self.there[-1].reason = reason
        self.there[-1].close(at, reason)
        self.inside, self.away_since = False, None


def together_ms(some: Sequence[Interval], others: Iterable[Interval]) -> int:
    """Milliseconds in which both are there.  Overlapping `others` count once."""
    return overlap_ms(some, merged(others))


def overlap_ms(some: Sequence[Interval], spans: Iterable[Span]) -> int:
    """Milliseconds of closed intervals within disjoint spans."""
    total = 0
    for begin, end in spans:
        total += sum(max(0, min(one.until or 0, end) - max(one.since, begin)) for one in some)
    return total


def merged(intervals: Iterable[Interval]) -> list[Span]:
    """Closed intervals as disjoint rising spans."""
    spans: list[Span] = []
    for since, until in sorted((one.since, one.until or one.since) for one in intervals):
        if spans and since <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(until, spans[-1][1]))
        else:
            spans.append((since, until))
    return spans
