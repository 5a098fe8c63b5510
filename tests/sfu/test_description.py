from dataclasses import replace
from pathlib import Path

import pytest

from sfu.core import sdp
from sfu.core.codecs import DEPENDENCIES
from sfu.core.description import Local, answer, offer
from sfu.core.ice import Credentials
from sfu.core.publishing import plan
from sfu.core.sdp import Fingerprint
from sfu.core.sections import Carried, Sections
from tests.sfu import packets
from tests.sfu.packets import AUDIO, VIDEO

LOCAL = Local(
    session=7,
    credentials=Credentials("ours", "q" * 32),
    fingerprints=(Fingerprint("sha-256", packets.FINGERPRINT),),
    addresses=("192.0.2.1", "2001:db8::1"),
    port=4433,
)
DATA = ("m=application 9 UDP/DTLS/SCTP webrtc-datachannel",)


def section(text: str, number: int) -> list[str]:
    return text.split("m=")[number + 1].splitlines()


def test_an_answer_takes_the_named_tracks_and_lets_the_others_rest() -> None:
    theirs = sdp.parse(packets.offer(VIDEO, AUDIO, DATA))
    (incoming,) = plan(theirs, {"0": "t1"}, {"0": "camera"})
    text = answer(theirs, [incoming], LOCAL, version=2)
    ours = sdp.parse(text)
    assert [(s.kind, s.direction, s.rejected) for s in ours.sections] == [
        ("video", "recvonly", False),
        ("audio", "inactive", False),
        ("application", "inactive", True),
    ]
    assert ours.security == sdp.Security("ours", "q" * 32, LOCAL.fingerprints)
    assert "a=group:BUNDLE 0 1" in text.splitlines()
    assert "o=- 7 2 IN IP4 127.0.0.1" in text.splitlines()
    assert "a=ice-lite" in text.splitlines()


def test_an_answer_speaks_with_the_publisher_s_numbers() -> None:
    theirs = sdp.parse(packets.offer(VIDEO))
    text = answer(theirs, plan(theirs, {"0": "t1"}, {"0": "camera"}), LOCAL, version=1)
    lines = section(text, 0)
    assert lines[0] == "video 4433 UDP/TLS/RTP/SAVPF 96 35 97 36"
    assert "a=rtpmap:35 H264/90000" in lines
    assert "a=fmtp:36 apt=35" in lines
    assert "a=rtcp-fb:96 goog-remb" in lines
    assert "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time" in lines
    assert "a=setup:passive" in lines
    assert not [line for line in lines if "transport" in line]


@pytest.mark.rule("LAYER-1")
def test_an_answer_takes_the_layers_of_a_browser_s_offer() -> None:
    theirs = sdp.parse(Path(__file__).with_name("chromium-156-simulcast-offer.sdp").read_text())
    incoming = plan(theirs, {"0": "t1", "1": "t2"}, {"0": "microphone", "1": "camera"})
    text = answer(theirs, incoming, LOCAL, version=1)
    lines = section(text, 1)
    assert [line for line in lines if line.startswith(("a=rid", "a=simulcast"))] == [
        "a=rid:q recv",
        "a=rid:h recv",
        "a=rid:f recv",
        "a=simulcast:recv q;h;f",
    ]
    assert "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id" in lines
    assert "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id" in lines
    assert not [line for line in section(text, 0) if "rid" in line]


@pytest.mark.rule("MEDIA-41")
def test_dependency_descriptors_are_taken_and_offered_in_one_byte_headers() -> None:
    theirs = sdp.parse(packets.offer(packets.DEPENDING, VIDEO))
    text = answer(theirs, plan(theirs, {"0": "t1", "1": "t2"}, {"0": "camera", "1": "screen"}), LOCAL, version=1)
    sections = Sections(iter(range(100, 200)).__next__)
    sections.grow({"camera": 1, "microphone": 1})
    ours = offer(sections, LOCAL, version=1)
    found = [[line for line in section(one, n) if "dependency" in line] for one in (text, ours) for n in (0, 1)]
    assert found == [[f"a=extmap:{packets.DEPENDING_ID} {DEPENDENCIES}"], [], [f"a=extmap:3 {DEPENDENCIES}"], []]
    assert "extmap-allow-mixed" not in text + ours


