"""A client for tests: ICE, DTLS and SRTP over a UDP socket or TCP, without any media of its own.

What it receives is kept in queues, so that tests await packets and never sleep.
"""

import asyncio
import re
import secrets
import struct
from dataclasses import replace

from aioice import stun

from sfu.core import rtp, sdp
from sfu.core.framing import Frames, frame
from sfu.shell.dtls import Certificate, Dtls
from sfu.shell.wire import DATAGRAM_BYTES
from tests.sfu import packets

WAIT_S = 20.0  # on a machine that is busy with other things
CERTIFICATE = Certificate()


class Peer(asyncio.DatagramProtocol):
    def __init__(self, role: str = "client") -> None:
        self.rtp: asyncio.Queue[bytes] = asyncio.Queue()
        self.rtcp: asyncio.Queue[bytes] = asyncio.Queue()
        self.ended = asyncio.Event()
        self._stun: asyncio.Queue[stun.Message] = asyncio.Queue()
        self._dtls = Dtls(CERTIFICATE, self.send_raw, role=role)
        self._secured = False
        self._early: list[bytes] = []  # a newcomer is sent pictures at once, maybe before our end of the handshake
        self._udp: asyncio.DatagramTransport | None = None
        self.tcp: asyncio.Transport | None = None  # then it is the way
        self.tcp_ended = asyncio.Event()
        self._remote = ("127.0.0.1", 0)
        self._theirs: sdp.Security | None = None

    # What it says.

    def offer(self, *sections: tuple[str, ...], direction: str = "sendonly") -> str:
        return packets.offer(*sections, direction=direction, fingerprint=CERTIFICATE.fingerprints[0].value)

    def answer(
        self, offer: str, *, direction: str = "recvonly", fingerprint: str = "", extensions: tuple[str, ...] = ()
    ) -> str:
        """Take every section of a server's offer, with these extensions of it."""
        theirs = sdp.parse(offer)
        text = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        text.append("a=group:BUNDLE " + " ".join(section.mid for section in theirs.sections))
        for section in theirs.sections:
            text += [
                f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, section.payload_types))}",
                "a=ice-ufrag:theirs",
                "a=ice-pwd:" + "p" * 24,
                f"a=fingerprint:sha-256 {fingerprint or CERTIFICATE.fingerprints[0].value}",
                "a=setup:active",
                f"a=mid:{section.mid}",
                f"a={direction if section.direction == 'sendonly' else 'inactive'}",
                "a=rtcp-mux",
                *(f"a=extmap:{number} {uri}" for uri, number in section.extensions.items() if uri in extensions),
            ]
        return packets.lines(*text)

    # What it does.

    async def connect(self, remote: str) -> None:
        """Through ICE and DTLS with the server that wrote `remote`."""
        await self.check(remote)
        await self.secure()

    async def check(self, remote: str, *, password: str = "", tcp: int = 0) -> None:
        """Nominate a new address; `tcp`: a port to connect to instead."""
        description = sdp.parse(remote)
        self._theirs = description.security
        await (self.open_tcp(tcp) if tcp else self.open(description.sections[0].port))
        await self._nominate(password)

    async def check_again(self, fragment: str) -> None:
        """Nominate a new address after a restart that the server answered so."""
        ufrag, password, port = (
            re.findall(f"^a={form}\r$", fragment, re.MULTILINE)[0]
            for form in ("ice-ufrag:(.+)", "ice-pwd:(.+)", r"candidate:\d+ 1 udp \d+ \S+ (\d+) typ host")
        )
        assert self._theirs is not None
        self._theirs = replace(self._theirs, ufrag=ufrag, password=password)
        await self.open(int(port))
        await self._nominate()

    async def _nominate(self, password: str = "") -> None:
        assert self._theirs is not None
        request = stun.Message(
            stun.Method.BINDING,
            stun.Class.REQUEST,
            secrets.token_bytes(12),
            {"USERNAME": f"{self._theirs.ufrag}:theirs", "PRIORITY": 1, "ICE-CONTROLLING": 1, "USE-CANDIDATE": None},
        )
        request.add_message_integrity((password or self._theirs.password).encode())
        self.send_raw(bytes(request))
        answer = await asyncio.wait_for(self._stun.get(), WAIT_S)
        assert answer.transaction_id == request.transaction_id
        assert answer.check_message_integrity(self._theirs.password.encode())

    async def open(self, port: int) -> None:
        """Have an address of its own."""
        if self._udp is not None:
            self._udp.close()
        loop = asyncio.get_running_loop()
        self._remote = ("127.0.0.1", port)
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))

    async def open_tcp(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self.tcp, _ = await loop.create_connection(lambda: _Framed(self), "127.0.0.1", port)

    async def secure(self) -> None:
        assert self._theirs is not None
        sessions = await self._dtls.handshake(self._theirs.fingerprints)
        assert sessions is not None
        self._receiving, self._sending = sessions
        self._secured = True
        for data in self._early:
            self.datagram_received(data, self._remote)
        self._dtls.when_closed(self.ended.set)

    def send(self, packet: bytes) -> None:
        self.send_raw(self._sending.protect(packet))

    def send_rtcp(self, compound: bytes) -> None:
        self.send_raw(self._sending.protect_rtcp(compound))

    def send_raw(self, datagram: bytes) -> None:
        if self.tcp is not None:
            self.tcp.write(frame(datagram))
            return
        assert self._udp is not None
        self._udp.sendto(datagram, self._remote)

    async def packet(self) -> tuple[rtp.Header, bytes]:
        data = await asyncio.wait_for(self.rtp.get(), WAIT_S)
        header = rtp.parse(data)
        assert header is not None
        return header, data[header.payload_at :]

    async def close(self) -> None:
        await self._dtls.stop()
        if self._udp is not None:
            self._udp.close()
        if self.tcp is not None:
            self.tcp.abort()

    # From the socket.

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        if data[0] < 4:
            self._stun.put_nowait(stun.parse_message(data))
        elif data[0] < 64:
            self._dtls.feed(data)
        elif not self._secured:
            self._early.append(data)
        elif rtp.is_rtcp(data):
            self.rtcp.put_nowait(self._receiving.unprotect_rtcp(data))
        else:
            self.rtp.put_nowait(self._receiving.unprotect(data))


class _Framed(asyncio.Protocol):
    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._frames = Frames(DATAGRAM_BYTES)

    def data_received(self, data: bytes) -> None:
        for datagram in self._frames.feed(data):
            self._peer.datagram_received(datagram, ("", 0))

    def connection_lost(self, exc: Exception | None) -> None:
        self._peer.tcp_ended.set()


def ntp_report(ssrc: int, timestamp: int) -> bytes:
    """A sender report, by hand."""
    return struct.pack("!BBHIQIII", 0x80, 200, 6, ssrc, 1 << 32, timestamp, 1, 1)
