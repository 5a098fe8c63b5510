"""Coming and going: joining, resuming, losing the line, leaving.  Rules: ATT-*, SEAT-*, EPOCH-* in docs/rules.md."""

from collections.abc import Sequence
from hashlib import sha256

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codes import CloseCode, ErrorCode
from protocol.fields import LeftReason

from . import effects as fx
from . import facts, rights, views
from .answers import Sessions, said
from .arrival import Arrival, admit
from .decide import calling
from .decide.common import audience_of
from .effects import Effect, Line
from .errors import Refused
from .forms import MS
from .ink import Ink
from .journal import Journal
from .lines import Lines
from .log import NOBODY, Draft
from .people import Person


class Presence:
    """Who comes in, who is there, who goes."""

    def __init__(self, journal: Journal, lines: Lines, sessions: Sessions, ink: Ink) -> None:
        self._journal = journal
        self._lines = lines
        self._sessions = sessions
        self._ink = ink
        self._members = {one.session: one.member for one in journal.state.people.values()}  # by the hash of the secret

    def enter(self, line: Line, hello: c.Hello, arrival: Arrival | None, now: float) -> list[Effect]:
        """Somebody says hello.  `arrival` is what their token says, None when it is not good."""
        person = self._resumed(hello.resume)
        if person is not None:
            return self._resume(line, person, hello, now)
        if arrival is None:
            return [fx.Hang(line, CloseCode.BAD_TOKEN, "the token is not good")]
        try:
            admit(self._journal.state, arrival, at=self._journal.at(now))
        except Refused as refused:
            return turned_away(line, hello, refused, now)
        return self._join(line, arrival, hello, now)

    def recognise(self, hello: c.Hello, arrival: Arrival | None) -> Person | None:
        """Who says hello, if they have been here before."""
        known = self._resumed(hello.resume)
        return known if known is not None or arrival is None else self._journal.state.of_identity(arrival.identity)

    def lost(self, line: Line, now: float, *, for_good: bool) -> list[Effect]:
        """A line is gone: its member leaves (`for_good`), or is away and keeps their place for a while (ATT-3)."""
        person = self._lines.drop(line)
        if person is None or self._journal.state.is_closed or not person.inside:
            return []
        if for_good:
            return self.leave(person, "left", now)
        away = Draft(e.MemberAway(member=person.member), audience_of(self._journal.state.form, person))
        return self._ink.finish(person, now) + self._journal.append([away], now)

    def dismiss(self, person: Person, now: float) -> list[Effect]:
        """A device whose connection is gone leaves (MEDIA-74)."""
        hung = self._lines.hang(person.member, CloseCode.NORMAL, "the connection has ended")
        return self.leave(person, "lost", now) + hung

    def leave(self, person: Person, reason: LeftReason, now: float, *, at: int | None = None) -> list[Effect]:
        left = Draft(e.MemberLeft(member=person.member, reason=reason), audience_of(self._journal.state.form, person))
        effects = self._ink.finish(person, now) + self._journal.append([left], now, at=at)
        if reason != "replaced":  # who is replaced is there again at once
            effects += self._journal.append(calling.left(self._journal.state, person), now, at=at)
        return [*effects, fx.EndMedia(person.member)]

    # Resuming

    def is_asked(self, hello: c.Hello, arrival: Arrival, now: float) -> bool:
        """Must the ledger be asked about whoever comes?  Not where the room goes on, or itself does not let them in."""
        state = self._journal.state
        if state.is_closed or state.is_lobby or arrival.role == "observer" or self._resumed(hello.resume) is not None:
            return False
        try:
            admit(state, arrival, at=self._journal.at(now))
        except Refused:
            return False
        return True

    def replaced(self, identity: str, now: float) -> list[Effect]:
        """A session of this identity begins in another room: theirs here ends (CLAIM-1)."""
        person = self._journal.state.of_identity(identity)
        if person is None or person.device or not person.inside or self._journal.state.is_closed:
            return []
        hung = self._lines.hang(person.member, CloseCode.REPLACED, "a newer session of the same identity")
        return self.leave(person, "replaced", now) + hung

    def _resumed(self, resume: c.Resume | None) -> Person | None:
        """The member whose session this is, if their place is still kept."""
        if resume is None:
            return None
        secret = hashed(resume.session)
        person = self._journal.state.people.get(self._members.get(secret, 0))
        return person if person is not None and person.session == secret and person.inside else None

    def _resume(self, line: Line, person: Person, hello: c.Hello, now: float) -> list[Effect]:
        assert hello.resume is not None
        effects = self._lines.hang(person.member, CloseCode.REPLACED, "another connection of this session")
        if not self._journal.state.is_closed and not person.is_connected:
            back = Draft(e.MemberBack(member=person.member), audience_of(self._journal.state.form, person))
            effects += self._journal.append([back], now) + self._go_live(now)
        since = hello.resume.seq if self._holds(hello.resume) else None
        return effects + self._seat(line, person, hello, hello.resume.session, since, now)

    def _holds(self, resume: c.Resume) -> bool:
        """Is everything that this client has seen in the log?  Not when a node died before it was stored (EPOCH-2)."""
        if not 0 < resume.seq <= self._journal.log.seq:
            return False
        raises = self._journal.state.raises
        return all(resume.seq <= one.durable for one in raises if one.epoch > resume.epoch)

    # Joining

    def expect(self, expected: Sequence[tuple[str, bytes]], now: float) -> list[Effect]:
        """Give a member number to each identity that should come (RECORD-5)."""
        effects = list[Effect]()
        for member, (identity, salt) in enumerate(expected, start=1):
            self._journal.log.salts[member] = salt
            draft = Draft(facts.Expected(member=member, identity=identity), NOBODY)
            effects += [fx.Salt(member, salt, identity), *self._journal.append([draft], now)]
        return effects

    def _join(self, line: Line, arrival: Arrival, hello: c.Hello, now: float) -> list[Effect]:
        state = self._journal.state
        effects, member = self._known(arrival, now)
        opened = facts.SessionOpened(
            member=member,
            session=hashed(arrival.session),
            identity=arrival.identity,
            district=arrival.district,
            grade=arrival.grade,
            reserved_ms=arrival.granted.reserved_ms,
            screen_ms=arrival.granted.screen,
        )
        if member in state.people:
            self._members.pop(state.people[member].session, None)
        self._members[opened.session] = member
        effects += self._journal.append([Draft(opened, NOBODY)], now)
        self._sessions.begin(member)
        person = state.people[member]
        if not state.is_closed:
            joined = Draft(self._joined(person, arrival), audience_of(state.form, person, arrival.role))
            effects += self._journal.append([joined], now) + self._go_live(now)
        return effects + self._seat(line, person, hello, arrival.session, None, now)

    def _known(self, arrival: Arrival, now: float) -> tuple[list[Effect], int]:
        """The member that this identity is in this room; a session that they still have ends (SEAT-4)."""
        state = self._journal.state
        person = state.of_identity(arrival.identity)
        if person is None:
            member = len(state.people) + 1
            self._journal.log.salts[member] = arrival.salt
            return [fx.Salt(member, arrival.salt, arrival.identity)], member
        effects = self._lines.hang(person.member, CloseCode.REPLACED, "a newer connection of the same identity")
        if person.inside and not state.is_closed:
            effects += self.leave(person, "replaced", now)
        return effects, person.member

    def _joined(self, before: Person, arrival: Arrival) -> e.MemberJoined:
        state = self._journal.state
        learner = arrival.role in rights.LEARNERS
        on_stage = arrival.role in state.form.on_stage or arrival.device == "whip"  # MEDIA-73
        can = rights.EVERY_RIGHT if arrival.role in rights.STAFF else frozenset()
        muted = state.student_muted if learner else frozenset()
        if learner and before.was_learner:  # GRANT-4, MUTE-3: coming again resets nothing
            can, muted = before.can | (before.from_stage if on_stage else frozenset()), before.muted
        elif learner:
            can = state.student_can | (frozenset(state.form.stage_can) if on_stage else frozenset())
        return e.MemberJoined(
            member=before.member,
            name=arrival.name,
            role=arrival.role,
            school=arrival.school,
            can=tuple(sorted(can)),
            muted=tuple(sorted(muted)),
            on_stage=on_stage,
            device=arrival.device is not None,
            heads=before.heads if arrival.role == "classroom" else None,
        )

    def _go_live(self, now: float) -> list[Effect]:
        """The clock starts when a teacher and a student are both there (END-2); devices are nobody (MEDIA-73)."""
        state = self._journal.state
        if state.phase != "waiting" or state.is_lobby:
            return []
        roles = {person.role for person in state.connected() if not person.device}
        if "teacher" not in roles or not roles & rights.LEARNERS:
            return []
        ends_at, reason = state.end(live_at=max(self._journal.at(now), state.newest_at))
        return self._journal.append([Draft(e.RoomLive(ends_at=ends_at, reason=reason))], now)

    def _seat(
        self, line: Line, person: Person, hello: c.Hello, session: str, since: int | None, now: float
    ) -> list[Effect]:
        """The line belongs to the member from here on.  `since`: the events after it follow; None: a snapshot."""
        journal, state, member = self._journal, self._journal.state, person.member
        self._lines.seat(line, person)
        if person.device:  # it is shown nothing of the room, and connects by an offer of its own
            return []
        flushed = self._ink.flush(now) if since is None else []
        welcome = n.Welcome(
            id=hello.id,
            session=session,
            member=member,
            next_shape=state.board.next_shape(member),
            resumed=since is not None,
            epoch=state.epoch,
            seq=journal.log.seq if since is None else since,
            last_id=self._sessions.last_id(member),
            now_ms=round(now * MS),
            limits=views.limits_of(state),
            evaluation=views.evaluation(state, person),
            room=views.room(state, person, now_at=journal.at(now)) if since is None else None,
            board=state.board.snapshot(views.eyes(person)) if since is None else None,
        )
        chunks = views.chunks(state, person) if since is None else []
        told = [fx.Say(line, welcome), *(fx.Say(line, chunk) for chunk in chunks)]
        seated = [*flushed, *told, fx.Enter(line, member, person.side, welcome.seq)]
        return seated if state.is_closed or state.is_lobby else [*seated, fx.Receive(member)]


def turned_away(line: Line, hello: c.Hello, refused: Refused, now: float) -> list[Effect]:
    """Not let in: why, and where time cures it, when it does."""
    closed = refused.code is ErrorCode.ROOM_CLOSED
    code = CloseCode.ROOM_CLOSED if closed else CloseCode.NOT_ALLOWED
    return [fx.Say(line, said(hello.id, refused, now)), fx.Hang(line, code, refused.message)]


def hashed(session: str) -> str:
    """What the log keeps of a session's secret."""
    return sha256(session.encode()).hexdigest()
