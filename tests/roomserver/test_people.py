"""A person's data over HTTP and by command, on a real server: handed over, destroyed, and the evidence stays whole."""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
import pytest_asyncio

from protocol import commands as c
from sfu.core.recording import Recording
from sfu.shell.shelf import Shelf
from tests.roomserver.test_cli import Done, roomserver
from tests.support import files
from tests.support.member import Member, joined
from tests.support.server import ServerProcess, eventually, forms, serving, token

ROOM = "r-told"
SECRET_WORDS = "nobody knows that I said this"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/record.schema.json").read_text("utf-8"))
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Told:
    """A room that is over, on a server that runs."""

    server: ServerProcess
    exported_while_open: list[Any]
    refused_while_open: tuple[int, Any]
    pictures: dict[str, str]  # by who put them
    files: Path  # what an auditor took home

    @property
    def data(self) -> Path:
        return self.server.data

    async def record(self) -> Any:
        _, page = await self.server.call("GET", "/v1/records")
        return page["records"][0]

    async def verify(self, *words: str) -> Done:
        return await asyncio.to_thread(roomserver, "verify", *words)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    data, home = tmp_path_factory.mktemp("told"), tmp_path_factory.mktemp("home")
    async with serving(data, forms=forms(one_to_one={"evaluation": False, "record": True})) as server:
        await server.room(room=ROOM, expected=["s", "dora"], subject="physics")
        async with (
            joined(server.ws, ROOM, token("t", "teacher")) as teacher,
            joined(server.ws, ROOM, token("s", "student", name="小明", district="海淀", grade="8")) as student,
        ):
            pictures = {
                "t": await put_picture(server, teacher, "t", 40),
                "s": await put_picture(server, student, "s", 50),
            }
            await student.ask(lambda id: c.SendChat(id=id, text=SECRET_WORDS))
            await student.ask(
                lambda id: c.BeginStroke(id=id, shape="1.2", page=1, kind="pen", color="#112233", width=12, at=(1, 2))
            )
            await teacher.ask(lambda id: c.SendChat(id=id, text="like this"))
            keep_recordings(data / "recordings" / ROOM, members=(1, 3))
            exported = await export(server, "s")
            refused = await server.call("DELETE", "/v1/people/s")
            await teacher.send(lambda id: c.EndRoom(id=id))

            async def published() -> bool:
                return await server.metric("roomserver_records_published_total") == 1

            await eventually(published)
        told = Told(server, exported, refused, pictures, home)
        await take_home(told)
        yield told


