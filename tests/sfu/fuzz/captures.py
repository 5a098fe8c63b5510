"""What a real Chromium 156 sent, and inputs made of it; many datagrams in one input stand each behind their length."""

from collections.abc import Iterator
from pathlib import Path

from sfu.core import rtp
from sfu.core.framing import frame

HERE = Path(__file__).parent
OFFER = HERE.parent / "chromium-156-offer.sdp"
LAYERED_OFFER = HERE.parent / "chromium-156-simulcast-offer.sdp"


def captured(kind: str) -> list[bytes]:
    """Its datagrams, decrypted; `kind`: stun, rtp or rtcp."""
    return [datagram for _, datagram in split((HERE / "captured" / f"chromium-156.{kind}").read_bytes())]


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The datagrams of an input, each with the upper four bits of its length, which an input is free to use."""
    at = 0
    while at + 2 <= len(data):
        word = int.from_bytes(data[at : at + 2])
        end = at + 2 + (word & 0xFFF)
        yield word >> 12, data[at + 2 : end]
        at = end


def joined(datagrams: list[bytes]) -> bytes:
    return b"".join(map(frame, datagrams))


def pictures() -> list[bytes]:
    """The payloads of its VP8 packets."""
    found = []
    for packet in captured("rtp"):
        header = rtp.parse(packet)
        assert header is not None
        if header.payload_type == 96:
            found.append(packet[header.payload_at : header.payload_end])
    return found
