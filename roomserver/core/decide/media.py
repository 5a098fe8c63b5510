"""Tracks that begin, end and are muted.  Rules: TRACK-*, MUTE-2, GONE-2 in docs/rules.md."""

from collections.abc import Mapping, Sequence

from protocol import commands as c
from protocol import events as e
from protocol.codes import ErrorCode
from protocol.fields import Layer, Source

from ..errors import Refused
from ..log import Draft
from ..people import Person
from ..state import RoomState
from .common import no_teacher

HIGH: Sequence[Layer] = ("high",)  # of a track that is sent in one layer


def published(
    state: RoomState, me: Person, tracks: Mapping[str, Source], layers: Mapping[str, Sequence[Layer]]
) -> list[Draft]:
    """The engine has taken an offer with these tracks: what is new begins, what is missing ends."""
    gone = [name for name, track in state.tracks.items() if track.member == me.member and name not in tracks]
    new = [(name, source) for name, source in tracks.items() if name not in state.tracks]
    return [
        *(Draft(e.TrackStopped(track=name)) for name in gone),
        *(
            Draft(e.TrackPublished(track=name, member=me.member, source=source, layers=tuple(layers.get(name, HIGH))))
            for name, source in new
        ),
    ]


def own_track(state: RoomState, me: Person, source: Source) -> str | None:
    return next(
        (name for name, track in state.tracks.items() if (track.member, track.source) == (me.member, source)), None
    )


def mute_own(state: RoomState, me: Person, command: c.MuteOwn) -> list[Draft]:
    name = own_track(state, me, command.source)
    if name is None:
        raise Refused(ErrorCode.NOT_FOUND, f"you publish no {command.source}")
    track = state.tracks[name]
    if not command.on and state.staff_muted(track):
        raise Refused(ErrorCode.FORBIDDEN, "staff closed it; only staff open it", rule="MUTE-2")
    if not command.on and state.hushed(track):
        raise no_teacher()
    return [] if track.closed == command.on else [Draft(e.TrackMuted(track=name, on=command.on))]
