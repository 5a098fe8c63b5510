"""A wire over a real socket, viewers with keys of their own at the other end, and a track of theirs."""

import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pylibsrtp import Policy, Session

from sfu.core import rtp
from sfu.core.codecs import OPUS
from sfu.core.copying import Copy
from sfu.core.load import LOAD_MAX, Load
from sfu.core.sections import Carried
from sfu.core.track import Packet, Track
from sfu.shell import kernel
from sfu.shell.counters import Counters
from sfu.shell.kernel import SLOTS
from sfu.shell.wire import Address, Lane, PlainWire
from tests.sfu import packets

KEY = bytes(range(30))
SSRC, FIRST = 77, 5000


def session(direction: int = Policy.SSRC_ANY_OUTBOUND, *, gcm: bool = False) -> Session:
    """One end; the other has the same key.  `gcm`: its trailers are longer than others'."""
    profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM if gcm else Policy.SRTP_PROFILE_AES128_CM_SHA1_80
    policy = Policy(KEY[: 28 if gcm else 30], direction, srtp_profile=profile)
    policy.allow_repeat_tx = True
    policy.window_size = 128
    return Session(policy)


class Kernel:
    """Stands before `sendmmsg`: notes how many packets each message carries, and fails as it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runs: list[int] = []
        self.at_once = SLOTS
        self.fails: Callable[[int], int] = lambda run: 0  # errno for a message of so many packets
        self._real = kernel._sendmmsg
        monkeypatch.setattr(kernel, "_sendmmsg", self)

    def __call__(self, fd: int, messages: Any, count: int, flags: int) -> int:
        count = min(count, self.at_once)
        headers = kernel._ffi.buffer(messages, 64 * count)
        runs = [int.from_bytes(headers[64 * n + 24 : 64 * n + 32], "little") for n in range(count)]  # msg_iovlen
        bad = [n for n, run in enumerate(runs) if self.fails(run)]
        if bad[:1] == [0]:
            kernel._ffi.errno = self.fails(runs[0])
            return -1
        sent: int = self._real(fd, messages, bad[0] if bad else count, flags)
        self.runs += runs[:sent]
        return sent


class Viewer:
    """A socket at the other end, which opens what it gets."""

    def __init__(self, host: str, *, gcm: bool = False) -> None:
        self.socket = bound(host)
        self.socket.settimeout(5)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._session = session(Policy.SSRC_ANY_INBOUND, gcm=gcm)

    def plain(self) -> bytes:
        """The next packet."""
        return self._session.unprotect(self.socket.recv(4096))

    def next(self) -> tuple[int, int, int, bytes]:
        """(ssrc, sequence, timestamp, payload) of the next packet."""
        header = rtp.parse(data := self.plain())
        assert header is not None
        return header.ssrc, header.sequence, header.timestamp, data[header.payload_at :]

    def payloads(self, count: int) -> list[bytes]:
        return [self.next()[3] for _ in range(count)]


def bound(host: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    return sock


class Desk:
    """A wire, viewers, and a track of theirs."""

    def __init__(self, made: type[PlainWire], host: str = "127.0.0.1") -> None:
        self.counters = Counters()
        sock = bound(host)
        sock.setblocking(False)
        self.host = sock.getsockname()
        self.wire = made(sock, self.counters)
        self._viewers: list[Viewer] = []
        self.track = Track(Carried("t1", 1, "microphone", "audio"))
        self.layer = self.track.layers[0]
        self.layer.new_source()

    def viewer(self, *, gcm: bool = False) -> Viewer:
        self._viewers.append(Viewer(self.host[0], gcm=gcm))
        return self._viewers[-1]

    def arrives(self, *datagrams: bytes, source: Viewer | None = None) -> list[tuple[Address, Any]]:
        """What the wire has of datagrams that were sent to it."""
        sender = source or self.viewer()
        for datagram in datagrams:
            sender.socket.sendto(datagram, self.host)
        return self.wire.receive(64)

    def address(self, viewer: Viewer) -> Address:
        """A viewer's address as this wire writes it: of something that came from there."""
        return self.arrives(b"x", source=viewer)[0][0]

    def copy(self) -> Copy:
        copy = Copy(self.track, ssrc=SSRC, rtx_ssrc=0, first_sequence=FIRST)
        copy.aim(self.layer)
        return copy

    def packet(self, sequence: int, payload: bytes) -> Packet:
        data = packets.rtp(sequence, payload, timestamp=sequence)
        header = rtp.parse(data)
        assert header is not None
        index = self.layer.indexes.index(sequence)
        packet = self.layer.accept(index, header, bytearray(data), OPUS, now=1.0)
        assert packet is not None
        return packet

    def packets(self, *payloads: bytes) -> list[Packet]:
        return [self.packet(sequence, payload) for sequence, payload in enumerate(payloads)]

    def close(self) -> None:
        self.wire.close()
        for viewer in self._viewers:
            viewer.socket.close()


def give(lane: Lane, copy: Copy, packets: Sequence[Packet]) -> None:
    """As the fan does it."""
    layer = packets[0].layer
    for n in range(0, len(packets), LOAD_MAX):
        load = Load(packets[n : n + LOAD_MAX])
        layer.march = load.join(layer.march)
        lane.outlet.rank([(copy, lane)])(load)
