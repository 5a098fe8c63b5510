"""What publishers are told of how much of their pictures is used."""

import asyncio
from pathlib import Path

import pytest

from sfu.core import uses as uses_module
from sfu.core.uses import ENOUGH_S, UNSAID_S, Uses
from tests.sfu.lesson import Lesson
from tests.sfu.peer import WAIT_S

pytestmark = pytest.mark.rule("LAYER-11")


def test_what_nobody_uses_any_more_is_said_after_a_while() -> None:
    uses = Uses()
    assert uses.settle({"t1": "high"}, now=1.0) == []
    assert uses.settle({"t1": "low"}, now=2.0) == []
    assert uses.settle({"t1": "low"}, now=2.0 + ENOUGH_S - 0.1) == []
    assert uses.settle({"t1": "low"}, now=2.0 + ENOUGH_S) == ["t1"]
    assert uses.said("t1") == "low"
    assert uses.settle({"t1": "low"}, now=60.0) == []


def test_whoever_looks_again_before_that_finds_everything_as_it_was() -> None:
    uses = Uses()
    for now in range(60):  # never less for long
        assert uses.settle({"t1": "off" if now % 4 else "high"}, now=float(now)) == []
    assert uses.said("t1") == "high"


def test_more_is_said_at_once_to_who_asks_and_in_a_moment_for_who_has_not_said() -> None:
    uses = Uses()
    uses.settle({"t1": "low"}, now=0.0)
    uses.settle({"t1": "low"}, now=ENOUGH_S)
    assert not uses.asked("t1", "low")
    assert uses.asked("t1", "medium")
    assert uses.said("t1") == "medium"
    assert uses.settle({"t1": "high"}, now=10.0) == []
    assert uses.settle({"t1": "high"}, now=10.0 + UNSAID_S) == ["t1"]


def test_where_nobody_had_anything_the_first_gets_it_at_once() -> None:
    uses = Uses()
    uses.settle({"t1": "off"}, now=0.0)
    assert uses.settle({"t1": "off"}, now=ENOUGH_S) == ["t1"]
    assert uses.settle({"t1": "high"}, now=ENOUGH_S + 0.1) == ["t1"]


def test_a_track_that_begins_anew_begins_with_all() -> None:
    uses = Uses()
    uses.settle({"t1": "off"}, now=0.0)
    uses.settle({"t1": "off"}, now=ENOUGH_S)
    uses.forget("t1")
    assert uses.said("t1") == "high"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses_module, "ENOUGH_S", 1.0)


async def said(lesson: Lesson) -> tuple[int, dict[str, str]]:
    async with asyncio.timeout(WAIT_S):
        member, layers = await lesson.heard.uses.get()
    return member, dict(layers)


@pytest.mark.usefixtures("hasty")
async def test_a_publisher_hears_how_much_is_used(lesson: Lesson) -> None:
    """Also that nobody is there; and what a screen in the hall shows is used whole."""
    await lesson.layered_publisher()
    assert await said(lesson) == (1, {"t2": "off"})
    await lesson.viewer(2)
    assert await said(lesson) == (1, {"t2": "high"})  # until it says
    lesson.room.want(2, "t2", "low")
    assert await said(lesson) == (1, {"t2": "low"})
    lesson.room.want(2, "t2", "medium")
    assert await said(lesson) == (1, {"t2": "medium"})
    lesson.room.leave(2)
    assert await said(lesson) == (1, {"t2": "off"})


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("first", [True, False])
async def test_what_staff_show_is_recorded_whole(lesson: Lesson, tmp_path: Path, first: bool) -> None:
    """Of others, what is seen."""
    lesson.room.record(str(tmp_path), 0.0)
    await lesson.layered_publisher(first=first)
    if first:
        await asyncio.sleep(2.5)
        assert lesson.heard.uses.empty()
    else:
        assert await said(lesson)
