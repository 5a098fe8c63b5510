"""One viewer's stream, whatever is lost, late, left out or changed before it."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core.track import BURST_MAX
from tests.sfu.encoder import HZ, seen
from tests.sfu.stage import FRAME_S, STEPS, Stage, play


def test_nothing_begins_with_a_keyframe_of_a_source_that_another_has_replaced() -> None:
    """Both come in one turn of the port: the new one's packets would follow without a keyframe of theirs."""
    stage = Stage()
    stage.aim(0)
    encoder = stage.encoders[0]
    (data,) = encoder.picture(now=stage.now, key=True)
    old = encoder.accept(data, now=stage.now)
    assert old is not None
    encoder.restart(1234)
    assert stage.copy.write(old) is None
    stage.show()
    assert stage.got == []
    stage.show(key=True)
    assert [one.sequence for one in stage.got] == [65_000]


@pytest.mark.rule("MEDIA-39")
def test_what_is_too_old_to_be_sent_again_is_beyond_repair_until_a_keyframe_comes() -> None:
    stage = Stage()
    stage.aim(0)
    stage.show(key=True)
    stage.show()
    missed = stage.got[-1].sequence
    assert not stage.copy.beyond_repair(missed, now=stage.now)
    assert stage.copy.beyond_repair(missed, now=stage.now + 3)
    stage.show(key=True)
    assert not stage.copy.beyond_repair(missed, now=stage.now + 3)
    stage.aim(None)
    assert not stage.copy.beyond_repair(stage.got[-1].sequence, now=stage.now + 9)


@pytest.mark.rule("LAYER-2")
def test_a_copy_goes_over_to_another_layer_at_its_next_keyframe() -> None:
    stage = Stage()
    stage.report()
    stage.aim(0)
    stage.show(key=True)
    stage.aim(2)
    stage.show()
    stage.show(key=True)
    stage.show()
    # The low layer is sent first: of the picture with the keyframe it is seen, and then the high one of the same.
    assert [one.content.split()[0][1:] for one in stage.got] == [b"low", b"low", b"low", b"high", b"high"]
    assert [(one.sequence, one.picture) for one in stage.got] == [(65_000 + n, 0x7FF1 + n) for n in range(5)]
    assert [one.tl0 for one in stage.got] == [251, 251, 252, 253, 253]
    times = [one.timestamp for one in stage.got]
    assert [time - times[0] for time in times] == [0, 3000, 6000, 6001, 9001]  # one tick, so that it is another picture


@pytest.mark.rule("LAYER-2")
@pytest.mark.parametrize(("known", "ticks"), [(True, 3000), (False, 12_000)], ids=["by reports", "by arrival"])
def test_time_goes_on_from_layer_to_layer(known: bool, ticks: int) -> None:
    stage = Stage()
    stage.aim(0)
    stage.show(key=True)
    if known:
        stage.report()
    stage.aim(2)
    captured = stage.now + FRAME_S
    (data,) = stage.encoders[2].picture(now=captured, key=True)
    stage.now = captured + 0.1  # a hundred milliseconds under way
    stage.forward(stage.encoders[2], data)
    low, high = stage.got
    assert (high.timestamp - low.timestamp) % (1 << 32) == ticks


@pytest.mark.rule("LAYER-2")
def test_a_late_packet_does_not_turn_time_back() -> None:
    stage = Stage()
    stage.aim(0)
    stage.show(key=True)
    stage.show(parts=2, delay=1)
    stage.show()
    stage.aim(2)
    stage.show(key=True)
    times = [(one.sequence - 65_000, one.timestamp - stage.got[0].timestamp) for one in stage.got]
    assert times == [(0, 0), (1, 3000), (3, 6000), (2, 3000), (4, 9000), (5, 9001)]


