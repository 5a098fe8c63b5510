"""The stage, rights granted and taken, and mutes.  Rules: STAGE-*, GRANT-*, MUTE-* in docs/rules.md."""

from typing import TYPE_CHECKING

from protocol import events as e

from ..people import Interval

if TYPE_CHECKING:
    from ..state import RoomState


def stage_joined(state: "RoomState", event: e.StageJoined, at: int) -> None:
    person, can = state.people[event.member], frozenset(event.can)
    person.from_stage, person.can = can - person.can, can
    step_up(state, event.member, at)


def stage_left(state: "RoomState", event: e.StageLeft, at: int) -> None:
    state.people[event.member].can = frozenset(event.can)
    step_down(state, event.member, at)


def step_up(state: "RoomState", member: int, at: int) -> None:
    state.stage.append(member)
    state.people[member].on_stage.append(Interval(at))


def step_down(state: "RoomState", member: int, at: int) -> None:
    if member in state.stage:
        state.stage.remove(member)
        state.people[member].on_stage[-1].close(at, "stepped_down")


def granted(state: "RoomState", event: e.Granted, at: int) -> None:
    change = frozenset.union if event.on else frozenset.difference
    if event.member == "all":
        state.student_can = change(state.student_can, frozenset(event.can))
    for person in state.concerned(event.member):
        person.can = change(person.can, frozenset(event.can))
        person.from_stage -= frozenset(event.can)


def muted(state: "RoomState", event: e.MemberMuted, at: int) -> None:
    change = frozenset.union if event.on else frozenset.difference
    if event.member == "all":
        state.student_muted = change(state.student_muted, frozenset({event.kind}))
    for person in state.concerned(event.member):
        person.muted = change(person.muted, frozenset({event.kind}))
