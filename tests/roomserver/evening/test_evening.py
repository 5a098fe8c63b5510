"""A school evening from 17:55 to 21:05, and what must be true of it.  `EVENING=full make soak` runs the whole city's.

A seed is an evening, and is printed; EVENING_SEED=<n> runs that one.
"""

import asyncio
import os
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import pytest

from protocol.codes import ErrorCode

from . import invariants, logs
from .people import Caller, Lecturer, Person, Student
from .world import BEGINS, ENDS, World

SMALL, FULL = (24, 500), (400, 9_000)  # teachers, students
FULL_SIZE = os.environ.get("EVENING") == "full"
SEEDS = [int(seed)] if (seed := os.environ.get("EVENING_SEED")) else [1] if FULL_SIZE else [1, 2]
EVERY_SO_MANY = 6  # teachers, one gives one-to-many classes
TAUGHT_BEFORE_S = (16_500, 0, 17_400, 15_000)  # of five hours by the evening, one lecturer after the other
DEATHS = 5


async def evening(world: World, teachers: int, students: int, seed: int) -> None:
    """Everybody comes and goes, and the node dies a few times; return when it is 21:05."""
    people: list[Person] = []
    for number in range(teachers):
        kind = Caller if number % EVERY_SO_MANY else Lecturer
        people.append(kind(world, f"teacher {number}", seed))
    lecturers = [person for person in people if isinstance(person, Lecturer)]
    for lecturer, taught_s in zip(lecturers, cycle(TAUGHT_BEFORE_S), strict=False):
        await world.taught_before(lecturer.identity, taught_s)
    people += [Student(world, f"student {number}", seed) for number in range(students)]
    world.people |= (tasks := {asyncio.create_task(person.evening(), name=person.identity) for person in people})
    deaths = world.chance.sample(range(600, round(ENDS - BEGINS) - 600), DEATHS)
    while world.clock.now() < ENDS:
        if deaths and world.clock.now() - BEGINS >= min(deaths):
            deaths.remove(min(deaths))
            await world.node_dies()
        else:
            await world.clock.advance(1)
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.timeout(3_600 if FULL_SIZE else 120)
@pytest.mark.parametrize("seed", SEEDS)
async def test_an_evening_breaks_no_rule(seed: int, tmp_path: Path) -> None:
    teachers, students = FULL if FULL_SIZE else SMALL
    print(f"EVENING_SEED={seed}")
    began = time.process_time()
    world = World(tmp_path / "evening.sqlite", seed)
    await evening(world, teachers, students, seed)
    await world.rooms.leave()
    await world.store.close()
    ran_s = time.process_time() - began
    found = logs.read(tmp_path / "evening.sqlite")
    wrong = [f"{invariant.__name__}: {what}" for invariant in invariants.ALL for what in invariant(found, world)]
    print(f"{ran_s:.1f} s of CPU for the evening, {time.process_time() - began - ran_s:.1f} s to judge it")
    told = Counter(visit.code.value if visit.code else "let in" for visit in world.visits)
    ends = Counter(log.reason for log in found.logs)
    print(f"{len(found.logs)} rooms {dict(ends)}, at doors {dict(told)}, {len(found.late)} late evaluations")
    print(f"in the lobby { {code.value: times for code, times in world.barred.items()} }")
    assert wrong == []
    assert world.deaths == DEATHS
    assert {"let in", "outside_window", "gap_not_elapsed", "quota_exceeded", "evaluation_due", "rest_needed"} <= set(
        told
    )
    assert {ErrorCode.EVALUATION_DUE, ErrorCode.REST_NEEDED} <= set(world.barred)
    assert {"ended", "duration", "quota", "teacher_lost", "no_show", "window"} <= set(ends)
