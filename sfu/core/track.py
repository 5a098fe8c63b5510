"""One published track, and its layers: the encodings of one picture that a publisher sends side by side.

Pure: packets and `now` in, packets out.  Never decodes, never sends.  Rules: MEDIA-3, LAYER-* in docs/rules.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfu.core import keyframe, rtp, vp8
from sfu.core.allocation import LAYERS, Name, Option
from sfu.core.cache import PacketCache
from sfu.core.codecs import VP8, Codec
from sfu.core.dependency import Dependency, Frames, structured, take_out
from sfu.core.rate import RateMeter
from sfu.core.roundtrip import Told
from sfu.core.rtcp import SenderReport
from sfu.core.sections import Carried
from sfu.core.sequence import Unwrapper
from sfu.core.throttle import KeyframeGate

if TYPE_CHECKING:
    from sfu.core.copying import Copy
    from sfu.core.load import March

PRELUDE = 5  # packets before the first loud one of a microphone that was silent: a word begins quietly
PRELUDE_S = 0.2  # and no older
BURST_MAX = 40  # packets since a keyframe that a new viewer is given at once; more are slower than a fresh keyframe
STALE_S = 1.0  # a layer that is so far behind the others of its track is not being sent


@dataclass(slots=True)
class Packet:
    """A packet with the payload type and extension ids of all viewers.  Never changed (`frozen` costs 1 us each)."""

    layer: "Layer"
    source: int  # which of the layer's sources it came from
    index: int
    timestamp: int
    codec: Codec
    data: bytes
    payload_bytes: int
    keyframe: bool  # begins one; for sound always True
    at: float  # when it came, s
    descriptor: vp8.Descriptor | None = None
    picture: int = -1  # index of its picture (see `sequence`), where VP8 says it
    depends: Dependency | None = None


class Layer:
    def __init__(self, name: Name) -> None:
        self.name = name
        self.cache: PacketCache[Packet] = PacketCache()
        self.keyframes = KeyframeGate()
        self.indexes = Unwrapper()
        self.source = 0  # counts the sources (ssrcs) that fed it, and where one began anew
        self.last_at: float | None = None  # the newest packet came, s
        self.sent = True  # False: the publisher sends other layers, but not this one
        self.report: SenderReport | None = None  # the newest of its source
        self.told = Told()  # when its source's reports were passed on
        self.followers: list[Copy] = []  # get its packets
        self.plan: Any = None  # its forwarder's, of how to reach them all; None: they have changed
        self.march: March | None = None  # of what was forwarded last
        self.waiting: list[Copy] = []  # begin with its next keyframe
        self._pictures = Unwrapper(vp8.PICTURE_BITS)
        self._frames = Frames()
        self._anew_at = 0  # index where its source began anew; viewers can begin with nothing that was before
        self._thins = False  # its pictures are numbered, so that some can be left out
        self._rate = RateMeter()
        self._newest = 0
        self._given = -1  # the newest index that was forwarded before the track was withheld
        self._keyframe: int | None = None  # index of the newest one's first packet

    def join(self, copy: "Copy") -> None:
        self.followers.append(copy)
        self.plan = None

    def leave(self, copy: "Copy") -> None:
        self.followers.remove(copy)
        self.plan = None

    def new_source(self) -> None:
        """Another stream feeds the layer from here on: indexes go on, and viewers wait for its first keyframe."""
        self.indexes.restart()
        self._pictures.restart()
        self._frames.restart()
        self.source += 1
        self.report = self._keyframe = None
        self.told = Told()
        self.pause()

    def pause(self) -> None:
        """Whoever follows it waits for a keyframe to go on with; what was before is not told to newcomers."""
        self._keyframe = None
        for copy in list(self.followers):
            copy.pause()

    def accept(
        self,
        index: int,
        header: rtp.Header,
        packet: bytearray,
        codec: Codec,
        depends_at: int = 0,
        *,
        now: float,
    ) -> Packet | None:
        """`packet` has its extensions renumbered already; its payload type is set here.  None: it came before.

        Args:
            depends_at: where its dependency descriptor is; 0: it has none.
        """
        packet[1] = packet[1] & 0x80 | codec.payload_type
        at, end = header.payload_at, header.payload_end
        described = vp8.parse(packet, at, end) if codec is VP8 else None
        begins = keyframe.begins_keyframe(codec.name, packet, at, end, described)
        late = index <= self._newest
        begins = begins and self._begins(index, packet, depends_at, late)
        depends = self._read(packet, depends_at, late) if depends_at else self._frames.none()
        data = bytes(packet)
        picture = self._pictures.index(described.picture) if described and described.wide else -1
        ready = Packet(
            self, self.source, index, header.timestamp, codec, data, end - at, begins, now, described, picture, depends
        )  # fmt: skip
        if not self.cache.put(ready):
            return None
        self.last_at = now
        if index > self._newest:
            self._newest = index
        self._thins = picture >= 0
        self._rate.add(len(data), described.tid if described else 0, now=now)
        if begins:
            self._keyframe = max(index, self._keyframe or 0)
            self.keyframes.seen()
        return ready

    def _begins(self, index: int, packet: bytearray, depends_at: int, late: bool) -> bool:
        """Can viewers begin with this keyframe?

        Where its frames have other numbers than before, or none, all must, as with another source's: the layer rested
        while those beside it went on counting, or the publisher leaves descriptors out.
        """
        if self._frames.go_on(packet, depends_at, late=late):
            return index >= self._anew_at
        if late and self._frames.believed is not None:  # what comes behind it was read as what was before
            return False
        self._frames.restart(believed=structured(packet, depends_at))
        self._anew_at = index
        self.source += 1
        self.pause()
        return True

    def _read(self, packet: bytearray, at: int, late: bool) -> Dependency | None:
        """Its dependency descriptor, which is taken out where it is not to be believed."""
        found = self._frames.read(packet, at, late=late)
        if found is None:
            take_out(packet, at)
        return found or self._frames.none()

    def beyond_repair(self, index: int, *, now: float) -> bool:
        """The packet is gone, and there was no keyframe after it: who misses it cannot go on without a new one."""
        return self.cache.gone(index, now=now) and (self._keyframe is None or self._keyframe < index)

    def bits_per_s(self, *, now: float) -> float:
        return self._rate.bits_per_s(now=now)

    def withhold(self) -> None:
        """Nothing is forwarded from here on; viewers go on with what `prelude` gives, or the packet after it."""
        self._given = self._newest
        self.pause()

    def prelude(self, packet: Packet, *, now: float) -> list[Packet]:
        """What was withheld just before this packet, in order."""
        first = max(packet.index - PRELUDE, self._given + 1)
        found = (self.cache.get(index, now=now) for index in range(first, packet.index))
        return [one for one in found if one is not None and one.source == self.source and now - one.at < PRELUDE_S]

    def since_keyframe(self, *, now: float) -> list[Packet]:
        """What a newcomer can begin with at once; empty when the last keyframe is too long ago."""
        first = self._keyframe
        if first is None or self._newest - first >= BURST_MAX or self.cache.get(first, now=now) is None:
            return []
        found = (self.cache.get(index, now=now) for index in range(first, self._newest + 1))
        return [packet for packet in found if packet is not None]

    def options(self, *, now: float, least: bool) -> list[Option]:
        """What a viewer can have of it, and what that costs.

        Args:
            least: it is the lowest that is sent: there is no waiting until its rate is known, and where there are
                layers in time it can be had with fewer pictures a second too.
        """
        if not least and not self._rate.known(now=now):
            return []
        full = Option(self.name, vp8.TIDS - 1, self._rate.bits_per_s(now=now))
        if not least or not self._thins:
            return [full]
        thinned = [Option(self.name, tid, self._rate.bits_per_s(tid, now=now)) for tid in self._rate.tids()[:-1]]
        return [*thinned, full]


class Track:
    def __init__(self, carried: Carried, layers: Sequence[Name] = ("high",)) -> None:
        self.carried = carried
        self.muted = False
        self.withheld = False  # a microphone that is silent, or has no place among the loudest: see `voices`
        self.layers: list[Layer] = []  # rising
        self.options: list[Option] = []  # rising; as of the last `measure`
        self.shape(layers)

    def shape(self, names: Sequence[Name]) -> None:
        """These are its layers from now on; those that stay go on."""
        if [layer.name for layer in self.layers] == [name for name in LAYERS if name in names]:
            return
        before = {layer.name: layer for layer in self.layers}
        self.layers = [before.pop(name) if name in before else Layer(name) for name in LAYERS if name in names]
        for layer in before.values():
            for copy in [*layer.followers, *layer.waiting]:
                copy.aim(None)
        self.options = [Option(self.layers[0].name, vp8.TIDS - 1, 0.0)]

    def layer(self, name: str) -> Layer | None:
        return next((layer for layer in self.layers if layer.name == name), None)

    def mute(self, on: bool) -> None:
        """Forward it to nobody, or to everybody again from a keyframe on."""
        self.muted = on
        for layer in self.layers:
            layer.pause()

    def withhold(self, on: bool) -> None:
        """Forward it to nobody, or to everybody again."""
        self.withheld = on
        if on:
            for layer in self.layers:
                layer.withhold()

    def measure(self, *, now: float) -> None:
        """Look again at which layers there are, and what they cost."""
        for layer in self.layers:
            layer.cache.tidy(now=now)
        newest = max((layer.last_at for layer in self.layers if layer.last_at is not None), default=None)
        if newest is None:
            return
        for layer in self.layers:
            layer.sent = layer.last_at is not None and layer.last_at > newest - STALE_S
        found: list[Option] = []
        for layer in (layer for layer in self.layers if layer.sent):
            for option in layer.options(now=now, least=not found):
                # A layer that costs less than a lower one carries a picture at rest: nothing is saved by the lower.
                found = [one for one in found if one.bits_per_s <= option.bits_per_s]
                found.append(option)
        self.options = found or self.options
