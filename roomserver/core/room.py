"""One classroom: who is in, who has the floor, when it must end.

Pure: no sockets, no clock, no randomness, no `await`.  The shell feeds it what arrives and the time, and carries out
the effects it returns.  `now` is seconds since 1970.  Rules: docs/rules.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import CloseCode, ErrorCode
from protocol.fields import EndReason, Source
from protocol.once import Once

from . import boarding, facts, record, rights, timetable, views
from . import effects as fx
from .answers import Taken
from .arrival import Arrival, admit
from .decide import board, decide, media, moderation
from .decide.common import audience_of
from .effects import Effect, Line
from .errors import Refused
from .forms import Booking, Form
from .log import NOBODY, Audience, Cause, Draft, Entry, Log
from .people import Person
from .rates import Rates
from .state import MS, RoomState

BOARD_WIDE = c.EraseShapes | c.ClearPage | c.Undo | c.Redo | c.AddPage | c.TurnPage | c.RemovePage | c.LockPage
RIGHTS_WIDE = c.Grant | c.RemoveFromStage | c.RemoveMember  # may take the right to draw from somebody (GRANT-5)


class Room:
    """A room, open on this node.  Every method returns effects, to be carried out in order."""

    def __init__(self, state: RoomState, log: Log, *, source: str = "roomserver") -> None:
        self.state = state
        self.log = log
        self._source = source
        self._lines: dict[Line, Person] = {}
        self._line_of: dict[int, Line] = {}  # member -> their one line
        self._board: Once | None = None  # as it is shown to whoever comes, until it changes
        self._taken: dict[int, Taken] = {}
        self._drawing: dict[int, int] = {}  # member -> id of the newest `board.extend` that waits
        self._talking: dict[int, int] = {}  # member -> heard since, in milliseconds since the room opened
        self._talk_ms: dict[int, int] = {}
        self._rates: dict[int, Rates] = {}
        self._due: timetable.Due | None = None
        self._concluded = False
        self.overloaded = False  # set by the shell: students' rates are halved, before the teacher's (RATE-3)

    # Opening

    @classmethod
    def create(
        cls, booking: Booking, form: Form, *, now: float, source: str = "roomserver"
    ) -> "tuple[Room, list[Effect]]":
        """A room that has never been: its log begins."""
        opened = facts.RoomOpened(opened_at_ms=round(now * MS), booking=booking, form=form)
        log = Log()
        entry = log.append(Draft(opened, NOBODY), at=0, cause=None)
        return cls(RoomState.begin(opened), log, source=source), [fx.Append(entry)]

    @classmethod
    def reopen(
        cls, state: RoomState, log: Log, *, epoch: int, now: float, source: str = "roomserver"
    ) -> "tuple[Room, list[Effect]]":
        """A room whose log was read back by a node that takes it over: everybody's line is lost."""
        room = cls(state, log, source=source)
        for person in state.people.values():
            room._taken[person.member] = Taken(person.last_id)
        at = room._at_most_end(now)
        effects = room._append([Draft(e.EpochRaised(epoch=epoch, durable=log.seq))], now, at=at)
        return room, effects + room._finish_all_ink(now)

    # Coming and going

    def enter(self, line: Line, hello: c.Hello, arrival: Arrival | None, *, now: float) -> list[Effect]:
        """Somebody says hello.  `arrival` is what their token says, None when it is not good."""
        return self.tick(now=now) + self._enter(line, hello, arrival, now)

    def _enter(self, line: Line, hello: c.Hello, arrival: Arrival | None, now: float) -> list[Effect]:
        if self._concluded:  # the record is written: nothing more can be said
            return self._not_admitted(line, hello, Refused(ErrorCode.ROOM_CLOSED, "the room is closed"))
        person = self._resumed(hello.resume)
        if person is not None:
            return self._resume(line, person, hello, now)
        if arrival is None:
            return [fx.Hang(line, CloseCode.BAD_TOKEN, "the token is not good")]
        try:
            admit(self.state, arrival)
        except Refused as refused:
            return self._not_admitted(line, hello, refused)
        return self._join(line, arrival, hello, now)

    def _not_admitted(self, line: Line, hello: c.Hello, refused: Refused) -> list[Effect]:
        closed = refused.code is ErrorCode.ROOM_CLOSED
        code = CloseCode.ROOM_CLOSED if closed else CloseCode.NOT_ALLOWED
        return [self._error(line, hello.id, refused), fx.Hang(line, code, refused.message)]

    def _resumed(self, resume: c.Resume | None) -> Person | None:
        """The member whose session this is, if their place is still kept."""
        if resume is None:
            return None
        secret = hashed(resume.session)
        return next((p for p in self.state.people.values() if p.session == secret and p.inside), None)

    def _resume(self, line: Line, person: Person, hello: c.Hello, now: float) -> list[Effect]:
        effects = self._supersede(person, "another connection of this session")
        if not self.state.is_closed and not person.is_connected:
            effects += self._append([Draft(e.MemberBack(member=person.member), audience_of(person))], now)
            effects += self._go_live(now)
        assert hello.resume is not None
        since = hello.resume.seq if self._holds(hello.resume) else None
        return effects + self._seat(line, person, hello, hello.resume.session, since, now)

    def _holds(self, resume: c.Resume) -> bool:
        """Is everything that this client has seen in the log?  Not when a node died before it was stored (EPOCH-2)."""
        if not 0 < resume.seq <= self.log.seq:
            return False
        return all(resume.seq <= r.durable for r in self.state.raises if r.epoch > resume.epoch)

    def _join(self, line: Line, arrival: Arrival, hello: c.Hello, now: float) -> list[Effect]:
        state = self.state
        person = state.of_identity(arrival.identity)
        effects: list[Effect] = []
        drafts: list[Draft] = []
        if person is None:
            member = len(state.people) + 1
            self.log.salts[member] = arrival.salt
            effects.append(fx.Salt(member, arrival.salt))
        else:
            member = person.member
            effects += self._supersede(person, "a newer connection of the same identity")
            if person.inside and not state.is_closed:
                effects += self._leave(person, "replaced", now)
        drafts.append(
            Draft(
                facts.SessionOpened(member=member, session=hashed(arrival.session), identity=arrival.identity), NOBODY
            )
        )
        effects += self._append(drafts, now)
        person = state.people[member]
        self._taken[member] = Taken()
        if not state.is_closed:
            joined = self._joined(member, arrival)
            shown = (
                Audience(staff=True, members=frozenset({member})) if arrival.role == "observer" else audience_of(person)
            )
            effects += self._append([Draft(joined, shown)], now)
            effects += self._go_live(now)
        return effects + self._seat(line, person, hello, arrival.session, None, now)

    def _joined(self, member: int, arrival: Arrival) -> e.MemberJoined:
        state, before = self.state, self.state.people[member]
        learner = arrival.role in rights.LEARNERS
        on_stage = arrival.role in state.form.on_stage
        can = rights.EVERY_RIGHT if arrival.role in rights.STAFF else frozenset()
        muted = state.student_muted if learner else frozenset()
        if learner and before.was_learner:  # GRANT-4, MUTE-3: coming again resets nothing
            can, muted = before.can | (before.from_stage if on_stage else frozenset()), before.muted
        elif learner:
            can = state.student_can | (frozenset(state.form.stage_can) if on_stage else frozenset())
        return e.MemberJoined(
            member=member,
            name=arrival.name,
            role=arrival.role,
            school=arrival.school,
            can=tuple(sorted(can)),
            muted=tuple(sorted(muted)),
            on_stage=on_stage,
        )

    def _seat(
        self, line: Line, person: Person, hello: c.Hello, session: str, since: int | None, now: float
    ) -> list[Effect]:
        """The line belongs to the member from here on.  `since`: the events after it follow; None: a snapshot."""
        state, member = self.state, person.member
        self._lines[line], self._line_of[member] = person, line
        flushed = self._flush(self._drawing, now) if since is None else []
        welcome = n.Welcome(
            id=hello.id,
            session=session,
            member=member,
            next_shape=state.board.next_shape(member),
            resumed=since is not None,
            epoch=state.epoch,
            seq=self.log.seq if since is None else since,
            last_id=self._taken[member].last_id,
            now_ms=round(now * MS),
            limits=views.limits_of(state),
            evaluation=views.evaluation(state, person),
            room=views.room(state, person, now_at=self._at(now)) if since is None else None,
            board=self._board_now() if since is None else None,
        )
        return [
            *flushed,
            fx.Say(line, welcome),
            fx.Enter(line, member, person.is_staff, welcome.seq),
            *([] if state.is_closed else [fx.Receive(member)]),
        ]

    def snapshot(self, member: int, *, now: float) -> n.Snapshot:
        """Everything that a member may know, for one who fell too far behind."""
        view = views.room(self.state, self.state.people[member], now_at=self._at(now))
        return n.Snapshot(seq=self.log.seq, room=view, board=self._board_now())

    def _board_now(self) -> Once:
        """The same for everybody until the board changes (DELIVER-9)."""
        if self._board is None:
            self._board = Once(self.state.board.snapshot())
        return self._board

    def _supersede(self, person: Person, why: str) -> list[Effect]:
        line = self._line_of.pop(person.member, None)
        if line is None:
            return []
        del self._lines[line]
        return [fx.Hang(line, CloseCode.REPLACED, why)]

    def lost(self, line: Line, *, for_good: bool, now: float) -> list[Effect]:
        """A line is gone: its member leaves (`for_good`), or is away and keeps their place for a while (ATT-3)."""
        effects = self.tick(now=now)
        person = self._lines.pop(line, None)
        if person is None:
            return effects
        del self._line_of[person.member]
        if self.state.is_closed or not person.inside:
            return effects
        if for_good:
            return effects + self._leave(person, "left", now)
        effects += self._finish_ink(person, now)
        return effects + self._append([Draft(e.MemberAway(member=person.member), audience_of(person))], now)

    def _leave(self, person: Person, reason: str, now: float, *, at: int | None = None) -> list[Effect]:
        effects = self._finish_ink(person, now)
        left = Draft(e.MemberLeft(member=person.member, reason=reason), audience_of(person))  # type: ignore[arg-type]
        return [*effects, *self._append([left], now, at=at), fx.EndMedia(person.member)]

    def _finish_ink(self, person: Person, now: float) -> list[Effect]:
        effects = self._flush([person.member], now)
        return effects + self._append(board.drafts(self.state.board.finish_open(person.member)), now)

    def _finish_all_ink(self, now: float) -> list[Effect]:
        effects = self._flush(self._drawing, now)
        unfinished = [change for member in self.state.people for change in self.state.board.finish_open(member)]
        return effects + self._append(board.drafts(unfinished), now, at=self._at_most_end(now))

    def _go_live(self, now: float) -> list[Effect]:
        """The clock starts when a teacher and a student are both there (END-2)."""
        state = self.state
        roles = {person.role for person in state.connected()}
        if state.phase != "waiting" or "teacher" not in roles or not roles & rights.LEARNERS:
            return []
        at = max(self._at(now), state.newest_at)
        ends_at, reason = state.end(live_at=at)
        return self._append([Draft(e.RoomLive(ends_at=ends_at, reason=reason))], now)

    def line_of(self, member: int) -> Line | None:
        """The line that a member has now."""
        return self._line_of.get(member)

    # Commands

    def handle(self, line: Line, command: c.RoomCommand, *, now: float) -> list[Effect]:
        """Carry a command out, or say why not.  A repeat is answered again and changes nothing (ONCE-1)."""
        return self.tick(now=now) + self._handle(line, command, now)

    def _handle(self, line: Line, command: c.RoomCommand, now: float) -> list[Effect]:
        person = self._lines.get(line)
        if person is None:
            return []
        taken = self._taken[person.member]
        if command.id <= taken.last_id:  # what still waits is given its place first: the answer promises that
            return self._flush([person.member], now) + self._again(line, taken, command.id)
        taken.last_id = command.id
        try:
            self._pace(person, command, now)
        except Refused as refused:
            return self._too_fast(line, person, command.id, refused, now)
        if isinstance(command, c.ExtendStroke):
            return self._draw(line, person, taken, command)
        drawing = list(self._drawing) if isinstance(command, BOARD_WIDE | RIGHTS_WIDE) else [person.member]
        effects = self._flush(drawing, now) if self._drawing else []
        try:
            return effects + self._carry_out(line, person, command, now)
        except Refused as refused:
            return [*effects, self._refuse(line, taken, command.id, refused)]

    def unavailable(self, line: Line, id: int, *, retry_in_s: float) -> list[Effect]:
        """The store takes nothing, so that nothing a command causes could be kept: it is refused (KEEP-2)."""
        person = self._lines.get(line)
        if person is None:
            return []
        taken = self._taken[person.member]
        if id <= taken.last_id:
            return self._again(line, taken, id)
        taken.last_id = id
        message = "the server cannot keep what happens now"
        return [
            self._refuse(line, taken, id, Refused(ErrorCode.UNAVAILABLE, message, rule="KEEP-2", retry_in_s=retry_in_s))
        ]

    def _pace(self, person: Person, command: c.RoomCommand, now: float) -> None:
        share = 0.5 if self.overloaded and person.is_learner else 1
        self._rates.setdefault(person.member, Rates()).check(command, now, share=share)

    def _too_fast(self, line: Line, person: Person, id: int, refused: Refused, now: float) -> list[Effect]:
        effects: list[Effect] = [self._refuse(line, self._taken[person.member], id, refused)]
        if self._rates[person.member].too_long:
            self._rates[person.member].pardon()
            effects += self.lost(line, for_good=False, now=now)
            effects.append(fx.Hang(line, CloseCode.TOO_MUCH, "too much for too long", refused.retry_in_s))
        return effects

    def _draw(self, line: Line, person: Person, taken: Taken, command: c.ExtendStroke) -> list[Effect]:
        try:
            self._check(person, command)
            decide(self.state, person, command)
        except Refused as refused:
            return [self._refuse(line, taken, command.id, refused)]
        self._drawing[person.member] = command.id
        return []

    def _carry_out(self, line: Line, person: Person, command: c.RoomCommand, now: float) -> list[Effect]:
        self._check(person, command)
        match command:
            case c.PublishMedia(id=id, sdp=sdp, tracks=tracks):
                return [fx.Publish(line, person.member, id, sdp, media.name_tracks(self.state, person, tracks))]
            case c.AnswerMedia(id=id, offer=offer, sdp=sdp):
                return [fx.TakeAnswer(line, person.member, id, offer, sdp)]
            case c.WantMedia(id=id, track=track, layer=layer):
                return [fx.Want(person.member, track, layer), fx.Answer(line, id, self.log.seq)]
            case c.EndRoom(id=id):
                closing = self._close("ended", now, cause=Cause(person.member, id))
                return [*closing, fx.Answer(line, id, self.log.seq)]
        drafts = decide(self.state, person, command)
        effects = (
            self._finish_ink(self.state.people[command.member], now) if isinstance(command, c.RemoveMember) else []
        )
        effects += self._append(drafts, now, cause=Cause(person.member, command.id))
        return [*effects, *self._after(drafts), fx.Answer(line, command.id, self.log.seq), *self._settle(now)]

    def _check(self, person: Person, command: c.RoomCommand) -> None:
        if self.state.is_closed and not isinstance(command, c.Evaluate):
            raise Refused(ErrorCode.ROOM_CLOSED, "the room is closed")
        rights.check(person.role, person.can, command)

    def _after(self, drafts: Iterable[Draft]) -> list[Effect]:
        """What the world outside the log must do about it."""
        effects: list[Effect] = []
        for draft in drafts:
            match draft.event:
                case e.TrackStopped(track=track):
                    effects.append(fx.StopTrack(track))
                case e.TrackMuted(track=track):
                    effects.append(self._silence(track))
                case e.MemberMuted(member=member):
                    muted = {person.member for person in self.state.concerned(member)}
                    effects += [self._silence(t.track) for t in self.state.tracks.values() if t.member in muted]
                case e.MemberLeft(member=member, reason="removed"):
                    effects.append(fx.EndMedia(member))
                    effects += self._put_out(member)
        return effects

    def _silence(self, track: str) -> Effect:
        known = self.state.tracks[track]
        return fx.Silence(track, known.closed or self.state.staff_muted(known))

    def _put_out(self, member: int) -> list[Effect]:
        line = self._line_of.pop(member, None)
        if line is None:
            return []
        del self._lines[line]
        return [fx.Hang(line, CloseCode.REMOVED, "removed by staff")]

    def _again(self, line: Line, taken: Taken, id: int) -> list[Effect]:
        known = taken.errors.get(id)
        return [fx.Answer(line, id, self.log.seq) if known is None else fx.Say(line, known)]

    def _refuse(self, line: Line, taken: Taken, id: int, refused: Refused) -> Effect:
        error = self._error(line, id, refused)
        taken.refuse(error.notice)  # type: ignore[arg-type]
        return error

    @staticmethod
    def _error(line: Line, id: int, refused: Refused) -> fx.Say:
        notice = n.Error(
            id=id, code=refused.code, message=refused.message, rule=refused.rule, retry_in_s=refused.retry_in_s
        )
        return fx.Say(line, notice)

    def signal(self, line: Line, signal: c.Signal, *, now: float) -> list[Effect]:
        """A signal is answered or passed on; one that may not be is dropped."""
        person = self._lines.get(line)
        if person is None or not rights.may(person.role, person.can, type(signal)):
            return []
        if not self._rates.setdefault(person.member, Rates()).allows_signal(now):
            return []
        if isinstance(signal, c.Ping):
            return [fx.Say(line, n.Pong(n=signal.n, now_ms=round(now * MS)))]
        if self.state.is_closed:
            return []
        shown = n.Pointer(person.member, signal.page, signal.x, signal.y, signal.laser)
        return [fx.Flash(("pointer", person.member), shown, person.member)]

    def end(self, *, now: float) -> list[Effect]:
        """Somebody with authority over all rooms ends this one."""
        effects = self.tick(now=now)
        return effects if self.state.is_closed else effects + self._close("ended", now)

    # Ink on its way

    @property
    def drawing(self) -> bool:
        """Do points wait for `flush`?"""
        return bool(self._drawing)

    def flush(self, *, now: float) -> list[Effect]:
        """Give the points that wait their place in the log: one event a stroke."""
        return self.tick(now=now) + self._flush(self._drawing, now) if self._drawing else []

    def pause(self, *, now: float) -> list[Effect]:
        """The node is leaving: what waits gets its place, and attendance is known up to here (LOG-5)."""
        return self.flush(now=now) + ([] if self.state.is_closed else self._pulse(now))

    def _flush(self, members: Iterable[int], now: float) -> list[Effect]:
        effects: list[Effect] = []
        for member in list(members):
            id = self._drawing.pop(member, None)
            if id is None:
                continue
            changes = self.state.board.flush(author=member)
            effects += self._append(board.drafts(changes), now, at=self._at_most_end(now), cause=Cause(member, id))
            if (line := self._line_of.get(member)) is not None:
                effects.append(fx.Answer(line, id, self.log.seq))
        return effects

    # Media

    def took_offer(
        self, line: Line, id: int, tracks: Mapping[str, tuple[str, Source]], sdp: str | None, *, now: float
    ) -> list[Effect]:
        """The engine's word on a member's offer: the answer's SDP, or None when the offer was no good."""
        due = self.tick(now=now)
        person = self._lines.get(line)
        if person is None or self.state.is_closed:
            return due
        if sdp is None:
            refused = Refused(ErrorCode.INVALID, "that is not an offer")
            return [*due, self._refuse(line, self._taken[person.member], id, refused)]
        drafts = media.published(self.state, person, dict(tracks.values()))
        effects = due + self._append(drafts, now, cause=Cause(person.member, id))
        effects += [self._silence(track) for track, _ in tracks.values()]
        return [*effects, fx.Answer(line, id, self.log.seq, sdp)]

    def took_answer(self, line: Line, id: int, *, good: bool) -> list[Effect]:
        """The engine's word on a member's answer."""
        person = self._lines.get(line)
        if person is None:
            return []
        if good:
            return [fx.Answer(line, id, self.log.seq)]
        return [self._refuse(line, self._taken[person.member], id, Refused(ErrorCode.INVALID, "that is not an answer"))]

    def track_failed(self, track: str, *, now: float) -> list[Effect]:
        """The engine lost a track: its publisher's transport is gone."""
        effects = self.tick(now=now)
        if track not in self.state.tracks or self.state.is_closed:
            return effects
        return effects + self._append([Draft(e.TrackStopped(track=track))], now)

    def heard(self, members: Sequence[int], *, now: float) -> list[Effect]:
        """Who is speaking now, until the next word of it."""
        if self.state.is_closed:
            return []
        self._count_talk(now)
        self._talking = dict.fromkeys(members, self._at(now))
        return [fx.Flash(("speaking", 0), n.Speaking(members=tuple(members)))]

    def _count_talk(self, now: float) -> None:
        until = self._at_most_end(now)
        for member, since in self._talking.items():
            self._talk_ms[member] = self._talk_ms.get(member, 0) + max(0, until - since)
            self._talking[member] = until

    # Time

    def next_deadline(self) -> float | None:
        """When `tick` must be called next; None when the room is over."""
        if self._concluded:
            return None
        return (self.state.opened_at_ms + self._next_due().at) / MS

    def tick(self, *, now: float) -> list[Effect]:
        """Do all that is due.  Early or twice is harmless."""
        effects: list[Effect] = []
        while not self._concluded and (due := self._next_due()).at <= self._at(now):
            effects += self._do(due, now)
        return effects

    def _next_due(self) -> timetable.Due:
        """It changes only with the state, and is asked for with every command."""
        if self._due is None:
            self._due = timetable.next_due(self.state)
        return self._due

    def _do(self, due: timetable.Due, now: float) -> list[Effect]:
        match due:
            case timetable.Due(what="absence", member=member):
                return self._leave(self.state.people[member], "lost", now, at=due.at)
            case timetable.Due(what="warning", reason=reason):
                in_s = timetable.latest_warning(self.state, self._at(now))
                at = self.state.end()[0] - in_s * MS
                return self._append([Draft(e.EndingSoon(in_s=in_s, reason=reason))], now, at=at)
            case timetable.Due(what="end", reason=reason):
                return self._close(reason, now, at=due.at)
            case timetable.Due(what="pulse"):
                return self._pulse(now)
            case _:
                return self._conclude(now)

    def _close(
        self, reason: EndReason, now: float, *, at: int | None = None, cause: Cause | None = None
    ) -> list[Effect]:
        by = None if cause is None else cause.member
        effects = self._finish_all_ink(now) + self._pulse(now)
        effects += self._append([Draft(e.RoomClosed(reason=reason, by=by))], now, at=at, cause=cause)
        return [*effects, fx.EndMedia(None), *self._settle(now)]

    def _settle(self, now: float) -> list[Effect]:
        """The record of a closed room waits only for evaluations that are due (EVAL-4)."""
        people = self.state.people.values()
        if not self.state.is_closed or any(moderation.owes_evaluation(self.state, person) for person in people):
            return []
        return self._conclude(now)

    def _pulse(self, now: float) -> list[Effect]:
        self._count_talk(now)
        spoken, self._talk_ms = {m: ms for m, ms in self._talk_ms.items() if ms > 0}, {}
        return self._append([Draft(facts.Pulse(talk_ms=spoken), NOBODY)], now, at=self._at_most_end(now))

    def _conclude(self, now: float) -> list[Effect]:
        self._concluded = True
        state = self.state
        envelope = record.envelope(state, self.log, source=self._source)
        closed_ms = state.opened_at_ms + (state.closed_at or 0)
        self._lines.clear()
        self._line_of.clear()
        return [fx.Conclude(envelope["id"], envelope, closed_ms)]

    # The log

    def _at(self, now: float) -> int:
        return round(now * MS) - self.state.opened_at_ms

    def _at_most_end(self, now: float) -> int:
        """This instant, or the room's end when nobody was awake to see it pass: nothing happens in between (END-6)."""
        return self._at(now) if self.state.is_closed else min(self._at(now), self.state.end()[0])

    def _append(
        self, drafts: Iterable[Draft], now: float, *, at: int | None = None, cause: Cause | None = None
    ) -> list[Effect]:
        effects: list[Effect] = []
        for draft in drafts:
            entry: Entry = self.log.append(draft, at=self._at(now) if at is None else at, cause=cause)
            self.state.apply(entry)
            if type(entry.event) in boarding.CHANGES:
                self._board = None
            effects.append(fx.Append(entry))
        self._due = None
        return effects


def hashed(session: str) -> str:
    """What the log keeps of a session's secret."""
    return sha256(session.encode()).hexdigest()
