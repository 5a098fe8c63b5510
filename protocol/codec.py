"""Both codecs in one table: what a frame says, and the frame that says it.

A map is a message, an array is one of the few that fly by the thousand; the first byte tells which, because msgspec
keeps unions of maps and of arrays apart.  A JSON connection has one message that is no text: `board.chunk`, whose
deflated shapes are a binary frame as they are, a quarter less than in base64.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from . import commands as up
from . import events, notices
from .codes import CloseCode, ProtocolViolation

DEFLATED = b"x"  # RFC 1950: how zlib data begin, and no JSON

UpMap = (
    up.Hello
    | up.Talk
    | up.Moderation
    | up.Asking
    | up.BeginStroke
    | up.FinishStroke
    | up.Objects
    | up.Paging
    | up.Media
    | up.Calling
    | up.Ping
)
UpArray = up.ExtendStroke | up.MovePointer | up.ShowView
DownMap = (
    events.Presence
    | events.Course
    | events.Floor
    | events.Asked
    | events.StrokeBegun
    | events.StrokeFinished
    | events.Shapes
    | events.Pages
    | events.Tracks
    | events.Calls
    | notices.AnyNotice
    | notices.Pong
    | notices.Speaking
    | notices.Quality
    | notices.CallPlace
)
DownArray = events.StrokeExtended | notices.Pointer | notices.View
Down = DownMap | DownArray


class _Decoder(Protocol):
    def decode(self, frame: Any, /) -> Any: ...


@dataclass(frozen=True)
class Codec:
    """One way to write messages.  `text`: frames are WebSocket text frames."""

    subprotocol: str
    text: bool
    encode: Callable[[Any], bytes]
    _is_array: Callable[[str | bytes], bool]
    _up_map: _Decoder
    _up_array: _Decoder
    _down_map: _Decoder
    _down_array: _Decoder
    _anything: _Decoder

    def payload(self, message: Any) -> tuple[bytes, bool]:
        """What a WebSocket frame carries for a message, and whether that is a text frame."""
        if self.text and isinstance(message, notices.BoardChunk):
            return message.shapes, False
        return self.encode(message), self.text

    def decode_up(self, frame: str | bytes) -> up.Up:
        """Read what a client sent.

        Raises:
            ProtocolViolation: it is not a message of this protocol, with the close code that says so.
        """
        if isinstance(frame, str) is not self.text:
            raise ProtocolViolation("wrong kind of frame", CloseCode.NOT_TEXT if self.text else CloseCode.VIOLATION)
        decoder = self._up_array if self._is_array(frame) else self._up_map
        try:
            message: up.Up = decoder.decode(frame)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise ProtocolViolation(str(error)) from error
        return message

    def decode_down(self, frame: str | bytes) -> Down | None:
        """Read what the server sent; None when this client does not know the type.

        Raises:
            ValueError: it is not a message at all, or a known one with wrong fields.
        """
        if self.text and isinstance(frame, bytes) and frame[:1] == DEFLATED:
            return notices.BoardChunk(shapes=frame)
        is_array = self._is_array(frame)
        try:
            message: Down = (self._down_array if is_array else self._down_map).decode(frame)
        except msgspec.ValidationError:
            raw = self._anything.decode(frame)
            tag = (raw[0] if raw else None) if is_array else raw.get("type") if isinstance(raw, dict) else None
            if isinstance(tag, str) and tag not in DOWN_TYPES:
                return None
            raise
        return message


def _tags(union: Any) -> frozenset[str]:
    return frozenset(str(message.__struct_config__.tag) for message in union.__args__)


DOWN_TYPES = _tags(Down)


class _Drawing(
    msgspec.Struct, frozen=True, array_like=True, gc=False, tag_field="type", tag="board.extend"
):  # `ExtendStroke` without pressure
    id: int
    shape: str
    points: tuple[int, ...]


class _Drawn(
    msgspec.Struct, frozen=True, array_like=True, gc=False, tag_field="type", tag="board.extended"
):  # `StrokeExtended` without pressure
    seq: int
    at: int
    shape: str
    points: tuple[int, ...]


def _writer(encode: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """Leaves a missing pressure out, which msgspec would write as null: most of what is drawn has none."""

    def write(message: Any) -> bytes:
        match message:
            case events.StrokeExtended(seq=seq, at=at, shape=shape, points=points, pressure=None):
                return encode(_Drawn(seq, at, shape, points))
            case up.ExtendStroke(id=id, shape=shape, points=points, pressure=None):
                return encode(_Drawing(id, shape, points))
        return encode(message)

    return write


JSON = Codec(
    subprotocol="classroom.v1.json",
    text=True,
    encode=_writer(msgspec.json.Encoder().encode),
    _is_array=lambda frame: frame[:1] in ("[", b"["),
    _up_map=msgspec.json.Decoder(UpMap),
    _up_array=msgspec.json.Decoder(UpArray),
    _down_map=msgspec.json.Decoder(DownMap),
    _down_array=msgspec.json.Decoder(DownArray),
    _anything=msgspec.json.Decoder(),
)


def _is_msgpack_array(frame: str | bytes) -> bool:
    first = frame[0] if frame and isinstance(frame, bytes) else 0
    return 0x90 <= first <= 0x9F or first in (0xDC, 0xDD)


MSGPACK = Codec(
    subprotocol="classroom.v1.msgpack",
    text=False,
    encode=_writer(msgspec.msgpack.Encoder().encode),
    _is_array=_is_msgpack_array,
    _up_map=msgspec.msgpack.Decoder(UpMap),
    _up_array=msgspec.msgpack.Decoder(UpArray),
    _down_map=msgspec.msgpack.Decoder(DownMap),
    _down_array=msgspec.msgpack.Decoder(DownArray),
    _anything=msgspec.msgpack.Decoder(),
)

CODECS = {codec.subprotocol: codec for codec in (JSON, MSGPACK)}