def test_reports_that_would_move_time_far_are_not_believed() -> None:
    stage = Stage()
    stage.aim(0)
    stage.show(key=True)
    stage.report()
    stage.encoders[2].layer.report = stage.encoders[2].report(now=stage.now - 5)
    low, high = stage.track.layers[0].report, stage.track.layers[2].report
    assert low is not None
    assert high is not None
    stage.encoders[2].layer.report = replace(high, ntp=low.ntp)
    stage.aim(2)
    stage.show(key=True)
    times = [one.timestamp for one in stage.got]
    assert [(time - times[0]) % (1 << 32) for time in times] == [0, 3000, 3001]


@pytest.mark.rule("LAYER-2")
def test_a_sender_report_of_the_layer_followed_is_told_in_the_numbers_of_the_copy() -> None:
    stage = Stage()
    stage.report()
    stage.aim(0)
    stage.show(key=True)
    low = stage.encoders[0].report(now=stage.now)
    told = stage.copy.sender_report(low)
    stage.aim(2)
    stage.show(key=True)
    high = stage.copy.sender_report(stage.encoders[2].report(now=stage.now))
    assert told is not None
    assert high is not None
    passed = (high.ntp - told.ntp) * HZ / (1 << 32)
    assert (high.timestamp - told.timestamp) % (1 << 32) == pytest.approx(passed, abs=2)


@pytest.mark.rule("LAYER-3")
@pytest.mark.parametrize(
    ("tid", "shown"), [(0, [0, 0, 0]), (1, [0, 1, 0, 1, 0]), (2, [0, 2, 1, 2, 0, 2, 1, 2, 0])], ids=["T0", "T1", "T2"]
)
def test_pictures_above_a_layer_in_time_are_left_out_without_a_gap(tid: int, shown: list[int]) -> None:
    stage = Stage()
    stage.aim(1, tid)
    for n in range(9):
        stage.show(key=n == 0, parts=2)
    assert [one.tid for one in stage.got[::2]] == shown
    assert [one.sequence for one in stage.got] == [65_000 + n for n in range(2 * len(shown))]
    assert [one.picture for one in stage.got[::2]] == [(0x7FF2 + n) & 0x7FFF for n in range(len(shown))]


@pytest.mark.rule("LAYER-3")
def test_a_layer_in_time_comes_back_where_it_leans_on_nothing_that_was_left_out() -> None:
    stage = Stage()
    stage.aim(1, 0)
    for n in range(5):
        stage.show(key=n == 0)
    stage.aim(1)
    for _ in range(7):
        stage.show()
    assert {one.tid for one in stage.got} == {0}  # none of those pictures was marked as such
    stage.encoders[1].turn = 1
    for _ in range(4):
        stage.show()
    assert [one.tid for one in stage.got[-3:]] == [1, 2, 0]


@pytest.mark.rule("LAYER-3")
def test_a_picture_that_has_begun_is_sent_to_its_end_and_the_next_is_left_out() -> None:
    stage = Stage()
    stage.aim(1)
    stage.show(key=True)
    encoder = stage.encoders[1]
    first, second = encoder.picture(now=stage.now, parts=2)
    stage.forward(encoder, first)
    stage.aim(1, 0)
    stage.forward(encoder, second)
    for _ in range(3):
        stage.show()
    assert [(one.tid, one.sequence, one.picture) for one in stage.got] == [
        (0, 65_000, 0x7FF2),
        (2, 65_001, 0x7FF3),
        (2, 65_002, 0x7FF3),
        (0, 65_003, 0x7FF4),
    ]


def test_what_comes_late_of_a_picture_that_was_left_out_is_left_out_for_good() -> None:
    stage = Stage()
    stage.aim(1, 0)
    stage.show(key=True)
    stage.show(parts=2, delay=0)
    stage.show()
    stage.show()
    stage.show()
    assert [(one.sequence, one.tid) for one in stage.got] == [(65_000, 0), (65_002, 0)]
    assert stage.copy.again(65_001, now=stage.now) is None


@pytest.mark.rule("LAYER-4")
def test_a_newcomer_gets_what_came_since_the_last_keyframe_in_order() -> None:
    stage = Stage()
    for n in range(BURST_MAX):
        stage.show(key=n == 0)
    stage.aim(2)
    burst = [stage.copy.write(packet) for packet in stage.copy.catch_up(now=stage.now)]
    assert len(burst) == BURST_MAX
    stage.show()
    got = [seen(data) for data in burst if data] + stage.got
    assert [one.sequence for one in got] == [65_000 + n for n in range(BURST_MAX + 1)]
    assert [one.content for one in got] == [bytes((n > 0,)) + b"high %d" % (n + 1) for n in range(BURST_MAX + 1)]


