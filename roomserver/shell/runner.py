"""One room's shell: it feeds the core what arrives and the time, and carries out the effects.  It decides nothing.

A store that does not take a write ends the runner: every line is hung up, and whoever comes next opens the room from
what is on disk.  So nothing that was acknowledged is ever built on something that was lost.
"""

import asyncio
import logging
from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from protocol import commands as c
from protocol import notices as n
from protocol.codes import CloseCode
from protocol.fields import Source

from ..core import effects as fx
from ..core.answers import Pending
from ..core.arrival import Arrival
from ..core.delivery import Delivery, Pace
from ..core.effects import Effect, Line
from ..core.room import Room
from .clock import Clock
from .link import Link
from .media import OpenMedia
from .metrics import Metrics
from .publish import Publisher
from .store import Batch, Store, StoredEvent

log = logging.getLogger("roomserver.room")


class Runner:
    """A room that is open on this node."""

    def __init__(
        self,
        room: Room,
        delivery: Delivery,
        *,
        epoch: int,
        clock: Clock,
        store: Store,
        open_media: OpenMedia,
        publisher: Publisher,
        metrics: Metrics,
        on_over: Callable[["Runner"], None],
    ) -> None:
        self.room = room
        self._delivery = delivery
        self._epoch = epoch
        self._clock = clock
        self._store = store
        self._publisher = publisher
        self._metrics = metrics
        self._on_over = on_over
        self._pace = Pace()
        self._pending = Pending()
        self._lines: dict[Line, Link] = {}
        self._events: list[StoredEvent] = []  # not yet handed over
        self._salts: dict[int, bytes] = {}
        self._moved = asyncio.Event()
        self._durable = 0  # seq up to which the store has everything
        self._storing: Future[None] | None = None  # the newest write
        self._over = False
        self._closing: asyncio.Task[None] | None = None
        self._media = open_media(self)

    @property
    def id(self) -> str:
        return self.room.state.booking.room

    @property
    def lines(self) -> int:
        return len(self._lines)

    # What arrives

    def enter(self, link: Link, hello: c.Hello, arrival: Arrival | None) -> None:
        self._lines[link.line] = link
        link.call_when_drained(self._moved.set)
        self.perform(self.room.enter(link.line, hello, arrival, now=self._clock.now()))

    def receive(self, line: Line, message: c.RoomCommand | c.Signal) -> None:
        now = self._clock.now()
        if isinstance(message, c.Signal):
            self.perform(self.room.signal(line, message, now=now))
        else:
            self.perform(self.room.handle(line, message, now=now))

    def lost(self, line: Line, *, for_good: bool) -> None:
        self._lines.pop(line, None)
        self._delivery.leave(line)
        self.perform(self.room.lost(line, for_good=for_good, now=self._clock.now()))

    def end(self) -> None:
        self.perform(self.room.end(now=self._clock.now()))

    def offer(self, member: int, offer: int, sdp: str, tracks: dict[str, str]) -> None:
        line = self.room.line_of(member)
        if line is not None:
            self._lines[line].say(n.MediaOffer(offer=offer, sdp=sdp, tracks=tracks))

    def track_stopped(self, track: str) -> None:
        self.perform(self.room.track_failed(track, now=self._clock.now()))

    def speaking(self, members: tuple[int, ...]) -> None:
        self.perform(self.room.heard(members, now=self._clock.now()))

    # The room's own time

    async def run(self) -> None:
        """Return when the room is over."""
        while not self._over:
            deadline = self.room.next_deadline()
            if self._has_turn():
                deadline = self._pace.next if deadline is None else min(deadline, self._pace.next)
            await self._clock.wait(self._moved, until=deadline)
            self._moved.clear()
            now = self._clock.now()
            self.perform(self.room.tick(now=now))
            if self._has_turn() and self._pace.due(now):
                self._turn(now)
            self._hand_over()

    def _has_turn(self) -> bool:
        return self.room.drawing or self._delivery.waiting

    def _turn(self, now: float) -> None:
        """Everybody gets, in one write, what they lack."""
        self.perform(self.room.flush(now=now))
        self._pace.turn(now)
        stalled = {line for line, link in self._lines.items() if link.stalled}
        for line in self._delivery.cut_off(stalled):
            self._tell_all(line, now)
        for line, frames in self._delivery.collect(stalled):
            self._lines[line].write(frames)

    def _tell_all(self, line: Line, now: float) -> None:
        member = self._lines[line].member
        snapshot = self.room.snapshot(member, now=now)
        self._lines[line].say(snapshot)
        self._delivery.skip_to(line, snapshot.seq)

    # Effects

    def perform(self, effects: Sequence[Effect]) -> None:
        """Carry them out, and look again at when the room's next instant is."""
        for effect in effects:
            self._perform(effect)
        if effects:
            self._moved.set()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case fx.Append(entry=entry):
                self._delivery.append(entry)
                self._events.append(StoredEvent(entry.seq, entry.body, entry.personal, entry.hash))
            case fx.Answer():
                self._pending.wait(effect)
            case fx.Say(line=line, notice=notice):
                self._say(line, notice)
            case fx.Flash():
                self._delivery.flash(effect)
            case fx.Enter(line=line, member=member, staff=staff, seq=seq):
                self._lines[line].member = member
                self._delivery.enter(line, self._lines[line].codec, member, staff=staff, seq=seq)
            case fx.Hang(line=line, code=code, reason=reason):
                self._hang(line, code, reason)
            case fx.Salt(member=member, salt=salt):
                self._salts[member] = salt
            case fx.Publish():
                self._publish(effect)
            case fx.TakeAnswer(line=line, member=member, id=id, offer=offer, sdp=sdp):
                good = self._media.answer(member, offer, sdp)
                self.perform(self.room.took_answer(line, id, good=good))
            case fx.Want() | fx.Silence() | fx.StopTrack() | fx.Receive() | fx.EndMedia():
                self._media.perform(effect)
            case fx.Conclude():
                self._closing = asyncio.create_task(self._conclude(effect), name=f"conclude {self.id}")

    def _say(self, line: Line, notice: Any) -> None:
        if isinstance(notice, n.Error):
            self._metrics.refused[notice.code] += 1
        link = self._lines.get(line)
        if link is not None:
            link.say(notice)

    def _hang(self, line: Line, code: CloseCode, reason: str) -> None:
        link = self._lines.pop(line, None)
        if link is None:
            return
        self._metrics.hung[str(int(code))] += 1
        link.write(self._delivery.last_words(line))
        self._delivery.leave(line)
        link.hang(code, reason)

    def _publish(self, wanted: fx.Publish) -> None:
        tracks: Mapping[str, tuple[str, Source]] = wanted.tracks
        sdp = self._media.publish(wanted.member, wanted.sdp, tracks)
        self.perform(self.room.took_offer(wanted.line, wanted.id, tracks, sdp, now=self._clock.now()))

    # The store

    def _hand_over(self) -> None:
        """Give the store what has happened; answers follow when it is durable."""
        if self._events:
            batch = Batch(self.id, self._epoch, self._events, self._salts)
            self._events, self._salts = [], {}
            self._storing = self._store.append(batch)
            self._storing.add_done_callback(partial(self._committed, batch.events[-1].seq))
        else:  # commands that caused nothing wait only for what was before them
            self._answer(self._durable)

    async def settled(self) -> None:
        """Return when everything so far is durable.

        Raises:
            StoreFailed: it is not.
        """
        self._hand_over()
        if self._storing is not None:
            await self._storing

    def _answer(self, durable: int) -> None:
        self._durable = durable
        for line, ok in self._pending.durable(durable):
            self._say(line, ok)

    def _committed(self, seq: int, done: Future[None]) -> None:
        if done.cancelled() or (error := done.exception()) is not None:
            self._fail(None if done.cancelled() else error)
            return
        self._answer(seq)

    def _fail(self, error: BaseException | None) -> None:
        """What was shown cannot be kept: let everybody go, and the next to come finds what the disk has."""
        if self._over:
            return
        log.error("the store took no write; the room is let go", extra={"room": self.id}, exc_info=error)
        self._metrics.store_failures += 1
        self.crash()

    def crash(self) -> None:
        """Let everybody go; they resume, and find what the store has."""
        self.hang_all(CloseCode.BUG, "the server could not go on")
        self._finish()

    async def _conclude(self, end: fx.Conclude) -> None:
        """The record goes out before the store calls the room closed: a crash between repeats it, never loses it."""
        try:
            await self._publisher.publish(end.record)
            batch = Batch(
                self.id, self._epoch, self._events, self._salts, end.closed_ms, (end.id, orjson.dumps(end.record))
            )
            self._events, self._salts = [], {}
            await self._store.append(batch)
        except Exception as error:
            self._fail(error)
            return
        self._metrics.records_published += 1
        self._answer(self.room.log.seq)
        self.hang_all(CloseCode.ROOM_CLOSED, "the room is over")
        self._finish()

    # Leaving

    def hang_all(self, code: CloseCode, reason: str) -> None:
        for line in list(self._lines):
            self._hang(line, code, reason)

    async def leave(self) -> None:
        """This node is leaving: everybody is told, and the store has been handed all that happened."""
        self.perform(self.room.flush(now=self._clock.now()))
        self.hang_all(CloseCode.RESTART, "this server is leaving")
        self._hand_over()
        if self._closing is not None:
            await self._closing
        self._finish()

    def _finish(self) -> None:
        self._over = True
        self._media.close()
        self._moved.set()
        self._on_over(self)
