"""The media of one room: members publish tracks, and every subscribed member receives those of the others, in a large
class the chosen ones (`core.choice`).

Callbacks reach the listener from the event loop, never from within a call of its own.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any, Protocol

from sfu.core import publishing, sdp
from sfu.core.allocation import Name
from sfu.core.choice import Choice
from sfu.core.feed import Feed
from sfu.core.ice import Credentials
from sfu.core.orders import Ask
from sfu.core.publishing import Incoming
from sfu.core.sections import Carried
from sfu.core.seen import ConnectionSeen
from sfu.core.speakers import Speakers
from sfu.core.spread import LOOK_S, Spreads
from sfu.core.track import Packet, Track
from sfu.core.uses import ALL, RANKS, Uses
from sfu.shell.fan import Fan
from sfu.shell.hub import Hub
from sfu.shell.publisher import Publisher
from sfu.shell.taping import RoomTaps
from sfu.shell.viewer import Viewer
from sfu.shell.watcher import Watcher

MEASURE_S = 0.5  # between two looks at which layers come in, and how large they are


class RoomListener(Protocol):
    """What a room's media has to say."""

    def offer(self, member: int, offer: int, sdp: str, tracks: dict[str, str]) -> None:
        """For the member's receiving connection; `tracks` is mid -> track id, of all that it carries now.

        Another session id in the `o=` line than before means: begin a new connection.
        """

    def carries(self, member: int, tracks: dict[str, str]) -> None:
        """What the sections of that connection carry from now on, mid -> track id; some may be newly offered."""

    def receiving(self, member: int, layers: dict[str, Name]) -> None:
        """What is sent to the member of each picture that it wants: track -> layer, "off" where its line is too weak.

        Said when it changes.
        """

    def used(self, member: int, layers: dict[str, Name]) -> None:
        """The most that anybody uses of each picture that the member publishes: track -> layer, "off" if nobody does.

        Said when it changes; a publishing connection begins with all.
        """

    def quality(self, member: int, score: int) -> None:
        """How well the member's line carries what it wants, 1 to 5; said when it changes, at most every 2 s."""

    def unwatched(self, ask: Ask) -> None:
        """A screen has ended its connection, or gone silent; `ask` as it was given to `watch`."""

    def track_stopped(self, track: str) -> None:
        """Its publisher has taken it out of the offer, or the publishing connection has ended by itself."""

    def speaking(self, members: tuple[int, ...]) -> None:
        """Those who speak now, in rising order; said when it changes, at most every 200 ms."""

    def recording(self, trouble: str) -> None:
        """What keeps a recorded room from being kept ("disk", "slow", "recorder"), or, empty, that nothing does."""


