"""Offers that the engine has not answered yet, and the names of the tracks in them.

The engine may live in another process, so the answer comes later, and much may happen before it: more offers, a right
taken, the member gone.  Answers come in the order of the offers.  Rules: TRACK-* in docs/rules.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol import commands as c
from protocol.codes import ErrorCode
from protocol.fields import Source

from . import effects as fx
from .effects import Line
from .errors import Refused
from .people import Person
from .rights import may_publish
from .state import RoomState


@dataclass(slots=True)
class Offers:
    """Those of one room, in the order in which they came."""

    _open: dict[tuple[Line, int], dict[str, Source]] = field(default_factory=dict)  # track -> source
    _named: int = 0  # tracks that have got a name, in the log or not

    def make(self, state: RoomState, line: Line, me: Person, command: c.PublishMedia) -> fx.Publish:
        """The member's offer, with a name for each track: what a source has already, or a new one (TRACK-1).

        Raises:
            Refused: a source is named twice, or needs a right that the member has not.
        """
        sources = command.tracks.values()
        if len(set(sources)) != len(command.tracks):
            raise Refused(ErrorCode.INVALID, "a source is named twice", rule="TRACK-2")
        for source in sources:
            if not may_publish(me.role, me.can, source):
                raise Refused(ErrorCode.FORBIDDEN, f"you may not publish your {source}", rule="RIGHT-4")
        known = {source: track for track, source in self._newest(state, line, me).items()}
        named: dict[str, tuple[str, Source]] = {}
        for mid, source in command.tracks.items():
            named[mid] = (known.get(source) or self._name(state), source)
        self._open[line, command.id] = dict(named.values())
        teacher = me.role == "teacher"
        return fx.Publish(line, me.member, command.id, command.sdp, named, first=me.is_staff, teacher=teacher)

    def close(self, line: Line, id: int) -> dict[str, Source]:
        """The offer is answered: the tracks in it that were not stopped meanwhile."""
        return self._open.pop((line, id), {})

    def stopped(self, track: str) -> None:
        """The engine was told to stop a track: no answer that is still on its way brings it back."""
        for tracks in self._open.values():
            tracks.pop(track, None)

    def _newest(self, state: RoomState, line: Line, me: Person) -> Mapping[str, Source]:
        """What the member will publish once everything on its way is answered.  On a new line, media begins afresh."""
        for (asked, _), tracks in reversed(self._open.items()):
            if asked == line:
                return tracks
        return {name: track.source for name, track in state.tracks.items() if track.member == me.member}

    def _name(self, state: RoomState) -> str:
        self._named = max(self._named, state.tracks_named) + 1
        return f"t{self._named}"
