"""A room core with people in it, driven without sockets, disks or real time.

It carries out a room's effects as a shell would: events go to the delivery and to a store that is a list, notices and
frames to those they are for.  Time passes only by `advance`, which visits every deadline on its way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec

from protocol import commands as c
from protocol import notices as n
from protocol.codec import JSON, Codec
from protocol.fields import Role
from roomserver.core import effects as fx
from roomserver.core import facts, record
from roomserver.core.answers import Pending
from roomserver.core.arrival import Arrival
from roomserver.core.calendar import Opening
from roomserver.core.decide.media import HIGH
from roomserver.core.delivery import Delivery
from roomserver.core.forms import FORMS, Booking, Form
from roomserver.core.log import Audience, Entry, Log
from roomserver.core.room import NO_WORDS, Room
from roomserver.core.state import RoomState
from roomserver.core.words import Words

OPENED = 1_790_000_000  # seconds since 1970
OPENED_MS = OPENED * 1000
LENIENT = msgspec.structs.replace(FORMS["one_to_many"], teacher_lost_s=0, removal_holds=False)
PEN: Mapping[str, Any] = {"page": 1, "kind": "pen", "color": "#102030", "width": 24, "at": (100, 200)}


def framed(codec: Codec, message: Any) -> bytes:
    return codec.encode(message) + b"\n"


@dataclass(eq=False)
class Guest:
    """One person with one line.  `heard` is all that the line was sent, decoded; `hung` the code it was closed with."""

    lesson: "Lesson"
    name: str
    role: Role
    line: int
    session: str
    member: int = 0
    sent: int = 0  # the id of the newest command
    heard: list[Any] = field(default_factory=list)
    hung: int | None = None

    @property
    def welcome(self) -> n.Welcome:
        return next(said for said in self.heard if isinstance(said, n.Welcome))

    @property
    def refusal(self) -> tuple[str, str | None]:
        """Code and rule with which they were not let in."""
        [error] = self.says(n.Error)
        return error.code.value, error.rule

    def does(self, command: type[c.RoomCommand], /, **fields: Any) -> list[Any]:
        """Send the next command; the events that it causes, without their places (`seq` and `at` are 0)."""
        self.sent += 1
        return self.sends(command(id=self.sent, **fields))

    def sends(self, command: c.RoomCommand) -> list[Any]:
        return self.lesson.perform(self.lesson.room.handle(self.line, command, now=self.lesson.now))

    def refused(self, command: type[c.RoomCommand], /, **fields: Any) -> tuple[str, str | None]:
        """Send the next command, which causes nothing but an error: its code and rule."""
        entries = len(self.lesson.entries)
        self.does(command, **fields)
        assert len(self.lesson.entries) == entries
        error = self.lesson.effects[-1]
        assert isinstance(error, fx.Say), error
        assert isinstance(error.notice, n.Error)
        assert (error.line, error.notice.id) == (self.line, self.sent)
        return error.notice.code.value, error.notice.rule

    def publishes(self, *sources: str) -> list[Any]:
        """Offer these sources; the engine takes them all, with the names that the room gives."""
        offer = self.offers(*sources)
        return self.taken(offer)

    def offers(self, *sources: str) -> fx.Publish:
        """Offer these sources; what the engine is asked."""
        self.does(c.PublishMedia, sdp="offer", tracks={str(mid): source for mid, source in enumerate(sources)})
        [publish] = [effect for effect in self.lesson.effects if isinstance(effect, fx.Publish)]
        return publish

    def taken(self, offer: fx.Publish, *, sdp: str | None = "answer") -> list[Any]:
        """The engine's answer to an offer has come."""
        tracks = {track: HIGH for track, _ in offer.tracks.values()}
        return self.lesson.perform(self.lesson.room.took_offer(offer.line, offer.id, tracks, sdp, now=self.lesson.now))

    def lost(self, *, for_good: bool = False) -> list[Any]:
        """The line is gone; `for_good` when the client said so."""
        self.lesson.drop(self)
        return self.lesson.perform(self.lesson.room.lost(self.line, for_good=for_good, now=self.lesson.now))

    def signals(self, signal: c.Signal) -> list[fx.Effect]:
        self.lesson.perform(self.lesson.room.signal(self.line, signal, now=self.lesson.now))
        return self.lesson.effects

    def says(self, said: type[Any]) -> list[Any]:
        """What was heard of one kind."""
        return [message for message in self.heard if isinstance(message, said)]


