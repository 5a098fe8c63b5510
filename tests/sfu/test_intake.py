from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sfu.core import rtcp, rtp, sdp
from sfu.core.allocation import LAYERS
from sfu.core.bandwidth import LEAST_BPS
from sfu.core.feed import SOURCES_BURST, Drop, Feed
from sfu.core.intake import STREAMS_MAX, Intake
from sfu.core.limit import Limit
from sfu.core.publishing import plan
from sfu.core.rtcp import KeyframeRequest, Nack, ReceiverReport, Remb, SenderReport
from sfu.core.sections import Carried
from sfu.core.track import Packet, Track
from tests.sfu import packets
from tests.sfu.feedback import read
from tests.sfu.lesson import layered
from tests.sfu.packets import AUDIO, COUNTED_VIDEO, VIDEO, VP8_DELTA, VP8_KEYFRAME, element

MID = element(4, b"0")
AUDIO_SSRC, VIDEO_SSRC, RTX_SSRC = 4660, 22136, 22137


class Publisher:
    """An intake with a microphone and a camera."""

    def __init__(self) -> None:
        self.voice = Track(Carried("t1", 1, "microphone", "audio"))
        self.camera = Track(Carried("t2", 1, "camera", "video"))
        text = sdp.parse(packets.offer(AUDIO, VIDEO))
        self.entries = plan(text, {"0": "t1", "1": "t2"}, {"0": "microphone", "1": "camera"})
        self.intake = Intake()
        self.intake.configure(zip(self.entries, (self.voice, self.camera), strict=True))

    def video(self, sequence: int, payload: bytes = VP8_DELTA, *, now: float = 1.0, ssrc: int = VIDEO_SSRC) -> Packet:
        data = packets.rtp(sequence, payload, payload_type=96, ssrc=ssrc)
        return self.arrived(data, now=now)[1]

    def arrived(self, data: bytes, *, now: float = 1.0) -> tuple[Feed, Packet]:
        result = self.intake.receive(data, now=now)
        assert not isinstance(result, Drop)
        return result


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


def test_packets_find_their_track_by_the_announced_ssrc(publisher: Publisher) -> None:
    assert publisher.arrived(packets.rtp(1, ssrc=AUDIO_SSRC))[0].track is publisher.voice
    assert publisher.arrived(packets.rtp(1, payload_type=96, ssrc=VIDEO_SSRC))[0].track is publisher.camera


def test_sources_that_take_turns_are_few_and_the_one_that_feeds_a_layer_goes_on(publisher: Publisher) -> None:
    announced = publisher.intake.receive
    sources = [VIDEO_SSRC, *range(100, 100 + SOURCES_BURST)]
    taken = [
        announced(packets.rtp(1, VP8_KEYFRAME, payload_type=96, ssrc=ssrc, extensions=element(4, b"1")), now=1.0)
        for ssrc in sources
    ]
    assert [packet is Drop.TOO_MANY_SOURCES for packet in taken] == [False] * SOURCES_BURST + [True]
    assert publisher.video(2, ssrc=sources[-2]).layer is publisher.camera.layers[0]
    publisher.video(2, VP8_KEYFRAME, ssrc=sources[-1], now=2.5)


def test_packets_of_a_new_ssrc_find_their_track_by_mid(publisher: Publisher) -> None:
    data = packets.rtp(1, payload_type=96, ssrc=9, extensions=element(4, b"1"))
    feed, packet = publisher.arrived(data)
    assert feed.track is publisher.camera
    assert list(rtp.extensions(packet.data, header(packet.data))) == []


def header(data: bytes) -> rtp.Header:
    found = rtp.parse(data)
    assert found is not None
    return found


def test_levels_are_read_and_the_sending_time_is_ours(publisher: Publisher) -> None:
    feed, _ = publisher.arrived(packets.rtp(1, ssrc=AUDIO_SSRC, extensions=element(7, b"\x9e")))
    assert feed.level == 30
    data = packets.rtp(1, payload_type=96, ssrc=VIDEO_SSRC, extensions=element(3, b"\x01\x02\x03"))
    _, packet = publisher.arrived(data, now=65.5)
    ((number, at, size),) = rtp.extensions(packet.data, header(packet.data))
    assert (number, packet.data[at : at + size]) == (2, int(1.5 * (1 << 18)).to_bytes(3))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x80", Drop.NOT_RTP),
        (packets.rtp(1, payload_type=50, ssrc=9), Drop.UNKNOWN_STREAM),
        (packets.rtp(1, payload_type=50, ssrc=AUDIO_SSRC), Drop.UNKNOWN_STREAM),
        (packets.rtp(1, b"\x00\x01x", payload_type=97, ssrc=RTX_SSRC), Drop.UNKNOWN_STREAM),
    ],
    ids=["not RTP", "unknown ssrc", "unknown payload type", "a retransmission of nothing known"],
)
def test_what_belongs_to_no_track_is_dropped(publisher: Publisher, data: bytes, reason: Drop) -> None:
    assert publisher.intake.receive(data, now=1.0) is reason


