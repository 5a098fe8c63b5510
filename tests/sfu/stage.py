"""One publisher in three layers and one viewer's copy, without sockets; and what may happen to them, for hypothesis."""

from collections.abc import Iterator

from hypothesis import strategies as st

from sfu.core.allocation import LAYERS
from sfu.core.copying import ALL_PICTURES, Copy
from sfu.core.sections import Carried
from sfu.core.track import Packet, Track
from tests.sfu.encoder import Encoder, Seen, seen

FRAME_S = 1 / 30
OVERTAKEN_MAX = 3 + 3 - 1  # packets that come before one that comes later: of its picture, and of the next


class Stage:
    """A track in three layers, one viewer's copy of it, and all that the viewer got."""

    def __init__(self, *, rtx_ssrc: int = 0) -> None:
        self.track = Track(Carried("t1", 1, "camera", "video"), LAYERS)
        self.copy = Copy(self.track, ssrc=77, rtx_ssrc=rtx_ssrc, first_sequence=65_000)
        self.encoders = [
            Encoder(layer, 65_530 + n, 1000 * n, 0x7FF0 + n, 250 + n) for n, layer in enumerate(self.track.layers)
        ]
        for layer in self.track.layers:
            layer.new_source()
        self.now = 100.0
        self.sent: list[bytes] = []
        self.lost = 0  # packets that never came, or not in order
        self._late: list[tuple[Encoder, bytes]] = []

    @property
    def got(self) -> list[Seen]:
        return [seen(data) for data in self.sent]

    def aim(self, layer: int | None, tid: int = ALL_PICTURES) -> None:
        self.copy.aim(None if layer is None else self.track.layers[layer], tid)

    def show(self, *, key: bool = False, parts: int = 1, lose: int = -1, delay: int = -1) -> None:
        """All layers send the next picture; of each, packet `lose` gets lost and packet `delay` comes later."""
        self.now += FRAME_S
        late, self._late = self._late, []
        for encoder in self.encoders:
            for n, data in enumerate(encoder.picture(now=self.now, key=key, parts=parts)):
                if n in (lose, delay):
                    self.lost += 1
                    if n == delay:
                        self._late.append((encoder, data))
                else:
                    self.forward(encoder, data)
        for encoder, data in late:
            began = self.copy.layer is encoder.layer
            self.forward(encoder, data)
            if not began and self.copy.layer is encoder.layer:  # with a keyframe whose other parts came before
                self.lost += OVERTAKEN_MAX

    def forward(self, encoder: Encoder, data: bytes) -> None:
        if (packet := encoder.accept(data, now=self.now)) is not None:
            self.take(packet)

    def take(self, packet: Packet) -> None:
        if (written := self.copy.write(packet)) is not None:
            self.sent.append(written)

    def restart(self, layer: int, shift: int) -> None:
        self._late = [(encoder, data) for encoder, data in self._late if encoder is not self.encoders[layer]]
        self.encoders[layer].restart(shift)

    def report(self) -> None:
        for encoder in self.encoders:
            encoder.layer.report = encoder.report(now=self.now)


FAULT = st.sampled_from([-1] * 12 + [0, 1, 2])  # which packet of a picture it meets
SHOW = [st.tuples(st.just("show"), st.sampled_from([False] * 5 + [True]), st.integers(1, 3), FAULT, FAULT)]
STEPS = st.one_of(
    *(strategy.map(tuple) for strategy in SHOW * 8),  # mostly pictures come, and sometimes something happens
    st.tuples(st.just("aim"), st.sampled_from([None, 0, 1, 2, 2]), st.sampled_from([0, 1, 2, 3, 3, 3, 3])),
    st.tuples(st.just("restart"), st.integers(0, 2), st.integers(1, 60_000)),
    st.tuples(st.just("mute"), st.booleans()),
    st.tuples(st.just("report")),
)


def play(stage: Stage, steps: list[tuple[object, ...]], *, faults: bool) -> Iterator[None]:
    stage.aim(0)
    for what, *how in steps:
        match what, how:
            case "show", [bool(key), int(parts), int(lose), int(delay)]:
                stage.show(key=key, parts=parts, lose=lose if faults else -1, delay=delay if faults else -1)
            case "aim", [layer, int(tid)]:
                assert layer is None or isinstance(layer, int)
                stage.aim(layer, tid)
            case "restart", [int(layer), int(shift)]:
                stage.restart(layer, shift)
            case "mute", [bool(on)]:
                stage.track.mute(on)
            case "report", []:
                stage.report()
        yield
