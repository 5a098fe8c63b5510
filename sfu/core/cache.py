"""The recent packets of one track, kept for those who missed one; shared by all its viewers.

Pure, bounded by count and by age.  Keeps references, never copies.
"""

from typing import Generic, Protocol, TypeVar

PACKETS_MAX = 1024  # architecture: 2 s or 1,024 packets
AGE_MAX_S = 2.0
_LOOKS = 16  # at slots, for each packet that comes: more than it fills, so that what is too old is soon let go


class Kept(Protocol):
    index: int
    at: float  # when it came, s


T = TypeVar("T", bound=Kept)


class PacketCache(Generic[T]):
    """A ring, addressed by index; a newer packet takes the slot of the one 1,024 before it.

    A hand goes round after the packets and lets go of those that are too old: of few a second, 1,024 are minutes.
    """

    def __init__(self, size: int = PACKETS_MAX) -> None:
        self._slots: list[T | None] = [None] * size
        self._size = size
        self._hand = 0
        self._put = -1  # the index that was put last
        self._let_go = -1  # the highest index; what is not above it is of no use any more

    def put(self, packet: T) -> bool:
        """False: the packet is here already, or is older than all that is kept."""
        self.tidy(now=packet.at)
        self._put = packet.index
        at = packet.index % self._size
        slot = self._slots[at]
        if (slot is not None and slot.index >= packet.index) or packet.index <= self._let_go:
            return False
        self._slots[at] = packet
        return True

    def get(self, index: int, *, now: float) -> T | None:
        slot = self._slots[index % self._size]
        if slot is None or slot.index != index or now - slot.at > AGE_MAX_S:
            return None
        return slot

    def gone(self, index: int, *, now: float) -> bool:
        """Too old to be kept.  A packet that may yet come is not gone."""
        if index <= self._let_go:
            return True
        slot = self._slots[index % self._size]
        return slot is not None and (slot.index > index or (slot.index == index and now - slot.at > AGE_MAX_S))

    def tidy(self, *, now: float) -> None:
        """Let go of some that are too old; the stream may have stopped."""
        for _ in range(_LOOKS):
            slot = self._slots[self._hand]
            if slot is not None:
                if now - slot.at <= AGE_MAX_S:
                    return
                self._slots[self._hand] = None
                if slot.index < self._put:  # else its number leapt ahead, and the stream goes on below
                    self._let_go = max(self._let_go, slot.index)
            self._hand = (self._hand + 1) % self._size
