"""The state of a room: the fold of its log, and nothing else.

`apply` takes any event that can stand in a log and refuses none; whoever folds the same log has the same state.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import whiteboard
from protocol import events as e
from protocol.fields import EndReason, Layer, LeftReason, MuteKind, Right, Role, Source
from protocol.fields import State as RoomPhase

from . import boarding, erased, facts
from .asked import Asked
from .forms import Booking, Form
from .lobby import Lobby
from .log import Audience, Entry
from .people import Interval, Person

CHAT_KEPT = 200  # lines that a newcomer may still be shown, or staff delete; the log has them all
COMMENTS_KEPT = 200  # likewise
MS = 1000
SOUND: frozenset[Source] = frozenset({"microphone", "screen_audio"})
Told = int | str | bool | None | tuple[str, ...]  # a field of an event, in the list of what moderators did


@dataclass(frozen=True, slots=True)
class ChatLine:
    event: e.ChatMessage
    audience: Audience


@dataclass(slots=True)
class Track:
    """What a member publishes; `closed` by its owner."""

    track: str
    member: int
    source: Source
    layers: tuple[Layer, ...] = ("high",)
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Raise:
    """An epoch began; events of earlier epochs beyond `durable` are not in the log."""

    epoch: int
    durable: int


@dataclass(slots=True)
class RoomState:
    """Everything that the log says of a room.  Instants are milliseconds since it opened."""

    booking: Booking
    form: Form
    opened_at_ms: int
    opens_at: int = 0  # nobody comes in before
    window_ends_at: int | None = None
    phase: RoomPhase = "waiting"
    live_at: int | None = None
    closed_at: int | None = None
    closed_reason: EndReason | None = None
    warned: set[int] = field(default_factory=set)  # seconds before the end
    locked: bool = False
    people: dict[int, Person] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)  # identity -> member
    seated: dict[Role, int] = field(default_factory=dict)  # how many are inside
    lines: int = 0  # how many are connected
    away: dict[int, int] = field(default_factory=dict)  # member -> since when
    hands: dict[int, int] = field(default_factory=dict)  # member -> since when; the order is the queue
    stage: list[int] = field(default_factory=list)
    held: dict[int, e.ChatHeld] = field(default_factory=dict)  # lines held back, by their `seq`
    chat: deque[ChatLine] = field(default_factory=lambda: deque(maxlen=CHAT_KEPT))
    tracks: dict[str, Track] = field(default_factory=dict)
    tracks_named: int = 0
    board: whiteboard.Board = field(default_factory=whiteboard.Board)
    student_can: frozenset[Right] = frozenset()  # what a student may who comes now
    student_muted: frozenset[MuteKind] = frozenset()
    raises: list[Raise] = field(default_factory=list)
    assessments: dict[int, facts.Assessed] = field(default_factory=dict)
    moderation: list[dict[str, Told]] = field(default_factory=list)
    alarms: list[e.Alarm] = field(default_factory=list)
    screens: dict[int, int] = field(default_factory=dict)  # student in the live room -> since when without a rest
    reserved: dict[int, int] = field(default_factory=dict)  # teacher -> milliseconds of their week for this room
    asked: Asked = field(default_factory=Asked)
    comments: list[e.CommentAdded] = field(default_factory=list)
    unled_since: int | None = None  # live, and no teacher is there
    paused: bool = False
    newest_at: int = 0
    recording: bool = False
    lobby: Lobby = field(default_factory=Lobby)

    @classmethod
    def begin(cls, opened: facts.RoomOpened) -> "RoomState":
        form = opened.form
        state = cls(opened.booking, form, opened.opened_at_ms, student_can=frozenset(form.student_can))
        state.recording = form.record
        if opened.opens_ms is not None:
            state.opens_at = max(0, opened.opens_ms - opened.opened_at_ms)
        if opened.window_ends_ms is not None:
            state.window_ends_at = opened.window_ends_ms - opened.opened_at_ms
        return state

    @property
    def epoch(self) -> int:
        return self.raises[-1].epoch if self.raises else 1

    @property
    def is_closed(self) -> bool:
        return self.phase == "closed"

    @property
    def is_lobby(self) -> bool:
        return self.form.kind == "lobby"

    def end(self, *, live_at: int | None = None) -> tuple[int, EndReason]:
        """When the room ends by itself, and by which rule: the earliest of several instants (END-1).

        `live_at` asks what would be if it went live then.
        """
        ends: list[tuple[int, EndReason]] = []
        live_at = self.live_at if live_at is None else live_at
        if self.is_lobby:  # it goes by its opening (LOBBY-5)
            ends.append((self.opens_at + self.form.duration_s * MS, "duration"))
        elif live_at is None:
            begins = max(self.opens_at, (self.booking.scheduled_ms or 0) - self.opened_at_ms)
            ends.append((begins + self.form.no_show_s * MS, "no_show"))
        else:
            ends.append((live_at + (self.form.duration_s + self.form.close_delay_s) * MS, "duration"))
            for member, reserved_ms in self.reserved.items():  # QUOTA-5
                if (used_up_at := self.people[member].used_up_at(live_at, reserved_ms)) is not None:
                    ends.append((used_up_at, "quota"))
        if self.window_ends_at is not None:
            ends.append((self.window_ends_at, "window"))
        if self.booking.not_after_ms is not None:
            ends.append((max(0, self.booking.not_after_ms - self.opened_at_ms), "booking"))
        return min(ends)

    def next_end(self) -> tuple[int, EndReason]:
        """The same, or sooner while no teacher is there (GONE-4)."""
        if self.unled_since is None or not self.form.teacher_lost_s:
            return self.end()
        return min(self.end(), (self.unled_since + self.form.teacher_lost_s * MS, "teacher_lost"))

    def leads(self, person: Person) -> bool:
        """May the lesson go on with them alone?  (GONE-5)"""
        stands_in = self.form.assistant_stands_in and person.role == "assistant"
        return (person.role == "teacher" or stands_in) and not person.device

    def inside(self) -> Iterable[Person]:
        return (person for person in self.people.values() if person.inside)

    def connected(self) -> Iterable[Person]:
        return (person for person in self.people.values() if person.is_connected)

    def claimants(self) -> list[str]:
        """Those inside who may be in no other room (CLAIM-3)."""
        return [] if self.is_lobby else [one.identity for one in self.inside() if one.role != "observer"]

    def of_identity(self, identity: str) -> Person | None:
        return self.people.get(self.members.get(identity, 0))

    def staff_muted(self, track: Track) -> bool:
        kind = "screen" if track.source == "screen_audio" else track.source
        return kind in self.people[track.member].muted

    def hushed(self, track: Track) -> bool:
        """Is it a pupil's sound, while no teacher is there?  (GONE-2)"""
        return self.paused and track.source in SOUND and self.people[track.member].is_learner

    def silent(self, track: Track) -> bool:
        """Is it forwarded to nobody?"""
        return track.closed or self.staff_muted(track) or self.hushed(track)

    def apply(self, entry: Entry) -> None:
        """Fold one more event in."""
        event, at = entry.event, entry.at
        if entry.cause is not None:
            person = self.people[entry.cause.member]
            person.last_id = max(person.last_id, entry.cause.id)
        if type(event) in boarding.CHANGES:
            self._board_changed(event)
        elif isinstance(event, e.ChatMessage):
            self._said(event, entry.audience)
        elif fold := _FOLDS.get(type(event)):
            fold(self, event, at)
        elif isinstance(event, e.Calls):
            self.lobby.apply(event, at)
        if isinstance(event, _MODERATION):
            self.moderation.append(_plain(event, self.opened_at_ms))
        self.newest_at = at

    def _board_changed(self, event: Any) -> None:
        self.board.apply(boarding.to_change(event))
        if isinstance(event, e.StrokeBegun):
            self.people[event.member].strokes += 1

    def _blank(self, event: facts.Blank, at: int) -> None:
        """What was drawn is not there, but that it was drawn counts."""
        if event.was == e.StrokeBegun.__struct_config__.tag:
            self.people[event.member].strokes += 1

    # People

    def _expected(self, event: facts.Expected, at: int) -> None:
        self.people[event.member] = Person(event.member, self._identity(event), "", expected=True)
        self.members[self._identity(event)] = event.member

    def _session_opened(self, event: facts.SessionOpened, at: int) -> None:
        person = self.people.setdefault(event.member, Person(event.member, self._identity(event), event.session))
        person.session, person.last_id = event.session, 0
        person.district, person.grade = event.district, event.grade
        if event.reserved_ms is not None:
            self.reserved[event.member] = event.reserved_ms
        if event.screen_ms is not None:
            since_ms, until_ms = event.screen_ms
            person.screen = (since_ms - self.opened_at_ms, until_ms - self.opened_at_ms)
        self.members[person.identity] = event.member

    def _identity(self, event: facts.Expected | facts.SessionOpened) -> str:
        """Nobody's is empty: it was erased (PRIVACY-4)."""
        return event.identity or erased.mark(self.booking.room, event.member)

    def _joined(self, event: e.MemberJoined, at: int) -> None:
        person = self.people[event.member]
        without_stage = person.can if person.was_learner else self.student_can
        person.name, person.role, person.school = event.name, event.role, event.school
        person.device = event.device
        person.can, person.muted = frozenset(event.can), frozenset(event.muted)
        person.from_stage = person.can - without_stage if person.is_learner else frozenset()
        person.came_at = at
        self._arrive(person, at)
        self._look_for_teacher(person, at)
        self._on_screen(person, at)
        if event.on_stage:
            self._step_up(event.member, at)

    def _heads_changed(self, event: e.HeadsChanged, at: int) -> None:
        person = self.people[event.member]
        person.heads = event.count
        person.heads_most = max(person.heads_most or 0, event.count)

    def _left(self, event: e.MemberLeft, at: int) -> None:
        person = self.people[event.member]
        self._off_screen(person, at)
        self._leave(person, at, event.reason)
        if event.member in self.reserved:  # the end may be later now: of that nobody has been warned
            ends_at, _ = self.end()
            self.warned = {in_s for in_s in self.warned if ends_at - in_s * MS <= at}
        self._look_for_teacher(person, at)
        person.banned |= event.ban
        if event.by is not None:
            self.moderation.append(_plain(event, self.opened_at_ms))
        self.away.pop(event.member, None)
        self.hands.pop(event.member, None)
        person.can -= person.from_stage  # what else they had, and had not, is kept for when they come again
        self._step_down(event.member, at)
        self.tracks = {name: track for name, track in self.tracks.items() if track.member != event.member}

    def _away(self, event: e.MemberAway, at: int) -> None:
        person = self.people[event.member]
        self._off_screen(person, at)
        self._lose_line(person, at)
        self._look_for_teacher(person, at)
        self.away[event.member] = at

    def _back(self, event: e.MemberBack, at: int) -> None:
        person = self.people[event.member]
        self._arrive(person, at)
        self._on_screen(person, at)
        self._look_for_teacher(person, at)
        self.away.pop(event.member, None)

    def _arrive(self, person: Person, at: int) -> None:
        if not person.inside:
            self.seated[person.role] = self.seated.get(person.role, 0) + 1
        self.lines += not person.is_connected
        person.arrive(at)

    def _lose_line(self, person: Person, at: int) -> None:
        self.lines -= person.is_connected
        person.lose_line(at)

    def _leave(self, person: Person, at: int, reason: LeftReason) -> None:
        self.seated[person.role] -= person.inside
        self.lines -= person.is_connected
        person.leave(at, reason)

    def _epoch_raised(self, event: e.EpochRaised, at: int) -> None:
        """Lines and media were lost with the node; what came after the newest stored event nobody can prove (ATT-4)."""
        self.raises.append(Raise(event.epoch, event.durable))
        self.tracks.clear()
        self.recording = self.form.record
        for person in list(self.connected()):
            self._off_screen(person, self.newest_at)
            self._lose_line(person, self.newest_at)
            self.away[person.member] = at  # the place is kept from when they can come back
            self._look_for_teacher(person, at)

    def _look_for_teacher(self, changed: Person, at: int) -> None:
        """Somebody has come or gone: since when has a live room been without a teacher?"""
        if self.phase != "live" or not self.leads(changed):
            return
        if any(self.leads(person) for person in self.connected()):
            self.unled_since = None
        elif self.unled_since is None:
            self.unled_since = at

    def _pulse(self, event: facts.Pulse, at: int) -> None:
        for member, talk_ms in event.talk_ms.items():
            self.people[member].talk_ms += talk_ms

    def _on_screen(self, person: Person, at: int) -> None:
        """A student's time in the live room counts for their eyes (REST-1)."""
        if person.role != "student" or self.phase != "live":
            return
        person.watch_screen(at, self.form.rest_s * MS)
        if person.screen is not None and self.form.continuous_s and not person.overused:
            self.screens[person.member] = person.screen[0]

    def _off_screen(self, person: Person, at: int) -> None:
        if person.role == "student" and person.is_connected and self.phase == "live":
            person.leave_screen(at)
        self.screens.pop(person.member, None)

    # The course of the room

    def _live(self, event: e.RoomLive, at: int) -> None:
        self.phase, self.live_at = "live", at
        for person in self.connected():
            self._on_screen(person, at)

    def _paused(self, event: e.RoomPaused, at: int) -> None:
        self.paused = True

    def _resumed(self, event: e.RoomResumed, at: int) -> None:
        self.paused = False

    def _ending_soon(self, event: e.EndingSoon, at: int) -> None:
        self.warned.add(event.in_s)

    def _alarmed(self, event: e.Alarm, at: int) -> None:
        self.alarms.append(event)
        if event.kind == "over_use" and event.member is not None:
            self.people[event.member].overused = True
            self.screens.pop(event.member, None)

    def _locked(self, event: e.RoomLocked, at: int) -> None:
        self.locked = event.on

    def _recording_started(self, event: e.RecordingStarted, at: int) -> None:
        self.recording = True

    def _recording_stopped(self, event: e.RecordingStopped, at: int) -> None:
        self.recording = False

    def _closed(self, event: e.RoomClosed, at: int) -> None:
        for person in self.people.values():
            self._off_screen(person, at)
            if person.inside:
                person.there[-1].close(at, "room_closed")
        self.phase, self.closed_at, self.closed_reason = "closed", at, event.reason
        for member in list(self.stage):
            self._step_down(member, at)
        self.hands.clear()
        self.tracks.clear()
        self.recording = self.paused = False
        self.unled_since = None
        self.lobby.clear()

    def _assessed(self, event: facts.Assessed, at: int) -> None:
        self.people[event.member].score = event.score
        self.assessments[event.member] = event

    # Talk and floor

    def _said(self, event: e.ChatMessage, audience: Audience) -> None:
        self.chat.append(ChatLine(event, audience))
        author = self.people[event.member]
        author.chat_lines += 1
        author.masked += event.masked
        if event.held is not None:
            self.held.pop(event.held, None)
            self.moderation.append(
                {
                    "type": "chat.pass",
                    "at_ms": self.opened_at_ms + event.at,
                    "member": event.member,
                    "chat": event.held,
                    "by": event.by,
                }
            )

    def _held(self, event: e.ChatHeld, at: int) -> None:
        self.held[event.seq] = event
        author = self.people[event.member]
        author.held_lines += 1
        author.masked += event.masked

    def _chat_deleted(self, event: e.ChatDeleted, at: int) -> None:
        self.held.pop(event.chat, None)
        kept = [line for line in self.chat if line.event.seq != event.chat]
        self.chat = deque(kept, maxlen=CHAT_KEPT)

    def _hand_raised(self, event: e.HandRaised, at: int) -> None:
        self.hands[event.member] = at
        self.people[event.member].hands += 1

    def _hand_lowered(self, event: e.HandLowered, at: int) -> None:
        self.hands.pop(event.member, None)

    def _stage_joined(self, event: e.StageJoined, at: int) -> None:
        person, can = self.people[event.member], frozenset(event.can)
        person.from_stage, person.can = can - person.can, can
        self._step_up(event.member, at)

    def _stage_left(self, event: e.StageLeft, at: int) -> None:
        self.people[event.member].can = frozenset(event.can)
        self._step_down(event.member, at)

    def _step_up(self, member: int, at: int) -> None:
        self.stage.append(member)
        self.people[member].on_stage.append(Interval(at))

    def _step_down(self, member: int, at: int) -> None:
        if member in self.stage:
            self.stage.remove(member)
            self.people[member].on_stage[-1].close(at, "stepped_down")

    def _granted(self, event: e.Granted, at: int) -> None:
        change = frozenset.union if event.on else frozenset.difference
        if event.member == "all":
            self.student_can = change(self.student_can, frozenset(event.can))
        for person in self.concerned(event.member):
            person.can = change(person.can, frozenset(event.can))
            person.from_stage -= frozenset(event.can)

    def _muted(self, event: e.MemberMuted, at: int) -> None:
        change = frozenset.union if event.on else frozenset.difference
        if event.member == "all":
            self.student_muted = change(self.student_muted, frozenset({event.kind}))
        for person in self.concerned(event.member):
            person.muted = change(person.muted, frozenset({event.kind}))

    def concerned(self, member: Any) -> list[Person]:
        """`all` is every learner, also one who is not inside now and may come again."""
        if member == "all":
            return [person for person in self.people.values() if person.is_learner]
        return [self.people[member]]

    # Asking the class

    def _checkin_opened(self, event: e.CheckinOpened, at: int) -> None:
        self.asked.called(event, self.inside())

    def _commented(self, event: e.CommentAdded, at: int) -> None:
        self.comments = [*self.comments, event][-COMMENTS_KEPT:]
        self.people[event.member].comments += 1

    # Media

    def _published(self, event: e.TrackPublished, at: int) -> None:
        self.tracks[event.track] = Track(event.track, event.member, event.source, event.layers)
        self.tracks_named += 1

    def _stopped(self, event: e.TrackStopped, at: int) -> None:
        self.tracks.pop(event.track, None)

    def _track_muted(self, event: e.TrackMuted, at: int) -> None:
        self.tracks[event.track].closed = event.on


