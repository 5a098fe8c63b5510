"""Publishers that leave dependency descriptors out where they should have them, or number frames as they like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core.copying import Copy
from sfu.core.dependency import FRAME_WRAP
from tests.sfu.depending import (
    KEYFRAME,
    KEYFRAME_ABOVE,
    STRUCTURE,
    Encoder,
    Stage,
    descriptor,
    number_of,
    numbers_go_on,
    renumbered,
    without,
)


@pytest.mark.rule("MEDIA-41")
@pytest.mark.parametrize("how", ["without", "bare"])
def test_after_a_keyframe_without_nobody_gets_any_until_one_with_and_numbers_go_on(how: str) -> None:
    stage, encoder, above = Stage(), Encoder(KEYFRAME), Encoder(KEYFRAME_ABOVE)
    copy, other, without_any = stage.copy(layer=1), stage.copy(layer=2), stage.copy(layer=1, depends=False)
    stage.bring([encoder.next() for _ in KEYFRAME], copy)
    assert [number_of(found) for found in stage.descriptors] == [1, 2, 3, 4, 5]
    stage.bring([renumbered(above.next(), 500) for _ in KEYFRAME], other)  # a viewer who has seen higher numbers
    other.aim(stage.track.layers[1])
    stage.sent.clear()
    stage.bring([encoder.next(how), *(encoder.next() for _ in KEYFRAME[1:])], copy, other, without_any)
    assert len(stage.sent) == 3 * len(KEYFRAME)
    assert stage.descriptors == []
    stage.sent.clear()
    again = [encoder.next() for _ in KEYFRAME]
    stage.bring(again, copy)
    assert [number_of(found) for found in stage.descriptors] == [6, 7, 8, 9, 10]
    assert len(stage.descriptors[0]) == STRUCTURE
    newcomer, late = stage.copy(layer=1), stage.copy(layer=1, depends=False)
    assert len([packet for packet in newcomer.catch_up(now=stage.now) if newcomer.write(packet)]) == len(KEYFRAME)
    assert not [packet for packet in late.catch_up(now=stage.now) if (data := late.write(packet)) and descriptor(data)]
    stage.sent.clear()
    stage.bring([encoder.next() for _ in KEYFRAME], other)
    assert [number_of(found) for found in stage.descriptors] == [506, 507, 508, 509, 510]


@pytest.mark.rule("MEDIA-41")
def test_who_never_sends_any_begins_with_a_keyframe_that_comes_late() -> None:
    stage, encoder = Stage(), Encoder(KEYFRAME)
    copy = stage.copy(layer=1)
    first, *rest = [encoder.next("without") for _ in KEYFRAME]
    stage.bring([*rest, first], copy)
    assert copy.layer is stage.track.layers[1]
    assert len(stage.sent) == 1


@pytest.mark.rule("MEDIA-41")
def test_nobody_begins_with_a_keyframe_without_that_comes_behind_pictures_with() -> None:
    stage, encoder = Stage(), Encoder(KEYFRAME)
    stage.bring([encoder.next() for _ in KEYFRAME])
    copy = stage.copy(layer=1)
    late, *rest = encoder.next("without"), *(encoder.next() for _ in KEYFRAME[1:])
    copy.want_keyframe()
    stage.bring([*rest, late], copy)
    assert stage.sent == []
    assert stage.track.layers[1].keyframes.take(now=stage.now)  # another is wanted
    stage.bring([encoder.next()], copy)
    assert len(stage.descriptors) == 1


@pytest.mark.rule("MEDIA-41")
def test_nobody_begins_with_what_was_before_a_keyframe_without() -> None:
    """It would be followed by what was read as descriptors then."""
    stage, encoder = Stage(), Encoder(KEYFRAME)
    stage.bring([encoder.next() for _ in KEYFRAME])
    late, *rest = encoder.next("without"), *(encoder.next() for _ in KEYFRAME[1:])
    last = encoder.next("without")
    stage.bring([*rest, last])
    copy = stage.copy(layer=1)
    stage.bring([late, encoder.next()], copy)
    assert stage.sent == []
    burst = [data for packet in copy.catch_up(now=stage.now) if (data := copy.write(packet))]
    assert [data[-1] for data in burst] == [last[-1], KEYFRAME[1][-1]]


@pytest.mark.rule("MEDIA-41")
def test_nobody_goes_on_from_before_a_change_that_came_in_the_same_turn() -> None:
    stage, encoder = Stage(), Encoder(KEYFRAME)
    copy = stage.copy(layer=1)
    turn = [encoder.next(how) for how in ["whole"] * 5 + ["without"] * 5]
    came = [stage.receive(data) for data in turn]
    stage.sent += [data for packet in came if packet and (data := copy.write(packet))]
    assert len(stage.sent) == 5
    assert stage.descriptors == []


@pytest.mark.rule("MEDIA-41")
def test_what_comes_twice_or_late_changes_nothing() -> None:
    stage, encoder = Stage(), Encoder(KEYFRAME)
    copy = stage.copy(layer=1)
    first, second, *rest = [encoder.next() for _ in KEYFRAME]
    for came in (first, rest[0]):
        stage.bring([came], copy)
        for data in (without(first), renumbered(first, 40_000)):
            assert stage.receive(data) is None
    stage.bring([renumbered(second, 20_000), *rest[1:]], copy)  # its number would be far ahead
    assert [number_of(found) for found in stage.descriptors] == [1, 3, 4, 5]
    assert len(stage.sent) == 5


WAYS = st.sampled_from(["whole"] * 6 + ["without", "bare", "ahead", "back", "lost", "late", "twice"])
HOSTILE: st.SearchStrategy[tuple[str, int, list[str]]] = st.one_of(
    st.tuples(st.just("turn"), st.integers(0, 1), st.lists(WAYS, max_size=12)),
    st.tuples(st.just("keyframe"), st.integers(0, 1), st.lists(WAYS, min_size=1, max_size=1)),
    st.tuples(st.just("aim"), st.integers(0, 1), st.just([])),
    st.tuples(st.just("other"), st.just(0), st.just([])),
)


class Hostile:
    """A publisher in two layers who leaves out what it likes, a viewer who takes descriptors, and one who does not."""

    def __init__(self) -> None:
        self._begin()
        self.taker, self.other = self._copies = [
            self._stage.copy(layer=1, depends=depends) for depends in (True, False)
        ]
        self.sent: dict[Copy, list[tuple[bytes, bool]]] = {copy: [] for copy in self._copies}

    def _begin(self) -> None:
        self._stage, self._encoders = Stage(), [Encoder(KEYFRAME), Encoder(KEYFRAME_ABOVE)]
        self._left, self._late = [0, 0], list[bytes]()

    def do(self, what: str, layer: int, ways: list[str]) -> None:
        match what:
            case "turn":
                self._send(layer, ways)
                self._turn(self._late)
                self._late.clear()
            case "keyframe":
                self._send(layer, ["whole"] * self._left[layer] + ways)
            case "aim":
                self._aim(layer)
            case "other":
                self._begin()
                for copy in self._copies:
                    copy.carry(self._stage.track)
                self._aim(0)

    def show_the_next_keyframe(self, layer: int) -> None:
        before = [len(self.sent[copy]) for copy in self._copies]
        self._aim(layer)
        self._send(layer, ["whole"] * (self._left[layer] + len(KEYFRAME)))
        for copy, length in zip(self._copies, before, strict=True):
            begun = [begun for _, begun in self.sent[copy][length:]][-len(KEYFRAME) :]
            assert begun == [True, False, False, False, False]

    def _aim(self, layer: int) -> None:
        for copy in self._copies:
            copy.aim(self._stage.track.layers[1 + layer])

    def _send(self, layer: int, ways: list[str]) -> None:
        came = list[bytes]()
        for how in ways:
            data = self._encoders[layer].next(how)
            self._left[layer] = (self._left[layer] - 1) % len(KEYFRAME)
            match how:
                case "lost":
                    continue
                case "late":
                    self._late.append(data)
                case "twice":
                    came += [data, without(data), renumbered(data, 20_000)]
                case _:
                    came.append(data)
        self._turn(came)

    def _turn(self, came: list[bytes]) -> None:
        ready = [packet for data in came if (packet := self._stage.receive(data)) is not None]
        assert all(packet.depends is None or packet.depends.at for packet in ready if packet.keyframe)
        for copy in self._copies:
            written = [(data, packet.keyframe) for packet in ready if (data := copy.write(packet)) is not None]
            self.sent[copy] += written
            again = [copy.again(int.from_bytes(data[2:4]), now=self._stage.now) for data, _ in written]
            assert all(one in (None, data) for one, (data, _) in zip(again, written, strict=True))


@pytest.mark.rule("MEDIA-41")
@given(st.lists(HOSTILE, max_size=25))
def test_whatever_a_publisher_leaves_out_a_viewer_can_read_what_it_gets(
    steps: list[tuple[str, int, list[str]]],
) -> None:
    """Descriptors come after the structure, numbers go on, who takes none gets none, and the next keyframe will do."""
    play = Hostile()
    for step in steps:
        play.do(*step)
    for layer in (0, 1):
        play.show_the_next_keyframe(layer)
    assert not any(descriptor(data) for data, _ in play.sent[play.other])
    assert numbers_go_on([data for data, _ in play.sent[play.taker]])
    readable = False
    for data, begun in sorted(play.sent[play.taker], key=lambda one: unbroken(one[0])):
        found = descriptor(data)
        readable = len(found) == STRUCTURE if begun else readable
        assert readable or not found


def unbroken(data: bytes) -> int:
    """A viewer's sequence number; they begin at 100."""
    return (int.from_bytes(data[2:4]) - 100) % FRAME_WRAP