def test_an_answer_promises_feedback_to_who_counts_its_packets() -> None:
    theirs = sdp.parse(packets.offer(packets.COUNTED_VIDEO))
    lines = section(answer(theirs, plan(theirs, {"0": "t1"}, {"0": "camera"}), LOCAL, version=1), 0)
    assert f"a=extmap:5 {packets.TRANSPORT_CC}" in lines
    assert [line for line in lines if "transport-cc" in line and "fb" in line] == [
        "a=rtcp-fb:96 transport-cc",
        "a=rtcp-fb:35 transport-cc",
    ]


@pytest.mark.rule("MEDIA-37")
def test_an_answer_says_in_the_sections_of_pictures_what_may_be_sent_in_all() -> None:
    theirs = sdp.parse(packets.offer(AUDIO, VIDEO, VIDEO))
    tracks = {"0": "t1", "1": "t2", "2": "t3"}
    incoming = plan(theirs, tracks, {"0": "microphone", "1": "camera", "2": "screen"})
    text = answer(theirs, incoming, LOCAL, version=1)
    said = [[line for line in section(text, n) if line.startswith("b=")] for n in range(3)]
    assert said == [[], ["b=TIAS:5128000"], ["b=TIAS:5128000"]]
    assert "b=" not in answer(theirs, [], LOCAL, version=1)


@pytest.mark.rule("MEDIA-36")
def test_answers_and_offers_let_sound_be_repaired() -> None:
    theirs = sdp.parse(packets.offer(AUDIO))
    ours = answer(theirs, plan(theirs, {"0": "t1"}, {"0": "microphone"}), LOCAL, version=1)
    sections = Sections(iter(range(100, 200)).__next__)
    sections.grow({"microphone": 1})
    for text in (ours, offer(sections, LOCAL, version=1)):
        assert "a=rtcp-fb:111 nack" in section(text, 0)
        assert any(line.startswith("a=fmtp:111 minptime=10;useinbandfec=1") for line in section(text, 0))


def test_every_address_is_a_candidate_in_order_of_preference() -> None:
    theirs = sdp.parse(packets.offer(AUDIO))
    lines = section(answer(theirs, [], LOCAL, version=1), 0)
    assert [line for line in lines if line.startswith("a=candidate")] == [
        "a=candidate:1 1 udp 2130706175 192.0.2.1 4433 typ host",
        "a=candidate:2 1 udp 2130705919 2001:db8::1 4433 typ host",
    ]


@pytest.mark.rule("MEDIA-60")
def test_tcp_candidates_come_after_all_of_udp() -> None:
    theirs = sdp.parse(packets.offer(AUDIO))
    lines = section(answer(theirs, [], replace(LOCAL, tcp_port=443), version=1), 0)
    assert [line for line in lines if line.startswith("a=candidate")][2:] == [
        "a=candidate:3 1 tcp 1516240639 192.0.2.1 443 typ host tcptype passive",
        "a=candidate:4 1 tcp 1516240383 2001:db8::1 443 typ host tcptype passive",
    ]


def test_an_offer_names_streams_and_ssrcs_whatever_its_sections_carry() -> None:
    sections = Sections(iter(range(100, 200)).__next__)
    sections.grow({"microphone": 1, "camera": 1})
    lines = section(offer(sections, LOCAL, version=1), 1)
    assert lines[0] == "video 4433 UDP/TLS/RTP/SAVPF 96 97 102 103"
    assert "a=msid:member0 member0-video" in lines
    assert "a=ssrc-group:FID 101 102" in lines
    assert "a=ssrc:101 cname:member0" in lines
    assert "a=setup:actpass" in lines
    before = offer(sections, LOCAL, version=2)
    sections.carry([Carried("t2", 3, "camera", "video")])
    assert offer(sections, LOCAL, version=2) == before


def test_a_microphone_is_asked_to_rest_in_silence_and_a_screen_s_sound_is_not() -> None:
    theirs = sdp.parse(packets.offer(AUDIO))
    for source, rests in (("microphone", True), ("screen_audio", False)):
        text = answer(theirs, plan(theirs, {"0": "t1"}, {"0": source}), LOCAL, version=1)
        assert ("usedtx=1" in text) is rests