_MODERATION = e.MemberMuted | e.RoomLocked | e.ChatDeleted | e.Granted


def _plain(event: Any, opened_at_ms: int) -> dict[str, Told]:
    fields = {name: getattr(event, name) for name in event.__struct_fields__ if name not in ("seq", "at")}
    return {"type": event.__struct_config__.tag, "at_ms": opened_at_ms + event.at, **fields}


_FOLDS: Mapping[type[object], Callable[[RoomState, Any, int], None]] = {
    facts.Blank: RoomState._blank,
    facts.Expected: RoomState._expected,
    facts.SessionOpened: RoomState._session_opened,
    facts.Assessed: RoomState._assessed,
    facts.Pulse: RoomState._pulse,
    e.EpochRaised: RoomState._epoch_raised,
    e.MemberJoined: RoomState._joined,
    e.MemberLeft: RoomState._left,
    e.MemberAway: RoomState._away,
    e.MemberBack: RoomState._back,
    e.HeadsChanged: RoomState._heads_changed,
    e.RoomLive: RoomState._live,
    e.RoomPaused: RoomState._paused,
    e.RoomResumed: RoomState._resumed,
    e.EndingSoon: RoomState._ending_soon,
    e.Alarm: RoomState._alarmed,
    e.RoomLocked: RoomState._locked,
    e.RecordingStarted: RoomState._recording_started,
    e.RecordingStopped: RoomState._recording_stopped,
    e.RoomClosed: RoomState._closed,
    e.ChatHeld: RoomState._held,
    e.ChatDeleted: RoomState._chat_deleted,
    e.HandRaised: RoomState._hand_raised,
    e.HandLowered: RoomState._hand_lowered,
    e.StageJoined: RoomState._stage_joined,
    e.StageLeft: RoomState._stage_left,
    e.Granted: RoomState._granted,
    e.MemberMuted: RoomState._muted,
    e.PollOpened: lambda state, event, at: state.asked.opened(event),
    e.PollVoted: lambda state, event, at: state.asked.voted(event),
    e.PollClosed: lambda state, event, at: state.asked.closed(event),
    e.CheckinOpened: RoomState._checkin_opened,
    e.CheckinAnswered: lambda state, event, at: state.asked.answered(event),
    e.CheckinClosed: lambda state, event, at: state.asked.counted(event),
    e.CommentAdded: RoomState._commented,
    e.TrackPublished: RoomState._published,
    e.TrackStopped: RoomState._stopped,
    e.TrackMuted: RoomState._track_muted,
}
