"""WebSocket frames as a load client needs them: made masked, and taken apart by their headers alone.  Pure.

Nothing is decoded here.  A receiver that only counts reads two bytes a frame (RFC 6455 5.2), so that one core can
stand for many hundred viewers.
"""

from typing import NamedTuple

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A  # first bytes of whole frames: FIN and opcode
KEY = "bG9hZHRlc3QgbG9hZHRlcw=="  # any 16 bytes will do: nothing here guards against a proxy's cache

BROWSER = (
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)


class Taken(NamedTuple):
    """One frame of the server's."""

    kind: int
    payload: bytes


def upgrade(host: str, path: str, subprotocol: str) -> bytes:
    """The request that makes an HTTP connection a WebSocket, with what a phone's browser says in it."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Pragma: no-cache",
        "Cache-Control: no-cache",
        f"User-Agent: {BROWSER}",
        "Upgrade: websocket",
        f"Origin: http://{host}",
        "Sec-WebSocket-Version: 13",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8",
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        f"Sec-WebSocket-Protocol: {subprotocol}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def masked(kind: int, payload: bytes, key: bytes) -> bytes:
    """A client's frame; `key` is its mask of 4 bytes."""
    size = len(payload)
    if size < 126:
        head = bytes((kind, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((kind, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((kind, 0x80 | 127)) + size.to_bytes(8, "big")
    stream = (key * (size // 4 + 1))[:size]
    hidden = int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")
    return head + key + hidden.to_bytes(size, "big")


class Inflow:
    """The server's bytes on one connection, cut into frames."""

    __slots__ = ("_need", "_rest", "frames", "octets")

    def __init__(self) -> None:
        self.frames = 0  # text and binary frames seen whole
        self.octets = 0  # all bytes, headers and control frames included
        self._rest = bytearray()  # of a frame that is not whole
        self._need = 0  # bytes that `_rest` must have before it is worth another look

    def take(self, data: bytes, *, payloads: bool) -> list[Taken]:
        """The frames that are whole now: all of them, or without `payloads` the control frames only.

        Raises:
            ValueError: a server does not send that.
        """
        self.octets += len(data)
        if self._rest:
            self._rest += data
            if len(self._rest) < self._need:
                return []
            data = bytes(self._rest)
            self._rest.clear()
        found: list[Taken] = []
        at, size, frames, need = 0, len(data), 0, 2
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length >= 126:
                start += extended(length)
                if start > size:
                    need = start - at
                    break
                length = int.from_bytes(data[at + 2 : start], "big")
            end = start + length
            if end > size:
                need = end - at
                break
            kind = data[at]
            if kind == BINARY or kind == TEXT:
                frames += 1
                if payloads:
                    found.append(Taken(kind, data[start:end]))
            elif kind in (CLOSE, PING, PONG):
                found.append(Taken(kind, data[start:end]))
            else:
                raise ValueError(f"a frame that begins with {kind:#x}")
            at, need = end, 2
        if at < size:
            self._rest += data[at:]
            self._need = need
        self.frames += frames
        return found


def frame_bytes(payload: bytes) -> int:
    """What a server's frame with this payload takes on the wire."""
    size = len(payload)
    return size + (2 if size < 126 else 4 if size < 1 << 16 else 10)


def extended(length: int) -> int:
    """Bytes of the longer length that a header's second byte announces."""
    if length > 127:
        raise ValueError("a server's frame is not masked")
    return 2 if length == 126 else 8
