"""Rooms that are being made: people who come too early, and a server that dies between a room and its first event."""

import asyncio
from pathlib import Path

import pytest

from protocol import notices as n
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import RoomRow
from tests.support.member import Member, joined
from tests.support.server import serving, token

from .evidence import evidence, unharmed


@pytest.mark.rule("STORE-11")
async def test_a_room_of_which_only_the_name_was_stored_can_be_made_again(tmp_path: Path) -> None:
    store = await SqliteStore.start(tmp_path / "rooms.sqlite")
    await store.create(RoomRow("r-unborn", 1, 1_790_000_000_000, None, b'{"form":"one_to_one"}'))
    await store.close()
    async with serving(tmp_path) as server:
        early = await Member(server.ws, "r-unborn", token("t", "teacher")).connect()
        assert await early.closed() == 4404
        assert await server.room("one_to_many", room="r-unborn") == "r-unborn"
        async with joined(server.ws, "r-unborn", token("t", "teacher")) as teacher:
            assert isinstance(teacher.messages[0], n.Welcome)
        await server.kill()
        await server.start()
        async with joined(server.ws, "r-unborn", token("t", "teacher")) as teacher:
            assert isinstance(teacher.messages[0], n.Welcome)
        status, problem = await server.call("POST", "/v1/rooms", {"form": "one_to_one", "room": "r-unborn"})
        assert (status, problem["title"]) == (409, "conflict")
        assert (await evidence(server, "r-unborn")).state.booking.form == "one_to_many"
        unharmed(server)


@pytest.mark.rule("STORE-11")
async def test_who_says_hello_while_their_room_is_made_does_it_no_harm(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        for number in range(30):
            room = f"r-early-{number}"
            early = [Member(server.ws, room, token(f"s{i}", "student")) for i in range(3)]
            made, *_ = await asyncio.gather(
                server.room("one_to_many", room=room), *(member.connect() for member in early)
            )
            assert made == room
            async with joined(server.ws, room, token("t", "teacher")) as teacher:
                assert isinstance(teacher.messages[0], n.Welcome)
            for member in early:
                if isinstance(member.messages[0], n.Welcome):
                    await member.leave()
                else:
                    assert await member.closed() == 4404
        unharmed(server)


@pytest.mark.rule("STORE-11")
async def test_of_two_who_make_the_same_room_at_once_one_is_told_that_it_exists(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        for number in range(10):
            new = {"form": "one_to_many", "room": f"r-twice-{number}"}
            answers = await asyncio.gather(*(server.call("POST", "/v1/rooms", new) for _ in range(4)))
            assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
            async with joined(server.ws, f"r-twice-{number}", token("t", "teacher")) as teacher:
                assert isinstance(teacher.messages[0], n.Welcome)
        unharmed(server)
