"""One stream to one viewer: a copy of one track after another, that follows one layer of it at a time.

Pure.  It goes over to another layer at a keyframe.  Whatever track, layer, source or picture is left out, a viewer sees
one stream: sequence numbers and picture ids without a gap, and time that goes on.
Rules: MEDIA-2, MEDIA-3, MEDIA-5, MEDIA-95, LAYER-* in docs/rules.md.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sfu.core import dependency, rtp, vp8
from sfu.core.codecs import ABS_SEND_TIME_ID
from sfu.core.load import Load, March
from sfu.core.roundtrip import Told
from sfu.core.rtcp import SenderReport
from sfu.core.seen import CopySeen
from sfu.core.sequence import Renumbering
from sfu.core.throttle import Wishes
from sfu.core.track import Layer, Packet, Track

ALL_PICTURES = vp8.TIDS - 1
_WRAP = 1 << 32  # of timestamps

# What to add to the index of a packet, to its timestamp, and to its picture's index and TL0PICIDX; None: they stay.
Shift = tuple[int, int, tuple[int, int] | None]
NOTHING_TOLD = Told()
SOUND_S = 0.02  # of a packet; until it has been played, no other sound can follow
SKEW_MAX_S = 1.0  # sender reports that would move a viewer's time further than this are not believed


class Copy:
    def __init__(
        self,
        track: Track | None,
        *,
        ssrc: int,
        rtx_ssrc: int,
        first_sequence: int,
        numbers: Mapping[int, int] = MappingProxyType({}),
        depends: bool = False,
    ) -> None:
        """
        Args:
            numbers: payload types of ours -> the viewer's, where the viewer has chosen; others it cannot take.
            depends: the viewer takes dependency descriptors.
        """
        self.track = track  # None: nothing is carried now
        self._types = numbers
        self.ssrc = ssrc
        self.rtx_ssrc = rtx_ssrc  # 0: retransmissions repeat the packet itself
        self.layer: Layer | None = None  # followed now
        self.target: Layer | None = None  # to be followed from its next keyframe on
        self.patching = bool(numbers)  # its packets need more than a new header: see `patches`
        self.march: March | None = None  # that it is in step with; None: its packets must be placed
        self.shift: Shift = 0, 0, None  # of its packets while it is
        self._packets = self._octets = 0  # that went out; what its march has done since it fell in comes to them
        self._marched = 0, 0  # what the march had done before
        self.wishes = Wishes()  # for keyframes, of its viewer
        self._numbers = Renumbering(first_sequence)
        self._pictures = Renumbering(0)
        self._ticks = 0  # outgoing timestamp - incoming timestamp
        self._tl0 = 0  # outgoing TL0PICIDX - incoming
        self._depends = depends
        self._frames = 0  # outgoing frame number of a dependency descriptor - incoming
        self._next_frame: int | None = None  # that goes on where such numbers ended; None: there were none
        self._tid = self._tid_wanted = ALL_PICTURES  # pictures above this layer in time are left out
        self._newest: Packet | None = None  # that went out
        self._rtx_sequence = first_sequence

    # Which track, and which layer of it.

    def carry(self, track: Track | None) -> None:
        """Be a copy of another track; `aim` says which layer."""
        self.aim(None)
        self.track = track
        self.wishes = Wishes()

    def aim(self, layer: Layer | None, tid: int = ALL_PICTURES) -> None:
        """Follow this layer, from its next keyframe on, up to its layer `tid` in time; None: nothing, at once."""
        self.fall_out()
        if self.target is not None and self in self.target.waiting:
            self.target.waiting.remove(self)
        self.target = layer
        self._thin(tid)
        if layer is None:
            self._leave()
        elif layer is not self.layer:
            layer.waiting.append(self)

    def aims_at(self, layer: Layer | None, tid: int) -> bool:
        return self.target is layer and self._tid_wanted == tid

    def pause(self) -> None:
        """Go on with the next keyframe."""
        if self.layer is not None:
            target, tid = self.target, self._tid_wanted
            self._leave()
            self.aim(target, tid)

    @property
    def waits(self) -> bool:
        """For a keyframe of its target."""
        return self.layer is not self.target

    def want_keyframe(self) -> None:
        """It waits for one, or the viewer cannot go on without."""
        if (layer := self.target if self.waits else self.layer) is not None:
            layer.keyframes.want()

    def catch_up(self, *, now: float) -> list[Packet]:
        """Pictures that can be placed at once, without waiting for a keyframe: for a newcomer, or after a pause."""
        target, newest = self.target, self._newest
        if target is None or self.layer is not None or self.track is None:
            return []
        if self.track.muted or self.track.carried.kind != "video":
            return []
        packets = target.since_keyframe(now=now)
        if (
            packets
            and newest is not None
            and not (_same_stream(newest, packets[0]) and newest.index < packets[0].index)
        ):
            return []
        return packets

    def seen(self) -> CopySeen | None:
        """None: it carries nothing now."""
        if self.track is None:
            return None
        layer = self.layer.name if self.layer is not None and not self.track.muted else "off"
        target = self.target.name if self.target is not None else "off"
        return CopySeen(self.track.carried.track, layer, target, self.packets, self.octets)

    def _leave(self) -> None:
        self.fall_out()
        if self.layer is not None:
            self.layer.leave(self)
            self.layer = None

    def _begin(self, packet: Packet) -> bool:
        """Go over to the packet's layer with this packet, if that can be."""
        layer = packet.layer
        if layer is not self.target or not packet.keyframe or self.track is None or self.track.muted:
            return False
        if packet.source != layer.source:  # another feeds it since the packet came, and none of that one's goes on
            return False
        if self._types and packet.codec.payload_type not in self._types:
            return False
        self._leave()
        layer.waiting.remove(self)
        layer.join(self)
        self.layer = layer
        before, self._newest = self._newest, packet
        if before is not None and not _same_stream(before, packet):
            self._ticks = self._rebased(before, packet)
        self._numbers.begin(packet.index)
        self._begin_pictures(before, packet)
        return True

    # Where a packet goes.

    def fall_in(self, load: Load) -> bool:
        """Go in step with these packets, `shift` says how; False: they must be placed one by one.

        The way of nearly all: the copy follows their layer already, nothing of them is late, nothing is left out.
        """
        self.fall_out()
        march, numbers, names = load.march, self._numbers, None
        if load.packets[-1].layer is not self.layer or load.rises_from <= numbers.newest:
            return False
        if self.patching and (names := self._renames(load)) is None:
            return False
        self.march, self.shift = march, (numbers.distance, self._ticks, names)
        self._marched = march.packets - len(load.packets), march.octets - load.octets
        return True

    def fall_out(self) -> None:
        """Be no longer in step: its packets must be placed."""
        if self.march is not None:
            self._settle()
            self.march.changes += 1
            self.march = None

    def _settle(self) -> None:
        """Be as if all that its march brought had been placed."""
        march = self.march
        if march is None or march.newest is None:
            return
        self._packets, self._octets, self._marched = self.packets, self.octets, (march.packets, march.octets)
        self._newest = march.newest
        self._numbers.newest = march.newest.index
        if self.shift[2] is not None:
            self._pictures.newest = max(self._pictures.newest, march.picture)

    @property
    def packets(self) -> int:
        """That went out."""
        return self._packets + (self.march.packets - self._marched[0] if self.march is not None else 0)

    @property
    def octets(self) -> int:
        """Of their payload."""
        return self._octets + (self.march.octets - self._marched[1] if self.march is not None else 0)

    def _renames(self, load: Load) -> tuple[int, int] | None:
        pictures = self._pictures
        if load.pictures is None or self._types or self._tid < ALL_PICTURES:
            return None
        first, _ = load.pictures
        if pictures.place(first) != first + pictures.distance:
            return None
        return pictures.distance, self._tl0

    def place(self, packet: Packet) -> tuple[int, int] | None:
        """(sequence number, timestamp) of the packet for this viewer; None: this viewer does not get it."""
        self.fall_out()
        if packet.layer is not self.layer and not self._begin(packet):
            return None
        if self.patching and not self._goes(packet):
            return None
        index = packet.index
        if (number := self._numbers.place(index)) is None:
            return None
        if self._newest is None or index > self._newest.index:
            self._newest = packet
        self._packets += 1
        self._octets += packet.payload_bytes
        return number & 0xFFFF, (packet.timestamp + self._ticks) % _WRAP

    def patches(self, packet: Packet) -> list[tuple[int, bytes]]:
        """What else to write into the packet that was placed, as (offset, bytes); asked only when `patching`."""
        renamed = [(1, bytes((packet.data[1] & 0x80 | self._type(packet.codec.payload_type),)))] if self._types else []
        renamed += self._depending(packet)
        described = packet.descriptor
        if described is None:
            return renamed
        picture = self._pictures.place(packet.picture) if packet.picture >= 0 else None
        picture = described.picture if picture is None else picture
        return renamed + vp8.patches(described, picture, described.tl0 + self._tl0)

    def _type(self, number: int) -> int:
        return self._types.get(number, number)

    def write(self, packet: Packet) -> bytes | None:
        """The packet as this viewer gets it; None: this viewer does not get it."""
        place = self.place(packet)
        return self._written(packet, place) if place is not None else None

    def again(self, sequence: int, *, now: float) -> bytes | None:
        """The packet that this viewer got as `sequence`, to be sent once more; None: it is gone.

        Without RTX the same bytes leave again, and must: SRTP has used up their index for any others.
        """
        self._settle()
        index = self._numbers.index_of(sequence)
        if index is None or self._newest is None:
            return None
        packet = self._newest.layer.cache.get(index, now=now)
        number = self._numbers.place(index)
        if packet is None or number is None or not self._has_picture(packet):
            return None
        data = self._written(packet, (number & 0xFFFF, (packet.timestamp + self._ticks) % _WRAP))
        if not self.rtx_ssrc or packet.codec.rtx is None:
            return data
        header = rtp.parse(data)
        assert header is not None
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        again = bytearray(rtp.wrap_rtx(data, header, self._type(packet.codec.rtx), self._rtx_sequence, self.rtx_ssrc))
        for extension, at, length in rtp.extensions(again, header):
            if extension == ABS_SEND_TIME_ID and length == 3:  # else it would look as if it had waited in a queue
                again[at : at + 3] = rtp.send_time(now)
        return bytes(again)

    def beyond_repair(self, sequence: int, *, now: float) -> bool:
        """The viewer waits in vain for what it got, or should have got, as `sequence`: only a keyframe helps."""
        self._settle()
        index = self._numbers.index_of(sequence)
        return index is not None and self.layer is not None and self.layer.beyond_repair(index, now=now)

    @property
    def newest(self) -> Packet | None:
        """The newest that went out."""
        return self.march.newest if self.march is not None else self._newest

    @property
    def pads(self) -> bool:
        return bool(self.rtx_ssrc) and (newest := self.newest) is not None and newest.codec.rtx is not None

    @property
    def clock_hz(self) -> int:
        return newest.codec.clock_hz if (newest := self.newest) is not None else 0

    def padding(self, *, now: float) -> bytes:
        """A packet that carries nothing, as a retransmission of nothing; only if it `pads`."""
        newest = self.newest
        assert newest is not None
        assert newest.codec.rtx is not None
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        number = self._type(newest.codec.rtx)
        return rtp.padding(number, self._rtx_sequence, self.rtx_ssrc, ABS_SEND_TIME_ID, now=now)

    @property
    def told(self) -> Told:
        """Of the layer followed last."""
        return newest.layer.told if (newest := self.newest) is not None else NOTHING_TOLD

    def sender_report(self, report: SenderReport) -> SenderReport | None:
        """The report of the layer followed, told of this copy: lips and voice stay together.  None: nothing flows."""
        return self.told_of(report) if self.layer is not None else None

    def told_of(self, report: SenderReport) -> SenderReport:
        timestamp = (report.timestamp + self._ticks) % _WRAP
        return SenderReport(self.ssrc, report.ntp, timestamp, self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF)

    def _written(self, packet: Packet, place: tuple[int, int]) -> bytes:
        data = rtp.readdress(packet.data, packet.codec.payload_type, *place, self.ssrc)
        if not self.patching:
            return data
        patched = bytearray(data)
        for at, value in self.patches(packet):
            patched[at : at + len(value)] = value
        return bytes(patched)

    # Time.

    def _rebased(self, before: Packet, packet: Packet) -> int:
        """The ticks that let `packet`, of another stream, follow `before`.

        By the sender reports of both layers of a track, else by when they came.
        """
        hz = packet.codec.clock_hz
        out = before.timestamp + self._ticks
        least = round(SOUND_S * hz) if packet.codec.kind == "audio" else 1
        elapsed = max(least, round((packet.at - before.at) * hz))
        mine, theirs = before.layer.report, packet.layer.report
        one_track = self.track is not None and before.layer in self.track.layers
        if one_track and mine is not None and theirs is not None and before.source == before.layer.source:
            between = (theirs.ntp - mine.ntp) * hz >> 32
            ticks = self._ticks + mine.timestamp + between - theirs.timestamp
            ahead = _signed(packet.timestamp + ticks - out)
            if abs(ahead - elapsed) < SKEW_MAX_S * hz:
                return (ticks + max(0, 1 - ahead)) % _WRAP
        return (out + elapsed - packet.timestamp) % _WRAP

    # Pictures of VP8.

    def _begin_pictures(self, before: Packet | None, packet: Packet) -> None:
        described, rewrites = packet.descriptor, self._begin_frames(before, packet) or bool(self._types)
        if described is None:
            self.patching = rewrites
            return
        if before is not None:
            self._remember(before)
        elif packet.picture >= 0:
            self._pictures = Renumbering(packet.picture)
        if packet.picture >= 0:
            self._pictures.begin(packet.picture)
        if before is not None and before.descriptor is not None:
            self._tl0 = (before.descriptor.tl0 + self._tl0 + 1 - described.tl0) % vp8.TL0_WRAP
        self._tid = self._tid_wanted
        self.patching = rewrites or self._tid < ALL_PICTURES or bool(self._tl0 or self._pictures.distance)

    # Frames of a dependency descriptor.

    def _begin_frames(self, before: Packet | None, packet: Packet) -> bool:
        """Go on with the numbers of frames.  Must descriptors be rewritten from here on?"""
        if before is not None and before.depends is not None:
            self._next_frame = before.depends.newest + self._frames + 1
        self._frames = 0
        if packet.depends is None or not packet.depends.at:
            return False
        if self._next_frame is not None:
            self._frames = (self._next_frame - packet.depends.frame) % dependency.FRAME_WRAP
        return self._frames != 0 or not self._depends

    def _depending(self, packet: Packet) -> list[tuple[int, bytes]]:
        if packet.depends is None or not packet.depends.at:
            return []
        if not self._depends:
            return [dependency.taken_out(packet.data, packet.depends.at)]
        return [dependency.shifted(packet.depends, self._frames)] if self._frames else []

    def _remember(self, newest: Packet) -> None:
        """While nothing is patched pictures are not counted: catch up."""
        if newest.picture >= 0:
            self._pictures.place(newest.picture)

    def _thin(self, tid: int) -> None:
        """Down at the next picture; up where the sender lets a layer in time begin, or at a keyframe."""
        self._tid_wanted = tid
        if tid < self._tid:
            if not self.patching and self._newest is not None:
                self._remember(self._newest)
            self._tid = tid
            self.patching = True

    def _goes(self, packet: Packet) -> bool:
        """May its picture go?  A late one may when a place was held for it."""
        described, pictures = packet.descriptor, self._pictures
        if described is None or packet.picture < 0:
            return True
        if packet.picture > pictures.newest and described.tid > self._tid:
            rises = described.begins_picture and described.synced and described.tid == self._tid + 1
            if rises and described.tid <= self._tid_wanted:
                self._tid = described.tid
            else:
                pictures.withhold(packet.picture)
        if pictures.place(packet.picture) is not None:
            return True
        if packet.index > self._numbers.newest:
            self._numbers.withhold(packet.index)
        return False

    def _has_picture(self, packet: Packet) -> bool:
        return not self.patching or packet.picture < 0 or self._pictures.place(packet.picture) is not None


def _same_stream(one: Packet, other: Packet) -> bool:
    return one.layer is other.layer and one.source == other.source


def _signed(ticks: int) -> int:
    return (ticks + _WRAP // 2) % _WRAP - _WRAP // 2
