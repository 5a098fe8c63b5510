"""Lobbies and the lessons that are born of them, on a real store: made when it is agreed, told when they are over."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from protocol import commands as c
from roomserver.core.arrival import Arrival
from roomserver.core.forms import FORMS, Booking, relaxed
from roomserver.shell.arrivals import is_for
from roomserver.shell.identity import Claims
from roomserver.shell.link import Link
from roomserver.shell.rooms import Rooms
from roomserver.shell.runner import Runner
from roomserver.shell.sqlite import SqliteStore
from tests.roomserver.shell.nodes import DeafLink, node
from tests.support.clock import settle
from tests.support.server import eventually

FORM = {"evening": "lobby"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.start(tmp_path / "rooms.sqlite")
    yield store
    await store.close()


class Line(DeafLink):
    def __init__(self, line: int) -> None:
        self.line = line


def come(runner: Runner, line: int, identity: str, role: str) -> None:
    arrival = Arrival(identity, identity.title(), role, None, f"session {line}", b"salt")  # type: ignore[arg-type]
    runner.enter(cast(Link, Line(line)), c.Hello(id=1, room="evening"), arrival)


async def evening(rooms: Rooms) -> Runner:
    """The lobby, with a teacher on duty whom a student calls."""
    lobby = await rooms.find("evening")
    assert lobby is not None
    come(lobby, 1, "li", "teacher")
    come(lobby, 2, "anna", "student")
    lobby.receive(1, c.BeginDuty(id=1, subjects=("physics",)))
    lobby.receive(2, c.MakeCall(id=1, teacher=1))
    return lobby


async def born(rooms: Rooms, lobby: Runner) -> Runner:
    lesson = await rooms.find(f"{lobby.id}.1")
    assert lesson is not None
    return lesson


async def settled(*runners: Runner) -> None:
    await settle()
    for runner in runners:
        await runner.settled()
    await settle()


@pytest.mark.rule("LOBBY-1")
async def test_a_lobby_is_found_by_its_name_and_made_anew_when_it_is_over(store: SqliteStore) -> None:
    rooms = node(store, lobbies=FORM)
    first = await rooms.find("evening")
    assert first is not None
    assert await rooms.find("evening") is await rooms.find(first.id) is first
    again = node(store, lobbies=FORM)
    await again.reopen_all()
    reopened = await again.find("evening")
    assert reopened is not None
    assert (reopened.id, reopened.room.state.form) == (first.id, relaxed(FORMS["lobby"]))
    reopened.end()
    other = await again.find("evening")
    assert other is not None
    assert other.id != first.id
    assert await again.find("afternoon") is None
    for left in (rooms, again):
        await left.leave()


@pytest.mark.rule("CALL-7")
async def test_an_accepted_call_is_a_room_for_the_two_and_its_end_frees_the_teacher(store: SqliteStore) -> None:
    rooms = node(store, lobbies=FORM)
    lobby = await evening(rooms)
    lobby.receive(1, c.AcceptCall(id=2, call=1))
    lesson = await born(rooms, lobby)
    assert lesson.room.state.booking == Booking(
        room=f"{lobby.id}.1", form="one_to_one", subject="physics", invited=True
    )
    assert lesson.room.state.members == {"anna": 1, "li": 2}
    assert lobby.room.state.lobby.busy == {1: 1}
    lesson.end()
    assert lobby.room.state.lobby.busy == {}
    assert [*lobby.room.state.lobby.duties] == [1]
    await rooms.leave()


@pytest.mark.rule("CALL-7")
async def test_a_lesson_that_was_agreed_on_is_made_by_the_next_node_if_the_first_one_died_before(
    store: SqliteStore,
) -> None:
    rooms = node(store, lobbies=FORM)
    lobby = await evening(rooms)
    lobby._on_lesson = lambda effect: None  # it dies before it can do that
    lobby.receive(1, c.AcceptCall(id=2, call=1))
    await settled(lobby)
    again = node(store, lobbies=FORM)
    await again.reopen_all()
    reopened = await again.find(lobby.id)
    assert reopened is not None
    lesson = await born(again, reopened)
    assert lesson.room.state.members == {"anna": 1, "li": 2}
    assert reopened.room.state.lobby.busy == {1: 1}
    await again.leave()


@pytest.mark.rule("CALL-7")
async def test_a_lesson_that_ended_while_its_lobby_was_away_frees_the_teacher_when_it_is_back(
    store: SqliteStore,
) -> None:
    rooms = node(store, lobbies=FORM)
    lobby = await evening(rooms)
    lobby.receive(1, c.AcceptCall(id=2, call=1))
    lesson = await born(rooms, lobby)
    await settled(lobby, lesson)
    lobby.crash()
    lesson.end()
    await settled(lesson)
    reopened = await rooms.find(lobby.id)
    assert reopened is not None

    async def free() -> bool:
        return reopened.room.state.lobby.busy == {}

    await eventually(free)
    await rooms.leave()


@pytest.mark.rule("CALL-8")
@pytest.mark.parametrize(
    ("token", "room", "good"),
    [
        (None, "evening.3f.17", True),
        ("evening", "evening.3f.17", True),
        ("evening.3f", "evening.3f.17", True),
        ("evening.3f.17", "evening.3f.17", True),
        ("evening.3f.1", "evening.3f.17", False),
        ("even", "evening.3f.17", False),
        ("evening.3f.17", "evening.3f", False),
        ("math-8a", "math-8a-2", False),
    ],
)
def test_a_token_for_a_lobby_is_good_for_what_is_born_of_it(token: str | None, room: str, good: bool) -> None:
    assert is_for(Claims(sub="li", role="teacher", exp=4e9, room=token), room) == good
