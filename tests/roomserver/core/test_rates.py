"""How much one member may send, and what happens to who sends more."""

from collections.abc import Iterator
from typing import Any

import pytest

from protocol import commands as c
from protocol import notices as n
from protocol.codes import CloseCode, ErrorCode
from roomserver.core import effects as fx
from roomserver.core.errors import Refused
from roomserver.core.rates import Rates
from tests.support.lesson import OPENED, PEN, Guest, Lesson

CHAT = c.SendChat(id=1, text="hello")
FINISH = c.FinishStroke(id=1, shape="2.1")
HAND = c.RaiseHand(id=1)
INK: dict[str, Any] = {"color": "#000000", "width": 24}
FONT: dict[str, Any] = {"font": "sans", "height": 480}
KINDS = pytest.mark.parametrize(
    ("command", "start", "burst", "a_second"),
    [
        (CHAT, 10, 10, 5),
        (FINISH, 120, 3_600, 60),
        (HAND, 100, 100, 10),
        (c.ExtendStroke(1, "2.1", (1, 1)), 120, 3_600, 60),
        (c.ChangeShapes(id=1, set={"2.1": c.ShapeSet(turn=1)}), 120, 3_600, 60),
        (c.OrderShapes(id=1, shapes=("2.1",), to="back"), 120, 3_600, 60),
        (c.CutShapes(id=1, cuts={"2.1": ()}), 120, 3_600, 60),
        (c.CopyShapes(id=1, shapes=("2.1",), page=1, by=(0, 0), first=2), 120, 3_600, 60),
        (c.EraseShapes(id=1, shapes=("2.1",)), 120, 3_600, 60),
        (c.Undo(id=1), 100, 100, 10),
        (c.MovePage(id=1, page=1), 100, 100, 10),
    ],
    ids=["chat", "ink", "other", "extend", "change", "order", "cut", "copy", "erase", "undo", "page"],
)


def extend(points: int) -> c.ExtendStroke:
    return c.ExtendStroke(1, "2.1", (1, 1) * points)


def taken(rates: Rates, commands: int, command: c.RoomCommand, now: float, *, share: float = 1) -> int:
    """How many of so many at once are let through."""
    count = 0
    for _ in range(commands):
        try:
            rates.check(command, now, share=share)
            count += 1
        except Refused:
            break
    return count


def refusal(rates: Rates, command: c.RoomCommand, now: float, *, share: float = 1) -> Refused:
    with pytest.raises(Refused) as refused:
        rates.check(command, now, share=share)
    return refused.value


@pytest.mark.rule("RATE-1")
@KINDS
def test_a_burst_is_let_through_then_so_many_a_second(command: Any, start: int, burst: int, a_second: int) -> None:
    rates = Rates(OPENED)
    assert taken(rates, burst + 5, command, OPENED) == start
    assert taken(rates, 2 * a_second, command, OPENED + 1) == a_second
    assert taken(rates, 2 * a_second, command, OPENED + 1.5) == a_second // 2
    assert taken(rates, burst + 5, command, OPENED + 10_000) == burst


@pytest.mark.rule("RATE-1")
def test_points_are_counted_besides_messages() -> None:
    rates = Rates(OPENED)
    assert taken(rates, 1_000, extend(250), OPENED) == 2_000 * 2 // 250
    assert taken(rates, 100, extend(250), OPENED + 1) == 8
    assert taken(rates, 1, FINISH, OPENED + 1) == 1  # messages are not short
    assert taken(rates, 1_000, extend(250), OPENED + 10_000) == 2_000 * 60 // 250


@pytest.mark.rule("RATE-1")
def test_each_kind_has_a_bucket_of_its_own() -> None:
    rates = Rates(OPENED)
    assert taken(rates, 20, CHAT, OPENED) == 10
    assert taken(rates, 20, HAND, OPENED) == 20
    assert taken(rates, 20, FINISH, OPENED) == 20
    assert rates.allows_signal(OPENED)


@pytest.mark.rule("RATE-1")
@pytest.mark.parametrize("share", [1, 0.5])
@KINDS
def test_the_seconds_named_cure_it(command: Any, start: int, burst: int, a_second: int, share: float) -> None:
    rates = Rates(OPENED)
    taken(rates, start, command, OPENED, share=share)
    refused = refusal(rates, command, OPENED, share=share)
    assert (refused.code, refused.rule) == (ErrorCode.RATE_LIMITED, "RATE-1")
    wait = refused.retry_in_s
    assert wait == pytest.approx(1 / a_second / share, abs=0.01)
    assert wait is not None
    assert taken(rates, 1, command, OPENED + wait + 0.01, share=share) == 1


