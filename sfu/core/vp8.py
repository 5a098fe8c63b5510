"""VP8's payload descriptor: which picture a packet belongs to, and on which layer in time (RFC 7741 4.2).

Pure.  Reads, and says how to write again, the three fields that forwarding must keep unbroken for a decoder: the
picture id, TL0PICIDX (which counts the pictures of the lowest layer in time) and the layer's number.
"""

from typing import NamedTuple

PICTURE_BITS = 15  # or 7, which browsers do not use
TL0_WRAP = 1 << 8
TIDS = 4  # layers in time; the field has two bits


class Descriptor(NamedTuple):
    """Offsets are those of the packet; a field that is not there is -1."""

    begins_picture: bool
    picture: int
    picture_at: int
    wide: bool  # the picture id has 15 bits, not 7
    tl0: int
    tl0_at: int
    tid: int  # 0 where the sender says nothing
    synced: bool  # leans on pictures of the lowest layer in time only
    payload_at: int


def parse(packet: bytes | bytearray, at: int, end: int) -> Descriptor | None:
    """The descriptor at the beginning of the payload `packet[at:end]`; None: it is cut off."""
    if at >= end:
        return None
    first = packet[at]
    begins = first & 0x17 == 0x10  # S set, partition 0
    at += 1
    flags = 0
    if first & 0x80:
        if at >= end:
            return None
        flags = packet[at]
        at += 1
    picture = picture_at = tl0 = tl0_at = -1
    wide = synced = False
    tid = 0
    if flags & 0x80:
        if at >= end:
            return None
        picture_at, wide = at, packet[at] > 127
        if at + wide >= end:
            return None
        picture = (packet[at] & 0x7F) << 8 | packet[at + 1] if wide else packet[at]
        at += 2 if wide else 1
    if flags & 0x40:
        if at >= end:
            return None
        tl0_at, tl0 = at, packet[at]
        at += 1
    if flags & 0x30:  # TID and KEYIDX share a byte
        if at >= end:
            return None
        if flags & 0x20:
            tid, synced = packet[at] >> 6, bool(packet[at] & 0x20)
        at += 1
    # As `Descriptor(...)`, in less than half the time.
    return tuple.__new__(Descriptor, (begins, picture, picture_at, wide, tl0, tl0_at, tid, synced, at))


def patches(descriptor: Descriptor, picture: int, tl0: int) -> list[tuple[int, bytes]]:
    """What to write where, so that the packet carries these two instead; neither is written where it was not."""
    found = []
    if descriptor.picture_at >= 0:
        value = (0x8000 | picture & 0x7FFF).to_bytes(2) if descriptor.wide else bytes((picture & 0x7F,))
        found.append((descriptor.picture_at, value))
    if descriptor.tl0_at >= 0:
        found.append((descriptor.tl0_at, bytes((tl0 % TL0_WRAP,))))
    return found
