"""Lines that are held back: who sees them, what becomes of them, what the record says."""

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core.decide.talk import HELD_MAX
from roomserver.core.words import Words
from tests.support.lesson import OPENED_MS, Guest, Lesson


@pytest.fixture
def lesson() -> Lesson:
    return Lesson("one_to_many", words=Words(["坏话"]))


def held(guest: Guest) -> int:
    """Write a line that is held back; its `seq`."""
    guest.does(c.SendChat, text="说坏话")
    return guest.lesson.room.log.seq


def others(lesson: Lesson, *guests: Guest) -> list[int]:
    """How many chat messages of any kind each was told."""
    lesson.turn()
    return [len(guest.says((e.ChatHeld, e.ChatMessage))) for guest in guests]  # type: ignore[arg-type]


@pytest.mark.rule("WORD-1")
def test_a_listed_word_holds_a_learners_line_back(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    assert anna.does(c.SendChat, text=" 说坏话 ") == [e.ChatHeld(member=2, text="说坏话")]
    assert others(lesson, teacher, anna, ben) == [1, 1, 0]


@pytest.mark.rule("WORD-1")
def test_staff_answer_for_themselves(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    assert teacher.does(c.SendChat, text="不说坏话") == [e.ChatMessage(member=1, text="不说坏话")]


@pytest.mark.rule("WORD-1")
def test_who_comes_later_is_shown_what_waits(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    line, at = held(anna), lesson.at
    view = n.HeldView(seq=line, at=at, member=2, name="Anna", role="student", text="说坏话")
    for name, role, shown in (("zhao", "assistant", (view,)), ("anna", "student", (view,)), ("ben", "student", ())):
        room = lesson.joins(name, role).welcome.room  # type: ignore[arg-type]
        assert room is not None
        assert room.held == shown


@pytest.mark.rule("WORD-3")
def test_staff_let_it_through_to_those_it_was_for(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    line = held(anna)
    assert teacher.does(c.PassChat, chat=line) == [e.ChatMessage(member=2, text="说坏话", held=line, by=1)]
    assert others(lesson, teacher, anna, ben) == [2, 2, 1]
    assert teacher.refused(c.PassChat, chat=line) == ("not_found", None)


@pytest.mark.rule("WORD-3")
@pytest.mark.parametrize("to", ["staff", 1])
def test_what_was_for_staff_goes_to_staff(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest, to: str | int
) -> None:
    assistant = lesson.joins("zhao", "assistant")
    anna.does(c.SendChat, text="坏话", to=to)
    assistant.does(c.PassChat, chat=lesson.room.log.seq)
    assert others(lesson, teacher, assistant, anna, ben) == [2, 2, 2, 0]


@pytest.mark.rule("WORD-3")
def test_staff_take_it_back_and_so_does_its_author(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    for guest in (teacher, anna):
        line = held(anna)
        assert ben.refused(c.DeleteChat, seq=line) == ("not_found", None)
        assert guest.does(c.DeleteChat, seq=line) == [e.ChatDeleted(chat=line, by=guest.member)]
        assert lesson.state.held == {}
    lesson.turn()
    assert (len(teacher.says(e.ChatDeleted)), ben.says(e.ChatDeleted)) == (2, [])


@pytest.mark.rule("WORD-3")
def test_it_outlasts_a_crash(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    line = held(anna)
    lesson.crash()
    teacher = lesson.resumes(teacher)
    assert teacher.does(c.PassChat, chat=line) == [e.ChatMessage(member=2, text="说坏话", held=line, by=1)]


@pytest.mark.rule("WORD-4")
def test_nobody_and_no_log_gets_a_number(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    assert anna.does(c.SendChat, text="坏话 13812345678") == [e.ChatHeld(member=2, text="坏话 ***********", masked=1)]
    teacher.does(c.PassChat, chat=lesson.room.log.seq)
    assert teacher.does(c.SendChat, text="call 13912345678, or 13712345678") == [
        e.ChatMessage(member=1, text="call ***********, or ***********", masked=2)
    ]
    assert not any(b"12345678" in entry.body + (entry.personal or b"") for entry in lesson.entries)


@pytest.mark.rule("WORD-4")
def test_the_record_counts_what_was_masked_and_held_back_and_tells_what_staff_let_through(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    anna.does(c.SendChat, text="坏话 13812345678")
    line = lesson.room.log.seq
    teacher.does(c.PassChat, chat=line)
    anna.does(c.SendChat, text="13812345678")
    held(anna)
    teacher.does(c.EndRoom)
    lesson.advance(120)
    row = lesson.member("anna")
    assert (row["chat_lines"], row["held_lines"], row["masked"]) == (2, 2, 2)
    assert lesson.record is not None
    [told] = lesson.record["data"]["moderation"]
    assert told == {"type": "chat.pass", "at_ms": OPENED_MS, "member": 2, "chat": line, "by": 1}


@pytest.mark.rule("WORD-5")
def test_only_so_many_lines_wait(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    for _ in range(HELD_MAX):
        line = held(anna)
        lesson.advance(1)
    assert anna.refused(c.SendChat, text="坏话") == ("full", "WORD-5")
    assert anna.does(c.SendChat, text="好话") == [e.ChatMessage(member=2, text="好话")]
    teacher.does(c.DeleteChat, seq=line)
    assert anna.does(c.SendChat, text="坏话") == [e.ChatHeld(member=2, text="坏话")]
