"""The rooms of this node: made, opened from the store, found, let go."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count

import orjson

from sfu.core.orders import Record, Say
from sfu.shell.forwarding import Forwarding

from ..core.calendar import Calendar
from ..core.delivery import Delivery
from ..core.effects import Effect, Line
from ..core.forms import Booking, Form
from ..core.log import Broken
from ..core.room import NO_WORDS, Room
from ..core.state import RoomState
from ..core.words import Words
from .arrivals import SALT_BYTES
from .clock import SteadyClock
from .link import framed
from .lobbies import Lobbies
from .media import RoomMedia
from .metrics import Metrics
from .readback import read_back
from .recordings import Recordings
from .relays import Relays
from .runner import Runner
from .signing import Signer
from .store import RoomRow, Store, StoreFailed

log = logging.getLogger("roomserver.rooms")
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that a voice on the phone could mistake


class UnknownForm(ValueError):
    """The configuration has no form of that name."""


class Rooms:
    """Every room is open on one node at most: the epoch in the store sees to it."""

    def __init__(
        self,
        *,
        forms: Mapping[str, Form],
        calendar: Calendar,
        store: Store,
        media: Forwarding,
        relays: Relays,
        clock: SteadyClock,
        recordings: Recordings,
        signer: Signer,
        metrics: Metrics,
        source: str,
        words: Words = NO_WORDS,
        lobbies: Mapping[str, str] | None = None,
    ) -> None:
        """`lobbies`: the form of each that is kept open, by its name."""
        self._forms = forms
        self._calendar = calendar
        self._store = store
        self._forwarding = media
        self._relays = relays
        self._clock = clock
        self._recordings = recordings
        self._signer = signer
        self._metrics = metrics
        self._source = source
        self._words = words
        self._open: dict[str, Runner] = {}
        self._opening: dict[str, asyncio.Future[Runner | None]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._broken: set[str] = set()
        self.new_line: Callable[[], Line] = count(1).__next__
        self.leaving = False
        self._lobbies = Lobbies(self, lobbies or {}, clock)

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Runner]:
        """Those that are open here now, whatever happens meanwhile."""
        return iter(list(self._open.values()))

    @property
    def connections(self) -> int:
        return sum(runner.lines for runner in self._open.values())

    @property
    def failing(self) -> int:
        """Rooms whose events the store does not take now."""
        return sum(runner.failing for runner in self._open.values())

    def get(self, room: str) -> Runner | None:
        """A room that is open here now."""
        return self._open.get(room)

    def form(self, name: str) -> Form | None:
        return self._forms.get(name)

    def newest(self, prefix: str, form: str) -> Runner | None:
        """Of the rooms of a form open here whose ids begin so and that are not over, the last to be made."""
        begun = [runner for id, runner in self._open.items() if id.startswith(prefix)]
        states = [(runner, runner.room.state) for runner in begun]
        found = [runner for runner, state in states if state.booking.form == form and not state.is_closed]
        return max(found, key=lambda runner: runner.room.state.opened_at_ms, default=None)

    async def create(self, booking: Booking, *, expected: Sequence[str] = ()) -> Runner:
        """A new room; durable on return.  `expected`: the identities that should come.

        Raises:
            UnknownForm: there is no such form.
            OutsideWindow: there can be no such room at that time.
            ValueError: a room of that id exists.
            StoreFailed: it could not be kept.
        """
        form = self._forms.get(booking.form)
        if form is None:
            raise UnknownForm(f"there is no form {booking.form!r}")
        while (opening := self._opening.get(booking.room)) is not None:  # somebody asks for it, or makes it
            await asyncio.wait([opening])
        if booking.room in self._open:
            raise ValueError(f"room {booking.room} exists")
        making: asyncio.Future[Runner | None] = asyncio.get_running_loop().create_future()
        self._expect(booking.room, making)
        runner: Runner | None = None
        try:
            runner = await self._make(booking, form, expected)
        finally:
            making.set_result(runner)
        await runner.settled()
        return runner

    def _expect(self, room: str, opening: asyncio.Future[Runner | None]) -> None:
        """Whoever comes for the room meanwhile waits."""

        def forget(_: object) -> None:
            if self._opening.get(room) is opening:
                del self._opening[room]

        self._opening[room] = opening
        opening.add_done_callback(forget)

    def ensure(
        self, booking: Booking, expected: Sequence[str], *, after: Callable[[], Awaitable[None]]
    ) -> asyncio.Future[Runner | None]:
        """The room for these identities and nobody else: made, after `after`, if it never was; None: it is over.

        Raises:
            UnknownForm, ValueError, StoreFailed: as `create`; also what `after` raises.
        """
        before = self._opening.get(booking.room)
        ensuring = asyncio.ensure_future(self._ensure(booking, expected, before, after))
        self._expect(booking.room, ensuring)
        return ensuring

    async def _ensure(
        self,
        booking: Booking,
        expected: Sequence[str],
        before: asyncio.Future[Runner | None] | None,
        after: Callable[[], Awaitable[None]],
    ) -> Runner | None:
        if before is not None:
            await asyncio.wait([before])
        await after()
        runner = self._open.get(booking.room) or await self._reopen(booking.room)
        if runner is not None or await self.is_over(booking.room):
            return runner
        if (form := self._forms.get(booking.form)) is None:
            raise UnknownForm(f"there is no form {booking.form!r}")
        return await self._make(booking, form, expected)

    async def _make(self, booking: Booking, form: Form, expected: Sequence[str]) -> Runner:
        now, epoch = self._clock.now(), 1
        opening = self._calendar.place(form, booking, now_ms=round(now * 1000))
        meta = {"form": booking.form, "subject": booking.subject, "topic": booking.topic}
        try:
            await self._store.create(RoomRow(booking.room, epoch, round(now * 1000), None, orjson.dumps(meta)))
        except ValueError:
            stored = None if await self._store.events(booking.room, limit=1) else await self._store.open(booking.room)
            if stored is None or stored.checkpoint is not None or stored.row.forgotten_ms is not None:
                raise
            epoch = stored.row.epoch  # STORE-11
        if self.leaving:
            raise StoreFailed("this server is leaving")  # the room is made when it is asked for again: STORE-11
        salted = [(identity, secrets.token_bytes(SALT_BYTES)) for identity in dict.fromkeys(expected)]
        room, effects = Room.create(
            booking, form, now=now, opening=opening, source=self._source, words=self._words, expected=salted
        )
        return self._start(room, Delivery(framed), epoch, effects)

    async def find(self, room: str) -> Runner | None:
        """The room, opened from the store when it is not open here; None: there is none, or it is over.

        By its name a lobby is found, whichever room it is now.
        """
        if room in self._lobbies:
            return await self._lobbies.find(room)
        if (runner := self._open.get(room)) is not None:
            return runner
        if (opening := self._opening.get(room)) is None:
            opening = asyncio.ensure_future(self._reopen(room))
            self._expect(room, opening)
        return await asyncio.shield(opening)

    async def is_over(self, room: str) -> bool:
        row = await self._store.row(room)
        return row is not None and row.closed_ms is not None

    async def reopen_all(self) -> None:
        """Open every room that was alive when the node stopped: their clocks have gone on."""
        after = ""
        while rows := await self._store.rooms(live=True, after=after):
            for row in rows:
                try:
                    await self.find(row.room)
                except Exception:  # one room that cannot be opened keeps no other from it
                    log.exception("a room could not be opened", extra={"room": row.room})
            after = rows[-1].room

    async def _reopen(self, room: str) -> Runner | None:
        if room in self._broken or self.leaving:
            return None
        row = await self._store.row(room)
        if row is None or row.closed_ms is not None:
            return None
        stored = await self._store.open(room)
        if stored is None or self.leaving:
            return None
        if not stored.events and stored.checkpoint is None and row.forgotten_ms is None:  # STORE-11
            return None
        try:
            found = await read_back(stored, self._store)
        except Broken:
            log.exception("the stored log does not fit its hashes; the room stays closed", extra={"room": room})
            self._broken.add(room)
            return None
        state = found.state
        left = await self._store.ledger.elsewhere(state.claimants(), room)
        if self.leaving:
            return None
        self._clock.not_before((state.opened_at_ms + state.newest_at) / 1000)
        epoch, now = stored.row.epoch, self._clock.now()
        reopened, effects = Room.reopen(state, found.log, epoch=epoch, now=now, source=self._source, words=self._words)
        runner = self._start(reopened, found.delivery, epoch, effects, checkpoint=found.checkpoint)
        for identity in left:  # the node died before that was stored here (CLAIM-1)
            runner.replaced(identity)
        return runner

    def _start(
        self, room: Room, delivery: Delivery, epoch: int, effects: list[Effect], *, checkpoint: int = 0
    ) -> Runner:
        id = room.state.booking.room
        runner = Runner(
            room,
            delivery,
            epoch=epoch,
            checkpoint=checkpoint,
            clock=self._clock,
            store=self._store,
            open_media=partial(self._media, room.state),
            relays=self._relays,
            recordings=self._recordings,
            signer=self._signer,
            metrics=self._metrics,
            on_over=self._forget,
            on_lesson=self._lobbies.perform,
        )
        self._open[id] = runner
        runner.perform(effects)
        task = asyncio.create_task(self._run(runner), name=f"room {id}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return runner

    async def _run(self, runner: Runner) -> None:
        """A room whose own time meets a bug of ours is let go; whoever comes next opens it from the store."""
        try:
            await runner.run()
        except Exception:
            log.exception("a bug stopped the room", extra={"room": runner.id})
            runner.crash()

    def _media(self, state: RoomState, say: Say) -> RoomMedia:
        room = state.booking.room

        def record() -> Record:
            elapsed_s = self._clock.now() - state.opened_at_ms / 1000
            return Record(str(self._recordings.directory(room)), time.monotonic() - elapsed_s)

        return RoomMedia(self._forwarding, room, say, record=record if state.form.record else None)

    def _forget(self, runner: Runner) -> None:
        if self._open.get(runner.id) is runner:
            del self._open[runner.id]

    async def leave(self) -> None:
        """Say goodbye in every room, and hand what happened to the store."""
        self.leaving = True
        await asyncio.gather(*(runner.leave() for runner in list(self._open.values())))
        await asyncio.gather(*self._running)


def new_room_id() -> str:
    return "r-" + "".join(secrets.choice(ALPHABET) for _ in range(10))