def test_a_known_stream_cannot_change_its_codec_to_an_unknown_one(publisher: Publisher) -> None:
    publisher.video(1)
    data = packets.rtp(2, payload_type=50, ssrc=VIDEO_SSRC)
    assert publisher.intake.receive(data, now=1.0) is Drop.PAYLOAD_TYPE


def test_streams_are_bounded(publisher: Publisher) -> None:
    results = [publisher.intake.receive(packets.rtp(1, ssrc=n), now=1.0) for n in range(STREAMS_MAX + 1)]
    assert Drop.UNKNOWN_STREAM not in results[:-1]
    assert results[-1] is Drop.UNKNOWN_STREAM


@pytest.mark.rule("MEDIA-6")
def test_a_lost_packet_is_asked_for_and_its_retransmission_takes_its_place(publisher: Publisher) -> None:
    publisher.video(5, VP8_KEYFRAME)
    publisher.video(7)
    assert publisher.intake.requests(now=1.0) == [Nack(VIDEO_SSRC, (6,))]
    rtx = packets.rtp(1, b"\x00\x06" + VP8_DELTA, payload_type=97, ssrc=RTX_SSRC)
    _, packet = publisher.arrived(rtx)
    assert (packet.index, packet.data[12:]) == (6, VP8_DELTA)
    assert header(packet.data).payload_type == 96
    assert publisher.intake.requests(now=2.0) == []
    assert publisher.intake.receive(rtx, now=2.0) is Drop.REPEATED
    assert publisher.intake.receive(packets.rtp(2, b"", payload_type=97, ssrc=RTX_SSRC), now=2.0) is Drop.PROBE


@pytest.mark.rule("MEDIA-20")
def test_of_lost_packets_so_many_are_asked_for_as_may_be_and_keyframes_always(publisher: Publisher) -> None:
    publisher.arrived(packets.rtp(1, ssrc=AUDIO_SSRC))
    publisher.arrived(packets.rtp(4, ssrc=AUDIO_SSRC))
    publisher.video(5)
    publisher.video(8)
    assert publisher.intake.requests(0, now=1.0) == [KeyframeRequest(VIDEO_SSRC)]
    assert publisher.intake.requests(3, now=1.0) == [Nack(AUDIO_SSRC, (2, 3)), Nack(VIDEO_SSRC, (6,))]
    assert publisher.intake.requests(now=1.01) == [Nack(VIDEO_SSRC, (7,))]


@pytest.mark.rule("MEDIA-36")
def test_sound_that_was_lost_is_asked_for_and_no_keyframe_with_it(publisher: Publisher) -> None:
    publisher.arrived(packets.rtp(1, ssrc=AUDIO_SSRC))
    publisher.arrived(packets.rtp(3, ssrc=AUDIO_SSRC))
    assert publisher.intake.requests(now=1.0) == [Nack(AUDIO_SSRC, (2,))]
    publisher.arrived(packets.rtp(2, ssrc=AUDIO_SSRC))
    publisher.arrived(packets.rtp(500, ssrc=AUDIO_SSRC))  # a hole too large to fill
    assert publisher.intake.requests(now=2.0) == []


class Layered:
    """An intake with a camera and a screen, each in three layers."""

    def __init__(self) -> None:
        self.tracks = [
            Track(Carried(f"t{n}", 1, source, "video"), LAYERS) for n, source in enumerate(("camera", "screen"))
        ]
        text = sdp.parse(packets.offer(packets.LAYERED, packets.LAYERED))
        self.intake = Intake()
        self.intake.configure(
            zip(plan(text, {"0": "t0", "1": "t1"}, {"0": "camera", "1": "screen"}), self.tracks, strict=True)
        )

    def arrived(self, data: bytes) -> Packet | Drop:
        result = self.intake.receive(data, now=1.0)
        return result if isinstance(result, Drop) else result[1]