@pytest.mark.rule("RATE-5")
def test_who_says_hello_again_and_again_is_told_when_to_come(lesson: Lesson) -> None:
    guests = [lesson.knocks("anna") for _ in range(15)]
    assert [guest.hung for guest in guests] == [CloseCode.REPLACED] * 10 + [None] + [CloseCode.TOO_MUCH] * 4
    assert lesson.joins("ben").hung is None
    lesson.advance(2)
    assert lesson.joins("anna").hung is None


@pytest.mark.rule("RATE-6")
def test_undo_and_redo_cost_the_points_that_they_bring_back(lesson: Lesson, teacher: Guest) -> None:
    for shape in range(1, 6):
        teacher.does(c.BeginStroke, shape=f"1.{shape}", **PEN)
        teacher.does(c.ExtendStroke, shape=f"1.{shape}", points=(1, 1) * 200)
        teacher.does(c.FinishStroke, shape=f"1.{shape}")
    lesson.advance(1)
    answers = []
    for _ in range(20):
        teacher.does(c.ClearPage, page=1, whose="all")
        before = len(teacher.says(n.Error))
        teacher.does(c.Undo)
        answers.append(len(teacher.says(n.Error)) - before)
    assert answers[0] == 0
    assert 1 in answers


@pytest.mark.rule("RATE-6")
def test_what_is_more_than_a_minutes_worth_can_be_taken_back_all_the_same(lesson: Lesson, teacher: Guest) -> None:
    lesson.advance(60)
    for shape in range(1, 61):  # 150,000 points
        teacher.does(c.BeginStroke, shape=f"1.{shape}", **PEN)
        for _ in range(10):
            teacher.does(c.ExtendStroke, shape=f"1.{shape}", points=(1, 0, -1, 0) * 125)
        lesson.advance(2)
    assert teacher.says(n.Error) == []
    teacher.does(c.ClearPage, page=1, whose="all")
    lesson.advance(60)
    assert len(teacher.does(c.Undo)) == 1
    teacher.does(c.ClearPage, page=1, whose="all")
    assert teacher.refused(c.Undo) == ("rate_limited", "RATE-1")
    [refused] = teacher.says(n.Error)
    assert refused.retry_in_s == pytest.approx(60, abs=0.01)
    lesson.advance(60)
    assert len(teacher.does(c.Undo)) == 1


@pytest.mark.rule("RATE-6")
def test_copies_cost_the_points_and_letters_that_they_bring(lesson: Lesson, teacher: Guest) -> None:
    teacher.does(c.PutShape, shape="1.1", page=1, kind="pen", start=(0, 0), points=(1, 1) * 200, **INK)
    teacher.does(c.PutShape, shape="1.2", page=1, kind="text", start=(0, 0), text="x" * 1_600, color="#000000", **FONT)
    first = 3
    while not teacher.says(n.Error):
        teacher.does(c.CopyShapes, shapes=("1.1", "1.2"), page=1, by=(0, 0), first=first)
        first += 2
    assert first == 3 + 2 * 3  # 200 of 4,000 were put; 1,800 each time
    assert teacher.says(n.Error)[0].rule == "RATE-1"


@pytest.mark.rule("RATE-1")
def test_whole_shapes_are_counted_as_messages_and_as_points() -> None:
    rates = Rates(OPENED)
    put = c.PutShape(id=1, shape="2.1", page=1, kind="pen", start=(0, 0), points=(1, 1) * 250, **INK)
    assert taken(rates, 1_000, put, OPENED) == 2_000 * 2 // 250
    box = c.PutShape(id=1, shape="2.1", page=1, kind="image", start=(0, 0), size=(1, 1), asset="0" * 32)
    assert taken(rates, 1_000, box, OPENED) == 120 - 17  # one was counted as a message, and short of points


@pytest.mark.rule("RATE-2")
def test_signals_beyond_their_rate_are_dropped_without_a_word(lesson: Lesson, teacher: Guest) -> None:
    pointed = [teacher.signals(c.MovePointer(1, 10, 10, False)) for _ in range(100)]
    assert sum(bool(effects) for effects in pointed) == 80
    lesson.advance(1)
    pointed = [teacher.signals(c.MovePointer(1, 10, 10, False)) for _ in range(100)]
    assert sum(bool(effects) for effects in pointed) == 40
    assert teacher.says(n.Error) == []
    assert teacher.hung is None


