"""What a room must do by itself, and when: one list of instants, each with its reason.

Instants are milliseconds since the room opened.
Rules: END-*, GONE-*, ATT-3, EVAL-4, LOG-5, CALL-5, POLL-5, CHECKIN-3, REST-3 in docs/rules.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from protocol.fields import EndReason

from .forms import MS
from .state import RoomState

PULSE_S = 15  # how much attendance a crash can cost; docs/rules.md LOG-5


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do at `at`."""

    at: int
    what: Literal["absence", "warning", "pause", "end", "poll", "checkin", "over_use", "passed", "pulse", "conclude"]
    reason: EndReason = "duration"
    in_s: int = 0
    member: int = 0
    call: int = 0


def next_due(state: RoomState) -> Due:
    return min(_all(state), key=lambda due: due.at)


def _all(state: RoomState) -> Iterator[Due]:
    if state.closed_at is not None:
        yield Due(state.closed_at + state.form.evaluation_s * MS, "conclude")
        return
    ends_at, reason = state.next_end()
    yield Due(ends_at, "end", reason)
    ends_at, reason = state.end()  # of that which a teacher's return averts nobody is warned
    for in_s in _warnings(state):
        if in_s not in state.warned and _is_warned(state, ends_at, in_s) and in_s <= min(state.warned, default=in_s):
            yield Due(ends_at - in_s * MS, "warning", reason, in_s)
    for member, since in islice(state.away.items(), 1):  # the first is the oldest; there may be thousands
        yield Due(since + state.form.absence_s * MS, "absence", member=member)
    if state.screens:
        yield Due(min(state.screens.values()) + state.form.continuous_s * MS, "over_use")
    if (poll := state.asked.open_poll) is not None and poll.ends_at is not None:
        yield Due(poll.ends_at, "poll")
    if (checkin := state.asked.open_checkin) is not None:
        yield Due(checkin.ends_at, "checkin")
    if state.unled_since is not None and state.form.teacher_away_s and not state.paused:
        yield Due(state.unled_since + state.form.teacher_away_s * MS, "pause")
    for call, since in islice(state.lobby.ringing.items(), 1):
        yield Due(since + state.form.ring_s * MS, "passed", call=call)
    if state.lines:
        yield Due(state.newest_at + PULSE_S * MS, "pulse")


def _warnings(state: RoomState) -> tuple[int, ...]:
    """Seconds before the end: those of the form, and its duration's own end where the room closes later (END-13)."""
    late = state.form.close_delay_s if state.end()[1] == "duration" else 0
    return (*state.form.warnings_s, late) if late else state.form.warnings_s


def _is_warned(state: RoomState, ends_at: int, in_s: int) -> bool:
    """A live room is warned of an end that was at least that far away when it went live (END-4)."""
    return state.live_at is not None and ends_at - in_s * MS > state.live_at


def latest_warning(state: RoomState, at: int) -> int:
    """Of the warnings whose instant has gone by, the one to say: the last (END-5).  Seconds."""
    left_s = (state.end()[0] - at) / MS
    return min(in_s for in_s in _warnings(state) if in_s >= left_s)
