"""What an inspector sees of a room without going in.  Rules: WATCH-2, WATCH-3 in docs/rules.md."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from protocol.fields import EndReason, Role, State

from .state import RoomState

NAMED_MAX = 3  # teachers


class Glance(Struct, frozen=True, kw_only=True):
    """One room.  Instants are wall-clock milliseconds."""

    room: str
    form: str
    subject: str
    grade: str
    topic: str
    state: State
    opened_ms: int
    scheduled_ms: int | None
    live_ms: int | None
    ends_ms: int
    ends_because: EndReason
    teachers: tuple[str, ...]  # names of those inside
    people: Mapping[Role, int]  # on the line, by role
    away: int  # lines lost, places kept
    hands: int
    quality: int | None  # 1 to 5, the worst line's; None: nobody's is known
    alarms: Mapping[str, int]  # how many of each kind
    alarm_ms: int | None  # the newest
    paused: bool  # it waits for its teacher
    recording: bool
    locked: bool


def glance(state: RoomState, scores: Mapping[int, int]) -> Glance:
    """`scores` are the newest of each member's line, as `quality` tells them."""
    opened, (ends_at, because) = state.opened_at_ms, state.end()
    people: Counter[Role] = Counter()
    quality: int | None = None
    teachers: list[str] = []
    for person in state.inside():
        if person.role == "teacher":
            teachers.append(person.name)
        if person.away_since is not None:
            continue
        people[person.role] += 1
        if (score := scores.get(person.member)) is not None:
            quality = score if quality is None else min(quality, score)
    return Glance(
        room=state.booking.room,
        form=state.booking.form,
        subject=state.booking.subject,
        grade=state.booking.grade,
        topic=state.booking.topic,
        state=state.phase,
        opened_ms=opened,
        scheduled_ms=state.booking.scheduled_ms,
        live_ms=None if state.live_at is None else opened + state.live_at,
        ends_ms=opened + ends_at,
        ends_because=because,
        teachers=tuple(teachers[:NAMED_MAX]),
        people=people,
        away=len(state.away),
        hands=len(state.hands),
        quality=quality,
        alarms=Counter(alarm.kind for alarm in state.alarms),
        alarm_ms=opened + state.alarms[-1].at if state.alarms else None,
        paused=state.paused,
        recording=state.recording,
        locked=state.locked,
    )
