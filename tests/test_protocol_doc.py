"""docs/protocol.md says what the code does: every message and field, every code, limit and route, and nothing else.

It reads the tables whose first column is headed `command`, `event`, `notice`, `signal`, `fact`, `part`, `error`,
`close` or `call`.  A field stands in the column "fields" as `name`: and its meaning; `name?`: may be left out.
"""

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast, get_args

import msgspec
import pytest
from aiohttp import web

from protocol import commands as c
from protocol import events as e
from protocol import limits
from protocol import notices as n
from protocol.codes import CloseCode, ErrorCode
from roomserver.core import facts, rights
from roomserver.shell import site
from roomserver.shell.api import Api
from roomserver.shell.boardapi import BoardApi
from roomserver.shell.demo import Demo
from roomserver.shell.devices import Devices
from roomserver.shell.door import PATH
from roomserver.shell.evaluations import Evaluations
from roomserver.shell.live import Live
from roomserver.shell.people_api import PeopleApi
from roomserver.shell.recordings_api import RecordingsApi
from roomserver.shell.replay_api import ReplayApi
from roomserver.shell.reports_api import ReportsApi

TEXT = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text("utf-8")
Row = Mapping[str, str]


def tables(heading: str) -> list[Row]:
    """The rows of all tables whose first column is headed so, by column."""
    rows: list[Row] = []
    for table in re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE):
        header, _, *lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
        if header[0] == heading:
            assert all(len(line) == len(header) for line in lines), f"a torn row: {lines}"
            rows += [dict(zip(header, line, strict=True)) for line in lines]
    return rows


def name(row: Row, heading: str) -> str:
    (found,) = re.findall(r"^`(.+)`$", row[heading])
    return str(found)


def documented(row: Row) -> set[str]:
    return {field + optional for field, optional in re.findall(r"`(\w+)(\??)`:", row["fields"])}


def fields(message: type, *besides: str) -> set[str]:
    return {
        field.encode_name + ("" if field.required else "?")
        for field in msgspec.structs.fields(message)
        if field.name not in besides
    }


def tag(message: type[msgspec.Struct]) -> str:
    return str(message.__struct_config__.tag)


COMMANDS: Sequence[type] = (c.Hello, *get_args(c.RoomCommand))
EVENTS: Sequence[type] = get_args(e.AnyEvent)
NOTICES: Sequence[type] = get_args(n.AnyNotice)
FACTS: Sequence[type] = get_args(facts.Fact)
SIGNALS = {("up", tag(signal)): signal for signal in get_args(c.Signal)} | {
    ("down", tag(signal)): signal for signal in get_args(n.AnySignal)
}
PARTS: Mapping[str, type] = {
    "hello.client": c.ClientInfo,
    "hello.resume": c.Resume,
    "room": n.RoomView,
    "room.ends": n.EndsView,
    "room.members[]": n.MemberView,
    "room.paused": n.PausedView,
    "room.held[]": n.HeldView,
    "room.alarms[]": n.AlarmView,
    "room.past": n.PastView,
    "room.past.gone[]": n.GoneView,
    "room.chat[]": n.ChatView,
    "room.tracks[]": n.TrackView,
    "room.poll": n.PollView,
    "room.checkin": n.CheckinView,
    "room.comments[]": n.CommentView,
    "room.lobby": n.LobbyView,
    "room.lobby.duties[]": n.DutyView,
    "room.lobby.calls[]": n.CallView,
    "welcome.limits": n.LimitsView,
    "welcome.ice_servers[]": n.IceServer,
}


@pytest.mark.parametrize(
    ("heading", "messages", "implied"),
    [
        ("command", COMMANDS, ["id"]),
        ("event", EVENTS, ["seq", "at"]),
        ("fact", FACTS, ["seq", "at"]),
        ("notice", NOTICES, []),
    ],
)
def test_every_message_is_documented_with_its_fields_and_nothing_else_is(
    heading: str, messages: Sequence[type], implied: list[str]
) -> None:
    found = {name(row, heading): documented(row) for row in tables(heading)}
    assert found == {tag(message): fields(message, *implied) for message in messages}
    assert len(tables(heading)) == len(messages)


def test_every_signal_is_documented_for_its_way() -> None:
    found = {(row["way"], name(row, "signal")): documented(row) for row in tables("signal")}
    assert found == {key: fields(signal) for key, signal in SIGNALS.items()}


def test_every_part_of_a_message_is_documented() -> None:
    found = {name(row, "part"): documented(row) for row in tables("part")}
    assert found == {part: fields(view) for part, view in PARTS.items()}
    views = {view for view in vars(n).values() if isinstance(view, type) and issubclass(view, n.Part)} - {n.Part}
    assert views <= set(PARTS.values())


