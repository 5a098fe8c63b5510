"""A store of every older version, with data in it, is brought up to date, and people in it are found and erased."""

import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomserver.shell.assets import Assets
from roomserver.shell.privacy import Privacy, StillOpen
from roomserver.shell.recordings import Recordings
from roomserver.shell.reports import Reports, Wanted
from roomserver.shell.signing import Signer
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.sqlite_schema import MIGRATIONS
from roomserver.shell.store import Whereabouts
from tests.support.lesson import Lesson
from tests.support.records import member, record

OLD = record("r-over", member("li", "teacher"), member("anna", score=4))
OLD["data"]["members"][1]["evaluation"]["comment"] = "thank you"


@pytest.fixture(params=range(1, len(MIGRATIONS)), ids=lambda version: f"of version {version}")
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One room is over, in another anna and li are still."""
    path, lesson = tmp_path / "rooms.sqlite", Lesson("one_to_one")
    lesson.joins("li", "teacher")
    lesson.joins("anna")
    with closing(sqlite3.connect(path)) as db:
        for script in MIGRATIONS[: request.param]:
            db.executescript(script)
        db.execute(f"PRAGMA user_version = {request.param}")
        rooms = "INSERT INTO rooms (room, epoch, created_ms, closed_ms, meta) VALUES (?, 1, 5, ?, '{}')"
        db.executemany(rooms.replace("'{}'", "x'7b7d'"), [("r-over", 9), ("r-1", None)])
        events = [("r-1", one.seq, one.body, one.personal, one.hash) for one in lesson.entries]
        db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", events)
        db.executemany("INSERT INTO salts VALUES ('r-1', ?, ?)", list(lesson.salts.items()))
        values = (OLD["id"], orjson.dumps(OLD))
        db.execute("INSERT INTO records (id, room, envelope) VALUES (?, 'r-over', ?)", values)
        if request.param >= 5:
            people = [(one["identity"], "r-over", one["member"]) for one in OLD["data"]["members"]]
            people += [("li", "r-1", 1), ("anna", "r-1", 2)] if request.param >= 9 else []
            db.executemany("INSERT INTO people VALUES (?, ?, ?)", people)
        db.commit()
    return path


@pytest.mark.rule("PRIVACY-5")
async def test_a_store_of_an_older_version_keeps_what_it_has_and_people_in_it_are_found_and_erased(path: Path) -> None:
    store = await SqliteStore.start(path)
    assert [(row.room, row.closed_ms) for row in await store.rooms()] == [("r-1", None), ("r-over", 9)]
    assert (found := await store.record("r-over")) is not None
    assert orjson.loads(found.envelope) == OLD
    assert await store.whereabouts("anna") == [Whereabouts("r-1", 2, None), Whereabouts("r-over", 2, 9)]
    reports = await Reports.start(path)
    assert [(row["month"], row["times"], row["mean_score"]) for row in await reports.table("month", Wanted())] == [
        ("2026-11", 1, 4.0)
    ]
    await reports.close()

    at_home = path.parent
    signer = Signer(Ed25519PrivateKey.generate())
    privacy = Privacy(store, Recordings(at_home / "sounds"), Assets(at_home / "assets"), signer, now=lambda: 7.0)
    with pytest.raises(StillOpen):
        await privacy.erase("anna")
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE rooms SET closed_ms = 10 WHERE room = 'r-1'")
        db.commit()
    assert await privacy.erase("anna", rewrite=True) == ["r-1", "r-over"]
    assert await store.whereabouts("anna") == []
    await store.close()
    left = b"".join(file.read_bytes() for file in path.parent.glob("rooms.sqlite*"))
    for word in (b"anna", b"name of anna", b"thank you"):
        assert word not in left
    assert b"name of li" in left
