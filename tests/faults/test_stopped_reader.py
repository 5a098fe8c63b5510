"""Clients that stop reading: nobody else notices, the server keeps nothing for them, and they miss nothing."""

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codec import JSON, MSGPACK
from tests.support.member import Member
from tests.support.server import forms, serving, token

from .evidence import evidence, rss_mb, unharmed
from .soak import many

STALLED = 20
DRAWING = 6
STROKES = 30  # for each who draws: within what a minute's rate lets through at once
EXTENDS = 15  # of 256 points each
POINTS = (999, 99, -999, -99) * 128
ON_TIME_S = 1.5  # the machine is busy; a class is served within 150 ms
HELD_MB = 100  # what the ink costs the room itself; queues would be six more for each who stopped
FORMS = forms(one_to_many={"student_can": ["chat", "draw"], "duration_s": 3_600})


class Reader(Member):
    """A member whose program stops taking what its socket has."""

    def stop_reading(self) -> None:
        """What the kernel keeps grows only while somebody reads."""
        self._socket.transport.pause_reading()

    def read_on(self) -> None:
        self._socket.transport.resume_reading()


async def draw(member: Member) -> None:
    """Long strokes, as fast as they go."""
    for _ in range(STROKES):
        shape = f"{member.client.member}.{member.client.next_shape}"
        member.client.next_shape += 1
        await member.send(
            lambda id, shape=shape: c.BeginStroke(  # type: ignore[misc]
                id=id, shape=shape, page=1, kind="pen", color="#0044aa", width=20, at=(8_000, 4_500)
            )
        )
        for _ in range(EXTENDS):
            await member.send(lambda id, shape=shape: c.ExtendStroke(id, shape, POINTS))  # type: ignore[misc]
            await asyncio.sleep(0.002)
        await member.send(lambda id, shape=shape: c.FinishStroke(id=id, shape=shape))  # type: ignore[misc]
    assert isinstance(await member.ask(lambda id: c.SendChat(id=id, text="drawn")), n.Ok)
    assert not any(isinstance(said, n.Error) for said in member.messages)


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
@pytest.mark.parametrize("time", range(many(1, a_second=0.1)))
@pytest.mark.rule("DELIVER-3", "DELIVER-4", "DELIVER-5", "SLOW-1")
async def test_who_stops_reading_costs_nobody_anything_and_misses_nothing(tmp_path: Path, time: int) -> None:
    async with serving(tmp_path, forms=FORMS) as server:
        room = await server.room("one_to_many")
        teacher = await Member(server.ws, room, token("t", "teacher"), MSGPACK).connect()
        viewer = await Member(server.ws, room, token("v", "student"), MSGPACK).connect()
        pens = [await Member(server.ws, room, token(f"p{i}", "student")).connect() for i in range(DRAWING)]
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
        probing = asyncio.create_task(probe(teacher, viewer, done))
        await asyncio.gather(*(draw(pen) for pen in pens))
        done.set()
        took = await probing
        grown = rss_mb(server) - before
        log = await evidence(server, room)
        sent = sum(len(entry.body) + len(entry.personal or b"") for entry in log.entries)
        print(f"{sent / 1e6:.1f} MB, grown by {grown:.0f} MB, on time within {max(took):.2f} s of {len(took)}")
        assert sent > 5_000_000
        assert max(took) < ON_TIME_S
        assert grown < HELD_MB
        assert all(reader.close_code is None for reader in stalled)

        for reader in stalled:
            reader.read_on()
        await teacher.ask(lambda id: c.SendChat(id=id, text="the end"))
        for member in (viewer, *pens, *stalled):
            await member.until(lambda member=member: heard_the_end(member))  # type: ignore[misc]
        log = await evidence(server, room, seq=teacher.client.seq)
        for member in (teacher, viewer, *pens, *stalled):
            log.check_heard(member.client.member, member.messages, staff=member is teacher)
        for reader in stalled:
            pointed = {said.x for said in reader.messages if isinstance(said, n.Pointer)}
            assert len(pointed) <= 4 < len(took)  # those before the kernel was full, and the newest
            assert reader.close_code is None
        unharmed(server)


def heard_the_end(member: Member) -> bool:
    """As an event, or as a line of a snapshot."""
    for said in reversed(member.messages):
        if isinstance(said, e.ChatMessage) and said.text == "the end":
            return True
        if isinstance(said, n.Snapshot):
            return any(line.text == "the end" for line in said.room.chat)
    return False
