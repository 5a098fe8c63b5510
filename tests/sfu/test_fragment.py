import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core import fragment, sdp
from sfu.core.description import Local
from sfu.core.ice import Credentials
from sfu.core.sdp import BadSdp, Fingerprint
from tests.sfu import packets
from tests.sfu.packets import AUDIO, VIDEO, lines

KNOWN = Credentials("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
NEW = Credentials("ysXw", "vw5LmwG4y/e6dPP/zAP9Gp5k")
CANDIDATE = "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw"
CHARS = st.sampled_from("abcXYZ019+/")


def said(*credentials: Credentials) -> str:
    """A fragment of so many sections."""
    text = ["a=ice-options:trickle ice2", "a=group:BUNDLE 0 1"]
    for mid, one in enumerate(credentials):
        text += ["m=audio 9 UDP/TLS/RTP/SAVPF 111", f"a=mid:{mid}"]
        text += [f"a=ice-ufrag:{one.ufrag}", f"a=ice-pwd:{one.password}", CANDIDATE, "a=end-of-candidates"]
    return lines(*text)


@pytest.mark.parametrize(
    ("text", "theirs"),
    [
        (said(KNOWN), None),
        (said(KNOWN, KNOWN), None),
        (said(NEW), NEW),
        (said(NEW, NEW), NEW),
        (said(NEW).replace("\r\n", "\n"), NEW),
        (lines(f"a=ice-ufrag:{NEW.ufrag}", f"a=ice-pwd:{NEW.password}", "m=audio 9 RTP/AVP 0", "a=mid:0"), NEW),
        (lines("m=audio 9 RTP/AVP 0", "a=mid:0", CANDIDATE), None),  # says nothing of credentials
        (lines(f"a=ice-ufrag:{KNOWN.ufrag}", CANDIDATE), None),
        ("a=end-of-candidates", None),
    ],
)
def test_credentials_that_are_both_new_restart_ice(text: str, theirs: Credentials | None) -> None:
    assert fragment.restarts(text, KNOWN) == theirs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\r\n",
        "candidate:1",
        "A=ice-ufrag:ysXw",
        said(NEW) + "\r\nm=video 9 RTP/AVP 0\r\n",
        said(Credentials(NEW.ufrag, KNOWN.password)),
        said(Credentials(KNOWN.ufrag, NEW.password)),
        lines(f"a=ice-ufrag:{NEW.ufrag}"),
        lines(f"a=ice-pwd:{NEW.password}"),
        said(KNOWN, NEW),
        said(NEW, Credentials(NEW.ufrag, NEW.password + "x")),
        said(Credentials("abc", NEW.password)),
        said(Credentials("a" * 257, NEW.password)),
        said(Credentials("", NEW.password)),
        said(Credentials("ys-w", NEW.password)),
        said(Credentials(NEW.ufrag + " ", NEW.password)),
        said(Credentials(NEW.ufrag, "p" * 21)),
        said(Credentials(NEW.ufrag, "p" * 257)),
        said(Credentials(NEW.ufrag, "\u0660" * 22)),
    ],
)
def test_what_is_no_fragment_or_changes_half_is_none(text: str) -> None:
    with pytest.raises(BadSdp):
        fragment.restarts(text, KNOWN)


@given(
    st.text(CHARS, min_size=4, max_size=256),
    st.text(CHARS, min_size=22, max_size=256),
    st.text(CHARS, min_size=4, max_size=256),
    st.text(CHARS, min_size=22, max_size=256),
)
def test_a_restart_is_one_exactly_where_both_have_changed(ufrag: str, password: str, old: str, secret: str) -> None:
    known, theirs = Credentials(old, secret), Credentials(ufrag, password)
    changed = (ufrag != old) + (password != secret)
    if changed == 1:
        with pytest.raises(BadSdp):
            fragment.restarts(said(theirs), known)
    else:
        assert fragment.restarts(said(theirs), known) == (theirs if changed else None)
        assert fragment.restarts(said(theirs), theirs) is None


def test_our_end_is_told_for_the_section_whose_transport_is_everybody_s() -> None:
    data = ("m=application 9 UDP/DTLS/SCTP webrtc-datachannel",)
    offer = sdp.parse(packets.offer(data, VIDEO, AUDIO))
    prints = (Fingerprint("sha-256", packets.FINGERPRINT),)
    local = Local(7, Credentials("ours", "q" * 32), prints, ("192.0.2.1", "2001:db8::1"), 4433, 4434)
    assert fragment.restarted(offer, local) == lines(
        "a=ice-lite",
        "a=group:BUNDLE 1 2",
        "m=video 9 UDP/TLS/RTP/SAVPF 35 36 108 96 97",
        "a=mid:1",
        "a=ice-ufrag:ours",
        "a=ice-pwd:" + "q" * 32,
        "a=candidate:1 1 udp 2130706175 192.0.2.1 4433 typ host",
        "a=candidate:2 1 udp 2130705919 2001:db8::1 4433 typ host",
        "a=candidate:3 1 tcp 1516240639 192.0.2.1 4434 typ host tcptype passive",
        "a=candidate:4 1 tcp 1516240383 2001:db8::1 4434 typ host tcptype passive",
        "a=end-of-candidates",
    )
    assert fragment.restarts(fragment.restarted(offer, local), KNOWN) == local.credentials
