"""The ledger on a real store: what is reserved and settled adds up, however many ask at once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from roomserver.core.errors import Refused
from roomserver.core.forms import Form
from roomserver.core.ledger import Ask, Class, Ended, Granted, Paid, Posting, Standing, Stay, Taught
from roomserver.shell import sqlite_ledger
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.sqlite_schema import MIGRATIONS
from roomserver.shell.store import Batch, RoomRow, StoredEvent, StoreFailed
from tests.support.tries import tries

NOW = 1_790_000_000_000
DAY = 86_400_000
MINUTE = 60_000
FORM = Form(seats={"teacher": 1}, duration_s=1_800, gap_s=600, quota_s=18_000, continuous_s=1_800, dues=True)
LI = Ask("li", "teacher", "r-1", FORM, NOW, (NOW - DAY, NOW + 6 * DAY))
ANNA = replace(LI, identity="anna", role="student")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rooms.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.start(path)
    yield store
    await store.close()


async def told(store: SqliteStore, room: str, *postings: Posting, seq: int = 1) -> None:
    """An event of the room, and what it tells the ledger."""
    if await store.row(room) is None:
        await store.create(RoomRow(room, 1, NOW, None, b"{}"))
    await store.append(Batch(room, 1, [StoredEvent(seq, b"", None, bytes(32))], postings=postings))


@pytest.mark.rule("QUOTA-2")
async def test_the_last_minute_of_a_week_is_taken_once_however_many_rooms_ask(store: SqliteStore, path: Path) -> None:
    """On two nodes, which know of each other only by the store."""
    for room in range(10):
        await store.ledger.reserve(replace(LI, room=f"full-{room}"))
        await told(store, f"full-{room}", Ended(NOW, {"li": (29 if room else 38) * MINUTE}))
    assert (await store.ledger.standing(LI)).spent_ms == 299 * MINUTE
    other = await SqliteStore.start(path)
    asks = [replace(LI, room=f"r-{number}") for number in range(50)]
    ledgers = (store.ledger, other.ledger)
    answers = await asyncio.gather(
        *(ledgers[number % 2].reserve(ask) for number, ask in enumerate(asks)), return_exceptions=True
    )
    await other.close()
    granted = [answer for answer in answers if isinstance(answer, Granted)]
    assert [one.reserved_ms for one in granted] == [MINUTE]
    assert {answer.rule for answer in answers if isinstance(answer, Refused)} == {"QUOTA-3"}
    assert (await store.ledger.standing(LI)).spent_ms == 300 * MINUTE


@pytest.mark.rule("QUOTA-1", "QUOTA-2")
async def test_what_a_token_leaves_is_spent_once_in_whatever_rooms(store: SqliteStore) -> None:
    """Also where the form has no quota of its own; a token that is made afterwards knows what was used."""
    ask = replace(LI, form=Form(seats={}), remaining_s=40 * 60, issued_ms=NOW)
    assert (await store.ledger.reserve(ask)).reserved_ms == 30 * MINUTE
    assert (await store.ledger.reserve(replace(ask, room="r-2"))).reserved_ms == 10 * MINUTE
    with pytest.raises(Refused, match="quota_exceeded"):
        await store.ledger.reserve(replace(ask, room="r-3"))
    await told(store, "r-1", Ended(NOW + MINUTE, {"li": 12 * MINUTE}))
    await told(store, "r-2", Ended(NOW + MINUTE))
    assert (await store.ledger.standing(ask)).untold_ms == 12 * MINUTE
    for room in ("r-1", "r-2"):
        await store.append(Batch(room, 1, (), closed_ms=NOW + MINUTE))
    assert (await store.ledger.reserve(replace(ask, room="r-3"))).reserved_ms == 28 * MINUTE
    newer = replace(ask, room="r-4", issued_ms=NOW + 2 * MINUTE, remaining_s=50 * 60)
    assert (await store.ledger.reserve(newer)).reserved_ms == 22 * MINUTE


@pytest.mark.rule("QUOTA-4")
async def test_the_same_room_again_is_the_same_reservation(store: SqliteStore) -> None:
    for _ in range(3):
        assert (await store.ledger.reserve(LI)).reserved_ms == 30 * MINUTE
    assert (await store.ledger.reserve(replace(LI, remaining_s=60))).reserved_ms == 30 * MINUTE
    assert (await store.ledger.standing(LI)).spent_ms == 30 * MINUTE


@pytest.mark.rule("QUOTA-6")
async def test_what_was_not_used_is_given_back_also_of_who_never_came_in(store: SqliteStore) -> None:
    await store.ledger.reserve(LI)
    await store.ledger.reserve(replace(LI, identity="wang"))
    await told(store, "r-1", Ended(NOW, {"li": 9 * MINUTE}))
    assert (await store.ledger.standing(replace(LI, room="r-2"))).spent_ms == 9 * MINUTE
    assert (await store.ledger.standing(replace(LI, identity="wang"))).spent_ms == 0


@pytest.mark.rule("QUOTA-7")
async def test_another_week_begins_at_nothing_and_the_room_counts_where_its_teacher_came(store: SqliteStore) -> None:
    await store.ledger.reserve(LI)
    next_week = replace(LI, now_ms=NOW + 7 * DAY, week=(NOW + 6 * DAY, NOW + 13 * DAY))
    assert (await store.ledger.standing(next_week)).spent_ms == 0
    await store.ledger.reserve(next_week)
    assert (await store.ledger.standing(next_week)).spent_ms == 0
    assert (await store.ledger.standing(LI)).spent_ms == 30 * MINUTE


@pytest.mark.rule("QUOTA-7")
async def test_weeks_that_serve_nobody_are_not_kept(store: SqliteStore) -> None:
    for week in range(5):
        begin = NOW + 7 * week * DAY
        await store.ledger.reserve(replace(LI, room=f"r-{week}", week=(begin, begin + 7 * DAY)))
    spent = [(await store.ledger.standing(replace(LI, week=(NOW + 7 * week * DAY, 0)))).spent_ms for week in range(5)]
    assert spent == [0, 0, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE]


@pytest.mark.rule("QUOTA-8")
async def test_teachers_of_a_school_share_its_week(store: SqliteStore) -> None:
    of_school = Form(seats={}, quota_s=3_600, quota_of="school")
    asks = [Ask(f"t-{n}", "teacher", f"r-{n}", of_school, NOW, LI.week, school="No. 4") for n in range(3)]
    granted = [(await store.ledger.reserve(ask)).reserved_ms for ask in asks[:2]]
    assert granted == [30 * MINUTE, 30 * MINUTE]
    with pytest.raises(Refused, match="quota_exceeded"):
        await store.ledger.reserve(asks[2])
    assert (await store.ledger.reserve(replace(asks[2], school="No. 5"))).reserved_ms == 30 * MINUTE


@pytest.mark.rule("QUOTA-9")
async def test_it_is_stored_with_its_events_or_not_at_all_and_is_there_after_a_restart(path: Path) -> None:
    store = await SqliteStore.start(path)
    await store.ledger.reserve(LI)
    await told(store, "r-1", Taught("li", NOW), Stay("anna", NOW, None))
    with pytest.raises(StoreFailed, match="does not follow"):
        await told(store, "r-1", Ended(NOW + MINUTE, {"li": MINUTE}, ("anna",)), seq=3)
    await store.close()
    store = await SqliteStore.start(path)
    known = await store.ledger.standing(LI)
    assert known == Standing(
        reserved_ms=30 * MINUTE, spent_ms=30 * MINUTE, classes=[Class("r-1", NOW, None)], claim="r-1"
    )
    assert await store.ledger.standing(ANNA) == Standing(stays=[(NOW, None)])
    await store.close()


@pytest.mark.rule("GAP-1")
async def test_a_class_is_kept_until_it_matters_no_more(store: SqliteStore) -> None:
    await told(store, "r-1", Taught("li", NOW), Taught("li", NOW + 5))
    await told(store, "r-2", Taught("li", NOW + MINUTE))
    await told(store, "r-1", Ended(NOW + MINUTE), seq=2)
    classes = (await store.ledger.standing(LI)).classes
    assert classes == [Class("r-1", NOW, NOW + MINUTE), Class("r-2", NOW + MINUTE, None)]
    await told(store, "r-3", Taught("li", NOW + 2 * DAY + 1))
    assert [one.room for one in (await store.ledger.standing(LI)).classes] == ["r-2", "r-3"]


@pytest.mark.rule("REST-1")
async def test_a_stay_is_open_until_it_or_its_room_ends_and_goes_after_a_day(store: SqliteStore) -> None:
    await told(store, "r-1", Stay("anna", NOW, None))
    await told(store, "r-1", Stay("anna", NOW, NOW + 5), Stay("anna", NOW, None), seq=2)
    assert (await store.ledger.standing(ANNA)).stays == [(NOW, None)]
    await told(store, "r-1", Ended(NOW + MINUTE), seq=3)
    assert (await store.ledger.standing(ANNA)).stays == [(NOW, NOW + MINUTE)]
    assert (await store.ledger.standing(replace(ANNA, now_ms=NOW + DAY + MINUTE))).stays == []
    await told(store, "r-2", Stay("anna", NOW + 2 * DAY, None))
    assert (await store.ledger.standing(ANNA)).stays == [(NOW + 2 * DAY, None)]


@pytest.mark.rule("DUE-1", "DUE-3")
async def test_a_due_is_there_until_it_is_paid_and_the_oldest_is_asked_for_first(store: SqliteStore) -> None:
    await told(store, "r-2", Ended(NOW + 1, {}, ("anna", "ben")))
    await told(store, "r-1", Ended(NOW + 2, {}, ("anna",)))
    ask = replace(ANNA, room="r-3")
    assert (await store.ledger.standing(ask)).due == "r-2"
    assert (await store.ledger.standing(replace(ask, room="r-2"))).due == "r-1"
    await told(store, "r-2", Paid("anna"), seq=2)
    assert (await store.ledger.standing(ask)).due == "r-1"
    with pytest.raises(Refused) as refused:
        await store.ledger.reserve(ask)
    assert (refused.value.rule, refused.value.room) == ("DUE-2", "r-1")
    assert (await store.ledger.standing(ask)).claim is None  # who is refused takes nothing


@pytest.mark.rule("DUE-4")
async def test_a_late_evaluation_settles_once_and_is_kept_for_delivery(store: SqliteStore, path: Path) -> None:
    await told(store, "r-1", Ended(NOW, {}, ("anna",)))
    late = [store.ledger.evaluate("anna", "r-1", ("evaluation-1", b"{}")) for _ in range(5)]
    assert sorted(await asyncio.gather(*late)) == [False, False, False, False, True]
    assert not await store.ledger.evaluate("ben", "r-1", ("evaluation-2", b"{}"))
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT id, envelope FROM evaluations").fetchall() == [("evaluation-1", b"{}")]


@pytest.mark.rule("CLAIM-2")
async def test_of_many_sessions_of_an_identity_each_replaces_the_one_before(store: SqliteStore) -> None:
    asks = [replace(ANNA, room=f"r-{number}") for number in range(20)]
    granted = await asyncio.gather(*(store.ledger.reserve(ask) for ask in asks))
    assert [one.replaces for one in granted] == [None, *(ask.room for ask in asks[:-1])]
    assert (await store.ledger.reserve(asks[-1])).replaces is None


@pytest.mark.rule("CLAIM-4")
async def test_while_the_disk_takes_nothing_claims_hold_and_nothing_is_reserved(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    await told(store, "r-0", Ended(NOW, {}, ("ben",)))
    await store.ledger.reserve(ANNA)
    await store.ledger.reserve(LI)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_ledger, "reserve", full)
        replaced = [(await store.ledger.reserve(replace(ANNA, room=f"r-{room}"))).replaces for room in (1, 2, 2, 3)]
        assert replaced == [None, "r-1", None, "r-2"]
        assert await store.ledger.elsewhere(["anna", "li"], "r-1") == ["anna"]
        assert await store.ledger.elsewhere(["anna", "li"], "r-3") == ["li"]
        assert (await store.ledger.reserve(LI)).reserved_ms == 30 * MINUTE
        with pytest.raises(StoreFailed, match="nothing can be reserved"):
            await store.ledger.reserve(replace(LI, room="r-2"))
        with pytest.raises(Refused, match="evaluation_due"):
            await store.ledger.reserve(replace(ANNA, identity="ben"))
    assert (await store.ledger.reserve(replace(ANNA, room="r-4"))).replaces == "r-3"
    assert (await store.ledger.reserve(replace(ANNA, room="r-5"))).replaces == "r-4"


@pytest.mark.rule("PRIVACY-2")
async def test_what_is_kept_of_a_person_is_handed_over_and_erased(store: SqliteStore, path: Path) -> None:
    await store.ledger.reserve(LI)
    await store.ledger.reserve(ANNA)
    await told(store, "r-1", Taught("li", NOW), Stay("anna", NOW, None))
    await told(store, "r-1", Ended(NOW + MINUTE, {"li": MINUTE}, ("anna", "ben")), seq=2)
    await store.ledger.evaluate("anna", "r-1", ("evaluation-1", b'{"data":{"identity":"anna"}}'))
    span = {"room": "r-1", "since_ms": NOW, "until_ms": NOW + MINUTE}
    week = {"room": "r-1", "week_ms": NOW - DAY, "reserved_ms": 30 * MINUTE, "used_ms": MINUTE}
    claim = {"room": "r-1"}
    assert await store.ledger.kept("li") == {"reservations": [week], "classes": [span], "claims": [claim]}
    given = {"identity": "anna"}
    assert await store.ledger.kept("anna") == {"stays": [span], "claims": [claim], "evaluations": [given]}
    for identity in ("li", "anna"):
        await store.ledger.erase(identity)
        assert await store.ledger.kept(identity) == {}
    assert list(await store.ledger.kept("ben")) == ["dues"]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT * FROM evaluations").fetchall() == []


# Any week, against a model

TEACHERS = ("li", "wang")
ROOMS = tuple(f"r-{number}" for number in range(6))
WEEKS = ((NOW, NOW + 7 * DAY), (NOW + 7 * DAY, NOW + 14 * DAY))
SMALL = Form(seats={}, duration_s=300, quota_s=600)


class Weeks(RuleBasedStateMachine):
    """`kept`: (room, teacher) -> what was reserved, what was used of it, and in which week."""

    def __init__(self) -> None:
        super().__init__()
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.executescript("".join(MIGRATIONS))
        rows = [(room, 1, NOW, b"{}") for room in ROOMS]
        self.db.executemany("INSERT INTO rooms (room, epoch, created_ms, meta) VALUES (?, ?, ?, ?)", rows)
        self.kept: dict[tuple[str, str], tuple[int, int | None, int]] = {}

    def teardown(self) -> None:
        self.db.close()

    def spent(self, teacher: str, week: int) -> int:
        rows = (row for (_, who), row in self.kept.items() if who == teacher and row[2] == week)
        return sum(reserved if used is None else used for reserved, used, _ in rows)

    def held(self, teacher: str) -> int:
        """By rooms that are open: no token knows of it."""
        return sum(row[0] for (_, who), row in self.kept.items() if who == teacher and row[1] is None)

    @rule(
        teacher=st.sampled_from(TEACHERS),
        room=st.sampled_from(ROOMS),
        week=st.sampled_from((0, 1)),
        remaining_s=st.none() | st.integers(0, 400),
    )
    def reserve(self, teacher: str, room: str, week: int, remaining_s: int | None) -> None:
        ask = Ask(teacher, "teacher", room, SMALL, WEEKS[week][0], WEEKS[week], remaining_s=remaining_s)
        token = 300_000 if remaining_s is None else remaining_s * 1000 - self.held(teacher)
        left = min(300_000, 600_000 - self.spent(teacher, week), token)
        if (room, teacher) in self.kept:
            assert sqlite_ledger.reserve(self.db, ask).reserved_ms == self.kept[room, teacher][0]
        elif left < MINUTE:
            with pytest.raises(Refused, match="quota_exceeded"):
                sqlite_ledger.reserve(self.db, ask)
        else:
            assert sqlite_ledger.reserve(self.db, ask).reserved_ms == left
            self.kept[room, teacher] = (left, None, week)

    @rule(room=st.sampled_from(ROOMS), part=st.floats(0, 1), again=st.booleans())
    def close(self, room: str, part: float, again: bool) -> None:
        """Some of the teachers came in, and used a part of what they had."""
        used = {who: round(row[0] * part) for (of, who), row in self.kept.items() if of == room and who == "li"}
        for _ in range(2 if again else 1):
            sqlite_ledger.post(self.db, room, [Ended(NOW, used)])
        self.db.execute("UPDATE rooms SET closed_ms = ? WHERE room = ?", (NOW - 1, room))
        for (of, who), (reserved, before, week) in self.kept.items():
            if of == room and before is None:
                self.kept[of, who] = (reserved, used.get(who, 0), week)

    @invariant()
    def the_books_agree_and_no_week_is_overdrawn(self) -> None:
        for teacher in TEACHERS:
            for week, span in enumerate(WEEKS):
                known = sqlite_ledger.standing(self.db, Ask(teacher, "teacher", "none", SMALL, span[0], span))
                assert known.spent_ms == self.spent(teacher, week) <= 600_000


@pytest.mark.rule("QUOTA-2", "QUOTA-6")
class TestWeeks(Weeks.TestCase):  # type: ignore[misc,valid-type]
    settings = tries(60, steps=30)