@pytest.mark.rule("LAYER-1")
def test_streams_find_their_layer_by_rid_and_their_track_by_mid() -> None:
    publisher = Layered()
    for mid, track in enumerate(publisher.tracks):
        for rid, layer in zip("qhf", track.layers, strict=True):
            ssrc = 100 * mid + ord(rid)
            extensions = element(4, str(mid).encode()) + element(10, rid.encode())
            packet = publisher.arrived(packets.rtp(1, VP8_KEYFRAME, payload_type=96, ssrc=ssrc, extensions=extensions))
            assert isinstance(packet, Packet)
            assert packet.layer is layer
            later = publisher.arrived(packets.rtp(2, VP8_DELTA, payload_type=96, ssrc=ssrc))
            assert isinstance(later, Packet)
            assert later.layer is layer  # a browser says the names until it has been heard
            assert list(rtp.extensions(packet.data, header(packet.data))) == []


@pytest.mark.rule("LAYER-1")
def test_a_retransmission_finds_its_layer_by_the_rid_that_it_repairs() -> None:
    publisher = Layered()
    for rid in "qhf":
        publisher.arrived(layered(rid, 5, VP8_KEYFRAME, mid="0"))
        publisher.arrived(layered(rid, 7, mid="0"))
    lost = publisher.intake.requests(now=1.0)
    assert lost == [Nack(300, (6,)), Nack(302, (6,)), Nack(304, (6,))]
    again = publisher.arrived(layered("h", 1, b"\x00\x06" + VP8_DELTA, again=True, mid="0"))
    assert isinstance(again, Packet)
    assert (again.layer, again.index) == (publisher.tracks[0].layers[1], 6)
    assert publisher.intake.requests(now=2.0) == [Nack(300, (6,)), Nack(304, (6,))]


@pytest.mark.parametrize(
    "extensions",
    [
        b"",
        element(4, b"0"),
        element(4, b"0") + element(10, b"x"),
        element(10, b"q"),
        element(4, b"9") + element(10, b"q"),
    ],
    ids=["no name", "no rid", "another rid", "no mid", "another mid"],
)
def test_a_stream_that_does_not_say_its_layer_is_dropped(extensions: bytes) -> None:
    data = packets.rtp(1, VP8_KEYFRAME, payload_type=96, ssrc=9, extensions=extensions)
    assert Layered().arrived(data) is Drop.UNKNOWN_STREAM


@pytest.mark.rule("LAYER-7")
def test_keyframes_are_asked_for_layer_by_layer_and_not_of_one_that_is_not_sent() -> None:
    publisher = Layered()
    low, _, high = publisher.tracks[0].layers
    for rid in "qf":
        publisher.arrived(layered(rid, 1, VP8_KEYFRAME, mid="0"))
    high.keyframes.want()
    assert publisher.intake.requests(now=1.0) == [KeyframeRequest(304)]
    for n in range(20):
        publisher.intake.receive(layered("q", 2 + n, mid="0"), now=1.0 + n / 10)
    publisher.tracks[0].measure(now=2.9)
    low.keyframes.want()
    assert publisher.intake.requests(now=3.0) == [KeyframeRequest(300)]


@pytest.mark.rule("MEDIA-4")
def test_a_keyframe_is_asked_for_once_in_half_a_second_until_it_comes(publisher: Publisher) -> None:
    publisher.video(1)
    asked = [publisher.intake.requests(now=now) for now in (1.0, 1.2, 1.5)]
    assert asked == [[KeyframeRequest(VIDEO_SSRC)], [], [KeyframeRequest(VIDEO_SSRC)]]
    publisher.video(2, VP8_KEYFRAME)
    assert publisher.intake.requests(now=3.0) == []


def test_reports_cover_all_streams_and_say_what_may_be_sent(publisher: Publisher) -> None:
    assert publisher.intake.report(now=1.0) is None
    publisher.video(1)
    publisher.arrived(packets.rtp(1, ssrc=AUDIO_SSRC))
    report = publisher.intake.report(now=1.0)
    assert report is not None
    receiver, remb = rtcp.parse(report)
    assert isinstance(receiver, ReceiverReport)
    assert {block.ssrc for block in receiver.reports} == {AUDIO_SSRC, VIDEO_SSRC}
    assert isinstance(remb, Remb)
    assert remb.bits_per_s == pytest.approx(LEAST_BPS, rel=0.05)  # two packets are no proof of more


@pytest.fixture
def counted() -> Intake:
    """A camera whose packets are counted for the whole connection."""
    intake = Intake()
    entries = plan(sdp.parse(packets.offer(COUNTED_VIDEO)), {"0": "t1"}, {"0": "camera"})
    intake.configure([(entries[0], Track(Carried("t1", 1, "camera", "video")))])
    return intake


