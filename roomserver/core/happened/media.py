"""Tracks, and whether the room is recorded.  Rules: TRACK-*, MUTE-2, REC-7 in docs/rules.md."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol import events as e
from protocol.fields import Layer, Source

if TYPE_CHECKING:
    from ..state import RoomState


@dataclass(slots=True)
class Track:
    """What a member publishes; `closed` by its owner."""

    track: str
    member: int
    source: Source
    layers: tuple[Layer, ...] = ("high",)
    closed: bool = False


def published(state: "RoomState", event: e.TrackPublished, at: int) -> None:
    state.tracks[event.track] = Track(event.track, event.member, event.source, event.layers)
    state.tracks_named += 1


def stopped(state: "RoomState", event: e.TrackStopped, at: int) -> None:
    state.tracks.pop(event.track, None)


def muted(state: "RoomState", event: e.TrackMuted, at: int) -> None:
    state.tracks[event.track].closed = event.on


def recording_started(state: "RoomState", event: e.RecordingStarted, at: int) -> None:
    state.recording = True


def recording_stopped(state: "RoomState", event: e.RecordingStopped, at: int) -> None:
    state.recording = False
