"""What strangers can send us, and what must hold whatever it is: one function a parser, bytes in, nothing out.

Each raises `AssertionError` (or anything else) when the parser has a fault.  `test_fuzz.py` runs them in `make test`,
`python -m tests.sfu.fuzz TARGET` for as long as one likes, guided by coverage.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from sfu.core import fragment, keyframe, publishing, rtcp, rtp, sdp, stun, vp8
from sfu.core.codecs import CODECS
from sfu.core.ice import Credentials
from tests.sfu.fuzz import streams
from tests.sfu.fuzz.captures import HERE, OFFER, captured, pictures

KEY = stun.Key("p" * 22)


def stun_request(data: bytes) -> None:
    stun.addressee(data)
    if (request := stun.parse_request(data)) is not None:
        assert request.local_ufrag
        request.signed_by(KEY)


def rtp_packet(data: bytes) -> None:
    header = rtp.parse(data)
    if header is None:
        return
    assert rtp.HEADER_BYTES <= header.extensions_at <= header.extensions_end <= header.payload_at
    assert header.payload_at <= header.payload_end <= len(data)
    values = rtp.extensions(data, header)
    assert all(at + length <= header.extensions_end for _, at, length in values)
    assert all(at + length < after for (_, at, length), (_, after, _) in pairwise(values))
    packet = bytearray(data)
    for element in values:
        rtp.renumber(packet, element, element[0])
    assert packet == data
    for element in values:
        rtp.renumber(packet, element, 0)
    assert rtp.extensions(packet, header) == []
    rtp.unwrap_rtx(data, header, 96, 1)
    for codec in CODECS:
        described = vp8.parse(data, header.payload_at, header.payload_end) if codec.name == "VP8" else None
        keyframe.begins_keyframe(codec.name, data, header.payload_at, header.payload_end, described)
        for at, value in vp8.patches(described, 1, 1) if described is not None else ():
            assert described is not None
            assert header.payload_at < at < at + len(value) <= described.payload_at <= header.payload_end


def vp8_payload(data: bytes) -> None:
    """One that is cut off is none; what is written instead is read again, and nothing else has changed."""
    described = vp8.parse(data, 0, len(data))
    if described is None:
        return
    assert described.payload_at <= len(data)
    assert all(vp8.parse(data, 0, end) is None for end in range(described.payload_at))
    assert described.tid < vp8.TIDS
    keyframe.begins_keyframe("VP8", data, 0, len(data), described)
    for picture, tl0 in ((0, 0), (described.picture + 1, described.tl0 + 1), ((1 << vp8.PICTURE_BITS) - 1, 255)):
        packet = bytearray(data)
        for at, value in vp8.patches(described, picture, tl0):
            packet[at : at + len(value)] = value
        assert len(packet) == len(data)
        assert packet[described.payload_at :] == data[described.payload_at :]
        most = 0x7FFF if described.wide else 0x7F
        expected = described._replace(
            picture=-1 if described.picture_at < 0 else picture & most,
            tl0=-1 if described.tl0_at < 0 else tl0 % vp8.TL0_WRAP,
        )
        assert vp8.parse(packet, 0, len(packet)) == expected


def rtcp_compound(data: bytes) -> None:
    messages = rtcp.parse(data)
    assert len(messages) <= len(data) // 4
    for message in messages:
        if isinstance(message, rtcp.Nack):
            assert len(message.sequences) <= 17 * len(data) // 4


def sdp_offer(data: bytes) -> None:
    try:
        offer = sdp.parse(data.decode("utf-8", "replace"))
        mids = [section.mid for section in offer.sections][:4]
        kinds = [section.kind for section in offer.sections]
        sources = {mid: "microphone" if kind == "audio" else "camera" for mid, kind in zip(mids, kinds, strict=False)}
        publishing.plan(offer, {mid: f"t{n}" for n, mid in enumerate(mids)}, sources)
    except sdp.BadSdp:
        pass


KNOWN = Credentials("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
TRICKLED = b"a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:EsAw\r\n"
TRICKLED += (
    b"a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host ufrag EsAw\r\n"
)


def device_fragment(data: bytes) -> None:
    """New credentials are usable ones, and both are new; said again, they are known."""
    try:
        theirs = fragment.restarts(text := data.decode("utf-8", "replace"), KNOWN)
    except sdp.BadSdp:
        return
    if theirs is not None:
        assert sdp.UFRAG.fullmatch(theirs.ufrag)
        assert sdp.PASSWORD.fullmatch(theirs.password)
        assert theirs.ufrag != KNOWN.ufrag
        assert theirs.password != KNOWN.password
        assert fragment.restarts(text, theirs) is None


TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {  # name -> (what must hold, real inputs)
    "stun": (stun_request, captured("stun")),
    "rtp": (rtp_packet, captured("rtp")),
    "rtcp": (rtcp_compound, captured("rtcp")),
    "sdp": (sdp_offer, [OFFER.read_bytes()]),
    "fragment": (device_fragment, [TRICKLED, TRICKLED.replace(b"EsAw", b"ysXw").replace(b"P2uY", b"vw5L")]),
    "vp8": (vp8_payload, pictures()),
    "framing": (streams.framed_stream, streams.STREAMS),
    "twcc": (streams.arrivals, streams.COUNTS),
    "intake": (streams.published, streams.PUBLISHED),
}


def found(target: str) -> list[Path]:
    """Inputs that once broke the target, kept for ever."""
    return sorted((HERE / "found" / target).glob("*"))
