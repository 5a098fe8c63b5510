"""One classroom: what comes in, what it is checked against, what is decided and written down, what effects follow.

Pure: no sockets, no clock, no randomness, no `await`.  The shell feeds it what arrives and the time, and carries out
the effects it returns.  `now` is seconds since 1970.  Rules: docs/rules.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import CloseCode, ErrorCode
from protocol.fields import Layer

from . import calls, facts, live, rights, views
from . import effects as fx
from .answers import Sessions
from .arrival import Arrival
from .broadcast import Broadcast
from .calendar import Opening
from .checks import Checks
from .course import Course
from .decide import calling, decide, moderation, pointing
from .effects import Effect, Line
from .errors import Refused
from .forms import MS, Booking, Form
from .ink import Ink
from .journal import Journal
from .lines import Lines
from .lobby import born_of
from .log import NOBODY, Cause, Draft, Entry, Log
from .people import Person
from .presence import Presence, turned_away
from .state import RoomState
from .words import Words

NO_WORDS = Words()
BOARD_WIDE = c.Objects | c.Paging  # may be about what another is drawing
RIGHTS_WIDE = c.Grant | c.RemoveFromStage | c.RemoveMember  # may take the right to draw from somebody (GRANT-5)


class Room:
    """A room, open on this node.  Every method returns effects, to be carried out in order.

    Whatever arrives, what was due before it is done first (course.py): nothing happens after the room's end, however
    late it is noticed (END-6).
    """

    def __init__(self, state: RoomState, log: Log, *, source: str = "roomserver", words: Words = NO_WORDS) -> None:
        self._source = source
        self._words = words
        self._journal = Journal(state, log)
        self._lines = Lines()
        self._sessions = Sessions()
        self._ink = Ink(self._journal, self._lines)
        self._presence = Presence(self._journal, self._lines, self._sessions, self._ink)
        self._broadcast = Broadcast(self._journal, self._lines, self._sessions, self._presence)
        self._course = Course(self._journal, self._lines, self._ink, self._presence, self._broadcast, source=source)
        self.checks = Checks(self._journal)

    @property
    def state(self) -> RoomState:
        return self._journal.state

    @property
    def log(self) -> Log:
        return self._journal.log

    @property
    def scores(self) -> Mapping[int, int]:
        """Of members' lines, the newest of each."""
        return self._broadcast.scores

    # Opening

    @classmethod
    def create(
        cls,
        booking: Booking,
        form: Form,
        *,
        now: float,
        opening: Opening | None = None,
        source: str = "roomserver",
        words: Words = NO_WORDS,
        expected: Sequence[tuple[str, bytes]] = (),
    ) -> "tuple[Room, list[Effect]]":
        """A room that has never been: its log begins.

        Args:
            opening: when it is open; None: at any time (WINDOW-6).
            expected: who should come, each with a salt of their own.
        """
        opens_ms, ends_ms = opening or (None, None)
        opened = facts.RoomOpened(
            opened_at_ms=round(now * MS), booking=booking, form=form, opens_ms=opens_ms, window_ends_ms=ends_ms
        )
        log = Log()
        entry = log.append(Draft(opened, NOBODY), at=0, cause=None)
        room = cls(RoomState.begin(opened), log, source=source, words=words)
        return room, [fx.Append(entry), *room._presence.expect(expected, now)]

    @classmethod
    def reopen(
        cls,
        state: RoomState,
        log: Log,
        *,
        epoch: int,
        now: float,
        source: str = "roomserver",
        words: Words = NO_WORDS,
    ) -> "tuple[Room, list[Effect]]":
        """A room whose log was read back by a node that takes it over: everybody's line is lost."""
        room = cls(state, log, source=source, words=words)
        for person in state.people.values():
            room._sessions.begin(person.member, last_id=person.last_id)
        raised = Draft(e.EpochRaised(epoch=epoch, durable=log.seq))
        effects = room._journal.append([raised], now, at=room._journal.at_most_end(now))
        lessons = [calls.lesson(state, call) for call in state.lobby.busy.values()]
        return room, [*effects, *room._ink.finish_all(now), *lessons]

    # Coming and going

    def enter(self, line: Line, hello: c.Hello, arrival: Arrival | None, *, now: float) -> list[Effect]:
        """Somebody says hello.  `arrival` is what their token says, None when it is not good."""
        due = self._course.tick(now)
        if self._course.concluded:
            closed = Refused(ErrorCode.ROOM_CLOSED, "the room is closed", rule="EVAL-5")
            return due + turned_away(line, hello, closed, now)
        if wait := self.checks.take_hello(self._presence.recognise(hello, arrival), now):
            return [*due, fx.Hang(line, CloseCode.TOO_MUCH, "too many hellos", round(wait, 1))]
        effects = due + self._presence.enter(line, hello, arrival, now) + self._course.go_on(now)
        if (seated := self._lines.person(line)) is not None:
            self.checks.begin(seated, now)
            self._broadcast.seated(seated)
        return effects

    def is_asked(self, hello: c.Hello, arrival: Arrival, *, now: float) -> bool:
        """Must the ledger be asked about whoever comes?  `tick` has been called for this instant."""
        if self._course.concluded or self.checks.hello_wait(self._presence.recognise(hello, arrival), now):
            return False
        return self._presence.is_asked(hello, arrival, now)

    def replaced(self, identity: str, *, now: float) -> list[Effect]:
        """A session of this identity has begun in another room (CLAIM-1)."""
        return self._course.tick(now) + self._presence.replaced(identity, now)

    def evaluated(self, identity: str, command: c.Evaluate, *, now: float) -> list[Effect]:
        """An evaluation that comes from outside the room.  `tick` has been called for this instant.

        Raises:
            Refused: `conflict`, none is due from this identity; `room_closed`, the record is made.
        """
        person = self.state.of_identity(identity)
        if person is None:
            raise Refused(ErrorCode.CONFLICT, "no evaluation is due from you", rule="EVAL-2")
        drafts = moderation.evaluate(self.state, person, command)
        if self._course.concluded:
            raise Refused(ErrorCode.ROOM_CLOSED, "the record is made", rule="EVAL-6")
        return self._journal.append(drafts, now) + self._course.settle()

    def lost(self, line: Line, *, for_good: bool, now: float) -> list[Effect]:
        """A line is gone: its member leaves (`for_good`), or is away and keeps their place for a while (ATT-3)."""
        due = self._course.tick(now)
        return due + calls.with_places(self._journal, self._presence.lost(line, now, for_good=for_good), now)

    def line_of(self, member: int) -> Line | None:
        """The line that a member has now."""
        return self._lines.of(member)

    def snapshot(self, member: int, *, now: float) -> tuple[n.Snapshot, list[n.BoardChunk]]:
        """Everything that a member may know, for one who fell too far behind."""
        person = self.state.people[member]
        view = views.room(self.state, person, now_at=self._journal.at(now))
        shown = self.state.board.snapshot(views.eyes(person))
        return n.Snapshot(seq=self.log.seq, room=view, board=shown), views.chunks(self.state, person)

    # Commands

    def handle(
        self, line: Line, command: c.RoomCommand, *, now: float, barred: calls.Barred | None = None
    ) -> list[Effect]:
        """Carry a command out, or say why not.  A repeat is answered again and changes nothing (ONCE-1).

        `barred`: what the ledger has said against it (CALL-11).
        """
        due = self._course.tick(now)
        person = self._lines.person(line)
        return due if person is None else due + self._handle(line, person, command, barred, now)

    def _handle(
        self, line: Line, person: Person, command: c.RoomCommand, barred: calls.Barred | None, now: float
    ) -> list[Effect]:
        member, id = person.member, command.id
        if not self._sessions.take(member, id):  # what still waits gets its place first: the answer promises that
            return [*self._ink.flush(now, [member]), self._sessions.again(line, member, id, after=self.log.seq)]
        effects: list[Effect] = []
        try:
            self.checks.take_command(person, command, now)
            if isinstance(command, c.ExtendStroke):
                self._ink.draw(person, command, now)
                return []
            if barred is not None and isinstance(command, c.Meeting):
                return self._bar(line, person, command, barred, now)
            wide = isinstance(command, BOARD_WIDE | RIGHTS_WIDE)
            effects += self._ink.flush(now, None if wide else [member])
            return effects + self._carry_out(line, person, command, now)
        except Refused as refused:
            return effects + self._refuse(line, person, id, refused, now)

    def _carry_out(self, line: Line, person: Person, command: c.RoomCommand, now: float) -> list[Effect]:
        match command:
            case c.PublishMedia():
                return [self._broadcast.offered(line, person, command)]
            case c.AnswerMedia(id=id, offer=offer, sdp=sdp):
                return [fx.TakeAnswer(line, person.member, id, offer, sdp)]
            case c.WantMedia(id=id, track=track, layer=layer):
                return [fx.Want(person.member, track, layer), fx.Answer(line, id, self.log.seq)]
            case c.RestartMedia(id=id):
                return [fx.RestartMedia(person.member), fx.Answer(line, id, self.log.seq)]
            case c.EndRoom(id=id):
                closing = self._course.close("ended", now, by=person.member, cause=Cause(person.member, id))
                return [*closing, fx.Answer(line, id, self.log.seq)]
        drafts = decide(self.state, person, command, self._words)
        self.checks.take_effort(person, drafts, now)
        effects: list[Effect] = []
        if isinstance(command, c.RemoveMember):
            effects += self._ink.finish(self.state.people[command.member], now)
        effects += self._journal.append(drafts, now, cause=Cause(person.member, command.id))
        effects = calls.with_places(self._journal, effects, now)
        effects += self._after(drafts) + self._broadcast.dismiss_idle(now)
        return [*effects, fx.Answer(line, command.id, self.log.seq), *self._course.settle()]

    def _after(self, drafts: Iterable[Draft]) -> list[Effect]:
        """What the world outside the log must do about it."""
        effects: list[Effect] = []
        for draft in drafts:
            match draft.event:
                case e.TrackStopped(track=track):
                    self._broadcast.stopped(track)
                    effects.append(fx.StopTrack(track))
                case e.TrackMuted(track=track):
                    effects.append(self._broadcast.silence(track))
                case e.MemberMuted(member=member):
                    muted = {person.member for person in self.state.concerned(member)}
                    effects += [
                        self._broadcast.silence(t.track) for t in self.state.tracks.values() if t.member in muted
                    ]
                case e.MemberLeft(member=member, reason="removed"):
                    effects.append(fx.EndMedia(member))
                    effects += self._lines.hang(member, CloseCode.REMOVED, "removed by staff")
                case e.CallAccepted(call=call):
                    effects.append(calls.lesson(self.state, call))
        return effects

    def unavailable(self, line: Line, id: int, *, retry_in_s: float) -> list[Effect]:
        """The store takes nothing, so that nothing a command causes could be kept: it is refused (KEEP-2)."""
        person = self._lines.person(line)
        if person is None:
            return []
        if not self._sessions.take(person.member, id):
            return [self._sessions.again(line, person.member, id, after=self.log.seq)]
        message = "the server cannot keep what happens now"
        refused = Refused(ErrorCode.UNAVAILABLE, message, rule="KEEP-2", retry_in_s=retry_in_s)
        return [self._sessions.refuse(line, person.member, id, refused)]

    def _refuse(self, line: Line, person: Person, id: int, refused: Refused, now: float) -> list[Effect]:
        said = self._sessions.refuse(line, person.member, id, refused)
        if not self.checks.too_long(person, refused):
            return [said]
        hung = fx.Hang(line, CloseCode.TOO_MUCH, "too much for too long", refused.retry_in_s)
        return [said, *self._presence.lost(line, now, for_good=False), hung]

    def signal(self, line: Line, signal: c.Signal, *, now: float) -> list[Effect]:
        """A signal is answered or passed on; one that may not be is dropped."""
        person = self._lines.person(line)
        if person is None or not self.checks.take_signal(person, signal, now):
            return []
        if isinstance(signal, c.Ping):
            return [fx.Say(line, n.Pong(n=signal.n, now_ms=round(now * MS)))]
        return pointing.shown(self.state, person, signal)

    def end(self, *, now: float, by: str | None = None) -> list[Effect]:
        """End the room from outside it.  `by`: the identity of its teacher; None: an authority over all rooms.

        Raises:
            Refused: `by` is not the room's teacher.
        """
        due = self._course.tick(now)
        if self.state.is_closed:
            return due
        teacher = None if by is None else self.state.of_identity(by)
        if by is not None and (
            teacher is None or self.state.is_lobby or not rights.may(teacher.role, teacher.can, c.EndRoom)
        ):
            raise Refused(ErrorCode.FORBIDDEN, "only the room's teacher ends it", rule="END-9")
        if teacher is not None:
            return due + self._course.close("ended", now, by=teacher.member)
        return due + self._course.close("ended", now, alarm="ended_by_force")

    # Calls

    def asks(self, line: Line, command: c.Meeting, *, now: float) -> calls.Asked | None:
        """What the ledger must be asked before `handle`; None: the room itself does not carry it out."""
        person = self._lines.person(line)
        if person is None or command.id <= self._sessions.last_id(person.member):
            return None
        if not self.checks.lets(person, command, now):
            return None
        try:
            decide(self.state, person, command, self._words)
        except Refused:
            return None
        return calls.asked(self.state, person, command)

    def _bar(self, line: Line, person: Person, command: c.Meeting, barred: calls.Barred, now: float) -> list[Effect]:
        """No lesson may come of this now: say what its door would say, but of the caller only that it is they."""
        drafts = calling.barred(self.state, person, command, barred.member)
        effects = self._journal.append(drafts, now, cause=Cause(person.member, command.id))
        effects = calls.with_places(self._journal, effects, now)
        refused = barred.refused
        if barred.member != person.member:
            refused = Refused(ErrorCode.CONFLICT, "whoever calls may begin no lesson now", rule="CALL-12")
        return [*effects, self._sessions.refuse(line, person.member, command.id, refused, now)]

    def lesson_over(self, lesson: str, *, now: float) -> list[Effect]:
        """A lesson that was born of this lobby is over: its teacher is free again.  To say it twice is harmless."""
        due = self._course.tick(now)
        call = self.state.lobby.calls.get(born_of(lesson)[1])
        if call is None or call.room is None:
            return due
        return due + calls.with_places(self._journal, self._journal.append(calling.over(self.state, call), now), now)

    # Ink on its way

    @property
    def ink_due(self) -> float | None:
        """When points have waited long enough for `flush`; None: none wait."""
        return self._ink.due

    def flush(self, *, now: float) -> list[Effect]:
        """Give the points that have waited long enough their place in the log: one event a stroke."""
        due = self._ink.due
        return [] if due is None or due > now else self._course.tick(now) + self._ink.flush_due(now)

    def pause(self, *, now: float) -> list[Effect]:
        """The node is leaving: what waits gets its place, and attendance is known up to here (LOG-5)."""
        return self._course.tick(now) + self._ink.flush(now) + ([] if self.state.is_closed else self._course.pulse(now))

    # Media

    def took_offer(
        self, line: Line, id: int, taken: Mapping[str, Sequence[Layer]], sdp: str | None, *, now: float
    ) -> list[Effect]:
        """The engine's word on a member's offer: the tracks it takes, with their layers, and the answer's SDP, or None.

        None: it was no good.  However late it comes, what may no longer be published is not, nor anything for a line
        that is gone.
        """
        return self._course.tick(now) + self._broadcast.took_offer(line, id, taken, sdp, now)

    def watch(self, line: Line, id: int, sdp: str, *, now: float) -> list[Effect]:
        """A device offers to receive; it is seated on this line."""
        return self._course.tick(now) + self._broadcast.watch(line, id, sdp)

    def took_watch(self, line: Line, id: int, sdp: str | None) -> list[Effect]:
        """The engine's word on a device's offer to receive."""
        return self._broadcast.took_watch(line, id, sdp)

    def renew(self, line: Line, id: int, ufrag: str, password: str, *, now: float) -> list[Effect]:
        """A device that is seated on this line begins ICE afresh, with these credentials."""
        return self._course.tick(now) + self._broadcast.renew(line, id, ufrag, password)

    def took_renewal(self, line: Line, id: int, sdp: str | None) -> list[Effect]:
        """The engine's word on that: a fragment with credentials of its own, or None: the connection has ended."""
        return self._broadcast.took_renewal(line, id, sdp)

    def unwatched(self, line: Line, *, now: float) -> list[Effect]:
        """The engine lost a device that receives."""
        return self._course.tick(now) + self._broadcast.unwatched(line, now)

    def took_answer(self, line: Line, id: int, *, good: bool) -> list[Effect]:
        """The engine's word on a member's answer."""
        return self._broadcast.took_answer(line, id, good=good)

    def media_away(self, line: Line, id: int, *, retry_in_s: float) -> list[Effect]:
        """The engine is being started again: it has forgotten the offer or answer, and takes none now (WORKER-2)."""
        return self._broadcast.away(line, id, retry_in_s=retry_in_s)

    def track_failed(self, track: str, *, now: float) -> list[Effect]:
        """The engine lost a track: its publisher's transport is gone."""
        return self._course.tick(now) + self._broadcast.failed(track, now)

    def heard(self, members: Sequence[int], *, now: float) -> list[Effect]:
        """Who is speaking now, until the next word of it."""
        return self._broadcast.heard(members, now)

    def recording(self, trouble: str, *, now: float) -> list[Effect]:
        """The engine's word on what is recorded: what keeps it from being kept, or that nothing does (REC-7)."""
        return self._course.tick(now) + self._broadcast.recording(trouble, now)

    def measured(self, member: int, score: int) -> list[Effect]:
        """How well a member's line carries what it wants, 1 to 5 (LAYER-9)."""
        return self._broadcast.measured(member, score)

    # Time

    def next_deadline(self) -> float | None:
        """When `tick` must be called next; None when the room is over."""
        return self._course.next_deadline()

    def tick(self, *, now: float) -> list[Effect]:
        """Do all that is due.  Early or twice is harmless."""
        return self._course.tick(now)

    def told(self, entry: Entry) -> tuple[str, dict[str, Any]] | None:
        """What the systems around the server hear of an event: an id and an envelope, if anything (LIVE-1)."""
        return live.told(self.state, entry, source=self._source)
