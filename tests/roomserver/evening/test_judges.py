"""The evening's world and its invariants, on a few steps of which the outcome is known."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from protocol import commands as c
from protocol.codes import ErrorCode
from roomserver.core.forms import Booking

from . import logs
from .invariants import (
    alarms_say_who_needs_a_rest,
    everybody_has_one_session,
    no_teacher_exceeds_the_week_and_each_is_refused_when_it_is_used_up,
    rest_is_asked_for_exactly_by_rule,
)
from .machinery import turns
from .world import Client, Left, World

TO_THE_WINDOW_S, GAP_S, NO_SHOW_S, CLASS_S = 300, 600, 900, 1_800


@asynccontextmanager
async def at_six(path: Path) -> AsyncIterator[World]:
    """When rooms may be open."""
    world = World(path, 1)
    await world.clock.advance(TO_THE_WINDOW_S)
    yield world
    await world.rooms.leave()
    await world.store.close()


async def comes_to_a_class(world: World, teacher: str, left: Left | None = None) -> Client:
    room = await world.announces(teacher)
    assert room is not None
    client = await world.comes(teacher, "teacher", room, left=left)
    await world.clock.advance(1)
    return client


async def reserved_s(world: World, teacher: str) -> list[int]:
    kept = (await world.store.ledger.kept(teacher))["reservations"]
    return [row["reserved_ms"] // 1000 for row in kept if not row["room"].startswith("before")]


def weeks_that_are_wrong(world: World, path: Path) -> list[str]:
    return list(no_teacher_exceeds_the_week_and_each_is_refused_when_it_is_used_up(logs.read(path), world))


async def test_a_token_leaves_what_it_says_without_what_is_held_by_open_rooms(tmp_path: Path) -> None:
    path = tmp_path / "evening.sqlite"
    async with at_six(path) as world:
        await world.taught_before("li", 15_000)
        for left in (None, Left(2_400, world.now_ms), None):
            await comes_to_a_class(world, "li", left)
        assert await reserved_s(world, "li") == [1_800, 600, 600]
        await world.clock.advance(NO_SHOW_S + 1)
    assert weeks_that_are_wrong(world, path) == []


async def test_a_token_leaves_what_it_says_without_what_was_spent_since_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "evening.sqlite"
    async with at_six(path) as world:
        before = Left(330, world.now_ms)
        await world.taught_before("li", 0)
        li = await comes_to_a_class(world, "li")
        await world.comes("anna", "student", li.room)
        await world.clock.advance(300)
        li.does(c.EndRoom)
        await world.clock.advance(GAP_S + 1)
        for left in (before, Left(330, world.now_ms)):
            await comes_to_a_class(world, "li", left)
        told = [visit.code for visit in world.visits if visit.role == "teacher"]
        assert told == [None, ErrorCode.QUOTA_EXCEEDED, None]
        assert (await reserved_s(world, "li"))[1:] == [330]
        await world.clock.advance(NO_SHOW_S + 1)
    assert weeks_that_are_wrong(world, path) == []


async def test_who_was_at_a_door_when_the_node_died_has_one_session_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "evening.sqlite"
    async with at_six(path) as world:
        for room in ("r-1", "r-2", "r-3"):
            await world.rooms.create(Booking(room=room, form="one_to_many"))
        first = await world.comes("anna", "student", "r-1")
        await world.clock.advance(1)
        at_the_door = asyncio.create_task(world.comes("anna", "student", "r-2"))
        world.people.add(at_the_door)
        await turns(1)
        world.dies()
        await at_the_door
        await world.restarts()
        await world.comes("anna", "student", "r-1", before=first)
        await world.comes("anna", "student", "r-3")
        await world.clock.advance(NO_SHOW_S + 1)
    assert list(everybody_has_one_session(logs.read(path), world)) == []


async def test_the_time_before_the_screen_goes_on_while_a_class_waits_for_its_teacher(tmp_path: Path) -> None:
    path = tmp_path / "evening.sqlite"
    async with at_six(path) as world:
        first, second = [await comes_to_a_class(world, teacher) for teacher in ("li", "mo")]
        await world.comes("anna", "student", first.room)
        await world.clock.advance(600)
        await world.comes("anna", "student", second.room)
        await world.clock.advance(300)
        second.goes(for_good=False)
        await world.clock.advance(90)
        await world.comes("mo", "teacher", second.room, before=second)
        await world.clock.advance(CLASS_S - 390)
        for given in (first, second):
            await world.evaluates("anna", given.room, 5)
        third = await comes_to_a_class(world, "wu")
        await world.comes("anna", "student", third.room)
        await world.clock.advance(NO_SHOW_S + CLASS_S)
    evening = logs.read(path)
    assert [*alarms_say_who_needs_a_rest(evening, world), *rest_is_asked_for_exactly_by_rule(evening, world)] == []
    told = [(kind, event.get("kind")) for _, kind, event in evening.by_room[second.room].events]
    course = [one for one in told if one[0] in ("room.paused", "room.resumed", "alarm.raised")]
    assert course == [("room.paused", None), ("room.resumed", None), ("alarm.raised", "over_use")]
    assert [visit.code for visit in world.visits if visit.role == "student"] == [None, None, ErrorCode.REST_NEEDED]
