"""Members know whether they are recorded."""

import pytest

from protocol import commands as c
from protocol import events as e
from tests.support.lesson import Lesson


@pytest.mark.rule("REC-7")
def test_a_room_whose_form_says_so_is_recorded_from_its_beginning_to_its_end() -> None:
    lesson = Lesson("one_to_many")
    teacher = lesson.joins("li", "teacher")
    room = teacher.welcome.room
    assert room is not None
    assert room.recording
    teacher.does(c.EndRoom)
    assert not lesson.state.recording
    other = Lesson("one_to_one").joins("li", "teacher").welcome.room
    assert other is not None
    assert not other.recording


@pytest.mark.rule("REC-7")
def test_members_hear_when_nothing_is_kept_and_when_it_is_again(lesson: Lesson) -> None:
    def hears(trouble: str) -> list[e.Event]:
        return lesson.perform(lesson.room.recording(trouble, now=lesson.now))

    teacher = lesson.joins("li", "teacher")
    assert hears("slow") == []  # most of it is kept
    assert hears("disk") == [e.RecordingStopped(why="disk")]
    assert hears("recorder") == []
    assert not lesson.state.recording
    assert hears("") == [e.RecordingStarted()]
    assert hears("") == []
    teacher.does(c.EndRoom)
    assert hears("disk") == []


def test_a_room_that_is_not_recorded_says_nothing_of_it() -> None:
    lesson = Lesson("one_to_one")
    assert lesson.perform(lesson.room.recording("disk", now=lesson.now)) == []


def test_a_node_that_takes_the_room_over_records_it(lesson: Lesson) -> None:
    lesson.joins("li", "teacher")
    lesson.perform(lesson.room.recording("disk", now=lesson.now))
    lesson.crash()
    assert lesson.state.recording
