"""Who comes, goes, loses the line; what is known of them.  Rules: ATT-*, SEAT-*, GONE-1, QUOTA-5 in docs/rules.md."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol import events as e
from protocol.fields import LeftReason

from .. import erased, facts
from ..forms import MS
from ..people import Person
from . import floor, screens

if TYPE_CHECKING:
    from ..state import RoomState


@dataclass(frozen=True, slots=True)
class Raise:
    """An epoch began; events of earlier epochs beyond `durable` are not in the log."""

    epoch: int
    durable: int


def expected(state: "RoomState", event: facts.Expected, at: int) -> None:
    identity = _identity(state, event)
    state.people[event.member] = Person(event.member, identity, "", expected=True)
    state.members[identity] = event.member


def session_opened(state: "RoomState", event: facts.SessionOpened, at: int) -> None:
    person = state.people.setdefault(event.member, Person(event.member, _identity(state, event), event.session))
    person.session, person.last_id = event.session, 0
    person.district, person.grade = event.district, event.grade
    if event.reserved_ms is not None:
        state.reserved[event.member] = event.reserved_ms
    if event.screen_ms is not None:
        since_ms, until_ms = event.screen_ms
        person.screen = (since_ms - state.opened_at_ms, until_ms - state.opened_at_ms)
    state.members[person.identity] = event.member


def _identity(state: "RoomState", event: facts.Expected | facts.SessionOpened) -> str:
    """Nobody's is empty: it was erased (PRIVACY-4)."""
    return event.identity or erased.mark(state.booking.room, event.member)


def joined(state: "RoomState", event: e.MemberJoined, at: int) -> None:
    person = state.people[event.member]
    without_stage = person.can if person.was_learner else state.student_can
    person.name, person.role, person.school = event.name, event.role, event.school
    person.device = event.device
    person.can, person.muted = frozenset(event.can), frozenset(event.muted)
    person.from_stage = person.can - without_stage if person.is_learner else frozenset()
    person.came_at = at
    _arrive(state, person, at)
    _look_for_teacher(state, person, at)
    screens.begin(state, person, at)
    if event.on_stage:
        floor.step_up(state, event.member, at)


def left(state: "RoomState", event: e.MemberLeft, at: int) -> None:
    person = state.people[event.member]
    screens.end(state, person, at)
    _leave(state, person, at, event.reason)
    if event.member in state.reserved:  # the end may be later now: of that nobody has been warned
        ends_at, _ = state.end()
        state.warned = {in_s for in_s in state.warned if ends_at - in_s * MS <= at}
    _look_for_teacher(state, person, at)
    person.banned |= event.ban
    state.away.pop(event.member, None)
    state.hands.pop(event.member, None)
    person.can -= person.from_stage  # what else they had, and had not, is kept for when they come again
    floor.step_down(state, event.member, at)
    state.tracks = {name: track for name, track in state.tracks.items() if track.member != event.member}


def away(state: "RoomState", event: e.MemberAway, at: int) -> None:
    person = state.people[event.member]
    screens.end(state, person, at)
    _lose_line(state, person, at)
    _look_for_teacher(state, person, at)
    state.away[event.member] = at


def back(state: "RoomState", event: e.MemberBack, at: int) -> None:
    person = state.people[event.member]
    _arrive(state, person, at)
    screens.begin(state, person, at)
    _look_for_teacher(state, person, at)
    state.away.pop(event.member, None)


def epoch_raised(state: "RoomState", event: e.EpochRaised, at: int) -> None:
    """Lines and media were lost with the node; what came after the newest stored event nobody can prove (ATT-4)."""
    state.raises.append(Raise(event.epoch, event.durable))
    state.tracks.clear()
    state.recording = state.form.record
    for person in list(state.connected()):
        screens.end(state, person, state.newest_at)
        _lose_line(state, person, state.newest_at)
        state.away[person.member] = at  # the place is kept from when they can come back
        _look_for_teacher(state, person, at)


def heads_changed(state: "RoomState", event: e.HeadsChanged, at: int) -> None:
    person = state.people[event.member]
    person.heads = event.count
    person.heads_most = max(person.heads_most or 0, event.count)


def spoken(state: "RoomState", event: facts.Pulse, at: int) -> None:
    for member, talk_ms in event.talk_ms.items():
        state.people[member].talk_ms += talk_ms


def assessed(state: "RoomState", event: facts.Assessed, at: int) -> None:
    state.people[event.member].score = event.score
    state.assessments[event.member] = event


def _arrive(state: "RoomState", person: Person, at: int) -> None:
    if not person.inside:
        state.seated[person.role] = state.seated.get(person.role, 0) + 1
    state.lines += not person.is_connected
    person.arrive(at)


def _lose_line(state: "RoomState", person: Person, at: int) -> None:
    state.lines -= person.is_connected
    person.lose_line(at)


def _leave(state: "RoomState", person: Person, at: int, reason: LeftReason) -> None:
    state.seated[person.role] -= person.inside
    state.lines -= person.is_connected
    person.leave(at, reason)


def _look_for_teacher(state: "RoomState", changed: Person, at: int) -> None:
    """Somebody has come or gone: since when has a live room been without a teacher?"""
    if state.phase != "live" or not state.leads(changed):
        return
    if any(state.leads(person) for person in state.connected()):
        state.unled_since = None
    elif state.unled_since is None:
        state.unled_since = at
