"""A person's data are erased while others use the store."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomserver.core.ledger import Ended
from roomserver.shell import sqlite
from roomserver.shell.assets import Assets
from roomserver.shell.privacy import Privacy, Unknown
from roomserver.shell.recordings import Recordings
from roomserver.shell.signing import Signer
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Batch, RoomRow, StoredEvent, StoreFailed
from tests.support.records import member, record

LATE = orjson.dumps(
    {
        "type": "classroom.session.evaluated.v1",
        "subject": "r-1",
        "time": "2026-11-20T11:00:00Z",
        "data": {"room": "r-1", "identity": "anna", "score": 5, "comment": "thank you"},
    }
)
BODY = b'{"seq":1,"at":0,"type":"room.closed","to":"all","cause":null,"event":{}}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rooms.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """anna owes an evaluation of a room that is over."""
    store = await SqliteStore.start(path, routes={"classroom.session.evaluated.v1": ["file"]})
    await store.create(RoomRow("r-1", 1, 0, None, b"{}"))
    over = orjson.dumps({**record("r-1", member("li", "teacher"), member("anna")), "time": "2026-11-20T11:00:00Z"})
    told = {"people": {1: "li", 2: "anna"}, "postings": [Ended(1, {}, ("anna",))], "record": ("session-r-1", over)}
    await store.append(Batch("r-1", 1, [StoredEvent(1, BODY, None, bytes(32))], closed_ms=1, **told))  # type: ignore[arg-type]
    yield store
    await store.close()


def privacy_of(store: SqliteStore, home: Path) -> Privacy:
    signer = Signer(Ed25519PrivateKey.generate())
    return Privacy(store, Recordings(home / "sounds"), Assets(home / "assets"), signer, now=lambda: 7.0)


def files_of(store: Path) -> bytes:
    return b"".join(file.read_bytes() for file in store.parent.glob("rooms.sqlite*"))


@pytest.mark.rule("PRIVACY-2")
async def test_a_late_evaluation_is_handed_over(store: SqliteStore, tmp_path: Path) -> None:
    assert await store.ledger.evaluate("anna", "r-1", ("evaluation-1", LATE))
    *_, last = [orjson.loads(line) async for line in privacy_of(store, tmp_path).export("anna")]
    assert last["ledger"]["evaluations"] == [orjson.loads(LATE)["data"]]


@pytest.mark.rule("PRIVACY-7", "SINK-14")
async def test_an_evaluation_that_comes_while_its_student_is_erased_is_not_kept(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, erase = [], store.erase

    async def erased_and_evaluated(*what: object) -> None:
        await erase(*what)  # type: ignore[arg-type]
        taken.append(await store.ledger.evaluate("anna", "r-1", ("evaluation-1", LATE)))

    monkeypatch.setattr(store, "erase", erased_and_evaluated)
    assert await privacy_of(store, tmp_path).erase("anna") == ["r-1"]
    assert taken == [False]
    assert await store.outbox.backlogs() == {}
    with closing(sqlite3.connect(tmp_path / "rooms.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM evaluations").fetchone() == (0,)


@pytest.mark.rule("PRIVACY-7")
async def test_what_somebody_still_reads_is_said_and_done_when_it_is_asked_for_again(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "SCRUBS", 2)
    privacy = privacy_of(store, path.parent)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM records").fetchone()
        with pytest.raises(StoreFailed, match="reads"):
            await privacy.erase("anna")
        assert b"name of anna" in files_of(path)
    with pytest.raises(Unknown):
        await privacy.erase("anna")
    assert b"name of anna" not in files_of(path)
