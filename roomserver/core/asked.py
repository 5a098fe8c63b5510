"""What the class is asked, and who has answered: polls and check-ins, a part of the room's state.

Instants are milliseconds since the room opened.  Rules: POLL-*, CHECKIN-* in docs/rules.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from protocol import events as e

from . import record_shape as shape
from .people import Person


@dataclass(slots=True)
class Poll:
    opened: e.PollOpened
    votes: dict[int, int] = field(default_factory=dict)  # member -> choice
    closed: e.PollClosed | None = None

    @property
    def ends_at(self) -> int | None:
        return None if self.opened.seconds is None else self.opened.at + self.opened.seconds * 1000

    def counts(self) -> tuple[int, ...]:
        """How many have chosen each option."""
        chosen = list(self.votes.values())
        return tuple(chosen.count(choice) for choice in range(len(self.opened.options)))


@dataclass(slots=True)
class Checkin:
    opened: e.CheckinOpened
    called: list[int]  # students who were inside when it was opened
    answered: dict[int, int] = field(default_factory=dict)  # member -> when
    closed: e.CheckinClosed | None = None

    @property
    def ends_at(self) -> int:
        return self.opened.at + self.opened.seconds * 1000

    def missing(self) -> tuple[int, ...]:
        return tuple(member for member in self.called if member not in self.answered)


@dataclass(slots=True)
class Asked:
    """All polls and check-ins of a room; the number of each is its place, from 1.  Only the newest can be open."""

    polls: list[Poll] = field(default_factory=list)
    checkins: list[Checkin] = field(default_factory=list)

    @property
    def open_poll(self) -> Poll | None:
        return self.polls[-1] if self.polls and self.polls[-1].closed is None else None

    @property
    def open_checkin(self) -> Checkin | None:
        return self.checkins[-1] if self.checkins and self.checkins[-1].closed is None else None

    # The fold

    def opened(self, event: e.PollOpened) -> None:
        self.polls.append(Poll(event))

    def voted(self, event: e.PollVoted) -> None:
        self.polls[event.poll - 1].votes[event.member] = event.choice

    def closed(self, event: e.PollClosed) -> None:
        self.polls[event.poll - 1].closed = event

    def called(self, event: e.CheckinOpened, inside: Iterable[Person]) -> None:
        self.checkins.append(Checkin(event, [one.member for one in inside if one.role == "student"]))

    def answered(self, event: e.CheckinAnswered) -> None:
        self.checkins[event.checkin - 1].answered[event.member] = event.at

    def counted(self, event: e.CheckinClosed) -> None:
        self.checkins[event.checkin - 1].closed = event


# In the session record


def polls(asked: Asked, opened_at_ms: int) -> tuple[shape.Poll, ...]:
    return tuple(
        shape.Poll(
            poll=poll.opened.poll,
            member=poll.opened.member,
            question=poll.opened.question,
            options=poll.opened.options,
            answer=poll.opened.answer,
            opened_ms=opened_at_ms + poll.opened.at,
            closed_ms=None if poll.closed is None else opened_at_ms + poll.closed.at,
            counts=poll.counts() if poll.closed is None else poll.closed.counts,
        )
        for poll in asked.polls
    )


def checkins(asked: Asked, opened_at_ms: int) -> tuple[shape.Checkin, ...]:
    return tuple(
        shape.Checkin(
            checkin=one.opened.checkin,
            member=one.opened.member,
            opened_ms=opened_at_ms + one.opened.at,
            closed_ms=None if one.closed is None else opened_at_ms + one.closed.at,
            missing=one.missing(),
        )
        for one in asked.checkins
    )


def votes(asked: Asked, member: int) -> tuple[shape.Vote, ...]:
    """What one member chose."""
    return tuple(
        shape.Vote(
            poll=poll.opened.poll,
            choice=choice,
            right=None if poll.opened.answer is None else choice == poll.opened.answer,
        )
        for poll in asked.polls
        if (choice := poll.votes.get(member)) is not None
    )


def answers(asked: Asked, opened_at_ms: int) -> Mapping[int, Sequence[shape.Answer]]:
    """By member, the check-ins that they were called to, or answered without."""
    found: dict[int, list[shape.Answer]] = {}
    for one in asked.checkins:
        for member in dict.fromkeys((*one.called, *one.answered)):
            at_ms = opened_at_ms + one.answered[member] if member in one.answered else None
            found.setdefault(member, []).append(shape.Answer(checkin=one.opened.checkin, at_ms=at_ms))
    return found
