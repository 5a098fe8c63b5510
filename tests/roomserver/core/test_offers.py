"""Offers whose answer takes its time: what happens meanwhile."""

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core import effects as fx
from tests.support.lesson import Guest, Lesson


@pytest.fixture
def anna(lesson: Lesson, teacher: Guest) -> Guest:
    anna = lesson.joins("anna")
    teacher.does(c.InviteToStage, member=anna.member)
    return anna


def names(offer: fx.Publish) -> dict[str, str]:
    return {source: track for track, source in offer.tracks.values()}


@pytest.mark.rule("TRACK-4")
def test_offers_on_their_way_share_no_name(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    first, second = teacher.offers("camera"), anna.offers("camera")
    assert (names(first), names(second)) == ({"camera": "t1"}, {"camera": "t2"})
    assert teacher.taken(first) == [e.TrackPublished(track="t1", member=1, source="camera")]
    assert anna.taken(second) == [e.TrackPublished(track="t2", member=2, source="camera")]


@pytest.mark.rule("TRACK-1", "TRACK-4")
def test_a_source_keeps_the_name_that_it_has_in_the_offer_before(teacher: Guest) -> None:
    first, second = teacher.offers("camera"), teacher.offers("camera", "microphone")
    assert names(second) == {"camera": "t1", "microphone": "t2"}
    without = teacher.offers("microphone")
    assert names(teacher.offers("camera", "microphone")) == {"camera": "t3", "microphone": "t2"}
    assert teacher.taken(first) == [e.TrackPublished(track="t1", member=1, source="camera")]
    assert teacher.taken(second) == [e.TrackPublished(track="t2", member=1, source="microphone")]
    assert teacher.taken(without) == [e.TrackStopped(track="t1")]


@pytest.mark.rule("TRACK-5")
def test_a_right_that_was_taken_meanwhile_is_not_given_back_by_a_late_answer(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    offer = anna.offers("microphone", "camera")
    teacher.does(c.Grant, member=2, can=("camera",), on=False)
    assert anna.taken(offer) == [e.TrackPublished(track="t1", member=2, source="microphone")]
    assert fx.StopTrack("t2") in lesson.effects


@pytest.mark.rule("TRACK-5")
def test_a_track_that_was_stopped_stays_stopped_though_its_right_has_come_back(
    lesson: Lesson, teacher: Guest, anna: Guest
) -> None:
    anna.publishes("camera")
    offer = anna.offers("camera")
    teacher.does(c.Grant, member=2, can=("camera",), on=False)
    assert fx.StopTrack("t1") in lesson.effects  # after the offer: the engine has the track no more
    teacher.does(c.Grant, member=2, can=("camera",), on=True)
    assert anna.taken(offer) == []
    assert lesson.state.tracks == {}


@pytest.mark.rule("TRACK-5")
@pytest.mark.parametrize("for_good", [True, False])
def test_nothing_is_published_for_a_line_that_is_gone(lesson: Lesson, anna: Guest, for_good: bool) -> None:
    offer = anna.offers("camera")
    anna.lost(for_good=for_good)
    assert anna.taken(offer) == []
    assert lesson.effects == [fx.StopTrack("t1")]


@pytest.mark.rule("TRACK-4", "TRACK-5")
def test_a_new_line_begins_afresh_and_the_old_answer_does_it_no_harm(lesson: Lesson, anna: Guest) -> None:
    old = anna.offers("camera")
    anna.lost()
    back = lesson.resumes(anna, seq=0)
    back.sent = back.welcome.last_id
    new = back.offers("camera")
    assert names(new) == {"camera": "t2"}
    assert anna.taken(old) == []
    assert lesson.effects == [fx.StopTrack("t1")]
    assert back.taken(new) == [e.TrackPublished(track="t2", member=2, source="camera")]


@pytest.mark.rule("TRACK-5")
def test_nothing_is_published_in_a_room_that_has_closed(lesson: Lesson, teacher: Guest, anna: Guest) -> None:
    offer = anna.offers("camera")
    teacher.does(c.EndRoom)
    assert anna.taken(offer) == []
    assert lesson.state.tracks == {}


@pytest.mark.rule("WORKER-2")
def test_what_is_asked_while_media_is_away_may_be_asked_again(lesson: Lesson, teacher: Guest) -> None:
    lost = teacher.offers("camera")
    lesson.perform(lesson.room.media_away(teacher.line, lost.id, retry_in_s=1.0))
    [error] = teacher.says(n.Error)
    assert (error.id, error.code, error.rule, error.retry_in_s) == (lost.id, "unavailable", "WORKER-2", 1.0)
    again = teacher.offers("camera")
    assert teacher.taken(lost) == []  # it is too late for that one
    assert teacher.taken(again) == [e.TrackPublished(track=names(again)["camera"], member=1, source="camera")]


@pytest.mark.rule("ONCE-6")
def test_a_late_answer_keeps_no_other_command_waiting(lesson: Lesson, teacher: Guest) -> None:
    offer = teacher.offers("camera")
    teacher.does(c.SendChat, text="can you see me?")
    lesson.commit()
    assert teacher.says(n.Ok) == [n.Ok(id=offer.id + 1)]
    teacher.taken(offer)
    lesson.commit()
    assert teacher.says(n.Ok) == [n.Ok(id=offer.id + 1), n.Ok(id=offer.id, sdp="answer")]
