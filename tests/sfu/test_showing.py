"""Which tracks a screen shows, and in whose numbers."""

import pytest

from sfu.core import sdp
from sfu.core.codecs import DEPENDENCIES
from sfu.core.description import Shown, showing
from sfu.core.sections import Carried
from sfu.core.showing import choose, plan
from tests.sfu import packets
from tests.sfu.packets import AUDIO
from tests.sfu.test_description import DATA, LOCAL, section

FIREFOX_VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 120 124 126",
    "a=rtpmap:120 VP8/90000",
    "a=rtpmap:124 rtx/90000",
    "a=fmtp:124 apt=120",
    "a=rtpmap:126 H264/90000",
    "a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1",
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid",
)


def a_track(name: str, source: str, *, teacher: bool = False, first: bool = False) -> Carried:
    kind = "audio" if source in ("microphone", "screen_audio") else "video"
    return Carried(name, 1, source, kind, teacher, first or teacher or source == "screen")


TRACKS = [
    a_track("pupil", "camera"),
    a_track("pupil voice", "microphone"),
    a_track("assistant", "camera", first=True),
    a_track("assistant voice", "microphone", first=True),
    a_track("assistant screen", "screen"),
    a_track("teacher", "camera", teacher=True),
    a_track("film", "screen_audio", teacher=True),
    a_track("teacher voice", "microphone", teacher=True),
    a_track("teacher screen", "screen", teacher=True),
]


@pytest.mark.rule("MEDIA-76")
def test_screens_come_first_and_then_the_teacher_and_then_staff() -> None:
    shown = [carried.track for carried in choose(TRACKS, "video")]
    assert shown == ["teacher screen", "assistant screen", "teacher", "assistant", "pupil"]


@pytest.mark.rule("MEDIA-76")
def test_the_teacher_is_heard_first() -> None:
    heard = [carried.track for carried in choose(TRACKS, "audio")]
    assert heard == ["teacher voice", "film", "assistant voice", "pupil voice"]


def test_an_answer_to_a_screen_has_the_screen_s_numbers() -> None:
    theirs = sdp.parse(packets.offer(AUDIO, FIREFOX_VIDEO, DATA, AUDIO, direction="recvonly"))
    places = plan(theirs)
    assert [place.mid for place in places] == ["0", "1", "3"]
    assert places[1].numbers == {96: 120, 97: 124, 102: 126}
    text = showing(theirs, [Shown(places[0], 11, 0), Shown(places[1], 22, 23)], LOCAL)
    ours = sdp.parse(text)
    assert [one.direction for one in ours.sections] == ["sendonly", "sendonly", "inactive", "inactive"]
    lines = section(text, 1)
    assert lines[0] == "video 4433 UDP/TLS/RTP/SAVPF 120 126 124"
    assert "a=fmtp:124 apt=120" in lines
    assert "a=ssrc-group:FID 22 23" in lines
    assert [line for line in lines if "extmap" in line] == [f"a=extmap:2 {FIREFOX_VIDEO[-2].split()[1]}"]


@pytest.mark.rule("MEDIA-41")
@pytest.mark.parametrize(("number", "taken"), [(3, True), (4, False)])
def test_a_screen_gets_dependency_descriptors_where_its_id_is_ours(number: int, taken: bool) -> None:
    section = (*(line for line in FIREFOX_VIDEO if "extmap:3" not in line), f"a=extmap:{number} {DEPENDENCIES}")
    [place] = plan(sdp.parse(packets.offer(section, direction="recvonly")))
    assert (DEPENDENCIES in place.extensions) == taken


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (packets.offer(AUDIO, direction="sendonly"), "nothing is received"),
        (packets.offer(AUDIO, direction="inactive"), "nothing is received"),
        (packets.offer(DATA), "nothing is received"),
        (
            packets.offer(tuple(line.replace("opus", "speex") for line in AUDIO), direction="recvonly"),
            "nothing is received",
        ),
        (packets.offer(*[AUDIO] * 9, direction="recvonly"), "more than 8 places"),
        (packets.offer(AUDIO, direction="recvonly").replace("actpass", "holdconn"), "a=setup:actpass"),
    ],
)
def test_what_is_no_screen_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(sdp.BadSdp, match=why):
        plan(sdp.parse(text))
