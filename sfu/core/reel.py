"""One stream as a file wants it: packets in, and out of them frames in order, each at its instant of the room's log.

Pure.  Rules: REC-2, REC-3 in docs/rules.md.
"""

from collections.abc import Iterator

from sfu.core import rtp
from sfu.core.assembly import assembly
from sfu.core.codecs import CODECS, Codec
from sfu.core.reorder import Reorder
from sfu.core.steady import Placed, Steady
from sfu.core.timeline import Timeline

BY_PAYLOAD_TYPE = {codec.payload_type: codec for codec in CODECS}


class Reel:
    def __init__(self, codec: Codec, zero_s: float) -> None:
        """`zero_s`: our time at the log's 0."""
        self.codec = codec
        self._zero_s = zero_s
        self._reorder: Reorder[tuple[bytes, rtp.Header, float]] = Reorder()
        self._assembly = assembly(codec)
        self._timeline = Timeline(codec.clock_hz)
        self._steady = Steady() if codec.kind == "audio" else None

    @property
    def waits(self) -> bool:
        """For a keyframe."""
        return self._assembly.waits

    def broken(self) -> None:
        """Frames that came out could not be kept: those that lean on them are of no use."""
        self._assembly.lost()

    def put(self, packet: bytes, header: rtp.Header, *, at: float) -> None:
        self._reorder.put(header.sequence, (packet, header, at), now=at)

    def take(self, *, now: float, patient: bool = True) -> Iterator[Placed]:
        """What can go on; not `patient`: nothing more will come."""
        for found in self._reorder.take(now=now if patient else float("inf")):
            if found is None:
                self._assembly.lost()
                continue
            packet, header, at = found
            payload = packet[header.payload_at : header.payload_end]
            frame = self._assembly.add(payload, header.timestamp, marker=header.marker, at=at)
            if frame is not None:
                when_s = self._timeline.place(frame.timestamp, at=frame.at) - self._zero_s
                placed = Placed(frame.data, frame.keyframe, max(0, round(when_s * 1000)))
                yield from self._steady.fit(placed) if self._steady is not None else (placed,)
