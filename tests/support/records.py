"""Session records as the server publishes them, made up for tests of what is read from them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from roomserver.core.tally import SHANGHAI
from roomserver.shell import sqlite_filing
from roomserver.shell.sqlite_schema import connect, prepare


def at(text: str) -> int:
    """`2026-11-20 19:00` in Shanghai, as wall-clock milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def member(identity: str, role: str = "student", together_s: int = 600, **more: Any) -> dict[str, Any]:
    number = more.pop("member", None)
    score = more.pop("score", None)
    return {
        "member": number,
        "identity": identity,
        "name": f"name of {identity}",
        "role": role,
        "device": False,
        "school": more.pop("school", "No. 1"),
        "intervals": [],
        "seconds_present": together_s + 10,
        "seconds_together": together_s,
        "minutes_together": together_s // 60,
        "evaluation": None if score is None else {"due": False, "score": score},
        **more,
    }


def record(room: str, *members: dict[str, Any], began: str = "2026-11-20 19:00", **more: Any) -> dict[str, Any]:
    """A whole envelope.  It is live from `began` on, for half an hour, unless told otherwise."""
    began_ms = at(began)
    numbered = [{**one, "member": one["member"] or number} for number, one in enumerate(members, 1)]
    data = {
        "room": room,
        "form": "one_to_one",
        "subject": "mathematics",
        "grade": "8",
        "topic": "",
        "scheduled_ms": None,
        "opened_ms": began_ms - 60_000,
        "live_ms": began_ms,
        "closed_ms": began_ms + 1_800_000,
        "end_reason": "duration",
        "limits": {"duration_s": 1800, "quota_s": more.pop("quota_s", 0)},
        "members": numbered,
        "moderation": [],
        "alarms": [],
        "recordings": [],
        **more,
    }
    return {"specversion": "1.0", "id": f"session-{room}", "type": "classroom.session.closed.v1", "data": data}


def stored(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """A store that has published these."""
    prepare(path)
    db = connect(path)
    db.execute("BEGIN")
    for one in records:
        envelope = orjson.dumps(one)
        sql = "INSERT INTO records (id, room, envelope) VALUES (?, ?, ?) RETURNING position"
        [(position,)] = db.execute(sql, (one["id"], one["data"]["room"], envelope)).fetchall()
        people = [(person["identity"], one["data"]["room"], person["member"]) for person in one["data"]["members"]]
        db.executemany("INSERT INTO people (identity, room, member) VALUES (?, ?, ?)", people)
        sqlite_filing.file(db, position, envelope)
    db.execute("COMMIT")
    db.close()
    return path
