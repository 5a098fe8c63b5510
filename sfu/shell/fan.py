"""Who gets the packets of each layer: the one place that every forwarded packet passes.

What a turn of the port brings is collected: a viewer gets its copies of a layer together, and all leave at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from sfu.core.copying import ALL_PICTURES, Copy
from sfu.core.load import LOAD_MAX, Load
from sfu.core.rtcp import SenderReport, sender_report
from sfu.core.track import Layer, Packet, Track
from sfu.shell.wire import Follower, Forward, Lane, Outlet


class Way(Protocol):
    """Where a copy goes: a viewer's connection, or a recorder."""

    @property
    def lane(self) -> Lane | None:
        """None: nothing can be sent now."""

    def send_rtp(self, packet: bytes) -> None: ...
    def send_rtcp(self, packet: bytes) -> None: ...


class Fan:
    def __init__(self, ask: Callable[[Track], None], at_end: Callable[[Callable[[], None]], None]) -> None:
        """`ask` a track's publisher for what is due; `at_end` of the turn, call something."""
        self._ask = ask
        self._at_end = at_end
        self._turn: dict[Layer, list[Packet]] = {}
        self._ways: dict[Copy, Way] = {}

    def join(self, copy: Copy, way: Way) -> None:
        """It may follow layers from now on; `aim` says which."""
        self._ways[copy] = way

    def leave(self, copy: Copy) -> None:
        copy.aim(None)
        self._ways.pop(copy, None)

    def moved(self, copy: Copy) -> None:
        """Its way has another lane from now on, or none."""
        copy.fall_out()  # what nothing leads to is not sent
        if copy.layer is not None:
            copy.layer.plan = None

    def aim(self, copy: Copy, layer: Layer | None, tid: int = ALL_PICTURES, *, now: float) -> None:
        """Let it follow this layer: at once with what came since the last keyframe, else from the next one on.

        Ask for that one, if it waits.
        """
        way = self._ways.get(copy)
        if way is None:
            return
        copy.aim(layer, tid)
        for packet in copy.catch_up(now=now):
            if (data := copy.write(packet)) is not None:
                way.send_rtp(data)

    def want_keyframe(self, copy: Copy) -> None:
        copy.want_keyframe()
        if copy.track is not None and copy.track.carried.kind == "video":
            self._ask(copy.track)

    def mute(self, track: Track, on: bool) -> None:
        """Forward it to nobody, or to everybody again."""
        track.mute(on)
        if not on:
            for copy in [copy for layer in track.layers for copy in layer.waiting]:
                self.want_keyframe(copy)

    def put(self, packet: Packet) -> None:
        """Forward a packet at the end of the turn, if anybody follows its layer."""
        if not packet.layer.followers and not packet.layer.waiting:
            return
        if not self._turn:
            self._at_end(self._forward)
        self._turn.setdefault(packet.layer, []).append(packet)

    def send(self, turn: Mapping[Layer, Sequence[Packet]]) -> None:
        """Give all viewers their copies of these packets; they leave with the port's flush."""
        for layer, packets in turn.items():
            for n in range(0, len(packets), LOAD_MAX):
                self._send(layer, Load(packets[n : n + LOAD_MAX]))

    def report(self, layer: Layer, report: SenderReport) -> None:
        for copy in layer.followers:
            told = copy.sender_report(report)
            if told is not None:
                self._ways[copy].send_rtcp(sender_report(told))

    def _send(self, layer: Layer, load: Load) -> None:
        layer.march = load.join(layer.march)
        if layer.waiting and any(packet.keyframe for packet in load.packets):
            plan = self._plan([*layer.followers, *layer.waiting])
        elif (plan := layer.plan) is None:
            plan = layer.plan = self._plan(layer.followers)
        for forward in plan:
            forward(load)

    def _plan(self, copies: Sequence[Copy]) -> list[Forward]:
        """By where their packets leave."""
        followers: dict[Outlet, list[Follower]] = {}
        for copy in copies:
            if (lane := self._ways[copy].lane) is not None:
                followers.setdefault(lane.outlet, []).append((copy, lane))
        return [outlet.rank(of_it) for outlet, of_it in followers.items()]

    def _forward(self) -> None:
        turn, self._turn = self._turn, {}
        self.send(turn)
