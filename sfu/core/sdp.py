"""Reading the session descriptions of browsers: what forwarding needs of them, and nothing else (RFC 8866, RFC 8829).

Pure.  Whatever the text, `parse` returns a `Description` whose values are checked and bounded, or raises `BadSdp`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

SDP_BYTES_MAX = 64 * 1024
SECTIONS_MAX = 64
SESSION_CHARS_MAX = 32  # a number of 64 bits has 20
_LINES_PER_SECTION_MAX = 400
_KINDS = {"audio", "video", "application"}
_DIRECTIONS = {"sendrecv", "sendonly", "recvonly", "inactive"}
_DIGEST_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}

UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_MID = re.compile(r"[!-~]{1,16}")
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")  # as much as fits a header extension
_HEX_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*")


class BadSdp(ValueError):
    """Not a session description, or not one that can be answered."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    algorithm: str
    value: str  # upper-case hexadecimal pairs, joined by colons


@dataclass(frozen=True, slots=True)
class Security:
    """Who the other end is, and how it checks the way to us."""

    ufrag: str
    password: str
    fingerprints: tuple[Fingerprint, ...]


@dataclass(slots=True)
class Section:
    """One m-section, as it was written."""

    kind: str
    port: int
    protocol: str
    payload_types: tuple[int, ...]
    mid: str = ""
    direction: str = "sendrecv"
    setup: str = ""
    rtcp_mux: bool = False
    bundle_only: bool = False
    rtpmaps: dict[int, str] = field(default_factory=dict)  # payload type -> "VP8/90000"
    parameters: dict[int, dict[str, str]] = field(default_factory=dict)  # payload type -> fmtp
    extensions: dict[str, int] = field(default_factory=dict)  # URI -> id
    ssrcs: list[int] = field(default_factory=list)
    repairs: dict[int, int] = field(default_factory=dict)  # ssrc of retransmissions -> ssrc repaired
    rids: list[str] = field(default_factory=list)  # of encodings that it sends (RFC 8851)
    simulcast: tuple[str, ...] = ()  # rids sent side by side, the first of alternatives (RFC 8853)

    @property
    def rejected(self) -> bool:
        return self.port == 0 and not self.bundle_only


@dataclass(frozen=True, slots=True)
class Description:
    session: str  # of the `o=` line: stays for the life of a browser's connection
    security: Security
    sections: tuple[Section, ...]

    @property
    def setups(self) -> set[str]:
        """The parts in DTLS that the living sections offer, or take."""
        return {section.setup for section in self.sections if not section.rejected}


def parse(text: str) -> Description:
    """
    Raises:
        BadSdp: with the reason.
    """
    if len(text) > SDP_BYTES_MAX or len(text.encode(errors="replace")) > SDP_BYTES_MAX:
        raise BadSdp(f"larger than {SDP_BYTES_MAX} bytes")
    session, *sections = _split(text)
    parsed = tuple(_section(lines, session) for lines in sections)
    if not parsed:
        raise BadSdp("no media section")
    mids = [section.mid for section in parsed]
    if len(set(mids)) != len(mids):
        raise BadSdp("a mid is used twice")
    live = [(s, lines) for s, lines in zip(parsed, sections, strict=True) if not s.rejected]
    if not live:
        raise BadSdp("every media section is rejected")
    if len(live) > 1:
        _require_bundle(session, [section.mid for section, _ in live])
    # In a bundle the first section's transport is everybody's (RFC 9143 7.2).
    return Description(_origin(session), _security([*live[0][1], *session]), parsed)


def _split(text: str) -> list[list[str]]:
    """The session's lines, then those of each m-section."""
    lines = [line.rstrip("\r") for line in text.strip().split("\n")]
    if lines[0] != "v=0":
        raise BadSdp("does not begin with v=0")
    parts: list[list[str]] = [[]]
    for line in lines:
        if len(line) < 2 or line[1] != "=":
            raise BadSdp("a line is not <type>=<value>")
        if line.startswith("m="):
            parts.append([])
        if len(parts) > SECTIONS_MAX + 1:
            raise BadSdp(f"more than {SECTIONS_MAX} media sections")
        if len(parts[-1]) >= _LINES_PER_SECTION_MAX:
            raise BadSdp(f"more than {_LINES_PER_SECTION_MAX} lines in a section")
        parts[-1].append(line)
    return parts


def _origin(session: Iterable[str]) -> str:
    fields = next((line.split(" ") for line in session if line.startswith("o=")), [])
    return fields[1][:SESSION_CHARS_MAX] if len(fields) > 1 else ""


