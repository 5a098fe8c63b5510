"""GStreamer's webrtcbin as a WHIP or WHEP client; run by Debian's own Python, which has GStreamer's bindings.

python3 gstreamer.py publish|play <url> <token> [passive]: says how its connection is
and what it plays, a line each; ends with its input.
"""

import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

import gi

for library in ("Gst", "GstSdp", "GstWebRTC"):
    gi.require_version(library, "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PUBLISH = """
webrtcbin name=rtc bundle-policy=max-bundle
videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1
  ! vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay
  ! application/x-rtp,media=video,encoding-name=VP8,payload=96 ! rtc.
audiotestsrc is-live=true wave=ticks ! audioconvert ! audioresample ! opusenc
  ! rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,payload=111 ! rtc.
"""
PLAY = "webrtcbin name=rtc bundle-policy=max-bundle fakesrc num-buffers=0 ! fakesink"
VIDEO = "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000,rtcp-fb-nack-pli=true"
AUDIO = "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2"


class Client:
    def __init__(self, role: str, url: str, token: str, *, passive: bool) -> None:
        self.loop = GLib.MainLoop()
        self._address = ""  # of the session
        self._url, self._token, self._passive = url, token, passive
        self._pipeline = Gst.parse_launch(PUBLISH if role == "publish" else PLAY)
        self._rtc = self._pipeline.get_by_name("rtc")
        self._rtc.connect("notify::ice-gathering-state", self._gathered)
        self._rtc.connect("notify::connection-state", self._connected)
        self._rtc.connect("pad-added", self._incoming)
        if role == "play":
            for caps in (AUDIO, VIDEO):
                direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
                self._rtc.emit("add-transceiver", direction, Gst.Caps.from_string(caps))
        self._rtc.connect("on-negotiation-needed", lambda _: self._offer())
        self._heard: set[str] = set()
        self._pipeline.set_state(Gst.State.PLAYING)

    def end(self) -> None:
        if self._address:
            urllib.request.urlopen(urllib.request.Request(self._address, method="DELETE")).close()
        self._pipeline.set_state(Gst.State.NULL)

    def _offer(self) -> None:
        self._rtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self._offered))

    def _offered(self, promise: Gst.Promise) -> None:
        reply = promise.get_reply()  # the offer is the reply's, and goes with it
        offer = reply.get_value("offer")
        self._rtc.emit("set-local-description", offer, Gst.Promise.new())

    def _gathered(self, *_: object) -> None:
        """All candidates are known: go and ask."""
        if self._rtc.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        text = self._rtc.get_property("local-description").sdp.as_text()
        if self._passive:
            text = text.replace("a=setup:actpass", "a=setup:passive")
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {self._token}"}
        try:
            with urllib.request.urlopen(urllib.request.Request(self._url, text.encode(), headers)) as answer:
                said = answer.read().decode()
                self._address = urllib.parse.urljoin(self._url, answer.headers["Location"])
        except urllib.error.HTTPError as error:
            say(f"refused {error.code} {error.read().decode()} {text}")
            return
        _, parsed = GstSdp.SDPMessage.new_from_text(said)
        kind = GstWebRTC.WebRTCSDPType.ANSWER
        answer = GstWebRTC.WebRTCSessionDescription.new(kind, parsed)
        self._rtc.emit("set-remote-description", answer, Gst.Promise.new())

    def _connected(self, *_: object) -> None:
        say(self._rtc.get_property("connection-state").value_nick)

    def _incoming(self, _: object, pad: Gst.Pad) -> None:
        if pad.direction != Gst.PadDirection.SRC:
            return
        decoder = Gst.ElementFactory.make("decodebin")
        decoder.connect("pad-added", self._decoded)
        self._pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def _decoded(self, _: object, pad: Gst.Pad) -> None:
        sink = Gst.ElementFactory.make("fakesink")
        sink.set_property("signal-handoffs", True)
        sink.set_property("sync", False)
        self._pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))
        kind = pad.get_current_caps().to_string().partition("/")[0]
        sink.connect("handoff", lambda *_: self._plays(kind))

    def _plays(self, kind: str) -> None:
        if kind not in self._heard:
            self._heard.add(kind)
            say(f"plays {kind}")


def say(line: str) -> None:
    """In one piece: the two streams have threads of their own."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(role: str, url: str, token: str, *more: str) -> None:
    Gst.init(None)
    client = Client(role, url, token, passive="passive" in more)

    def until_the_input_ends() -> None:
        sys.stdin.read()
        client.loop.quit()

    threading.Thread(target=until_the_input_ends, daemon=True).start()
    client.loop.run()
    client.end()


main(*sys.argv[1:])
