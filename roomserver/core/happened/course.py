"""The course of a room, from when it goes live to its end.  Rules: END-*, GONE-*, SEAT-3 in docs/rules.md."""

from typing import TYPE_CHECKING

from protocol import events as e

from . import floor, screens

if TYPE_CHECKING:
    from ..state import RoomState


def live(state: "RoomState", event: e.RoomLive, at: int) -> None:
    state.phase, state.live_at = "live", at
    for person in state.connected():
        screens.begin(state, person, at)


def paused(state: "RoomState", event: e.RoomPaused, at: int) -> None:
    state.paused = True


def resumed(state: "RoomState", event: e.RoomResumed, at: int) -> None:
    state.paused = False


def locked(state: "RoomState", event: e.RoomLocked, at: int) -> None:
    state.locked = event.on


def ending_soon(state: "RoomState", event: e.EndingSoon, at: int) -> None:
    state.warned.add(event.in_s)


def alarmed(state: "RoomState", event: e.Alarm, at: int) -> None:
    state.alarms.append(event)
    if event.kind == "over_use" and event.member is not None:
        screens.overused(state, event.member)


def closed(state: "RoomState", event: e.RoomClosed, at: int) -> None:
    for person in state.people.values():
        screens.end(state, person, at)
        if person.inside:
            person.there[-1].close(at, "room_closed")
    state.phase, state.closed_at, state.closed_reason = "closed", at, event.reason
    for member in list(state.stage):
        floor.step_down(state, member, at)
    state.hands.clear()
    state.tracks.clear()
    state.recording = state.paused = False
    state.unled_since = None
    state.lobby.clear()