@pytest.mark.rule("MEDIA-31")
def test_a_publisher_that_counts_its_packets_hears_of_each_and_gets_no_remb(counted: Intake) -> None:
    for number, payload_type, ssrc in ((7, 96, VIDEO_SSRC), (9, 50, VIDEO_SSRC), (10, 96, 99)):  # two are dropped
        count = element(5, number.to_bytes(2))
        counted.receive(packets.rtp(number, payload_type=payload_type, ssrc=ssrc, extensions=count), now=1.0)
    (feedback,) = counted.feedback()
    assert read(feedback)[2] == {7: 1.0, 8: None, 9: 1.0, 10: 1.0}
    assert counted.feedback() == []
    report = counted.report(now=1.0)
    assert report is not None
    assert [type(message) for message in rtcp.parse(report)] == [ReceiverReport]


def test_viewers_do_not_get_the_count(counted: Intake) -> None:
    data = packets.rtp(1, payload_type=96, ssrc=VIDEO_SSRC, extensions=element(5, b"xy"))
    result = counted.receive(data, now=1.0)
    assert not isinstance(result, Drop)
    assert list(rtp.extensions(result[1].data, header(result[1].data))) == []


def test_a_sender_report_belongs_to_the_track_of_its_stream(publisher: Publisher) -> None:
    publisher.video(1)
    told = publisher.intake.sender_report(SenderReport(VIDEO_SSRC, 1, 2, 3, 4), now=1.0)
    assert told == (publisher.camera.layers[0], SenderReport(VIDEO_SSRC, 1 << 32, 2, 3, 4))  # by our clock
    assert publisher.intake.sender_report(SenderReport(99, 1, 2, 3, 4), now=1.0) is None


@pytest.mark.rule("MEDIA-18")
def test_viewers_are_told_of_five_sender_reports_a_second_for_each_track(publisher: Publisher) -> None:
    publisher.video(1)
    publisher.arrived(packets.rtp(1, ssrc=AUDIO_SSRC))
    reports = [
        publisher.intake.sender_report(SenderReport(ssrc, 1, 2, 3, 4), now=1 + n / 1000)
        for n in range(10_000)
        for ssrc in (VIDEO_SSRC, AUDIO_SSRC)
    ]
    told = [report and report[0] for report in reports]
    assert told[:3] == [publisher.camera.layers[0], publisher.voice.layers[0], None]
    for track in (publisher.camera, publisher.voice):
        assert told.count(track.layers[0]) == pytest.approx(50, abs=1)


@pytest.mark.rule("MEDIA-16")
def test_the_limit_goes_with_the_tracks(publisher: Publisher) -> None:
    admitted = sum(publisher.intake.limit.admits(40, control=False, now=1.0) for _ in range(10_000))
    assert admitted == 800


class Line:
    """To an intake that lets 20 packets in at once, and 20 a second."""

    def __init__(self) -> None:
        self.publisher = Publisher()
        self.intake = self.publisher.intake
        self.intake.limit = Limit(bytes_per_s=100_000, packets_per_s=20, compounds_per_s=50)
        self.now = 1.0
        self.sequence = self.again = 0
        self.kept_out: set[int] = set()
        self.asked: list[int] = []  # that nothing has come of yet
        self.keyframes: list[float] = []  # when one was asked for

    def send(self, payload: bytes = VP8_DELTA) -> bool:
        self.sequence += 1
        data = packets.rtp(self.sequence, payload, payload_type=96, ssrc=VIDEO_SSRC)
        return self._bring(data, self.sequence)

    def answer(self) -> None:
        """Send again what was asked for first."""
        if self.asked:
            self.again, number = self.again + 1, self.asked.pop(0)
            data = packets.rtp(self.again, number.to_bytes(2) + VP8_DELTA, payload_type=97, ssrc=RTX_SSRC)
            self._bring(data, number)

    def ask(self) -> None:
        for request in self.intake.requests(now=self.now):
            if isinstance(request, Nack):
                assert self.kept_out.isdisjoint(request.sequences)
                self.asked += request.sequences
            else:
                self.keyframes.append(self.now)

    def _bring(self, data: bytes, number: int) -> bool:
        admitted = self.intake.limit.admits(len(data), control=False, now=self.now)
        if admitted:
            self.intake.limit.proved()
            self.intake.receive(data, now=self.now)
        else:
            self.kept_out.add(number)
        return admitted


LINE_STEPS = st.one_of(
    st.tuples(st.just("send"), st.integers(1, 30)),
    st.tuples(st.just("lose"), st.integers(1, 5)),
    st.tuples(st.just("answer"), st.integers(1, 30)),
    st.tuples(st.just("wait"), st.integers(1, 1500)),
)


