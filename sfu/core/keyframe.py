"""Does a packet begin a keyframe?  Looks at the payload descriptor only, never decodes.

Pure.  VP8: RFC 7741 4.3, by its descriptor (see `vp8`).  H.264: RFC 6184 5.4 and 5.8.
"""

from sfu.core.vp8 import Descriptor

_H264_SPS = 7
_STAP_A, _FU_A = 24, 28


def begins_keyframe(codec: str, packet: bytes | bytearray, at: int, end: int, vp8: Descriptor | None) -> bool:
    """`codec` is "VP8" or "H264"; the payload is `packet[at:end]`.  Sound has no keyframes: every packet will do."""
    match codec:
        case "VP8":
            return vp8 is not None and vp8.begins_picture and vp8.payload_at < end and not packet[vp8.payload_at] & 1
        case "H264":
            return _h264(packet, at, end)
        case _:
            return True


def _h264(packet: bytes | bytearray, at: int, end: int) -> bool:
    """A sequence parameter set goes before every keyframe of a browser."""
    if at >= end:
        return False
    kind = packet[at] & 0x1F
    if kind == _STAP_A:
        return at + 3 < end and packet[at + 3] & 0x1F == _H264_SPS
    if kind == _FU_A:
        return at + 1 < end and bool(packet[at + 1] & 0x80) and packet[at + 1] & 0x1F == _H264_SPS
    return kind == _H264_SPS