async def put_picture(server: ServerProcess, member: Member, who: str, size: int) -> str:
    """Upload a picture and put it on the board; its name."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{server.url}/v1/rooms/{ROOM}/assets",
            data=files.picture(size=(size, size)),
            headers={"Authorization": f"Bearer {token(who, 'teacher' if who == 't' else 'student')}"},
        ) as answer,
    ):
        assert answer.status == 201, await answer.text()
        asset = str((await answer.json())["asset"])
    shape = f"{member.client.member}.1"
    put = {"page": 1, "kind": "image", "start": (10, 10), "asset": asset, "size": (100, 100)}
    await member.ask(lambda id: c.PutShape(id=id, shape=shape, **put))  # type: ignore[arg-type]
    return asset


def keep_recordings(directory: Path, *, members: tuple[int, ...]) -> None:
    """As a recorder leaves them."""
    directory.mkdir(parents=True)
    for member in members:
        sound = b"the voice of member %d" % member
        name = f"{member:032x}.webm"
        (directory / name).write_bytes(sound)
        known = {"track": f"a{member}", "member": member, "source": "microphone", "codec": "opus", "start_ms": 0}
        hashed = sha256(sound).hexdigest()
        Shelf(directory).save(Recording(name=name, size=len(sound), sha256=hashed, ended="closed", **known))  # type: ignore[arg-type]


async def export(server: ServerProcess, who: str) -> list[Any]:
    status, text = await server.call("GET", f"/v1/people/{who}")
    assert status == 200, text
    return [json.loads(line) for line in text.splitlines()]


async def take_home(told: Told) -> None:
    record, (_, log) = await told.record(), await told.server.call("GET", f"/v1/rooms/{ROOM}/log")
    (told.files / "record.json").write_text(json.dumps(record), "utf-8")
    (told.files / "log.jsonl").write_text(log, "utf-8")
    async with (
        aiohttp.ClientSession() as session,
        session.get(told.server.url + "/.well-known/roomserver-keys.json") as answer,
    ):
        (told.files / "keys.json").write_bytes(await answer.read())


@pytest.mark.rule("RECORD-5", "RECORD-6")
async def test_the_published_record_is_what_its_schema_says(told: Told) -> None:
    record = await told.record()
    jsonschema.Draft202012Validator(SCHEMA).validate(record)
    assert record["data"]["absentees"] == [{"member": 2, "identity": "dora"}]
    (student,) = [one for one in record["data"]["members"] if one["identity"] == "s"]
    assert (student["district"], student["grade"], student["school"]) == ("海淀", "8", None)
    assert [one["member"] for one in record["data"]["recordings"]] == [1, 3]


@pytest.mark.rule("RECORD-5")
async def test_a_booking_expects_no_more_than_a_thousand(told: Told) -> None:
    many = [f"e-{number}" for number in range(1_001)]
    status, problem = await told.server.call("POST", "/v1/rooms", {"form": "one_to_one", "expected": many})
    assert (status, problem["title"]) == (400, "invalid")


@pytest.mark.rule("EVIDENCE-7")
async def test_what_was_taken_home_is_checked_without_the_server(told: Told) -> None:
    words = [
        word
        for name in ("record.json", "log.jsonl", "keys.json")
        for word in (f"--{name.partition('.')[0]}", str(told.files / name))
    ]
    done = await told.verify(*words, "--recordings", str(told.data / "recordings" / ROOM))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("Of its recorded files 2 are what was recorded")
    done = await told.verify(*words[:-2])
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.rule("EVIDENCE-7")
async def test_the_program_in_the_documents_checks_a_log(told: Told) -> None:
    text = (Path(__file__).parents[2] / "docs/protocol.md").read_text("utf-8")
    program = text.partition("## The stored log")[2].partition("```python\n")[2].partition("```")[0]
    log = (told.files / "log.jsonl").read_bytes()
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], input=log, capture_output=True, check=True
    )
    end = (await told.record())["data"]["log"]
    assert done.stdout.decode().split() == [str(end["events"]), end["hash"]]


@pytest.mark.rule("PRIVACY-2")
async def test_what_is_kept_of_a_person_is_handed_over(told: Told) -> None:
    first, *events, last = await export(told.server, "s")
    assert (first["room"], first["member"], first["record"]["subject"]) == (ROOM, 1, "physics")
    assert first["record"]["members"][0]["name"] == "小明"
    assert [row["member"] for row in first["record"]["recordings"]] == [1]
    content = {event["type"]: event["content"] for event in events}
    assert content["fact.session"] == content["fact.expected"] == {"identity": "s"}
    assert content["chat.message"] == {"text": SECRET_WORDS}
    assert "like this" not in json.dumps(events)
    assert told.exported_while_open[0]["record"] is None
    assert last["ledger"]["claims"] == [{"room": ROOM}]
    assert told.exported_while_open[1:-1] == events[: len(told.exported_while_open) - 2]


@pytest.mark.rule("PRIVACY-3")
async def test_nobody_is_erased_in_mid_lesson(told: Told) -> None:
    status, problem = told.refused_while_open
    assert (status, problem["title"], ROOM in problem["detail"]) == (409, "conflict", True)


async def test_only_a_key_for_it_gets_at_people(told: Told) -> None:
    for method in ("GET", "DELETE"):
        assert (await told.server.call(method, "/v1/people/s", key=token("s", "student")))[0] == 401
        assert (await told.server.call(method, "/v1/people/nobody"))[0] == 404


@pytest.mark.rule("PRIVACY-4", "PRIVACY-5", "PRIVACY-6")
async def test_whoever_is_erased_is_gone_and_the_evidence_stays_whole(told: Told) -> None:
    server, before = told.server, await told.record()
    path = f"/v1/rooms/{ROOM}/replay?at=0"
    assert SECRET_WORDS in json.dumps((await server.call("GET", path))[1])  # what was read is not shown again
    assert await server.call("DELETE", "/v1/people/s") == (200, {"rooms": [ROOM]})
    assert (await server.call("DELETE", "/v1/people/s"))[0] == 404
    record = await told.record()
    jsonschema.Draft202012Validator(SCHEMA).validate(record)
    assert (record["id"], record["data"]["log"]) == (before["id"], before["data"]["log"])
    assert [one["identity"] for one in record["data"]["members"]] == [f"erased:{ROOM}:1", "t"]
    assert [one["erased"] for one in record["data"]["recordings"]] == [True, False]
    assert record["data"]["erased_at_ms"] >= before["data"]["closed_ms"]
    done = await told.verify(ROOM, "--data", str(told.data))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 are what was recorded, 1 were erased, 0 are not kept any more" in done.stdout
    shown = [await server.call("GET", path), await server.call("GET", f"/v1/rooms/{ROOM}/replay/index")]
    assert [status for status, _ in shown] == [200, 200]
    for word in (SECRET_WORDS, "小明", told.pictures["s"]):
        assert word not in json.dumps(shown, ensure_ascii=False)
    assert "like this" in json.dumps(shown)
    kept = {path.name for path in (told.data / "assets" / ROOM).iterdir()}
    assert kept == {told.pictures["t"]}
    assert {path.stem for path in (told.data / "recordings" / ROOM).iterdir()} == {f"{3:032x}"}


@pytest.mark.rule("PRIVACY-7")
async def test_nothing_is_left_in_the_files_of_the_store(told: Told) -> None:
    done = await asyncio.to_thread(roomserver, "person", "t", "erase", "--data", str(told.data))
    assert (done.returncode, "another server uses" in done.stderr) == (1, True)
    await told.server.stop()
    found = b"".join(path.read_bytes() for path in told.data.glob("rooms.sqlite*"))
    assert b"like this" in found
    done = await asyncio.to_thread(roomserver, "person", "t", "export", "--data", str(told.data))
    assert "like this" in done.stdout
    done = await asyncio.to_thread(roomserver, "person", "t", "erase", "--data", str(told.data))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Erased in 1 rooms: {ROOM}.\n", "")
    found = b"".join(path.read_bytes() for path in told.data.glob("rooms.sqlite*"))
    for word in ("like this", SECRET_WORDS, "小明", '"identity":"t"', '"identity":"s"'):
        assert word.encode() not in found
    done = await told.verify(ROOM, "--data", str(told.data))
    assert (done.returncode, done.stderr) == (0, "")
    done = await asyncio.to_thread(roomserver, "person", "t", "erase", "--data", str(told.data))
    assert (done.returncode, done.stderr) == (1, "roomserver: nothing is kept of that identity\n")