def test_arrays_are_documented_in_their_order() -> None:
    extend, extended = ["type", *c.ExtendStroke.__struct_fields__], ["type", *e.StrokeExtended.__struct_fields__]
    assert '["board.extend",' + ",".join(extend[1:]) + "]" in TEXT
    assert '["board.extended",' + ",".join(extended[1:]) + "]" in TEXT
    for signal in (c.MovePointer, n.Pointer, c.ShowView, n.View):
        assert f'["{tag(signal)}",' + ",".join(signal.__struct_fields__) + "]" in TEXT


def test_who_may_send_a_command_is_what_the_table_of_rights_says() -> None:
    words = {
        rights.EVERYONE: "everyone",
        rights.PRESENT: "all but observers",
        rights.STAFF: "staff",
        rights.LEARNERS: "learners",
        frozenset({"teacher"}): "teachers",
        frozenset({"student"}): "students",
        frozenset({"observer"}): "observers",
        rights.COUNTING: "classrooms and assistants",
        frozenset({"teacher", "student"}): "teachers and students",
    }
    expected = {"hello": "everyone"}
    for command in get_args(c.RoomCommand):
        rule = rights.TABLE[command]
        right = f", learners with `{rule.right}`" if rule.right else ""
        expected[tag(command)] = words[rule.roles] + right
    assert {name(row, "command"): row["who"] for row in tables("command")} == expected


def test_every_event_that_a_command_is_said_to_cause_exists() -> None:
    known = {tag(message) for message in (*COMMANDS, *EVENTS, *NOTICES, *FACTS, *SIGNALS.values())}
    families = {word.partition(".")[0] for word in known if "." in word}
    said = {word for word in re.findall(r"`([a-z_]+\.[a-z_]+)`", TEXT) if word.partition(".")[0] in families}
    names = set(PARTS) | {"room.opened_at_ms", "hello.id"}
    assert said - known - names == set()


def test_every_code_is_documented_and_no_other() -> None:
    errors = [name(row, "error") for row in tables("error")]
    assert sorted(errors) == sorted(code.value for code in ErrorCode)
    closes = [row["close"] for row in tables("close")]
    assert closes == sorted(str(code.value) for code in CloseCode)


def test_every_limit_is_documented() -> None:
    section = TEXT.partition("\n## Limits\n")[2].partition("\n## ")[0]
    for limit, value in vars(limits).items():
        if limit.isupper():
            assert re.search(rf"(?<![\d,]){value:,}(?![\d,])", section), limit


def test_every_route_is_documented_and_no_other() -> None:
    app = web.Application()
    nothing = cast(Any, None)
    api = Api(rooms=nothing, store=nothing, verifier=nothing, sign=None, clock=nothing, keys=())
    api.mount(app)
    ReplayApi(nothing, nothing).mount(app)
    RecordingsApi(nothing, nothing, nothing).mount(app)
    ReportsApi(api, nothing).mount(app)
    Live(api, nothing, nothing).mount(app)
    PeopleApi(api, nothing).mount(app)
    board = dict.fromkeys(("api", "viewers", "replays", "rooms", "clock", "studio", "assets", "formulas"), nothing)
    BoardApi(**board).mount(app)
    devices = dict.fromkeys(("rooms", "verifier", "visitors", "relays", "clock"), nothing)
    Devices(**devices).mount(app)
    evaluations = dict.fromkeys(("rooms", "ledger", "verifier", "clock", "source"), nothing)
    Evaluations(**evaluations).mount(app)
    site.mount(app, ready=lambda: True, metrics=bytes, keys=b"")
    Demo(nothing, nothing, nothing, "one_to_many").mount(app)
    routes = {
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert {name(row, "call") for row in tables("call")} == routes | {f"GET {PATH}"}


def test_links_within_the_page_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors


async def test_first_client_runs(tmp_path: Path) -> None:
    program = TEXT.partition("\n## A first client in 40 lines\n")[2].partition("```python\n")[2].partition("```")[0]
    assert program.count("\n") <= 40
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "roomserver", "serve", "--demo", "--port", "0", "--media-port", "0"),
        *("--data", str(tmp_path), "--log-level", "WARNING"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    try:
        async with asyncio.timeout(30):
            while not (line := (await server.stdout.readline()).decode().split())[:1] == ["Teacher"]:
                assert server.returncode is None
            client = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", program, line[1]), stdout=asyncio.subprocess.PIPE
            )
            said = (await client.communicate())[0].decode()
    finally:
        server.terminate()
        await server.communicate()
    assert client.returncode == 0
    assert '"board.finished"' in said.splitlines()[-1]
