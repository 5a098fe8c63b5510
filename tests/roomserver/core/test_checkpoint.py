"""Checkpoints: all that the fold knows, read back, and the tail of the log leads on from there."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import rule

from protocol import commands as c
from protocol import events as e
from roomserver.core import checkpoint
from roomserver.core.checkpoint import CHECKPOINT_EVENTS, VERSION, Schedule, Unreadable, dump, load
from roomserver.core.log import Log
from roomserver.core.room import Room
from roomserver.core.state import RoomState
from tests.support.lesson import PEN, Guest, Lesson
from tests.support.tries import tries
from whiteboard.packed import PackedBoard

from .test_machine import FORM, WORDS, LessonMachine


def again(lesson: Lesson) -> tuple[RoomState, Log]:
    """The room's state and log, by way of a checkpoint and the store's salts."""
    state, log = load(dump(lesson.state, lesson.room.log))
    log.salts.update(lesson.salts)
    return state, log


def in_order(state: RoomState) -> tuple[object, ...]:
    """What stands in a certain order, which dictionaries do not compare."""
    return [*state.people], [*state.hands], [*state.away], [*state.tracks], state.board.dump()


class KeptLesson(Lesson):
    """A lesson whose store has checkpoints, too: a node that opens it folds only what came after the newest."""

    kept: bytes | None = None

    def keep(self) -> None:
        self.kept = dump(self.state, self.room.log)

    def fold(self) -> tuple[RoomState, Log]:
        if self.kept is None:
            return super().fold()
        state, log = load(self.kept)
        log.salts.update(self.salts)
        for stored in self.entries[log.seq :]:
            state.apply(log.restore(stored.body, stored.personal, stored.hash, state.board.body))
        return state, log

    def crash(self, *, lose: int = 0, down_s: float = 0) -> list[Any]:
        if self.kept is not None and load(self.kept)[1].seq > len(self.entries) - lose:
            self.kept = None  # it was lost with the events that it covers
        return super().crash(lose=lose, down_s=down_s)


class CheckpointMachine(LessonMachine):
    """Any lesson: the fold goes on from a checkpoint now and then, and so does every node that takes the room over."""

    def __init__(self) -> None:
        super().__init__()
        self.lesson: KeptLesson = KeptLesson(FORM, words=WORDS)

    @rule()
    def keep_a_checkpoint(self) -> None:
        self.lesson.keep()
        self.state, self.log = again(self.lesson)
        assert self.state == self.lesson.state
        assert self.log == self.lesson.room.log
        assert in_order(self.state) == in_order(self.lesson.state)


@pytest.mark.rule("CHECKPOINT-1", "CHECKPOINT-2")
class TestCheckpoint(CheckpointMachine.TestCase):  # type: ignore[misc,valid-type]
    settings = tries(40)


def draw(guest: Guest, number: int) -> None:
    shape = f"{guest.member}.{number}"
    guest.does(c.BeginStroke, shape=shape, **PEN)
    guest.does(c.ExtendStroke, shape=shape, points=(3, 4))
    guest.does(c.FinishStroke, shape=shape)


@pytest.fixture
def drawn(lesson: Lesson, teacher: Guest, anna: Guest) -> Lesson:
    """Something of everything: grants, hands, mutes, chat for some, a stroke that is erased."""
    teacher.does(c.Grant, member="all", can=("draw", "speak"), on=True)
    teacher.does(c.Mute, member=anna.member, kind="camera")
    teacher.does(c.SendChat, text="for the staff", to="staff")
    anna.does(c.SendChat, text="for you", to=teacher.member)
    anna.does(c.RaiseHand)
    draw(anna, 1)
    draw(anna, 2)
    anna.does(c.EraseShapes, shapes=("2.1",))
    return lesson


@pytest.mark.rule("CHECKPOINT-1")
def test_what_was_done_can_be_undone_afterwards(drawn: Lesson, anna: Guest) -> None:
    state, log = again(drawn)
    drawn.room, effects = Room.reopen(state, log, epoch=2, now=drawn.now)
    drawn.perform(effects)
    back = drawn.resumes(anna)
    assert [type(event) for event in back.does(c.Undo)] == [e.ShapesRestored]
    assert drawn.state.board.shape("2.1") is not None
    assert drawn.fold() == (drawn.state, drawn.room.log)


@pytest.mark.rule("CHECKPOINT-3")
@tries(200)
@given(data=st.data())
def test_bytes_that_have_changed_are_noticed(data: st.DataObject) -> None:
    lesson = Lesson()
    whole = dump(lesson.state, lesson.room.log)
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    for wrong in (bytes(changed), whole[:place], whole + b"\0"):
        with pytest.raises(Unreadable):
            load(wrong)


def resealed(data: bytes, place: int, value: Any) -> bytes:
    parts = msgspec.msgpack.decode(data[32:])
    parts[place] = value
    content = msgspec.msgpack.encode(parts)
    return sha256(content).digest() + content


@pytest.mark.rule("CHECKPOINT-3")
@pytest.mark.parametrize(("place", "value"), [(0, VERSION + 1), (0, "1"), (1, "middle"), (4, {"a room": "of old"})])
def test_another_version_is_not_read(drawn: Lesson, place: int, value: object) -> None:
    data = dump(drawn.state, drawn.room.log)
    assert load(resealed(data, 0, VERSION)) == load(data)
    with pytest.raises(Unreadable):
        load(resealed(data, place, value))


@pytest.mark.rule("CHECKPOINT-4")
def test_one_is_due_every_so_many_events_and_before_the_node_lets_go(drawn: Lesson) -> None:
    state, log = drawn.state, drawn.room.log
    schedule = Schedule(last=log.seq)
    assert schedule.take(state, log, leaving=True) is None
    drawn.advance(1)
    log.seq += CHECKPOINT_EVENTS - 1
    assert schedule.take(state, log) is None
    log.seq += 1
    due = schedule.take(state, log)
    assert due == (log.seq, log.at, dump(state, log))
    assert schedule.take(state, log) is None
    log.seq += 1
    assert schedule.take(state, log) is None
    assert schedule.take(state, log, leaving=True) is not None


@pytest.mark.rule("CHECKPOINT-4")
def test_a_room_in_which_very_much_happens_has_hundreds_and_no_more(lesson: Lesson) -> None:
    schedule, log, taken = Schedule(), lesson.room.log, 0
    while log.seq < 10_000_000:
        log.seq += CHECKPOINT_EVENTS
        taken += schedule.take(lesson.state, log) is not None
        if log.seq == 100_000:
            assert taken == 50
    assert taken < 300


def test_salts_are_not_in_a_checkpoint(drawn: Lesson) -> None:
    data = dump(drawn.state, drawn.room.log)
    assert drawn.salts
    assert not any(salt in data for salt in drawn.salts.values())
    assert load(data)[1].salts == {}


def layout(cls: Any, seen: set[Any]) -> Iterator[str]:
    """A line for each class that a checkpoint holds: its name and its fields."""
    names = getattr(cls, "__struct_fields__", None) or (
        [field.name for field in fields(cls)] if is_dataclass(cls) else None
    )
    if names is None:
        for part in get_args(cls):
            yield from layout(part, seen)
    elif cls not in seen:
        seen.add(cls)
        hints = get_type_hints(cls)
        yield f"{cls.__name__}: {' '.join(names)}"
        for name in names:
            yield from layout(hints[name], seen)


def test_whoever_changes_what_is_kept_raises_the_version() -> None:
    """A field more with a default would be read from an old checkpoint, and be wrong.

    Raise VERSION in checkpoint.py, then put the new pair here.
    """
    lines = sorted([*layout(checkpoint.Checkpoint, set()), *layout(PackedBoard, set())])
    assert len(lines) > 12, lines
    assert (VERSION, sha256("\n".join(lines).encode()).hexdigest()[:8]) == (13, "018c04cb")
