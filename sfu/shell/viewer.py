"""A member's receiving connection: our offers, the client's answers, and its copies of other members' tracks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from secrets import randbelow
from typing import Protocol

from sfu.core import limit, rtcp, sdp
from sfu.core.allocation import LAYERS, Allocation, Name, Option, Wish, most_bps, score
from sfu.core.codecs import CODECS, DEPENDENCIES, DEPENDENCIES_ID
from sfu.core.copying import ALL_PICTURES, Copy
from sfu.core.description import offer
from sfu.core.estimate import Estimate
from sfu.core.intake import OUR_SSRC
from sfu.core.line import Line
from sfu.core.sdp import BadSdp, Description, Section
from sfu.core.sections import Outgoing, Sections
from sfu.core.seen import ConnectionSeen
from sfu.core.spread import Spreads
from sfu.core.track import Layer, Track
from sfu.shell.fan import Fan
from sfu.shell.hub import Hub, new_ssrc
from sfu.shell.transport import Transport

LOOK_S = 0.5  # between two looks at what the line carries
WATCH_S = 0.24  # while it is in trouble, or may be found to carry more
PAD_S = 0.05  # between two ticks, while it is probed
JUDGE_S = 2.0  # between two words on how the line is
_SPREAD = 0.618  # of numbers that follow each other, multiples of it lie far apart
BEAT_S = 0.5  # between two words that say no more than that we are there


class Listener(Protocol):
    def offered(self, viewer: "Viewer", number: int, text: str, tracks: dict[str, str]) -> None: ...
    def carries(self, viewer: "Viewer", tracks: dict[str, str]) -> None: ...
    def receiving(self, viewer: "Viewer", layers: dict[str, Name]) -> None: ...
    def quality(self, viewer: "Viewer", score: int) -> None: ...
    def viewer_lost(self, viewer: "Viewer", *, silent: bool) -> None: ...


class Viewer:
    def __init__(self, hub: Hub, member: int, fan: Fan, listener: Listener, number: Callable[[], int]) -> None:
        self.member = member
        self._transport: Transport | None = None  # not before there is something to offer
        self._hub = hub
        self._fan = fan
        self._listener = listener
        self._number = number  # of the next offer
        self._sections = Sections(new_ssrc)
        self._tracks: dict[str, Track] = {}  # that the member is to receive
        self._copies: dict[int, Copy] = {}  # by ssrc; one for each section that the client takes
        self._outstanding: int | None = None
        self._restart = False  # ICE, with the next offer
        self._restarting = False  # with the one that is outstanding
        self._version = 0
        self.line = Line()
        self._wants: dict[str, Name] = {}  # track -> the most that the member can use of it, or "off"
        self._allocation = Allocation()
        self._share_at = 0.0
        self._look_at = self._beat_at = 0.0
        self.due_at = float("inf")  # `tick` need not be called before
        self._score: int | None = None  # as told last
        self._judge_at = 0.0
        self._receiving: dict[str, Name] = {}  # as told last

    @property
    def transport(self) -> Transport:
        if self._transport is None:
            self._transport = Transport(self._hub, self, limit.of_viewer())
            # A class comes all at once, and what is done for each now and then shall not fall on the same tick.
            begins = self._hub.loop.time() + self.member * _SPREAD % 1 * LOOK_S
            self._look_at = self._beat_at = self.due_at = begins
        return self._transport

    @property
    def estimate(self) -> Estimate:
        """What the viewer's line can carry."""
        return self.line.estimate

    def tick(self, *, now: float) -> None:
        """Early or twice is harmless."""
        if self._transport is None:
            return
        self._beat(now)
        if now >= self._look_at:
            self._look(self._transport, now)
        self.due_at = min(self._beat_at, self._look_at)

    def refresh(self, tracks: Sequence[Track], needed: Mapping[str, int]) -> None:
        """Carry these tracks from now on.

        An offer is made only where there are fewer sections than needed, or for `restart`; while an answer is due, call
        again after it.
        """
        self._tracks = {track.carried.track: track for track in tracks}
        offers = self._outstanding is None and (self._sections.grow(needed) or self._restart)
        changed = self._sections.carry(track.carried for track in tracks)
        if offers:
            self._offer()
        elif changed:
            self._listener.carries(self, self._sections.tracks())
        self._switch()

    def restart(self) -> None:
        """With the next offer, ICE begins afresh; `refresh` must follow."""
        self._restart = self._transport is not None and self._transport.remote is not None

    def answered(self, number: int, text: str, wants: Mapping[str, Name]) -> bool:
        """Take the answer to the outstanding offer; False: this is the answer to an older one.

        Args:
            wants: the most that this member can use of a track, or "off"; "high" where it does not say.

        Raises:
            BadSdp: the offer stays outstanding.
        """
        if number != self._outstanding:
            return False
        answer = sdp.parse(text)
        self._check(answer)
        self._outstanding = None
        if self.transport.remote is None:
            self.transport.accept(answer.security)
        self.transport.remote = answer.security
        accepted = {s.mid: s for s in answer.sections if not s.rejected and s.direction == "recvonly"}
        self._wants = dict(wants)
        self._assign(accepted)
        self.share(now=self._hub.loop.time())
        return True

    def want(self, track: str, layer: Name) -> None:
        """The most that the member can use of a track, or "off"."""
        if self._wants.get(track) != layer:
            self._wants[track] = layer
            self.share(now=self._hub.loop.time())

    def uses(self, track: Track) -> Name:
        """The most that the member can use of a track; "high" until it says, "off" where it is not sent it."""
        return self._want(track) if track.carried.track in self._tracks else "off"

    def share(self, *, now: float) -> None:
        """Give each track what the line allows; tell the member where that has changed."""
        if self._transport is None or not self._transport.ready:
            return
        estimate, sound = self.estimate, 0.0
        wishes: list[Wish] = []
        for copy in self._copies.values():
            if (track := copy.track) is None:
                continue
            if (most := self._want(track)) == "off":
                self._aim(copy, track, None, now)
            elif track.carried.kind == "audio":
                sound += track.options[-1].bits_per_s
                self._aim(copy, track, track.options[-1], now)
            else:
                wishes.append(_wish(track, most))
        estimate.wanted_bps = most_bps(wishes) + sound
        chosen = self._allocation.share(wishes, estimate.bits_per_s - sound, now=now)
        for copy in self._copies.values():
            if (track := copy.track) is not None and track.carried.track in chosen:
                self._aim(copy, track, chosen[track.carried.track], now)
            self._pass_on(copy, now)
        self._judge(score(wishes, chosen), now)
        receiving: dict[str, Name] = {track: option.layer if option else "off" for track, option in chosen.items()}
        if receiving != self._receiving:
            self._receiving = receiving
            self._listener.receiving(self, receiving)

    def drop(self, track: Track) -> None:
        """It has ended: forward nothing more of it."""
        self._tracks.pop(track.carried.track, None)
        for copy in self._copies.values():
            if copy.track is track:
                copy.carry(None)

    def look(self, *, now: float) -> ConnectionSeen | None:
        """None: there is nothing to receive yet."""
        if (transport := self._transport) is None:
            return None
        line, heard = self.line, self.line.heard
        copies = tuple(seen for copy in self._copies.values() if (seen := copy.seen()) is not None)
        return transport.seen(
            self.member,
            "down",
            now=now,
            round_trip_s=line.round_trip_s,
            lost=self.estimate.lost if heard else None,
            jitter_s=line.jitter_s if heard else None,
            estimate_bps=round(self.estimate.bits_per_s) if transport.ready else None,
            copies=copies,
        )

    def count(self, spreads: Spreads) -> None:
        """How this connection is, to be counted with all others."""
        if self._transport is None or not self._transport.ready or not self.line.heard:
            return
        if self.line.round_trip_s is not None:
            spreads.add("round_trip_s", self.line.round_trip_s)
        spreads.add("lost_down", self.estimate.lost)
        spreads.add("estimate_bps", self.estimate.bits_per_s)

    def close(self) -> None:
        for copy in self._copies.values():
            self._fan.leave(copy)
        self._copies.clear()
        if self._transport is not None:
            self._transport.close()

    # From the transport.

    def connected(self) -> None:
        for copy in self._copies.values():
            self._fan.join(copy, self.transport)
        self.share(now=self._hub.loop.time())

    def moved(self) -> None:
        """Pictures may wait since the way before was full, and nobody asks for them who gets nothing of them."""
        for copy in self._copies.values():
            self._fan.moved(copy)
            if self.transport.lane is not None and copy.waits and copy.track is not None and not copy.track.muted:
                self._ask(copy, self._hub.loop.time())

    def rtp(self, packet: bytes, *, now: float) -> None:
        self._hub.counters.dropped["from_viewer"] += 1

    def rtcp(self, compound: bytes, *, now: float) -> None:
        for message in rtcp.parse(compound):
            match message:
                case rtcp.Nack(ssrc, sequences):
                    if copy := self._copies.get(ssrc):
                        self._resend(copy, sequences, now)
                case rtcp.KeyframeRequest(ssrc):
                    if copy := self._copies.get(ssrc):
                        self._hub.counters.pli_in += 1
                        self._ask(copy, now)
                case rtcp.ReceiverReport(reports):
                    for report in reports:
                        if copy := self._copies.get(report.ssrc):
                            self.line.reported(copy, report, now=now)
                case rtcp.Remb(bits_per_s):
                    self.line.remb(bits_per_s, now=now)

    def lost(self, *, silent: bool) -> None:
        self._listener.viewer_lost(self, silent=silent)

    # Within.

    def _offer(self) -> None:
        self._restarting, self._restart = self._restart, False
        if self._restarting:
            self.transport.restart()
        self._version += 1
        self._outstanding = self._number()
        text = offer(self._sections, self.transport.local, version=self._version)
        self._listener.offered(self, self._outstanding, text, self._sections.tracks())

    def _look(self, transport: Transport, now: float) -> None:
        """How is the line, and what follows from it?"""
        transport.tick(now=now)
        if self._copies and transport.ready:
            packets = self.line.tick(self._copies.values(), now=now)
            for n in range(packets):  # a burst would look like a queue
                self._hub.loop.call_later(PAD_S * n / packets, self._pad)
            if report := self.line.report(self._copies.values(), now=now):
                transport.send_rtcp(rtcp.sender_report(report))
        if now >= self._share_at:
            self._share_at = now + LOOK_S
            self.share(now=now)
        if self.line.probing:
            self._look_at = now
        else:
            self._look_at = now + (LOOK_S if self.line.at_rest else WATCH_S)

    def _beat(self, now: float) -> None:
        """MEDIA-68: silence means that the way is gone, not that nobody speaks."""
        spoke_at = max((newest.at for copy in self._copies.values() if (newest := copy.newest)), default=0.0)
        if now - spoke_at < BEAT_S:  # media says it as well
            self._beat_at = spoke_at + BEAT_S
        elif now >= self._beat_at:
            assert self._transport is not None
            self._transport.send_rtcp(rtcp.receiver_report(OUR_SSRC, ()))
            self._beat_at = max(self._beat_at, now - BEAT_S) + BEAT_S  # a late one does not delay the next

    def _want(self, track: Track) -> Name:
        return self._wants.get(track.carried.track, "high")

    def _judge(self, score: int, now: float) -> None:
        if score != self._score and now >= self._judge_at:
            self._score, self._judge_at = score, now + JUDGE_S
            self._listener.quality(self, score)

    def _aim(self, copy: Copy, track: Track, option: Option | None, now: float) -> None:
        layer = track.layer(option.layer) if option is not None else None
        tid = option.tid if option is not None else ALL_PICTURES
        if not copy.aims_at(layer, tid):
            self._count_switch(copy.target, layer)
            self._fan.aim(copy, layer, tid, now=now)
            if copy.waits:
                self._ask(copy, now)

    def _ask(self, copy: Copy, now: float) -> None:
        """A keyframe, please; if it is one too many, as soon as it is not."""
        copy.wishes.want()
        self._pass_on(copy, now)

    def _pass_on(self, copy: Copy, now: float) -> None:
        if copy.wishes.take(now=now):
            self._fan.want_keyframe(copy)

    def _count_switch(self, before: Layer | None, after: Layer | None) -> None:
        counters = self._hub.counters
        if before is None or before is after:
            return
        if after is None:
            counters.paused += 1
        elif LAYERS.index(after.name) > LAYERS.index(before.name):
            counters.raised += 1
        else:
            counters.lowered += 1

    def _check(self, answer: Description) -> None:
        known = self.transport.remote
        same = self._restarting and known is not None and known.fingerprints == answer.security.fingerprints
        if known is not None and known != answer.security and not same:
            raise BadSdp("the answer is of another connection than the one before")
        offered = {section.mid: section.kind for section in self._sections}
        if {section.mid: section.kind for section in answer.sections} != offered:
            raise BadSdp("the answer's media sections are not those of the offer")
        if any(section.setup != "active" for section in answer.sections if not section.rejected):
            raise BadSdp("the server is the DTLS server: answer a=setup:active")

    def _assign(self, accepted: Mapping[str, Section]) -> None:
        """Make a copy for each section that the client takes; copies of those that it takes no more end."""
        before, self._copies = self._copies, {}
        for section in self._sections:
            if section.mid not in accepted:
                continue
            if (copy := before.pop(section.ssrc, None)) is None:
                copy = self._copy(section, accepted[section.mid])
                if self.transport.ready:
                    self._fan.join(copy, self.transport)
            self._copies[section.ssrc] = copy
        for copy in before.values():
            self._fan.leave(copy)
        self._switch()

    def _switch(self) -> None:
        """Let every copy be of what its section carries now; sound at once, pictures as the line allows."""
        now, pictures = self._hub.loop.time(), False
        for section in self._sections:
            track = self._tracks.get(section.carried.track) if section.carried is not None else None
            copy = self._copies.get(section.ssrc)
            if copy is None or copy.track is track:
                continue
            copy.carry(track)
            if track is None:
                continue
            if section.kind == "audio":
                self._aim(copy, track, track.options[-1] if self._want(track) != "off" else None, now)
            else:
                pictures = True
        if pictures:
            self.share(now=now)

    def _copy(self, section: Outgoing, accepted: Section) -> Copy:
        repairs = any(codec.rtx in accepted.payload_types for codec in CODECS if codec.kind == section.kind)
        return Copy(
            None,
            ssrc=section.ssrc,
            rtx_ssrc=section.rtx_ssrc if repairs else 0,
            first_sequence=randbelow(1 << 15),  # RFC 3550 5.1; the lower half leaves libsrtp room before it wraps
            depends=accepted.extensions.get(DEPENDENCIES) == DEPENDENCIES_ID,
        )

    def _pad(self) -> None:
        if self._transport is None or not self._transport.ready:
            return
        now = self._hub.loop.time()
        if padding := self.line.padding(self._copies.values(), now=now):
            self._transport.send_rtp(padding)

    def _resend(self, copy: Copy, sequences: Iterable[int], now: float) -> None:
        for sequence in sequences:
            self._hub.counters.nack_in += 1
            if not self.line.asking.take(now=now):
                self._hub.counters.dropped["nack_limit"] += 1
                return
            packet = self.line.repeat(copy, sequence, now=now)
            if packet is not None:
                self._hub.counters.resent += 1
                self.transport.send_rtp(packet)
            elif copy.beyond_repair(sequence, now=now):
                self._ask(copy, now)


def _wish(track: Track, most: Name) -> Wish:
    size, options = LAYERS.index(most) + 1, track.options
    if size < len(LAYERS):
        options = [option for option in options if option.layer in LAYERS[:size]] or options[:1]
    return Wish(track.carried.track, track.carried.first, size, options)
