"""Clients that stop reading: nobody else notices, the server keeps nothing for them, and they miss nothing."""

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codec import JSON, MSGPACK
from protocol.codes import ErrorCode
from tests.support.member import Member
from tests.support.server import forms, serving, token

from .evidence import evidence, rss_mb, unharmed
from .soak import SOAK_S, many

STALLED = 20
TALKING = 24
LONG = "🙂" * 1_950  # 8 kB a line
FEW = 2  # of each: a snapshot would be no smaller than all that was missed
LINES = [FEW, 32, *([55] if SOAK_S else [])]  # 0.4 MB; 6 MB, more than the snapshot; 10 MB, more than the window
ON_TIME_S = 3.0  # the machine is busy; a class is served within 150 ms
HELD_MB = 60  # what the lines cost the room itself; a queue for each who stopped would be 6 MB more
FORMS = forms(one_to_many={"student_can": ["chat", "draw"], "duration_s": 3_600})


class Reader(Member):
    """A member whose program stops taking what its socket has."""

    def stop_reading(self) -> None:
        """What the kernel keeps grows only while somebody reads."""
        self._socket.transport.pause_reading()

    def read_on(self) -> None:
        self._socket.transport.resume_reading()


async def talk(member: Member, lines: int) -> None:
    """Long lines, as fast as they may come."""
    for number in range(lines):
        text = f"{number} {LONG}"
        while isinstance(answer := await member.ask(lambda id, text=text: c.SendChat(id=id, text=text)), n.Error):  # type: ignore[misc]
            assert answer.code is ErrorCode.RATE_LIMITED
            await asyncio.sleep(answer.retry_in_s or 0)


async def probe(teacher: Member, viewer: Member, done: asyncio.Event) -> list[float]:
    """How long a line of chat takes from one to the other meanwhile, in seconds."""
    took: list[float] = []
    while not done.is_set():
        begun, text = monotonic(), f"probe {len(took)}"
        await teacher.send(lambda id, text=text: c.SendChat(id=id, text=text))  # type: ignore[misc]
        await viewer.hear(e.ChatMessage, lambda said, text=text: said.text == text)  # type: ignore[misc]
        took.append(monotonic() - begun)
        await teacher.raw(teacher.client.encode(c.MovePointer(1, len(took), 1, False)))
        await asyncio.sleep(0.3)
    return took


@pytest.mark.timeout(120)
@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("time", range(many(1, a_second=0.1)))
@pytest.mark.rule("DELIVER-3", "DELIVER-4", "DELIVER-5", "SLOW-1")
async def test_who_stops_reading_costs_nobody_and_misses_nothing(tmp_path: Path, time: int, lines: int) -> None:
    async with serving(tmp_path, forms=FORMS) as server:
        room = await server.room("one_to_many")
        teacher = await Member(server.ws, room, token("t", "teacher"), MSGPACK).connect()
        viewer = await Member(server.ws, room, token("v", "student"), MSGPACK).connect()
        talking = [await Member(server.ws, room, token(f"w{i}", "student")).connect() for i in range(TALKING)]
        stalled = [
            await Reader(server.ws, room, token(f"r{i}", "student"), JSON if i % 2 else MSGPACK).connect()
            for i in range(STALLED)
        ]
        await teacher.raw(teacher.client.encode(c.MovePointer(1, 9_999, 1, False)))
        for reader in stalled:
            await reader.hear(n.Pointer)
        before = rss_mb(server)
        for reader in stalled:
            reader.stop_reading()

        done = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            probing = group.create_task(probe(teacher, viewer, done))
            await asyncio.gather(*(talk(member, lines) for member in talking))
            done.set()
        took = probing.result()
        grown = rss_mb(server) - before
        log = await evidence(server, room)
        sent = sum(len(entry.body) + len(entry.personal or b"") for entry in log.entries)
        print(f"{sent / 1e6:.1f} MB, grown by {grown:.0f} MB, on time within {max(took):.2f} s of {len(took)}")
        assert sent > TALKING * lines * 7_500
        assert max(took) < ON_TIME_S
        assert grown < HELD_MB
        assert all(reader.close_code is None for reader in stalled)

        for reader in stalled:
            reader.read_on()
        await teacher.ask(lambda id: c.SendChat(id=id, text="the end"))
        for member in (viewer, *talking, *stalled):
            await member.until(lambda member=member: heard_the_end(member))  # type: ignore[misc]
        log = await evidence(server, room, seq=teacher.client.seq)
        for member in (teacher, viewer, *talking, *stalled):
            log.check_heard(member.client.member, member.messages, staff=member is teacher)
        for reader in stalled:
            pointed = {said.x for said in reader.messages if isinstance(said, n.Pointer)}
            assert len(pointed) <= 4  # those before the kernel was full, and the newest
            assert reader.close_code is None
            assert any(isinstance(said, n.Snapshot) for said in reader.messages) is (lines > FEW)
        unharmed(server)


def heard_the_end(member: Member) -> bool:
    """As an event, or as a line of a snapshot."""
    for said in reversed(member.messages):
        if isinstance(said, e.ChatMessage) and said.text == "the end":
            return True
        if isinstance(said, n.Snapshot):
            return any(line.text == "the end" for line in said.room.chat)
    return False
