"""The recent packets of one track, kept for those who missed one; shared by all its viewers.

Pure, bounded by count and by age.  Keeps references, never copies.
"""

from typing import Generic, Protocol, TypeVar

PACKETS_MAX = 1024  # architecture: 2 s or 1,024 packets
AGE_MAX_S = 2.0


class Kept(Protocol):
    index: int
    at: float  # when it came, s


T = TypeVar("T", bound=Kept)


class PacketCache(Generic[T]):
    """A ring, addressed by index; a newer packet takes the slot of the one 1,024 before it."""

    def __init__(self, size: int = PACKETS_MAX) -> None:
        self._slots: list[T | None] = [None] * size
        self._size = size

    def put(self, packet: T) -> bool:
        """False: the packet is here already, or is older than all that is kept."""
        at = packet.index % self._size
        slot = self._slots[at]
        if slot is not None and slot.index >= packet.index:
            return False
        self._slots[at] = packet
        return True

    def get(self, index: int, *, now: float) -> T | None:
        slot = self._slots[index % self._size]
        if slot is None or slot.index != index or now - slot.at > AGE_MAX_S:
            return None
        return slot

    def gone(self, index: int, *, now: float) -> bool:
        """Too old to be kept.  A packet that has not come yet is not gone."""
        slot = self._slots[index % self._size]
        return slot is not None and (slot.index > index or (slot.index == index and now - slot.at > AGE_MAX_S))
