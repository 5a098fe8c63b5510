"""Any evening in a lobby: whoever calls, declines, leaves or crashes, only the first of a queue rings, and it does."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocol import commands as c
from protocol.codes import ErrorCode
from roomserver.core.calls import Barred
from roomserver.core.errors import Refused
from roomserver.core.forms import FORMS
from tests.support.lesson import Guest, Lesson
from tests.support.tries import tries

TEACHERS, STUDENTS = ("li", "wang"), ("anna", "ben", "chen", "du")
teachers, students = st.sampled_from(TEACHERS), st.sampled_from(STUDENTS)
anybody = st.sampled_from(TEACHERS + STUDENTS)
numbers = st.integers(1, 8)
REST = Refused(ErrorCode.REST_NEEDED, "a rest is asked for", rule="REST-2", retry_in_s=60)


class LobbyMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.lobby = Lesson(FORMS["lobby"])
        self.guests: dict[str, Guest] = {}

    def do(self, name: str, command: type[c.RoomCommand], **fields: object) -> None:
        guest = self.guests.get(name)
        if guest is not None and guest.line in self.lobby.guests:
            guest.does(command, **fields)

    @initialize()
    def they_come(self) -> None:
        for name in TEACHERS + STUDENTS:
            self.come(name)
        self.begin("li", ("physics",))

    @rule(name=anybody)
    def come(self, name: str) -> None:
        guest = self.lobby.knocks(name, "teacher" if name in TEACHERS else "student")
        if guest.hung is None:
            self.guests[name] = guest

    @rule(name=anybody, for_good=st.booleans())
    def lose(self, name: str, for_good: bool) -> None:
        guest = self.guests.get(name)
        if guest is not None and guest.line in self.lobby.guests:
            guest.lost(for_good=for_good)

    @rule(name=teachers, subjects=st.sampled_from([("physics",), ("physics", "history")]))
    def begin(self, name: str, subjects: tuple[str, ...]) -> None:
        self.do(name, c.BeginDuty, subjects=subjects)

    @rule(name=teachers)
    def end(self, name: str) -> None:
        self.do(name, c.EndDuty)

    @rule(name=students, teacher=st.integers(1, 2))
    def call(self, name: str, teacher: int) -> None:
        self.do(name, c.MakeCall, teacher=teacher)

    @rule(name=students)
    def cancel(self, name: str) -> None:
        self.do(name, c.CancelCall)

    @rule(name=teachers, call=numbers, command=st.sampled_from([c.AcceptCall, c.DeclineCall]))
    def answer(self, name: str, call: int, command: type[c.RoomCommand]) -> None:
        self.do(name, command, call=call)

    @rule(name=teachers, call=numbers, caller=st.booleans())
    def accept_in_vain(self, name: str, call: int, caller: bool) -> None:
        """The ledger says that one of the two may begin no lesson."""
        guest, lobby = self.guests.get(name), self.lobby
        if guest is None or guest.line not in lobby.guests:
            return
        guest.sent += 1
        command = c.AcceptCall(id=guest.sent, call=call)
        asked = lobby.room.asks(guest.line, command, now=lobby.now)
        if asked is not None and asked.caller is not None:
            barred = Barred(asked.caller[0] if caller else asked.member, REST)
            lobby.perform(lobby.room.handle(guest.line, command, barred=barred, now=lobby.now))

    @rule(call=numbers)
    def lesson_over(self, call: int) -> None:
        self.lobby.perform(self.lobby.room.lesson_over(f"r-1.{call}", now=self.lobby.now))

    @rule(seconds=st.sampled_from([1.0, 20.0, 31.0, 70.0]), asleep=st.booleans())
    def time_passes(self, seconds: float, asleep: bool) -> None:
        (self.lobby.oversleep if asleep else self.lobby.advance)(seconds)

    @rule(down_s=st.sampled_from([1, 70]))
    def crash(self, down_s: float) -> None:
        self.lobby.crash(down_s=down_s)

    @invariant()
    def the_first_of_each_queue_rings_unless_its_teacher_has_a_lesson(self) -> None:
        lobby = self.lobby.state.lobby
        first = {duty.queue[0] for duty in lobby.duties.values() if duty.queue and duty.member not in lobby.busy}
        assert set(lobby.ringing) == first
        assert list(lobby.ringing.values()) == sorted(lobby.ringing.values())

    @invariant()
    def every_call_waits_in_one_queue_or_is_a_lesson(self) -> None:
        lobby = self.lobby.state.lobby
        waiting = [call for duty in lobby.duties.values() for call in duty.queue]
        assert sorted([*waiting, *lobby.busy.values()]) == sorted(lobby.calls)
        assert {call.student: number for number, call in lobby.calls.items()} == lobby.of
        assert all(lobby.calls[call].teacher == teacher for teacher, call in lobby.busy.items())

    @invariant()
    def nobody_who_has_left_waits_or_is_waited_for(self) -> None:
        state = self.lobby.state
        waiting = [call for call in state.lobby.calls.values() if call.room is None]
        assert all(state.people[call.student].inside for call in waiting)
        assert all(state.people[member].inside or member in state.lobby.busy for member in state.lobby.duties)

    @invariant()
    def the_log_says_the_same(self) -> None:
        assert self.lobby.fold()[0].lobby == self.lobby.state.lobby

    @invariant()
    def what_is_told_of_others_is_who_is_on_duty(self) -> None:
        for guest in self.lobby.guests.values():
            view = self.lobby.room.snapshot(self.lobby.state.of_identity(guest.name).member, now=self.lobby.now)[0]  # type: ignore[union-attr]
            assert view.room.lobby is not None
            assert {duty.member for duty in view.room.lobby.duties} == set(self.lobby.state.lobby.duties)


@pytest.mark.rule("CALL-3", "CALL-5", "CALL-9", "LOBBY-4")
class TestLobby(LobbyMachine.TestCase):  # type: ignore[misc,valid-type]
    settings = tries(40, steps=40)
