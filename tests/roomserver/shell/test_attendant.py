"""Who is waited for, for how long, and what they are told when the server is too full to wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from protocol import commands as c
from protocol.client import Client
from roomserver.shell.attendant import Attendant
from roomserver.shell.door import Door
from roomserver.shell.identity import Claims
from roomserver.shell.metrics import Metrics
from roomserver.shell.pacing import Pacing
from roomserver.shell.rooms import Rooms
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import StoreFailed
from roomserver.shell.visitors import Visitors, networks
from tests.roomserver.shell.front import a_client, a_door
from tests.roomserver.shell.nodes import node

LONG_S = 30.0  # longer than any test


class NoRooms:
    """A node that has no rooms; `asked` are those that were looked for."""

    leaving = False

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.new_line = count(1).__next__

    async def find(self, room: str) -> None:
        self.asked.append(room)


class OneRoom(NoRooms):
    """A node with a room of which the ledger is asked."""

    async def find(self, room: str) -> Any:
        state = SimpleNamespace(booking=None, form=None)
        return SimpleNamespace(is_asked=lambda *_: True, room=SimpleNamespace(state=state))


class Trusting:
    async def verify(self, token: str) -> Claims:
        return Claims(sub=token, role="teacher", exp=0)


class SilentGate:
    async def ask(self, *_: object) -> None:
        raise StoreFailed("database or disk is full")

    foresee = ask


class SlowGate:
    """It answers when it is told to."""

    def __init__(self) -> None:
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def foresee(self, *_: object) -> None:
        self.asked.set()
        await self.answers.wait()


class Held(Pacing):
    """A line that stands still until it is told to go on."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.going_on = asyncio.Event()

    async def turn(self) -> None:
        await self.going_on.wait()


@asynccontextmanager
async def attended(
    *,
    metrics: Metrics | None = None,
    rooms: NoRooms | Rooms | None = None,
    pacing: Pacing | None = None,
    verifier: object = None,
    gate: object = None,
    **times: float,
) -> AsyncIterator[Door]:
    visitors = Visitors(places=2, trusted=networks(["127.0.0.0/8"]))
    if pacing is None:
        pacing = Pacing(asyncio.get_running_loop().time)
    attendant = Attendant(
        cast(Rooms, rooms or NoRooms()),
        cast(Any, verifier),
        metrics or Metrics(),
        visitors,
        pacing,
        cast(Any, gate),
        **times,
    )
    async with a_door(on_connect=attendant.attend) as door:
        yield door


async def last_words(client: ClientConnection) -> dict[str, Any]:
    """The server's `bye`, which says what the close code says."""
    said = msgspec.json.decode(await client.recv())
    assert said["type"] == "bye"
    with pytest.raises(ConnectionClosed):
        await client.recv()
    assert client.close_code == said["code"]
    return dict(said)


def hello(room: str = "r-1") -> str:
    frame = Client(room=room).hello()
    assert isinstance(frame, str)
    return frame


@pytest.mark.rule("VISIT-1")
async def test_who_keeps_us_waiting_when_all_places_of_the_address_are_taken_is_told_to_come_again() -> None:
    metrics, elsewhere = Metrics(), {"X-Forwarded-For": "198.51.100.1"}
    async with attended(hello_s=LONG_S, prompt_s=0.05, metrics=metrics) as door:
        async with a_client(door) as first, a_client(door) as second:
            await asyncio.sleep(0.3)  # both have been silent for longer than a moment
            async with a_client(door) as third, a_client(door, additional_headers=elsewhere) as other:
                bye = await last_words(third)
                assert (bye["code"], bye["retry_in_s"]) == (4429, LONG_S)
                assert metrics.turned_away == {"address": 1, "line": 0}
                for client in (first, second, other):
                    await client.send(hello())
                    assert (await last_words(client))["code"] == 4404
        async with a_client(door) as again:
            await asyncio.sleep(0.3)
            await again.send(hello())
            assert (await last_words(again))["code"] == 4404


@pytest.mark.rule("VISIT-1")
async def test_who_says_hello_promptly_needs_no_place() -> None:
    metrics, rooms = Metrics(), NoRooms()
    async with attended(hello_s=LONG_S, prompt_s=LONG_S / 2, metrics=metrics, rooms=rooms) as door:
        clients = await asyncio.gather(*(a_client(door) for _ in range(100)))
        await asyncio.gather(*(client.send(hello()) for client in clients))
        assert {bye["code"] for bye in await asyncio.gather(*map(last_words, clients))} == {4404}
    assert metrics.turned_away == {"address": 0, "line": 0}
    assert len(rooms.asked) == 100


