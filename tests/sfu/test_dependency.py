"""Dependency descriptors as Chromium sends them, and as viewers get them."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core import rtp, sdp, vp8
from sfu.core.codecs import DEPENDENCIES
from sfu.core.dependency import FRAME_WRAP, LATE_MAX, Frames, structured
from sfu.core.publishing import plan
from sfu.core.track import Packet
from tests.sfu import packets
from tests.sfu.depending import (
    H264,
    SECOND,
    STRUCTURE,
    VP8,
    Stage,
    descriptor,
    number_of,
    numbers_go_on,
    of_the_low_layer,
    renumbered,
    without,
)


def test_a_descriptor_has_a_frame_s_number_and_the_first_of_a_keyframe_the_structure() -> None:
    stage = Stage()
    got = stage.bring(H264[:SECOND])
    assert len(got) == SECOND
    assert [packet.depends.frame for packet in got if packet.depends] == [
        number_of(descriptor(data, packets.DEPENDING_ID)) for data in H264[:SECOND]
    ]
    assert [packet.layer.name for packet in got if len(descriptor(packet.data)) == STRUCTURE] == [
        packet.layer.name for packet in got if packet.keyframe
    ]


@pytest.mark.rule("MEDIA-41")
def test_who_takes_it_gets_it_as_it_came_and_nothing_is_rewritten() -> None:
    stage = Stage()
    copy = stage.copy(layer=0)
    came = stage.bring(H264, copy)
    low = [packet for packet in came if packet.layer is stage.track.layers[0]]
    assert stage.descriptors == [descriptor(packet.data) for packet in low]
    assert [data[12:] for data in stage.sent] == [packet.data[12:] for packet in low]
    assert not copy.patching


@pytest.mark.rule("MEDIA-41")
@pytest.mark.parametrize(("first", "then"), [(0, 2), (2, 0)], ids=["up", "down"])
def test_frames_go_on_where_a_viewer_goes_over_to_another_layer(first: int, then: int) -> None:
    stage = Stage()
    copy, target = stage.copy(layer=first), stage.track.layers[then]
    stage.bring(H264[:SECOND], copy)
    copy.aim(target)
    begin, followed = len(stage.sent), list[Packet]()
    for packet in stage.bring_one_by_one(H264[SECOND:], copy):
        if copy.layer is not target:
            begin = len(stage.sent)
        elif packet.layer is target:
            followed.append(packet)
    found = stage.descriptors
    numbers = [number_of(one) for one in found]
    assert numbers[begin] == numbers[begin - 1] + 1
    assert len(found[begin]) == STRUCTURE
    assert numbers == sorted(numbers)
    # The distances between frames are as they came, and so is all that is not a number.
    assert [number - numbers[begin] for number in numbers[begin:]] == [
        packet.depends.frame - followed[0].depends.frame
        for packet in followed
        if packet.depends and followed[0].depends
    ]
    assert [one[:1] + one[3:] for one in found[begin:]] == [
        one[:1] + one[3:] for one in (descriptor(packet.data) for packet in followed)
    ]


@pytest.mark.rule("MEDIA-41")
def test_frames_go_on_over_a_track_without_and_another_publisher_s() -> None:
    one, other, plain = Stage(), Stage(), Stage()
    copy = one.copy(layer=0)
    one.bring(H264[:SECOND], copy)
    last = number_of(one.descriptors[-1])
    copy.carry(plain.track)
    copy.aim(plain.track.layers[0])
    plain.bring([without(data) for data in H264[:SECOND]], copy)
    assert plain.sent
    assert plain.descriptors == []
    copy.carry(other.track)
    copy.aim(other.track.layers[2])
    other.bring(H264[:SECOND], copy)
    assert number_of(other.descriptors[0]) == last + 1


@pytest.mark.rule("MEDIA-41")
def test_who_does_not_take_it_gets_the_packet_without_it() -> None:
    stage = Stage()
    copy = stage.copy(layer=0, depends=False)
    came = stage.bring(H264, copy)
    low = [packet for packet in came if packet.layer is stage.track.layers[0]]
    assert len(stage.sent) == len(low)
    for data, packet in zip(stage.sent, low, strict=True):
        header, whole = rtp.parse(data), rtp.parse(packet.data)
        assert header is not None
        assert whole is not None
        kept = [(n, packet.data[at : at + size]) for n, at, size in rtp.extensions(packet.data, whole) if n != 3]
        assert [(n, data[at : at + size]) for n, at, size in rtp.extensions(data, header)] == kept
        assert data[header.payload_at :] == packet.data[whole.payload_at :]


@pytest.mark.rule("MEDIA-5")
def test_what_is_sent_again_has_the_number_that_it_had() -> None:
    stage = Stage()
    copy = stage.copy(layer=0, rtx_ssrc=8)
    stage.bring(H264[:SECOND], copy)
    copy.aim(stage.track.layers[2])
    stage.bring(H264[SECOND:], copy)
    newest = rtp.parse(stage.sent[-1])
    assert newest is not None
    again = copy.again(newest.sequence, now=stage.now)
    assert again is not None
    assert descriptor(again) == stage.descriptors[-1]
    assert number_of(stage.descriptors[-1]) > number_of(stage.descriptors[0])


@pytest.mark.rule("LAYER-4")
def test_a_newcomer_begins_with_the_structure() -> None:
    stage = Stage()
    stage.bring(H264[:SECOND])
    copy = stage.copy(layer=1)
    burst = [data for packet in copy.catch_up(now=stage.now) if (data := copy.write(packet)) is not None]
    assert len(descriptor(burst[0])) == STRUCTURE
    assert len(burst) > 1


def test_beside_it_vp8_says_nothing_of_its_pictures() -> None:
    for data in VP8:
        header = rtp.parse(data)
        assert header is not None
        described = vp8.parse(data, header.payload_at, header.payload_end)
        assert described is not None
        assert (described.picture, described.tl0, described.tid) == (-1, -1, 0)


def test_it_is_taken_where_no_vp8_may_come() -> None:
    depending = sdp.parse(packets.offer(packets.DEPENDING))
    (entry,) = plan(depending, {"0": "t1"}, {"0": "camera"})
    assert entry.extensions[DEPENDENCIES] == packets.DEPENDING_ID
    browser = sdp.parse(Path(__file__).with_name("chromium-156-simulcast-offer.sdp").read_text())
    (entry,) = plan(browser, {"1": "t1"}, {"1": "camera"})
    assert DEPENDENCIES in browser.sections[1].extensions
    assert DEPENDENCIES not in entry.extensions


@pytest.mark.parametrize(
    ("packet", "at", "found"),
    [
        (b"\xd3\x80\x00\x01\x80", 1, True),
        (b"\xd3\x80\x00\x01\x7f", 1, False),  # it says more of its frame
        (b"\xd2\x80\x00\x01\x80", 1, False),  # what follows is another's
        (b"\x80\x00\x00\x80\x00", 0, False),
    ],
)
def test_a_structure_is_found_where_there_is_one(packet: bytes, at: int, found: bool) -> None:
    assert structured(packet, at) == found


def read(frames: Frames, number: int) -> int | None:
    found = frames.read(b"\x00" + number.to_bytes(2), 0)
    return found.newest if found else None


def test_the_newest_number_is_known_over_the_end_of_numbers() -> None:
    frames = Frames()
    numbers = [65_000, 65_535, 10, 65_534, 500]
    assert [read(frames, number) for number in numbers] == [65_000, 65_535, 10, 10, 500]


def test_a_number_that_goes_back_is_not_believed() -> None:
    frames = Frames()
    assert read(frames, 30_000) == 30_000
    assert read(frames, 30_000 - LATE_MAX) == 30_000
    assert read(frames, 30_000 - LATE_MAX - 1) is None
    assert read(frames, (30_000 + FRAME_WRAP // 2) % FRAME_WRAP) is None
    frames.restart()
    assert read(frames, 100) == 100


@pytest.mark.rule("MEDIA-41")
def test_no_viewer_sees_numbers_that_go_back() -> None:
    stage = Stage()
    copy = stage.copy(layer=0)
    low = of_the_low_layer(H264)
    stage.bring([renumbered(low[0], 30_000), *low[1:]], copy)
    numbers = [number_of(found) for found in stage.descriptors]
    assert numbers[:2] == [30_003, 30_004]  # what came between had numbers that went back
    assert numbers == sorted(numbers)
    assert len(numbers) < len(stage.sent) == len(low)
    assert all(sooner < later for sooner, later in pairwise(data[2:4] for data in stage.sent))


@pytest.mark.parametrize(("first", "second"), [(b"\x80\x01", b""), (b"\x80", b""), (b"\x80\x01\x00", b"\x80\xff\xff")])
def test_what_is_no_descriptor_and_a_second_one_are_taken_out(first: bytes, second: bytes) -> None:
    stage = Stage()
    elements = [packets.element(packets.DEPENDING_ID, value) for value in (first, second) if value]
    elements += [packets.element(10, b"q"), packets.element(9, b"0")]
    [packet] = stage.bring([packets.rtp(1, bytes(9), payload_type=108, extensions=b"".join(elements))])
    header = rtp.parse(packet.data)
    assert header is not None
    found = [packet.data[at : at + size] for _, at, size in rtp.extensions(packet.data, header)]
    assert found == ([first] if second else [])


STEPS = st.one_of(
    st.tuples(st.just("publisher"), st.integers(0, FRAME_WRAP - 1)),  # another one, whose numbers are so much higher
    st.tuples(st.just("plain"), st.just(0)),  # another one, without
    st.tuples(st.just("liar"), st.integers(0, FRAME_WRAP - 1)),  # another one, whose numbers are any
    st.tuples(st.just("aim"), st.integers(0, 2)),
    st.tuples(st.just("bring"), st.integers(1, 60)),
)


@pytest.mark.rule("MEDIA-41")
@given(st.lists(STEPS, max_size=20))
def test_whatever_a_viewer_is_sent_frames_go_on_and_are_sent_again_as_they_were(steps: list[tuple[str, int]]) -> None:
    stage = Stage()
    copy, left, sent = stage.copy(layer=0), list(H264), list[bytes]()
    for what, number in steps:
        match what:
            case "publisher" | "plain" | "liar":
                stage = Stage()
                shifts = [number * (n if what == "liar" else 1) % FRAME_WRAP for n in range(len(H264))]
                left = [without(d) if what == "plain" else renumbered(d, s) for d, s in zip(H264, shifts, strict=True)]
                copy.carry(stage.track)
                copy.aim(stage.track.layers[0])
            case "aim":
                copy.aim(stage.track.layers[number])
            case "bring":
                stage.bring(left[:number], copy)
                del left[:number]
                sent += stage.sent
                again = [copy.again(int.from_bytes(data[2:4]), now=stage.now) for data in stage.sent]
                assert all(one in (None, data) for one, data in zip(again, stage.sent, strict=True))
                stage.sent.clear()
    assert numbers_go_on(sent)


@pytest.mark.rule("MEDIA-41")
def test_a_layer_that_rested_may_have_any_number_and_its_viewers_none() -> None:
    """Those beside it went on counting, so that its next keyframe is half way round."""
    stage = Stage()
    copy = stage.copy(layer=0)
    before, after = of_the_low_layer(H264[:SECOND])[0], of_the_low_layer(H264[SECOND:])
    again = next(n for n, data in enumerate(after) if len(descriptor(data, packets.DEPENDING_ID)) == STRUCTURE)
    stage.bring([before, *(renumbered(data, 40_000) for data in after[again:])], copy)
    numbers = [number_of(found) for found in stage.descriptors]
    assert numbers[:2] == [3, 4]
    assert numbers == sorted(numbers)
    assert len(numbers) == len(after) - again + 1
