"""What must hold of the parts that take many datagrams one after another: an input is all that a client sends."""

from struct import iter_unpack, pack

from sfu.core import rtcp, rtp, sdp
from sfu.core.feed import Drop
from sfu.core.framing import LENGTH_BYTES, Frames, TooLong
from sfu.core.intake import OUR_SSRC, STREAMS_MAX, Intake
from sfu.core.missing import FOLLOWED_MAX
from sfu.core.publishing import Incoming, plan
from sfu.core.sections import Carried
from sfu.core.track import Packet, Track
from sfu.core.twcc import FEEDBACKS_MAX, PENDING_MAX, Arrivals
from tests.sfu.feedback import read
from tests.sfu.fuzz.captures import LAYERED_OFFER, OFFER, captured, joined, split
from tests.sfu.lesson import SOURCES, TRACKS, layered
from tests.sfu.packets import TRANSPORT_CC, VP8_KEYFRAME

DATAGRAM_BYTES = 1200  # that fit everywhere
STREAM_BYTES = 2048  # the longest datagram that a stream may announce

# framing


def framed_stream(data: bytes) -> None:
    """However it is cut the same datagrams are found, none is too long, and only the beginning of one is kept."""
    found, rest = _frames([data])
    size = max(1, sum(data[:2]))
    assert _frames([data[at : at + size] for at in range(0, len(data), size)]) == (found, rest)
    assert all(len(datagram) <= STREAM_BYTES for datagram in found)
    if rest is None:
        announced = data[sum(LENGTH_BYTES + len(datagram) for datagram in found) :]
        assert int.from_bytes(announced[:LENGTH_BYTES]) > STREAM_BYTES
    else:
        assert joined(found) + rest == data
        assert len(rest) < LENGTH_BYTES or len(rest) < LENGTH_BYTES + int.from_bytes(rest[:LENGTH_BYTES])


def _frames(pieces: list[bytes]) -> tuple[list[bytes], bytes | None]:
    """(datagrams, what is kept; None: one was too long)"""
    found, frames = list[bytes](), Frames(STREAM_BYTES)
    try:
        for piece in pieces:
            found.extend(frames.feed(piece))
    except TooLong:
        return found, None
    return found, frames._rest


# twcc: two bytes the number of a packet, two bytes by how many quarters of a millisecond it comes after the one before

TELL = 0xFFFF  # instead of the latter: feedback is due
COUNTED = [(n, 4 * (n % 3)) for n in range(40) if n not in (7, 8, 30)]
ARRIVALS = [*COUNTED[:20], (7, 90), (0, TELL), *COUNTED[20:], (8, 1200), (0, TELL)]


