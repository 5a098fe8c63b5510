"""The programme's server on one evening: its node, which dies now and then, its doors, and what was said at them.

The node is the server's own rooms, lobby, gate, ledger and store.  There are no sockets: whoever comes is led in as
`shell/attendant.py` does it, and hears through a `Client`.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import orjson

from protocol import commands as c
from protocol import notices as n
from protocol.codec import JSON
from protocol.codes import CloseCode, ErrorCode
from protocol.fields import Role
from roomserver.core import evaluation
from roomserver.core.arrival import Arrival
from roomserver.core.calendar import Calendar, Dates
from roomserver.core.errors import Refused
from roomserver.core.forms import LOBBY, ONE_TO_MANY, ONE_TO_ONE, Booking
from roomserver.core.ledger import Ask, Ended, week_of
from roomserver.shell.gate import Gate
from roomserver.shell.link import Link
from roomserver.shell.runner import Runner
from roomserver.shell.store import Batch, RoomRow, StoreFailed
from tests.roomserver.shell.nodes import DeafLink, node

from .machinery import SECOND_TURNS, LoopStore, SecondsClock, turns

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGINS = datetime(2026, 11, 26, 17, 55, tzinfo=SHANGHAI).timestamp()  # a Thursday
ENDS = datetime(2026, 11, 26, 21, 5, tzinfo=SHANGHAI).timestamp()
LOBBY_NAME = "evening"
FORMS = {
    "one_to_one": ONE_TO_ONE,
    "one_to_many": msgspec.structs.replace(ONE_TO_MANY, record=False),  # nobody publishes: there is nothing to record
    "lobby": LOBBY,
}
HEARD = (b'"call.', b'"room.closed"')  # all that people here listen for, among what is written to them
DOWN_S = 20  # it is away at most
lines = count(1)


@lru_cache(maxsize=512)
def messages(frames: bytes) -> Sequence[Any]:
    """What ready frames say: RFC 6455 5.2, unmasked.  Thousands get the same bytes."""
    found, at = [], 0
    while at < len(frames):
        size, head = frames[at + 1], 2
        if size >= 126:
            head = 4 if size == 126 else 10
            size = int.from_bytes(frames[at + 2 : at + head], "big")
        found.append(JSON.decode_down(frames[at + head : at + head + size].decode()))
        at += head + size
    return found


class Client(DeafLink):
    """One line to one room.  `hung`: the code with which it was closed; `refused`: why its owner was not let in."""

    def __init__(self, world: "World", room: str, arrival: Arrival) -> None:
        self.line = next(lines)
        self.arrival = arrival
        self.room, self.session = room, ""
        self.runner: Runner | None = None
        self.hung: CloseCode | None = None
        self.refused: n.Error | None = None
        self._world = world
        self._heard: deque[Any] = deque()
        self._news = asyncio.Event()
        self._sent = 0

    def write(self, frames: bytes) -> None:
        if any(mark in frames for mark in HEARD):
            self._hear(*messages(frames))

    def say(self, notice: Any) -> None:
        match notice:
            case n.Welcome():
                self.session, self._sent = notice.session, notice.last_id
            case n.Error() if not self.session:
                self.refused = notice
            case n.Ok() | n.Error():
                self._hear(notice)

    def hang(self, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None:
        self.hung = self.hung or code
        self._news.set()

    def _hear(self, *said: Any) -> None:
        self._heard.extend(said)
        self._news.set()

    async def hears(self, *kinds: type[Any], within: float) -> Any:
        """The next message of these kinds; None: not in so many seconds, or the line is gone."""
        until = self._world.clock.now() + within
        while True:
            while self._heard:
                if isinstance(said := self._heard.popleft(), kinds):
                    return said
            if self.hung is not None or self._world.clock.now() >= until:
                return None
            self._news.clear()
            await self._world.clock.wait(self._news, until)

    def forgets(self) -> None:
        """What has been heard is of no interest any more."""
        self._heard.clear()

    def does(self, command: type[c.RoomCommand], **fields: Any) -> None:
        if self.hung is None and self.runner is not None:
            self._sent += 1
            self.runner.receive(self.line, command(id=self._sent, **fields))

    async def meets(self, command: type[c.Meeting], **fields: Any) -> None:
        """As the attendant does it: what the door of a lesson would say is asked first."""
        if self.hung is not None or self.runner is None:
            return
        self._sent += 1
        made = command(id=self._sent, **fields)
        asked = self.runner.asks(self.line, made)
        try:
            barred = None if asked is None else await self._world.gate.foresee(asked, self.arrival)
        except StoreFailed:
            self.runner.refuse(self.line, made.id)
            return
        if barred is not None:
            self._world.barred[barred.refused.code] += 1
        self.runner.receive(self.line, made, barred=barred)

    def goes(self, *, for_good: bool = True) -> None:
        """Say goodbye, or lose the line."""
        if self.hung is None and self.runner is not None:
            self.hung = CloseCode.NORMAL
            self.runner.lost(self.line, for_good=for_good)


@dataclass(frozen=True, slots=True)
class Left:
    """What a token says that its teacher has left of their week, and when it was made."""

    seconds: int
    made_ms: int


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody stood at a door.  `code`: why they were not let in; `asked`: was it for the ledger to say?

    `unavailable`: the node died before it said anything, and nobody knows what the ledger did.
    """

    at_ms: int
    identity: str
    role: Role
    left: Left | None  # as their token says
    room: str
    form: str
    asked: bool
    code: ErrorCode | None


