"""One room's shell: it feeds the core what arrives and the time, and carries out the effects.  It decides nothing."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import orjson

from protocol import commands as c
from protocol import notices as n
from protocol.codes import CloseCode
from sfu.core import orders as o
from sfu.core.recording import Recording
from sfu.core.seen import ConnectionSeen

from ..core import effects as fx
from ..core.answers import Pending
from ..core.arrival import Arrival
from ..core.calls import Asked, Barred
from ..core.checkpoint import Schedule
from ..core.delivery import Delivery, Pace, Patience
from ..core.effects import Effect, Line
from ..core.errors import Refused
from ..core.presence import turned_away
from ..core.record import envelope
from ..core.record_shape import Record
from ..core.room import Room
from .clock import Clock
from .keeper import RETRY_S, End, Keeper
from .link import Listener, framed
from .media import RETRY_S as MEDIA_RETRY_S
from .media import OpenMedia
from .metrics import Metrics
from .recordings import Recordings, entry
from .relays import Relays
from .signing import Signer
from .store import StaleEpoch, Store, StoredEvent

log = logging.getLogger("roomserver.room")
ASKED_AT_MOST = 10  # times for what was recorded
LEAVE_S = 3.0  # a disk that takes nothing for so long keeps nobody from leaving


class Runner:
    """A room that is open on this node."""

    def __init__(
        self,
        room: Room,
        delivery: Delivery,
        *,
        epoch: int,
        checkpoint: int,
        clock: Clock,
        store: Store,
        open_media: OpenMedia,
        relays: Relays,
        recordings: Recordings,
        signer: Signer,
        metrics: Metrics,
        on_over: Callable[["Runner"], None],
        on_lesson: Callable[[fx.OpenLesson | fx.LessonOver], None],
    ) -> None:
        self.room = room
        self._delivery = delivery
        self._clock = clock
        self._relays = relays
        self._recordings = recordings
        self._signer = signer
        self._metrics = metrics
        self._on_over = on_over
        self._on_lesson = on_lesson
        self._checkpoints = Schedule(checkpoint)
        self._pace = Pace()
        self._patience = Patience()
        self._pending = Pending()
        self._lines: dict[Line, Listener] = {}
        self._moved = asyncio.Event()
        self._over = False
        self._closing: asyncio.Task[None] | None = None
        self._keeper = Keeper(self.id, epoch, store, now=clock.now, on_durable=self._durable, on_stale=self.crash)
        self._media = open_media(self.hear_media)

    @property
    def id(self) -> str:
        return self.room.state.booking.room

    @property
    def lines(self) -> int:
        return len(self._lines)

    @property
    def failing(self) -> bool:
        """Does the disk take nothing?"""
        return self._keeper.failing

    # What arrives

    def enter(self, link: Listener, hello: c.Hello, arrival: Arrival | None) -> None:
        if self._over:  # it went while the token was verified
            link.hang(CloseCode.RESTART, "the room is being opened again")
            return
        self._lines[link.line] = link
        link.call_when_drained(self._moved.set)
        self._ask(lambda now: self.room.enter(link.line, hello, arrival, now=now))

    def is_asked(self, hello: c.Hello, arrival: Arrival) -> bool:
        """Must the ledger be asked about whoever comes, before they enter?"""
        now = self._clock.now()
        self._ask(lambda _: self.room.tick(now=now))
        return not self._over and self.room.is_asked(hello, arrival, now=now)

    def turn_away(self, link: Listener, hello: c.Hello, refused: Refused) -> None:
        """The ledger does not let them in."""
        self._lines[link.line] = link
        self.perform(turned_away(link.line, hello, refused, self._clock.now()))

    def replaced(self, identity: str) -> None:
        """A session of this identity has begun in another room."""
        self._ask(lambda now: self.room.replaced(identity, now=now))

    def evaluated(self, identity: str, command: c.Evaluate) -> None:
        """
        Raises:
            Refused: no evaluation is due from them here, or the record is made.
        """
        now = self._clock.now()
        self._ask(lambda _: self.room.tick(now=now))  # what was due is kept, though the rest is refused
        self._ask(lambda _: self.room.evaluated(identity, command, now=now))

    def asks(self, line: Line, command: c.Meeting) -> Asked | None:
        """What must the ledger be asked before the command is received?"""
        return None if self._over or self._keeper.refuses else self.room.asks(line, command, now=self._clock.now())

    def receive(self, line: Line, message: c.RoomCommand | c.Signal, *, barred: Barred | None = None) -> None:
        """`barred`: what the ledger says against it."""
        if isinstance(message, c.Signal):
            self._ask(lambda now: self.room.signal(line, message, now=now))
        elif self._keeper.refuses:
            self.refuse(line, message.id)
        else:
            waited = self.room.ink_due is not None
            self._ask(lambda now: self.room.handle(line, message, barred=barred, now=now))
            if not waited and self.room.ink_due is not None:  # the first points: who comes next is not due before them
                self._moved.set()

    def refuse(self, line: Line, id: int) -> None:
        """The store does not answer."""
        self._ask(lambda _: self.room.unavailable(line, id, retry_in_s=RETRY_S))

    def watch(self, line: Line, id: int, offer: str) -> None:
        """A device offers to receive."""
        self._ask(lambda now: self.room.watch(line, id, offer, now=now))

    def renew(self, line: Line, id: int, ufrag: str, password: str) -> None:
        """A device begins ICE afresh, with these credentials."""
        self._ask(lambda now: self.room.renew(line, id, ufrag, password, now=now))

    def lost(self, line: Line, *, for_good: bool) -> None:
        self._lines.pop(line, None)
        self._delivery.leave(line)
        self._patience.forget(line)
        self._ask(lambda now: self.room.lost(line, for_good=for_good, now=now))

    def end(self, *, by: str | None = None) -> None:
        """
        Raises:
            Refused: `by` may not.
        """
        self._ask(lambda now: self.room.end(now=now, by=by))

    def lesson_over(self, lesson: str) -> None:
        """Of a lobby: a lesson that was born of it is over."""
        self._ask(lambda now: self.room.lesson_over(lesson, now=now))

    async def look_at_media(self) -> Sequence[ConnectionSeen]:
        """
        Raises:
            MediaAway: there is no answer.
        """
        return await self._media.look()

    def hear_media(self, word: o.Word) -> None:
        """What the room's media says."""
        match word:
            case o.Taken(ask=(line, id), tracks=tracks, sdp=sdp):
                self._ask(lambda now: self.room.took_offer(line, id, tracks, sdp, now=now))
            case o.Watching(ask=(line, id), sdp=sdp):
                self._ask(lambda _: self.room.took_watch(line, id, sdp))
            case o.Renewed(ask=(line, id), sdp=sdp):
                self._ask(lambda _: self.room.took_renewal(line, id, sdp))
            case o.Unwatched(ask=(line, _)):
                self._ask(lambda now: self.room.unwatched(line, now=now))
            case o.Heard(ask=(line, id), good=good):
                self._ask(lambda _: self.room.took_answer(line, id, good=good))
            case o.Away(ask=(line, id)):
                self._ask(lambda _: self.room.media_away(line, id, retry_in_s=MEDIA_RETRY_S))
            case o.Offered(member=member, offer=offer, sdp=sdp, tracks=named):
                if (to := self.room.line_of(member)) is not None:
                    self._say(to, n.MediaOffer(offer=offer, sdp=sdp, tracks=named))
            case o.Carries(member=member, tracks=carried):
                if (to := self.room.line_of(member)) is not None:
                    self._say(to, n.MediaCarries(tracks=carried))
            case o.Receiving(member=member, layers=layers):
                if (to := self.room.line_of(member)) is not None:
                    self._say(to, n.MediaLayers(layers=layers))
            case o.Used(member=member, layers=layers):
                if (to := self.room.line_of(member)) is not None:
                    self._say(to, n.MediaUsed(layers=layers))
            case o.Quality(member=member, score=score):
                self._ask(lambda _: self.room.measured(member, score))
            case o.Stopped(track=track):
                self._ask(lambda now: self.room.track_failed(track, now=now))
            case o.Speaking(members=members):
                self._ask(lambda now: self.room.heard(members, now=now))
            case o.Recording(trouble=trouble):
                self._ask(lambda now: self.room.recording(trouble, now=now))

    def _ask(self, call: Callable[[float], Sequence[Effect]]) -> None:
        """Ask the room something, and carry out what it says.

        A bug of ours ends the connection that met it, and the room goes on, unless events are in its log that the store
        will never get: then it is let go, and opened again from the store (BUG-1).
        """
        if self._over:
            return
        try:
            self.perform(call(self._clock.now()))
        except Refused:
            raise
        except Exception:
            if not self._over and self.room.log.seq != self._keeper.newest:
                log.exception("a bug left the room's log ahead of the store", extra={"room": self.id})
                self.crash()
            raise

    # The room's own time

    async def run(self) -> None:
        """Return when the room is over."""
        while not self._over:
            await self._clock.wait(self._moved, until=self._next())
            self._moved.clear()
            now = self._clock.now()
            self.perform(self.room.tick(now=now))
            self._give_up(now)
            if self._has_turn(now) and self._pace.due(now):
                self._turn(now)
            self._keeper.keep(self._checkpoints.take(self.room.state, self.room.log))
            self._keeper.hand_over()
            self._answer()

    def _next(self) -> float | None:
        """The next instant at which there is something to do."""
        instants = [self.room.next_deadline(), self._keeper.next_try, self._patience.next]
        if self._delivery.waiting:
            instants.append(self._pace.next)
        elif (due := self.room.ink_due) is not None:
            instants.append(max(due, self._pace.next))
        return min((instant for instant in instants if instant is not None), default=None)

    def _has_turn(self, now: float) -> bool:
        due = self.room.ink_due
        return self._delivery.waiting or (due is not None and due <= now)

    def _turn(self, now: float) -> None:
        """Everybody who can take it gets, in one write, what they lack."""
        self.perform(self.room.flush(now=now))
        self._patience.look({line: link.backlog for line, link in self._lines.items()}, now)
        stalled = self._patience.stalled
        for line, lacking in self._delivery.far_behind(stalled):
            self._catch_up(line, lacking, now)
        for line, frames in self._delivery.collect(stalled):
            self._lines[line].write(frames)
        self._pace.turned(now, took=self._clock.now() - now)
        self.room.checks.overloaded = self._pace.overloaded

    def _give_up(self, now: float) -> None:
        """Look at who was stalled; cut those who take nothing for too long."""
        if self._patience.stalled:
            self._patience.look({line: self._lines[line].backlog for line in self._patience.stalled}, now)
            self._delivery.waiting |= self._patience.drained
            self._patience.drained = False
            for line in self._patience.given_up(now):
                self._metrics.given_up += 1
                self._lines[line].abort()

    def _catch_up(self, line: Line, lacking: int | None, now: float) -> None:
        """The line starts afresh from here, where what it lacks is gone or is more than a snapshot."""
        link = self._lines[line]
        snapshot, chunks = self.room.snapshot(link.member, now=now)
        frames = b"".join(framed(link.codec, notice) for notice in (snapshot, *chunks))
        if lacking is None or len(frames) < lacking:
            link.write(frames)
            self._delivery.skip_to(line, snapshot.seq)

    # Effects

    def perform(self, effects: Sequence[Effect]) -> None:
        """Carry them out, and look again at when the room's next instant is."""
        for effect in effects:
            self._perform(effect)
        if effects:
            self._media.stage(self.room.state.stage)
            self._moved.set()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case fx.Append(entry=entry, postings=postings):
                self._delivery.append(entry)
                self._keeper.add(StoredEvent(entry.seq, entry.body, entry.personal, entry.hash), postings)
                if (told := self.room.told(entry)) is not None:
                    self._keeper.deliver(told[0], orjson.dumps(told[1]))
            case fx.Answer():
                self._pending.wait(effect)
            case fx.Say(line=line, notice=n.Welcome() as welcome):
                self._say(line, msgspec.structs.replace(welcome, ice_servers=self._relays.servers()))
            case fx.Say(line=line, notice=notice):
                self._say(line, notice)
            case fx.Flash():
                self._delivery.flash(effect)
            case fx.Enter(line=line, member=member, side=side, seq=seq):
                self._lines[line].member = member
                self._delivery.enter(line, self._lines[line].codec, member, side=side, seq=seq)
            case fx.Hang(line=line, code=code, reason=reason, retry_in_s=retry_in_s):
                self._hang(line, code, reason, retry_in_s=retry_in_s)
            case fx.Salt(member=member, salt=salt, identity=identity):
                self._keeper.add_member(member, salt, identity)
            case (
                fx.Publish()
                | fx.Watch()
                | fx.Renew()
                | fx.TakeAnswer()
                | fx.Want()
                | fx.Silence()
                | fx.StopTrack()
                | fx.Receive()
                | fx.RestartMedia()
                | fx.EndMedia()
            ):
                self._media.perform(effect)
            case fx.OpenLesson() | fx.LessonOver():
                self._on_lesson(effect)
            case fx.Conclude():
                self._closing = asyncio.create_task(self._conclude(effect), name=f"conclude {self.id}")

    def _say(self, line: Line, notice: Any) -> None:
        if isinstance(notice, n.Error):
            self._metrics.refused[notice.code] += 1
        link = self._lines.get(line)
        if link is not None:
            link.say(notice)

    def _hang(self, line: Line, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None:
        link = self._lines.pop(line, None)
        if link is None:
            return
        self._metrics.hung[str(int(code))] += 1
        link.write(self._delivery.last_words(line))
        self._delivery.leave(line)
        self._patience.forget(line)
        link.hang(code, reason, retry_in_s=retry_in_s)

    # The store

    def _durable(self, seq: int) -> None:
        """The store has said something: it has everything up to `seq`, or it has failed."""
        self._answer()
        self._moved.set()

    def _answer(self) -> None:
        for line, ok in self._pending.durable(self._keeper.durable):
            self._say(line, ok)

    async def kept(self) -> None:
        """Return when all that has happened up to now is in the store; more may happen meanwhile."""
        self._keeper.hand_over()
        await self._keeper.kept()

    async def settled(self) -> None:
        """Return when everything so far is durable."""
        self._keeper.hand_over()
        await self._keeper.settled()

    async def _conclude(self, end: fx.Conclude) -> None:
        """The record is stored as the room is closed, with the letters that bring it to every sink (SINK-1)."""
        record = end.record
        if self.room.state.form.record:
            entries = tuple(entry(one, record.opened_ms) for one in await self._recorded())
            record = msgspec.structs.replace(record, recordings=entries)
        self._keeper.end(End(record.closed_ms, await asyncio.to_thread(self._published, record)))
        self._moved.set()
        try:
            await self._keeper.settled()
        except StaleEpoch:  # whoever owns the room now ends it
            return
        self._metrics.records_published += 1
        self._answer()
        self.hang_all(CloseCode.ROOM_CLOSED, "the room is over")
        self._finish()

    def _published(self, record: Record) -> tuple[str, bytes]:
        """Its id, and the signed envelope: megabytes, of a large class."""
        published = envelope(self._signer.sign(record))
        return published.id, msgspec.json.encode(published)

    async def _recorded(self) -> Sequence[Recording]:
        """The files.  A disk that cannot tell of them is asked again for a while; then the room ends without them."""
        for _ in range(ASKED_AT_MOST):
            try:
                return await self._recordings.settled(self.id)
            except OSError:
                log.exception("the recorded files cannot be read", extra={"room": self.id})
                await self._clock.wait(asyncio.Event(), until=self._clock.now() + RETRY_S)
        return ()

    # Leaving

    def crash(self) -> None:
        """Let everybody go; they resume, and find what the store has."""
        self._metrics.rooms_crashed += 1
        self.hang_all(CloseCode.BUG, "the server could not go on")
        self._finish()

    def hang_all(self, code: CloseCode, reason: str) -> None:
        for line in list(self._lines):
            self._hang(line, code, reason)

    async def leave(self) -> None:
        """This node is leaving: everybody is told, and what happened is durable, unless the disk fails."""
        self.perform(self.room.pause(now=self._clock.now()))
        self.hang_all(CloseCode.RESTART, "this server is leaving")
        self._keeper.keep(self._checkpoints.take(self.room.state, self.room.log, leaving=True))
        with suppress(TimeoutError, StaleEpoch):
            async with asyncio.timeout(LEAVE_S):
                await self.settled()
        if self._closing is not None:
            self._closing.cancel()
        self._finish()

    def _finish(self) -> None:
        self._over = True
        self._media.close()
        self._moved.set()
        self._on_over(self)
