"""A screen's receiving connection: it has offered, so that there are its places and no others; we fill them."""

from collections.abc import Mapping
from itertools import zip_longest
from secrets import randbelow
from typing import Protocol

from sfu.core import fragment
from sfu.core.allocation import Name
from sfu.core.codecs import DEPENDENCIES
from sfu.core.copying import Copy
from sfu.core.description import Shown, showing
from sfu.core.ice import Credentials
from sfu.core.sdp import Description
from sfu.core.showing import Place, choose, plan
from sfu.core.track import Track
from sfu.shell.fan import Fan
from sfu.shell.hub import Hub, new_ssrc
from sfu.shell.viewer import Viewer


class Listener(Protocol):
    def watcher_lost(self, watcher: "Watcher") -> None: ...


class _Slot:
    """A place with its stream, which goes on whatever track is in it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.ssrc, self.rtx_ssrc = new_ssrc(), new_ssrc() if place.rtx else 0
        self.copy: Copy | None = None  # not before there is something to carry

    def carry(self, track: Track) -> Copy:
        if self.copy is None:
            self.copy = Copy(
                track,
                ssrc=self.ssrc,
                rtx_ssrc=self.rtx_ssrc,
                first_sequence=randbelow(1 << 15),
                numbers=self.place.numbers,
                depends=DEPENDENCIES in self.place.extensions,
            )
        self.copy.track = track  # what is followed goes on until a layer of this one begins
        return self.copy


class _Nobody:
    """What a viewer would be told, a screen is not."""

    def offered(self, viewer: Viewer, number: int, text: str, tracks: dict[str, str]) -> None: ...
    def carries(self, viewer: Viewer, tracks: dict[str, str]) -> None: ...
    def receiving(self, viewer: Viewer, layers: dict[str, Name]) -> None: ...
    def quality(self, viewer: Viewer, score: int) -> None: ...
    def viewer_lost(self, viewer: Viewer, *, silent: bool) -> None: ...


class Watcher(Viewer):
    """A viewer who differs in who offers, and so in what its copies follow."""

    def __init__(self, hub: Hub, member: int, fan: Fan, listener: Listener, offer: Description) -> None:
        """
        Raises:
            BadSdp: the offer cannot be answered.
        """
        self._slots = [_Slot(place) for place in plan(offer)]
        super().__init__(hub, member, fan, _Nobody(), lambda: 0)
        self._theirs = offer
        self._screen = listener
        self.transport.accept(offer.security, passive=offer.setups == {"passive"})

    def answer(self) -> str:
        shown = [Shown(slot.place, slot.ssrc, slot.rtx_ssrc) for slot in self._slots]
        return showing(self._theirs, shown, self.transport.local)

    def renew(self, theirs: Credentials) -> str:
        """ICE begins afresh, with these credentials of the screen's; returns the fragment that answers."""
        self.transport.renew(theirs)
        return fragment.restarted(self._theirs, self.transport.local)

    def show(self, tracks: Mapping[str, Track]) -> None:
        """These are all that can be received now."""
        audible = [track.carried for track in tracks.values() if not track.muted]
        before, self._copies = self._copies, {}
        for kind in ("audio", "video"):
            slots = [slot for slot in self._slots if slot.place.kind == kind]
            for slot, carried in zip_longest(slots, choose(audible, kind)[: len(slots)]):
                if carried is not None:
                    copy = slot.carry(tracks[carried.track])
                    self._copies[slot.ssrc] = copy
                    if slot.ssrc not in before and self.transport.ready:
                        self._fan.join(copy, self.transport)
        for ssrc, copy in before.items():
            if ssrc not in self._copies:
                self._fan.leave(copy)
        self.share(now=self._hub.loop.time())

    def uses(self, track: Track) -> Name:
        return "high" if any(copy.track is track for copy in self._copies.values()) else "off"

    def lost(self, *, silent: bool) -> None:
        self._screen.watcher_lost(self)
