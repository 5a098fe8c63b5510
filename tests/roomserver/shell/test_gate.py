"""At the doors of a node's rooms, on a real store: what one room knows counts in the next, whatever restarts."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import replace as replaced
from itertools import count
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from protocol import commands as c
from protocol.codes import CloseCode
from protocol.fields import Role
from roomserver.core.arrival import Arrival
from roomserver.core.errors import Refused
from roomserver.core.forms import Booking, Form
from roomserver.core.ledger import Ask, Granted
from roomserver.shell import sqlite_ledger
from roomserver.shell.gate import Gate
from roomserver.shell.link import Link
from roomserver.shell.rooms import Rooms
from roomserver.shell.runner import Runner
from roomserver.shell.sqlite import SqliteStore
from tests.roomserver.shell.nodes import DeafLink, node
from tests.support.clock import ManualClock

LONG = Form(
    seats={"teacher": 1, "student": 2, "observer": 1},
    duration_s=7_200,
    gap_s=600,
    quota_s=18_000,
    continuous_s=1_800,
    rest_s=600,
    dues=True,
    evaluation=False,
)
SHORT = Form(seats={"teacher": 1, "student": 1}, duration_s=600, quota_s=1_800)
APPROVED = Form(seats={"teacher": 1}, eligible="claimed")
LOBBY = Form(seats={"teacher": 5, "student": 5}, kind="lobby", lesson="tutoring", duration_s=7_200, no_show_s=7_200)
FORMS = {
    "lobby": LOBBY,
    "lobby of long": replace(LOBBY, lesson="long"),
    "lobby of short": replace(LOBBY, lesson="short"),
    "lobby of approved": replace(LOBBY, lesson="approved"),
}
TUTORING = Form(seats={"teacher": 1, "student": 1, "observer": 1}, dues=True)
numbers = count(1)


class Client(DeafLink):
    """A line, and the code with which it was closed."""

    def __init__(self) -> None:
        self.line = next(numbers)
        self.hung: CloseCode | None = None

    def hang(self, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None:
        self.hung = code


class School:
    """A node that can be started again; its rooms are made when somebody comes."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.path = path
        self.rooms: Rooms
        self.store: SqliteStore

    async def start(self) -> None:
        self.store = await SqliteStore.start(self.path)
        lessons = {"long": LONG, "short": SHORT, "tutoring": TUTORING, "approved": APPROVED}
        self.rooms = node(self.store, self.clock, forms=FORMS | lessons)
        self.gate = Gate(self.rooms, self.store.ledger, self.clock, ZoneInfo("Asia/Shanghai"))
        await self.rooms.reopen_all()

    async def stop(self) -> None:
        await self.rooms.leave()
        await self.store.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def comes(self, name: str, room: str, role: Role = "student", form: str = "long") -> Client:
        """Through the door, as the attendant leads.

        Raises:
            Refused: not let in.
        """
        runner = await self.rooms.find(room) or await self.rooms.create(Booking(room=room, form=form))
        client, hello = Client(), c.Hello(id=1, room=room)
        arrival = Arrival(name, name, role, None, f"session {client.line}", b"salt")
        if runner.is_asked(hello, arrival):
            arrival = await self.gate.ask(runner.room.state.booking, runner.room.state.form, arrival)
        runner.enter(cast(Link, client), hello, arrival)
        return client

    async def lesson(self, teacher: str, student: str, room: str, form: str = "long") -> tuple[Client, Client]:
        return await self.comes(teacher, room, "teacher", form), await self.comes(student, room, form=form)

    async def goes(self, client: Client, room: str) -> None:
        runner = self.rooms.get(room)
        assert runner is not None
        runner.lost(client.line, for_good=True)
        await runner.settled()

    async def ends(self, room: str) -> None:
        runner = self.rooms.get(room)
        assert runner is not None
        runner.end()
        await runner.settled()

    async def foreseen(self, runner: Runner, arrival: Arrival, command: c.Meeting) -> tuple[str, Refused] | None:
        """Whom a lobby is told that a lesson's door would not let in, and what it would say."""
        person = runner.room.state.of_identity(arrival.identity)
        assert person is not None
        line = runner.room.line_of(person.member)
        assert line is not None
        asked = runner.asks(line, command)
        assert asked is not None
        barred = await self.gate.foresee(asked, arrival)
        return None if barred is None else (runner.room.state.people[barred.member].identity, barred.refused)

    async def refused(
        self, name: str, room: str, role: Role = "student", form: str = "long"
    ) -> tuple[str, float | None]:
        with pytest.raises(Refused) as refused:
            await self.comes(name, room, role, form)
        return refused.value.code.value, refused.value.retry_in_s

    def inside(self, name: str) -> list[str]:
        """The rooms of this node in which they are."""
        return [
            id
            for id, runner in self.rooms._open.items()
            for person in runner.room.state.inside()
            if person.identity == name
        ]


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    school = School(tmp_path / "rooms.sqlite")
    await school.start()
    yield school
    await school.stop()


