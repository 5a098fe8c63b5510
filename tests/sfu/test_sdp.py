from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core import sdp
from sfu.core.sdp import BadSdp
from tests.sfu.packets import AUDIO, FINGERPRINT, VIDEO, offer

CHROMIUM = Path(__file__).with_name("chromium-156-offer.sdp").read_text()
SIMULCAST = Path(__file__).with_name("chromium-156-simulcast-offer.sdp").read_text()
GOOD = offer(AUDIO, VIDEO)


def test_a_browser_s_offer_is_read() -> None:
    description = sdp.parse(CHROMIUM)
    audio, video = description.sections
    assert (audio.kind, audio.mid, audio.direction, audio.setup) == ("audio", "0", "sendonly", "actpass")
    assert audio.rtpmaps[111] == "opus/48000/2"
    assert video.parameters[97] == {"apt": "96"}
    assert video.extensions["urn:ietf:params:rtp-hdrext:sdes:mid"] == 4
    repairing, repaired = next(iter(video.repairs.items()))
    assert video.ssrcs == [repaired, repairing]
    assert description.security.fingerprints[0].algorithm == "sha-256"


def test_a_browser_s_offer_of_three_layers_is_read() -> None:
    audio, video = sdp.parse(SIMULCAST).sections
    assert (audio.rids, audio.simulcast) == ([], ())
    assert video.rids == ["q", "h", "f"]
    assert video.simulcast == ("q", "h", "f")
    assert video.ssrcs == []
    assert video.extensions["urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"] == 10
    assert video.extensions["urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"] == 11


@pytest.mark.parametrize(
    ("value", "rids"),
    [
        ("send q;h;f", ("q", "h", "f")),
        ("recv x send q;~h,y", ("q", "h")),
        ("recv q;h", ()),
        ("send", ()),
        ("send ;,;~;q;q;" + "z" * 17, ("q",)),
        ("", ()),
    ],
)
def test_what_is_sent_side_by_side_is_read(value: str, rids: tuple[str, ...]) -> None:
    _, video = sdp.parse(GOOD + f"a=simulcast:{value}\r\n").sections
    assert video.simulcast == rids


def test_what_is_said_for_the_session_holds_for_its_sections() -> None:
    text = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\na=ice-ufrag:abcd\na=ice-pwd:" + "p" * 22
    text += f"\na=fingerprint:SHA-256 {FINGERPRINT.lower()}\na=setup:active\n"
    text += "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:x\na=rtcp-mux\n"
    description = sdp.parse(text)
    assert description.security.ufrag == "abcd"
    assert description.security.fingerprints[0].value == FINGERPRINT
    assert description.sections[0].setup == "active"


def test_a_rejected_section_needs_nothing() -> None:
    text = GOOD.replace("m=video 9", "m=video 0").replace("BUNDLE 0 1", "BUNDLE 0")
    assert sdp.parse(text).sections[1].rejected


@pytest.mark.rule("MEDIA-8")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not begin"),
        ("{}", "does not begin"),
        ("v=0\r\ns=-\r\n", "no media section"),
        (GOOD + "rubbish\r\n", "not <type>=<value>"),
        (GOOD + "a=x\r\n" * 16_000, "larger than"),
        (GOOD + "a=x\r\n" * 500, "lines in a section"),
        (GOOD + "m=audio 9 x 1\r\na=mid:z\r\n" * 70, "media sections"),
        (GOOD.replace("a=mid:1", "a=mid:0"), "used twice"),
        (GOOD.replace("a=mid:1", "a=mid:"), "no mid"),
        (GOOD.replace("BUNDLE 0 1", "BUNDLE 0"), "one bundle"),
        (GOOD.replace("a=rtcp-mux\r\n", ""), "rtcp-mux"),
        (GOOD.replace("a=ice-ufrag:theirs\r\n", ""), "ice-ufrag"),
        (GOOD.replace("a=ice-pwd:p", "a=ice-pwd:\x00"), "ice-pwd"),
        (GOOD.replace("sha-256", "md5"), "no usable fingerprint"),
        (GOOD.replace(FINGERPRINT, FINGERPRINT[:-3]), "fingerprint is not one"),
        (GOOD.replace("m=audio 9", "m=audio x"), "number"),
        (GOOD.replace("m=audio 9", "m=audio 70000"), "number"),
        (GOOD.replace("m=audio 9", "m=noise 9"), "m-line"),
        (GOOD.replace("a=ssrc:4660", "a=ssrc:99999999999"), "number"),
        (GOOD.replace("a=rtpmap:111", "a=rtpmap:²"), "number"),
        (GOOD.replace(" 9 UDP", " 0 UDP"), "rejected"),
    ],
)
def test_what_is_not_a_session_description_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadSdp, match=reason):
        sdp.parse(text)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try_to_read(text)


@given(st.data())
def test_any_damage_to_a_good_offer_is_read_or_refused(data: st.DataObject) -> None:
    text = GOOD
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.text(max_size=8)) + text[at + cut :]
    try_to_read(text)


ATTRIBUTES = (
    "rtpmap",
    "fmtp",
    "extmap",
    "ssrc",
    "ssrc-group",
    "fingerprint",
    "setup",
    "mid",
    "group",
    "candidate",
    "rid",
    "simulcast",
)


@given(st.lists(st.tuples(st.sampled_from(ATTRIBUTES), st.text("FID 0123456789:=/;-x ", max_size=20)), max_size=8))
def test_any_attributes_are_read_or_refused(attributes: list[tuple[str, str]]) -> None:
    try_to_read(GOOD + "".join(f"a={name}:{value}\r\n" for name, value in attributes))


def try_to_read(text: str) -> None:
    try:
        sdp.parse(text)
    except BadSdp:
        pass
