"""Joins a room to the media engine: effects in, the engine's word out.  Knows SDP only by name."""

from collections.abc import Callable, Mapping

from protocol.fields import Layer, Source
from sfu.core.sdp import BadSdp
from sfu.shell.engine import MediaEngine, RoomListener

from ..core import effects as fx


class RoomMedia:
    """The media of one room."""

    def __init__(self, engine: MediaEngine, room: str, listener: RoomListener) -> None:
        self._room = engine.open_room(room, listener)

    def publish(self, member: int, sdp: str, tracks: Mapping[str, tuple[str, Source]], *, first: bool) -> str | None:
        """The answer to a member's offer; None when it is no offer."""
        names = {mid: track for mid, (track, _) in tracks.items()}
        sources = {mid: source for mid, (_, source) in tracks.items()}
        try:
            return self._room.publish(member, sdp, names, sources, first=first)
        except BadSdp:
            return None

    def published(self, member: int) -> Mapping[str, tuple[Layer, ...]]:
        """The tracks that the engine takes from a member, and the layers of each."""
        return self._room.published(member)

    def answer(self, member: int, offer: int, sdp: str) -> bool:
        """Was it an answer?"""
        try:
            self._room.answer(member, offer, sdp)
        except BadSdp:
            return False
        return True

    def perform(self, effect: fx.Want | fx.Silence | fx.StopTrack | fx.Receive | fx.EndMedia) -> None:
        match effect:
            case fx.Want(member=member, track=track, layer=layer):
                self._room.want(member, track, layer)
            case fx.Silence(track=track, on=on):
                self._room.mute(track, on)
            case fx.StopTrack(track=track):
                self._room.stop(track)
            case fx.Receive(member=member):
                self._room.subscribe(member)
            case fx.EndMedia(member=int(member)):
                self._room.leave(member)
            case fx.EndMedia():
                self._room.close()

    def close(self) -> None:
        self._room.close()


OpenMedia = Callable[[RoomListener], RoomMedia]
