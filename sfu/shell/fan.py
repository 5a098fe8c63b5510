"""Who gets the packets of each track: the one place that every forwarded packet passes.

One `write` and one `send` for each viewer; a faster send path goes behind `send`, and nothing else changes.
"""

from collections.abc import Callable

from sfu.core.rtcp import SenderReport, sender_report
from sfu.core.track import Copy, Packet, Track
from sfu.shell.transport import Transport


class Fan:
    def __init__(self, ask: Callable[[Track], None]) -> None:
        self._ask = ask
        self._copies: dict[Track, list[tuple[Copy, Transport]]] = {}

    def join(self, copy: Copy, transport: Transport) -> None:
        self._copies.setdefault(copy.track, []).append((copy, transport))
        self.want_keyframe(copy.track)

    def leave(self, copy: Copy) -> None:
        rest = [pair for pair in self._copies.get(copy.track, ()) if pair[0] is not copy]
        if rest:
            self._copies[copy.track] = rest
        else:
            self._copies.pop(copy.track, None)

    def want_keyframe(self, track: Track) -> None:
        if track.carried.kind == "video":
            track.keyframes.want()
            self._ask(track)

    def send(self, track: Track, packet: Packet) -> None:
        for copy, transport in self._copies.get(track, ()):
            data = copy.write(packet)
            if data is not None:
                transport.send_rtp(data)

    def report(self, track: Track, report: SenderReport) -> None:
        for copy, transport in self._copies.get(track, ()):
            told = copy.sender_report(report)
            if told is not None:
                transport.send_rtcp(sender_report(told))
