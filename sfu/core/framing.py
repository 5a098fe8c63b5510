"""Datagrams in a stream of bytes: each behind its length in two bytes (RFC 4571, for ICE over TCP: RFC 6544 10.1).

Pure.  Keeps one unfinished datagram at most.
"""

from collections.abc import Iterator

LENGTH_BYTES = 2


class TooLong(ValueError):
    """A datagram that is longer than any that we take: the rest of the stream cannot be read."""


def frame(datagram: bytes) -> bytes:
    return len(datagram).to_bytes(LENGTH_BYTES) + datagram


class Frames:
    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The datagrams that `data` completes, one by one: who has had enough need not read on.

        Raises:
            TooLong: one is announced that is longer than `most_bytes`.
        """
        data, at, self._rest = self._rest + data, 0, b""
        while len(data) - at >= LENGTH_BYTES:
            size = int.from_bytes(data[at : at + LENGTH_BYTES])
            if size > self._most_bytes:
                raise TooLong(f"{size} bytes")
            end = at + LENGTH_BYTES + size
            if end > len(data):
                break
            yield data[at + LENGTH_BYTES : end]
            at = end
        self._rest = data[at:]