class MediaRoom:
    def __init__(self, hub: Hub, listener: RoomListener, closed: Callable[[], None]) -> None:
        self._hub = hub
        self._listener = listener
        self._when_closed = closed
        self._tracks: dict[str, Track] = {}
        self._publishers: dict[int, Publisher] = {}
        self._viewers: dict[int, Viewer] = {}
        self._watchers: dict[int, tuple[Watcher, Ask]] = {}
        self._wants: dict[int, dict[str, Name]] = {}  # member -> track -> the most it can use, or "off"
        self._measure_at = self._count_at = 0.0
        self._fan = Fan(self._ask, self._hub.port.at_end)
        self._taps = RoomTaps(hub.recorder, self._fan, lambda trouble: self._later(listener.recording, trouble))
        self._speakers = Speakers()
        self._speaking: tuple[int, ...] = ()  # as said last
        self._choice = Choice(hub.limits)
        self._uses = Uses()
        self._chosen: list[str] = []  # the tracks that viewers receive, as of the last `_refresh`
        self._numbers = count(1)
        self._refreshing: asyncio.Handle | None = None
        self._closed = False

    def publish(
        self,
        member: int,
        text: str,
        tracks: Mapping[str, str],
        sources: Mapping[str, str],
        *,
        teacher: bool = False,
        first: bool = False,
    ) -> str:
        """Take the client's offer; returns the answer.

        The same ICE credentials and fingerprints as before: the same connection, with what `tracks` names now.
        The same fingerprints and session id (of `o=`) with other ICE credentials: the client restarts ICE, and so do
        we; packets, keys and tracks go on.  Else a new connection takes the place of the old one.

        Args:
            text: the client's SDP.
            tracks: mid -> track id, all that the member publishes from now on; an id is the room's for ever.
            sources: mid -> "microphone", "camera", "screen" or "screen_audio".
            teacher: the member is the one whom screens show before others.
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
            for id_ in self._of(member):
                self._uses.forget(id_)
        named = {entry.track for entry in incoming}
        for id_ in [id_ for id_ in self._of(member) if id_ not in named]:
            self._end(id_)
            self._later(self._listener.track_stopped, id_)
        return publisher.take(offer, [(entry, self._track(member, entry, teacher, first)) for entry in incoming])

    def published(self, member: int) -> dict[str, tuple[Name, ...]]:
        """The member's tracks, those of the newest offer whose sections send, and the layers of each."""
        return {id_: tuple(layer.name for layer in self._tracks[id_].layers) for id_ in self._of(member)}

    def subscribe(self, member: int) -> None:
        """Begin the member's receiving connection, or begin it afresh."""
        self._unsubscribe(member)
        self._viewers[member] = Viewer(self._hub, member, self._fan, self, lambda: next(self._numbers))
        self._refresh_soon()

    def watch(self, member: int, text: str, ask: Ask) -> str:
        """Take a screen's offer to receive whatever it is given; returns the answer.  It has no other connection.

        Raises:
            sdp.BadSdp: nothing has changed.
        """
        watcher = Watcher(self._hub, member, self._fan, self, sdp.parse(text))
        self._unwatch(member)
        self._watchers[member] = watcher, ask
        self._refresh_soon()
        return watcher.answer()

    def renew(self, member: int, theirs: Credentials) -> str | None:
        """The member begins ICE afresh for the connection that it offered, and so do we; all that flows goes on.

        Returns the fragment that answers, or None: it has no such connection.
        """
        if watching := self._watchers.get(member):
            return watching[0].renew(theirs)
        publisher = self._publishers.get(member)
        return None if publisher is None else publisher.renew(theirs)

    def answer(self, member: int, offer: int, text: str) -> None:
        """
        Raises:
            sdp.BadSdp: the offer stays outstanding.
        """
        viewer = self._viewers.get(member)
        if viewer and viewer.answered(offer, text, self._wants.get(member, {})):
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
        self._refresh_soon()
        if found.carried.source == "microphone":
            self._speakers.forget(found.carried.member)
            self._choice.voices.hush(track)
            found.withhold(True)  # and again when it is opened: what was said in between is nobody's

    def stage(self, members: Iterable[int]) -> None:
        """Who is on the stage: their cameras are forwarded before those of others."""
        self._choice.faces.stage(members)
        self._refresh_soon()

    def want(self, member: int, track: str, layer: Name) -> None:
        """`layer`: "low", "medium" or "high", the most that the member can use of the track; "off": nothing."""
        if track not in self._tracks:
            return
        self._wants.setdefault(member, {})[track] = layer
        if viewer := self._viewers.get(member):
            viewer.want(track, layer)
            if self._uses.asked(track, viewer.uses(self._tracks[track])):
                self._say_uses([track])

    def record(self, directory: str, zero_s: float) -> None:
        """Record all tracks, those that come as well.  See `orders.Record`."""
        self._taps.record(directory, zero_s, self._tracks.values())

    def stop(self, track: str) -> None:
        found = self._tracks.get(track)
        if found is not None:
            self._publishers[found.carried.member].drop(found)
            self._end(track)

    def leave(self, member: int) -> None:
        """The member is gone: all connections and all tracks."""
        self._unsubscribe(member)
        self._unwatch(member)
        self._wants.pop(member, None)
        self._unpublish(member)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for member in {*self._viewers, *self._watchers, *self._publishers}:
            self.leave(member)
        self._taps.close()
        self._when_closed()

    def tick(self, *, now: float) -> None:
        """Called by the engine every 50 ms."""
        for publisher in list(self._publishers.values()):
            publisher.tick(now=now)
        if now >= self._measure_at:
            self._measure_at = now + MEASURE_S
            for track in self._tracks.values():
                track.measure(now=now)
            self._taps.tick()
            self._say_uses(self._uses.settle(self._wanted(), now=now))
        for viewer in self._receivers():
            if now >= viewer.due_at:
                viewer.tick(now=now)
        if now >= self._count_at:
            self._count_at = now + LOOK_S
            self._count(self._hub.counters.spreads)
        speaking = self._speakers.changed(now=now)
        if speaking is not None:
            self._speaking = speaking
            self._listener.speaking(speaking)
        if self._choice.faces.speaking(self._speaking, now=now):
            self._refresh()
        if self._choice.voices.tick(now=now):
            self._withhold()

    def look(self) -> tuple[ConnectionSeen, ...]:
        """Every connection as it is now."""
        now = self._hub.loop.time()
        up = [publisher.look(now=now) for publisher in self._publishers.values()]
        down = [seen for viewer in self._receivers() if (seen := viewer.look(now=now)) is not None]
        return tuple(sorted([*up, *down], key=lambda seen: (seen.member, seen.direction)))

    # From the connections.

    def heard(self, feed: Feed, packet: Packet, *, now: float) -> None:
        """Of a microphone, before it is forwarded: whoever begins to speak is heard from a little before."""
        track = feed.track
        if track.muted:
            return
        if feed.level is not None:
            self._speakers.heard(track.carried.member, feed.level, now=now)
        self._taps.heard(track, packet)
        if self._choice.voices.heard(track.carried.track, feed.level, now=now):
            if self._choice.chosen() != self._chosen:
                self._refresh()
            self._withhold()
            for earlier in packet.layer.prelude(packet, now=now):
                self._fan.put(earlier)

    def publisher_lost(self, publisher: Publisher) -> None:
        for id_ in self._unpublish(publisher.member):
            self._later(self._listener.track_stopped, id_)

    def offered(self, viewer: Viewer, number: int, text: str, tracks: dict[str, str]) -> None:
        self._listener.offer(viewer.member, number, text, tracks)

    def carries(self, viewer: Viewer, tracks: dict[str, str]) -> None:
        self._listener.carries(viewer.member, tracks)

    def receiving(self, viewer: Viewer, layers: dict[str, Name]) -> None:
        self._later(self._listener.receiving, viewer.member, layers)

    def quality(self, viewer: Viewer, score: int) -> None:
        self._later(self._listener.quality, viewer.member, score)

    def viewer_lost(self, viewer: Viewer, *, silent: bool) -> None:
        """A client whose line was cut is offered a new connection; one that ended it will ask when it wants one."""
        self._unsubscribe(viewer.member)
        if silent:
            self.subscribe(viewer.member)

    def watcher_lost(self, watcher: Watcher) -> None:
        _, ask = self._watchers.pop(watcher.member)
        watcher.close()
        self._later(self._listener.unwatched, ask)

    # Within.

    def _receivers(self) -> list[Viewer]:
        return [*self._viewers.values(), *(watcher for watcher, _ in self._watchers.values())]

    def _of(self, member: int) -> list[str]:
        return [id_ for id_, track in self._tracks.items() if track.carried.member == member]

    def _track(self, member: int, entry: Incoming, teacher: bool, first: bool) -> Track:
        first |= entry.source == "screen"
        carried = Carried(entry.track, member, entry.source, entry.kind, teacher, first)
        layers = tuple(entry.layers)
        track = self._tracks.get(entry.track)
        if track is None or track.carried != carried:
            if track is not None:
                self._end(entry.track)
            track = self._tracks[entry.track] = Track(carried, layers)
            track.withhold(carried.source == "microphone")  # until it is heard
            self._choice.add(carried)
            self._taps.begin(track)
            self._refresh_soon()
        track.shape(layers)
        return track

    def _end(self, id_: str) -> None:
        track = self._tracks.pop(id_)
        self._choice.remove(id_)
        self._uses.forget(id_)
        self._taps.end(track)
        for viewer in self._receivers():
            viewer.drop(track)
        for wants in self._wants.values():
            wants.pop(id_, None)
        if track.carried.source == "microphone":
            self._speakers.forget(track.carried.member)
        self._refresh_soon()

    def _wanted(self) -> dict[str, Name]:
        """The most that anybody can use of each picture."""
        receivers = self._receivers()
        return {
            id_: self._most_wanted(track, receivers)
            for id_, track in self._tracks.items()
            if track.carried.kind == "video"
        }

    def _most_wanted(self, track: Track, receivers: Iterable[Viewer]) -> Name:
        if track.carried.first and self._taps.has(track):  # of others a recording keeps what was seen
            return ALL
        most = 0
        for viewer in receivers:
            if (layer := viewer.uses(track)) == ALL:
                return ALL
            most = max(most, RANKS.index(layer))
        return RANKS[most]

    def _say_uses(self, changed: Iterable[str]) -> None:
        for member in {self._tracks[id_].carried.member for id_ in changed}:
            own = [id_ for id_ in self._of(member) if self._tracks[id_].carried.kind == "video"]
            self._later(self._listener.used, member, {id_: self._uses.said(id_) for id_ in own})

    def _count(self, spreads: Spreads) -> None:
        for publisher in self._publishers.values():
            publisher.count(spreads)
        for viewer in self._receivers():
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

    def _unwatch(self, member: int) -> None:
        watcher, _ = self._watchers.pop(member, (None, None))
        if watcher is not None:
            watcher.close()

    def _ask(self, track: Track) -> None:
        if publisher := self._publishers.get(track.carried.member):
            publisher.ask(now=self._hub.loop.time())

    def _refresh_soon(self) -> None:
        """Changes of one turn of the loop make one offer."""
        if self._refreshing is None and not self._closed:
            self._refreshing = self._hub.loop.call_soon(self._refresh)

    def _refresh(self) -> None:
        """Everybody receives what is chosen now."""
        self._refreshing = None
        self._chosen = self._choice.chosen()
        needed = self._choice.needed(self._viewers)
        tracks = [self._tracks[id_] for id_ in self._chosen]
        for member, viewer in list(self._viewers.items()):
            viewer.refresh([track for track in tracks if track.carried.member != member], needed[member])
        for watcher, _ in self._watchers.values():
            watcher.show(self._tracks)

    def _withhold(self) -> None:
        """Forward the microphones that flow, and no others."""
        for id_, track in self._tracks.items():
            if track.carried.source == "microphone" and track.withheld == self._choice.voices.flows(id_):
                track.withhold(not track.withheld)

    def _later(self, call: Callable[..., None], *values: Any) -> None:
        self._hub.loop.call_soon(lambda: None if self._closed else call(*values))