@pytest.mark.rule("GAP-1", "QUOTA-9")
async def test_the_gap_is_ten_minutes_though_the_server_was_started_again(school: School) -> None:
    await school.lesson("li", "anna", "r-1")
    await school.clock.advance(60)
    assert await school.refused("li", "r-2", "teacher") == ("gap_not_elapsed", 600)
    await school.ends("r-1")
    await school.restart()
    await school.clock.advance(599)
    assert await school.refused("li", "r-3", "teacher") == ("gap_not_elapsed", 1)
    await school.comes("wang", "r-3", "teacher")
    await school.clock.advance(1)
    await school.comes("li", "r-2", "teacher")
    assert school.inside("li") == ["r-2"]


@pytest.mark.rule("GAP-2")
async def test_a_teacher_comes_back_to_their_own_class(school: School) -> None:
    li, _ = await school.lesson("li", "anna", "r-1")
    await school.goes(li, "r-1")
    await school.restart()
    await school.comes("li", "r-1", "teacher")
    assert school.inside("li") == ["r-1"]


@pytest.mark.rule("REST-1", "REST-2", "QUOTA-9")
async def test_continuous_time_adds_up_over_rooms_and_restarts(school: School) -> None:
    _, anna = await school.lesson("li", "anna", "r-1")
    _, ben = await school.lesson("wang", "ben", "r-2")
    await school.clock.advance(1_000)
    await school.goes(anna, "r-1")
    await school.restart()  # which ends the others' stays, too
    await school.clock.advance(300)
    ben, anna = await school.comes("ben", "r-2"), await school.comes("anna", "r-1")
    await school.clock.advance(100)
    await school.goes(anna, "r-1")
    await school.clock.advance(399)
    anna = await school.comes("anna", "r-1")  # after 29:59
    await school.goes(anna, "r-1")
    await school.clock.advance(1)
    await school.goes(ben, "r-2")
    assert await school.refused("ben", "r-1") == ("rest_needed", 600)
    assert await school.refused("anna", "r-2") == ("rest_needed", 599)
    await school.restart()
    await school.clock.advance(599)
    assert await school.refused("ben", "r-1") == ("rest_needed", 1)
    await school.comes("anna", "r-2")
    await school.clock.advance(1)
    await school.comes("ben", "r-1")


@pytest.mark.rule("QUOTA-1", "QUOTA-6", "QUOTA-9")
async def test_rooms_made_anew_restarts_and_leaving_reset_nothing(school: School) -> None:
    li, _ = await school.lesson("li", "anna", "r-1", "short")
    await school.clock.advance(300)
    await school.goes(li, "r-1")
    await school.comes("li", "r-2", "teacher", "short")  # 600 s are reserved by each
    await school.comes("li", "r-3", "teacher", "short")
    assert (await school.refused("li", "r-4", "teacher", "short"))[0] == "quota_exceeded"
    await school.restart()
    assert (await school.refused("li", "r-4", "teacher", "short"))[0] == "quota_exceeded"
    await school.ends("r-1")  # 300 s were used
    await school.ends("r-2")  # and none
    await school.comes("ben", "r-4", form="short")
    await school.comes("li", "r-4", "teacher", "short")
    await school.clock.advance(600)
    await school.ends("r-3")
    await school.lesson("li", "anna", "r-5", "short")
    await school.clock.advance(600)
    await school.lesson("li", "anna", "r-6", "short")
    runner = await school.rooms.find("r-6")
    assert runner is not None
    assert runner.room.state.end()[1] == "quota"
    await school.clock.advance(300)
    assert runner.room.state.closed_reason == "quota"
    assert (await school.refused("li", "r-7", "teacher", "short"))[0] == "quota_exceeded"


