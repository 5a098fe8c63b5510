"""RTP packets and session descriptions for tests, written by hand so that tests do not trust the code under test."""

import struct

VP8_KEYFRAME = bytes((0x90, 0x80, 0x01, 0x10, 0x00, 0x00)) + b"key"  # X I, picture id 1, keyframe header bit 0
VP8_DELTA = bytes((0x90, 0x80, 0x02, 0x11, 0x00, 0x00)) + b"delta"

FINGERPRINT = ":".join(["AB"] * 32)


def rtp(
    sequence: int,
    payload: bytes = b"payload",
    *,
    payload_type: int = 111,
    timestamp: int = 1000,
    ssrc: int = 0x1234,
    marker: bool = False,
    extensions: bytes = b"",
) -> bytes:
    """`extensions`: one-byte elements, padded here."""
    first = 0x90 if extensions else 0x80
    head = struct.pack("!BBHII", first, marker << 7 | payload_type, sequence & 0xFFFF, timestamp, ssrc)
    if extensions:
        extensions += bytes(-len(extensions) % 4)
        head += struct.pack("!HH", 0xBEDE, len(extensions) // 4) + extensions
    return head + payload


def element(number: int, value: bytes) -> bytes:
    return bytes((number << 4 | len(value) - 1,)) + value


def lines(*text: str) -> str:
    return "\r\n".join(text) + "\r\n"


AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:63 red/48000/2",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:7 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "a=ssrc:4660 cname:x",
)
VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 35 36 108 96 97",
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 nack pli",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:35 H264/90000",
    "a=fmtp:35 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    "a=rtpmap:36 rtx/90000",
    "a=fmtp:36 apt=35",
    "a=rtpmap:108 H264/90000",
    "a=fmtp:108 packetization-mode=1;profile-level-id=4d001f",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "a=ssrc-group:FID 22136 22137",
    "a=ssrc:22136 cname:x",
    "a=ssrc:22137 cname:x",
)
LAYERED = (
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    "a=rtpmap:96 VP8/90000",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "a=rid:q send",
    "a=rid:h send",
    "a=rid:f send",
    "a=simulcast:send q;h;f",
)
DEPENDING_ID = 13
DEPENDING = (
    "m=video 9 UDP/TLS/RTP/SAVPF 108 109",
    "a=rtpmap:108 H264/90000",
    "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    "a=rtpmap:109 rtx/90000",
    "a=fmtp:109 apt=108",
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    f"a=extmap:{DEPENDING_ID} https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    "a=rid:q send",
    "a=rid:h send",
    "a=rid:f send",
    "a=simulcast:send q;h;f",
)
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
COUNTED_VIDEO = (*VIDEO, f"a=extmap:5 {TRANSPORT_CC}")


def offer(*sections: tuple[str, ...], direction: str = "sendonly", fingerprint: str = FINGERPRINT) -> str:
    """A publisher's offer; the mid of a section is its place."""
    text = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    text.append("a=group:BUNDLE " + " ".join(str(n) for n in range(len(sections))))
    for mid, (media, *rest) in enumerate(sections):
        text += [
            media,
            "c=IN IP4 0.0.0.0",
            "a=ice-ufrag:theirs",
            "a=ice-pwd:" + "p" * 24,
            f"a=fingerprint:sha-256 {fingerprint}",
            "a=setup:actpass",
            f"a=mid:{mid}",
            f"a={direction}",
            "a=rtcp-mux",
            *rest,
        ]
    return lines(*text)
