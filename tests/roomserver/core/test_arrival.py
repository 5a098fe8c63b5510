"""Who comes in, on which seat, under which number; who takes whose place."""

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core import effects as fx
from roomserver.core.forms import Form
from tests.support.lesson import PEN, Guest, Lesson


@pytest.mark.rule("SEAT-1")
def test_a_second_teacher_finds_the_seat_taken(lesson: Lesson, teacher: Guest) -> None:
    second = lesson.knocks("wang", "teacher")
    assert (second.refusal, second.hung) == (("full", "SEAT-1"), 4403)
    assert lesson.events(e.MemberJoined) == [teacher_joined()]


@pytest.mark.rule("SEAT-1")
def test_a_role_without_seats_does_not_come_in(lesson: Lesson) -> None:
    assert lesson.knocks("room 5", "classroom").refusal == ("full", "SEAT-1")


@pytest.mark.rule("SEAT-1")
def test_a_seat_is_free_again_when_somebody_has_left_but_not_while_their_line_is_lost() -> None:
    lesson = Lesson(Form(seats={"student": 1}))
    anna = lesson.joins("anna")
    anna.lost()
    assert lesson.knocks("ben").refusal == ("full", "SEAT-1")
    lesson.advance(60)
    lesson.joins("ben")


@pytest.mark.rule("SEAT-2")
def test_a_member_keeps_their_number_for_the_rooms_life(lesson: Lesson, anna: Guest, ben: Guest) -> None:
    anna.lost(for_good=True)
    assert lesson.joins("chen").member == 4
    assert lesson.joins("anna").member == 2


def test_a_newcomer_is_told_all_and_the_room_of_the_newcomer(lesson: Lesson, teacher: Guest) -> None:
    anna = lesson.joins("anna")
    joined = e.MemberJoined(
        member=2, name="Anna", role="student", school="No. 4 Middle School", can=("chat",), muted=(), on_stage=False
    )
    assert lesson.events()[-3:-1] == [lesson.events()[-3], joined]
    assert [type(effect) for effect in lesson.effects] == [
        *(fx.Salt, fx.Append, fx.Append, fx.Append),
        *(fx.Say, fx.Enter, fx.Receive),
    ]
    welcome = anna.welcome
    assert (welcome.id, welcome.member, welcome.next_shape, welcome.resumed) == (1, 2, 1, False)
    assert (welcome.session, welcome.epoch, welcome.seq, welcome.last_id) == (anna.session, 1, 6, 0)
    assert (welcome.now_ms, welcome.evaluation) == (1_790_000_000_000, "due")
    assert welcome.limits == n.LimitsView(
        frame_bytes=65_536, chat_chars=2_000, points_a_message=256, absence_s=60, evaluation_s=120
    )
    assert welcome.room == n.RoomView(
        id="r-1",
        form="lesson",
        subject="",
        topic="",
        state="live",
        opened_at_ms=1_790_000_000_000,
        ends=n.EndsView(in_ms=1_800_000, reason="duration"),
        members=(
            n.MemberView(
                member=1,
                name="Li",
                role="teacher",
                school="No. 4 Middle School",
                can=("camera", "chat", "draw", "screen", "speak"),
            ),
            n.MemberView(member=2, name="Anna", role="student", school="No. 4 Middle School", can=("chat",)),
        ),
        hands=(),
        stage=(1,),
        chat=(),
        tracks=(),
        recording=True,
        past=n.PastView(live_at=0),
    )
    assert welcome.board == lesson.state.board.snapshot()


