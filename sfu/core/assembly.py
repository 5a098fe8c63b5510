"""Frames out of the payloads of packets: as a decoder, or a file, wants them.

Pure.  The payloads come in order (see `reorder`); after a hole pictures are left out up to the next keyframe, since
they lean on what is missing.  VP8: RFC 7741.  H.264: RFC 6184, packetization mode 1; frames are in Annex B.
"""

from typing import NamedTuple, Protocol

from sfu.core import vp8
from sfu.core.codecs import H264, VP8, Codec

_START_CODE = b"\x00\x00\x00\x01"
_STAP_A, _FU_A, _IDR, _SPS = 24, 28, 5, 7
FRAME_BYTES = 4_000_000  # one that is larger is no picture
NO_SIZE = (0, 0)


class Frame(NamedTuple):
    data: bytes
    timestamp: int  # RTP's
    keyframe: bool
    at: float  # when its first packet came, s


class Assembly(Protocol):
    waits: bool  # for a keyframe

    def add(self, payload: bytes, timestamp: int, *, marker: bool, at: float) -> Frame | None:
        """The frame that this payload completes."""

    def lost(self) -> None:
        """Something is missing between the payload before and the one to come."""


def assembly(codec: Codec) -> Assembly:
    if codec is VP8:
        return Pictures(_Vp8())
    return Pictures(_H264()) if codec is H264 else Sound()


class Sound:
    """Opus: one packet, one frame (RFC 7587 4.2)."""

    waits = False

    def add(self, payload: bytes, timestamp: int, *, marker: bool, at: float) -> Frame | None:
        return Frame(payload, timestamp, True, at) if payload else None

    def lost(self) -> None:
        pass


class _Depacketiser(Protocol):
    def part(self, payload: bytes) -> tuple[bytes, bool] | None:
        """What the payload adds to its frame, and whether a frame can begin with it; None: it is broken."""

    def keyframe(self, frame: bytes) -> bool: ...


class Pictures:
    def __init__(self, format: _Depacketiser) -> None:
        self.waits = True
        self._format = format
        self._frame = bytearray()
        self._timestamp: int | None = None  # of the frame that is being put together
        self._at = 0.0
        self._whole = False

    def add(self, payload: bytes, timestamp: int, *, marker: bool, at: float) -> Frame | None:
        part = self._format.part(payload)
        data, begins = part if part is not None else (b"", False)
        if timestamp != self._timestamp:
            if self._timestamp is not None:  # the last packet of the one before never came
                self.lost()
            self._frame, self._timestamp, self._at, self._whole = bytearray(), timestamp, at, begins
        if part is None or len(self._frame) + len(data) > FRAME_BYTES:
            self._whole = False
        if self._whole:
            self._frame += data
        if not marker:
            return None
        if not self._whole:
            self.lost()
            return None
        frame = bytes(self._frame)
        self._frame, self._timestamp, self._whole = bytearray(), None, False
        keyframe = self._format.keyframe(frame)
        self.waits = self.waits and not keyframe
        return None if self.waits or not frame else Frame(frame, timestamp, keyframe, self._at)

    def lost(self) -> None:
        self.waits, self._whole = True, False


class _Vp8:
    def part(self, payload: bytes) -> tuple[bytes, bool] | None:
        described = vp8.parse(payload, 0, len(payload))
        return None if described is None else (payload[described.payload_at :], described.begins_picture)

    def keyframe(self, frame: bytes) -> bool:
        return len(frame) >= 10 and not frame[0] & 1 and 0 not in size(VP8, frame)


class _H264:
    def __init__(self) -> None:
        self._fragment = False  # a FU-A has begun and not ended

    def part(self, payload: bytes) -> tuple[bytes, bool] | None:
        if not payload:
            return None
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            return self._fragmented(payload)
        self._fragment = False
        if kind == _STAP_A:
            return _aggregated(payload)
        return (_START_CODE + payload, True) if 0 < kind < _STAP_A else None

    def _fragmented(self, payload: bytes) -> tuple[bytes, bool] | None:
        if len(payload) < 2:
            return None
        begins, ends = payload[1] & 0x80, payload[1] & 0x40
        if begins:
            self._fragment = True
            return _START_CODE + bytes((payload[0] & 0xE0 | payload[1] & 0x1F,)) + payload[2:], True
        if not self._fragment:
            return None
        self._fragment = not ends
        return payload[2:], False

    def keyframe(self, frame: bytes) -> bool:
        """With its parameter sets: a file can begin here."""
        kinds = {unit[0] & 0x1F for unit in frame.split(_START_CODE) if unit}
        return {_IDR, _SPS} <= kinds


def _aggregated(payload: bytes) -> tuple[bytes, bool] | None:
    out, at = bytearray(), 1
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2])
        unit = payload[at + 2 : at + 2 + size]
        if not size or len(unit) < size:
            return None
        out += _START_CODE + unit
        at += 2 + size
    return (bytes(out), True) if out else None


def size(codec: Codec, keyframe: bytes) -> tuple[int, int]:
    """Width and height, where the frame says it plainly: VP8 (RFC 6386 9.1)."""
    if codec is not VP8 or keyframe[3:6] != b"\x9d\x01\x2a":
        return NO_SIZE
    return int.from_bytes(keyframe[6:8], "little") & 0x3FFF, int.from_bytes(keyframe[8:10], "little") & 0x3FFF
