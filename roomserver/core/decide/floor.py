"""The stage, rights granted and taken, and mutes.  Rules: STAGE-*, GRANT-*, MUTE-* in docs/rules.md."""

from typing import Literal

from protocol import commands as c
from protocol import events as e
from protocol.codes import ErrorCode
from protocol.fields import Right

from ..errors import Refused
from ..log import Draft
from ..people import Person
from ..rights import SOURCE_RIGHT
from ..state import RoomState
from .common import check_charge, inside, learner

STAGE_MAX = 16  # members on the stage; docs/rules.md STAGE-3


def invite(state: RoomState, me: Person, command: c.InviteToStage) -> list[Draft]:
    person = inside(state, command.member)
    if person.role == "observer":
        raise Refused(ErrorCode.FORBIDDEN, "an observer is not shown", rule="RIGHT-3")
    check_charge(state, me, person)
    if person.member in state.stage:
        return []
    if len(state.stage) >= STAGE_MAX:
        raise Refused(ErrorCode.FULL, f"{STAGE_MAX} are on the stage already", rule="STAGE-3")
    can = person.can | (frozenset(state.form.stage_can) if person.is_learner else frozenset())
    joined = Draft(e.StageJoined(member=person.member, by=me.member, can=listed(can)))
    return [*answered(state, me, person.member), joined]


def answered(state: RoomState, me: Person, member: int) -> list[Draft]:
    """Who has got what they raised their hand for needs it no more (HAND-5)."""
    return [Draft(e.HandLowered(member=member, by=me.member))] if member in state.hands else []


def step_down(state: RoomState, me: Person, member: int) -> list[Draft]:
    """Off the stage, and without the rights that it gave (STAGE-2)."""
    if member not in state.stage:
        raise Refused(ErrorCode.NOT_FOUND, f"member {member} is not on the stage")
    person = state.people[member]
    check_charge(state, me, person)
    left = person.can - person.from_stage
    return [
        *stopped(state, person, left),
        Draft(e.StageLeft(member=member, by=me.member, can=listed(left))),
    ]


def grant(state: RoomState, me: Person, command: c.Grant) -> list[Draft]:
    if not command.can:
        raise Refused(ErrorCode.INVALID, "no right is named", rule="GRANT-1")
    drafts: list[Draft] = []
    if command.member == "all":
        check_charge(state, me, None)
    else:
        learner(state, me, command.member)
        drafts += answered(state, me, command.member) if command.on else []
    if not command.on:
        for person in state.concerned(command.member):
            drafts += stopped(state, person, person.can - frozenset(command.can))
    rights = listed(frozenset(command.can))
    return [*drafts, Draft(e.Granted(member=command.member, can=rights, on=command.on, by=me.member))]


def mute(state: RoomState, me: Person, command: c.Mute | c.Unmute, *, on: bool) -> list[Draft]:
    member: Literal["all"] | int = command.member
    if member == "all":
        check_charge(state, me, None)
    else:
        learner(state, me, member)
        if (command.kind in state.people[member].muted) == on:
            return []
    return [Draft(e.MemberMuted(member=member, kind=command.kind, on=on, by=me.member))]


def stopped(state: RoomState, person: Person, can: frozenset[Right]) -> list[Draft]:
    """The end of a learner's tracks that need a right no longer held (MEDIA rights, GRANT-3)."""
    if not person.is_learner:
        return []
    return [
        Draft(e.TrackStopped(track=track.track))
        for track in state.tracks.values()
        if track.member == person.member and SOURCE_RIGHT[track.source] not in can
    ]


def listed(can: frozenset[Right]) -> tuple[Right, ...]:
    return tuple(sorted(can))