def arrivals(data: bytes) -> None:
    """What is told is true, and all of it, unless numbers jump about; and each feedback fits a datagram."""
    noted, ticks, all_told = Arrivals(), 1 << 20, True
    came: dict[int, set[float]] = {}
    told: dict[int, set[float]] = {}
    waiting = 0
    for number, later in [*iter_unpack("!HH", data[: len(data) // 4 * 4]), (0, TELL)]:
        if later != TELL:
            ticks += later
            waiting += 1
            came.setdefault(number, set()).add(ticks % (1 << 32) / 4000)
            noted.arrived(number, now=ticks / 4000)
            continue
        packets = noted.feedback(OUR_SSRC, 2)
        all_told = all_told and len(packets) < FEEDBACKS_MAX and waiting <= PENDING_MAX
        waiting = 0
        assert len(packets) <= FEEDBACKS_MAX
        for packet in packets:
            assert len(packet) <= DATAGRAM_BYTES
            for found, at in read(packet)[2].items():
                if at is not None:
                    told.setdefault(found, set()).add(at)
    assert all(times <= came.get(found, set()) for found, times in told.items())
    assert told.keys() == came.keys() or not all_told


# intake


def _published(offer: str) -> list[Incoming]:
    return plan(sdp.parse(offer), TRACKS, SOURCES)


_OFFER = OFFER.read_text()
PUBLISHERS = [  # counted for the whole connection, told what it may send, in layers
    _published(_OFFER),
    _published("".join(line for line in _OFFER.splitlines(keepends=True) if TRANSPORT_CC not in line)),
    _published(LAYERED_OFFER.read_text()),
]


def published(data: bytes) -> None:
    """A publisher's RTP and RTCP, each 1 ms after the one before, or as many quarters of a second as it says."""
    for entries in PUBLISHERS:
        intake = Intake()
        tracks = [Track(Carried(e.track, 1, e.source, e.kind), tuple(e.layers)) for e in entries]
        intake.configure(zip(entries, tracks, strict=True))
        now = 1000.0
        for quarters, datagram in split(data):
            now += 0.001 + quarters / 4
            if rtp.is_rtcp(datagram):
                for message in rtcp.parse(datagram):
                    if isinstance(message, rtcp.SenderReport):
                        intake.sender_report(message, now=now)
                continue
            result = intake.receive(datagram, now=now)
            if not isinstance(result, Drop):
                _is_whole(result[1], datagram)
            if quarters:
                _asks_and_reports(intake, now)
        _asks_and_reports(intake, now)
        assert len(intake._by_ssrc) <= STREAMS_MAX


def _is_whole(packet: Packet, datagram: bytes) -> None:
    """What viewers get is RTP in our numbers, no longer than what came."""
    header = rtp.parse(packet.data)
    assert header is not None
    assert header.payload_type == packet.codec.payload_type
    assert header.payload_end - header.payload_at == packet.payload_bytes
    assert len(packet.data) <= len(datagram)
    assert {number for number, _, _ in rtp.extensions(packet.data, header)} <= {1, 2}


def _asks_and_reports(intake: Intake, now: float) -> None:
    """All that the publisher is told can be read, and fits a datagram."""
    for request in intake.requests(now=now):
        if isinstance(request, rtcp.Nack):
            assert 0 < len(request.sequences) <= FOLLOWED_MAX
            nack = rtcp.nack(OUR_SSRC, request.ssrc, request.sequences)
            assert rtcp.parse(nack) == [request]
            assert len(nack) <= DATAGRAM_BYTES
    for packet in intake.feedback():
        read(packet)
        assert len(packet) <= DATAGRAM_BYTES
    if report := intake.report(now=now):
        kinds = [type(message) for message in rtcp.parse(report)]
        assert kinds in ([rtcp.ReceiverReport], [rtcp.ReceiverReport, rtcp.Remb])
    assert 0.0 <= intake.lost <= 1.0
    intake.seen(now=now)


# real inputs

STREAMS = [
    joined(captured("stun")),
    joined(captured("rtp")[:6]),
    joined([bytes(STREAM_BYTES), bytes(STREAM_BYTES + 1)]),
]
COUNTS = [b"".join(pack("!HH", *one) for one in ARRIVALS)]
_RTP, _RTCP = captured("rtp"), captured("rtcp")
_SOUND, _PICTURES = _RTP[:12], _RTP[12:]
_REPORTS = [rtcp.sender_report(rtcp.SenderReport(int.from_bytes(_SOUND[0][8:12]), 1 << 40, 7, 8, 9)), *_RTCP[:2]]
LAYERS = [layered(rid, n, VP8_KEYFRAME) for n in (1, 2, 4) for rid in "qhf"]
PUBLISHED = [
    joined([*_SOUND[:4], *_PICTURES[:2], *_REPORTS, _SOUND[5]]),
    joined([*_PICTURES[:3], _PICTURES[7], _PICTURES[11], _PICTURES[13]]),  # again one of 1,005 bytes, a late one
    joined([*LAYERS, layered("h", 1, b"\x00\x03" + VP8_KEYFRAME, again=True)]),
]