def _require_bundle(session: Iterable[str], mids: Iterable[str]) -> None:
    group = next((line.split()[1:] for line in session if line.startswith("a=group:BUNDLE")), [])
    if not set(mids) <= set(group):
        raise BadSdp("the media sections are not one bundle")


def _security(lines: Iterable[str]) -> Security:
    found: dict[str, str] = {}
    fingerprints: list[Fingerprint] = []
    for line in lines:
        name, _, value = line.removeprefix("a=").partition(":")
        if name == "fingerprint":
            fingerprints.extend(_fingerprint(value))
        else:
            found.setdefault(name, value)
    ufrag, password = found.get("ice-ufrag", ""), found.get("ice-pwd", "")
    if not UFRAG.fullmatch(ufrag) or not PASSWORD.fullmatch(password):
        raise BadSdp("no usable ice-ufrag and ice-pwd")
    if not fingerprints:
        raise BadSdp("no usable fingerprint")
    return Security(ufrag, password, tuple(dict.fromkeys(fingerprints)))


def _fingerprint(value: str) -> list[Fingerprint]:
    algorithm, _, digest = value.lower().partition(" ")
    size = _DIGEST_BYTES.get(algorithm)
    if size is None:  # an algorithm that we do not know proves nothing
        return []
    if not _HEX_PAIRS.fullmatch(digest) or len(digest) != 3 * size - 1:
        raise BadSdp("a fingerprint is not one")
    return [Fingerprint(algorithm, digest.upper())]


def _section(lines: list[str], session: list[str]) -> Section:
    section = _media_line(lines[0])
    for line in (*(line for line in session if line.startswith("a=setup:")), *lines[1:]):
        if line.startswith("a="):
            _attribute(section, *line[2:].partition(":")[::2])
    if not _MID.fullmatch(section.mid):
        raise BadSdp("a media section has no mid")
    if not section.rejected and section.kind != "application" and not section.rtcp_mux:
        raise BadSdp("rtcp-mux is required")
    return section


def _media_line(line: str) -> Section:
    kind, *fields = line[2:].split(" ")
    if kind not in _KINDS or len(fields) < 3:
        raise BadSdp("an m-line is not one")
    port, protocol, *formats = fields
    if kind == "application":
        return Section(kind, _number(port, 65535), protocol, ())
    return Section(kind, _number(port, 65535), protocol, tuple(_number(f, 127) for f in formats))


def _attribute(section: Section, name: str, value: str) -> None:
    match name:
        case "mid":
            section.mid = value
        case "setup":
            section.setup = value
        case "rtcp-mux":
            section.rtcp_mux = True
        case "bundle-only":
            section.bundle_only = True
        case "rtpmap":
            number, _, codec = value.partition(" ")
            section.rtpmaps[_number(number, 127)] = codec
        case "fmtp":
            number, _, text = value.partition(" ")
            section.parameters[_number(number, 127)] = _parameters(text)
        case "extmap":
            number, _, uri = value.partition(" ")
            section.extensions[uri.partition(" ")[0]] = _number(number.partition("/")[0], 4095)
        case "ssrc":
            ssrc = _number(value.partition(" ")[0], 0xFFFFFFFF)
            if ssrc not in section.ssrcs:
                section.ssrcs.append(ssrc)
        case "ssrc-group" if value.startswith("FID "):
            repaired, *repairing = [_number(ssrc, 0xFFFFFFFF) for ssrc in value.split()[1:]] or [0]
            section.repairs.update((ssrc, repaired) for ssrc in repairing)
        case "rid":
            rid, _, rest = value.partition(" ")
            if rest.partition(" ")[0] == "send" and _RID.fullmatch(rid):
                section.rids.append(rid)
        case "simulcast":
            section.simulcast = _sent_side_by_side(value.split())
        case _ if name in _DIRECTIONS:
            section.direction = name


def _sent_side_by_side(words: list[str]) -> tuple[str, ...]:
    """Of `send q;~h,x recv y`: q and h; the tilde says that an encoding begins paused."""
    streams = next((streams for way, streams in pairwise(words) if way == "send"), "")
    rids = (stream.partition(",")[0].removeprefix("~") for stream in streams.split(";"))
    return tuple(dict.fromkeys(rid for rid in rids if _RID.fullmatch(rid)))


def _parameters(text: str) -> dict[str, str]:
    pairs = (item.strip().partition("=") for item in text.split(";"))
    return {name.lower(): value for name, _, value in pairs}


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= most):
        raise BadSdp("a number is missing or out of range")
    return int(text)
