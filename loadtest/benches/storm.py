"""The power fails in thirty rooms in the middle of their lessons, and a thousand people come back at once.

Set up: each room gets 2,000 strokes of 20 points from its first five members (within the rate limits: 18 strokes a
second each), then the others join.  Then two members of each room chat twice a second, and in the middle of it the
server is killed (SIGKILL) and started again on the same store and port.  A probe connects every 10 ms; once it succeeds
(the listener is up) all members connect at once, each from an address of its own, and resume.  Who is turned away tries
again when the server said, or else after a random 50 to 300 ms.

- `resumed_s`: from the listener being up until the last member is back with all that they had missed: that is the
  member's own `member.back`, which stands in the log behind it, or the welcome when it brings a snapshot.  Who never
  comes back counts as `GIVE_UP_S`.
- `gaps`, `repeats`: events of the stored log that a member lacks, and events that a member got again, over both
  connections, summed over all members after one more line of chat has reached everybody (or `TAIL_S` is over); how they
  are counted: loadtest/ledger.py.  A server that shows an event, dies before it is stored and gives its `seq` away
  again must send a snapshot to whoever saw the first, else it is a repeat here.
- `not_resumed`: members who could not go on with the session that they had.
- `restart_s`: from the kill until the listener is up.  `by_snapshot`: members who were sent one.  `attempts`:
  connections that it took.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.client import Client

from ..ledger import Ledger, gaps
from ..measure import Figures, percentile
from ..pace import play
from ..pen import Pen
from ..plan import Size
from ..school import client, spread
from ..server import Server, ServerFailed
from ..swarm import AT_ONCE, Peer, TurnedAway, until

MEMBERS = 1_000
ROOMS = 30
STROKES = 2_000  # in each room
POINTS = 20  # in each stroke
CREW = 5  # who draw them
STROKES_HZ = 18  # of one member: three messages each, of 60 a second that are allowed
WINDOW = 6  # strokes that a member has not had answered
CHAT_HZ = 2
GIVE_UP_S = 60.0
TAIL_S = 10.0
delays = random.Random(11)


@dataclass(slots=True, eq=False)
class Member:
    """One person over two connections."""

    client: Client
    place: int
    ledger: Ledger = field(default_factory=Ledger)
    last_text: str = ""
    session: str = ""
    attempts: int = 0
    snapshots: int = 0
    back: float = 0.0  # when all that was missed had come; 0: not yet
    peer: Peer = field(init=False)

    async def connect(self, port: int) -> None:
        """
        Raises:
            TurnedAway, OSError: not now.
        """
        self.attempts += 1
        self.peer = Peer(self.client, on_welcome=self.welcomed)
        self.peer.listener = self.heard
        await self.peer.join(port, self.place)

    async def come_back(self, port: int, deadline: float) -> None:
        """Try until in, as a client does."""
        self.attempts, self.snapshots, self.back = 0, 0, 0.0
        while time.perf_counter() < deadline:
            try:
                async with asyncio.timeout(deadline - time.perf_counter()):
                    await self.connect(port)
                    return
            except (TurnedAway, OSError) as error:  # a TimeoutError is an OSError
                wait = error.retry_in_s if isinstance(error, TurnedAway) else None
                await asyncio.sleep(delays.uniform(0.05, 0.3) if wait is None else wait)

    def welcomed(self, welcome: n.Welcome) -> None:
        if welcome.resumed:
            self.ledger.resume(welcome.seq)
        else:
            self.snapshots += 1
            self.ledger.take_snapshot(welcome.seq)
            self.back = time.perf_counter()

    def heard(self, payload: bytes) -> None:
        message, _ = self.client.receive(payload)
        if isinstance(message, n.Snapshot):
            self.snapshots += 1
            self.ledger.take_snapshot(message.seq)
        elif isinstance(message, e.Event | e.StrokeExtended):
            self.ledger.take_event(message.seq)
            if isinstance(message, e.ChatMessage):
                self.last_text = message.text
            elif isinstance(message, e.MemberBack) and message.member == self.client.member:
                self.back = time.perf_counter()

    def chat(self, text: str) -> None:
        if self.peer.open:
            self.peer.ask(lambda id: c.SendChat(id=id, text=text))


Room = list[Member]


async def run(server: Server, size: Size) -> Figures:
    begun = time.perf_counter()
    rooms = await set_up(server, size)
    everybody = [member for room in rooms for member in room]
    setup_s = time.perf_counter() - begun
    for member in everybody:
        member.session = member.client.session

    lesson = asyncio.create_task(talk(rooms, min(2.0, size.seconds)))
    await asyncio.sleep(min(2.0, size.seconds) * 0.7)
    await server.kill()
    killed = time.perf_counter()
    await lesson
    await until(lambda: not any(member.peer.alive for member in everybody), within_s=TAIL_S)

    starting = asyncio.create_task(server.start())
    up = await server.listening(within_s=GIVE_UP_S)
    deadline = up + GIVE_UP_S
    await asyncio.gather(*(member.come_back(server.port, deadline) for member in everybody))
    await until(lambda: all(member.back for member in everybody), within_s=deadline - time.perf_counter())
    await starting
    took = [member.back - up if member.back else GIVE_UP_S for member in everybody]
    await last_word(rooms)
    return {
        "resumed_s": max(took),
        "resumed_p50_s": percentile(took, 0.5),
        "gaps": sum([await missed(room, server) for room in rooms]),
        "repeats": sum(member.ledger.repeats for member in everybody),
        "not_resumed": sum(not member.back or member.client.session != member.session for member in everybody),
        "restart_s": up - killed,
        "by_snapshot": sum(member.snapshots > 0 for member in everybody),
        "attempts": sum(member.attempts for member in everybody),
        "events_a_room": max(member.ledger.newest for member in rooms[0]),
        "setup_s": setup_s,
    }


async def set_up(server: Server, size: Size) -> list[Room]:
    """Rooms with their strokes and everybody in."""
    names = await server.rooms(size.of(ROOMS))
    places = count()
    rooms = [
        [
            Member(client(name, f"{name}-{i}", "student" if i else "teacher"), next(places))
            for i in range(max(2, people))
        ]
        for name, people in zip(names, spread(size.of(MEMBERS, least=2), len(names)), strict=True)
    ]
    await join([member for room in rooms for member in room[:CREW]], server.port)
    strokes = size.of(STROKES)
    async with asyncio.TaskGroup() as group:
        for room in rooms:
            crew = room[:CREW]
            for seed, (member, share) in enumerate(zip(crew, spread(strokes, len(crew)), strict=True)):
                group.create_task(draw(member, share, seed))
    await join([member for room in rooms for member in room[CREW:]], server.port)
    return rooms


async def join(members: list[Member], port: int) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(member: Member) -> None:
        async with gate:
            await member.connect(port)

    async with asyncio.TaskGroup() as group:
        for member in members:
            group.create_task(one(member))


async def draw(member: Member, strokes: int, seed: int) -> None:
    """So many strokes, never more than `WINDOW` ahead of the answers."""
    pen, begun = Pen(member.peer, seed), time.perf_counter()
    for number in range(strokes):
        wait = begun + number / STROKES_HZ - time.perf_counter()
        await asyncio.sleep(max(0.0, wait))
        while member.client.unanswered > 3 * WINDOW:
            if not member.peer.alive:
                raise ServerFailed("the server hung up on somebody who draws")
            await asyncio.sleep(0.01)
        pen.begin()
        pen.extend(POINTS)
        pen.finish()
    await until(lambda: member.client.unanswered == 0, within_s=TAIL_S)


async def talk(rooms: list[Room], seconds: float) -> None:
    """Two in each room chat, spread over the half second that each takes to the next line."""
    speakers = [member for room in rooms for member in room[:2]]
    rate = CHAT_HZ * len(speakers)
    turns = range(max(1, round(seconds * rate)))
    await play((turn / rate, partial(speakers[turn % len(speakers)].chat, f"line {turn}")) for turn in turns)


async def missed(room: Room, server: Server) -> int:
    """Events that the room's members lack."""
    return gaps((member.ledger for member in room), await server.log_for_all(room[0].client.room))


async def last_word(rooms: list[Room]) -> None:
    """One more line in each room, once everybody has it, or could have had it."""
    for room in rooms:
        room[0].chat("the last line")
    everybody = [member for room in rooms for member in room]
    await until(lambda: all(member.last_text == "the last line" for member in everybody), within_s=TAIL_S)
