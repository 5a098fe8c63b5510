import pytest

from sfu.core import sdp
from sfu.core.codecs import H264, OPUS, VP8
from sfu.core.publishing import extension_numbers, plan
from sfu.core.sdp import BadSdp
from tests.sfu.packets import AUDIO, VIDEO, offer

TRACKS = {"0": "t1", "1": "t2"}
SOURCES = {"0": "microphone", "1": "camera"}
BOTH = offer(AUDIO, VIDEO)


def test_named_sections_become_tracks_with_our_codecs_in_our_order() -> None:
    audio, video = plan(sdp.parse(BOTH), TRACKS, SOURCES)
    assert (audio.track, audio.source, audio.mid, audio.codecs, audio.ssrcs) == (
        "t1",
        "microphone",
        "0",
        {111: OPUS},
        (4660,),
    )
    assert list(video.codecs.items()) == [(96, VP8), (35, H264)]
    assert video.rtx == {97: 96, 36: 35}
    assert (video.ssrcs, video.repairs) == ((22136,), {22137: 22136})


def test_extensions_get_the_ids_of_viewers() -> None:
    audio, video = plan(sdp.parse(BOTH), TRACKS, SOURCES)
    assert (extension_numbers(audio)[7], extension_numbers(audio)[4]) == (1, 0)
    assert extension_numbers(video)[3] == 2


def test_a_section_that_does_not_send_publishes_nothing() -> None:
    assert plan(sdp.parse(offer(AUDIO, direction="inactive")), {"0": "t1"}, SOURCES) == []


def test_a_section_that_is_not_named_publishes_nothing() -> None:
    assert [entry.track for entry in plan(sdp.parse(BOTH), {"1": "t2"}, SOURCES)] == ["t2"]


@pytest.mark.rule("LAYER-1")
@pytest.mark.parametrize(
    ("rids", "layers"),
    [
        ("q;h;f", {"low": "q", "medium": "h", "high": "f"}),
        ("f;h;q", {"low": "q", "medium": "h", "high": "f"}),
        ("q;f", {"low": "q", "high": "f"}),
        ("1;2;3;4", {"low": "1", "medium": "2", "high": "3"}),
        ("1;2", {"low": "1", "high": "2"}),
        ("1", {"high": "1"}),
        ("never", {"high": ""}),
    ],
)
def test_encodings_side_by_side_are_layers(rids: str, layers: dict[str, str]) -> None:
    named = [f"a=rid:{rid} send" for rid in rids.split(";") if rid != "never"]
    text = offer((*VIDEO, *named, f"a=simulcast:send {rids}"))
    (video,) = plan(sdp.parse(text), {"0": "t1"}, {"0": "camera"})
    assert video.layers == layers
    assert list(video.layers) == sorted(video.layers, key=("low", "medium", "high").index)


@pytest.mark.rule("MEDIA-8")
@pytest.mark.parametrize(
    ("text", "tracks", "sources", "reason"),
    [
        (BOTH, {"9": "t1"}, {}, "no media section has the mid '9'"),
        (BOTH, {"0": "t1", "1": "t1"}, SOURCES, "named twice"),
        (BOTH, {"0": "t1"}, {"0": "camera"}, "cannot be the source"),
        (BOTH, {"0": "t1"}, {}, "cannot be the source"),
        (BOTH, {str(n): f"t{n}" for n in range(5)}, {}, "more than 4 tracks"),
        (offer(*[AUDIO] * 17), {}, {}, "more than 16 media sections"),
        (BOTH.replace("a=setup:actpass", "a=setup:passive", 1), TRACKS, SOURCES, "a=setup:actpass"),
        (BOTH.replace("opus", "speex"), TRACKS, SOURCES, "no audio codec in common"),
    ],
)
def test_what_cannot_be_published_is_refused_with_the_reason(
    text: str, tracks: dict[str, str], sources: dict[str, str], reason: str
) -> None:
    with pytest.raises(BadSdp, match=reason):
        plan(sdp.parse(text), tracks, sources)


@pytest.mark.rule("MEDIA-79")
def test_h264_that_is_called_baseline_is_taken_where_there_is_no_constrained_baseline() -> None:
    ffmpeg = tuple(line.replace("42e01f", "42001f") for line in VIDEO)
    (incoming,) = plan(sdp.parse(offer(ffmpeg)), {"0": "t1"}, {"0": "camera"})
    assert [codec.name for codec in incoming.codecs.values()] == ["VP8", "H264"]
    assert incoming.codecs[35].parameters.endswith("profile-level-id=42001f")
    browser = (
        *VIDEO[:1],
        "a=rtpmap:34 H264/90000",
        "a=fmtp:34 packetization-mode=1;profile-level-id=42001f",
        *VIDEO[1:],
    )
    browser = (browser[0].replace(" 35 ", " 34 35 "), *browser[1:])
    (incoming,) = plan(sdp.parse(offer(browser)), {"0": "t1"}, {"0": "camera"})
    assert list(incoming.codecs) == [96, 35]
