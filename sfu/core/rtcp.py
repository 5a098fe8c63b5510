"""RTCP as data: the compound packets that we read, and those that we send (RFC 3550 6, RFC 4585 6, REMB draft).

Pure.  Reading never raises: a part that does not parse, or that means nothing to a forwarder, is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct, pack
from typing import NamedTuple

_SR, _RR, _RTPFB, _PSFB = 200, 201, 205, 206
_NACK = 1
_PLI, _FIR, _ALFB = 1, 4, 15

_HEAD = Struct("!BBH")
_SENDER = Struct("!IQIII")
_REPORT = Struct("!IIIIII")
_PAIR = Struct("!II")
_FCI_NACK = Struct("!HH")
_REMB_NAME = b"REMB"
_REMB_MANTISSA_MAX = (1 << 18) - 1


class Report(NamedTuple):
    """One block of a sender's or receiver's report: how `ssrc` arrives at the other end."""

    ssrc: int
    fraction_lost: int  # of 256, since the last report
    packets_lost: int  # since the beginning, 24 bits, may be negative
    highest_sequence: int  # with the cycles in the upper 16 bits
    jitter_ts: int
    last_sr: int  # the middle 32 bits of the NTP time in the last sender report
    since_last_sr: int  # in 1/65536 s


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int  # 32.32 fixed point
    timestamp: int
    packets: int
    octets: int


class ReceiverReport(NamedTuple):
    reports: tuple[Report, ...]


class Nack(NamedTuple):
    ssrc: int
    sequences: tuple[int, ...]


class KeyframeRequest(NamedTuple):
    """A PLI or a FIR: they ask for the same thing."""

    ssrc: int


class Remb(NamedTuple):
    """What its sender can take in all, of the streams that it names."""

    bits_per_s: int


Message = SenderReport | ReceiverReport | Nack | KeyframeRequest | Remb


def parse(compound: bytes) -> list[Message]:
    """The messages of a compound packet, in order; as many as can be read."""
    messages: list[Message] = []
    at = 0
    while at + 4 <= len(compound):
        first, kind, words = _HEAD.unpack_from(compound, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(compound):
            break
        _read(kind, first & 0x1F, compound[at + 4 : end], messages)
        at = end
    return messages


def _read(kind: int, count: int, body: bytes, into: list[Message]) -> None:
    if kind == _SR and len(body) >= 24:
        into.append(SenderReport(*_SENDER.unpack_from(body)))
        into.append(ReceiverReport(_reports(body[24:], count)))
    elif kind == _RR and len(body) >= 4:
        into.append(ReceiverReport(_reports(body[4:], count)))
    elif kind == _RTPFB and count == _NACK and len(body) >= 12:
        into.append(Nack(_PAIR.unpack_from(body)[1], _missing(body[8:])))
    elif kind == _PSFB and count == _PLI and len(body) >= 8:
        into.append(KeyframeRequest(_PAIR.unpack_from(body)[1]))
    elif kind == _PSFB and count == _FIR:
        # The media ssrc of a FIR is zero; each entry names its own (RFC 5104 4.3.1).
        into.extend(KeyframeRequest(_PAIR.unpack_from(body, at)[0]) for at in range(8, len(body) - 7, 8))
    elif kind == _PSFB and count == _ALFB and len(body) >= 16 and body[8:12] == _REMB_NAME:
        exponent, mantissa = body[13] >> 2, (body[13] & 3) << 16 | body[14] << 8 | body[15]
        into.append(Remb(mantissa << exponent))


def _reports(body: bytes, count: int) -> tuple[Report, ...]:
    whole = min(count, len(body) // _REPORT.size)
    return tuple(
        Report(ssrc, loss >> 24, (loss & 0xFFFFFF) - ((loss & 0x800000) << 1), highest, jitter, last_sr, since)
        for ssrc, loss, highest, jitter, last_sr, since in _REPORT.iter_unpack(body[: whole * _REPORT.size])
    )


def _missing(body: bytes) -> tuple[int, ...]:
    sequences: list[int] = []
    for at in range(0, len(body) - 3, 4):
        first, mask = _FCI_NACK.unpack_from(body, at)
        sequences.append(first)
        sequences.extend((first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1)
    return tuple(sequences)


def sender_report(report: SenderReport) -> bytes:
    fields = report.ssrc, report.ntp, report.timestamp, report.packets, report.octets
    return _HEAD.pack(0x80, _SR, 6) + _SENDER.pack(*fields)


def receiver_report(sender: int, reports: Iterable[Report]) -> bytes:
    """Blocks beyond 31 do not fit the format and are left out."""
    blocks = [
        _REPORT.pack(
            r.ssrc,
            r.fraction_lost << 24 | r.packets_lost & 0xFFFFFF,
            r.highest_sequence,
            r.jitter_ts,
            r.last_sr,
            r.since_last_sr,
        )
        for r in reports
    ][:31]
    return _HEAD.pack(0x80 | len(blocks), _RR, 1 + 6 * len(blocks)) + pack("!I", sender) + b"".join(blocks)


def pli(sender: int, ssrc: int) -> bytes:
    return _HEAD.pack(0x80 | _PLI, _PSFB, 2) + _PAIR.pack(sender, ssrc)


def nack(sender: int, ssrc: int, sequences: Iterable[int]) -> bytes:
    """Ask for these packets again; `sequences` rise (and may wrap)."""
    entries: list[tuple[int, int]] = []
    for sequence in sequences:
        distance = (sequence - entries[-1][0]) & 0xFFFF if entries else 0
        if entries and 1 <= distance <= 16:
            first, mask = entries[-1]
            entries[-1] = first, mask | 1 << (distance - 1)
        else:
            entries.append((sequence, 0))
    body = b"".join(_FCI_NACK.pack(*entry) for entry in entries)
    return _HEAD.pack(0x80 | _NACK, _RTPFB, 2 + len(entries)) + _PAIR.pack(sender, ssrc) + body


def remb(sender: int, bits_per_s: int, ssrcs: Iterable[int]) -> bytes:
    """Say how much the sender of these streams may send to us in all."""
    exponent = max(0, bits_per_s.bit_length() - 18)
    mantissa = min(bits_per_s >> exponent, _REMB_MANTISSA_MAX)
    named = list(ssrcs)[:255]
    head = _HEAD.pack(0x80 | _ALFB, _PSFB, 4 + len(named)) + _PAIR.pack(sender, 0) + _REMB_NAME
    value = bytes((len(named), exponent << 2 | mantissa >> 16, mantissa >> 8 & 0xFF, mantissa & 0xFF))
    return head + value + b"".join(ssrc.to_bytes(4) for ssrc in named)
