"""One published track: what arrives of it, made ready for all viewers, and each viewer's own copy of it.

Pure: packets and `now` in, packets out.  Never decodes, never sends.
"""

from dataclasses import dataclass

from sfu.core import keyframe, rtp
from sfu.core.cache import PacketCache
from sfu.core.codecs import ABS_SEND_TIME_ID, Codec
from sfu.core.roundtrip import Told
from sfu.core.rtcp import SenderReport
from sfu.core.sections import Carried
from sfu.core.sequence import Rewriter, Unwrapper
from sfu.core.throttle import KeyframeGate


@dataclass(slots=True)
class Packet:
    """A packet with the payload type and extension ids of all viewers.  Never changed (`frozen` costs 1 us each)."""

    index: int
    timestamp: int
    codec: Codec
    data: bytes
    payload_bytes: int
    keyframe: bool  # begins one; for sound always True
    source: int  # which of the track's sources it came from
    at: float  # when it came, s


class Track:
    def __init__(self, carried: Carried) -> None:
        self.carried = carried
        self.muted = False
        self.cache: PacketCache[Packet] = PacketCache()
        self.keyframes = KeyframeGate()
        self.indexes = Unwrapper()
        self.source = 0  # counts the sources (ssrcs) that fed it
        self.told = Told()  # of the publisher's sender reports

    def new_source(self) -> None:
        """Another stream feeds the track from here on: indexes go on, and viewers get timestamps that do."""
        self.indexes.restart()
        self.told = Told()
        self.source += 1

    def accept(self, index: int, header: rtp.Header, packet: bytearray, codec: Codec, *, now: float) -> Packet | None:
        """`packet` has its extensions renumbered already; its payload type is set here.  None: it came before."""
        packet[1] = packet[1] & 0x80 | codec.payload_type
        data = bytes(packet)
        at, end = header.payload_at, header.payload_end
        begins = keyframe.begins_keyframe(codec.name, data, at, end)
        ready = Packet(index, header.timestamp, codec, data, end - at, begins, self.source, now)
        if not self.cache.put(index, ready, now=now):
            return None
        if begins:
            self.keyframes.seen()
        return ready


class Copy:
    """One viewer's copy of a track.  Video begins, and begins again after a pause, with a keyframe."""

    def __init__(self, track: Track, *, ssrc: int, rtx_ssrc: int, first_sequence: int) -> None:
        self.track = track
        self.ssrc = ssrc
        self.rtx_ssrc = rtx_ssrc  # 0: retransmissions repeat the packet itself
        self.wanted = True
        self.packets = self.octets = 0
        self._rewriter = Rewriter(first_sequence)
        self._rtx_sequence = first_sequence
        self._codec: Codec | None = None  # of the newest beginning
        self._running = False
        self._source = track.source
        self._last_at = 0.0

    def pause(self) -> None:
        """Go on with the next keyframe."""
        self._running = False

    def want_keyframe(self) -> None:
        if self.track.carried.kind == "video":
            self.track.keyframes.want()

    def place(self, packet: Packet) -> tuple[int, int] | None:
        """The sequence number and timestamp with which this viewer gets the packet; None: it does not get it."""
        if not self.wanted or self.track.muted or packet.source != self._source:
            self._running = False
        if not self._running and not self._begin(packet):
            return None
        place = self._rewriter.map(packet.index, packet.timestamp)
        if place is None:
            return None
        self.packets += 1
        self.octets += packet.payload_bytes
        self._last_at = packet.at
        return place

    def _begin(self, packet: Packet) -> bool:
        """Start with this packet, if that can be: where the source has changed, in step with what went before."""
        if not self.wanted or self.track.muted or not packet.keyframe:
            return False
        if packet.source != self._source:
            elapsed_ticks = int((packet.at - self._last_at) * packet.codec.clock_hz)
            self._rewriter.rebase(packet.timestamp, elapsed_ticks)
            self._source = packet.source
        self._rewriter.resume(packet.index)
        self._codec = packet.codec
        self._running = True
        return True

    def again(self, sequence: int, *, now: float) -> bytes | None:
        """The packet that this viewer got as `sequence`, to be sent once more; None: it is gone.

        Without RTX the same bytes leave again, and must: SRTP has used up their index for any others.
        """
        index = self._rewriter.index_of(sequence)
        packet = self.track.cache.get(index, now=now) if index is not None else None
        place = self._rewriter.map(packet.index, packet.timestamp) if packet is not None else None
        if packet is None or place is None:
            return None
        codec = packet.codec
        data = rtp.readdress(packet.data, codec.payload_type, *place, self.ssrc)
        if not self.rtx_ssrc or codec.rtx is None:
            return data
        header = rtp.parse(data)
        assert header is not None
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        again = bytearray(rtp.wrap_rtx(data, header, codec.rtx, self._rtx_sequence, self.rtx_ssrc))
        for number, at, length in rtp.extensions(again, header):
            if number == ABS_SEND_TIME_ID and length == 3:  # else it would look as if it had waited in a queue
                again[at : at + 3] = rtp.send_time(now)
        return bytes(again)

    @property
    def pads(self) -> bool:
        return bool(self.rtx_ssrc) and self._codec is not None and self._codec.rtx is not None

    @property
    def clock_hz(self) -> int:
        return self._codec.clock_hz if self._codec is not None else 0

    def padding(self, *, now: float) -> bytes:
        """A packet that carries nothing, as a retransmission of nothing; only if it `pads`."""
        assert self._codec is not None
        assert self._codec.rtx is not None
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        return rtp.padding(self._codec.rtx, self._rtx_sequence, self.rtx_ssrc, ABS_SEND_TIME_ID, now=now)

    def sender_report(self, report: SenderReport) -> SenderReport | None:
        """The publisher's report, told of this copy: lips and voice stay together.  None before the first packet."""
        if not self.packets or self._source != self.track.source:
            return None
        timestamp = (report.timestamp + self._rewriter.ticks) & 0xFFFFFFFF
        return SenderReport(self.ssrc, report.ntp, timestamp, self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF)
