"""Any instant of any lesson, from the store: the fold of the log up to there, and what each viewer was shown."""

import asyncio
import tempfile
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from protocol import commands as c
from protocol import notices as n
from protocol.codec import JSON
from protocol.fields import Role
from roomserver.core import views
from roomserver.core.checkpoint import dump
from roomserver.core.log import Entry
from roomserver.core.people import Person
from roomserver.core.state import RoomState
from roomserver.shell.places import Busy
from roomserver.shell.replay import AT_ONCE, Replays, state_at
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Batch, Checkpoint, RoomRow, StoredEvent
from tests.roomserver.core.board_model import TEACHER
from tests.roomserver.core.picture import Picture
from tests.roomserver.core.test_board_machine import BoardMachine
from tests.roomserver.core.test_machine import PEOPLE, LessonMachine
from tests.support.lesson import Lesson, fold
from tests.support.tries import tries

NEWCOMER = "nobody we know"


async def stored(path: Path, lesson: Lesson, checkpoints: Sequence[Checkpoint]) -> SqliteStore:
    """A store that has the lesson, as it was written."""
    store = await SqliteStore.start(path / "rooms.sqlite", synchronous="NORMAL")
    await store.create(RoomRow("r-1", 0, 0, None, b"{}"))
    events = [StoredEvent(entry.seq, entry.body, entry.personal, entry.hash) for entry in lesson.entries]
    await store.append(Batch("r-1", 0, events, lesson.salts))
    for checkpoint in checkpoints:
        await store.append(Batch("r-1", 0, [], checkpoint=checkpoint))
    return store


def up_to(entries: Sequence[Entry], at: int) -> RoomState:
    """The specification: the fold of the log up to there."""
    return fold(entries[: bisect_right(entries, at, key=lambda entry: entry.at)], {})[0]


