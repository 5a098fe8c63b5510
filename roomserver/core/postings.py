"""What the ledger learns of an event, once it is folded.  Rules: GAP-*, QUOTA-*, REST-*, DUE-1 in docs/rules.md."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from protocol import events as e

from . import facts
from .decide.moderation import owes_evaluation
from .ledger import Ended, Paid, Posting, Stay, Taught
from .people import Interval, Person, together_ms
from .state import RoomState


def of(state: RoomState, event: object) -> tuple[Posting, ...]:
    """`state` is the fold up to this event."""
    posts = _POSTS.get(type(event))
    return () if posts is None else tuple(posts(state, event))


def _live(state: RoomState, event: e.RoomLive) -> Iterator[Posting]:
    for person in state.connected():
        yield from _there(state, person, event.at)


def _came(state: RoomState, event: e.MemberJoined | e.MemberBack) -> Iterator[Posting]:
    if state.phase == "live":
        yield from _there(state, state.people[event.member], event.at)


def _there(state: RoomState, person: Person, at: int) -> Iterator[Posting]:
    if person.teaches and state.form.gap_s:
        yield Taught(person.identity, state.opened_at_ms + at)
    if person.role == "student" and person.screen is not None:
        yield Stay(person.identity, state.opened_at_ms + person.screen[0], None)


def _went(state: RoomState, event: e.MemberAway | e.MemberLeft) -> Iterator[Posting]:
    if state.phase == "live":
        yield from _gone(state, state.people[event.member])


def _node_died(state: RoomState, event: e.EpochRaised) -> Iterator[Posting]:
    for member in state.away if state.phase == "live" else ():
        yield from _gone(state, state.people[member])


def _gone(state: RoomState, person: Person) -> Iterator[Posting]:
    if person.role == "student" and person.screen is not None:
        since, until = person.screen
        yield Stay(person.identity, state.opened_at_ms + since, state.opened_at_ms + until)


def _closed(state: RoomState, event: e.RoomClosed) -> Iterator[Posting]:
    reserved = [state.people[member] for member in state.reserved]
    owing = [one.identity for one in state.people.values() if state.form.dues and owes_evaluation(state, one)]
    yield Ended(
        at_ms=state.opened_at_ms + event.at,
        used_ms={person.identity: used_ms(state, person) for person in reserved},
        owing=tuple(owing),
    )


def used_ms(state: RoomState, person: Person) -> int:
    """How long the room was live with them (QUOTA-6)."""
    if state.live_at is None:
        return 0
    return together_ms(person.there, [Interval(state.live_at, state.closed_at)])


def _assessed(state: RoomState, event: facts.Assessed) -> Iterator[Posting]:
    if state.is_closed and state.form.dues:
        yield Paid(state.people[event.member].identity)


_POSTS: Mapping[type[object], Callable[[RoomState, Any], Iterator[Posting]]] = {
    e.RoomLive: _live,
    e.MemberJoined: _came,
    e.MemberBack: _came,
    e.MemberAway: _went,
    e.MemberLeft: _went,
    e.EpochRaised: _node_died,
    e.RoomClosed: _closed,
    facts.Assessed: _assessed,
}
