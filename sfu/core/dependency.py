"""The dependency descriptor: a header extension that says which frame a packet belongs to, and on which frames that one
leans (https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension).

Pure.  Frames lean on others by difference: the numbers of a stream may be shifted together, but are not closed up where
frames are left out.  They may have holes, since Chromium counts the layers of a picture together.  They must not go
back: Chromium takes no keyframe whose number is below that of the last one, and waits for ever.  None can be read
without the structure, which the first packet of a keyframe brings.
"""

from typing import NamedTuple

FRAME_WRAP = 1 << 16
LEAST_BYTES = 3  # begin, end and template in one, then the frame's number
_STRUCTURE = 0x80  # of the byte behind these: the structure follows
LATE_MAX = 1024  # frames that one may come behind the newest; as many as packets in the cache


class Dependency(NamedTuple):
    at: int  # of the descriptor, in the packet; 0: it has none, while others of its source have
    frame: int  # its number, as it came
    newest: int  # that came of its source so far


class Frames:
    """The numbers of one source.  A keyframe begins with the structure, or no descriptor is believed until one does.

    A packet is late when newer ones came before it: it may be of an older frame, and never of a newer one.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self, *, believed: bool | None = None) -> None:
        self.believed = believed  # None: there was neither a keyframe nor a descriptor yet
        self._newest: int | None = None

    def go_on(self, packet: bytes | bytearray, at: int, *, late: bool) -> bool:
        """Is a keyframe read as what was before it?  Else it begins anew, with its descriptor or without any.

        Args:
            at: where the descriptor of its first packet is; 0: it has none.
        """
        return self._believes(packet, at, late) if structured(packet, at) else self.believed is False

    def none(self) -> Dependency | None:
        """For a packet without; None: there was never one."""
        return None if self._newest is None else Dependency(0, 0, self._newest)

    def read(self, packet: bytes | bytearray, at: int, *, late: bool = False) -> Dependency | None:
        """The descriptor at an offset; None: whoever believes it is lost."""
        if not self._believes(packet, at, late):
            return None
        frame = _number(packet, at)
        if self._newest is None or (frame - self._newest) % FRAME_WRAP < FRAME_WRAP // 2:
            self.believed, self._newest = True, frame
        return Dependency(at, frame, self._newest)

    def _believes(self, packet: bytes | bytearray, at: int, late: bool) -> bool:
        if self.believed is False or self._newest is None:
            return self.believed is not False
        behind = (self._newest - _number(packet, at)) % FRAME_WRAP
        return behind <= LATE_MAX or (behind > FRAME_WRAP // 2 and not late)


def structured(packet: bytes | bytearray, at: int) -> bool:
    """Is there a descriptor with a structure at this offset?"""
    return bool(at) and packet[at - 1] & 0x0F >= LEAST_BYTES and bool(packet[at + LEAST_BYTES] & _STRUCTURE)


def _number(packet: bytes | bytearray, at: int) -> int:
    return int.from_bytes(packet[at + 1 : at + LEAST_BYTES])


def shifted(depends: Dependency, shift: int) -> tuple[int, bytes]:
    """What to write where, so that the frame has a number so much higher."""
    return depends.at + 1, ((depends.frame + shift) % FRAME_WRAP).to_bytes(2)


def take_out(packet: bytearray, at: int) -> None:
    begin, padding = taken_out(packet, at)
    packet[begin : begin + len(padding)] = padding


def taken_out(packet: bytes | bytearray, at: int) -> tuple[int, bytes]:
    """What to write where, so that there is padding in place of the descriptor at an offset."""
    return at - 1, bytes(2 + (packet[at - 1] & 0x0F))
