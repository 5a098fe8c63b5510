"""The stream that feeds one layer of a track: repaired, counted, renumbered, and handed to the layer.

Pure: plain RTP of one publisher and `now` in, packets for viewers out.
"""

from collections.abc import Iterable
from enum import StrEnum

from sfu.core import rtp
from sfu.core.codecs import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID, DEPENDENCIES_ID
from sfu.core.dependency import LEAST_BYTES, take_out
from sfu.core.missing import Missing
from sfu.core.publishing import Incoming, extension_numbers
from sfu.core.reception import Reception
from sfu.core.seen import LayerSeen
from sfu.core.throttle import Allowance
from sfu.core.track import Layer, Packet, Track

SOURCES_PER_S, SOURCES_BURST = 1, 5  # ssrcs that feed a layer one after another; each makes all viewers wait
REPORTS_PER_S = 5  # sender reports told to viewers; one would do


class Drop(StrEnum):
    """Why a packet was not forwarded: the names of counters."""

    NOT_RTP = "not_rtp"
    UNKNOWN_STREAM = "unknown_stream"
    PAYLOAD_TYPE = "payload_type"
    REPEATED = "repeated"
    TOO_MANY_SOURCES = "too_many_sources"
    PROBE = "probe"  # carries nothing: it only measures the line


class Feed:
    def __init__(self, incoming: Incoming, track: Track, layer: Layer) -> None:
        self.track = track
        self.layer = layer
        self.ssrc: int | None = None  # of the newest source
        self.reception: Reception | None = None
        self.missing = Missing()
        self._sources = Allowance(SOURCES_PER_S, SOURCES_BURST)
        self.reports = Allowance(REPORTS_PER_S, 1)
        self.level: int | None = None  # of the newest packet of a microphone, -dBov
        self.configure(incoming)

    def configure(self, incoming: Incoming) -> None:
        self.incoming = incoming
        self.rid = incoming.layers[self.layer.name].encode()  # empty: the track has no other layers
        self._numbers = extension_numbers(incoming)

    def receive(self, data: bytes, header: rtp.Header, elements: Iterable[rtp.Element], *, now: float) -> Packet | Drop:
        """`elements`: of its header extension, which a retransmission has from the packet that it repeats."""
        repaired = self.incoming.rtx.get(header.payload_type)
        codec = self.incoming.codecs.get(header.payload_type if repaired is None else repaired)
        if codec is None:
            return Drop.PAYLOAD_TYPE
        if repaired is None:
            if header.ssrc != self.ssrc:
                if not self._sources.take(now=now):
                    return Drop.TOO_MANY_SOURCES
                self._begin(header.ssrc, codec.clock_hz)
        else:
            if self.ssrc is None:
                return Drop.UNKNOWN_STREAM
            original = rtp.unwrap_rtx(data, header, repaired, self.ssrc)
            again = rtp.parse(original) if original is not None else None
            if original is None or again is None:
                return Drop.PROBE
            data, header = original, again
        index = self.layer.indexes.index(header.sequence)
        if not self.missing.arrived(index, now=now):
            self.layer.keyframes.want()
        if repaired is None and self.reception is not None:
            self.reception.arrived(index, header.timestamp, now=now)
        packet = bytearray(data)
        depends_at = self._renumber(packet, elements, now)
        return self.layer.accept(index, header, packet, codec, depends_at, now=now) or Drop.REPEATED

    def forgo(self) -> None:
        """Something was not let in, maybe of this stream, new or asked for: a keyframe takes the place of repairs."""
        if self.missing.forgo():
            self.layer.keyframes.want()

    def seen(self, *, now: float) -> LayerSeen:
        layer, reception = self.layer, self.reception
        return LayerSeen(
            layer=layer.name,
            sent=layer.sent and layer.last_at is not None,
            bits_per_s=round(layer.bits_per_s(now=now)),
            viewers=len(layer.followers),
            lost=None if reception is None else round(reception.lost, 4),
            jitter_ms=None if reception is None else round(1000 * reception.jitter_s, 1),
        )

    def _begin(self, ssrc: int, clock_hz: int) -> None:
        self.layer.new_source()
        self.layer.keyframes.want()  # it begins with one; if that is lost, another must come
        self.ssrc = ssrc
        self.reception = Reception(ssrc, clock_hz)
        self.missing = Missing()

    def _renumber(self, packet: bytearray, elements: Iterable[rtp.Element], now: float) -> int:
        """Give extensions the ids of viewers; the sending time is ours from here on.

        Returns where its dependency descriptor is; 0: it has none.
        """
        depends_at = 0
        self.level = None
        for element in elements:
            number, at, length = element
            number = self._numbers[number]
            rtp.renumber(packet, element, number)
            if number == AUDIO_LEVEL_ID and length == 1:
                self.level = packet[at] & 0x7F
            elif number == ABS_SEND_TIME_ID and length == 3:
                packet[at : at + 3] = rtp.send_time(now)
            elif number == DEPENDENCIES_ID:
                if not depends_at and length >= LEAST_BYTES:
                    depends_at = at
                else:
                    take_out(packet, at)
        return depends_at
