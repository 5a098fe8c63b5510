"""The media of one room: members publish tracks, and every subscribed member receives those of the others.

Callbacks reach the listener from the event loop, never from within a call of its own.
"""

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Protocol

from sfu.core import publishing, sdp
from sfu.core.allocation import Name
from sfu.core.feed import Feed
from sfu.core.publishing import Incoming
from sfu.core.sections import Carried
from sfu.core.seen import ConnectionSeen
from sfu.core.speakers import Speakers
from sfu.core.spread import LOOK_S, Spreads
from sfu.core.track import Track
from sfu.shell.fan import Fan
from sfu.shell.hub import Hub
from sfu.shell.publisher import Publisher
from sfu.shell.viewer import Viewer

MEASURE_S = 0.5  # between two looks at which layers come in, and how large they are


class RoomListener(Protocol):
    """What a room's media has to say."""

    def offer(self, member: int, offer: int, sdp: str, tracks: dict[str, str]) -> None:
        """For the member's receiving connection; `tracks` is mid -> track id, of all that it carries now.

        Another session id in the `o=` line than before means: begin a new connection.
        """

    def receiving(self, member: int, layers: dict[str, Name]) -> None:
        """What is sent to the member of each picture that it wants: track -> layer, "off" where its line is too weak.

        Said when it changes.
        """

    def quality(self, member: int, score: int) -> None:
        """How well the member's line carries what it wants, 1 to 5; said when it changes, at most every 2 s."""

    def track_stopped(self, track: str) -> None:
        """Its publisher has taken it out of the offer, or the publishing connection has ended by itself."""

    def speaking(self, members: tuple[int, ...]) -> None:
        """Those who speak now, in rising order; said when it changes, at most every 200 ms."""


