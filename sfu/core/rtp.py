"""RTP headers: read where they lie, and write the few fields that forwarding changes (RFC 3550 5.1, RFC 8285).

Pure.  Never copies or looks at a payload, except to move the two bytes that a retransmission adds (RFC 4588).
"""

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

HEADER_BYTES = 12
EXTENSION_IDS = range(1, 15)  # one-byte form; 15 is reserved
_ONE_BYTE_FORM = 0xBEDE

Element = tuple[int, int, int]  # of a header extension: its id, where its value begins, the value's length

_FIXED = Struct("!BBHII")
_EXTENSION = Struct("!HH")
_SEQUENCE = Struct("!H")


class Header(NamedTuple):
    """What a packet says of itself, and where its parts begin (offsets in bytes)."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    extensions_at: int  # equal to extensions_end when there are none
    extensions_end: int
    payload_at: int
    payload_end: int  # padding lies behind it


def is_rtcp(packet: bytes | memoryview) -> bool:
    """Tell RTCP from RTP when both come from one port (RFC 5761 4)."""
    return len(packet) >= 2 and 192 <= packet[1] <= 223


def parse(packet: bytes | bytearray) -> Header | None:
    """None: this is not an RTP packet."""
    size = len(packet)
    if size < HEADER_BYTES:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(packet)
    if first >> 6 != 2:
        return None
    at = end = payload = HEADER_BYTES + 4 * (first & 0x0F)
    if first & 0x10:
        if size < at + 4:
            return None
        form, words = _EXTENSION.unpack_from(packet, at)
        at += 4
        payload = at + 4 * words
        # Only the one-byte form is negotiated; elements of another form are nobody's.
        end = payload if form == _ONE_BYTE_FORM else at
    if payload > size:
        return None
    padding = packet[-1] if first & 0x20 else 0
    if payload + padding > size or (first & 0x20 and not padding):
        return None
    # As `Header(...)`, which is a call more.
    return tuple.__new__(
        Header, (second > 127, second & 0x7F, sequence, timestamp, ssrc, at, end, payload, size - padding)
    )  # fmt: skip


def extensions(packet: bytes | bytearray, header: Header) -> list[Element]:
    """Each header extension element."""
    found = []
    at, end = header.extensions_at, header.extensions_end
    while at < end:
        lead = packet[at]
        if lead == 0:  # padding
            at += 1
            continue
        number, length = lead >> 4, (lead & 0x0F) + 1
        at += 1
        if number not in EXTENSION_IDS or at + length > end:
            break
        found.append((number, at, length))
        at += length
    return found


def extension(packet: bytes | bytearray, elements: Iterable[Element], number: int) -> bytes | bytearray:
    """The value of the element with this id; empty when there is none."""
    for found, at, length in elements:
        if found == number:
            return packet[at : at + length]
    return b""


def renumber(packet: bytearray, element: Element, number: int) -> None:
    """Give the element this id, in place; 0 turns it into padding."""
    _, at, length = element
    if number:
        packet[at - 1] = number << 4 | (length - 1)
    else:
        packet[at - 1 : at + length] = bytes(1 + length)


@lru_cache(1)  # of all packets of a turn
def send_time(now: float) -> bytes:
    """The value of abs-send-time: seconds in 6.18 fixed point."""
    return (int(now * (1 << 18)) & 0xFFFFFF).to_bytes(3)


def readdress(packet: bytes, payload_type: int, sequence: int, timestamp: int, ssrc: int) -> bytes:
    """A copy of `packet` with these four fields; the marker stays."""
    head = _FIXED.pack(packet[0], packet[1] & 0x80 | payload_type, sequence, timestamp, ssrc)
    return head + packet[HEADER_BYTES:]


def wrap_rtx(packet: bytes, header: Header, payload_type: int, sequence: int, ssrc: int) -> bytes:
    """The retransmission of `packet`: its own stream, the old sequence number before the payload (RFC 4588 4)."""
    head = _FIXED.pack(packet[0], packet[1] & 0x80 | payload_type, sequence, header.timestamp, ssrc)
    at = header.payload_at
    return head + packet[HEADER_BYTES:at] + _SEQUENCE.pack(header.sequence) + packet[at:]


def padding(payload_type: int, sequence: int, ssrc: int, number: int, *, now: float) -> bytes:
    """A packet of 255 bytes of padding and the time of sending as the extension `number`."""
    head = _FIXED.pack(0x80 | 0x20 | 0x10, payload_type, sequence, 0, ssrc) + _EXTENSION.pack(_ONE_BYTE_FORM, 1)
    return head + bytes((number << 4 | 2,)) + send_time(now) + bytes(254) + b"\xff"


def unwrap_rtx(packet: bytes, header: Header, payload_type: int, ssrc: int) -> bytes | None:
    """The packet that a retransmission carries; None when it carries none (it only probes the line)."""
    at = header.payload_at
    if header.payload_end < at + 2:
        return None
    (sequence,) = _SEQUENCE.unpack_from(packet, at)
    head = _FIXED.pack(packet[0], packet[1] & 0x80 | payload_type, sequence, header.timestamp, ssrc)
    return head + packet[HEADER_BYTES:at] + packet[at + 2 :]
