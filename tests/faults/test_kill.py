"""kill -9 at any instant, again and again: nothing acknowledged is lost, and nobody hears a gap or a repeat."""

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from protocol import events as e
from protocol.codec import JSON, MSGPACK
from tests.support.server import ServerProcess, forms, serving, token

from .crew import Actor, Stay, actor
from .evidence import Evidence, evidence, record_of, unharmed
from .soak import SOAK_S, lasting, seeded

LESSON_S = round(lasting(9))
ROOMS = 2
SLACK_MS = 150  # between what a client and the server take for now, on a machine that is busy
CREW = (("teacher", JSON), ("student", MSGPACK), ("student", JSON), ("student", MSGPACK))


@pytest.mark.timeout(120 + SOAK_S)
@pytest.mark.rule("STORE-1", "STORE-9", "EPOCH-1", "EPOCH-2", "ATT-4", "END-7", "LOG-6")
async def test_nothing_is_lost_by_a_server_that_is_killed_at_any_instant(tmp_path: Path) -> None:
    chance = seeded("kill")
    form = {
        "duration_s": LESSON_S,
        "warnings_s": [LESSON_S // 2],
        "student_can": ["chat", "draw"],
        "evaluation_s": 4,
    }
    async with serving(tmp_path, forms=forms(one_to_many=form)) as server:
        rooms = {await server.room("one_to_many"): list[Actor]() for _ in range(ROOMS)}
        for room, crew in rooms.items():
            for number, (role, codec) in enumerate(CREW):
                name = f"{role}-{number}"
                crew.append(actor(server.ws, room, name, role, token(f"{name} of {room}", role), chance, codec))
        everybody = [one for crew in rooms.values() for one in crew]
        async with asyncio.TaskGroup() as group:
            living = [group.create_task(one.live()) for one in everybody]
            kills = await kill_until(server, living, chance)
        print(f"{kills} kills, {sum(one.dropped for one in everybody)} dropped lines")
        assert kills >= 2
        for room, crew in rooms.items():
            log, record = await evidence(server, room), await record_of(server, room)
            assert record is not None
            for one in crew:
                check_kept(one, log)
                log.check_heard(one.number, one.member.messages, staff=one.staff)
                check_attendance(one, log, record)
            check_end(log, record)
        await check_file(server, set(rooms))
        unharmed(server)


async def kill_until(server: ServerProcess, over: list[asyncio.Task[None]], chance: random.Random) -> int:
    """Kill the server and start it again until everybody is done; how often."""
    kills = 0
    while True:
        await asyncio.wait(over, timeout=chance.choice([0.05, 0.5, 1.5]) * chance.uniform(0.5, 1.5))
        if all(one.done() for one in over):
            return kills
        kills += 1
        await server.kill()
        await asyncio.sleep(chance.choice([0, 0, 0.3]))
        if chance.random() < 0.3:  # and once more, before it is quite up
            await kill_while_starting(server, after_s=chance.uniform(0.3, 1.0))
        await server.start()


async def kill_while_starting(server: ServerProcess, *, after_s: float) -> None:
    starting = asyncio.create_task(server.start())
    await asyncio.sleep(after_s)
    assert server.process is not None
    if server.process.returncode is None:
        server.process.kill()
    with suppress(AssertionError):  # it says so when it did not come up
        await starting
    await server.stop()


def check_kept(one: Actor, log: Evidence) -> None:
    """Everything that was acknowledged is in the log, and nothing twice."""
    known = one.acknowledged()
    texts = [said.text for said in log.of(e.ChatMessage) if said.member == one.number]
    assert len(texts) == len(set(texts))
    assert {text for id, text in one.texts.items() if id in known} <= set(texts) <= set(one.texts.values())
    strokes = log.strokes()
    assert {shape for id, shape in one.begun.items() if id in known} <= set(strokes)
    for shape, sent in one.deltas.items():
        kept = strokes.get(shape, [])[::2]
        assert kept == sorted(set(kept)), f"{shape} has something twice"
        assert {dx for id, dx in sent if id in known} <= set(kept) <= {dx for _, dx in sent}
    for before, id in zip(one.hands, one.hands[1:], strict=False):
        if {before, id} <= known:  # up and down by turns: each has an effect
            assert (one.number, id) in log.causes


def check_attendance(one: Actor, log: Evidence, record: Mapping[str, Any]) -> None:
    """Nobody was there while the server was not, and everybody was whenever something of theirs was stored."""
    row = next(row for row in record["members"] if row["member"] == one.number)
    there = [(span["joined_at_ms"], span["left_at_ms"]) for span in row["intervals"]]
    instants = [instant for span in there for instant in span]
    assert instants == sorted(instants)
    assert record["opened_ms"] <= instants[0]
    assert instants[-1] <= record["closed_ms"]
    for joined, left in there:
        assert any(fits(stay, joined, left, record["closed_ms"]) for stay in one.stays), (joined, left, one.stays)
    for stay in one.stays:
        if stay.proved is not None and stay.proved < record["closed_ms"] - SLACK_MS:
            assert any(covers(stay, joined, left) for joined, left in there), (stay, there)
    assert row["seconds_present"] == sum(left - joined for joined, left in there) // 1000
    assert row["chat_lines"] == sum(said.member == one.number for said in log.of(e.ChatMessage))
    assert row["strokes"] == sum(begun.member == one.number for begun in log.of(e.StrokeBegun))
    if one.score is not None and one.score[0] in one.acknowledged():
        assert row["evaluation"]["score"] == one.score[1]


def fits(stay: Stay, joined: float, left: float, closed: float) -> bool:
    return stay.began - SLACK_MS <= joined <= stay.welcomed + SLACK_MS and left <= min(stay.over, closed) + SLACK_MS


def covers(stay: Stay, joined: float, left: float) -> bool:
    assert stay.proved is not None
    return joined <= stay.welcomed + SLACK_MS and stay.proved - SLACK_MS <= left


def check_end(log: Evidence, record: Mapping[str, Any]) -> None:
    """The lesson took as long as its form says, with the time that the server was down."""
    [live], [closed] = log.of(e.RoomLive), log.of(e.RoomClosed)
    assert live.ends_at == live.at + LESSON_S * 1000
    assert (closed.at, closed.reason) == (live.ends_at, "duration")
    assert record["closed_ms"] == record["opened_ms"] + live.ends_at
    assert len(log.of(e.EndingSoon)) <= 1
    epochs = [raised.epoch for raised in log.of(e.EpochRaised) if raised.seq <= record["log"]["events"]]
    assert epochs == sorted(set(epochs))
    assert record["log"]["epochs"] == epochs[-1]
    assert record["log"]["hash"] == log.entries[record["log"]["events"] - 1].hash.hex()


async def check_file(server: ServerProcess, rooms: set[str]) -> None:
    """The file has every record at least once, and whole lines."""
    records = await server.filed(len(rooms))
    assert {record["data"]["room"] for record in records} == rooms
    assert len({record["id"] for record in records}) == len(rooms)
