"""The command line: what a person types, and what it says back."""

import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import jwt
import pytest
from click.testing import CliRunner

from protocol import commands as c
from roomserver.cli import main
from roomserver.shell.lan import addresses
from tests.support.member import joined
from tests.support.server import SECRET, START_S, eventually, forms, serving, token

Done = subprocess.CompletedProcess[str]


def roomserver(*words: str, environ: Mapping[str, str] = {}) -> Done:
    """What the command does, in this process: another would spend a second on its imports."""
    clean = {name: None for name in os.environ if name.startswith("ROOMSERVER")}
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level  # `serve` brings its own
    try:
        done = CliRunner(env={**clean, **environ}).invoke(main, words, catch_exceptions=False)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    return Done(words, done.exit_code, done.stdout, done.stderr)


def as_a_process(*words: str) -> Done:
    """What it does in a process of its own, as whatever starts a server needs."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ROOMSERVER")}
    command = [sys.executable, "-m", "roomserver", *words]
    return subprocess.run(command, env=clean, capture_output=True, text=True, timeout=50, check=False)


def test_help_names_every_command() -> None:
    said = roomserver("--help").stdout
    for word in ("serve", "token", "records", "outbox", "verify", "board", "calendar", "person"):
        assert re.search(rf"^  {word}\s+\w+", said, re.MULTILINE)
    for command in ("serve", "token", "records", "outbox", "verify", "board", "calendar"):
        assert roomserver(command, "--help").returncode == 0


def test_token_is_signed_with_the_secret_of_the_environment() -> None:
    words = ["token", "--sub", "e-1", "--name", "王老师", "--role", "teacher", "--room", "r-1", "--hours", "1"]
    words += ["--district", "海淀"]
    done = roomserver(*words, environ={"ROOMSERVER_SECRET": SECRET})
    claims = jwt.decode(done.stdout.strip(), SECRET, algorithms=["HS256"], audience="roomserver", issuer="classroom")
    assert (claims["sub"], claims["name"], claims["role"], claims["room"]) == ("e-1", "王老师", "teacher", "r-1")
    assert claims["district"] == "海淀"
    assert not claims.keys() & {"school", "grade"}


def test_what_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[server]\nprot = 1\n", "utf-8")
    (tmp_path / "tls.toml").write_text('[server]\nport = 0\ncertificate = "no.pem"\n[media]\nport = 0\n', "utf-8")
    (tmp_path / "forms.toml").write_text("forms = 5\n", "utf-8")
    (tmp_path / "top.toml").write_text("[media]\nport = 65535\nprocesses = 2\n", "utf-8")
    sink = '[[sinks]]\nkind = "webhook"\nname = "city"\nurl = "https://example.org"\n'
    (tmp_path / "sink.toml").write_text(sink, "utf-8")
    (tmp_path / "gone.toml").write_text('[media]\naddresses = ["127.0.0.1", "203.0.113.9"]\n', "utf-8")
    (tmp_path / "two.toml").write_text('[media]\naddresses = ["127.0.0.1"]\nprocesses = 2\n', "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second:
        second.bind(("127.0.0.1", 0))
        below = second.getsockname()[1] - 1
        two = ["--demo", "--data", str(tmp_path), "--port", "0", "--config", str(tmp_path / "two.toml")]
        anywhere = ["--demo", "--data", str(tmp_path), "--port", "0", "--media-port", "0"]
        port = str(taken.getsockname()[1])
        for words, remedy in [
            (["serve"], "set ROOMSERVER_SECRET"),
            (["serve", "--config", str(tmp_path / "bad.toml")], "did you mean `port`?"),
            (["serve", "--config", str(tmp_path / "none.toml")], "No such file"),
            (
                ["serve", "--demo", "--data", str(tmp_path), "--config", str(tmp_path / "tls.toml")],
                "server.certificate",
            ),
            (["serve", "--config", str(tmp_path / "forms.toml")], "each is a table"),
            (["serve", "--demo", "--data", str(tmp_path), "--port", port, "--media-port", "0"], "make serve PORT="),
            (["serve", *two, "--media-port", str(below)], f"{below} to {below + 1} (UDP and TCP) is taken"),
            (["serve", "--demo", "--data", str(tmp_path), "--config", str(tmp_path / "top.toml")], "not enough ports"),
            (
                ["serve", *anywhere, "--config", str(tmp_path / "gone.toml")],
                "203.0.113.9 is no address of this machine",
            ),
            (["serve", *anywhere, "--host", "203.0.113.9"], "requested address: see server.host and media.addresses"),
            (["serve", "--demo", "--form", "chess"], "choose one of one_to_one, one_to_many"),
            (["records", "--data", str(tmp_path / "nowhere")], "there is no store at"),
            (["outbox", "--data", str(tmp_path / "nowhere")], "there is no store at"),
            (["serve", "--demo", "--data", str(tmp_path), "--config", str(tmp_path / "sink.toml")], "cannot sign"),
            (["token", "--sub", "a", "--name", "b", "--role", "student"], "set ROOMSERVER_SECRET"),
        ]:
            done = roomserver(*words)
            assert done.returncode == 1, words
            (line,) = done.stderr.splitlines()
            assert line.startswith("roomserver: ")
            assert remedy in line


@asynccontextmanager
async def demo(data: Path, *options: str) -> AsyncIterator[dict[str, str]]:
    """A server in demo mode, by the links that it prints; Ctrl-C stops it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "roomserver", "serve", "--demo", "--port", "0", "--media-port", "0"),
        *("--data", str(data), "--log-level", "WARNING", *options),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    links: dict[str, str] = {}
    try:
        async with asyncio.timeout(START_S):
            while len(links) < 2:
                said = await process.stdout.readline()
                assert said, "it has ended"
                words = said.decode().split()
                if len(words) == 2 and words[0] in ("Teacher", "Student"):
                    links[words[0]] = words[1]
        yield links
        process.send_signal(signal.SIGINT)
        await process.stdout.read()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def follow(link: str) -> tuple[str, str]:
    """The room that it leads to, and a token for it."""
    async with aiohttp.ClientSession() as session, session.get(link, allow_redirects=False) as answer:
        assert answer.status == 303
        found = re.fullmatch(r"/#room=([\w-]+)&token=([\w.-]+)", answer.headers["Location"])
        assert found is not None
        return found[1], found[2]


