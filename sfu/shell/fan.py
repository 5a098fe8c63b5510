"""Who gets the packets of each track: the one place that every forwarded packet passes.

One `write` and one `send` for each viewer; a faster send path goes behind `send`, and nothing else changes.
"""

from collections.abc import Callable

from sfu.core.copying import ALL_PICTURES, Copy
from sfu.core.rtcp import SenderReport, sender_report
from sfu.core.track import Layer, Packet, Track
from sfu.shell.transport import Transport


class Fan:
    def __init__(self, ask: Callable[[Track], None]) -> None:
        self._ask = ask
        self._lines: dict[Copy, Transport] = {}

    def join(self, copy: Copy, transport: Transport) -> None:
        """It may follow layers from now on; `aim` says which."""
        self._lines[copy] = transport

    def leave(self, copy: Copy) -> None:
        copy.aim(None)
        self._lines.pop(copy, None)

    def aim(self, copy: Copy, layer: Layer | None, tid: int = ALL_PICTURES, *, now: float) -> None:
        """Let it follow this layer: at once with what came since the last keyframe, else from the next one on."""
        if copy not in self._lines:
            return
        copy.aim(layer, tid)
        for packet in copy.catch_up(now=now):
            self._give(copy, packet)
        if copy.waits:
            self.want_keyframe(copy)

    def want_keyframe(self, copy: Copy) -> None:
        copy.want_keyframe()
        if copy.track.carried.kind == "video":
            self._ask(copy.track)

    def mute(self, track: Track, on: bool) -> None:
        """Forward it to nobody, or to everybody again."""
        track.mute(on)
        if not on:
            for copy in [copy for layer in track.layers for copy in layer.waiting]:
                self.want_keyframe(copy)

    def send(self, track: Track, packet: Packet) -> None:
        layer = packet.layer
        takers = [*layer.followers, *layer.waiting] if packet.keyframe and layer.waiting else layer.followers
        for copy in takers:
            self._give(copy, packet)

    def report(self, layer: Layer, report: SenderReport) -> None:
        for copy in layer.followers:
            told = copy.sender_report(report)
            if told is not None:
                self._lines[copy].send_rtcp(sender_report(told))

    def _give(self, copy: Copy, packet: Packet) -> None:
        data = copy.write(packet)
        if data is not None:
            self._lines[copy].send_rtp(data)
