"""Reads transport-wide feedback as the draft says it, without any code of the server."""

import struct

RECEIVED = (1, 2)


def read(packet: bytes) -> tuple[int, int, dict[int, float | None]]:
    """(ssrc, feedback count, number -> time of arrival in s, or None for one that is said to be lost)."""
    first, kind, words = struct.unpack_from("!BBH", packet)
    assert (first & 0xDF, kind, 4 * words + 4) == (0x80 | 15, 205, len(packet))
    _, ssrc, base, total, reference = struct.unpack_from("!IIHHI", packet, 4)
    end = len(packet) - (packet[-1] if first & 0x20 else 0)
    at = 20
    statuses: list[int] = []
    while len(statuses) < total:
        (chunk,) = struct.unpack_from("!H", packet, at)
        at += 2
        if chunk < 0x8000:
            statuses += [chunk >> 13] * (chunk & 0x1FFF)
        elif chunk < 0xC000:
            statuses += [chunk >> 13 - n & 1 for n in range(14)]
        else:
            statuses += [chunk >> 12 - 2 * n & 3 for n in range(7)]
    ticks = (reference >> 8) * 256
    found: dict[int, float | None] = {}
    for n, status in enumerate(statuses[:total]):
        number = (base + n) & 0xFFFF
        assert status in (0, *RECEIVED)
        if status == 0:
            found[number] = None
            continue
        ticks += packet[at] if status == 1 else struct.unpack_from("!h", packet, at)[0]
        at += status
        found[number] = ticks / 4000
    assert at == end  # every delta was used, and the padding is less than a word
    assert len(packet) - end < 4
    return ssrc, reference & 0xFF, found
