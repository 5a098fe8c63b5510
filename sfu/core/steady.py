"""Sound without holes and overlaps, but for the gaps that are told of.

Pure.  A player lets sound run on over what is missing, and is ahead of everything else from there on, though it says
otherwise: Chromium does.  So a small hole is filled with empty frames, which a decoder bridges, and a frame whose time
is taken is left out.  Opus: RFC 6716 3.1 and 3.2.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sfu.core.recording import GAP_MS

_SILK_MS, _HYBRID_MS, _CELT_MS = (10.0, 20.0, 40.0, 60.0), (10.0, 20.0), (2.5, 5.0, 10.0, 20.0)
_HYBRID, _CELT = 12, 16  # the first configuration of each
PACKET_MS = 120.0  # the longest packet


class Placed(NamedTuple):
    data: bytes
    keyframe: bool
    at_ms: int  # of the log


class Steady:
    def __init__(self) -> None:
        self._end_ms: float | None = None  # of what came before
        self._toc = 0

    def fit(self, frame: Placed) -> Iterator[Placed]:
        """The frame, where it fits, behind empty ones where they are needed."""
        end_ms, one_ms = self._end_ms, frame_ms(frame.data)
        at_ms = float(frame.at_ms)
        if end_ms is not None and at_ms - end_ms <= GAP_MS["audio"]:
            if end_ms - at_ms > one_ms / 2:
                return
            empty = bytes((self._toc & 0xFC,))  # one frame of no bytes: lost, or not sent
            while at_ms - end_ms > frame_ms(empty) / 2:
                yield Placed(empty, True, round(end_ms))
                end_ms += frame_ms(empty)
            at_ms = end_ms
        self._end_ms, self._toc = at_ms + packet_ms(frame.data), frame.data[0]
        yield frame._replace(at_ms=round(at_ms))


def frame_ms(packet: bytes) -> float:
    """Of one of its frames."""
    config = packet[0] >> 3
    if config < _HYBRID:
        return _SILK_MS[config & 3]
    return _HYBRID_MS[config & 1] if config < _CELT else _CELT_MS[config & 3]


def packet_ms(packet: bytes) -> float:
    code = packet[0] & 3
    count = 1 if code == 0 else 2 if code < 3 else packet[1] & 0x3F if len(packet) > 1 else 0
    return min(frame_ms(packet) * count, PACKET_MS)
