"""The codecs and header extensions that we forward, with one numbering for all viewers.

Pure, a table.  Every packet of a publisher gets these numbers once, on arrival, so that a viewer's copy needs no
more than its own ssrc and sequence number.
"""

import re
from dataclasses import dataclass, replace

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
DEPENDENCIES = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"


@dataclass(frozen=True, slots=True)
class Codec:
    kind: str  # "audio" or "video"
    name: str
    clock_hz: int
    channels: int
    payload_type: int  # towards viewers
    rtx: int | None  # payload type of its retransmissions, towards viewers
    parameters: str  # fmtp
    feedback: tuple[str, ...]

    @property
    def rtpmap(self) -> str:
        return f"{self.name}/{self.clock_hz}" + (f"/{self.channels}" if self.channels > 1 else "")


_VIDEO_FEEDBACK = ("goog-remb", "ccm fir", "nack", "nack pli")

# Chromium does not offer to repair sound, but asks for what it misses, and sends again what is asked, when it is told
# that it may.  Without, nothing repairs it: encoders add redundancy (FEC) only for losses of their own line.
OPUS = Codec("audio", "opus", 48000, 2, 111, None, "minptime=10;useinbandfec=1", ("nack",))
VP8 = Codec("video", "VP8", 90000, 1, 96, 97, "", _VIDEO_FEEDBACK)
H264 = Codec(  # constrained baseline: what every browser decodes
    "video",
    "H264",
    90000,
    1,
    102,
    103,
    "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    _VIDEO_FEEDBACK,
)
_BASELINE = re.compile("42[0-9a-f]{4}")
CODECS = (OPUS, VP8, H264)  # in order of preference

AUDIO_LEVEL_ID, ABS_SEND_TIME_ID, DEPENDENCIES_ID = 1, 2, 3  # towards viewers

# What publishers may send, and the ids with which viewers get it; 0: not passed on.
EXTENSIONS: dict[str, dict[str, int]] = {
    "audio": {AUDIO_LEVEL: AUDIO_LEVEL_ID, ABS_SEND_TIME: ABS_SEND_TIME_ID, TRANSPORT_CC: 0, MID: 0},
    "video": {
        ABS_SEND_TIME: ABS_SEND_TIME_ID,
        DEPENDENCIES: DEPENDENCIES_ID,
        TRANSPORT_CC: 0,
        MID: 0,
        RID: 0,
        REPAIRED_RID: 0,
    },
}


def matching(kind: str, rtpmap: str, parameters: dict[str, str]) -> Codec | None:
    """The codec of ours that an offered payload type means, if any."""
    for codec in CODECS:
        if codec.kind == kind and codec.rtpmap.lower() == rtpmap.lower():
            return codec if codec is not H264 or _is_constrained_baseline(parameters) else None
    return None


def nearly_matching(kind: str, rtpmap: str, parameters: dict[str, str]) -> Codec | None:
    """H.264 that is called baseline by who encodes what every browser decodes (ffmpeg); answered by that name."""
    profile = parameters.get("profile-level-id", "").lower()
    if kind != "video" or rtpmap.lower() != H264.rtpmap.lower() or parameters.get("packetization-mode") != "1":
        return None
    if not _BASELINE.fullmatch(profile):
        return None
    return replace(H264, parameters=f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}")


def _is_constrained_baseline(parameters: dict[str, str]) -> bool:
    profile = parameters.get("profile-level-id", "").lower()
    return profile.startswith("42e0") and parameters.get("packetization-mode") == "1"
