"""Real sound and pictures in RTP packets for recordings, encoded by PyAV and packetised by hand."""

import struct
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import count as numbers
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

import av

from tests.sfu import packets

T = TypeVar("T")
WIDTH, HEIGHT = 320, 240
RATE = 25
SHADES = bytes(range(256))
PART = 900  # bytes of a frame in one packet


class Encoded(NamedTuple):
    data: bytes
    keyframe: bool


def pictures(codec: str, count: int, *, every: int = 10) -> tuple[Encoded, ...]:
    """`codec`: "libvpx" or "libx264"; a keyframe `every` so many pictures."""
    return _film(codec, every).first(count)


def sound(count: int) -> tuple[bytes, ...]:
    """Opus, 20 ms each: a tone."""
    return _tone().first(count)


class Reel(Generic[T]):
    """What is made one after the other, and each only once however often it is asked for."""

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self._made: list[T] = []

    def first(self, count: int) -> tuple[T, ...]:
        self._made += islice(self._source, max(0, count - len(self._made)))
        return tuple(self._made[:count])


@cache
def _film(codec: str, every: int) -> Reel[Encoded]:
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, RATE), RATE, every
    x264 = {
        "tune": "zerolatency",
        "profile": "baseline",
        "x264-params": f"keyint={every}:min-keyint={every}:scenecut=0",
    }
    encoder.options = x264 if codec == "libx264" else {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}

    def made() -> Iterator[Encoded]:
        for number in numbers():
            picture = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for shade, plane in enumerate(picture.planes):
                turned = SHADES[(7 * number + 60 * shade) % 256 :]
                plane.update((turned + SHADES * (plane.buffer_size // 256 + 1))[: plane.buffer_size])
            picture.pts, picture.time_base = number, encoder.time_base
            for packet in encoder.encode(picture):
                yield Encoded(bytes(packet), packet.is_keyframe)

    return Reel(made())


@cache
def _tone() -> Reel[bytes]:
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "flt"
    wave = struct.pack("1920f", *(0.3 * ((n // 96) % 2) for n in range(1920)))

    def made() -> Iterator[bytes]:
        for number in numbers():
            frame = av.AudioFrame("flt", "stereo", 960)
            frame.planes[0].update(wave)
            frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
            yield from map(bytes, encoder.encode(frame))

    return Reel(made())


def vp8(frame: bytes) -> Iterator[bytes]:
    """RFC 7741: payloads without a picture id."""
    for at in range(0, len(frame), PART):
        yield bytes((0x10 if at == 0 else 0x00,)) + frame[at : at + PART]


def h264(frame: bytes) -> Iterator[bytes]:
    """RFC 6184 from Annex B: parameter sets in a STAP-A, what is large in FU-A."""
    units = [unit for unit in frame.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    small = [unit for unit in units if unit[0] & 0x1F in (7, 8)]
    if small:
        yield bytes((24,)) + b"".join(len(unit).to_bytes(2) + unit for unit in small)
    for unit in units:
        if unit[0] & 0x1F in (7, 8, 6, 9):
            continue
        if len(unit) <= PART:
            yield unit
            continue
        body = unit[1:]
        for at in range(0, len(body), PART):
            flags = (0x80 if at == 0 else 0) | (0x40 if at + PART >= len(body) else 0)
            yield bytes((unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F)) + body[at : at + PART]


def stream(codec: str, count: int, *, ssrc: int = 0x1234, first: int = 65_500, ticks: int = 0) -> list[list[bytes]]:
    """RTP, as viewers get it: for each frame its packets.  Timestamps rise by the frame's length."""
    kind, payload_type, step = {"vp8": (vp8, 96, 90_000 // RATE), "h264": (h264, 102, 90_000 // RATE)}.get(
        codec, (None, 111, 960)
    )
    made, sequence = [], first
    frames = (
        sound(count) if kind is None else [f.data for f in pictures(f"lib{'vpx' if codec == 'vp8' else 'x264'}", count)]
    )
    for number, frame in enumerate(frames):
        payloads = [frame] if kind is None else list(kind(frame))
        made.append(
            [
                packets.rtp(
                    sequence + at,
                    payload,
                    payload_type=payload_type,
                    timestamp=(ticks + step * number) % (1 << 32),
                    ssrc=ssrc,
                    marker=at == len(payloads) - 1,
                )
                for at, payload in enumerate(payloads)
            ]
        )
        sequence += len(payloads)
    return made


class Read(NamedTuple):
    codec: str
    duration_ms: int | None
    times: list[int]
    size: tuple[int, int] | None
    pictures: int  # or frames of sound: decoded without an error


def read(path: Any) -> Read:
    """A file as a player sees it."""
    with av.open(str(path)) as file:
        stream: Any = file.streams[0]
        times, decoded = [], 0
        for packet in file.demux(stream):
            if packet.pts is not None:
                times.append(round(packet.pts * packet.time_base * 1000))
            decoded += len(packet.decode())
        size = (stream.codec_context.width, stream.codec_context.height) if stream.type == "video" else None
        duration = None if file.duration is None else file.duration // 1000
        return Read(stream.codec_context.name, duration, times, size, decoded)


def vp8_keyframe() -> bytes:
    """A payload that begins one."""
    return next(vp8(pictures("libvpx", 1)[0].data))
