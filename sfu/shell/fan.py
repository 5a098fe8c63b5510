"""Who gets the packets of each track: the one place that every forwarded packet passes.

What a turn of the port brings is collected, so that a viewer's copies of it are made and sent together.
"""

from collections.abc import Callable, Sequence

from sfu.core.rtcp import SenderReport, sender_report
from sfu.core.track import Copy, Packet, Track
from sfu.shell.transport import Transport
from sfu.shell.wire import load


class Fan:
    def __init__(self, ask: Callable[[Track], None], at_end: Callable[[Callable[[], None]], None]) -> None:
        """`ask` a track's publisher for what is due; `at_end` of the turn, call something."""
        self._ask = ask
        self._at_end = at_end
        self._turn: dict[Track, list[Packet]] = {}
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

    def put(self, track: Track, packet: Packet) -> None:
        """Forward a packet at the end of the turn."""
        if not self._turn:
            self._at_end(self._forward)
        self._turn.setdefault(track, []).append(packet)

    def send(self, track: Track, packets: Sequence[Packet]) -> None:
        """Give every viewer of the track its copies, one viewer after another; they leave with the port's flush."""
        made = load(packets)
        for copy, transport in self._copies.get(track, ()):
            if transport.lane is not None:
                transport.lane.forward(copy, made)

    def _forward(self) -> None:
        turn, self._turn = self._turn, {}
        for track, packets in turn.items():
            self.send(track, packets)

    def report(self, track: Track, report: SenderReport) -> None:
        for copy, transport in self._copies.get(track, ()):
            told = copy.sender_report(report)
            if told is not None:
                transport.send_rtcp(sender_report(told))
