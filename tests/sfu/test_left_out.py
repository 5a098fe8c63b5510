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


@pytest.mark.rule("MEDIA-41")
@given(st.lists(HOSTILE, max_size=25))
def test_whatever_a_publisher_leaves_out_a_viewer_can_read_what_it_gets(
    steps: list[tuple[str, int, list[str]]],
) -> None:
    """Descriptors come after the structure, numbers go on, who takes none gets none, and the next keyframe will do."""
    stage, encoders = Stage(), [Encoder(KEYFRAME), Encoder(KEYFRAME_ABOVE)]
    taker, other = copies = [stage.copy(layer=1), stage.copy(layer=1, depends=False)]
    sent: dict[Copy, list[tuple[bytes, bool]]] = {copy: [] for copy in copies}
    left, late = [0, 0], list[bytes]()

    def turn(came: list[bytes]) -> None:
        ready = [packet for data in came if (packet := stage.receive(data)) is not None]
        assert all(packet.depends is None or packet.depends.at for packet in ready if packet.keyframe)
        for copy in copies:
            written = [(data, packet.keyframe) for packet in ready if (data := copy.write(packet)) is not None]
            sent[copy] += written
            again = [copy.again(int.from_bytes(data[2:4]), now=stage.now) for data, _ in written]
            assert all(one in (None, data) for one, (data, _) in zip(again, written, strict=True))

    def send(layer: int, ways: list[str]) -> None:
        came = list[bytes]()
        for how in ways:
            data = encoders[layer].next(how)
            left[layer] = (left[layer] - 1) % len(KEYFRAME)
            match how:
                case "lost":
                    continue
                case "late":
                    late.append(data)
                    continue
                case "twice":
                    came += [data, without(data), renumbered(data, 20_000)]
                case _:
                    came.append(data)
        turn(came)

    for what, layer, ways in steps:
        match what:
            case "turn":
                send(layer, ways)
                turn(late)
                late.clear()
            case "keyframe":
                send(layer, ["whole"] * left[layer] + ways)
            case "aim":
                for copy in copies:
                    copy.aim(stage.track.layers[1 + layer])
            case "other":
                stage, encoders, left, late = Stage(), [Encoder(KEYFRAME), Encoder(KEYFRAME_ABOVE)], [0, 0], []
                for copy in copies:
                    copy.carry(stage.track)
                    copy.aim(stage.track.layers[1])
    for layer in (0, 1):
        before = [len(sent[copy]) for copy in copies]
        for copy in copies:
            copy.aim(stage.track.layers[1 + layer])
        send(layer, ["whole"] * (left[layer] + len(KEYFRAME)))
        for copy, length in zip(copies, before, strict=True):
            assert [begun for _, begun in sent[copy][length:]][-len(KEYFRAME) :] == [True, False, False, False, False]

    assert not any(descriptor(data) for data, _ in sent[other])
    assert numbers_go_on([data for data, _ in sent[taker]])
    readable = False
    for data, begun in sorted(sent[taker], key=lambda one: unbroken(one[0])):
        found = descriptor(data)
        readable = len(found) == STRUCTURE if begun else readable
        assert readable or not found


def unbroken(data: bytes) -> int:
    """A viewer's sequence number; they begin at 100."""
    return (int.from_bytes(data[2:4]) - 100) % FRAME_WRAP