@pytest.mark.rule("LAYER-4")
def test_a_keyframe_that_is_forty_packets_old_is_too_old_and_a_muted_one_is_nobody_s() -> None:
    stage = Stage()
    for n in range(BURST_MAX + 1):
        stage.show(key=n == 0)
    stage.aim(2)
    assert stage.copy.catch_up(now=stage.now) == []
    stage.aim(None)
    stage.track.mute(True)
    stage.show(key=True)
    stage.aim(2)
    assert stage.copy.catch_up(now=stage.now) == []
    stage.track.mute(False)
    assert stage.copy.catch_up(now=stage.now) == []


def test_who_goes_over_to_another_layer_is_not_sent_back_in_time() -> None:
    stage = Stage()
    stage.aim(0)
    stage.show(key=True)
    stage.aim(2)
    assert stage.copy.catch_up(now=stage.now) == []


def rising(numbers: list[int], bits: int) -> list[int]:
    """Numbers that wrap, as such that do not."""
    wrap, out = 1 << bits, numbers[:1]
    for number in numbers[1:]:
        step = (number - out[-1]) % wrap
        out.append(out[-1] + (step if step < wrap // 2 else step - wrap))
    return out


@pytest.mark.rule("LAYER-2")
@given(st.lists(STEPS, max_size=60))
def test_without_loss_nothing_has_a_gap(steps: list[tuple[object, ...]]) -> None:
    stage = Stage()
    for _ in play(stage, steps, faults=False):
        pass
    got = stage.got
    assert rising([one.sequence for one in got], 16) == [65_000 + n for n in range(len(got))]
    for numbers in (rising([one.picture for one in got], 15), rising([one.tl0 for one in got], 8)):
        assert [later - sooner for sooner, later in pairwise(numbers) if later != sooner] == [1] * (
            len(set(numbers)) - 1
        )
    times = rising([one.timestamp for one in got], 32)
    for (sooner, one), (later, other) in pairwise(zip(times, got, strict=True)):
        assert later == sooner if one.picture == other.picture else later > sooner


@pytest.mark.rule("LAYER-2")
@given(st.lists(STEPS, max_size=60))
def test_with_loss_and_disorder_gaps_are_those_of_lost_packets(steps: list[tuple[object, ...]]) -> None:
    stage = Stage()
    for _ in play(stage, steps, faults=True):
        pass
    got = stage.got
    numbers = rising([one.sequence for one in got], 16)
    assert len(set(numbers)) == len(numbers)  # no number twice
    if not got:
        return
    assert max(numbers) - 65_000 + 1 - len(numbers) <= stage.lost
    in_order = [
        (number, one)
        for n, (number, one) in enumerate(zip(numbers, got, strict=True))
        if number == max(numbers[: n + 1])
    ]
    times = rising([one.timestamp for _, one in in_order], 32)
    assert times == sorted(times)
    pictures = rising([one.picture for _, one in in_order], 15)
    assert pictures == sorted(pictures)
    assert max(pictures) - pictures[0] + 1 - len(set(pictures)) <= stage.lost


@pytest.mark.rule("MEDIA-5")
@given(st.lists(STEPS, max_size=60))
def test_a_number_is_never_sent_again_with_other_content(steps: list[tuple[object, ...]]) -> None:
    stage = Stage()
    for _ in play(stage, steps, faults=True):
        for data in stage.sent[-30:]:
            again = stage.copy.again(seen(data).sequence, now=stage.now)
            assert again is None or again == data
    if stage.sent and stage.copy.layer is not None:
        newest = max(stage.sent, key=lambda data: rising([65_000, seen(data).sequence], 16)[-1])
        assert stage.copy.again(seen(newest).sequence, now=stage.now) == newest
