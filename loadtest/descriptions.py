"""What a media bot says of itself in SDP: a teacher's offer, and a viewer's answer that takes all it is offered.  Pure.

The lines are those of a browser as far as forwarding needs them, without transport-wide congestion control: a bot
reports what it receives by REMB.
"""

from collections.abc import Iterable, Mapping

from .streams import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID, Picture, Stream

RTX = 97  # payload type of repairs
_PROTOCOL = "UDP/TLS/RTP/SAVPF"
_ABS_SEND_TIME = f"a=extmap:{ABS_SEND_TIME_ID} http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_FORMATS = {
    "audio": (
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        f"a=extmap:{AUDIO_LEVEL_ID} urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        _ABS_SEND_TIME,
    ),
    "video": (
        "a=rtpmap:96 VP8/90000",
        "a=rtcp-fb:96 goog-remb",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        f"a=rtpmap:{RTX} rtx/90000",
        f"a=fmtp:{RTX} apt=96",
        _ABS_SEND_TIME,
    ),
}


def offer(streams: Mapping[str, Stream], security: tuple[str, ...]) -> str:
    """Send each stream in the section of its mid; `security`: ICE and fingerprint, as lines."""
    sections = [
        (
            f"m={stream.kind} 9 {_PROTOCOL} {stream.payload_type}{f' {RTX}' if isinstance(stream, Picture) else ''}",
            f"a=mid:{mid}",
            "a=sendonly",
            "a=setup:actpass",
            *_FORMATS[stream.kind],
            f"a=ssrc:{stream.ssrc} cname:teacher",
        )
        for mid, stream in streams.items()
    ]
    return _text(streams, sections, security)


def answer(offered: str, security: tuple[str, ...]) -> str:
    """Receive whatever a server sends: its sections in order, each with the formats that it has."""
    mids: list[str] = []
    sections: list[tuple[str, ...]] = []
    for section in offered.split("\r\nm=")[1:]:
        head, *lines = section.rstrip().split("\r\n")
        kind, _, protocol, *numbers = head.split()
        mids += (line.removeprefix("a=mid:") for line in lines if line.startswith("a=mid:"))
        formats = [
            line
            for line in lines
            if line.startswith(("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=extmap:")) and "transport" not in line
        ]
        direction = "a=recvonly" if "a=sendonly" in lines else "a=inactive"
        media = f"m={kind} 9 {protocol} {' '.join(numbers)}"
        sections.append((media, f"a=mid:{mids[-1]}", direction, "a=setup:active", *formats))
    return _text(mids, sections, security)


def _text(mids: Iterable[str], sections: Iterable[tuple[str, ...]], security: tuple[str, ...]) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", " ".join(("a=group:BUNDLE", *mids))]
    for media, *rest in sections:
        lines += [media, "c=IN IP4 0.0.0.0", *security, "a=rtcp-mux", *rest]
    return "\r\n".join(lines) + "\r\n"
