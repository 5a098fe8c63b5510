"""The recent packets of one track, kept for those who missed one; shared by all its viewers.

Pure, bounded by count and by age.  Keeps references, never copies.
"""

from typing import Generic, TypeVar

PACKETS_MAX = 1024  # architecture: 2 s or 1,024 packets
AGE_MAX_S = 2.0

T = TypeVar("T")


class PacketCache(Generic[T]):
    """A ring, addressed by index; a newer packet takes the slot of the one 1,024 before it."""

    def __init__(self, size: int = PACKETS_MAX) -> None:
        self._slots: list[tuple[int, float, T] | None] = [None] * size
        self._size = size

    def put(self, index: int, packet: T, *, now: float) -> bool:
        """False: the packet is here already, or is older than all that is kept."""
        slot = self._slots[index % self._size]
        if slot is not None and slot[0] >= index:
            return False
        self._slots[index % self._size] = (index, now, packet)
        return True

    def get(self, index: int, *, now: float) -> T | None:
        slot = self._slots[index % self._size]
        if slot is None or slot[0] != index or now - slot[1] > AGE_MAX_S:
            return None
        return slot[2]

    def gone(self, index: int, *, now: float) -> bool:
        """Too old to be kept.  A packet that has not come yet is not gone."""
        slot = self._slots[index % self._size]
        return slot is not None and (slot[0] > index or (slot[0] == index and now - slot[1] > AGE_MAX_S))
