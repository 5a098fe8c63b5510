"""All that arrives over one publishing connection: packets find their track, losses are noticed, reports are due.

Pure: plain RTP and RTCP and `now` in; packets for viewers, and RTCP for the publisher, out.
"""

from collections.abc import Iterable

from sfu.core import limit, rtcp, rtp
from sfu.core.bandwidth import MOST_BPS, Allotment
from sfu.core.codecs import ABS_SEND_TIME, MID, REPAIRED_RID, RID, TRANSPORT_CC
from sfu.core.feed import Drop, Feed
from sfu.core.ntp import Clock
from sfu.core.overload import UNBOUNDED
from sfu.core.publishing import Incoming, common_number
from sfu.core.seen import TrackSeen
from sfu.core.track import Layer, Packet, Track
from sfu.core.twcc import Arrivals

STREAMS_MAX = 32  # ssrcs of one connection, retransmissions included
OUR_SSRC = 1  # we send no media to a publisher, but RTCP wants a sender


class Intake:
    def __init__(self) -> None:
        self.limit = limit.of_publisher()
        self._feeds: list[Feed] = []
        self._by_ssrc: dict[int, Feed] = {}
        self._excess = 0  # of the limit, as far as the feeds know
        self._allotment = Allotment(0)
        self._arrivals = Arrivals()
        self._clock = Clock()
        self._arrived_ssrc = 0  # of the newest packet in `_arrivals`
        self._count_number = self._sent_number = 0
        self.lost = 0.0  # share of the packets that the newest report counts

    def configure(self, incoming: Iterable[tuple[Incoming, Track]]) -> None:
        """These are the tracks from now on; the streams of those that stay go on."""
        before = {feed.layer: feed for feed in self._feeds}
        self._feeds = []
        kinds = []
        for entry, track in incoming:
            kinds.append(entry.kind)
            for layer in track.layers:
                feed = before.get(layer) or Feed(entry, track, layer)
                feed.configure(entry)
                self._feeds.append(feed)
        self._by_ssrc = {ssrc: feed for ssrc, feed in self._by_ssrc.items() if feed in self._feeds}
        self._allotment.most_bps = sum(MOST_BPS[kind] for kind in kinds)
        self._count_number = common_number((feed.incoming for feed in self._feeds), TRANSPORT_CC)
        self._sent_number = common_number((feed.incoming for feed in self._feeds), ABS_SEND_TIME)
        self.limit.widen(kinds)

    def drop(self, track: Track) -> None:
        """Its packets belong nowhere from now on."""
        rest = {feed.track: feed.incoming for feed in self._feeds if feed.track is not track}
        self.configure([(incoming, other) for other, incoming in rest.items()])

    def receive(self, data: bytes, *, now: float) -> tuple[Feed, Packet] | Drop:
        header = rtp.parse(data)
        if header is None:
            return Drop.NOT_RTP
        elements = rtp.extensions(data, header)
        self._measure(data, header, elements, now)
        feed = self._by_ssrc.get(header.ssrc) or self._bind(data, header, elements)
        if feed is None:
            return Drop.UNKNOWN_STREAM
        if self.limit.excess != self._excess:
            self._forgo()
        packet = feed.receive(data, header, elements, now=now)
        return packet if isinstance(packet, Drop) else (feed, packet)

    def _measure(self, data: bytes, header: rtp.Header, elements: list[rtp.Element], now: float) -> None:
        """Whatever becomes of the packet: it has passed the line."""
        if not self._count_number:
            self._allotment.arrived(len(data), rtp.extension(data, elements, self._sent_number), now=now)
        elif len(number := rtp.extension(data, elements, self._count_number)) == 2:
            self._arrivals.arrived(int.from_bytes(number), now=now)
            self._arrived_ssrc = header.ssrc

    def _forgo(self) -> None:
        """MEDIA-16: asked for again, what was too much would come on top of what is too much.

        Whose it was is not known: it was dropped unread.
        """
        self._excess = self.limit.excess
        for feed in self._feeds:
            feed.forgo()

    def _bind(self, data: bytes, header: rtp.Header, elements: list[rtp.Element]) -> Feed | None:
        """Find the layer of a new stream.

        By its rid, or that of the stream it repairs, where the section has layers; else announced by its ssrc, else by
        its mid, else alone with its codec.
        """
        if len(self._by_ssrc) >= STREAMS_MAX:
            return None
        ssrc, number = header.ssrc, header.payload_type
        able = [f for f in self._feeds if number in f.incoming.codecs or number in f.incoming.rtx]
        announced = [f for f in able if not f.rid and (ssrc in f.incoming.ssrcs or ssrc in f.incoming.repairs)]
        named = [f for f in able if _said(data, elements, f, MID) == f.incoming.mid.encode()]
        found = announced or named or able
        if any(f.rid for f in found):
            uri = REPAIRED_RID if number in found[0].incoming.rtx else RID
            found = [f for f in found if f.rid and _said(data, elements, f, uri) == f.rid]
        if len(found) != 1:
            return None
        self._by_ssrc[ssrc] = found[0]
        return found[0]

    def sender_report(self, report: rtcp.SenderReport, *, now: float) -> tuple[Layer, rtcp.SenderReport] | None:
        """Note what a publisher's report says, and when; returns the layer whose viewers are to be told, and what.

        None: they have been told just now (MEDIA-18), or it is about no layer.
        """
        feed = self._by_ssrc.get(report.ssrc)
        if feed is None or feed.reception is None or feed.ssrc != report.ssrc:
            return None
        feed.reception.sender_report(report, now=now)
        report = feed.layer.report = self._clock.ours(report, now=now)
        if not feed.reports.take(now=now):
            return None
        feed.layer.told.note(report, now=now)
        return feed.layer, report

    def requests(self, most: int = UNBOUNDED, *, now: float) -> list[rtcp.Nack | rtcp.KeyframeRequest]:
        """What is to be asked of the publisher now: keyframes, and at most so many lost packets."""
        if self.limit.excess != self._excess:
            self._forgo()
        asked: list[rtcp.Nack | rtcp.KeyframeRequest] = []
        for feed in self._feeds:
            if feed.ssrc is None:
                continue
            if now >= feed.missing.due_at and (lost := feed.missing.due(most, now=now)):
                most -= len(lost)
                asked.append(rtcp.Nack(feed.ssrc, tuple(index & 0xFFFF for index in lost)))
            if feed.incoming.kind == "video" and feed.layer.sent and feed.layer.keyframes.take(now=now):
                asked.append(rtcp.KeyframeRequest(feed.ssrc))
        return asked

    def feedback(self) -> list[bytes]:
        """When packets came, to a publisher that counts them; every 50 ms."""
        return self._arrivals.feedback(OUR_SSRC, self._arrived_ssrc)

    def report(self, *, now: float) -> bytes | None:
        """A receiver report every half second; and what may be sent, to a publisher that cannot tell by `feedback`."""
        blocks, due, lost = [], 0, 0.0
        for feed in self._feeds:
            if feed.reception is not None and (block := feed.reception.report(now=now)) is not None:
                blocks.append(block)
                due += feed.reception.due
                lost += feed.reception.due * feed.reception.lost
        if not blocks:
            return None
        report = rtcp.receiver_report(OUR_SSRC, blocks)
        self.lost = lost / due if due else 0.0
        if self._count_number:
            return report
        allotted = self._allotment.update(self.lost, now=now)
        return report + rtcp.remb(OUR_SSRC, allotted, [block.ssrc for block in blocks])

    # To be seen.

    @property
    def round_trip_s(self) -> float | None:
        """By how long what is asked for again takes; None before the first loss."""
        return max((feed.missing.round_trip_s for feed in self._feeds), default=0.0) or None

    @property
    def jitter_s(self) -> float | None:
        return max((feed.reception.jitter_s for feed in self._feeds if feed.reception), default=None)

    @property
    def allotted_bps(self) -> int | None:
        """None: the publisher finds out by itself."""
        return None if self._count_number else self._allotment.bits_per_s

    def seen(self, *, now: float) -> tuple[TrackSeen, ...]:
        feeds: dict[Track, list[Feed]] = {}
        for feed in self._feeds:
            feeds.setdefault(feed.track, []).append(feed)
        return tuple(
            TrackSeen(
                track.carried.track, track.carried.source, track.muted, tuple(feed.seen(now=now) for feed in of_track)
            )
            for track, of_track in feeds.items()
        )


def _said(data: bytes, elements: list[rtp.Element], feed: Feed, uri: str) -> bytes | bytearray:
    """What the packet says of itself in this extension; empty: nothing."""
    return rtp.extension(data, elements, feed.incoming.extensions.get(uri, 0))