async def test_who_says_nothing_is_let_go() -> None:
    async with attended(hello_s=0.2, prompt_s=0.1) as door, a_client(door) as client:
        assert (await last_words(client))["code"] == 4408


@pytest.mark.rule("PACE-2")
async def test_who_comes_when_the_line_is_full_is_told_when_to_come_again() -> None:
    metrics, full = Metrics(), Pacing(asyncio.get_running_loop().time, waiting_max=0)
    async with attended(pacing=full, metrics=metrics) as door, a_client(door) as client:
        await client.send(hello())
        bye = await last_words(client)
        assert (bye["code"], bye["retry_in_s"]) == (4429, 1.0)
    assert metrics.turned_away == {"address": 0, "line": 1}


async def test_who_leaves_the_line_is_shown_to_no_room() -> None:
    rooms, pacing = NoRooms(), Held(asyncio.get_running_loop().time)
    async with attended(rooms=rooms, pacing=pacing) as door, a_client(door) as client, a_client(door) as other:
        await client.send(hello("r-gone"))
        await client.close()
        pacing.going_on.set()
        await other.send(hello("r-here"))
        await last_words(other)
    assert rooms.asked == ["r-here"]


@pytest.mark.rule("CLAIM-4")
async def test_who_asks_a_ledger_that_does_not_answer_is_told_to_come_again() -> None:
    async with attended(rooms=OneRoom(), verifier=Trusting(), gate=SilentGate()) as door, a_client(door) as client:
        frame = Client(room="r-1", token="li").hello()
        await client.send(frame)
        bye = await last_words(client)
        assert (bye["code"], bye["retry_in_s"]) == (4429, 1.0)


async def test_what_is_no_hello_ends_the_connection() -> None:
    async with attended() as door, a_client(door) as client:
        await client.send(msgspec.json.encode(c.RaiseHand(id=1)).decode())
        assert (await last_words(client))["code"] == 4400


# In a lobby


@asynccontextmanager
async def a_lobby(path: Path, gate: object) -> AsyncIterator[ClientConnection]:
    """A teacher's line in a real one; they have been welcomed."""
    store = await SqliteStore.start(path / "rooms.sqlite")
    rooms = node(store, lobbies={"evening": "lobby"})
    room = await rooms.find("evening")
    assert room is not None
    async with attended(rooms=rooms, verifier=Trusting(), gate=gate) as door, a_client(door) as client:
        await client.send(Client(room="evening", token="li").hello())
        assert (await heard(client))["type"] == "welcome"
        yield client
        await rooms.leave()
    await store.close()


async def heard(client: ClientConnection) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(await client.recv())
    return said


def text(command: c.RoomCommand) -> str:
    return msgspec.json.encode(command).decode()


@pytest.mark.rule("CALL-11", "KEEP-2")
async def test_in_a_lobby_whose_ledger_does_not_answer_no_lesson_is_begun(tmp_path: Path) -> None:
    async with a_lobby(tmp_path, SilentGate()) as li:
        await li.send(text(c.BeginDuty(id=1, subjects=("physics",))))
        error = await heard(li)
        assert (error["code"], error["rule"], error["retry_in_s"]) == ("unavailable", "KEEP-2", 1.0)
        await li.send(text(c.EndDuty(id=2)))
        assert await heard(li) == {"type": "ok", "id": 2}


@pytest.mark.rule("CALL-11", "ONCE-5")
async def test_what_comes_after_a_command_waits_until_the_ledger_has_said_what_it_says_of_that(tmp_path: Path) -> None:
    gate = SlowGate()
    async with a_lobby(tmp_path, gate) as li:
        for command in (c.BeginDuty(id=1, subjects=("physics",)), c.EndDuty(id=2)):
            await li.send(text(command))
        await gate.asked.wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(li.recv(), 0.1)
        gate.answers.set()
        states = [said["state"] async for said in told(li, "duty.changed", 2)]
        assert states == ["free", "off"]


async def told(client: ClientConnection, kind: str, times: int) -> AsyncIterator[dict[str, Any]]:
    while times:
        said = await heard(client)
        if said["type"] == kind:
            times -= 1
            yield said
