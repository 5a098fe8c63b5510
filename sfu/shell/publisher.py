"""A member's publishing connection: what it sends goes into the fan, what it must hear goes back.

Decides nothing: `core.intake` does.
"""

from collections.abc import Iterable
from typing import Protocol

from sfu.core import fragment, rtcp
from sfu.core.description import answer
from sfu.core.feed import Drop, Feed
from sfu.core.ice import Credentials
from sfu.core.intake import OUR_SSRC, Intake
from sfu.core.publishing import Incoming
from sfu.core.sdp import Description
from sfu.core.seen import ConnectionSeen
from sfu.core.spread import Spreads
from sfu.core.track import Packet, Track
from sfu.shell.fan import Fan
from sfu.shell.hub import Hub
from sfu.shell.transport import Transport

REPORT_S = 0.5
ASK_S = 0.005  # between two looks at what is missing; a look costs as much as two packets


class Listener(Protocol):
    def heard(self, feed: Feed, packet: Packet, *, now: float) -> None:
        """A microphone's packet, before it is forwarded."""

    def publisher_lost(self, publisher: "Publisher") -> None: ...


class Publisher:
    def __init__(self, hub: Hub, member: int, fan: Fan, listener: Listener) -> None:
        self.member = member
        self._intake = Intake()
        self.transport = Transport(hub, self, self._intake.limit)
        self._hub = hub
        self._fan = fan
        self._listener = listener
        self._version = 0
        self._session = ""  # of the client's descriptions
        self._offer: Description | None = None  # the newest
        self._report_at = 0.0
        self._ask_at = 0.0

    def take(self, offer: Description, incoming: Iterable[tuple[Incoming, Track]]) -> str:
        """Publish what `offer` holds, as `incoming` reads it; returns the answer."""
        entries = list(incoming)
        self._intake.configure(entries)
        if self.transport.remote is None:
            self.transport.accept(offer.security, passive=offer.setups == {"passive"})
            self._session = offer.session
        elif self.transport.remote != offer.security:
            self.transport.restart()
            self.transport.remote = offer.security
        self._offer = offer
        self._version += 1
        return answer(offer, [entry for entry, _ in entries], self.transport.local, version=self._version)

    def renew(self, theirs: Credentials) -> str:
        """ICE begins afresh, with these credentials of the client's; returns the fragment that answers."""
        assert self._offer is not None
        self.transport.renew(theirs)
        return fragment.restarted(self._offer, self.transport.local)

    def continues(self, offer: Description) -> bool:
        """Is it of the same connection?  Other ICE credentials alone mean that the client restarts ICE."""
        known = self.transport.remote
        if known is None or known == offer.security:
            return known is not None
        return known.fingerprints == offer.security.fingerprints and self._session == offer.session

    def drop(self, track: Track) -> None:
        """Its packets are nobody's from now on."""
        self._intake.drop(track)

    def ask(self, *, now: float) -> None:
        """Send the requests that are due: keyframes, lost packets."""
        if not self.transport.ready:
            return
        overload = self._hub.port.overload
        for request in self._intake.requests(overload.most(now=now), now=now):
            if isinstance(request, rtcp.Nack):
                overload.asked(len(request.sequences))
                self._hub.counters.nack_out += len(request.sequences)
                self.transport.send_rtcp(rtcp.nack(OUR_SSRC, request.ssrc, request.sequences))
            else:
                self._hub.counters.pli_out += 1
                self.transport.send_rtcp(rtcp.pli(OUR_SSRC, request.ssrc))

    def tick(self, *, now: float) -> None:
        self.transport.tick(now=now)
        self.ask(now=now)
        if not self.transport.ready:
            return
        for feedback in self._intake.feedback():
            self.transport.send_rtcp(feedback)
        if now - self._report_at >= REPORT_S:
            self._report_at = now
            # MEDIA-68: also where there is nothing to report, silence means that the way is gone
            self.transport.send_rtcp(self._intake.report(now=now) or rtcp.receiver_report(OUR_SSRC, ()))

    def look(self, *, now: float) -> ConnectionSeen:
        intake, transport = self._intake, self.transport
        return transport.seen(
            self.member,
            "up",
            now=now,
            round_trip_s=intake.round_trip_s,
            lost=intake.lost if transport.ready else None,
            jitter_s=intake.jitter_s,
            estimate_bps=intake.allotted_bps,
            tracks=intake.seen(now=now),
        )

    def count(self, spreads: Spreads) -> None:
        """How this connection is, to be counted with all others."""
        if self.transport.ready and self.transport.packets:
            spreads.add("lost_up", self._intake.lost)

    # From the transport.

    def connected(self) -> None:
        self.ask(now=self._hub.loop.time())

    def moved(self) -> None:
        pass

    def rtp(self, packet: bytes, *, now: float) -> None:
        result = self._intake.receive(packet, now=now)
        if isinstance(result, Drop):
            self._hub.counters.dropped[result.value] += 1
            return
        feed, ready = result
        if feed.incoming.source == "microphone":
            self._listener.heard(feed, ready, now=now)
        if not feed.track.withheld:
            self._fan.put(ready)
        if now >= feed.missing.due_at and now >= self._ask_at:
            self._ask_at = now + ASK_S
            self.ask(now=now)

    def rtcp(self, compound: bytes, *, now: float) -> None:
        for message in rtcp.parse(compound):
            if isinstance(message, rtcp.SenderReport):
                told = self._intake.sender_report(message, now=now)
                if told is not None:
                    self._fan.report(*told)

    def lost(self, *, silent: bool) -> None:
        self._listener.publisher_lost(self)
