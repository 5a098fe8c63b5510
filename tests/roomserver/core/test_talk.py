"""Chat and raised hands: who hears what, who comes first."""

import pytest

from protocol import commands as c
from protocol import events as e
from roomserver.core.forms import Form
from tests.support.lesson import Guest, Lesson, bare


@pytest.fixture
def assistant(lesson: Lesson, ben: Guest) -> Guest:
    """Member 4."""
    return lesson.joins("zhao", "assistant")


def heard_by(lesson: Lesson, *guests: Guest) -> list[list[str]]:
    lesson.turn()
    return [[said.text for said in guest.says(e.ChatMessage)] for guest in guests]


@pytest.mark.rule("CHAT-1")
def test_a_line_reaches_those_it_is_for_and_nobody_else(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest, assistant: Guest
) -> None:
    everyone = (teacher, anna, ben, assistant)
    assert anna.does(c.SendChat, text="all") == [e.ChatMessage(member=2, text="all", to="all")]
    anna.does(c.SendChat, text="staff", to="staff")
    anna.does(c.SendChat, text="teacher", to=1)
    teacher.does(c.SendChat, text="ben", to=3)
    assert heard_by(lesson, *everyone) == [
        ["all", "staff", "teacher", "ben"],
        ["all", "staff", "teacher"],
        ["all", "ben"],
        ["all", "staff"],
    ]


@pytest.mark.rule("CHAT-2")
def test_students_do_not_write_to_each_other(lesson: Lesson, anna: Guest, ben: Guest) -> None:
    assert anna.refused(c.SendChat, text="psst", to=3) == ("forbidden", "CHAT-2")
    assert anna.refused(c.SendChat, text="psst", to=9) == ("not_found", None)


@pytest.mark.rule("CHAT-3")
def test_a_line_is_without_the_space_around_it_and_never_empty(anna: Guest) -> None:
    assert anna.does(c.SendChat, text="  two words \n") == [e.ChatMessage(member=2, text="two words")]
    assert anna.refused(c.SendChat, text=" \n\t ") == ("invalid", "CHAT-3")


@pytest.mark.rule("CHAT-4")
def test_staff_take_back_any_line_they_see_and_students_their_own(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest, assistant: Guest
) -> None:
    anna.does(c.SendChat, text="one")
    first = lesson.room.log.seq
    ben.does(c.SendChat, text="two")
    second = lesson.room.log.seq
    assert ben.refused(c.DeleteChat, seq=first) == ("forbidden", "CHAT-4")
    assert assistant.does(c.DeleteChat, seq=first) == [e.ChatDeleted(chat=first, by=4)]
    assert ben.does(c.DeleteChat, seq=second) == [e.ChatDeleted(chat=second, by=3)]
    assert teacher.refused(c.DeleteChat, seq=second) == ("not_found", None)
    assert teacher.refused(c.DeleteChat, seq=1) == ("not_found", None)


@pytest.mark.rule("CHAT-4")
def test_a_private_line_is_taken_back_only_by_those_who_see_it_and_only_they_are_told(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest, assistant: Guest
) -> None:
    anna.does(c.SendChat, text="private", to=1)
    line = lesson.room.log.seq
    assert assistant.refused(c.DeleteChat, seq=line) == ("not_found", None)
    assert ben.refused(c.DeleteChat, seq=line) == ("not_found", None)
    teacher.does(c.DeleteChat, seq=line)
    lesson.turn()
    told = [[bare(event) for event in guest.says(e.ChatDeleted)] for guest in (teacher, anna, ben, assistant)]
    assert told == [[e.ChatDeleted(chat=line, by=1)]] * 2 + [[], []]


@pytest.mark.rule("CHAT-5")
def test_a_newcomer_is_shown_the_newest_fifty_lines_that_they_may_see(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    for number in range(60):
        lesson.advance(1)
        teacher.does(c.SendChat, text=f"line {number}")
        teacher.does(c.SendChat, text=f"for Anna {number}", to=2)
    teacher.does(c.DeleteChat, seq=lesson.room.log.seq - 1)
    shown = lesson.joins("ben").welcome.room
    assert shown is not None
    assert [line.text for line in shown.chat] == [f"line {number}" for number in range(9, 59)]
    newest = shown.chat[-1]
    assert (newest.member, newest.name, newest.role, newest.to) == (1, "Li", "teacher", "all")


@pytest.mark.rule("HAND-1")
def test_the_order_of_raising_is_the_queue(lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest) -> None:
    assert ben.does(c.RaiseHand) == [e.HandRaised(member=3)]
    anna.does(c.RaiseHand)
    assert lesson.resumes(teacher, seq=0).welcome.room.hands == (3, 2)  # type: ignore[union-attr]


@pytest.mark.rule("HAND-2")
def test_who_raises_their_hand_twice_keeps_the_first_place(lesson: Lesson, anna: Guest, ben: Guest) -> None:
    anna.does(c.RaiseHand)
    ben.does(c.RaiseHand)
    assert anna.does(c.RaiseHand) == []
    assert list(lesson.state.hands) == [2, 3]


@pytest.mark.rule("HAND-3")
def test_everybody_lowers_their_own_hand_and_staff_anybodys(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    anna.does(c.RaiseHand)
    ben.does(c.RaiseHand)
    assert anna.refused(c.LowerHand, member=3) == ("forbidden", "HAND-3")
    assert anna.does(c.LowerHand) == [e.HandLowered(member=2, by=2)]
    assert teacher.does(c.LowerHand, member=3) == [e.HandLowered(member=3, by=1)]
    assert teacher.does(c.LowerHand, member=3) == []
    assert teacher.refused(c.RaiseHand) == ("forbidden", "RIGHT-1")


@pytest.mark.rule("HAND-4")
def test_at_most_64_hands_are_up() -> None:
    lesson = Lesson(Form(seats={"student": 65}))
    pupils = [lesson.joins(f"pupil {number}") for number in range(65)]
    for pupil in pupils[:64]:
        pupil.does(c.RaiseHand)
    assert pupils[64].refused(c.RaiseHand) == ("full", "HAND-4")
    pupils[0].does(c.LowerHand)
    pupils[64].does(c.RaiseHand)


@pytest.mark.rule("HAND-5")
def test_whoever_is_called_to_the_stage_needs_their_hand_no_more(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    anna.does(c.RaiseHand)
    lowered, joined = teacher.does(c.InviteToStage, member=2)
    assert lowered == e.HandLowered(member=2, by=1)
    assert isinstance(joined, e.StageJoined)


@pytest.mark.rule("HAND-5")
def test_whoever_is_given_a_right_by_name_needs_their_hand_no_more(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    for pupil in (anna, ben):
        pupil.does(c.RaiseHand)
    granted = e.Granted(member=2, can=("draw",), on=True, by=1)
    assert teacher.does(c.Grant, member=2, can=("draw",), on=True) == [e.HandLowered(member=2, by=1), granted]
    anna.does(c.RaiseHand)
    assert teacher.does(c.Grant, member=2, can=("draw",), on=False) == [
        e.Granted(member=2, can=("draw",), on=False, by=1)
    ]
    teacher.does(c.Grant, member="all", can=("draw",), on=True)
    assert list(lesson.state.hands) == [3, 2]


def test_a_hand_goes_with_its_member(lesson: Lesson, anna: Guest) -> None:
    anna.does(c.RaiseHand)
    anna.lost(for_good=True)
    assert lesson.state.hands == {}
