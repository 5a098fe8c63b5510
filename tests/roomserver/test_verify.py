"""`roomserver verify`: on a real store, whole and then tampered with."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from protocol import commands as c
from roomserver.shell.signing import Signer
from tests.roomserver.test_cli import Done, roomserver
from tests.support.member import joined
from tests.support.server import eventually, forms, serving, token

ROOM = "r-told"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server that has stopped, with one room that is over."""
    data = tmp_path_factory.mktemp("told")
    async with serving(data, forms=forms(one_to_one={"evaluation": False})) as server:
        await server.room(room=ROOM)
        async with (
            joined(server.ws, ROOM, token("t", "teacher")) as teacher,
            joined(server.ws, ROOM, token("s", "student")) as student,
        ):
            await student.ask(lambda id: c.SendChat(id=id, text="how does this go?"))
            await teacher.ask(lambda id: c.SendChat(id=id, text="like this"))
            while_open = await verify(data)
            assert (while_open.returncode, while_open.stderr) == (0, "")
            await teacher.send(lambda id: c.EndRoom(id=id))

            async def published() -> bool:
                return await server.metric("roomserver_records_published_total") == 1

            await eventually(published)
    return data


@pytest.fixture
def data(told: Path, tmp_path: Path) -> Path:
    """A copy that may be spoilt."""
    shutil.copytree(told, tmp_path / "data")
    return tmp_path / "data"


async def verify(data: Path, room: str = ROOM) -> Done:
    return await asyncio.to_thread(roomserver, "verify", room, "--data", str(data))


def alter(data: Path, sql: str) -> None:
    with closing(sqlite3.connect(data / "rooms.sqlite")) as db, db:
        assert db.execute(sql).rowcount > 0


def one(data: Path, sql: str) -> Any:
    with closing(sqlite3.connect(data / "rooms.sqlite")) as db:
        return db.execute(sql).fetchone()[0]


def kid(data: Path) -> str:
    return Signer.load(data / "evidence.key").kid


@pytest.mark.rule("EVIDENCE-4")
async def test_a_whole_log_says_how_long_it_is_and_where_it_ends(data: Path) -> None:
    done = await verify(data)
    events, end = one(data, "SELECT count(*) FROM events"), one(data, "SELECT hash FROM events ORDER BY seq DESC")
    personal = one(data, "SELECT count(personal) FROM events")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"The log of room {ROOM} is whole: {events} events, the last hash {end.hex()}.",
        f"Personal content belongs to {personal} of them; none of it has been erased.",
        f"The session record is signed by the key {kid(data)}, and says what the log says.",
    ]


@pytest.mark.rule("EVIDENCE-4")
async def test_what_has_been_erased_is_said(data: Path) -> None:
    personal = one(data, "SELECT count(personal) FROM events")
    said = await asyncio.to_thread(roomserver, "person", "s", "erase", "--data", str(data))
    assert (said.returncode, said.stdout, said.stderr) == (0, f"Erased in 1 rooms: {ROOM}.\n", "")
    erased = personal - one(data, "SELECT count(personal) FROM events")
    assert erased == 3  # who they are, their name, and what they said
    done = await verify(data)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == (
        f"Personal content belongs to {personal} of them; that of {erased} ({erased / personal:.0%}) has been erased."
    )


@pytest.mark.rule("EVIDENCE-4")
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE events SET body = CAST(replace(body, 'ended', 'lost') AS BLOB) WHERE seq = {closed}",
            "event {closed}: the hash does not fit the stored bytes and the hash before",
        ),
        (
            "UPDATE events SET hash = zeroblob(32) WHERE seq = 3",
            "event 3: the hash does not fit the stored bytes and the hash before",
        ),
        (
            "UPDATE events SET personal = CAST(replace(personal, 'like', 'hate') AS BLOB) WHERE seq = {said}",
            "event {said}: the content, or its salt, is not what the chain commits to",
        ),
        ("UPDATE salts SET salt = zeroblob(16) WHERE member = 1", "event 2: the content, or its salt"),
        ("DELETE FROM salts WHERE member = 1", "event 2: the salt of its content is missing"),
        ("DELETE FROM events WHERE seq = 4", "event 4: it is missing, event 5 follows"),
        ("DELETE FROM events WHERE seq = {closed}", "event {closed}: it is missing, "),
        ("DELETE FROM events", "event 1: it is missing, the log is empty"),
        (
            "UPDATE events SET personal = NULL WHERE seq = {said}",
            "event {said}: its content is missing, though its mem",
        ),
    ],
)
async def test_the_first_broken_event_is_named_and_why(data: Path, sql: str, said: str) -> None:
    places = {
        "closed": one(data, "SELECT seq FROM events WHERE CAST(body AS TEXT) LIKE '%room.closed%'"),
        "said": one(data, "SELECT seq FROM events WHERE CAST(personal AS TEXT) LIKE '%like this%'"),
    }
    alter(data, sql.format(**places))
    done = await verify(data)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"roomserver: the log of room {ROOM} is broken at {said.format(**places)}")


@pytest.mark.rule("EVIDENCE-5", "EVIDENCE-6")
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("replace(envelope, '\"strokes\":0', '\"strokes\":9')", "its signature does not fit"),
        ('replace(envelope, \'"alg":"EdDSA"\', \'"alg":"none"\')', "it is not signed"),
        (
            'replace(envelope, \'"source":"roomserver","type\', \'"source":"x","type\')',
            "its envelope is that of another",
        ),
        ("'no JSON'", "it is none of this version"),
    ],
)
async def test_a_record_that_is_not_what_was_signed_is_found(data: Path, sql: str, said: str) -> None:
    alter(data, f"UPDATE records SET envelope = CAST({sql.replace('envelope,', 'CAST(envelope AS TEXT),')} AS BLOB)")
    done = await verify(data)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"roomserver: what was kept of room {ROOM} does not fit: the session record: {said}\n"


@pytest.mark.rule("EVIDENCE-3")
async def test_a_record_that_was_taken_from_a_room_that_is_over_is_found(data: Path) -> None:
    alter(data, "DELETE FROM records")
    done = await verify(data)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"roomserver: what was kept of room {ROOM} does not fit: "
        "the session record: it is missing, though the room is over\n"
    )


@pytest.mark.rule("SIGN-3")
async def test_what_a_former_key_signed_can_still_be_checked(data: Path) -> None:
    (data / "evidence.key").rename(data / "old.key")
    Signer.load(data / "evidence.key")
    done = await verify(data)
    assert done.returncode == 1
    assert "is not among those that are known" in done.stderr
    config = data / "config.toml"
    config.write_text(f'[storage]\npath = "{data}/rooms.sqlite"\n[evidence]\nformer_keys = ["{data}/old.key"]\n')
    done = await asyncio.to_thread(roomserver, "verify", ROOM, "--config", str(config))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.rule("EVIDENCE-4")
async def test_a_log_that_is_not_there_is_no_verdict(data: Path) -> None:
    for room, store, said in [
        ("r-unknown", data, "there is no room r-unknown"),
        (ROOM, data / "nowhere", "there is no store at"),
    ]:
        done = await verify(store, room)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"roomserver: {said}")
    alter(data, "UPDATE rooms SET forgotten_ms = 1")
    done = await verify(data)
    assert (done.returncode, done.stderr) == (2, f"roomserver: the log of room {ROOM} is not kept any more\n")
    (data / "rooms.sqlite").write_bytes(b"no database at all, though long enough to be one" * 100)
    done = await verify(data)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
