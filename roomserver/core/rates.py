"""How much one member may send: a token bucket for each kind of command.

Who has been silent may send more at once, for ink a minute's worth: a client that resumes sends again all that a lost
line kept back.  Rules: RATE-* in docs/rules.md.
"""

from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from protocol import commands as c
from protocol.codes import ErrorCode

from .errors import Refused

Kind = Literal["chat", "board", "points", "call", "duty", "other", "signal", "arrival"]
TOO_LONG_S = 10  # of refusals without a pause: the connection is closed with 4429
PAUSE_S = 2  # without a refusal: the count begins anew


@dataclass(frozen=True, slots=True)
class Rate:
    a_second: float
    burst: float  # the most that is saved up while a member is silent
    start: float  # what a new session begins with


RATES: dict[Kind, Rate] = {
    "chat": Rate(5, 10, 10),
    "board": Rate(60, 60 * 60, 60 * 2),  # messages
    "points": Rate(2_000, 2_000 * 60, 2_000 * 2),
    "call": Rate(0.5, 10, 10),
    "duty": Rate(0.1, 5, 5),  # each is told to everybody in the lobby
    "other": Rate(10, 100, 100),  # a teacher may lower every hand at once
    "signal": Rate(40, 80, 80),
    "arrival": Rate(0.5, 10, 10),  # hellos of a member who is known
}
BOARD = c.Strokes | c.PutShape | c.ChangeShapes | c.OrderShapes | c.CutShapes | c.CopyShapes | c.EraseShapes


@dataclass(slots=True)
class Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class Rates:
    """One session's buckets."""

    begun: float  # since when silence counts
    buckets: dict[Kind, Bucket] = field(default_factory=dict)
    refused_since: float | None = None
    refused_last: float = 0.0

    def check(self, command: c.RoomCommand, now: float, *, share: float) -> None:
        """Take what a command costs; `share` of the rates is granted (1, or less when the room is overloaded).

        Raises:
            Refused: `rate_limited`, with the seconds until it would not be.
        """
        wait = self._take("board" if isinstance(command, BOARD) else _kind(command), 1, now, share)
        if isinstance(command, c.ExtendStroke | c.PutShape) and command.points and not wait:
            wait = self._take("points", len(command.points) / 2, now, share)
        if wait:
            raise self._refused(wait, now)

    def _refused(self, wait: float, now: float) -> Refused:
        if self.refused_since is None or now - self.refused_last > PAUSE_S:
            self.refused_since = now
        self.refused_last = now
        return Refused(ErrorCode.RATE_LIMITED, "that is too fast", rule="RATE-1", retry_in_s=ceil(wait * 100) / 100)

    def meeting_wait(self, command: c.Meeting, now: float, *, share: float) -> float:
        """The seconds until such a command may come; nothing is taken."""
        return self._wait(_kind(command), 1, now, share)

    def allows_signal(self, now: float) -> bool:
        return not self._take("signal", 1, now, 1)

    def next_arrival(self, now: float) -> float:
        """0 and the member may come in again, or the seconds until they may."""
        return self._take("arrival", 1, now, 1)

    def arrival_wait(self, now: float) -> float:
        """The same, and nothing is taken."""
        return self._wait("arrival", 1, now, 1)

    def charge(self, points: float, now: float) -> None:
        """Take what a command brings to everybody, besides what it is itself.

        Raises:
            Refused: `rate_limited`.
        """
        if wait := self._take("points", points, now, 1):
            raise self._refused(wait, now)

    @property
    def too_long(self) -> bool:
        """Has this gone on for so long that the line must be closed?"""
        return self.refused_since is not None and self.refused_last - self.refused_since >= TOO_LONG_S

    def pardon(self) -> None:
        """The line is closed: whoever comes again is counted anew, with what the buckets hold."""
        self.refused_since = None

    def _take(self, kind: Kind, cost: float, now: float, share: float) -> float:
        """0 and the tokens are taken, or the seconds until there are enough: no more than can ever be saved up."""
        cost = min(cost, RATES[kind].burst)
        wait = self._wait(kind, cost, now, share)
        if not wait:
            self.buckets[kind].tokens -= cost
        return wait

    def _wait(self, kind: Kind, cost: float, now: float, share: float) -> float:
        """The seconds until there are so many tokens."""
        rate = RATES[kind]
        a_second = rate.a_second * share
        bucket = self.buckets.get(kind)
        if bucket is None:
            bucket = self.buckets[kind] = Bucket(rate.start, self.begun)
        bucket.tokens = min(rate.burst, bucket.tokens + (now - bucket.at) * a_second)
        bucket.at = now
        return max(0, cost - bucket.tokens) / a_second


def _kind(command: c.RoomCommand) -> Kind:
    match command:
        case c.SendChat() | c.AddComment():
            return "chat"
        case c.MakeCall() | c.CancelCall() | c.AskLesson():
            return "call"
        case c.BeginDuty() | c.EndDuty():
            return "duty"
        case _:
            return "other"
