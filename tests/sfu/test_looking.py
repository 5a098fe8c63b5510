"""How often the server looks at viewers' lines: as often as there is something to see, and not at all at once."""

import asyncio
from itertools import pairwise

import pytest

from sfu.core.line import Line
from sfu.shell.transport import Transport
from sfu.shell.viewer import LOOK_S, WATCH_S
from tests.sfu.lesson import SOURCES, TRACKS, Lesson
from tests.sfu.packets import AUDIO, VIDEO

TICK_S = 0.0506  # the engine's, and what it takes


async def gaps(lesson: Lesson, monkeypatch: pytest.MonkeyPatch, line: Line, seconds: float = 10) -> list[float]:
    """Between two looks of the room at a line, in so many simulated seconds."""
    looks: list[float] = []

    def tick(copies: object, *, now: float) -> int:
        looks.append(now)
        return 0

    monkeypatch.setattr(line, "tick", tick)
    monkeypatch.setattr(Transport, "send_rtcp", lambda transport, packet: None)
    now = asyncio.get_running_loop().time() + 1
    for _ in range(round(seconds / TICK_S)):
        lesson.room.tick(now=now)
        now += TICK_S
    return [after - before for before, after in pairwise(looks)][1:]


async def line_of_a_viewer(lesson: Lesson) -> Line:
    await lesson.publisher()
    await lesson.viewer()
    return lesson.room._viewers[2].line


async def test_a_line_at_rest_is_looked_at_twice_a_second(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    line = await line_of_a_viewer(lesson)
    line.remb(5_000_000, now=0.0)
    found = await gaps(lesson, monkeypatch, line)
    assert len(found) > 15
    assert all(LOOK_S <= gap < LOOK_S + 2 * TICK_S for gap in found)


async def test_one_that_is_not_said_to_be_at_rest_is_looked_at_more_often(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await line_of_a_viewer(lesson)
    found = await gaps(lesson, monkeypatch, line)
    assert len(found) > 30
    assert all(WATCH_S <= gap < WATCH_S + 2 * TICK_S for gap in found)


@pytest.mark.rule("MEDIA-34")
async def test_one_that_is_probed_is_looked_at_with_every_tick(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    line = await line_of_a_viewer(lesson)
    line._probe.bits_per_s = 1_000_000.0
    assert {round(gap, 4) for gap in await gaps(lesson, monkeypatch, line)} == {TICK_S}


async def test_a_class_that_was_there_before_its_teacher_is_not_looked_at_all_at_once(lesson: Lesson) -> None:
    members = range(2, 12)
    for member in members:
        lesson.room.subscribe(member)
    await asyncio.sleep(0)
    assert {lesson.room._viewers[member].due_at for member in members} == {float("inf")}
    time = asyncio.get_running_loop().time
    begun = time()
    lesson.room.publish(1, lesson.peer().offer(AUDIO, VIDEO), TRACKS, SOURCES)
    for _ in members:
        await lesson.heard.offered()
    took = time() - begun  # so much later than the first the last one may have been made
    due = sorted(lesson.room._viewers[member].due_at for member in members)
    assert all(after - before > 0.02 - took for before, after in pairwise(due))
    assert due[-1] - due[0] < LOOK_S + took
