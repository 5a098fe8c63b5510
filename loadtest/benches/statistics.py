"""A city's records: how long the figures of 100,000 sessions take, while the server that keeps them serves.

The records are made up as the server would have published them (nine in ten of one student, one in ten of fifteen, over
a term of 16 weeks), put into its store, and filed by `roomserver records --rebuild`.  Then every report is asked for
over HTTP.

- `query_s`: the slowest of them; each has its own figure (`workload_s`: by teacher);
  `week_of_workload_s`: one week's of that.
- `query_cpu_s`: processor time of the server for the costliest.
- `records_s`: a page of a teacher's records of one week.
- `filed_per_s`: records filed in a second, by a process beside the server.
- `wrong`: reports whose sums are not those of what was made up.
"""

import asyncio
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import aiohttp

from ..measure import Figures, Span
from ..plan import Size
from ..server import KEY, Server, ServerFailed

RECORDS = 100_000
TEACHERS, STUDENTS, SCHOOLS, DISTRICTS = 14_618, 330_000, 646, 17
WEEKS = 16
SUBJECTS = "chinese mathematics english ethics physics chemistry biology history geography".split()
TERM_MS = 1_788_170_400_000  # Monday, 2026-08-31, 18:00 in Shanghai
DAY_MS = 86_400_000
REPORTS = ("subject", "form", "school", "district", "day", "week", "month", "teacher")


def member(number: int, identity: str, role: str, school: int, seconds: int, score: int | None) -> dict[str, Any]:
    return {
        "member": number,
        "identity": identity,
        "name": identity,
        "role": role,
        "school": f"school-{school}",
        "district": f"district-{school % DISTRICTS}",
        "seconds_present": seconds,
        "seconds_together": seconds,
        "minutes_together": seconds // 60,
        "evaluation": None if score is None else {"due": False, "score": score},
    }


def session(number: int, chance: random.Random) -> dict[str, Any]:
    """`data` of one record."""
    day = 7 * chance.randrange(WEEKS) + chance.randrange(5)
    began_ms = TERM_MS + DAY_MS * day + chance.randrange(9_000_000)
    seconds, many = chance.randrange(1_800), chance.random() < 0.1
    teacher = chance.randrange(TEACHERS)
    people = [member(1, f"t-{teacher:05}", "teacher", teacher % SCHOOLS, seconds, None)]
    for place in range(15 if many else 1):
        student = chance.randrange(STUDENTS)
        score = chance.randrange(1, 6)
        people.append(member(place + 2, f"s-{student:06}", "student", student % SCHOOLS, seconds, score))
    return {
        "room": f"bench-{number}",
        "form": "one_to_many" if many else "one_to_one",
        "subject": chance.choice(SUBJECTS),
        "opened_ms": began_ms,
        "live_ms": began_ms,
        "closed_ms": began_ms + 1_000 * seconds,
        "end_reason": "duration",
        "limits": {"duration_s": 1_800, "quota_s": 18_000 if many else 0},
        "members": people,
        "alarms": [],
    }


class Made:
    """Records put into the store, and what their sums must be."""

    def __init__(self, count: int) -> None:
        self.times = 0
        self.together_s = 0
        self._count = count

    def rows(self) -> Iterator[tuple[Any, Any, bytes]]:
        chance = random.Random(6)
        for number in range(self._count):
            data = session(number, chance)
            seconds = data["members"][0]["seconds_together"]
            self.times += (len(data["members"]) - 1) * (seconds >= 60)
            self.together_s += seconds
            envelope = {"id": f"session-{data['room']}", "type": "classroom.session.closed.v1", "data": data}
            yield envelope["id"], data["room"], json.dumps(envelope, separators=(",", ":")).encode()


def put(server: Server, made: Made) -> None:
    with closing(sqlite3.connect(server.data / "rooms.sqlite", timeout=60)) as db:
        db.executemany("INSERT INTO records (id, room, envelope) VALUES (?, ?, ?)", made.rows())
        db.commit()


async def run(server: Server, size: Size) -> Figures:
    made = Made(size.of(RECORDS))
    await asyncio.to_thread(put, server, made)
    began = time.perf_counter()
    filing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "roomserver", "records", "--rebuild", "--data", str(server.data)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await filing.communicate()
    if filing.returncode:
        raise ServerFailed(f"the records were not filed: {said.decode()}")
    filed_s = time.perf_counter() - began
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", headers=headers) as asking:
        took: dict[str, float] = {}
        cpu: list[float] = []
        reports: dict[str, list[dict[str, Any]]] = {}
        for by in REPORTS:
            span = Span(server.pid)
            took[by], answer = await ask(asking, f"/v1/statistics?by={by}")
            cpu.append(span.end().cpu_s)
            reports[by] = answer["rows"]
        week_s, _ = await ask(asking, "/v1/statistics?by=teacher&week=2026-W40")
        records_s, _ = await ask(asking, "/v1/records?week=2026-W40&teacher=t-00007")
    sums = [sum(row["times"] for row in reports[by]) == made.times for by in REPORTS if by != "teacher"]
    sums.append(sum(row["together_s"] for row in reports["teacher"]) == made.together_s)
    return {
        "query_s": max(took.values()),
        "query_cpu_s": max(cpu),
        **{f"{by}_s": took[by] for by in REPORTS if by != "teacher"},
        "workload_s": took["teacher"],
        "week_of_workload_s": week_s,
        "records_s": records_s,
        "filed_per_s": size.of(RECORDS) / filed_s,
        "wrong": sums.count(False),
    }


async def ask(asking: aiohttp.ClientSession, path: str) -> tuple[float, Any]:
    """Seconds until the whole answer was there, and the answer."""
    began = time.perf_counter()
    async with asking.get(path) as answer:
        said = await answer.read()
        if answer.status != 200:
            raise ServerFailed(f"{path}: {answer.status} {said[:300]!r}")
    return time.perf_counter() - began, json.loads(said)
