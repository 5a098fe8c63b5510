"""The state of a room: the fold of its log, and nothing else.

Here is what it holds, and what is asked of it; what each event changes in it is the table in `happened/`.  `apply`
takes any event that can stand in a log and refuses none; whoever folds the same log has the same state.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import whiteboard
from protocol import events as e
from protocol.fields import EndReason, MuteKind, Right, Role, Source
from protocol.fields import State as RoomPhase

from . import facts
from .asked import Asked
from .forms import MS, Booking, Form
from .happened import FOLDS
from .happened.media import Track
from .happened.noted import NOTED, Told, noted
from .happened.people import Raise
from .happened.talk import CHAT_KEPT, ChatLine, said
from .lobby import Lobby
from .log import Entry
from .people import Person

SOUND: frozenset[Source] = frozenset({"microphone", "screen_audio"})


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
    moderation: list[Mapping[str, Told]] = field(default_factory=list)
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

    def apply(self, entry: Entry) -> None:
        """Fold one more event in."""
        event, at = entry.event, entry.at
        if entry.cause is not None:
            person = self.people[entry.cause.member]
            person.last_id = max(person.last_id, entry.cause.id)
        if isinstance(event, e.ChatMessage):
            said(self, event, entry.audience)
        elif fold := FOLDS.get(type(event)):
            fold(self, event, at)
        if type(event) in NOTED and (row := noted(event, self.opened_at_ms)) is not None:
            self.moderation.append(row)
        self.newest_at = at

    # What is asked of it

    @property
    def epoch(self) -> int:
        return self.raises[-1].epoch if self.raises else 1

    @property
    def is_closed(self) -> bool:
        return self.phase == "closed"

    @property
    def is_lobby(self) -> bool:
        return self.form.kind == "lobby"

    # When it ends

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

    # Who

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

    def concerned(self, member: Any) -> list[Person]:
        """`all` is every learner, also one who is not inside now and may come again."""
        if member == "all":
            return [person for person in self.people.values() if person.is_learner]
        return [self.people[member]]

    # Who is heard and seen

    def staff_muted(self, track: Track) -> bool:
        kind = "screen" if track.source == "screen_audio" else track.source
        return kind in self.people[track.member].muted

    def hushed(self, track: Track) -> bool:
        """Is it a pupil's sound, while no teacher is there?  (GONE-2)"""
        return self.paused and track.source in SOUND and self.people[track.member].is_learner

    def silent(self, track: Track) -> bool:
        """Is it forwarded to nobody?"""
        return track.closed or self.staff_muted(track) or self.hushed(track)