class MediaRoom:
    def __init__(self, hub: Hub, listener: RoomListener, closed: Callable[[], None]) -> None:
        self._hub = hub
        self._listener = listener
        self._when_closed = closed
        self._tracks: dict[str, Track] = {}
        self._publishers: dict[int, Publisher] = {}
        self._viewers: dict[int, Viewer] = {}
        self._wants: dict[int, dict[str, Name]] = {}  # member -> track -> the most it can use, or "off"
        self._measure_at = self._count_at = 0.0
        self._fan = Fan(self._ask, self._hub.port.at_end)
        self._speakers = Speakers()
        self._numbers = count(1)
        self._refreshing: asyncio.Handle | None = None
        self._closed = False

    def publish(
        self, member: int, text: str, tracks: Mapping[str, str], sources: Mapping[str, str], *, first: bool = False
    ) -> str:
        """Take the client's offer; returns the answer.

        The same ICE credentials and fingerprints as before: the same connection, with what `tracks` names now.
        The same fingerprints and session id (of `o=`) with other ICE credentials: the client restarts ICE, and so do
        we; packets, keys and tracks go on.  Else a new connection takes the place of the old one.

        Args:
            text: the client's SDP.
            tracks: mid -> track id, all that the member publishes from now on; an id is the room's for ever.
            sources: mid -> "microphone", "camera", "screen" or "screen_audio".
            first: the member teaches: where a line cannot carry all pictures, this one comes before others.

        Raises:
            sdp.BadSdp: nothing has changed.
        """
        offer = sdp.parse(text)
        incoming = publishing.plan(offer, tracks, sources)
        if any(self._tracks[id_].carried.member != member for id_ in tracks.values() if id_ in self._tracks):
            raise ValueError("the track id is another member's")
        publisher = self._publishers.get(member)
        if publisher is not None and not publisher.continues(offer):
            publisher.transport.close()
            publisher = None
        if publisher is None:
            publisher = self._publishers[member] = Publisher(self._hub, member, self._fan, self)
        named = {entry.track for entry in incoming}
        for id_ in [id_ for id_ in self._of(member) if id_ not in named]:
            self._end(id_)
            self._later(self._listener.track_stopped, id_)
        return publisher.take(offer, [(entry, self._track(member, entry, first)) for entry in incoming])

    def published(self, member: int) -> dict[str, tuple[Name, ...]]:
        """The member's tracks, those of the newest offer whose sections send, and the layers of each."""
        return {id_: tuple(layer.name for layer in self._tracks[id_].layers) for id_ in self._of(member)}

    def subscribe(self, member: int) -> None:
        """Begin the member's receiving connection, or begin it afresh."""
        self._unsubscribe(member)
        self._viewers[member] = Viewer(self._hub, member, self._fan, self, lambda: next(self._numbers))
        self._refresh_soon()

    def answer(self, member: int, offer: int, text: str) -> None:
        """
        Raises:
            sdp.BadSdp: the offer stays outstanding.
        """
        viewer = self._viewers.get(member)
        if viewer and viewer.answered(offer, text, self._tracks, self._wants.get(member, {})):
            self._refresh_soon()

    def restart(self, member: int) -> None:
        """Offer the member's receiving connection with new ICE credentials; all that flows goes on."""
        if viewer := self._viewers.get(member):
            viewer.restart()
            self._refresh_soon()

    def mute(self, track: str, on: bool) -> None:
        """Forward the track to nobody, or to everybody again."""
        found = self._tracks.get(track)
        if found is None or found.muted == on:
            return
        self._fan.mute(found, on)
        if on and found.carried.source == "microphone":
            self._speakers.forget(found.carried.member)

    def want(self, member: int, track: str, layer: Name) -> None:
        """`layer`: "low", "medium" or "high", the most that the member can use of the track; "off": nothing."""
        if track not in self._tracks:
            return
        self._wants.setdefault(member, {})[track] = layer
        if viewer := self._viewers.get(member):
            viewer.want(track, layer)

    def stop(self, track: str) -> None:
        found = self._tracks.get(track)
        if found is not None:
            self._publishers[found.carried.member].drop(found)
            self._end(track)

    def leave(self, member: int) -> None:
        """The member is gone: both connections and all tracks."""
        self._unsubscribe(member)
        self._wants.pop(member, None)
        self._unpublish(member)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for member in [*self._viewers, *self._publishers]:
            self.leave(member)
        self._when_closed()

    def tick(self, *, now: float) -> None:
        """Called by the engine every 50 ms."""
        for publisher in list(self._publishers.values()):
            publisher.tick(now=now)
        if now >= self._measure_at:
            self._measure_at = now + MEASURE_S
            for track in self._tracks.values():
                track.measure(now=now)
        for viewer in list(self._viewers.values()):
            viewer.tick(now=now)
        if now >= self._count_at:
            self._count_at = now + LOOK_S
            self._count(self._hub.counters.spreads)
        speaking = self._speakers.changed(now=now)
        if speaking is not None:
            self._listener.speaking(speaking)

    def look(self) -> tuple[ConnectionSeen, ...]:
        """Every connection as it is now."""
        now = self._hub.loop.time()
        up = [publisher.look(now=now) for publisher in self._publishers.values()]
        down = [seen for viewer in self._viewers.values() if (seen := viewer.look(now=now)) is not None]
        return tuple(sorted([*up, *down], key=lambda seen: (seen.member, seen.direction)))

    # From the connections.

    def heard(self, feed: Feed, *, now: float) -> None:
        carried = feed.track.carried
        if carried.source == "microphone" and not feed.track.muted and feed.level is not None:
            self._speakers.heard(carried.member, feed.level, now=now)

    def publisher_lost(self, publisher: Publisher) -> None:
        for id_ in self._unpublish(publisher.member):
            self._later(self._listener.track_stopped, id_)

    def offered(self, viewer: Viewer, number: int, text: str, tracks: dict[str, str]) -> None:
        self._listener.offer(viewer.member, number, text, tracks)

    def receiving(self, viewer: Viewer, layers: dict[str, Name]) -> None:
        self._later(self._listener.receiving, viewer.member, layers)

    def quality(self, viewer: Viewer, score: int) -> None:
        self._later(self._listener.quality, viewer.member, score)

    def viewer_lost(self, viewer: Viewer, *, silent: bool) -> None:
        """A client whose line was cut is offered a new connection; one that ended it will ask when it wants one."""
        self._unsubscribe(viewer.member)
        if silent:
            self.subscribe(viewer.member)

    # Within.

    def _of(self, member: int) -> list[str]:
        return [id_ for id_, track in self._tracks.items() if track.carried.member == member]

    def _track(self, member: int, entry: Incoming, first: bool) -> Track:
        carried = Carried(entry.track, member, entry.source, entry.kind, first or entry.source == "screen")
        layers = tuple(entry.layers)
        track = self._tracks.get(entry.track)
        if track is None or track.carried != carried:
            if track is not None:
                self._end(entry.track)
            track = self._tracks[entry.track] = Track(carried, layers)
            self._refresh_soon()
        track.shape(layers)
        return track

    def _end(self, id_: str) -> None:
        track = self._tracks.pop(id_)
        for viewer in self._viewers.values():
            viewer.drop(track)
        for wants in self._wants.values():
            wants.pop(id_, None)
        if track.carried.source == "microphone":
            self._speakers.forget(track.carried.member)
        self._refresh_soon()

    def _count(self, spreads: Spreads) -> None:
        for publisher in self._publishers.values():
            publisher.count(spreads)
        for viewer in self._viewers.values():
            viewer.count(spreads)

    def _unpublish(self, member: int) -> list[str]:
        ended = self._of(member)
        for id_ in ended:
            self._end(id_)
        if publisher := self._publishers.pop(member, None):
            publisher.transport.close()
        return ended

    def _unsubscribe(self, member: int) -> None:
        if viewer := self._viewers.pop(member, None):
            viewer.close()

    def _ask(self, track: Track) -> None:
        if publisher := self._publishers.get(track.carried.member):
            publisher.ask(now=self._hub.loop.time())

    def _refresh_soon(self) -> None:
        """Changes of one turn of the loop make one offer."""
        if self._refreshing is None and not self._closed:
            self._refreshing = self._hub.loop.call_soon(self._refresh)

    def _refresh(self) -> None:
        self._refreshing = None
        for member, viewer in list(self._viewers.items()):
            viewer.refresh(t.carried for t in self._tracks.values() if t.carried.member != member)

    def _later(self, call: Callable[..., None], *values: Any) -> None:
        self._hub.loop.call_soon(lambda: None if self._closed else call(*values))