@pytest.mark.rule("DUE-1", "DUE-2")
async def test_what_the_room_before_has_yet_to_store_counts_at_the_next_door(school: School) -> None:
    await school.lesson("li", "anna", "r-1", "tutoring")
    await school.clock.advance(60)
    runner = await school.rooms.find("r-1")
    assert runner is not None
    await runner.settled()
    await school.rooms.create(Booking(room="r-2", form="tutoring"))
    with closing(sqlite3.connect(school.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # the disk is busy
        await school.comes("hu", "r-1", "observer")
        await school.clock.advance(0)  # one write is on its way
        runner.end()  # and the end waits for it
        coming = asyncio.create_task(school.refused("anna", "r-2", form="tutoring"))
        await asyncio.sleep(0.05)
        assert not coming.done()
        other.execute("ROLLBACK")
    assert await coming == ("evaluation_due", None)


@pytest.mark.rule("CLAIM-1")
async def test_whoever_comes_into_another_room_has_left_the_first(school: School) -> None:
    li, anna = await school.lesson("li", "anna", "r-1")
    again = await school.comes("anna", "r-2")
    assert (anna.hung, again.hung, li.hung) == (CloseCode.REPLACED, None, None)
    assert school.inside("anna") == ["r-2"]
    await school.restart()
    await school.comes("anna", "r-1")
    assert school.inside("anna") == ["r-1"]


@pytest.mark.rule("RATE-5")
async def test_who_is_not_let_in_for_too_many_hellos_has_left_no_other_room(school: School) -> None:
    for _ in range(11):
        await school.comes("anna", "r-2")
    first = await school.comes("anna", "r-1")
    assert (await school.comes("anna", "r-2")).hung == CloseCode.TOO_MUCH
    assert (first.hung, school.inside("anna")) == (None, ["r-1"])


@pytest.mark.rule("CLAIM-1", "CLAIM-3")
async def test_a_session_that_one_elsewhere_ended_is_over_though_the_node_died_before_that_was_stored(
    school: School,
) -> None:
    await school.lesson("li", "anna", "r-1")
    await school.comes("hu", "r-1", "observer")
    booking = Booking(room="r-2", form="long")
    await school.rooms.create(booking)
    for name in ("anna", "hu"):
        arrival = Arrival(name, name, "student", None, "a session", b"salt")
        await school.gate._ledger.reserve(school.gate._question(booking, LONG, arrival))  # and then it dies
    await school.restart()
    assert (school.inside("anna"), school.inside("li"), school.inside("hu")) == ([], ["r-1"], ["r-1"])
    await school.comes("anna", "r-3")
    assert school.inside("anna") == ["r-3"]


@pytest.mark.rule("CLAIM-2")
async def test_of_an_identity_that_comes_into_ten_rooms_at_once_one_session_stays(school: School) -> None:
    for room in range(10):
        await school.rooms.create(Booking(room=f"r-{room}", form="long"))
    await asyncio.gather(*(school.comes("anna", f"r-{room}") for room in range(10)))
    assert len(school.inside("anna")) == 1


@pytest.mark.rule("CLAIM-1", "CLAIM-4")
async def test_a_session_that_one_elsewhere_ended_while_the_disk_failed_is_over_when_its_room_is_opened_again(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    await school.lesson("li", "anna", "r-1")
    await school.comes("ben", "r-2")
    first = school.rooms.get("r-1")
    assert first is not None
    await first.settled()
    first.crash()  # it met a bug of ours
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_ledger, "reserve", full)
        await school.comes("anna", "r-2")
    await school.rooms.find("r-1")
    assert school.inside("anna") == ["r-2"]


@pytest.mark.rule("CLAIM-2", "CLAIM-4")
async def test_of_two_rooms_at_once_one_is_left_though_the_disk_failed_for_the_first(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve, read, tries = sqlite_ledger.reserve, school.store.ledger._read, count(1)
    looked, second = asyncio.Event(), asyncio.Event()

    def fails_once(db: sqlite3.Connection, ask: Ask) -> Granted:
        if next(tries) == 1:
            raise sqlite3.OperationalError("disk I/O error")
        return reserve(db, ask)

    async def reads_and_is_late(query: Any) -> Any:
        found = await read(query)
        looked.set()
        with suppress(TimeoutError):  # where the second waits for the first
            async with asyncio.timeout(0.3):
                await second.wait()
        return found

    async def comes_second() -> Client:
        client = await school.comes("anna", "r-2")
        second.set()
        return client

    for room in ("r-1", "r-2"):
        await school.rooms.create(Booking(room=room, form="long"))
    monkeypatch.setattr(sqlite_ledger, "reserve", fails_once)
    monkeypatch.setattr(school.store.ledger, "_read", reads_and_is_late)
    first = asyncio.create_task(school.comes("anna", "r-1"))
    await looked.wait()
    other = await comes_second()
    assert ((await first).hung, other.hung) == (CloseCode.REPLACED, None)
    assert school.inside("anna") == ["r-2"]


@pytest.mark.rule("CLAIM-3")
async def test_who_only_watches_may_watch_many_rooms(school: School) -> None:
    first = await school.comes("hu", "r-1", "observer")
    second = await school.comes("hu", "r-2", "observer")
    assert (first.hung, second.hung) == (None, None)
    assert school.inside("hu") == ["r-1", "r-2"]


async def test_who_finds_no_seat_loses_none_elsewhere(school: School) -> None:
    await school.lesson("li", "anna", "r-1")
    await school.comes("ben", "r-2")
    await school.comes("chen", "r-2")
    turned_away = await school.comes("anna", "r-2")
    assert turned_away.hung == CloseCode.NOT_ALLOWED
    assert school.inside("anna") == ["r-1"]


# Before the door: in a lobby


async def lobby(school: School, form: str = "lobby") -> tuple[Runner, Arrival, Arrival]:
    """A lobby with a student and a teacher who has been on duty for physics there."""
    anna = Arrival("anna", "anna", "student", None, "session of anna", b"salt")
    li = Arrival("li", "li", "teacher", None, "session of li", b"salt")
    runner = await school.rooms.create(Booking(room=f"r-{form}", form=form))
    for arrival in (anna, li):
        client = Client()
        runner.enter(cast(Link, client), c.Hello(id=1, room=runner.id), arrival)
        if arrival is li:
            runner.receive(client.line, c.BeginDuty(id=1, subjects=("physics",)))
    return runner, anna, li


CALL = c.MakeCall(id=2, teacher=2, subject="physics")


@pytest.mark.rule("CALL-11", "DUE-2")
async def test_a_lobby_hears_of_an_evaluation_that_is_due_until_it_is_given(school: School) -> None:
    runner, anna, li = await lobby(school)
    assert await school.foreseen(runner, anna, CALL) is None
    await school.lesson("wang", "anna", "r-1", "tutoring")
    await school.clock.advance(60)
    await school.ends("r-1")
    for command in (CALL, c.AskLesson(id=2)):
        told = await school.foreseen(runner, anna, command)
        assert told is not None
        who, refused = told
        assert (who, refused.code, refused.rule, refused.room) == ("anna", "evaluation_due", "DUE-2", "r-1")
    assert await school.foreseen(runner, li, c.AskLesson(id=2)) is None
    assert await school.store.ledger.evaluate("anna", "r-1", ("id", b"{}"))
    assert await school.foreseen(runner, anna, CALL) is None


@pytest.mark.rule("CALL-11", "DUE-1")
async def test_what_a_lesson_has_yet_to_store_counts_in_the_lobby(school: School) -> None:
    runner, anna, _ = await lobby(school)
    await school.lesson("wang", "anna", "r-1", "tutoring")
    await school.clock.advance(60)
    lesson = school.rooms.get("r-1")
    assert lesson is not None
    await lesson.settled()
    with closing(sqlite3.connect(school.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # the disk is busy
        await school.comes("hu", "r-1", "observer")
        await school.clock.advance(0)  # one write is on its way
        lesson.end()  # and the end waits for it
        coming = asyncio.create_task(school.foreseen(runner, anna, CALL))
        await asyncio.sleep(0.05)
        assert not coming.done()
        other.execute("ROLLBACK")
    told = await coming
    assert told is not None
    assert told[1].rule == "DUE-2"


@pytest.mark.rule("CALL-11", "REST-2", "GAP-1")
async def test_a_lobby_hears_of_a_rest_and_of_a_gap_and_until_when(school: School) -> None:
    runner, anna, li = await lobby(school, "lobby of long")
    await school.lesson("li", "anna", "r-1")
    await school.clock.advance(1_800)
    await school.ends("r-1")
    await school.clock.advance(100)
    for arrival, code in ((anna, "rest_needed"), (li, "gap_not_elapsed")):
        told = await school.foreseen(runner, arrival, c.AskLesson(id=2))
        assert told is not None
        assert (told[1].code, told[1].retry_in_s) == (code, 500)
    await school.clock.advance(500)
    assert await school.foreseen(runner, anna, c.AskLesson(id=2)) is None
    assert await school.foreseen(runner, li, c.AskLesson(id=2)) is None


@pytest.mark.rule("CALL-11", "QUOTA-3")
async def test_a_lobby_hears_of_a_week_that_is_used_up_and_takes_nothing_of_one_that_is_not(school: School) -> None:
    runner, _, li = await lobby(school, "lobby of short")
    for _ in range(5):  # 600 s each, of 1,800
        assert await school.foreseen(runner, li, c.AskLesson(id=2)) is None
    for room in ("r-1", "r-2", "r-3"):
        await school.comes("li", room, "teacher", "short")
    told = await school.foreseen(runner, li, c.BeginDuty(id=2, subjects=("physics",)))
    door = await school.refused("li", "r-4", "teacher", "short")
    assert told is not None
    assert (told[1].code, told[1].rule, told[1].retry_in_s) == ("quota_exceeded", "QUOTA-3", door[1])


@pytest.mark.rule("CALL-11", "WHO-9")
async def test_a_teacher_goes_on_duty_for_what_their_token_approves(school: School) -> None:
    runner, _, li = await lobby(school, "lobby of approved")
    may = replaced(li, forms=("approved",), subjects=("physics",))
    physics, both = (c.BeginDuty(id=2, subjects=subjects) for subjects in (("physics",), ("physics", "history")))
    for arrival, command, good in ((may, physics, True), (may, both, False), (li, physics, False)):
        told = await school.foreseen(runner, arrival, command)
        assert (told is None) == good
        assert told is None or told[1].rule == "WHO-9"
    assert await school.foreseen(runner, li, c.AskLesson(id=2)) is not None
    assert await school.foreseen(runner, may, c.AskLesson(id=2)) is None


@pytest.mark.rule("CALL-12")
async def test_before_a_call_is_accepted_its_caller_is_asked_about_too(school: School) -> None:
    runner, _, li = await lobby(school)
    line = runner.room.line_of(1)
    assert line is not None
    runner.receive(line, CALL)
    await school.lesson("wang", "anna", "r-1", "tutoring")
    await school.clock.advance(10)
    await school.ends("r-1")
    told = await school.foreseen(runner, li, c.AcceptCall(id=2, call=1))
    assert told is not None
    assert (told[0], told[1].rule) == ("anna", "DUE-2")


@pytest.mark.rule("CALL-11")
async def test_whose_token_is_not_good_or_anothers_is_not_asked_about(school: School) -> None:
    runner, anna, li = await lobby(school)
    await school.lesson("wang", "anna", "r-1", "tutoring")
    await school.clock.advance(60)
    await school.ends("r-1")
    line = runner.room.line_of(1)
    assert line is not None
    asked = runner.asks(line, CALL)
    assert asked is not None
    assert await school.gate.foresee(asked, anna) is not None
    assert await school.gate.foresee(asked, None) is await school.gate.foresee(asked, li) is None