class World:
    """`visits`: all that came to doors, in order.  `spent_ms`: what teachers had used of their week before."""

    def __init__(self, path: Path, seed: int) -> None:
        self.chance = random.Random(f"world {seed}")
        self.clock = SecondsClock(BEGINS)
        self.store = LoopStore.begin(path, self.chance)
        self.visits: list[Visit] = []
        self.barred = Counter[ErrorCode]()  # with what the lobby let no lesson be
        self.spent_ms: dict[str, int] = {}
        self.classes: dict[str, str] = {}  # one-to-many rooms that are announced: room -> teacher
        self.deaths = 0
        self.people: set[asyncio.Task[Any]] = set()
        self._main = asyncio.current_task()
        self._dies_at_a_door = False
        self._numbers = count(1)
        self._start()

    def _start(self) -> None:
        calendar = Calendar(Dates(), SHANGHAI)
        self.rooms = node(self.store, self.clock, forms=FORMS, lobbies={LOBBY_NAME: "lobby"}, calendar=calendar)
        self.gate = Gate(self.rooms, self.store.ledger, self.clock, SHANGHAI)

    @property
    def now_ms(self) -> int:
        return round(self.clock.now() * 1000)

    # Time

    async def node_dies(self) -> None:
        """In the middle of a second: any, or that in which a door is about to open for somebody with more at stake.

        What was not committed is lost.  The node's rooms are opened again from the store.
        """
        self.deaths += 1
        self.clock.step()
        if self.chance.random() < 0.5:
            await turns(self.chance.randrange(SECOND_TURNS))
            self.dies()
        else:
            self._dies_at_a_door = True
            while self._dies_at_a_door and self.clock.now() < ENDS - DOWN_S:
                await self.clock.advance(1)
        await self.clock.advance(self.chance.randrange(DOWN_S))
        await self.restarts()

    def dies(self) -> None:
        self._dies_at_a_door = False
        self.rooms.leaving = True
        self.store.die()
        for task in sorted(asyncio.all_tasks() - self.people - {self._main}, key=asyncio.Task.get_name):
            task.cancel()
        for runner in self.rooms:
            runner.crash()

    async def restarts(self) -> None:
        self._start()
        await self.rooms.reopen_all()

    # Doors

    async def comes(
        self, identity: str, role: Role, room: str, *, before: Client | None = None, left: Left | None = None
    ) -> Client:
        """Somebody comes to a door, with the session they had `before` if they lost its line."""
        session = f"session {next(self._numbers)} of {identity}"
        resume = None if before is None else c.Resume(session=before.session, epoch=0, seq=0)
        arrival = Arrival(identity, identity, role, "school 1", session, session.encode())
        if left is not None:
            arrival = replace(arrival, remaining_s=left.seconds, issued_ms=left.made_ms)
        client = Client(self, room, arrival)
        try:
            await self._led_in(client, c.Hello(id=1, room=room, resume=resume), arrival, left)
        except StoreFailed:
            client.hang(CloseCode.TOO_MUCH, "the store does not answer")
        except asyncio.CancelledError:
            if (me := asyncio.current_task()) is None or me.cancelling():
                raise
            client.hang(CloseCode.BUG, "the node died that was to lead them in")
        return client

    async def _led_in(self, client: Client, hello: c.Hello, arrival: Arrival, left: Left | None) -> None:
        """As the attendant leads: nothing is waited for between the gate's word and the room."""
        runner = await self.rooms.find(hello.room)
        if runner is None:
            client.hang(CloseCode.NO_ROOM, "there is no such room, or it is over")
            return
        client.runner, booking = runner, runner.room.state.booking
        asked = runner.is_asked(hello, arrival)

        def said(code: ErrorCode | None) -> None:
            where = (booking.room, booking.form)
            self.visits.append(Visit(self.now_ms, arrival.identity, arrival.role, left, *where, asked, code))

        try:
            if asked:
                arrival = await self.gate.ask(booking, runner.room.state.form, arrival)
                said(None)
                if self._dies_at_a_door and (arrival.granted.replaces or arrival.granted.reserved_ms):
                    self.dies()
                    client.hang(CloseCode.BUG, "the node has died")
                    return
            runner.enter(cast(Link, client), hello, arrival)
        except Refused as refused:
            said(refused.code)
            runner.turn_away(cast(Link, client), hello, refused)
        except StoreFailed:
            said(ErrorCode.UNAVAILABLE)
            raise
        else:
            if not asked:
                said(None if client.refused is None else client.refused.code)

    async def announces(self, teacher: str, *, told: bool = True) -> str | None:
        """A one-to-many class is made, and pupils are `told` of it; None: there can be none now."""
        room = f"class-{next(self._numbers)}"
        try:
            await self.rooms.create(Booking(room=room, form="one_to_many", subject="physics"))
        except (Refused, StoreFailed):
            return None
        if told:
            self.classes[room] = teacher
        return room

    async def evaluates(self, identity: str, room: str, score: int) -> None:
        """As `POST /v1/evaluations` does it, for a room whose record is made."""
        given = c.Evaluate(id=1, score=score)
        envelope = evaluation.envelope(room, identity, given, now_ms=self.now_ms, source="tests")
        with suppress(StoreFailed):
            await self.store.ledger.evaluate(identity, room, (envelope["id"], orjson.dumps(envelope)))

    async def taught_before(self, teacher: str, seconds: int) -> None:
        """Earlier in the week, in rooms of half an hour."""
        self.spent_ms[teacher] = seconds * 1000
        at_ms = self.now_ms - 86_400_000
        form, week = FORMS["one_to_many"], week_of(at_ms, "monday", SHANGHAI)
        for part, begin in enumerate(range(0, seconds, form.duration_s)):
            room = f"before-{teacher}-{part}"
            await self.store.create(RoomRow(room, 1, at_ms, None, b"{}"))
            await self.store.ledger.reserve(Ask(teacher, "teacher", room, form, at_ms, week))
            used_ms = min(form.duration_s, seconds - begin) * 1000
            ended = Ended(at_ms, {teacher: used_ms})
            await self.store.append(Batch(room, 1, (), closed_ms=at_ms, postings=(ended,)))
