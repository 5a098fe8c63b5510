"""Recorded files of rooms: found, waited for, mended, and given to whoever may see the replay."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from roomserver.shell.api import Problem, problems
from roomserver.shell.door import Door
from roomserver.shell.recordings import Recordings
from roomserver.shell.recordings_api import TICKET_S, RecordingsApi
from roomserver.shell.viewers import Viewers
from sfu.core.codecs import OPUS
from sfu.core.recording import Recording
from sfu.shell import muxer
from sfu.shell.shelf import Shelf
from tests.roomserver.shell.front import SUBPROTOCOLS, echo
from tests.sfu import film
from tests.support.clock import ManualClock

ROOM = "r-1"
NAMES = ("0" * 32 + ".webm", "1" * 32 + ".webm")


def put(recordings: Recordings, name: str, *, start_ms: int, closed: bool = True) -> Recording:
    """Two seconds of sound."""
    shelf = Shelf(recordings.directory(ROOM))
    shelf.directory.mkdir(parents=True, exist_ok=True)
    file = muxer.MediaFile(shelf.path(name), OPUS, b"")
    for n, frame in enumerate(film.sound(100)):
        file.write(frame, 20 * n, keyframe=True)
    file.close()
    found = Recording(name=name, track="t1", member=2, source="microphone", codec="opus", start_ms=start_ms)
    if closed:
        found = shelf.closed(found, duration_ms=1_980, ended="closed")
    shelf.save(found)
    return found


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    return Recordings(tmp_path)


@pytest.mark.rule("REC-5")
async def test_files_are_found_by_when_they_begin(recordings: Recordings) -> None:
    assert await recordings.settled(ROOM) == []
    late, early = put(recordings, NAMES[0], start_ms=900), put(recordings, NAMES[1], start_ms=100)
    assert await recordings.settled(ROOM) == [early, late]
    assert await recordings.rooms() == [ROOM]


async def test_whoever_mends_is_given_no_secret(recordings: Recordings, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "import os, pathlib, sys; pathlib.Path(sys.argv[1], 'told').write_text(' '.join(os.environ))"
    monkeypatch.setattr("roomserver.shell.recordings.MEND", (sys.executable, "-I", "-c", told))
    monkeypatch.setenv("ROOMSERVER_SECRET", "s" * 32)
    put(recordings, NAMES[0], start_ms=0, closed=False)
    await recordings.settled(ROOM)
    names = (recordings.directory(ROOM) / "told").read_text().split()
    assert "PATH" in names
    assert "ROOMSERVER_SECRET" not in names


@pytest.mark.rule("REC-5")
async def test_a_file_that_is_being_written_is_waited_for(recordings: Recordings) -> None:
    open_one = put(recordings, NAMES[0], start_ms=0, closed=False)
    shelf = Shelf(recordings.directory(ROOM))
    with shelf.held(open_one.name) as ours:
        assert ours
        settling = asyncio.create_task(recordings.settled(ROOM))
        done, _ = await asyncio.wait([settling], timeout=0.5)
        assert not done
        shelf.save(shelf.closed(open_one, duration_ms=1_980, ended="closed"))
    (found,) = await settling
    assert (found.closed, found.ended) == (True, "closed")


@pytest.mark.rule("REC-6")
async def test_a_file_that_nobody_writes_any_more_is_mended(recordings: Recordings) -> None:
    put(recordings, NAMES[0], start_ms=500, closed=False)
    (found,) = await recordings.settled(ROOM)
    assert (found.closed, found.ended, found.start_ms, found.duration_ms) == (True, "mended", 500, 1_980)
    assert len(film.read(recordings.path(ROOM, NAMES[0])).times) == 100


@pytest.mark.rule("REC-5")
async def test_a_writer_that_never_ends_is_not_waited_for_for_ever(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomserver.shell.recordings.SETTLE_S", 0.2)
    open_one = put(recordings, NAMES[0], start_ms=0, closed=False)
    with Shelf(recordings.directory(ROOM)).held(open_one.name) as ours:
        assert ours
        assert await recordings.settled(ROOM) == [open_one]


@pytest.mark.parametrize("name", ["", "..", "a.webm", NAMES[0] + "\n", "../" + NAMES[0], NAMES[0][:-4] + "json"])
def test_nothing_but_a_recording_has_a_path(recordings: Recordings, name: str) -> None:
    with pytest.raises(ValueError, match="no recording"):
        recordings.path(ROOM, name)
    with pytest.raises(ValueError, match="no room"):
        recordings.directory("../elsewhere")


class Guard:
    """Lets in who has a token."""

    async def of_closed(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != "Bearer good":
            raise Problem(401, "unauthorized", "no token")


@asynccontextmanager
async def served(recordings: Recordings, clock: ManualClock) -> AsyncIterator[aiohttp.ClientSession]:
    app = web.Application(middlewares=[problems])
    RecordingsApi(cast(Viewers, cast(Any, Guard())), recordings, clock).mount(app)
    door = await Door.open(
        host="127.0.0.1", port=0, app=app, on_connect=echo, subprotocols=SUBPROTOCOLS, clock=ManualClock()
    )
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{door.port}") as session:
            yield session
    finally:
        await door.close()


GOOD = {"Authorization": "Bearer good"}


@pytest.mark.rule("REC-8")
async def test_who_may_see_the_replay_may_have_its_files_and_nobody_else(recordings: Recordings) -> None:
    clock = ManualClock(1_790_000_000.0)
    for number, name in enumerate(NAMES):
        put(recordings, name, start_ms=number)
    put(recordings, "2" * 32 + ".webm", start_ms=7, closed=False)
    data = recordings.path(ROOM, NAMES[0]).read_bytes()
    async with served(recordings, clock) as session:
        async with session.get(f"/v1/rooms/{ROOM}/recordings") as answer:
            assert answer.status == 401
        async with session.get(f"/v1/rooms/{ROOM}/recordings", headers=GOOD) as answer:
            listed = (await answer.json())["recordings"]
        assert [one["name"] for one in listed] == list(NAMES)
        url, other = (one["url"] for one in listed)
        async with session.get(url) as answer:
            assert (answer.status, await answer.read()) == (200, data)
        async with session.get(f"/v1/rooms/{ROOM}/recordings/{NAMES[0]}", headers=GOOD) as answer:
            assert answer.status == 200
        ticket = url.partition("?")[2]
        swapped = f"{other.partition('?')[0]}?{ticket}"
        later = url.replace(ticket, ticket.replace("ticket=1", "ticket=2"))
        for bad in (url.partition("?")[0], url[:-1], swapped, later, url.partition("?")[0] + "?ticket=%ff.%e4"):
            async with session.get(bad) as answer:
                assert answer.status == 401, bad
        await clock.advance(TICKET_S + 1)
        async with session.get(url) as answer:
            assert answer.status == 401


@pytest.mark.rule("REC-9")
@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-20", 206, slice(-20, None)),
        ("bytes=9999999-", 416, None),
    ],
)
async def test_any_part_of_a_file_can_be_asked_for(
    recordings: Recordings, asked: str, status: int, part: slice | None
) -> None:
    put(recordings, NAMES[0], start_ms=0)
    data = recordings.path(ROOM, NAMES[0]).read_bytes()
    async with served(recordings, ManualClock()) as session:
        path = f"/v1/rooms/{ROOM}/recordings/{NAMES[0]}"
        async with session.get(path, headers={**GOOD, "Range": asked}) as answer:
            assert answer.status == status
            if part is not None:
                assert await answer.read() == data[part]
                assert answer.content_type == "video/webm"
        for missing in ("f" * 32 + ".webm", NAMES[0][:-4] + "json", "..%2f..%2fetc%2fpasswd"):
            async with session.get(f"/v1/rooms/{ROOM}/recordings/{missing}", headers=GOOD) as answer:
                assert answer.status == 404
