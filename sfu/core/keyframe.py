"""Does a packet begin a keyframe?  Looks at the payload descriptor only, never decodes.

Pure.  VP8: RFC 7741 4.2 and 4.3.  H.264: RFC 6184 5.4 and 5.8.
"""

_H264_SPS = 7
_STAP_A, _FU_A = 24, 28


def begins_keyframe(codec: str, packet: bytes, at: int, end: int) -> bool:
    """`codec` is "VP8" or "H264"; the payload is `packet[at:end]`.  Sound has no keyframes: every packet will do."""
    match codec:
        case "VP8":
            return _vp8(packet, at, end)
        case "H264":
            return _h264(packet, at, end)
        case _:
            return True


def _vp8(packet: bytes, at: int, end: int) -> bool:
    if at >= end or packet[at] & 0x17 != 0x10:  # S set, partition 0: the first packet of a frame
        return False
    extended = packet[at] & 0x80
    at += 1
    if extended:
        if at >= end:
            return False
        flags = packet[at]
        at += 1
        if flags & 0x80 and at < end:  # picture id, of one byte or two
            at += 2 if packet[at] & 0x80 else 1
        at += 1 if flags & 0x40 else 0  # TL0PICIDX
        at += 1 if flags & 0x30 else 0  # TID, KEYIDX
    return at < end and packet[at] & 1 == 0


def _h264(packet: bytes, at: int, end: int) -> bool:
    """A sequence parameter set goes before every keyframe of a browser."""
    if at >= end:
        return False
    kind = packet[at] & 0x1F
    if kind == _STAP_A:
        return at + 3 < end and packet[at + 3] & 0x1F == _H264_SPS
    if kind == _FU_A:
        return at + 1 < end and bool(packet[at + 1] & 0x80) and packet[at + 1] & 0x1F == _H264_SPS
    return kind == _H264_SPS
