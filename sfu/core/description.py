"""Writing session descriptions: the answer to a publisher and the offer to a viewer (RFC 8829 5, RFC 8839).

Pure.  An ICE-lite agent with host candidates only, one bundle, RTCP on the same port, DTLS served by us.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sfu.core.bandwidth import MOST_BPS
from sfu.core.codecs import CODECS, EXTENSIONS, TRANSPORT_CC, Codec
from sfu.core.ice import Credentials
from sfu.core.publishing import Incoming
from sfu.core.sdp import Description, Fingerprint, Section
from sfu.core.sections import Outgoing
from sfu.core.showing import Place

UDP_PREFERENCE = 126  # of host candidates, RFC 8445 5.1.2.2
TCP_PREFERENCE = 90  # below all that is UDP, relays apart (RFC 6544 4.2); libwebrtc's own
LOCAL_MAX = 0xFFFF
TCP_LOCAL_MAX = 2 << 13 | 0x1FFF  # passive: direction-pref 2, RFC 6544 4.2

PROTOCOL = "UDP/TLS/RTP/SAVPF"
DTX = ";usedtx=1"  # a microphone rests in silence (RFC 7587 3.1.3)


@dataclass(frozen=True, slots=True)
class Local:
    """Our end of a connection, as every section of its descriptions says it."""

    session: int  # stays for the connection's life: the client tells by it a new connection from a new offer
    credentials: Credentials
    fingerprints: tuple[Fingerprint, ...]
    addresses: tuple[str, ...]
    port: int
    tcp_port: int = 0  # 0: none


def answer(offer: Description, incoming: Iterable[Incoming], local: Local, *, version: int) -> str:
    """Take the tracks of `incoming`; leave every other section of `offer` idle or rejected."""
    by_mid = {track.mid: track for track in incoming}
    setup = "active" if offer.setups == {"passive"} else "passive"
    most_bps = sum(MOST_BPS[track.kind] for track in by_mid.values())
    sections: list[str] = []
    live: list[str] = []
    for section in offer.sections:
        track = by_mid.get(section.mid)
        if track is not None:
            sections += _head(section.kind, _track_numbers(track), section.mid, "recvonly", setup, local, most_bps)
            sections += _receiving(track)
        elif not section.rejected and section.kind != "application":
            sections += _head(section.kind, section.payload_types[:1], section.mid, "inactive", setup, local)
            sections += _idle(section)
        else:
            sections += _rejected(section)
            continue
        live.append(section.mid)
    return join(_session(local, version, live), sections)


def offer(outgoing: Iterable[Outgoing], local: Local, *, version: int) -> str:
    sections: list[str] = []
    live: list[str] = []
    for section in outgoing:
        codecs = [codec for codec in CODECS if codec.kind == section.kind]
        sections += _head(section.kind, _numbers(codecs), section.mid, "sendonly", "actpass", local)
        for codec in codecs:
            sections += _codec(codec, codec.payload_type, codec.rtx)
        sections += _extensions({uri: n for uri, n in EXTENSIONS[section.kind].items() if n})
        sections += _sending(section)
        live.append(section.mid)
    return join(_session(local, version, live), sections)


class Shown(NamedTuple):
    """A place of a screen, and the stream in it."""

    place: Place
    ssrc: int
    rtx_ssrc: int


def showing(offer: Description, shown: Iterable[Shown], local: Local) -> str:
    """The answer to a screen: send in its places, leave every other section of `offer` idle or rejected."""
    by_mid = {one.place.mid: one for one in shown}
    setup = "active" if offer.setups == {"passive"} else "passive"
    sections: list[str] = []
    live: list[str] = []
    for section in offer.sections:
        one = by_mid.get(section.mid)
        if one is not None:
            place = one.place
            sections += _head(section.kind, [*place.codecs, *place.rtx], section.mid, "sendonly", setup, local)
            sections += _extensions(place.extensions)
            for number, codec in place.codecs.items():
                sections += _codec(codec, number, place.repairs.get(number))
            sections += _stream("room", section.kind, one.ssrc, one.rtx_ssrc)
        elif not section.rejected and section.kind != "application":
            sections += _head(section.kind, section.payload_types[:1], section.mid, "inactive", setup, local)
            sections += _idle(section)
        else:
            sections += _rejected(section)
            continue
        live.append(section.mid)
    return join(_session(local, 1, live), sections)


def _track_numbers(track: Incoming) -> list[int]:
    return [*track.codecs, *track.rtx]


def _numbers(codecs: Iterable[Codec]) -> list[int]:
    return [number for codec in codecs for number in (codec.payload_type, codec.rtx) if number is not None]


def join(*parts: list[str]) -> str:
    return "\r\n".join(line for part in parts for line in part) + "\r\n"


def _session(local: Local, version: int, mids: list[str]) -> list[str]:
    return [
        "v=0",
        f"o=- {local.session} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        " ".join(["a=group:BUNDLE", *mids]),
        "a=ice-lite",
        "a=msid-semantic:WMS *",
    ]


def _head(
    kind: str, numbers: Iterable[int], mid: str, direction: str, setup: str, local: Local, most_bps: int = 0
) -> list[str]:
    """What every living section begins with.

    Args:
        most_bps: that may be sent to us in all.  Chromium takes it for the whole connection, whichever section of
            pictures says it, and else tries the line with more than we read.
    """
    return [
        f"m={kind} {local.port} {PROTOCOL} {' '.join(map(str, numbers))}",
        _connection(local.addresses[0]),
        *([f"b=TIAS:{most_bps}"] if most_bps and kind == "video" else []),
        f"a=mid:{mid}",
        f"a={direction}",
        f"a=ice-ufrag:{local.credentials.ufrag}",
        f"a=ice-pwd:{local.credentials.password}",
        *(f"a=fingerprint:{f.algorithm} {f.value}" for f in local.fingerprints),
        f"a=setup:{setup}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        *candidates(local),
        "a=end-of-candidates",
    ]


def candidates(local: Local) -> list[str]:
    udp = [
        f"a=candidate:{n} 1 udp {_priority(UDP_PREFERENCE, LOCAL_MAX - n)} {address} {local.port} typ host"
        for n, address in enumerate(local.addresses, 1)
    ]
    if not local.tcp_port:
        return udp
    return udp + [
        f"a=candidate:{len(udp) + n} 1 tcp {_priority(TCP_PREFERENCE, TCP_LOCAL_MAX - n)} {address} {local.tcp_port}"
        " typ host tcptype passive"
        for n, address in enumerate(local.addresses, 1)
    ]


def _priority(kind: int, local: int) -> int:
    """Of a candidate for RTP (RFC 8445 5.1.2.1)."""
    return kind << 24 | local << 8 | 255


def _connection(address: str) -> str:
    return f"c=IN IP{6 if ':' in address else 4} {address}"


def _receiving(track: Incoming) -> list[str]:
    lines = _extensions(track.extensions)
    repaired = {apt: number for number, apt in track.rtx.items()}
    for number, codec in track.codecs.items():
        lines += _codec(codec, number, repaired.get(number), DTX if track.source == "microphone" else "")
        if TRANSPORT_CC in track.extensions:
            lines.append(f"a=rtcp-fb:{number} transport-cc")
    if rids := [rid for rid in track.layers.values() if rid]:
        lines += [f"a=rid:{rid} recv" for rid in rids]
        lines.append(f"a=simulcast:recv {';'.join(rids)}")
    return lines


def _sending(section: Outgoing) -> list[str]:
    """The names say nothing of the tracks: they are told by mid, and change without an offer."""
    return _stream(section.stream, f"{section.stream}-{section.kind}", section.ssrc, section.rtx_ssrc)


def _stream(stream: str, name: str, first: int, rtx_ssrc: int) -> list[str]:
    lines = [f"a=msid:{stream} {name}"]
    ssrcs = [first]
    if rtx_ssrc:
        lines.append(f"a=ssrc-group:FID {first} {rtx_ssrc}")
        ssrcs.append(rtx_ssrc)
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{stream}", f"a=ssrc:{ssrc} msid:{stream} {name}"]
    return lines


def _codec(codec: Codec, number: int, rtx: int | None, more: str = "") -> list[str]:
    lines = [f"a=rtpmap:{number} {codec.rtpmap}"]
    lines += [f"a=rtcp-fb:{number} {feedback}" for feedback in codec.feedback]
    if codec.parameters:
        lines.append(f"a=fmtp:{number} {codec.parameters}{more}")
    if rtx is not None:
        lines += [f"a=rtpmap:{rtx} rtx/{codec.clock_hz}", f"a=fmtp:{rtx} apt={number}"]
    return lines


def _extensions(numbers: Mapping[str, int]) -> list[str]:
    return [f"a=extmap:{number} {uri}" for uri, number in numbers.items()]


def _idle(section: Section) -> list[str]:
    return [
        f"a=rtpmap:{number} {section.rtpmaps[number]}"
        for number in section.payload_types[:1]
        if number in section.rtpmaps
    ]


def _rejected(section: Section) -> list[str]:
    formats = " ".join(map(str, section.payload_types[:1])) or "webrtc-datachannel"
    return [
        f"m={section.kind} 0 {section.protocol} {formats}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        "a=inactive",
    ]
