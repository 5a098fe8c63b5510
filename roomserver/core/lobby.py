"""What a lobby knows besides who is there: teachers on duty, the calls that wait for them, the lessons that came of it.

Part of a room's state, and changed by its events alone.  Instants are milliseconds since the room opened.
Rules: LOBBY-*, CALL-* in docs/rules.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol import events as e

JOINT = "."  # between a lobby and what is born of it; no other room has it in its id
LESSONS_KEPT = 5  # of a teacher: their mean is what a caller may expect


def lesson_of(lobby: str, call: int) -> str:
    """The room where the two of a call meet: the same however often it is asked for."""
    return f"{lobby}{JOINT}{call}"


def born_of(lesson: str) -> tuple[str, int]:
    """The lobby that such a room was born of, and the call."""
    lobby, _, call = lesson.rpartition(JOINT)
    return lobby, int(call)


@dataclass(slots=True)
class Duty:
    """A teacher on duty.  `queue`: the calls for them, in order; the first rings, unless they are in a lesson."""

    member: int
    subjects: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    queue: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Call:
    """A student waits for a teacher, or has met them: then in `room`, since `accepted_at`."""

    call: int
    student: int
    teacher: int
    subject: str = ""
    grade: str = ""
    room: str | None = None
    accepted_at: int = 0


@dataclass(slots=True)
class Lobby:
    """Empty in a room that is a lesson."""

    duties: dict[int, Duty] = field(default_factory=dict)  # by teacher
    calls: dict[int, Call] = field(default_factory=dict)  # that wait, ring, or are lessons now
    of: dict[int, int] = field(default_factory=dict)  # student -> their call
    busy: dict[int, int] = field(default_factory=dict)  # teacher -> the call that is their lesson now
    ringing: dict[int, int] = field(default_factory=dict)  # call -> since when; the first is the oldest
    lasted_s: dict[int, list[int]] = field(default_factory=dict)  # teacher -> their last lessons, on duty or not
    made: int = 0  # calls, from the beginning

    def rings(self, teacher: int) -> bool:
        queue = self.duties[teacher].queue
        return bool(queue) and queue[0] in self.ringing

    def wait_s(self, call: Call, mean_s: int, at: int) -> int:
        """What whoever made the call may expect: what is left of the lesson now, and those who stand before them."""
        kept = self.lasted_s.get(call.teacher)
        mean_s = sum(kept) // len(kept) if kept else mean_s
        before = self.duties[call.teacher].queue.index(call.call)
        now = self.busy.get(call.teacher)
        left_s = 0 if now is None else max(0, mean_s - (at - self.calls[now].accepted_at) // 1000)
        return left_s + before * mean_s

    # Fold

    def apply(self, event: e.Calls, at: int) -> None:
        _FOLDS[type(event)](self, event, at)

    def clear(self) -> None:
        """The room has closed.  Lessons go on without it."""
        for kept in (self.duties, self.calls, self.of, self.busy, self.ringing):
            kept.clear()

    def _duty(self, event: e.DutyChanged, at: int) -> None:
        if event.state == "off":
            self.duties.pop(event.member, None)
            return
        duty = self.duties.setdefault(event.member, Duty(event.member))
        duty.subjects, duty.grades = event.subjects, event.grades

    def _made(self, event: e.CallMade, at: int) -> None:
        self.calls[event.call] = Call(event.call, event.member, event.teacher, event.subject, event.grade)
        self.of[event.member] = event.call
        self.duties[event.teacher].queue.append(event.call)
        self.made = event.call

    def _rings(self, event: e.CallRings, at: int) -> None:
        self.ringing[event.call] = at

    def _ended(self, event: e.CallEnded, at: int) -> None:
        call = self.calls.pop(event.call)
        self._answered(call)
        del self.of[call.student]

    def _accepted(self, event: e.CallAccepted, at: int) -> None:
        call = self.calls[event.call]
        self._answered(call)
        call.room, call.accepted_at = event.room, at
        self.busy[call.teacher] = call.call

    def _over(self, event: e.CallOver, at: int) -> None:
        call = self.calls.pop(event.call)
        del self.busy[call.teacher], self.of[call.student]
        lasted = [*self.lasted_s.get(call.teacher, ()), (at - call.accepted_at) // 1000]
        self.lasted_s[call.teacher] = lasted[-LESSONS_KEPT:]

    def _answered(self, call: Call) -> None:
        self.duties[call.teacher].queue.remove(call.call)
        self.ringing.pop(call.call, None)


_FOLDS: Mapping[type[object], Callable[[Lobby, Any, int], None]] = {
    e.DutyChanged: Lobby._duty,
    e.CallMade: Lobby._made,
    e.CallRings: Lobby._rings,
    e.CallEnded: Lobby._ended,
    e.CallAccepted: Lobby._accepted,
    e.CallOver: Lobby._over,
}
