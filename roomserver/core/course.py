"""The course of a room: what falls due is done, a lesson pauses and goes on, the room ends, its record is made.

Whatever it does by itself it does at the instant at which that fell due, however late it is noticed (END-6).
Rules: END-*, GONE-*, EVAL-4, REST-3, LOG-5 in docs/rules.md.
"""

from protocol import events as e
from protocol.fields import AlarmKind, EndReason

from . import calls, facts, record, timetable
from . import effects as fx
from .broadcast import Broadcast
from .decide import asking, calling, moderation
from .effects import Effect
from .forms import MS
from .ink import Ink
from .journal import Journal
from .lines import Lines
from .log import NOBODY, STAFF, Audience, Cause, Draft
from .presence import Presence


class Course:
    """`concluded`: the record is made, and nothing more can be said."""

    def __init__(
        self, journal: Journal, lines: Lines, ink: Ink, presence: Presence, broadcast: Broadcast, *, source: str
    ) -> None:
        self.concluded = False
        self._journal = journal
        self._lines = lines
        self._ink = ink
        self._presence = presence
        self._broadcast = broadcast
        self._source = source

    # What falls due

    def next_deadline(self) -> float | None:
        """When `tick` must be called next; None when the room is over."""
        return None if self.concluded else (self._journal.state.opened_at_ms + self._journal.due().at) / MS

    def tick(self, now: float) -> list[Effect]:
        """Do all that is due.  Early or twice is harmless."""
        effects: list[Effect] = []
        while not self.concluded and (due := self._journal.due()).at <= self._journal.at(now):
            effects += self._do(due, now)
        return effects

    def _do(self, due: timetable.Due, now: float) -> list[Effect]:
        state, append = self._journal.state, self._journal.append
        match due:
            case timetable.Due(what="absence", member=member):
                left = self._presence.leave(state.people[member], "lost", now, at=due.at)
                return calls.with_places(self._journal, left, now)
            case timetable.Due(what="passed", call=call):
                passed = append(calling.passed(state, call), now, at=due.at)
                return calls.with_places(self._journal, passed, now)
            case timetable.Due(what="warning", reason=reason):
                in_s = timetable.latest_warning(state, self._journal.at(now))
                at = state.end()[0] - in_s * MS
                return append([Draft(e.EndingSoon(in_s=in_s, reason=reason))], now, at=at)
            case timetable.Due(what="pause"):
                return self._pause(due.at, now)
            case timetable.Due(what="end", reason=reason):
                alarm: AlarmKind | None = "teacher_lost" if reason == "teacher_lost" else None  # GONE-8
                return self.close(reason, now, at=due.at, alarm=alarm)
            case timetable.Due(what="over_use"):
                return self._overused(due.at, now)
            case timetable.Due(what="poll") if (poll := state.asked.open_poll) is not None:
                return append([asking.poll_closed(poll)], now, at=due.at)
            case timetable.Due(what="checkin") if (checkin := state.asked.open_checkin) is not None:
                return append([asking.checkin_closed(checkin)], now, at=due.at)
            case timetable.Due(what="pulse"):
                return self.pulse(now)
            case timetable.Due(what="conclude"):
                return self._conclude()
            case _:
                raise AssertionError(f"nobody knows what to do about {due.what!r}")

    def pulse(self, now: float) -> list[Effect]:
        """Write down that the room is alive, and who has spoken how long."""
        at = self._journal.at_most_end(now)
        return self._journal.append([Draft(facts.Pulse(talk_ms=self._broadcast.spoken(at)), NOBODY)], now, at=at)

    def _overused(self, at: int, now: float) -> list[Effect]:
        """Whoever has been in live rooms for too long (REST-3)."""
        since = at - self._journal.state.form.continuous_s * MS
        members = [member for member, begun in self._journal.state.screens.items() if begun <= since]
        alarms = [
            Draft(e.Alarm(kind="over_use", member=member), Audience(staff=True, members=frozenset({member})))
            for member in members
        ]
        return self._journal.append(alarms, now, at=at)

    # Without a teacher

    def _pause(self, at: int, now: float) -> list[Effect]:
        """No teacher has been there for a while (GONE-1)."""
        ends_at, why = self._journal.state.next_end()
        ends_in_s = (ends_at - at) // MS if why == "teacher_lost" else None
        paused = Draft(e.RoomPaused(reason="teacher_away", ends_in_s=ends_in_s))
        return self._journal.append([paused], now, at=at) + self._broadcast.hush()

    def go_on(self, now: float) -> list[Effect]:
        """Somebody has come: maybe the one whom the lesson waited for (GONE-3)."""
        if not self._journal.state.paused or self._journal.state.unled_since is not None:
            return []
        return self._journal.append([Draft(e.RoomResumed())], now) + self._broadcast.hush()

    # The end

    def close(
        self,
        reason: EndReason,
        now: float,
        *,
        at: int | None = None,
        by: int | None = None,
        cause: Cause | None = None,
        alarm: AlarmKind | None = None,
    ) -> list[Effect]:
        """The end.  `at`: as in `Journal.append`; `by`: the member who ends it, `cause`: by which command."""
        state = self._journal.state
        drafts = [] if alarm is None else [Draft(e.Alarm(kind=alarm), STAFF)]
        drafts.append(Draft(e.RoomClosed(reason=reason, by=by)))
        effects = self._ink.finish_all(now) + self.pulse(now)
        effects += self._journal.append(asking.over(state), now, at=at)
        effects += self._journal.append(drafts, now, at=at, cause=cause)
        if state.booking.invited:
            effects.append(fx.LessonOver(state.booking.room))
        return [*effects, fx.EndMedia(None), *self.settle()]

    def settle(self) -> list[Effect]:
        """The record of a closed room waits only for evaluations that are due (EVAL-4)."""
        state = self._journal.state
        if not state.is_closed or any(moderation.owes_evaluation(state, one) for one in state.people.values()):
            return []
        return self._conclude()

    def _conclude(self) -> list[Effect]:
        self.concluded = True
        self._lines.clear()
        return [fx.Conclude(record.made(self._journal.state, self._journal.log, source=self._source))]
