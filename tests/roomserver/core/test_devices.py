"""Cameras and screens that come over WHIP and WHEP, as the room sees them."""

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.fields import Role
from roomserver.core import effects as fx
from roomserver.core.arrival import Arrival
from roomserver.core.forms import Form
from roomserver.core.rights import Device
from tests.support.lesson import Guest, Lesson

FORM = Form(seats={"teacher": 2, "assistant": 2, "classroom": 2, "student": 2, "observer": 1}, evaluation=False)
LEFT = e.MemberLeft(member=2, reason="lost")


def comes(lesson: Lesson, name: str, role: Role = "assistant", device: Device = "whip") -> Guest:
    """A device at the door; `hung` or a refusal among `heard` where it is not let in."""
    number = next(lesson._numbers)
    guest = lesson.guests[number] = Guest(lesson, name, role, number, f"session-{number}")
    arrival = Arrival(name, name.title(), role, None, guest.session, b"salt", device=device)
    lesson.perform(lesson.room.enter(number, c.Hello(id=1, room="r-1"), arrival, now=lesson.now))
    person = lesson.state.of_identity(name)
    guest.member = 0 if person is None else person.member
    return guest


@pytest.mark.rule("MEDIA-71")
@pytest.mark.parametrize(
    ("role", "whip", "whep"),
    [
        ("teacher", True, True),
        ("assistant", True, True),
        ("classroom", True, True),
        ("student", False, False),
        ("observer", False, True),
    ],
)
def test_a_device_comes_in_by_the_role_of_its_token(role: Role, whip: bool, whep: bool) -> None:
    for device, allowed in (("whip", whip), ("whep", whep)):
        guest = comes(Lesson(FORM), "box", role, device)  # type: ignore[arg-type]
        assert (guest.hung is None) == allowed
        assert allowed or guest.refusal == ("forbidden", "MEDIA-71")


@pytest.mark.rule("MEDIA-72")
def test_a_device_takes_nobodys_place() -> None:
    lesson = Lesson(FORM)
    teacher = lesson.joins("ann", "teacher")
    box = comes(lesson, "ann", "teacher")
    assert (box.refusal, box.hung, teacher.hung) == (("conflict", "MEDIA-72"), 4403, None)


@pytest.mark.rule("MEDIA-72")
def test_a_device_that_comes_again_replaces_itself() -> None:
    lesson = Lesson(FORM)
    first = comes(lesson, "box")
    first.publishes("camera")
    again = comes(lesson, "box")
    assert (first.hung, again.hung, again.member) == (4409, None, first.member)
    again.publishes("camera")
    assert [track.track for track in lesson.state.tracks.values()] == ["t2"]
    assert again.hung is None


@pytest.mark.rule("MEDIA-73")
def test_a_camera_stands_on_the_stage_with_the_rights_of_it_and_a_screen_does_not() -> None:
    lesson = Lesson(FORM)
    camera, screen = comes(lesson, "camera", "classroom"), comes(lesson, "screen", "classroom", "whep")
    assert lesson.state.stage == [camera.member]
    assert lesson.state.people[camera.member].can == {"chat", "speak", "camera"}
    assert lesson.state.people[screen.member].can == {"chat"}
    [joined] = lesson.events(e.MemberJoined)[:1]
    assert joined.device


@pytest.mark.rule("MEDIA-73")
def test_a_device_starts_no_clock_and_makes_no_minutes() -> None:
    lesson = Lesson(FORM)
    lesson.joins("ann", "teacher")
    comes(lesson, "room 5", "classroom").publishes("camera")
    assert lesson.state.live_at is None
    lesson.joins("ben")
    assert lesson.state.live_at == 0
    comes(lesson, "camera", "teacher")
    lesson.advance(600)
    lesson.guests[3].lost(for_good=True)
    lesson.advance(1800)
    assert (lesson.member("ann")["minutes_together"], lesson.member("ben")["minutes_together"]) == (10, 10)
    assert lesson.member("room 5")["device"]


@pytest.mark.rule("MEDIA-70")
def test_a_device_is_told_nothing_but_the_answer_to_its_offer() -> None:
    lesson = Lesson(FORM)
    ann = lesson.joins("ann", "teacher")
    camera = comes(lesson, "camera")
    offer = camera.offers("microphone", "camera")
    assert offer.tracks == {"0": ("t1", "microphone"), "1": ("t2", "camera")}
    assert camera.taken(offer) == [
        e.TrackPublished(track="t1", member=2, source="microphone"),
        e.TrackPublished(track="t2", member=2, source="camera"),
    ]
    ann.does(c.SendChat, text="hello", to="all")
    lesson.commit()
    lesson.turn()
    assert camera.heard == [n.Ok(id=1, sdp="answer")]
    assert not any(isinstance(effect, fx.Receive) and effect.member == 2 for effect in lesson.history)


