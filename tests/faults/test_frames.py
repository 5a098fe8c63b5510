"""Ten thousand frames that no client should send, with each codec and at each stage of a connection."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codec import JSON, MSGPACK, Codec
from protocol.codes import CloseCode
from tests.support.examples import COMMANDS
from tests.support.member import Member
from tests.support.server import ServerProcess, eventually, forms, serving, token

from .evidence import evidence, rss_mb, unharmed
from .mutants import Mutants
from .soak import SOAK_S, many, seeded
from .wire import BINARY, PING, TEXT, Wire, framed

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRAMES = many(2_000, a_second=1_000)  # for each codec and stage: six of these
AT_ONCE = 8  # connections
A_ROOM = 120  # connections, then another room: a board that grew with every frame would slow all down
STUDENTS = 100  # of a room; each has rates of their own, also for saying hello
GROWTH_MB = 60
ON_TIME_S = 2.0
CODECS = pytest.mark.parametrize("codec", [JSON, MSGPACK], ids=["json", "msgpack"])
HANG_UPS = frozenset(CloseCode) - {CloseCode.BUG, CloseCode.NORMAL, CloseCode.GOING_AWAY, CloseCode.RESTART}
FORMS = forms(one_to_many={"student_can": ["chat", "draw", "speak"], "duration_s": 3_600})


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path_factory.mktemp("frames"), forms=FORMS) as server:
        yield server


@dataclass
class Storm:
    """Connections, one after the other, that say what they should not."""

    server: ServerProcess
    codec: Codec
    chance: random.Random
    mutants: Mutants = field(init=False)
    codes: Counter[int] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    rooms: dict[str, int] = field(default_factory=dict)  # -> connections so far
    closed: bool = False  # the rooms are
    witnessed: str = ""  # a room whose members must not notice; only students go there
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.mutants = Mutants(self.codec, self.chance)

    async def room(self) -> str:
        async with self._making:
            for room, connections in self.rooms.items():
                if connections < A_ROOM:
                    self.rooms[room] += 1
                    return room
            room = await self.server.room("one_to_many")
            self.rooms[room] = 1
            if self.closed:
                await self.close(room)
            return room

    async def close(self, room: str) -> None:
        """Everybody has been there: the closed room lets them in again, to say how it was."""
        teacher = await Member(self.server.ws, room, token("t", "teacher")).connect()
        for number in range(STUDENTS):
            wire = await self.knock(room, f"s{number}")
            assert isinstance(JSON.decode_down(await wire.message()), n.Welcome)
            wire.cut()
        await teacher.ask(lambda id: c.EndRoom(id=id))
        await teacher.leave()

    async def knock(self, room: str, who: str, codec: Codec = JSON) -> Wire:
        wire = await Wire.open(self.server.host, self.server.port, codec)
        role = "teacher" if who == "t" else "student"
        wire.send(codec.encode(c.Hello(id=1, room=room, token=token(who, role))))
        return wire

    async def before_hello(self) -> None:
        wire = await Wire.open(self.server.host, self.server.port, self.codec)
        hello = {"type": "hello", "id": 1, "room": await self.room(), "token": token("s1", "student")}
        wire.send(self.mutants.hello(hello), self.mutants.noise() or b"[", b"[")
        await self.judge(wire)

    async def after_hello(self) -> None:
        if self.witnessed and self.chance.random() < 0.2:
            room, who = self.witnessed, f"s{self.chance.randrange(STUDENTS)}"
        else:
            student = f"s{self.chance.randrange(STUDENTS)}"
            room, who = await self.room(), "t" if self.chance.random() < 0.08 else student
        wire = await self.knock(room, who, self.codec)
        first = self.codec.decode_down(await wire.message())
        if isinstance(first, n.Welcome):
            frames = [self.mutants.sane(first.member, id) for id in range(2, self.chance.choice([3, 9]))]
            frames += [self.mutants.odd(first.member, id) for id in range(9, self.chance.choice([10, 14]))]
            if self.chance.random() < 0.2:
                frames += self.chance.choices(frames, k=3)  # again, and out of order
            self.chance.shuffle(frames)
            wire.send(*frames, self.mutants.noise(), b"[")
        await self.judge(wire)

    async def judge(self, wire: Wire) -> None:
        """The server answers in its protocol, and hangs up with one of its codes."""
        code, messages = await wire.to_the_end()
        wire.cut()
        self.codes[code] += 1
        assert code in HANG_UPS, (code, messages[-1:])
        for frame in messages:
            said = self.codec.decode_down(frame)
            assert said is not None
            if isinstance(said, n.Error):
                self.answers[said.code] += 1

    async def rage(self, connection: Callable[[], Awaitable[None]], frames: int) -> None:
        """Until the server has read so many."""
        until = await self.server.metric("roomserver_messages_total") + frames

        async def one_after_the_other() -> None:
            while not over.is_set():
                await connection()

        async def enough() -> bool:
            return await self.server.metric("roomserver_messages_total") >= until

        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(one_after_the_other())
            await eventually(enough, within_s=60 + 5 * SOAK_S)
            over.set()


async def watch(server: ServerProcess, room: str, over: asyncio.Event) -> None:
    """A teacher and a student who go on with their lesson."""
    teacher = await Member(server.ws, room, token("witness-t", "teacher")).connect()
    student = await Member(server.ws, room, token("witness-s", "student"), MSGPACK).connect()
    said = 0
    while not over.is_set():
        async with asyncio.timeout(ON_TIME_S):
            text = f"witness {said}"
            assert isinstance(await teacher.ask(lambda id, text=text: c.SendChat(id=id, text=text)), n.Ok)  # type: ignore[misc]
            await student.hear(e.ChatMessage, lambda one, text=text: one.text == text)  # type: ignore[misc]
        said += 1
        await asyncio.sleep(0.25)
    assert (teacher.close_code, student.close_code) == (None, None)
    await teacher.leave()
    await student.leave()
    log = await evidence(server, room, seq=max(teacher.client.seq, student.client.seq))
    for member in (teacher, student):
        log.check_heard(member.client.member, member.messages, staff=member is teacher)


@pytest.mark.timeout(120 + 6 * SOAK_S)
@pytest.mark.parametrize("stage", ["before hello", "after hello", "after the room closed"])
@CODECS
async def test_frames_that_no_client_should_send(server: ServerProcess, codec: Codec, stage: str) -> None:
    storm = Storm(server, codec, seeded(f"frames {codec.subprotocol} {stage}"))
    storm.closed = stage == "after the room closed"
    if stage == "after hello":
        storm.witnessed = await server.room("one_to_many")
    before, over = rss_mb(server), asyncio.Event()
    watching = asyncio.create_task(watch(server, storm.witnessed or await server.room("one_to_many"), over))
    await storm.rage(storm.before_hello if stage == "before hello" else storm.after_hello, FRAMES)
    over.set()
    await watching
    print(f"{stage}: {dict(storm.codes)}, {dict(storm.answers)}, grown by {rss_mb(server) - before:.0f} MB")
    assert storm.codes[CloseCode.VIOLATION] > FRAMES / 40
    assert rss_mb(server) - before < GROWTH_MB * max(1, FRAMES / 10_000)
    assert await server.metric("roomserver_hung_up_total", code="1011") == 0
    unharmed(server)


@CODECS
async def test_every_beginning_of_every_message_is_a_violation(server: ServerProcess, codec: Codec) -> None:
    """A frame that was cut short says nothing, however much of it has come."""
    chance = seeded(f"cuts {codec.subprotocol}")
    storm = Storm(server, codec, chance)
    room = await server.room("one_to_many")
    for number, example in enumerate(COMMANDS):
        frame = codec.encode(example.message)
        if len(frame) > 3_000:
            continue
        for cut in {0, 1, len(frame) - 1, *(chance.randrange(len(frame)) for _ in range(2))}:
            wire = await storm.knock(room, f"s{number % STUDENTS}", codec)
            wire.send(frame[:cut])
            code, _ = await wire.to_the_end()
            assert code in (CloseCode.VIOLATION, CloseCode.NOT_TEXT), frame[:cut]  # perhaps within a character
            wire.cut()
    unharmed(server)


@CODECS
async def test_commands_that_come_twice_and_out_of_order_count_once(server: ServerProcess, codec: Codec) -> None:
    chance = seeded(f"order {codec.subprotocol}")
    room = await server.room("one_to_many")
    teacher = await Member(server.ws, room, token("t", "teacher"), codec).connect()
    ids = sorted(chance.choices(range(1, 40), k=60), key=lambda id: id + chance.randrange(6))
    taken, newest = [], 0
    for id in ids:
        if id > newest:
            taken.append(id)
        newest = max(newest, id)
        await teacher.raw(teacher.client.encode(c.SendChat(id=id, text=f"line {id}", to="staff")))
        if len(taken) % 8 == 0:
            await asyncio.sleep(0.3)  # chat has a rate
    await teacher.hear(n.Ok | n.Error, lambda said: said.id == newest)
    log = await evidence(server, room, seq=teacher.client.seq)
    refused = {said.id for said in teacher.messages if isinstance(said, n.Error)}
    assert log.texts() == [f"line {id}" for id in taken if id not in refused]
    assert len(log.texts()) > 10
    log.check_heard(1, teacher.messages, staff=True)
    await teacher.leave()


async def test_a_line_that_is_cut_in_the_middle_of_a_frame_is_a_lost_line(server: ServerProcess) -> None:
    room = await server.room("one_to_many")
    teacher = await Member(server.ws, room, token("t", "teacher")).connect()
    storm = Storm(server, JSON, seeded("lines"))
    whole = framed(TEXT, JSON.encode(c.SendChat(id=1, text="half of this")))
    for cut in range(1, len(whole)):
        mark = len(teacher.messages)
        wire = await storm.knock(room, f"s{cut}")
        await wire.message()
        wire.writer.write(whole[:cut])
        await wire.writer.drain()
        wire.cut()
        await teacher.hear(e.MemberAway, since=mark)
    assert not any(isinstance(said, e.ChatMessage) for said in teacher.messages)
    await teacher.leave()
    unharmed(server)


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x01\x80\x00\x00\x00\x00\x81\x80\x00\x00\x00\x00",  # a message within a message
        b"\x83\x80\x00\x00\x00\x00",  # an opcode that is none
        b"\xc1\x80\x00\x00\x00\x00",  # a bit that nobody agreed on
        b"\x81\x01x",  # not masked
        framed(PING, b"x" * 126),  # too long for what it is
        framed(BINARY, b"x")[:-1] + b"\x00\x01" * 50,
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",  # as long as a number can say
        b"\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00",  # 64 KiB and one
    ],
)
async def test_bytes_that_are_no_websocket_end_that_line_alone(server: ServerProcess, bytes_: bytes) -> None:
    room = await server.room("one_to_many")
    teacher = await Member(server.ws, room, token("t", "teacher")).connect()
    storm = Storm(server, JSON, seeded("bytes"))
    wire = await storm.knock(room, "s1")
    await wire.message()
    wire.writer.write(bytes_)
    code, _ = await wire.to_the_end()
    wire.cut()
    assert code in (1002, CloseCode.NOT_TEXT, CloseCode.TOO_BIG)
    await teacher.hear(e.MemberAway)
    assert isinstance(await teacher.ask(lambda id: c.SendChat(id=id, text="still here")), n.Ok)
    await teacher.leave()
    unharmed(server)