@pytest.mark.rule("MEDIA-16")
@given(st.lists(LINE_STEPS, max_size=40))
@example([("send", 18), ("lose", 1), ("send", 1), ("answer", 1), ("wait", 45)])
def test_what_was_not_let_in_is_never_asked_for(steps: list[tuple[str, int]]) -> None:
    line = Line()
    line.send(VP8_KEYFRAME)
    for what, count in steps:
        match what:
            case "send":
                for _ in range(count):
                    line.send()
            case "lose":
                line.sequence += count
            case "answer":
                for _ in range(count):
                    line.answer()
            case "wait":
                line.now += count / 1000
        line.ask()


@pytest.mark.rule("MEDIA-16")
def test_after_too_much_a_keyframe_is_asked_for_until_it_comes_and_losses_of_the_line_again() -> None:
    line = Line()
    line.send(VP8_KEYFRAME)
    for _ in range(100):  # ten times as much, for half a second
        line.now += 0.005
        line.send()
        line.ask()
    assert len(line.kept_out) > 60
    assert line.asked == []
    assert len(line.keyframes) == 1
    for _ in range(20):  # in bounds
        line.now += 0.1
        assert line.send()
        line.ask()
    assert [later - sooner >= 0.5 for sooner, later in pairwise(line.keyframes)] == [True] * 4
    line.send(VP8_KEYFRAME)
    line.now += 1.0
    line.sequence += 1  # lost on the line
    line.send()
    line.ask()
    assert line.asked == [line.sequence - 1]
    assert len(line.keyframes) == 5


@pytest.mark.rule("MEDIA-16")
def test_what_is_lost_on_the_line_right_after_is_asked_for() -> None:
    line = Line()
    for _ in range(21):
        line.send()
    assert line.kept_out == {21}
    line.now += 1.0
    line.send()
    line.sequence += 1
    line.send()
    line.ask()
    assert line.asked == [23]


@pytest.mark.rule("MEDIA-16")
def test_a_repair_that_was_too_much_is_given_up_for_a_keyframe() -> None:
    line = Line()
    line.send(VP8_KEYFRAME)
    line.sequence += 1
    for _ in range(19):
        line.send()
    line.ask()
    assert line.asked == [2]
    line.answer()
    line.now += 0.04
    line.ask()
    assert line.kept_out == {2}
    assert (line.asked, line.keyframes) == ([], [line.now])


@pytest.mark.rule("MEDIA-16")
def test_a_flood_in_the_name_of_a_publisher_leaves_its_losses_to_be_asked_for() -> None:
    line = Line()
    line.send(VP8_KEYFRAME)
    for _ in range(30):
        line.intake.limit.admits(1200, control=False, now=line.now)
    assert not line.send()
    line.kept_out.clear()
    line.now += 0.5
    assert line.send()
    line.ask()
    assert line.asked == [2]


@pytest.mark.rule("MEDIA-16")
def test_sound_that_was_too_much_is_not_asked_for(publisher: Publisher) -> None:
    limit = publisher.intake.limit
    publisher.arrived(packets.rtp(1, ssrc=AUDIO_SSRC))
    publisher.video(1, VP8_KEYFRAME)
    while limit.admits(1200, control=False, now=1.0):
        limit.proved()
    publisher.arrived(packets.rtp(3, ssrc=AUDIO_SSRC))
    publisher.video(2)
    assert publisher.intake.requests(now=1.0) == []


def test_a_track_that_was_dropped_gets_no_packets_and_the_others_go_on(publisher: Publisher) -> None:
    publisher.video(1)
    publisher.arrived(packets.rtp(1, ssrc=AUDIO_SSRC))
    publisher.intake.drop(publisher.camera)
    data = packets.rtp(2, payload_type=96, ssrc=VIDEO_SSRC)
    assert publisher.intake.receive(data, now=1.0) is Drop.UNKNOWN_STREAM
    assert publisher.arrived(packets.rtp(2, ssrc=AUDIO_SSRC))[1].index == 2


@given(st.lists(st.tuples(st.sampled_from([96, 97, 35, 36, 111, 50]), st.integers(0, 3), st.binary(max_size=30))))
def test_any_packets_are_taken_or_dropped(arrivals: list[tuple[int, int, bytes]]) -> None:
    publisher = Publisher()
    for n, (payload_type, ssrc, payload) in enumerate(arrivals):
        data = packets.rtp(n, payload, payload_type=payload_type, ssrc=(AUDIO_SSRC, VIDEO_SSRC, RTX_SSRC, 9)[ssrc])
        publisher.intake.receive(data, now=1.0)
        publisher.intake.requests(now=1.0)
        publisher.intake.report(now=1.0)
