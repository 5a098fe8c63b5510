"""The packets of a teacher's tracks as a load sends them, and what a viewer must find in its copy.  Pure.

A packet has the size that is asked for, its RTP header and a browser's extensions included.  Video is VP8 in frames of
ten packets, each with the payload descriptor that Chromium writes (RFC 7741 4.2: a picture id of 15 bits); it carries
no picture, and nobody decodes it.  Behind the descriptor stand the time of sending, the packet's number and a filling
of the stream's own: a viewer that decrypts knows what is missing, what is wrong, and how long it took.
"""

import random
from struct import Struct
from typing import NamedTuple

from sfu.core import rtp

AUDIO_LEVEL_ID, ABS_SEND_TIME_ID = 1, 2  # as `descriptions` offers them
FRAME_PACKETS = 10
KEYFRAME_FRAMES = 30  # a keyframe at the latest after so many, asked for or not
LEVEL = 0x80 | 30  # a voice, 30 dB below the loudest (RFC 6464)

_HEAD = Struct("!BBHII")
_TIME = Struct("!HHB3s")  # the extension's head, and abs-send-time in it
_LEVEL = Struct("!BBxx")
_VP8 = Struct("!BBHB")  # descriptor: X and S, I, picture id; then the first byte of the payload, bit 0: no keyframe
_STAMP = Struct("!QI")


class Stamp(NamedTuple):
    sent_ns: int  # since 1970
    number: int  # of the packet in its stream, from 0


class Stream:
    """One track's packets, in order; `Voice` or `Picture`."""

    kind: str
    clock_hz: int
    payload_type: int
    header_bytes: int  # RTP and its extensions
    stamp_at: int  # bytes of payload before the stamp

    def __init__(self, ssrc: int, size: int) -> None:
        self.ssrc = ssrc
        self.size = size  # bytes of RTP
        self.next = 0
        self.wants_keyframe = True
        self._filling = random.Random(ssrc).randbytes(size - self.header_bytes - self.stamp_at - _STAMP.size)

    def packet(self, now_ns: int) -> bytes:
        """The next one, sent now."""
        number, self.next = self.next, self.next + 1
        return self._head(number, now_ns) + _STAMP.pack(now_ns, number) + self._filling

    def read(self, packet: bytes, header: rtp.Header) -> Stamp | None:
        """What a viewer's copy of a packet says; None: it is not what was sent."""
        at = header.payload_at + self.stamp_at
        if header.payload_end < at + _STAMP.size:
            return None
        stamp = Stamp(*_STAMP.unpack_from(packet, at))
        whole = packet[at + _STAMP.size : header.payload_end] == self._filling
        return stamp if whole and stamp.number < self.next else None

    def _head(self, number: int, now_ns: int) -> bytes:
        raise NotImplementedError

    def _rtp(self, number: int, now_ns: int, *, marker: bool, words: int) -> bytes:
        """The fixed header, and an extension of so many words that begins with the time of sending."""
        seconds_6_18 = (now_ns * (1 << 18) // 1_000_000_000 & 0xFFFFFF).to_bytes(3)
        first, second = 0x90, marker << 7 | self.payload_type
        return _HEAD.pack(first, second, number & 0xFFFF, self.ticks(number, now_ns), self.ssrc) + _TIME.pack(
            0xBEDE, words, ABS_SEND_TIME_ID << 4 | 2, seconds_6_18
        )

    def ticks(self, number: int, now_ns: int) -> int:
        return now_ns * self.clock_hz // 1_000_000_000 & 0xFFFFFFFF


class Voice(Stream):
    kind, clock_hz, payload_type, header_bytes, stamp_at = "audio", 48_000, 111, 24, 0

    def _head(self, number: int, now_ns: int) -> bytes:
        return self._rtp(number, now_ns, marker=False, words=2) + _LEVEL.pack(AUDIO_LEVEL_ID << 4, LEVEL)


class Picture(Stream):
    kind, clock_hz, payload_type, header_bytes, stamp_at = "video", 90_000, 96, 20, _VP8.size

    def __init__(self, ssrc: int, size: int) -> None:
        super().__init__(ssrc, size)
        self._frame = self._since_keyframe = self._frame_ticks = 0
        self._keyframe = False

    def ticks(self, number: int, now_ns: int) -> int:
        return self._frame_ticks

    def _head(self, number: int, now_ns: int) -> bytes:
        place = number % FRAME_PACKETS
        if place == 0:
            self._begin(now_ns)
        starts = 0x10 if place == 0 else 0
        return self._rtp(number, now_ns, marker=place == FRAME_PACKETS - 1, words=1) + _VP8.pack(
            0x80 | starts, 0x80, 0x8000 | self._frame, not self._keyframe
        )

    def _begin(self, now_ns: int) -> None:
        self._frame_ticks = super().ticks(0, now_ns)
        self._frame = self._frame + 1 & 0x7FFF
        self._since_keyframe += 1
        self._keyframe = self.wants_keyframe or self._since_keyframe > KEYFRAME_FRAMES
        if self._keyframe:
            self._since_keyframe, self.wants_keyframe = 0, False