@pytest.mark.rule("SEAT-3", "WATCH-6")
def test_a_locked_room_lets_in_only_a_teacher_observers_and_who_is_inside_already(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    teacher.does(c.LockRoom, on=True)
    ben.lost(for_good=True)
    for name, role in (("ben", "student"), ("chen", "student"), ("zhao", "assistant")):
        refused = lesson.knocks(name, role)  # type: ignore[arg-type]
        assert (refused.refusal, refused.hung) == (("locked", "SEAT-3"), 4403)
    lesson.joins("hu", "observer")
    anna.lost()
    lesson.joins("anna")
    teacher.lost(for_good=True)
    lesson.joins("wang", "teacher").does(c.LockRoom, on=False)
    lesson.joins("chen")


@pytest.mark.rule("SEAT-4")
def test_a_new_session_of_an_identity_replaces_the_one_before(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    anna.does(c.RaiseHand)
    again = lesson.joins("anna")
    assert anna.hung == 4409
    assert again.member == 2
    left, joined = lesson.events(e.MemberLeft, e.MemberJoined)[-2:]
    assert left == e.MemberLeft(member=2, reason="replaced")
    assert joined.member == 2
    assert lesson.state.hands == {}
    assert fx.EndMedia(2) in lesson.effects
    assert anna.lost() == []


@pytest.mark.rule("SEAT-4")
def test_a_session_that_was_replaced_is_not_resumed(lesson: Lesson, anna: Guest) -> None:
    lesson.joins("anna")
    assert lesson.resumes(anna).hung == 4401


@pytest.mark.rule("SEAT-5")
def test_a_newer_connection_of_a_session_takes_over_and_the_room_hears_nothing_of_it(
    lesson: Lesson, anna: Guest
) -> None:
    before = lesson.events()
    again = lesson.resumes(anna)
    assert (anna.hung, again.hung) == (4409, None)
    assert lesson.events() == before
    assert again.does(c.RaiseHand) == [e.HandRaised(member=2)]
    assert anna.does(c.RaiseHand) == []
    assert anna.lost() == []


def test_without_a_good_token_or_session_nobody_comes_in(lesson: Lesson, anna: Guest) -> None:
    stranger = Guest(lesson, "nobody", "student", 0, session="a guess", member=2)
    assert lesson.resumes(stranger).hung == 4401
    assert lesson.effects == [fx.Hang(3, 4401, "the token is not good")]  # type: ignore[arg-type]


@pytest.mark.rule("RESUME-1")
def test_who_resumes_gets_what_they_missed_and_no_snapshot(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    lesson.turn()
    seen = lesson.room.log.seq
    anna.lost()
    teacher.does(c.SendChat, text="one")
    again = lesson.resumes(anna, seq=seen)
    teacher.does(c.SendChat, text="two")
    lesson.turn()
    welcome, *missed = again.heard
    assert (welcome.resumed, welcome.seq, welcome.room, welcome.board) == (True, seen, None, None)
    assert [type(event) for event in missed] == [e.MemberAway, e.ChatMessage, e.MemberBack, e.ChatMessage]
    assert [event.seq for event in missed] == [seen + 1, seen + 2, seen + 3, seen + 4]


@pytest.mark.rule("RESUME-2")
def test_a_lost_line_within_60_seconds_keeps_place_hand_stage_and_grants(
    lesson: Lesson, teacher: Guest, anna: Guest, ben: Guest
) -> None:
    teacher.does(c.Grant, member=2, can=("draw",), on=True)
    for guest in (anna, ben):
        guest.does(c.RaiseHand)
    teacher.does(c.InviteToStage, member=3)
    anna.lost()
    ben.lost()
    lesson.advance(59.999)
    again, _ = lesson.resumes(anna), lesson.resumes(ben)
    assert again.welcome.resumed
    assert list(lesson.state.hands) == [2]
    assert lesson.state.stage == [1, 3]
    assert lesson.state.people[2].can == {"chat", "draw"}
    assert lesson.state.away == {}


@pytest.mark.rule("RESUME-2")
def test_after_60_seconds_the_place_is_gone_and_the_session_with_it(lesson: Lesson, anna: Guest) -> None:
    anna.lost()
    lesson.advance(60)
    assert lesson.resumes(anna).hung == 4401
    assert lesson.joins("anna").member == 2


@pytest.mark.rule("RESUME-3")
@pytest.mark.parametrize("seq", [0, 999])
def test_who_says_they_saw_what_was_never_there_gets_a_snapshot(lesson: Lesson, anna: Guest, seq: int) -> None:
    anna.lost()
    welcome = lesson.resumes(anna, seq=seq).welcome
    assert not welcome.resumed
    assert welcome.seq == lesson.room.log.seq
    assert welcome.room is not None
    assert welcome.board is not None


@pytest.mark.rule("SEAT-4", "GRANT-4", "MUTE-3")
def test_coming_again_resets_nothing_that_staff_decided(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    teacher.does(c.Grant, member=2, can=("chat",), on=False)
    teacher.does(c.Grant, member=2, can=("draw",), on=True)
    teacher.does(c.Mute, member=2, kind="microphone")
    teacher.does(c.InviteToStage, member=2)
    lesson.joins("anna")
    assert lesson.events(e.MemberJoined)[-1].can == ("draw",)
    assert lesson.events(e.MemberJoined)[-1].muted == ("microphone",)
    lesson.advance(1)
    lesson.joins("anna").lost(for_good=True)
    teacher.does(c.Grant, member="all", can=("speak",), on=True)
    teacher.does(c.Unmute, member="all", kind="microphone")
    lesson.joins("anna")
    assert lesson.events(e.MemberJoined)[-1].can == ("draw", "speak")
    assert lesson.events(e.MemberJoined)[-1].muted == ()


@pytest.mark.rule("GRANT-4")
def test_a_right_taken_in_a_one_to_one_lesson_is_not_won_back_by_a_reload() -> None:
    lesson = Lesson("one_to_one")
    teacher = lesson.joins("li", "teacher")
    lesson.joins("anna")
    teacher.does(c.Grant, member="all", can=("draw",), on=False)
    lesson.joins("anna")
    assert lesson.events(e.MemberJoined)[-1].can == ("camera", "chat", "speak")
    assert lesson.state.stage == [1, 2]


@pytest.mark.rule("RIGHT-3")
def test_an_observer_is_seen_by_staff_and_by_nobody_else(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    observer = lesson.joins("inspector", "observer")
    observer.lost()
    lesson.resumes(observer)
    teacher.does(c.RemoveMember, member=3)
    lesson.turn()
    told = [e.MemberJoined, e.MemberAway, e.MemberBack, e.MemberLeft]
    assert [type(event) for event in teacher.heard if getattr(event, "member", 0) == 3] == told
    assert not [event for event in anna.heard if getattr(event, "member", 0) == 3]
    observer = lesson.joins("inspector two", "observer")
    assert [member.member for member in seen(lesson, teacher)] == [1, 2, 4]
    assert [member.member for member in seen(lesson, anna)] == [1, 2]
    assert [member.member for member in seen(lesson, observer)] == [1, 2, 4]


@pytest.mark.rule("SEAT-6")
def test_whoever_comes_is_told_who_was_there_and_has_gone(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    anna.does(c.SendChat, text="goodbye", to=1)
    for guest in (anna, lesson.joins("inspector", "observer")):
        guest.lost(for_good=True)
    student = n.GoneView(member=2, name="Anna", role="student")
    observer = n.GoneView(member=3, name="Inspector", role="observer")
    assert past(lesson.resumes(teacher, seq=0)).gone == (student, observer)
    assert past(lesson.resumes(teacher, seq=0)).live_at == 0
    assert past(lesson.resumes(teacher, seq=0)).lines == 1
    assert past(lesson.joins("ben")).gone == (student,)
    assert past(lesson.joins("cleo")).lines == 0
    lesson.joins("anna")
    assert past(lesson.resumes(teacher, seq=0)).gone == (observer,)


@pytest.mark.rule("SEAT-6")
def test_of_those_who_have_gone_500_are_named_and_first_those_who_drew() -> None:
    lesson = Lesson(Form(seats={"teacher": 1, "student": 1}, student_can=("draw",)))
    teacher = lesson.joins("li", "teacher")
    for number in range(501):
        lesson.joins(f"pupil {number}").lost(for_good=True)
    painter = lesson.joins("painter")
    painter.does(c.BeginStroke, shape="503.1", **PEN)
    painter.lost(for_good=True)
    gone = past(lesson.resumes(teacher, seq=0)).gone
    assert [one.member for one in gone] == [503, *range(2, 501)]


def past(guest: Guest) -> n.PastView:
    """What a guest was told of it."""
    room = guest.welcome.room
    assert room is not None
    assert room.past is not None
    return room.past


@pytest.mark.rule("RIGHT-3")
def test_an_observer_is_neither_shown_nor_spoken_to_nor_found_by_pupils(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    observer = lesson.joins("inspector", "observer")
    assert teacher.refused(c.InviteToStage, member=3) == ("forbidden", "RIGHT-3")
    assert teacher.refused(c.SendChat, text="hello", to=3) == ("forbidden", "RIGHT-3")
    assert anna.refused(c.SendChat, text="hello", to=3) == anna.refused(c.SendChat, text="hello", to=4)
    assert observer.refused(c.SendChat, text="hello") == ("forbidden", "RIGHT-1")
    assert observer.refused(c.RaiseHand) == ("forbidden", "RIGHT-1")


def teacher_joined() -> e.MemberJoined:
    return e.MemberJoined(
        member=1,
        name="Li",
        role="teacher",
        school="No. 4 Middle School",
        can=("camera", "chat", "draw", "screen", "speak"),
        on_stage=True,
    )


def seen(lesson: Lesson, guest: Guest) -> tuple[n.MemberView, ...]:
    snapshot, _ = lesson.room.snapshot(guest.member, now=lesson.now)
    return snapshot.room.members
