"""The DTLS handshake and the keys that come of it; aiortc's transport does the work.

This is the only file that reaches into aiortc: `RTCDtlsTransport` runs over any object with `_recv`, `_send` and
`role`, and leaves two pylibsrtp sessions in `_rx_srtp` and `_tx_srtp` (aiortc 1.16).  Media never passes through it.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, cast

from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
)
from OpenSSL import SSL
from pylibsrtp import Session

from sfu.core.sdp import Fingerprint

RECORDS_MAX = 32  # datagrams that wait; a ClientHello alone may take two
HANDSHAKE_S = 15.0


class _Certificate(RTCCertificate):
    """Has one OpenSSL context for all connections: aiortc would make one for each, of 60 KiB."""

    _context: SSL.Context | None = None

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
            self._context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # an idle connection has none
        return self._context


class Certificate:
    """One ECDSA certificate for all connections of an engine."""

    def __init__(self) -> None:
        self._certificate = _Certificate.generateCertificate()
        self.fingerprints = tuple(
            Fingerprint(f.algorithm, f.value) for f in self._certificate.getFingerprints() if f.algorithm == "sha-256"
        )

    def transport(self, wire: "_Wire", role: str) -> RTCDtlsTransport:
        transport = RTCDtlsTransport(cast(Any, wire), [self._certificate])
        transport._set_role(role)
        return transport


class _Wire:
    """What aiortc takes for its ICE transport."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.records: asyncio.Queue[bytes] = asyncio.Queue(RECORDS_MAX)
        self._out = send

    async def _recv(self) -> bytes:
        return await self.records.get()

    async def _send(self, data: bytes) -> None:
        self._out(data)


class Dtls:
    """One association.  We are the server, unless a test wants the other side."""

    def __init__(self, certificate: Certificate, send: Callable[[bytes], None], role: str = "server") -> None:
        self._wire = _Wire(send)
        self._transport = certificate.transport(self._wire, role)

    def feed(self, record: bytes) -> bool:
        """Take a datagram of DTLS; False: too many wait already."""
        if self._wire.records.full():
            return False
        self._wire.records.put_nowait(record)
        return True

    @property
    def waiting(self) -> bool:
        """Records have come that nobody has looked at."""
        return not self._wire.records.empty()

    async def handshake(self, fingerprints: Iterable[Fingerprint]) -> tuple[Session, Session] | None:
        """The SRTP sessions (receiving, sending); None: it failed, took too long, or it was somebody else."""
        expected = [RTCDtlsFingerprint(f.algorithm, f.value) for f in fingerprints]
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await self._transport.start(RTCDtlsParameters(fingerprints=expected))
        except TimeoutError:
            return None
        if self._transport.state != "connected":
            return None
        return self._transport._rx_srtp, self._transport._tx_srtp

    def when_closed(self, call: Callable[[], None]) -> None:
        """`call` when the other side has ended the association."""

        def changed() -> None:
            if self._transport.state == "closed":
                call()

        self._transport.on("statechange", changed)

    async def stop(self) -> None:
        """Tell the other side and forget the keys."""
        self._transport.remove_all_listeners()
        await self._transport.stop()
