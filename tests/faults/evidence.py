"""What a server has kept of a room, and whether it proves what people were told."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import orjson

from protocol import events as e
from protocol import notices as n
from roomserver.core import facts
from roomserver.core.log import Entry, Log, chained, commitment, owner, told
from roomserver.core.state import RoomState
from tests.support.server import ServerProcess, eventually


class Line(msgspec.Struct):
    """One line of `GET /v1/rooms/{id}/log`, its parts as the bytes that they are."""

    hash: str
    body: msgspec.Raw
    content: msgspec.Raw


@dataclass
class Evidence:
    """A room's log, every hash of it recomputed."""

    entries: list[Entry]
    state: RoomState

    @cached_property
    def causes(self) -> frozenset[tuple[int, int]]:
        """The (member, id) of every command that has caused something."""
        return frozenset((entry.cause.member, entry.cause.id) for entry in self.entries if entry.cause)

    def of(self, kind: type[Any]) -> list[Any]:
        return [entry.event for entry in self.entries if isinstance(entry.event, kind)]

    def texts(self) -> list[str]:
        return [said.text for said in self.of(e.ChatMessage)]

    def strokes(self) -> dict[str, list[int]]:
        """The deltas of every stroke, by shape id."""
        strokes: dict[str, list[int]] = {begun.shape: [] for begun in self.of(e.StrokeBegun)}
        for more in self.of(e.StrokeExtended):
            strokes[more.shape] += more.points
        return strokes

    def check_heard(self, member: int, messages: Iterable[Any], *, staff: bool) -> int:
        """What one member heard has no gap and no repeat; returns how far that goes.

        What they had heard before a snapshot stands for itself no more: the snapshot has told them everything.
        """
        known = position = 0
        heard: list[Any] = []
        for said in messages:
            match said:
                case n.Welcome(resumed=True, seq=seq):
                    assert seq == position, "resumed from where the member stood"
                case n.Welcome(seq=seq) | n.Snapshot(seq=seq):
                    known = position = seq
                    heard = []
                case e.Event(seq=seq) | e.StrokeExtended(seq=seq):
                    assert seq > position, f"event {seq} after {position}"
                    position = seq
                    heard.append(said)
        may_see = [
            entry.event if staff else told(entry.event)
            for entry in self.entries[known:position]
            if entry.audience.sees(member, "staff" if staff else "learner") and not isinstance(entry.event, facts.Fact)
        ]
        assert [said.seq for said in heard] == [event.seq for event in may_see], (member, known, position)
        assert heard == may_see
        return position


async def evidence(server: ServerProcess, room: str, *, seq: int = 0) -> Evidence:
    """Read a room's log over HTTP, recompute its chain and what stands in it for personal content, and fold it.

    What has been shown is stored a little later: `seq` is waited for.
    """

    async def stored() -> str | None:
        status, text = await server.call("GET", f"/v1/rooms/{room}/log")
        assert status == 200, text
        return text if text.count("\n") >= seq else None

    text = await eventually(stored)
    assert text is not None
    salts = stored_salts(server, room)
    log, state, digest = Log(salts=salts), None, bytes(32)
    entries: list[Entry] = []
    for line in text.split("\n")[:-1]:
        part = msgspec.json.decode(line, type=Line)
        body, content = bytes(part.body), bytes(part.content)
        digest = chained(digest, body)
        assert digest.hex() == part.hash
        personal = None if content == b"null" else content
        entry = log.restore(body, personal, digest, state.board.body if state else None)
        promised = orjson.loads(body).get("personal")
        if personal is None:
            assert promised is None
        else:
            assert promised == commitment(salts[owner(entry.event)], entry.seq, personal)
        if isinstance(entry.event, facts.RoomOpened):
            state = RoomState.begin(entry.event)
        assert state is not None
        assert entry.at >= state.newest_at
        state.apply(entry)
        entries.append(entry)
    assert state is not None, "the log is empty"
    return Evidence(entries, state)


def stored_salts(server: ServerProcess, room: str) -> dict[int, bytes]:
    with closing(sqlite3.connect(f"file:{server.store}?mode=ro", uri=True)) as db:
        return dict(db.execute("SELECT member, salt FROM salts WHERE room = ?", (room,)).fetchall())


async def record_of(server: ServerProcess, room: str) -> Mapping[str, Any] | None:
    """The `data` of a room's record, once it is published."""
    since = "0"
    while True:
        _, page = await server.call("GET", f"/v1/records?since={since}")
        found = [record["data"] for record in page["records"] if record["data"]["room"] == room]
        if found or page["next"] == since:
            assert len(found) <= 1
            return found[0] if found else None
        since = page["next"]


def unharmed(server: ServerProcess) -> None:
    """The server has met no bug of ours, and nothing that it did not expect."""
    log = server.log()
    assert "a bug" not in log, log[-4_000:]
    assert '"level":"error"' not in log, log[-4_000:]
    assert "Traceback" not in log, log[-4_000:]


def rss_mb(server: ServerProcess) -> float:
    """What the server holds in memory."""
    assert server.process is not None
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
