"""A camera whose packets have dependency descriptors, and what viewers get of it.

The packets are those of Chromium 156 with three layers: of H.264 with three layers in time each, from two keyframes on,
and a few of VP8, all without most of their payload.  They passed the line in this order.
"""

from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

from sfu.core import rtp, sdp
from sfu.core.allocation import LAYERS
from sfu.core.codecs import DEPENDENCIES_ID
from sfu.core.copying import Copy
from sfu.core.dependency import FRAME_WRAP, LATE_MAX
from sfu.core.feed import Drop
from sfu.core.intake import Intake
from sfu.core.publishing import plan
from sfu.core.sections import Carried
from sfu.core.track import Packet, Track
from tests.sfu import packets

CAPTURED = Path(__file__).with_name("chromium-156-dependencies.txt").read_text().splitlines()
H264 = [bytes.fromhex(line.split()[1]) for line in CAPTURED if line.startswith("H264")]
VP8 = [bytes.fromhex(line.split()[1]) for line in CAPTURED if line.startswith("VP8")]
SECOND = 36  # packet of H264 from which on it is the second time
STRUCTURE = 16  # bytes of a descriptor that brings its structure
KEYFRAME = [H264[n] for n in (4, 7, 9, 11, 11)]  # and four pictures more, each of one packet that says its layer
KEYFRAME_ABOVE = [H264[n] for n in (0, 1, 2, 3, 6)]


class Stage:
    """A publisher's camera, and what has come of it."""

    def __init__(self) -> None:
        self.track = Track(Carried("t1", 1, "camera", "video"), LAYERS)
        self.intake = Intake()
        offer = sdp.parse(packets.offer(packets.DEPENDING))
        (entry,) = plan(offer, {"0": "t1"}, {"0": "camera"})
        self.intake.configure([(entry, self.track)])
        self.now = 1.0
        self.sent: list[bytes] = []

    def bring(self, came: list[bytes], *copies: Copy) -> list[Packet]:
        return list(self.bring_one_by_one(came, *copies))

    def bring_one_by_one(self, came: list[bytes], *copies: Copy) -> Iterator[Packet]:
        for data in came:
            self.now += 0.001
            result = self.intake.receive(data, now=self.now)
            assert not isinstance(result, Drop)
            self.sent += [written for copy in copies if (written := copy.write(result[1])) is not None]
            yield result[1]

    def receive(self, data: bytes) -> Packet | None:
        """Have it come in, and be sent to nobody yet."""
        self.now += 0.001
        result = self.intake.receive(data, now=self.now)
        return None if isinstance(result, Drop) else result[1]

    def copy(self, *, layer: int | None = None, depends: bool = True, rtx_ssrc: int = 0) -> Copy:
        copy = Copy(self.track, ssrc=7, rtx_ssrc=rtx_ssrc, first_sequence=100, depends=depends)
        copy.aim(None if layer is None else self.track.layers[layer])
        return copy

    @property
    def descriptors(self) -> list[bytes]:
        """Of what was sent, where there is one."""
        return [found for data in self.sent if (found := descriptor(data))]


class Encoder:
    """One layer of a camera that sends a keyframe, four pictures more, and so on, each in one packet."""

    def __init__(self, of: list[bytes]) -> None:
        self._packets = zip(cycle(of), count(int.from_bytes(of[0][2:4])), strict=False)
        self._frames = count(1)

    def next(self, how: str = "whole") -> bytes:
        packet, number = next(self._packets)
        data = bytearray(packet)
        data[2:4] = (number % FRAME_WRAP).to_bytes(2)
        found = descriptor(packet, packets.DEPENDING_ID)
        frame = next(self._frames) + (30_000 if how == "ahead" else -30_000 if how == "back" else 0)
        at = packet.index(found)
        data[at + 1 : at + 3] = (frame % FRAME_WRAP).to_bytes(2)
        match how:
            case "without":
                data[at - 1 : at + len(found)] = bytes(1 + len(found))
            case "bare":  # of its structure, or what else there is
                data[at - 1] = packets.DEPENDING_ID << 4 | 2
                data[at + 3 : at + len(found)] = bytes(len(found) - 3)
        return bytes(data)


def descriptor(data: bytes, number: int = DEPENDENCIES_ID) -> bytes:
    header = rtp.parse(data)
    assert header is not None
    return bytes(rtp.extension(data, rtp.extensions(data, header), number))


def of_the_low_layer(came: list[bytes]) -> list[bytes]:
    return [data for data in came if data[8:12] == H264[5][8:12]]


def number_of(found: bytes) -> int:
    return int.from_bytes(found[1:3])


def without(data: bytes) -> bytes:
    header = rtp.parse(data)
    assert header is not None
    packet = bytearray(data)
    for number, at, length in rtp.extensions(data, header):
        if number == packets.DEPENDING_ID:
            packet[at - 1 : at + length] = bytes(1 + length)
    return bytes(packet)


def renumbered(data: bytes, shift: int) -> bytes:
    header = rtp.parse(data)
    assert header is not None
    packet = bytearray(data)
    for number, at, _ in rtp.extensions(data, header):
        if number == packets.DEPENDING_ID:
            packet[at + 1 : at + 3] = ((number_of(data[at : at + 3]) + shift) % FRAME_WRAP).to_bytes(2)
    return bytes(packet)


def numbers_go_on(sent: list[bytes]) -> bool:
    """Is no frame behind the newest by more than a late one may be?"""
    numbers = [number_of(found) for data in sent if (found := descriptor(data))]
    newest = numbers[0] if numbers else 0
    for one in numbers:
        if (one - newest) % FRAME_WRAP < FRAME_WRAP // 2:
            newest = one
        elif (newest - one) % FRAME_WRAP > LATE_MAX:
            return False
    return True