@pytest.mark.rule("MEDIA-74")
def test_a_camera_whose_connection_is_lost_leaves_with_its_last_track() -> None:
    lesson = Lesson(FORM)
    camera = comes(lesson, "a")
    camera.publishes("microphone", "camera")
    camera.member = 1
    assert lesson.perform(lesson.room.track_failed("t1", now=lesson.now)) == [e.TrackStopped(track="t1")]
    assert lesson.perform(lesson.room.track_failed("t2", now=lesson.now)) == [
        e.TrackStopped(track="t2"),
        e.MemberLeft(member=1, reason="lost"),
    ]
    assert camera.hung == 1000
    assert fx.EndMedia(1) in lesson.effects


@pytest.mark.rule("MEDIA-74")
def test_a_camera_that_may_send_nothing_any_more_leaves() -> None:
    lesson = Lesson(FORM)
    ann, camera = lesson.joins("ann", "teacher"), comes(lesson, "camera", "classroom")
    camera.publishes("camera")
    said = ann.does(c.Grant, member=2, can=("camera",), on=False)
    assert [said[0], said[-1]] == [e.TrackStopped(track="t1"), LEFT]
    assert camera.hung == 1000


@pytest.mark.rule("MEDIA-74")
def test_a_camera_from_which_the_engine_takes_nothing_leaves() -> None:
    lesson = Lesson(FORM)
    lesson.joins("ann", "teacher")
    camera = comes(lesson, "camera")
    offer = camera.offers("camera")
    assert lesson.perform(lesson.room.took_offer(offer.line, 1, {}, "answer", now=lesson.now)) == [LEFT]


@pytest.mark.rule("MEDIA-74")
def test_a_screen_whose_connection_is_lost_leaves() -> None:
    lesson = Lesson(FORM)
    lesson.joins("ann", "teacher")
    screen = comes(lesson, "hall", "observer", "whep")
    lesson.perform(lesson.room.watch(screen.line, 1, "offer", now=lesson.now))
    assert lesson.effects == [fx.Watch(screen.line, 2, 1, "offer")]
    lesson.perform(lesson.room.took_watch(screen.line, 1, "answer"))
    lesson.commit()
    assert screen.heard == [n.Ok(id=1, sdp="answer")]
    assert lesson.perform(lesson.room.unwatched(screen.line, now=lesson.now)) == [LEFT]
    assert screen.hung == 1000
    assert lesson.perform(lesson.room.unwatched(screen.line, now=lesson.now)) == []


@pytest.mark.rule("MEDIA-64")
def test_a_device_restarts_ice_and_nobody_else_hears_of_it() -> None:
    lesson = Lesson(FORM)
    lesson.joins("ann", "teacher")
    camera = comes(lesson, "camera")
    camera.publishes("camera")
    seq = lesson.room.log.seq
    assert lesson.perform(lesson.room.renew(camera.line, 2, "changed", "secret", now=lesson.now)) == []
    assert lesson.effects == [fx.Renew(camera.line, 2, 2, "changed", "secret")]
    lesson.perform(lesson.room.took_renewal(camera.line, 2, "fragment"))
    assert camera.heard[-1] == n.Ok(id=2, sdp="fragment")  # whatever the disk does
    lesson.perform(lesson.room.took_renewal(camera.line, 3, None))
    assert (camera.heard[-1].id, camera.heard[-1].code) == (3, "conflict")
    lesson.perform(lesson.room.media_away(camera.line, 4, retry_in_s=1))
    assert (camera.heard[-1].id, camera.heard[-1].code) == (4, "unavailable")
    assert lesson.room.log.seq == seq
    lesson.perform(lesson.room.lost(camera.line, for_good=True, now=lesson.now))
    assert lesson.room.renew(camera.line, 5, "late", "secret", now=lesson.now) == []


@pytest.mark.rule("MEDIA-78")
def test_a_screen_of_an_observer_is_seen_by_staff_alone() -> None:
    lesson = Lesson(FORM)
    ann, ben = lesson.joins("ann", "teacher"), lesson.joins("ben")
    comes(lesson, "hall", "observer", "whep")
    lesson.perform(lesson.room.measured(3, 2))
    lesson.turn()
    assert [joined.device for joined in ann.says(e.MemberJoined) if joined.member == 3] == [True]
    assert ann.says(n.Quality) == [n.Quality(member=3, score=2)]
    assert [said for said in ben.heard if getattr(said, "member", 0) == 3 and not isinstance(said, n.Welcome)] == []


def test_what_is_no_offer_to_receive_is_refused() -> None:
    lesson = Lesson(FORM)
    screen = comes(lesson, "hall", "observer", "whep")
    lesson.perform(lesson.room.took_watch(screen.line, 1, None))
    [error] = screen.says(n.Error)
    assert error.code == "invalid"


def test_a_device_that_was_there_when_the_node_died_is_away_and_then_gone() -> None:
    lesson = Lesson(FORM)
    lesson.joins("ann", "teacher")
    comes(lesson, "camera").publishes("camera")
    lesson.crash()
    assert lesson.state.people[2].device
    assert e.MemberLeft(member=2, reason="lost") in lesson.advance(60)