class Archived:
    """Whatever happens in a lesson goes to a store, with a checkpoint now and then that may not be readable later."""

    lesson: Lesson

    @precondition(lambda self: not self.lesson.state.is_closed)
    @rule(good=st.sampled_from([True, True, False]))
    def keep(self, good: bool) -> None:
        log = self.lesson.room.log
        data = dump(self.lesson.state, log)
        self.kept[log.hash] = (log.seq, log.at, data if good else data[:-1])

    @property
    def kept(self) -> dict[bytes, Checkpoint]:
        """By the hash of the log there: what a crash took is not in the store."""
        return self.__dict__.setdefault("_kept", {})  # type: ignore[no-any-return]

    def check(self, people: Mapping[str, Role]) -> None:
        entries = self.lesson.entries
        hashes = {entry.hash for entry in entries}
        checkpoints = [checkpoint for digest, checkpoint in self.kept.items() if digest in hashes]
        with tempfile.TemporaryDirectory() as path:
            asyncio.run(self._check(Path(path), checkpoints, {**people, NEWCOMER: "student"}))

    async def _check(self, path: Path, checkpoints: Sequence[Checkpoint], people: Mapping[str, Role]) -> None:
        entries = self.lesson.entries
        store = await stored(path, self.lesson, checkpoints)
        try:
            instants = sorted({entry.at for entry in entries})
            for at in (*instants[:: 1 + len(instants) // 6], instants[-1], instants[len(instants) // 2] + 1):
                assert await state_at(store, "r-1", at) == up_to(entries, at)
            assert await state_at(store, "r-1") == self.lesson.state
            await self._check_replay(store, instants, people)
        finally:
            await store.close()

    async def _check_replay(self, store: SqliteStore, instants: Sequence[int], people: Mapping[str, Role]) -> None:
        replays = Replays(store)
        course = await replays.course("r-1")
        assert (course is not None) == self.lesson.state.is_closed
        if course is None:
            return
        instants = [at for at in instants if at < course.closed[1]]
        for name, role in people.items():
            viewer = course.viewer(name, role)
            for at in instants[:: 1 + len(instants) // 3]:
                segment = msgspec.json.decode(await replays.segment("r-1", course, viewer, at))
                assert segment["at"] <= at < segment["until"] or segment["next"] is None
                played(segment, at).check(*truth(up_to(self.lesson.entries, at), viewer))


class ArchivedLesson(Archived, LessonMachine):
    def teardown(self) -> None:
        super().teardown()
        self.do("li", c.EndRoom)
        self.check(PEOPLE)


class ArchivedBoard(Archived, BoardMachine):
    def teardown(self) -> None:
        super().teardown()
        self.guests[TEACHER].does(c.EndRoom)
        self.check({"li": "teacher", "anna": "student", "ben": "student"})


def played(segment: Any, at: int) -> Picture:
    """What a client shows that plays a segment up to an instant."""
    picture = Picture()
    room = msgspec.convert(segment["room"], n.RoomView)
    picture.hear(n.Snapshot(seq=segment["seq"], room=room, board=segment["board"]))
    for chunk in segment["chunks"]:
        picture.hear(msgspec.convert(chunk, n.BoardChunk))
    for raw in segment["events"]:
        event: Any = JSON.decode_down(msgspec.json.encode(raw))
        if event.at <= at:
            picture.hear(event)
    return picture


def truth(state: RoomState, viewer: Person) -> tuple[n.Snapshot, list[n.BoardChunk]]:
    """What a client of these eyes would have been shown then."""
    room = views.room(state, viewer, now_at=state.newest_at)
    shown = state.board.snapshot(views.eyes(viewer))
    return n.Snapshot(seq=0, room=room, board=shown), views.chunks(state, viewer)


@pytest.mark.rule("REPLAY-1", "REPLAY-2")
@pytest.mark.timeout(300)
class TestReplay(ArchivedLesson.TestCase):  # type: ignore[misc,valid-type]
    settings = tries(40, steps=40)


@pytest.mark.rule("REPLAY-1", "REPLAY-2")
@pytest.mark.timeout(300)
class TestReplayOfABoard(ArchivedBoard.TestCase):  # type: ignore[misc,valid-type]
    settings = tries(40, steps=40)


@pytest.fixture
def lesson() -> Lesson:
    return Lesson("one_to_many")


async def test_the_events_of_the_same_millisecond_belong_to_an_instant(lesson: Lesson, tmp_path: Path) -> None:
    teacher = lesson.joins("li", "teacher")
    lesson.advance(5)
    checkpoint = (lesson.room.log.seq, lesson.room.log.at, dump(lesson.state, lesson.room.log))
    teacher.does(c.SendChat, text="one")
    teacher.does(c.SendChat, text="two")
    at = lesson.at
    lesson.advance(0.001)
    teacher.does(c.SendChat, text="three")
    store = await stored(tmp_path, lesson, [checkpoint])
    texts = {
        when: [line.event.text for line in (await state_at(store, "r-1", when)).chat] for when in (at - 1, at, at + 1)
    }
    assert texts == {at - 1: [], at: ["one", "two"], at + 1: ["one", "two", "three"]}
    await store.close()


@pytest.mark.rule("REPLAY-3")
async def test_a_replay_ends_with_the_closing_of_the_room_and_not_before_it(lesson: Lesson, tmp_path: Path) -> None:
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    store = await stored(tmp_path / "open", lesson, [])
    assert await Replays(store).course("r-1") is None
    await store.close()
    lesson.advance(60)
    teacher.does(c.EndRoom)
    closed_at = lesson.at
    lesson.advance(10)
    anna.does(c.Evaluate, score=4, comment="good")
    store = await stored(tmp_path / "closed", lesson, [])
    replays = Replays(store)
    course = await replays.course("r-1")
    assert course is not None
    staff = course.viewer("li", "teacher")
    segment = msgspec.json.decode(await replays.segment("r-1", course, staff, 10**12))
    assert segment["events"][-1]["type"] == "room.closed"
    assert (segment["until"], segment["next"], segment["duration_ms"]) == (closed_at, None, closed_at)
    await store.close()


@pytest.mark.rule("REPLAY-2")
async def test_the_time_line_marks_what_the_viewer_may_see(lesson: Lesson, tmp_path: Path) -> None:
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    ben, hu = lesson.joins("ben"), lesson.joins("hu", "observer")
    lesson.advance(1)
    teacher.does(c.AddPage)
    teacher.does(c.TurnPage, page=2)
    anna.does(c.RaiseHand)
    teacher.does(c.InviteToStage, member=anna.member)
    ben.does(c.SendChat, text="for staff", to="staff")
    teacher.does(c.SendChat, text="for anna", to=anna.member)
    teacher.does(c.SendChat, text="for all")
    teacher.lost()
    teacher = lesson.resumes(teacher)
    teacher.does(c.EndRoom)
    store = await stored(tmp_path, lesson, [])
    replays = Replays(store)
    course = await replays.course("r-1")
    assert course is not None

    async def index(identity: str, role: Any) -> Any:
        return msgspec.json.decode(await replays.index("r-1", course, course.viewer(identity, role)))

    def lines(index: Any) -> list[str]:
        return [mark["text"] for mark in index["marks"] if mark["type"] == "chat.message"]

    for_anna = await index("anna", "student")
    assert [mark["type"] for mark in for_anna["marks"]] == [
        *("member.joined", "room.live", "page.added", "page.turned", "hand.raised", "stage.joined"),
        *("chat.message", "chat.message", "member.away", "member.back", "room.closed"),
    ]
    assert (for_anna["member"], for_anna["live"], for_anna["begins"]) == (anna.member, 0, 0)
    assert [one["name"] for one in for_anna["members"]] == ["Li", "Anna", "Ben"]
    assert lines(for_anna) == ["for anna", "for all"]
    assert lines(await index("ben", "student")) == ["for staff", "for all"]
    assert lines(await index("li", "teacher")) == ["for staff", "for anna", "for all"]
    newcomer = await index(NEWCOMER, "student")
    assert (newcomer["member"], lines(newcomer)) == (0, ["for all"])
    assert [one["name"] for one in (await index("hu", "observer"))["members"]][-1] == hu.name.title()
    await store.close()


@pytest.mark.rule("REPLAY-6")
async def test_a_time_line_is_read_once_for_all_who_look(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = lesson.joins("li", "teacher")
    lesson.joins("anna")
    teacher.does(c.EndRoom)
    store = await stored(tmp_path, lesson, [])
    replays = Replays(store)
    course = await replays.course("r-1")
    assert course is not None
    most, at_once, read = 0, 0, store.events

    async def events(*args: Any, **options: Any) -> list[StoredEvent]:
        nonlocal most, at_once
        at_once += 1
        most = max(most, at_once)
        found = await read(*args, **options)
        at_once -= 1
        return found

    monkeypatch.setattr(store, "events", events)
    viewers = [course.viewer("li", "teacher"), course.viewer("anna", "student"), course.viewer(NEWCOMER, "student")]
    made = await asyncio.gather(
        *(replays.index("r-1", course, viewer) for viewer in viewers),
        *(replays.segment("r-1", course, viewer, 0) for viewer in viewers),
        replays.state("r-1", None, closed=None),
    )
    assert most == 1
    monkeypatch.setattr(store, "events", None)
    assert [await replays.index("r-1", course, viewer) for viewer in viewers] == made[:3]
    await store.close()


@pytest.mark.rule("REPLAY-6")
async def test_the_past_of_a_board_is_added_up_in_the_same_line(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson.joins("li", "teacher")
    store = await stored(tmp_path, lesson, [])
    replays = Replays(store)
    asked = [asyncio.create_task(replays.state("r-1", 0, closed=None)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await replays.state("r-1", 0, closed=None)
    with pytest.raises(Busy):
        await replays.course("r-1")
    assert [(await one).newest_at for one in asked] == [0] * AT_ONCE
    await store.close()


@pytest.mark.rule("CHECKPOINT-5", "REPLAY-1")
async def test_segments_begin_at_checkpoints_also_at_those_that_cannot_be_read(lesson: Lesson, tmp_path: Path) -> None:
    teacher = lesson.joins("li", "teacher")
    checkpoints: list[Checkpoint] = []
    for number in range(6):
        lesson.advance(10)
        teacher.does(c.SendChat, text=f"line {number}")
        if number in (1, 3, 4):
            data = dump(lesson.state, lesson.room.log)
            checkpoints.append((lesson.room.log.seq, lesson.room.log.at, data if number == 1 else b""))
    lesson.advance(10)
    teacher.does(c.EndRoom)
    store = await stored(tmp_path, lesson, checkpoints)
    replays = Replays(store)
    course = await replays.course("r-1")
    assert course is not None
    viewer, at = course.viewer("li", "teacher"), 0
    chat: list[str] = []
    for begin in (0, 20_000, 40_000, 50_000):
        segment = msgspec.json.decode(await replays.segment("r-1", course, viewer, at))
        assert (segment["at"], len(segment["room"]["chat"])) == (begin, len(chat))
        chat += [event["text"] for event in segment["events"] if event["type"] == "chat.message"]
        at = segment["next"]
    assert at is None
    assert chat == [f"line {number}" for number in range(6)]
    await store.close()
