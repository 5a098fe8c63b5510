"""The outbox in the store: letters are written with what they tell of, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from roomserver.core.ledger import Ended
from roomserver.core.live import type_of
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Backlog, Batch, RoomRow, StaleEpoch, StoredEvent, StoreFailed, Whereabouts
from tests.roomserver.shell.posting import closes
from tests.roomserver.shell.sinks.letters import envelope

ROUTES = {
    type_of("session.closed"): ["file", "stream"],
    type_of("member.joined"): ["stream"],
    type_of("session.evaluated"): ["stream"],
}
AT_MS = 1_790_000_000_000


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.start(tmp_path / "rooms.sqlite", routes=ROUTES)
    yield store
    await store.close()


async def ids(store: SqliteStore, sink: str, *, now_ms: int = 0) -> list[str]:
    return [letter.id for letter in await store.outbox.first(sink, now_ms=now_ms, limit=100)]


def event(seq: int) -> StoredEvent:
    return StoredEvent(seq, b"body", None, bytes(32))


@pytest.mark.rule("SINK-1")
async def test_the_record_is_stored_with_a_letter_for_each_sink_that_wants_it(store: SqliteStore) -> None:
    await closes(store, "r-1")
    [record] = await store.records()
    for sink in ("file", "stream"):
        [letter] = await store.outbox.first(sink, now_ms=0, limit=10)
        assert (letter.sink, letter.id, letter.tries, letter.envelope) == (sink, record.id, 0, record.envelope)
    assert await ids(store, "another") == []


@pytest.mark.rule("SINK-1")
async def test_what_is_not_stored_is_not_told(store: SqliteStore) -> None:
    """A stale owner, a gap: the batch is refused, with its record, its letters, and what it would have told."""
    await store.create(RoomRow("r-1", 0, 0, None, b"{}"))
    await store.open("r-1")
    told, record = [("event-r-1-2", envelope("event-r-1-2", kind="member.joined"))], ("session-r-1", envelope("s"))
    with pytest.raises(StoreFailed, match="does not follow"):
        await store.append(Batch("r-1", 1, [event(2)], deliveries=told, record=record))
    with pytest.raises(StaleEpoch):
        await store.append(Batch("r-1", 0, [event(1)], deliveries=told, record=record))
    assert (await store.outbox.backlogs(), await store.records()) == ({}, [])


@pytest.mark.rule("SINK-1")
async def test_an_envelope_that_cannot_be_read_fails_its_own_batch_alone(store: SqliteStore) -> None:
    await store.create(RoomRow("r-1", 0, 0, None, b"{}"))
    await store.open("r-1")
    broken = store.append(Batch("r-1", 1, [event(1)], deliveries=[("x", b"no JSON")]))
    other = asyncio.ensure_future(closes(store, "r-2"))
    with pytest.raises(ValueError, match="JSON"):
        await broken
    await other
    assert [row.id for row in await store.records()] == ["session-r-2"]


@pytest.mark.rule("STORE-6", "SINK-2")
async def test_a_record_that_is_published_again_after_it_was_delivered_is_not_told_again(store: SqliteStore) -> None:
    await closes(store, "r-1")
    [letter] = await store.outbox.first("file", now_ms=0, limit=10)
    await store.outbox.delivered([letter.position])
    await store.open("r-1")
    await store.append(Batch("r-1", 2, [], closed_ms=1, record=("session-r-1", envelope("session-r-1"))))
    assert await ids(store, "file") == []
    assert await ids(store, "stream") == ["session-r-1"]


@pytest.mark.rule("LIVE-1")
async def test_what_happens_is_told_to_those_who_asked_in_the_order_in_which_it_happened(store: SqliteStore) -> None:
    await store.create(RoomRow("r-1", 0, 0, None, b"{}"))
    await store.open("r-1")
    told = [(f"event-r-1-{seq}", envelope(f"event-r-1-{seq}", kind="member.joined")) for seq in (1, 2)]
    record = ("session-r-1", envelope("session-r-1"))
    await store.append(Batch("r-1", 1, [event(1), event(2)], deliveries=told, closed_ms=1, record=record))
    assert await ids(store, "stream") == ["event-r-1-1", "event-r-1-2", "session-r-1"]
    assert await ids(store, "file") == ["session-r-1"]


@pytest.mark.rule("SINK-3")
async def test_in_order_nothing_overtakes_the_first(store: SqliteStore) -> None:
    for room in ("r-1", "r-2", "r-3"):
        await closes(store, room)
    first, second, _ = await store.outbox.first("stream", now_ms=0, limit=10)
    await store.outbox.failed(first.position, due_ms=1_000, error="away")
    assert await ids(store, "stream", now_ms=999) == []
    assert await ids(store, "stream", now_ms=1_000) == ["session-r-1", "session-r-2", "session-r-3"]
    await store.outbox.failed(second.position, due_ms=5_000, error="away")
    assert await ids(store, "stream", now_ms=1_000) == ["session-r-1", "session-r-2", "session-r-3"]


@pytest.mark.rule("SINK-4")
async def test_of_others_those_that_are_due_are_found_and_new_ones_before_them(store: SqliteStore) -> None:
    for room in ("r-1", "r-2", "r-3"):
        await closes(store, room)
    first, second, third = await store.outbox.first("stream", now_ms=0, limit=10)
    await store.outbox.failed(first.position, due_ms=2_000, error="away")
    await store.outbox.failed(second.position, due_ms=1_000, error="away")

    async def due(now_ms: int) -> list[tuple[str, int]]:
        return [(letter.id, letter.tries) for letter in await store.outbox.due("stream", now_ms=now_ms, limit=10)]

    assert await due(999) == [("session-r-3", 0)]
    assert await store.outbox.due("stream", now_ms=999, limit=10, but=[third.position]) == []
    assert await due(2_000) == [("session-r-3", 0), ("session-r-2", 1), ("session-r-1", 1)]


@pytest.mark.rule("SINK-9", "SINK-11")
async def test_what_was_given_up_stays_with_its_error_until_somebody_says_otherwise(store: SqliteStore) -> None:
    await closes(store, "r-1")
    await closes(store, "r-2")
    first, second = await store.outbox.first("stream", now_ms=0, limit=10)
    await store.outbox.give_up(first.position, error="410")
    await store.outbox.failed(second.position, due_ms=7_000, error="x" * 10_000)
    assert await ids(store, "stream", now_ms=10**15) == ["session-r-2"]
    assert await store.outbox.backlogs() == {
        "file": Backlog(2, AT_MS, 0),
        "stream": Backlog(1, AT_MS, 1),
    }
    gone, late = await store.outbox.troubles()
    assert (gone.id, gone.sink, gone.tries, gone.due_ms, gone.error) == ("session-r-1", "stream", 1, None, "410")
    assert (late.id, late.due_ms, len(late.error)) == ("session-r-2", 7_000, 300)
    assert await store.outbox.troubles(after=gone.position) == [late]

    assert await store.outbox.retry("file") == 0
    assert await store.outbox.retry("stream") == 2
    assert await ids(store, "stream") == ["session-r-1", "session-r-2"]
    await store.outbox.give_up(first.position, error="410")
    assert (await store.outbox.discard("file"), await store.outbox.discard("stream")) == (0, 1)
    assert await ids(store, "stream") == ["session-r-2"]
    assert [trouble.id for trouble in await store.outbox.troubles()] == ["session-r-2"]
    assert await store.outbox.discard("stream", waiting=True) == 1
    assert list(await store.outbox.backlogs()) == ["file"]


@pytest.mark.rule("DUE-4", "LIVE-1")
async def test_an_evaluation_that_comes_late_is_told_once(store: SqliteStore) -> None:
    await store.create(RoomRow("r-1", 0, 0, None, b"{}"))
    await store.open("r-1")
    await store.append(Batch("r-1", 1, [event(1)], postings=[Ended(1, {}, ("anna",))]))
    told = ("evaluation-1", envelope("evaluation-1", kind="session.evaluated", identity="anna"))
    assert [await store.ledger.evaluate(who, "r-1", told) for who in ("ben", "anna", "anna")] == [False, True, False]
    assert await ids(store, "stream") == ["evaluation-1"]


@pytest.mark.rule("SINK-14")
async def test_what_waits_tells_no_more_of_who_is_erased(store: SqliteStore) -> None:
    await store.create(RoomRow("r-1", 0, 0, None, b"{}"))
    await store.open("r-1")
    anna, ben = {"identity": "anna"}, {"identity": "ben"}
    told = [
        ("came-r-1", envelope("came-r-1", kind="member.joined", member=anna)),
        ("another-r-1", envelope("another-r-1", kind="member.joined", member=ben)),
        ("elsewhere-r-2", envelope("elsewhere-r-2", kind="member.joined", room="r-2", member=anna)),
        ("thought-r-1", envelope("thought-r-1", kind="member.joined", **anna)),
    ]
    record = ("session-r-1", envelope("session-r-1", whole=True))
    people = {1: "anna", 2: "ben"}
    await store.append(Batch("r-1", 1, [event(1)], closed_ms=1, record=record, people=people, deliveries=told))
    assert await ids(store, "stream") == ["came-r-1", "another-r-1", "elsewhere-r-2", "thought-r-1", "session-r-1"]
    again = envelope("session-r-1", whole=False)
    await store.erase(Whereabouts("r-1", 1, 1), ("session-r-1", again))
    assert await ids(store, "stream") == ["another-r-1", "elsewhere-r-2", "session-r-1"]
    for sink in ("stream", "file"):
        *_, last = await store.outbox.first(sink, now_ms=0, limit=10)
        assert (last.id, last.envelope) == ("session-r-1", again)


async def test_without_sinks_nothing_is_kept(tmp_path: Path) -> None:
    store = await SqliteStore.start(tmp_path / "others.sqlite")
    await closes(store, "r-1")
    assert await store.outbox.backlogs() == {}
    await store.close()
