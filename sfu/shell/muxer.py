"""Frames into a Matroska or WebM file, and a file that was cut off made whole again.  Muxes, never decodes a picture.

What is older than a second is on the disk, readable as it is: clusters are short, and flushed.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from sfu.core.assembly import size
from sfu.core.codecs import H264, OPUS, Codec

OPTIONS = {"cluster_time_limit": "1000", "flush_packets": "1"}  # ms; every frame goes to the kernel with its cluster
_MS = Fraction(1, 1000)


def suffix(codec: Codec) -> str:
    """WebM, which every browser plays, holds VP8 and Opus; Matroska holds the rest."""
    return ".mkv" if codec is H264 else ".webm"


def _format(path: Path) -> str:
    return "webm" if path.suffix == ".webm" else "matroska"


class Unfit(OSError):
    """These bytes are no sound or picture; the disk is well."""


@contextmanager
def _disk() -> Iterator[None]:
    """What the library says of the disk, as the system says it."""
    try:
        yield
    except FFmpegError as error:
        kind = Unfit if error.errno == errno.EINVAL or error.errno not in errno.errorcode else OSError
        raise kind(error.errno, error.strerror) from error


class MediaFile:
    """A file that is being written.  Methods raise Unfit for bytes that are nothing, OSError for a disk that fails."""

    def __init__(self, path: Path, codec: Codec, keyframe: bytes) -> None:
        with _disk():
            self._container = av.open(str(path), "w", format=_format(path), options=OPTIONS)
            self._stream = _stream(self._container, codec, keyframe)

    def write(self, data: bytes, ms: int, *, keyframe: bool) -> None:
        """`ms` of the file, rising."""
        packet = av.Packet(data)
        packet.stream = self._stream
        packet.time_base = _MS
        packet.pts = packet.dts = ms
        packet.is_keyframe = keyframe
        with _disk():
            self._container.mux(packet)

    def close(self) -> None:
        """Add what lets a player jump about in it, and its length."""
        with _disk():
            self._container.close()


def _stream(container: Any, codec: Codec, keyframe: bytes) -> Any:
    if codec is OPUS:
        return container.add_stream("libopus", codec.clock_hz)  # for its header only: nothing is encoded
    if codec is H264:
        with av.open(BytesIO(keyframe), format="h264") as read:
            if not read.streams.video or not read.streams.video[0].codec_context.width:
                raise Unfit(0, "that is no picture")
            return container.add_stream_from_template(read.streams.video[0])
    width, height = size(codec, keyframe)
    return container.add_mux_stream("vp8", width=width, height=height)


def times(path: Path) -> list[int]:
    """The instants of all frames that can be read, in ms.  Raises OSError where there is none."""
    with _disk(), av.open(str(path)) as read:
        found = [_ms(packet) for packet in read.demux(read.streams[0]) if packet.pts is not None]
    if not found:
        raise OSError(0, "there is nothing in it")
    return found


def remux(path: Path) -> None:
    """Make whole a file whose writer died: all frames up to where it was cut off, with what lets players jump.

    Raises:
        OSError: it cannot be read, or the disk takes nothing; the file is as it was.
    """
    whole = path.with_suffix(".mending" + path.suffix)
    try:
        with _disk(), av.open(str(path)) as read, av.open(str(whole), "w", format=_format(path), options=OPTIONS) as to:
            stream = to.add_stream_from_template(read.streams[0])
            for packet in read.demux(read.streams[0]):
                if packet.pts is not None:  # the last is empty
                    packet.stream = stream
                    to.mux(packet)
        os.replace(whole, path)
    finally:
        whole.unlink(missing_ok=True)


def _ms(packet: Any) -> int:
    return int(packet.pts * packet.time_base * 1000 + Fraction(1, 2))