@pytest.mark.skipif(not addresses(), reason="this machine is on no network")
async def test_on_the_local_network_links_lead_to_this_machine_s_first_address(tmp_path: Path) -> None:
    async with demo(tmp_path, "--lan") as links:
        teacher = urlsplit(links["Teacher"])
        assert (teacher.scheme, teacher.hostname) == ("https", addresses()[0])
        socket.create_connection((teacher.hostname, teacher.port or 0)).close()


async def test_demo_prints_two_links_and_a_link_to_an_ended_room_opens_a_fresh_one(tmp_path: Path) -> None:
    async with demo(tmp_path) as links:
        base = links["Teacher"].removesuffix("/demo/teacher")
        ws = base.replace("http", "ws") + "/v1/ws"
        room, teachers = await follow(links["Teacher"])
        same, students = await follow(links["Student"])
        assert same == room
        async with joined(ws, room, teachers) as teacher, joined(ws, room, students):
            await teacher.send(lambda id: c.EndRoom(id=id))
            await teacher.hear(object, lambda said: getattr(said, "reason", "") == "ended")
        fresh, _ = await follow(links["Student"])
        assert fresh != room
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/demo/inspector", allow_redirects=False) as answer:
                page, _, inspector = answer.headers["Location"].partition("#token=")
            async with session.get(f"{base}/v1/live", headers={"Authorization": f"Bearer {inspector}"}) as answer:
                assert (page, answer.status) == ("/supervise", 200)
                assert fresh in await answer.text()

    async with demo(tmp_path) as links:
        assert (await follow(links["Teacher"]))[0] == fresh  # the lesson goes on after a restart
        second = await asyncio.to_thread(
            as_a_process, "serve", "--demo", "--port", "0", "--media-port", "0", "--data", str(tmp_path)
        )
        assert (second.returncode, "another server uses" in second.stderr) == (1, True)


async def test_records_are_shown_as_a_table_and_as_json(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=forms(one_to_one={"evaluation": False})) as server:
        room = await server.room(subject="history")
        async with joined(server.ws, room, token("e-7", "teacher")) as teacher:
            await teacher.send(lambda id: c.EndRoom(id=id))
            await teacher.closed()

        async def published() -> bool:
            return await server.metric("roomserver_records_published_total") == 1

        await eventually(published)
        await server.filed(1)
        table = await asyncio.to_thread(roomserver, "records", "--data", str(tmp_path))
        lines = await asyncio.to_thread(roomserver, "records", "--data", str(tmp_path), "--json")
    assert re.search(rf"{room}  one_to_one  history  live 0:00  ended: ended", table.stdout)
    assert re.search(r"teacher\s+e-7\s+present\s+0 s\s+together\s+0 min\s+score -", table.stdout)
    assert lines.stdout == (tmp_path / "records.jsonl").read_text("utf-8")