class Lesson:
    """A room.

    `entries` and `salts` are what the store has, `effects` what the newest call returned, `history` all effects.
    """

    def __init__(
        self,
        form: Form | str = "one_to_many",
        *,
        now: float = OPENED,
        words: Words = NO_WORDS,
        opening: Opening | None = None,
        expected: Sequence[str] = (),
        **booking: Any,
    ) -> None:
        self.now = now
        self.words = words
        self.form = FORMS[form] if isinstance(form, str) else form
        self.entries: list[Entry] = []
        self.salts: dict[int, bytes] = {}
        self.effects: list[fx.Effect] = []
        self.history: list[fx.Effect] = []
        self.record: Mapping[str, Any] | None = None
        self.pending = Pending()
        self.delivery = Delivery(framed)
        self.guests: dict[int, Guest] = {}
        self._numbers = count(1)
        salted = [(name, f"salt of {name}".encode()) for name in expected]
        booked = Booking(room="r-1", form="lesson", **booking)
        self.room, effects = Room.create(booked, self.form, now=now, opening=opening, words=words, expected=salted)
        self.perform(effects)

    @property
    def state(self) -> RoomState:
        return self.room.state

    @property
    def at(self) -> int:
        """Milliseconds since the room opened."""
        return round(self.now * 1000) - self.state.opened_at_ms

    def events(self, *kinds: type[Any]) -> list[Any]:
        """The log so far: all events, or those of some kinds, without their places."""
        return [bare(entry.event) for entry in self.entries if not kinds or isinstance(entry.event, kinds)]

    def audience(self, seq: int) -> Audience | None:
        """Whose eyes an event is for; None: it was lost in a crash."""
        return self.entries[seq - 1].audience if seq <= len(self.entries) else None

    def member(self, name: str) -> Mapping[str, Any]:
        """The row of one identity in the session record."""
        assert self.record is not None, "the room is not over"
        [row] = [row for row in self.record["data"]["members"] if row["identity"] == name]
        return dict(row)

    # Coming

    def knocks(self, name: str, role: Role = "student", *, school: str | None = "No. 4 Middle School") -> Guest:
        """Somebody says hello with a good token; they may be let in or not."""
        number = next(self._numbers)
        guest = self.guests[number] = Guest(self, name, role, number, f"session-{number}")
        salt = f"salt of {name} {number}".encode()
        arrival = Arrival(*(name, name.title(), role, school, guest.session, salt), district="Haidian", grade="8")
        self.perform(self.room.enter(number, c.Hello(id=1, room="r-1"), arrival, now=self.now))
        return guest

    def joins(self, name: str, role: Role = "student", *, school: str | None = "No. 4 Middle School") -> Guest:
        guest = self.knocks(name, role, school=school)
        assert guest.hung is None, guest.heard
        guest.member = guest.welcome.member
        return guest

    def resumes(self, guest: Guest, *, seq: int | None = None, epoch: int | None = None) -> Guest:
        """A guest's session on a new line, without a token; they have seen all up to `seq` (default: the newest)."""
        number = next(self._numbers)
        again = self.guests[number] = Guest(
            self, guest.name, guest.role, number, guest.session, guest.member, guest.sent
        )
        seen, then = self.room.log.seq if seq is None else seq, self.state.epoch if epoch is None else epoch
        hello = c.Hello(id=1, room="r-1", resume=c.Resume(session=guest.session, epoch=then, seq=seen))
        self.perform(self.room.enter(number, hello, None, now=self.now))
        return again

    def drop(self, guest: Guest) -> None:
        self.delivery.leave(guest.line)
        self.guests.pop(guest.line, None)

    # Time

    def advance(self, seconds: float) -> list[Any]:
        """Let time pass, from deadline to deadline; the events that it causes."""
        end, events = self.now + seconds, list[Any]()
        while (deadline := self.room.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            events += self.tick()
        self.now = end
        return events + self.tick()

    def oversleep(self, seconds: float) -> list[Any]:
        """Let time pass while nobody looks, then look once."""
        self.now += seconds
        return self.tick()

    def tick(self) -> list[Any]:
        return self.perform(self.room.tick(now=self.now))

    # What a shell does

    def perform(self, effects: Sequence[fx.Effect]) -> list[Any]:
        self.effects = list(effects)
        self.history += effects
        for effect in effects:
            self._perform(effect)
        if any(isinstance(effect, fx.Conclude) for effect in effects):
            self.commit()
            for guest in list(self.guests.values()):
                self._hang(guest.line, 4410)
        return [bare(effect.entry.event) for effect in effects if isinstance(effect, fx.Append)]

    def _perform(self, effect: fx.Effect) -> None:
        match effect:
            case fx.Append(entry=entry):
                self.entries.append(entry)
                self.delivery.append(entry)
            case fx.Salt(member=member, salt=salt):
                self.salts[member] = salt
            case fx.Say(line=line, notice=notice):
                self._say(line, notice)
            case fx.Answer():
                self.pending.wait(effect)
            case fx.Flash():
                self.delivery.flash(effect)
            case fx.Enter(line=line, member=member, side=side, seq=seq):
                self.delivery.enter(line, JSON, member, side=side, seq=seq)
            case fx.Hang(line=line, code=code):
                self._hang(line, int(code))
            case fx.Conclude(record=made):
                self.record = msgspec.json.decode(msgspec.json.encode(record.envelope(made)))

    def _hang(self, line: int, code: int) -> None:
        guest = self.guests[line]
        guest.heard += read(self.delivery.last_words(line))
        guest.hung = code
        self.drop(guest)

    def _say(self, line: int, notice: Any) -> None:
        if line in self.guests:
            self.guests[line].heard.append(notice)

    def turn(self, *stalled: Guest) -> None:
        """Everybody gets what they lack, but for those whose line does not drain."""
        while (due := self.room.ink_due) is not None:
            self.now = max(self.now, due)
            self.perform(self.room.flush(now=self.now))
        lines = {guest.line for guest in stalled}
        for line, lacking in self.delivery.far_behind(lines):
            if lacking is None:
                snapshot, chunks = self.room.snapshot(self.guests[line].member, now=self.now)
                for notice in (snapshot, *chunks):
                    self._say(line, notice)
                self.delivery.skip_to(line, snapshot.seq)
        for line, frames in self.delivery.collect(lines):
            self.guests[line].heard += read(frames)

    def commit(self) -> None:
        """Everything so far is on disk."""
        for line, ok in self.pending.durable(self.room.log.seq):
            self._say(line, ok)

    def fold(self) -> tuple[RoomState, Log]:
        return fold(self.entries, self.salts)

    def crash(self, *, lose: int = 0, down_s: float = 0) -> list[Any]:
        """The node dies, its newest `lose` events were not stored yet; the next node opens the log."""
        del self.entries[len(self.entries) - lose :]
        self.now += down_s
        state, log = self.fold()
        self.delivery, self.pending, self.guests = Delivery(framed), Pending(), {}
        for entry in self.entries:
            self.delivery.append(entry)
        self.room, effects = Room.reopen(state, log, epoch=state.epoch + 1, now=self.now, words=self.words)
        return self.perform(effects)


def fold(entries: Sequence[Entry], salts: Mapping[int, bytes]) -> tuple[RoomState, Log]:
    """The state that stored bytes lead to, every hash checked on the way."""
    log, state = Log(salts=dict(salts)), None
    for stored in entries:
        entry = log.restore(stored.body, stored.personal, stored.hash, state.board.body if state else None)
        if isinstance(entry.event, facts.RoomOpened):
            state = RoomState.begin(entry.event)
        assert state is not None
        state.apply(entry)
    assert state is not None
    return state, log


def bare(event: Any) -> Any:
    """An event without its place."""
    return msgspec.structs.replace(event, seq=-1, at=-1)


def read(frames: bytes) -> list[Any]:
    return [JSON.decode_down(frame) for frame in frames.splitlines()]
