"""Any lesson: whatever members do, lose and resume, the log, the state and every client's picture agree."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from protocol import commands as c
from protocol import events as e
from protocol.fields import Right, Role
from roomserver.core import effects as fx
from roomserver.core import facts
from roomserver.core.decide.media import HIGH
from roomserver.core.forms import Form
from roomserver.core.log import Log, told
from roomserver.core.people import Person
from roomserver.core.state import RoomState
from roomserver.core.words import Words
from tests.support.lesson import PEN, Guest, Lesson
from tests.support.tries import tries

from .picture import Picture

PEOPLE: Mapping[str, Role] = {
    "li": "teacher",
    "wang": "teacher",
    "zhao": "assistant",
    "anna": "student",
    "ben": "student",
    "chen": "student",
    "east": "classroom",
    "hu": "observer",
}
FORM = Form(
    seats={"teacher": 1, "assistant": 1, "student": 2, "classroom": 1, "observer": 1},
    duration_s=300,
    warnings_s=(120, 60),
    no_show_s=100,
    absence_s=20,
    evaluation_s=30,
    student_can=("chat", "draw"),
    comments=True,
    teacher_away_s=10,
    teacher_lost_s=90,
)
WORDS = Words(["bad"])
NEEDS: Mapping[type[Any], Right] = {
    e.ChatMessage: "chat",
    e.StrokeBegun: "draw",
    e.StrokeExtended: "draw",
    e.ShapesErased: "draw",
    e.PageCleared: "draw",
    e.ShapesRestored: "draw",
}
STAFF_ONLY = (
    e.PollOpened
    | e.CheckinOpened
    | e.Granted
    | e.MemberMuted
    | e.RoomLocked
    | e.PageAdded
    | e.PageTurned
    | e.PageLocked
    | e.StageJoined
)
AFTER_THE_END = facts.SessionOpened | facts.Assessed | e.Evaluated | e.EpochRaised

names = st.sampled_from(sorted(PEOPLE))
members = st.integers(1, 6)
everyone = st.just("all") | members
rights = st.lists(st.sampled_from(["chat", "draw", "speak"]), min_size=1, max_size=2).map(tuple)


class LessonMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("roomserver.core.delivery.WINDOW_BYTES", 6_000)
        self.lesson = Lesson(FORM, words=WORDS)
        self.guests: dict[str, Guest] = {}  # the newest line of each name, be it there or lost
        self.pictures: dict[str, Picture] = {}
        self.read: dict[int, int] = {}  # line -> messages that its picture has heard
        self.stores = [1]  # lengths of the log at which a commit may have ended
        self.offers: list[fx.Publish] = []  # that the engine has not answered
        self.log = Log()
        self.state: RoomState | None = None

    def line(self, name: str) -> Guest | None:
        guest = self.guests.get(name)
        return guest if guest is not None and guest.line in self.lesson.guests else None

    def do(self, name: str, command: type[c.RoomCommand], **fields: Any) -> None:
        if (guest := self.line(name)) is not None:
            guest.does(command, **fields)

    # Coming and going

    @initialize()
    def a_teacher_and_a_student_come(self) -> None:
        self.come("li")
        self.come("anna")

    @rule(name=names)
    def come(self, name: str) -> None:
        guest = self.lesson.knocks(name, PEOPLE[name])
        if guest.hung is None:
            guest.member = guest.welcome.member
            self.guests[name], self.pictures[name] = guest, Picture()

    @rule(name=names, for_good=st.booleans())
    def lose(self, name: str, for_good: bool) -> None:
        if (guest := self.line(name)) is not None:
            guest.lost(for_good=for_good)

    @rule(name=names)
    def resume(self, name: str) -> None:
        guest = self.guests.get(name)
        if guest is None:
            return
        self.listen(guest)
        picture = self.pictures[name]
        again = self.lesson.resumes(guest, seq=picture.seq, epoch=picture.epoch)
        if again.hung is None:
            again.sent = again.welcome.last_id
            self.guests[name] = again

    @rule(ago=st.integers(0, 4), down_s=st.sampled_from([0.1, 8, 50]))
    def crash(self, ago: int, down_s: float) -> None:
        for guest in self.guests.values():
            self.listen(guest)
        kept = self.stores[-1 - min(ago, len(self.stores) - 1)]
        self.lesson.crash(lose=len(self.lesson.entries) - kept, down_s=down_s)
        self.stores = [length for length in self.stores if length <= kept]
        self.log, self.state = Log(), None

    @rule(seconds=st.sampled_from([0.01, 1.0, 9.0, 21.0, 70.0]), asleep=st.booleans())
    def time_passes(self, seconds: float, asleep: bool) -> None:
        (self.lesson.oversleep if asleep else self.lesson.advance)(seconds)

    @rule(seconds=st.sampled_from([5.0, 11.0, 50.0]), says=names, comes=st.booleans())
    def the_teacher_is_gone_for_a_while(self, seconds: float, says: str, comes: bool) -> None:
        self.lose("li", for_good=comes)
        self.time_passes(seconds, asleep=False)
        self.chat(says, "all", bad=False)
        self.publish(says, {"microphone"})
        (self.come if comes else self.resume)("li")

    # Commands

    @rule(name=names, to=st.sampled_from(["all", "staff"]) | members, bad=st.booleans())
    def chat(self, name: str, to: str | int, bad: bool) -> None:
        self.do(name, c.SendChat, text=f"bad {name}" if bad else f"from {name}", to=to)

    @rule(name=names)
    def let_through(self, name: str) -> None:
        self.do(name, c.PassChat, chat=next(iter(self.lesson.state.held), 1))

    @rule(name=names, member=st.none() | members, count=st.integers(0, 3))
    def count_heads(self, name: str, member: int | None, count: int) -> None:
        self.do(name, c.SetHeads, member=member, count=count)

    @rule(name=names, back=st.integers(0, 8))
    def delete_chat(self, name: str, back: int) -> None:
        lines = [*self.lesson.state.held, *(line.event.seq for line in self.lesson.state.chat)]
        self.do(name, c.DeleteChat, seq=lines[-1 - back % len(lines)] if lines else 1)

    @rule(name=names)
    def raise_hand(self, name: str) -> None:
        self.do(name, c.RaiseHand)

    @rule(name=names, member=st.none() | members)
    def lower_hand(self, name: str, member: int | None) -> None:
        self.do(name, c.LowerHand, member=member)

    @rule(name=names, member=members, what=st.sampled_from([c.InviteToStage, c.RemoveFromStage]))
    def stage(self, name: str, member: int, what: type[c.RoomCommand]) -> None:
        self.do(name, what, member=member)

    @rule(name=names)
    def step_down(self, name: str) -> None:
        self.do(name, c.LeaveStage)

    @rule(name=names, member=everyone, can=rights, on=st.booleans())
    def grant(self, name: str, member: Literal["all"] | int, can: tuple[Right, ...], on: bool) -> None:
        self.do(name, c.Grant, member=member, can=can, on=on)

    @rule(name=names, member=everyone, what=st.sampled_from([c.Mute, c.Unmute]))
    def mute(self, name: str, member: Literal["all"] | int, what: type[c.RoomCommand]) -> None:
        self.do(name, what, member=member, kind="microphone")

    @rule(name=names, sources=st.sets(st.sampled_from(["microphone", "camera"])))
    def publish(self, name: str, sources: set[str]) -> None:
        if (guest := self.line(name)) is None:
            return
        guest.does(c.PublishMedia, sdp="offer", tracks=dict(enumerate_words(sources)))
        self.offers += [effect for effect in self.lesson.effects if isinstance(effect, fx.Publish)]

    @precondition(lambda self: self.offers)
    @rule(good=st.booleans())
    def take(self, good: bool) -> None:
        """The engine answers the oldest offer, whatever has happened meanwhile."""
        offer = self.offers.pop(0)
        tracks = {track: HIGH for track, _ in offer.tracks.values()}
        room, now = self.lesson.room, self.lesson.now
        self.lesson.perform(room.took_offer(offer.line, offer.id, tracks, "answer" if good else None, now=now))

    @rule(name=names, member=members, ban=st.booleans())
    def remove(self, name: str, member: int, ban: bool) -> None:
        self.do(name, c.RemoveMember, member=member, ban=ban)

    @rule(name=names, on=st.booleans())
    def lock(self, name: str, on: bool) -> None:
        self.do(name, c.LockRoom, on=on)

    @rule(name=names, answer=st.none() | st.integers(0, 2), seconds=st.none() | st.sampled_from([5, 20]))
    def open_poll(self, name: str, answer: int | None, seconds: int | None) -> None:
        self.do(name, c.OpenPoll, question="Which?", options=("a", "b"), answer=answer, seconds=seconds)

    @rule(name=names, back=st.integers(0, 1), choice=st.integers(0, 2))
    def vote(self, name: str, back: int, choice: int) -> None:
        self.do(name, c.Vote, poll=max(1, len(self.lesson.state.asked.polls) - back), choice=choice)

    @rule(name=names)
    def close_poll(self, name: str) -> None:
        self.do(name, c.ClosePoll, poll=max(1, len(self.lesson.state.asked.polls)))

    @rule(name=names, seconds=st.sampled_from([5, 20]))
    def open_checkin(self, name: str, seconds: int) -> None:
        self.do(name, c.OpenCheckin, seconds=seconds)

    @rule(name=names)
    def answer_checkin(self, name: str) -> None:
        self.do(name, c.AnswerCheckin, checkin=max(1, len(self.lesson.state.asked.checkins)))

    @rule(name=names)
    def comment(self, name: str) -> None:
        self.do(name, c.AddComment, text=f"from {name}")

    @rule(name=names)
    def begin(self, name: str) -> None:
        if (guest := self.line(name)) is not None:
            number = self.lesson.state.board.next_shape(guest.member)
            guest.does(c.BeginStroke, shape=f"{guest.member}.{number}", **PEN)

    @rule(name=names, times=st.integers(1, 3))
    def extend(self, name: str, times: int) -> None:
        if (guest := self.line(name)) is not None:
            number = self.lesson.state.board.next_shape(guest.member) - 1
            for _ in range(times):
                guest.does(c.ExtendStroke, shape=f"{guest.member}.{max(1, number)}", points=(1, 2))

    @rule(name=names)
    def finish(self, name: str) -> None:
        if (guest := self.line(name)) is not None:
            number = self.lesson.state.board.next_shape(guest.member) - 1
            guest.does(c.FinishStroke, shape=f"{guest.member}.{max(1, number)}")

    @rule(name=names, whose=st.sampled_from(["mine", "all"]) | members)
    def clear(self, name: str, whose: str | int) -> None:
        self.do(name, c.ClearPage, page=1, whose=whose)

    @rule(name=names, member=st.none() | members, what=st.sampled_from([c.Undo, c.Redo]))
    def reverse(self, name: str, member: int | None, what: type[c.RoomCommand]) -> None:
        self.do(name, what, member=member)

    @rule(name=names, on=st.booleans())
    def lock_page(self, name: str, on: bool) -> None:
        self.do(name, c.LockPage, page=1, on=on)

    @rule(name=names, score=st.integers(1, 5))
    def evaluate(self, name: str, score: int) -> None:
        self.do(name, c.Evaluate, score=score)

    @precondition(lambda self: len(self.lesson.entries) > 60)
    @rule()
    def end(self) -> None:
        self.do("li", c.EndRoom)

    # What must be so

    @rule(stalled=st.sets(names, max_size=2))
    def turn(self, stalled: set[str]) -> None:
        slow = [guest for name in stalled if (guest := self.line(name)) is not None]
        self.lesson.turn(*slow)
        for name, guest in self.guests.items():
            if guest.line in self.lesson.guests and guest not in slow:
                self.listen(guest)
                self.pictures[name].check(*self.lesson.room.snapshot(guest.member, now=self.lesson.now))

    def listen(self, guest: Guest) -> None:
        """The guest's picture takes in what its line was sent, and nobody was sent what is not for them."""
        picture, read = self.pictures[guest.name], self.read.get(guest.line, 0)
        for message in guest.heard[read:]:
            event: Any = message
            if isinstance(message, e.Event):
                audience = self.lesson.audience(message.seq)
                side = Person(0, "", "", role=PEOPLE[guest.name]).side
                assert audience is None or audience.sees(guest.member, side)
                assert side == "staff" or message == told(event)
            picture.hear(message)
        self.read[guest.line] = len(guest.heard)

    @invariant()
    def the_log_is_dense_verifies_and_is_the_state(self) -> None:
        entries = self.lesson.entries
        if self.stores[-1] != len(entries):
            self.stores.append(len(entries))
        self.log.salts = self.lesson.salts
        for stored in entries[self.log.seq :]:
            shape = self.state.board.body if self.state else None
            entry = self.log.restore(stored.body, stored.personal, stored.hash, shape)
            if isinstance(entry.event, facts.RoomOpened):
                self.state = RoomState.begin(entry.event)
            assert self.state is not None
            self.check_right(self.state, entry)
            self.state.apply(entry)
        assert self.log.seq == len(entries) == self.lesson.room.log.seq
        assert self.state == self.lesson.state

    def check_right(self, state: RoomState, entry: Any) -> None:
        """Nobody without a right has changed anything, and nothing has changed after the end."""
        if state.is_closed:
            assert isinstance(entry.event, AFTER_THE_END)
        else:
            assert entry.at <= max(state.newest_at, state.next_end()[0])
        if isinstance(entry.event, e.ChatMessage) and entry.event.by is None:  # GONE-2
            assert not (state.paused and state.people[entry.event.member].is_learner)
        if entry.cause is None:
            return
        person = state.people[entry.cause.member]
        assert person.is_connected or state.is_closed
        if isinstance(entry.event, STAFF_ONLY):
            assert person.is_staff
        if isinstance(entry.event, e.TrackPublished) and person.is_learner:
            assert {"microphone": "speak"}.get(entry.event.source, entry.event.source) in person.can
        if (needed := NEEDS.get(type(entry.event))) is not None:
            assert person.is_staff or (person.is_learner and needed in person.can)

    @invariant()
    def who_is_not_there_holds_nothing(self) -> None:
        state = self.lesson.state
        inside = {person.member for person in state.inside()}
        assert inside >= {*state.hands, *state.stage, *state.away, *(one.member for one in state.tracks.values())}
        led = any(person.role == "teacher" and person.is_connected for person in state.people.values())
        assert (state.unled_since is not None) == (state.phase == "live" and not led)
        assert not state.paused or not led
        for role, seats in FORM.seats.items():
            assert sum(1 for person in state.inside() if person.role == role) <= seats

    def teardown(self) -> None:
        self.turn(set())
        self.patch.undo()


def enumerate_words(words: set[str]) -> list[tuple[str, str]]:
    return [(str(number), word) for number, word in enumerate(sorted(words))]


@pytest.mark.rule("LOG-1", "LOG-6", "LOG-7", "RIGHT-1")
class TestLesson(LessonMachine.TestCase):  # type: ignore[misc,valid-type]
    settings = tries(60, steps=60)
