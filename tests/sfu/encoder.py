"""A publisher of VP8 in layers, as far as a forwarder sees it: packets with all the numbers that must go on.

Written by hand, so that tests do not trust the code under test.
"""

import struct
from dataclasses import dataclass

from sfu.core import rtp
from sfu.core.codecs import VP8
from sfu.core.rtcp import SenderReport
from sfu.core.track import Layer, Packet
from tests.sfu import packets

TIDS = (0, 2, 1, 2)  # what Chromium does: every second picture can be left out, and of the rest every second
HZ = 90_000


@dataclass
class Encoder:
    """One layer: two calls of `picture` give two pictures, each in packets."""

    layer: Layer
    sequence: int = 65_530
    ticks: int = (1 << 32) - 20_000  # timestamp of the instant 0
    picture_id: int = 0x7FFD
    tl0: int = 254
    turn: int = 0
    made: int = 0

    def picture(self, *, now: float, key: bool = False, parts: int = 1) -> list[bytes]:
        if key:
            self.turn = 0
        tid = TIDS[self.turn % 4]
        synced = tid > 0 and self.turn < 4
        self.turn += 1
        self.picture_id = (self.picture_id + 1) & 0x7FFF
        self.tl0 = (self.tl0 + (tid == 0)) & 0xFF
        return [self._packet(part, parts, tid, synced, key, now) for part in range(parts)]

    def restart(self, shift: int) -> None:
        """Another stream, with other numbers."""
        self.layer.new_source()
        self.sequence, self.ticks = (self.sequence + shift) & 0xFFFF, (self.ticks + 7919 * shift) & 0xFFFFFFFF
        self.picture_id, self.tl0 = (self.picture_id + shift) & 0x7FFF, (self.tl0 + shift) & 0xFF

    def report(self, *, now: float) -> SenderReport:
        return SenderReport(1, int(now * (1 << 32)), self._timestamp(now), 0, 0)

    def accept(self, data: bytes, *, now: float) -> Packet | None:
        header = rtp.parse(data)
        assert header is not None
        return self.layer.accept(self.layer.indexes.index(header.sequence), header, bytearray(data), VP8, now=now)

    def _timestamp(self, now: float) -> int:
        return (self.ticks + round(now * HZ)) & 0xFFFFFFFF

    def _packet(self, part: int, parts: int, tid: int, synced: bool, key: bool, now: float) -> bytes:
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.made += 1
        payload = described(self.picture_id, self.tl0, tid, synced=synced, begins=part == 0)
        payload += bytes((not (key and part == 0),)) + f"{self.layer.name} {self.made}".encode()
        return packets.rtp(
            self.sequence, payload, payload_type=96, timestamp=self._timestamp(now), marker=part == parts - 1
        )  # fmt: skip


def described(picture: int, tl0: int, tid: int, *, synced: bool = False, begins: bool = True) -> bytes:
    """A payload descriptor with all its fields: X, S; I, L, T; a picture id of 15 bits."""
    return struct.pack("!BBHBB", 0x90 if begins else 0x80, 0xE0, 0x8000 | picture, tl0, tid << 6 | synced << 5)


@dataclass(frozen=True)
class Seen:
    """A packet as a viewer got it, read by hand."""

    sequence: int
    timestamp: int
    picture: int
    tl0: int
    tid: int
    content: bytes


def seen(data: bytes) -> Seen:
    sequence, timestamp = struct.unpack_from("!HI", data, 2)
    picture, tl0, tid = struct.unpack_from("!HBB", data, 14)
    return Seen(sequence, timestamp, picture & 0x7FFF, tl0, tid >> 6, data[18:])
