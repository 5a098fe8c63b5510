"""The DTLS handshake and the keys that come of it; aiortc's transport does the work.

This is the only file that reaches into aiortc: `RTCDtlsTransport` runs over any object with `_recv`, `_send` and
`role`, and leaves two pylibsrtp sessions in `_rx_srtp` and `_tx_srtp` (aiortc 1.16).  Media never passes through it.
Once the other side has shown that it has its keys too, aiortc and OpenSSL are let go, and `core.alert` listens on.
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

from sfu.core.alert import CIPHER, VERSION, Alerts
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
        self._send = send
        self._wire: _Wire | None = _Wire(send)
        self._transport: RTCDtlsTransport | None = certificate.transport(self._wire, role)
        self._alerts: Alerts | None = None  # instead of both, from `settled` on
        self._closed: Callable[[], None] = lambda: None

    def feed(self, record: bytes) -> bool:
        """Take a datagram of DTLS; False: too many wait already."""
        if self._wire is None:
            if self._alerts is not None and self._alerts.ends(record):
                self._closed()
            return True
        if self._wire.records.full():
            return False
        self._wire.records.put_nowait(record)
        return True

    @property
    def waiting(self) -> bool:
        """Records have come that nobody has looked at."""
        return self._wire is not None and not self._wire.records.empty()

    async def handshake(self, fingerprints: Iterable[Fingerprint]) -> tuple[Session, Session] | None:
        """The SRTP sessions (receiving, sending); None: it failed, took too long, or it was somebody else."""
        transport = self._transport
        assert transport is not None
        expected = [RTCDtlsFingerprint(f.algorithm, f.value) for f in fingerprints]
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await transport.start(RTCDtlsParameters(fingerprints=expected))
        except TimeoutError:
            return None
        if transport.state != "connected":
            return None
        return transport._rx_srtp, transport._tx_srtp

    def when_closed(self, call: Callable[[], None]) -> None:
        """`call` when the other side has ended the association."""
        transport = self._transport
        assert transport is not None

        def changed() -> None:
            if transport.state == "closed":
                call()

        self._closed = call
        transport.on("statechange", changed)

    def settled(self) -> None:
        """The other side uses its keys, so that it has our last flight: nothing will have to be said again."""
        if self._transport is None or self._wire is None or (alerts := _alerts(self._transport._ssl)) is None:
            return
        _let_go(self._transport)
        left, self._alerts, self._transport, self._wire = self._wire.records, alerts, None, None
        while not left.empty():
            self.feed(left.get_nowait())

    async def stop(self) -> None:
        """Tell the other side and forget the keys."""
        if self._alerts is not None:
            self._send(self._alerts.close_notify())
            self._alerts = None
        elif self._transport is not None:
            self._transport.remove_all_listeners()
            await self._transport.stop()


def _alerts(ssl: SSL.Connection | None) -> Alerts | None:
    """None: they have agreed on something rare, which only OpenSSL knows."""
    if ssl is None or (ssl.get_protocol_version_name(), ssl.get_cipher_name()) != (VERSION, CIPHER):
        return None
    master, client, server = ssl.master_key(), ssl.client_random(), ssl.server_random()
    return Alerts(master, client, server) if master and client and server else None


def _let_go(transport: RTCDtlsTransport) -> None:
    transport.remove_all_listeners()
    if transport._task is not None:
        transport._task.cancel()
