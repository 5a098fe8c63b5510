"""The dependency descriptor: a header extension that says which frame a packet belongs to, and on which frames that one
leans (https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension).

Pure.  Frames lean on others by difference: the numbers of a stream may be shifted together, but are not closed up where
frames are left out.  They may have holes, since Chromium counts the layers of a picture together.  They must not go
back: Chromium takes no keyframe whose number is below that of the last one, and waits for ever.
"""

from typing import NamedTuple

FRAME_WRAP = 1 << 16
LEAST_BYTES = 3  # begin, end and template in one, then the frame's number
LATE_MAX = 1024  # frames that one may come behind the newest; as many as packets in the cache


class Dependency(NamedTuple):
    at: int  # of the descriptor, in the packet; 0: it has none, while others of its source have
    frame: int  # its number, as it came
    newest: int  # that came of its source so far


class Frames:
    """The numbers of one source."""

    def __init__(self) -> None:
        self._newest: int | None = None

    def restart(self) -> None:
        self._newest = None

    def none(self) -> Dependency | None:
        """For a packet without; None: there was never one."""
        return None if self._newest is None else Dependency(0, 0, self._newest)

    def read(self, packet: bytes | bytearray, at: int) -> Dependency | None:
        """The descriptor at an offset; None: its number goes back, and whoever believes it is lost."""
        frame = int.from_bytes(packet[at + 1 : at + LEAST_BYTES])
        if self._newest is None or (frame - self._newest) % FRAME_WRAP < FRAME_WRAP // 2:
            self._newest = frame
        elif (self._newest - frame) % FRAME_WRAP > LATE_MAX:
            return None
        return Dependency(at, frame, self._newest)


def shifted(depends: Dependency, shift: int) -> tuple[int, bytes]:
    """What to write where, so that the frame has a number so much higher."""
    return depends.at + 1, ((depends.frame + shift) % FRAME_WRAP).to_bytes(2)


def take_out(packet: bytearray, at: int) -> None:
    begin, padding = taken_out(packet, at)
    packet[begin : begin + len(padding)] = padding


def taken_out(packet: bytes | bytearray, at: int) -> tuple[int, bytes]:
    """What to write where, so that there is padding in place of the descriptor at an offset."""
    return at - 1, bytes(2 + (packet[at - 1] & 0x0F))
