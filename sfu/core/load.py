"""Packets of one layer that leave together, and what all copies of them are made of.

Pure.  A copy of a packet differs in its header only: the rest is cut once, for all viewers.  And while a layer just
goes on, so does each copy of it: what happens to all of them alike is counted once, by their `March`.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

from sfu.core.track import Packet

_HEAD_BYTES = 12  # RTP's fixed header
LOAD_MAX = 256  # packets
_LAYOUTS = 2048  # one for each size of a datagram

# Of a packet of VP8: where its picture id stands, of 15 bits, with TL0PICIDX behind it; and both.
Named = tuple[int, int, int]
# A packet's index and timestamp, what writes it, its first two bytes, all behind its fixed header, its size.
Part = tuple[int, int, Any, bytes, bytes, int, Named]
UNNAMED: Named = (0, -1, 0)


class March:
    """Loads of a layer of which each goes on where the one before ended.

    A copy that was in step with one of them is in step with the next, and nothing needs to be done to it.
    """

    __slots__ = ("changes", "newest", "octets", "packets", "picture")

    def __init__(self) -> None:
        self.changes = 0  # how often a copy that was in step fell out, or had to go another way
        self.newest: Packet | None = None
        self.picture = -1  # the last one; -1: they are not numbered
        self.packets = self.octets = 0

    def goes_on(self, load: "Load") -> bool:
        if self.newest is None:
            return True
        if load.rises_from <= self.newest.index:
            return False
        return load.pictures[0] >= self.picture >= 0 if load.pictures is not None else self.picture < 0

    def add(self, load: "Load") -> None:
        self.newest = load.packets[-1]
        self.packets += len(load.packets)
        self.octets += load.octets
        if load.pictures is not None:
            self.picture = load.pictures[1]


class Load:
    __slots__ = ("march", "octets", "packets", "parts", "pictures", "rises_from")

    def __init__(self, packets: Sequence[Packet]) -> None:
        """`packets`: at least one, at most LOAD_MAX."""
        self.packets = packets
        self.march: March  # that it belongs to, once it has joined
        self.parts: list[Part] = []
        self.octets = 0  # of payload
        self.rises_from = packets[0].index  # the first index, if each is higher than the one before; else -1
        self.pictures: tuple[int, int] | None = None  # the first and the last, if all have one and none goes back
        before, picture = -1, 0
        for packet in packets:
            data, index, named = packet.data, packet.index, _named(packet)
            size = len(data)
            layout = _layout(size)
            self.parts.append((index, packet.timestamp, layout.pack_into, data[:2], data[_HEAD_BYTES:], size, named))
            self.octets += packet.payload_bytes
            if index <= before:
                self.rises_from = -1
            picture = named[1] if named[1] >= picture >= 0 else -1
            before = index
        if picture >= 0:
            self.pictures = packets[0].picture, picture

    def join(self, before: March | None) -> March:
        """Belong to the march of the layer's load before, or begin another.  Once, when it is sent."""
        self.march = before if before is not None and before.goes_on(self) else March()
        self.march.add(self)
        return self.march


def _named(packet: Packet) -> Named:
    described = packet.descriptor
    if described is None or packet.picture < 0 or described.tl0_at != described.picture_at + 2:
        return UNNAMED
    return described.picture_at, packet.picture, described.tl0


@lru_cache(_LAYOUTS)
def _layout(size: int) -> Struct:
    """A packet in one piece: flags and payload type, sequence number, timestamp, ssrc, all the rest."""
    return Struct(f"!2sHII{size - _HEAD_BYTES}s")