@pytest.mark.rule("RATE-3")
def test_an_overloaded_room_halves_what_students_may_send_and_not_what_the_teacher_may(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    lesson.room.checks.overloaded = True

    def lines(guest: Guest) -> int:
        before = len(guest.says(n.Error))
        for _ in range(30):
            guest.does(c.SendChat, text="hello")
        return 30 - (len(guest.says(n.Error)) - before)

    assert (lines(teacher), lines(anna)) == (10, 10)  # the bursts
    lesson.advance(2)
    assert (lines(teacher), lines(anna)) == (10, 5)
    lesson.room.checks.overloaded = False
    lesson.advance(2)
    assert (lines(teacher), lines(anna)) == (10, 10)


@pytest.mark.rule("RATE-1")
def test_a_command_that_was_too_much_changes_nothing_and_is_answered_so_again(lesson: Lesson, anna: Guest) -> None:
    for _ in range(10):
        anna.does(c.SendChat, text="hello")
    entries = len(lesson.entries)
    assert anna.refused(c.SendChat, text="once more") == ("rate_limited", "RATE-1")
    lesson.advance(1)
    anna.sends(c.SendChat(id=anna.sent, text="once more"))
    assert len(lesson.entries) == entries
    assert len(anna.says(n.Error)) == 2
    assert len({error.id for error in anna.says(n.Error)}) == 1


def storm(guest: Guest, seconds: float, *, every_s: float = 0.1) -> Iterator[float]:
    """Chat that never stops; the time since it began, until the line is closed."""
    begun = guest.lesson.now
    while guest.hung is None and guest.lesson.now - begun < seconds:
        guest.does(c.SendChat, text="look!")
        yield guest.lesson.now - begun
        guest.lesson.advance(every_s)


@pytest.mark.rule("RATE-4")
def test_ten_seconds_of_refusals_close_the_line_with_4429_and_the_place_is_kept(lesson: Lesson, anna: Guest) -> None:
    *_, last = storm(anna, 60)
    assert anna.hung == CloseCode.TOO_MUCH
    assert 11.5 <= last <= 12.5  # the burst of ten, and five more a second, are used up after two
    [hang] = [effect for effect in lesson.history if isinstance(effect, fx.Hang)]
    assert hang.retry_in_s is not None
    assert 0 < hang.retry_in_s <= 0.2
    assert lesson.state.people[anna.member].inside
    assert not lesson.state.people[anna.member].is_connected
    assert lesson.resumes(anna).welcome.resumed


@pytest.mark.rule("RATE-4")
def test_a_pause_of_more_than_two_seconds_between_refusals_begins_the_count_anew(anna: Guest) -> None:
    for _ in range(10):
        list(storm(anna, 9))
        anna.lesson.advance(2.1)
    assert anna.hung is None
    assert len(anna.says(n.Error)) > 100


@pytest.mark.rule("RATE-4")
def test_who_comes_again_after_4429_has_no_new_burst(lesson: Lesson, anna: Guest) -> None:
    list(storm(anna, 60))
    again = lesson.resumes(anna)
    for _ in range(10):
        again.does(c.SendChat, text="look!")
    assert len(again.says(n.Error)) >= 9
    assert again.hung is None  # ten seconds more


@pytest.mark.rule("RATE-1")
def test_what_a_minutes_lost_line_has_kept_back_may_be_sent_at_once(lesson: Lesson) -> None:
    teacher = lesson.joins("li", "teacher")
    lesson.advance(60)
    teacher.does(c.BeginStroke, shape="1.1", **PEN)
    for _ in range(3_000):
        teacher.does(c.ExtendStroke, shape="1.1", points=(1, 0))
    assert teacher.says(n.Error) == []


@pytest.mark.rule("RATE-6")
def test_a_step_that_names_many_shapes_costs_what_it_makes_of_work(lesson: Lesson, teacher: Guest) -> None:
    lesson.advance(60)
    names: list[str] = []
    for number in range(1, 101):
        names.append(f"1.{number}")
        teacher.does(c.PutShape, shape=names[-1], page=1, kind="image", start=(0, 0), size=(9, 9), asset="0" * 32)
    answers = 0
    while not teacher.says(n.Error):
        teacher.does(c.ChangeShapes, set={name: c.ShapeSet(turn=answers + 1, size=(8, 8)) for name in names})
        answers += 1
    assert 120_000 / 700 < answers < 120_000 / 700 + 10  # five a shape and one a property, of a minute's worth


@pytest.mark.rule("RATE-6")
def test_a_cut_costs_the_points_of_the_strokes_that_it_cuts(lesson: Lesson, teacher: Guest) -> None:
    teacher.does(c.PutShape, shape="1.1", page=1, kind="pen", start=(0, 0), points=(1, 1) * 256, **INK)
    whole, answers = "1.1", 0
    while not teacher.says(n.Error):
        done = teacher.does(c.CutShapes, cuts={whole: ((0, 25_600),)})
        whole = done[0].cuts[whole][0][0] if done else whole
        answers += 1
    assert answers == (4_000 - 256) // 266 + 1
