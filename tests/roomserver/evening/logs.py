"""What the store says of an evening once it is over, read by few plain lines of its own: who was where, and when.

It uses none of the server's code, so that what that code says can be held against it.  Instants and lengths are
milliseconds; a span is from its first to before its second instant.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

Span = tuple[int, int]


@dataclass
class Who:
    """One identity in one room.  `inside`: with a place there, `there`: with a line, too."""

    identity: str
    role: str = ""
    inside: list[Span] = field(default_factory=list)
    there: list[Span] = field(default_factory=list)
    evaluated: int | None = None
    expected: bool = False


@dataclass
class Log:
    """One room.  `live` and `closed` are None where it never was."""

    room: str
    form: str = ""
    opened: int = 0
    live: int | None = None
    closed: int | None = None
    reason: str = ""
    people: dict[int, Who] = field(default_factory=dict)
    events: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def span(self) -> Span:
        """Of its life; empty where it was never live."""
        return (0, 0) if self.live is None or self.closed is None else (self.live, self.closed)

    def having(self, role: str) -> list[Who]:
        return [who for who in self.people.values() if who.role == role]

    def live_of(self, who: Who) -> list[Span]:
        """When they were there while the room was live."""
        return common(who.there, [self.span])


@dataclass
class Evening:
    """`late`: when evaluations came from outside, by identity and room."""

    logs: list[Log]
    records: list[tuple[str, Mapping[str, Any]]]
    late: dict[tuple[str, str], int]
    reservations: list[tuple[str, str, int | None]]
    filed: tuple[int, int]  # seconds and minutes together of all attendances

    @cached_property
    def by_room(self) -> Mapping[str, Log]:
        return {log.room: log for log in self.logs}

    @cached_property
    def of(self) -> Mapping[str, Sequence[tuple[Log, Who]]]:
        """The lessons in which an identity had a place."""
        found = defaultdict[str, list[tuple[Log, Who]]](list)
        for log in self.lessons:
            for who in log.people.values():
                if who.inside:
                    found[who.identity].append((log, who))
        return found

    @property
    def lessons(self) -> Iterator[Log]:
        return (log for log in self.logs if log.form != "lobby")

    @property
    def lobbies(self) -> Iterator[Log]:
        return (log for log in self.logs if log.form == "lobby")


def read(path: Path) -> Evening:
    with closing(sqlite3.connect(path)) as db:
        names = {(room, member): name for name, room, member in db.execute("SELECT identity, room, member FROM people")}
        rows = defaultdict[str, list[Mapping[str, Any]]](list)
        for room, body in db.execute("SELECT room, body FROM events ORDER BY room, seq"):
            rows[room].append(orjson.loads(body))
        late = [orjson.loads(row[0])["data"] for row in db.execute("SELECT envelope FROM evaluations")]
        return Evening(
            [_log(room, events, names) for room, events in rows.items()],
            [(id, orjson.loads(envelope)) for id, envelope in db.execute("SELECT id, envelope FROM records")],
            {(one["identity"], one["room"]): one["at_ms"] for one in late},
            db.execute("SELECT room, identity, used_ms FROM reservations WHERE room NOT LIKE 'before-%'").fetchall(),
            db.execute("SELECT coalesce(sum(together_s), 0), coalesce(sum(minutes), 0) FROM attendances").fetchone(),
        )


def _log(room: str, events: Sequence[Mapping[str, Any]], names: Mapping[tuple[str, int], str]) -> Log:
    log = Log(room)
    inside: dict[int, int] = {}  # since when
    there: dict[int, int] = {}

    def end(since: dict[int, int], spans: str, member: int, at: int) -> None:
        if member in since:
            getattr(log.people[member], spans).append((since.pop(member), at))

    newest = 0
    for stored in events:
        event, kind = stored["event"], stored["type"]
        if kind == "fact.opened":
            log.opened, log.form = event["opened_at_ms"], event["booking"]["form"]
        at, member = log.opened + stored["at"], event.get("member", 0)
        log.events.append((at, kind, event))
        match kind:
            case "fact.expected" | "fact.session":
                who = log.people.setdefault(member, Who(names[room, member]))
                who.expected |= kind == "fact.expected"
            case "member.joined":
                log.people[member].role = event["role"]
                inside[member] = there[member] = at
            case "member.back":
                there[member] = at
            case "member.away":
                end(there, "there", member, at)
            case "member.left":
                end(there, "there", member, at)
                end(inside, "inside", member, at)
            case "epoch.raised":  # what came after the newest event nobody can prove
                for one in list(there):
                    end(there, "there", one, newest)
            case "room.live":
                log.live = at
            case "room.closed":
                log.closed, log.reason = at, event["reason"]
                for one in list(inside):
                    end(there, "there", one, at)
                    end(inside, "inside", one, at)
            case "fact.assessed":
                log.people[member].evaluated = at
        newest = at
    return log


def common(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What lies in both."""
    return [(max(a, c), min(b, d)) for a, b in some for c, d in others if max(a, c) < min(b, d)]


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time, in spans that do not touch."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((since, until))
    return found


def length(spans: Iterable[Span]) -> int:
    return sum(until - since for since, until in spans)
