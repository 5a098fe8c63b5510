"""The DTLS handshake and the keys that come of it; aiortc's transport does the work.

This is the only file that reaches into aiortc: `RTCDtlsTransport` runs over any object with `_recv`, `_send` and
`role`, and leaves two pylibsrtp sessions in `_rx_srtp` and `_tx_srtp` (aiortc 1.16).  Media never passes through it.
Once the other side has shown that it has its keys too, aiortc and OpenSSL are let go, and `core.alert` listens on.

aiortc is imported with the first handshake: with it come PyAV and its codecs, which nobody needs, 20 MB and 0.1 to
0.2 s (docs/performance.md).  A process without media is spared them, and the loop goes on while a thread imports.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from sfu.core.alert import CIPHER, VERSION, Alerts
from sfu.core.sdp import Fingerprint

if TYPE_CHECKING:
    from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport, SRTPProtectionProfile
    from OpenSSL import SSL
    from pylibsrtp import Session

RECORDS_MAX = 32  # datagrams that wait; a ClientHello alone may take two
HANDSHAKE_S = 15.0
CIPHERS = b":".join(
    kind + cipher  # ECDSA first, which ours is; RSA for servers that have such a certificate (GStreamer)
    for kind in (b"ECDHE-ECDSA-", b"ECDHE-RSA-")
    for cipher in (b"AES128-GCM-SHA256", b"CHACHA20-POLY1305", b"AES128-SHA", b"AES256-SHA")
)
VALID = timedelta(days=365)  # nobody looks at it: clients know the certificate by its fingerprint (RFC 8827 5.6)


class Certificate:
    """One ECDSA certificate for all connections of an engine."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._signed = _self_signed(self._key)
        self.fingerprints = (Fingerprint("sha-256", self._signed.fingerprint(hashes.SHA256()).hex(":").upper()),)
        self._for_aiortc: RTCCertificate | None = None
        self._importing = asyncio.Lock()

    async def transport(self, wire: "_Wire", role: str) -> "RTCDtlsTransport":
        certificate = self._for_aiortc or await self._taken_to_aiortc()
        from aiortc.rtcdtlstransport import RTCDtlsTransport

        transport = RTCDtlsTransport(cast(Any, wire), [certificate])
        transport._set_role(role)
        return transport

    async def _taken_to_aiortc(self) -> "RTCCertificate":
        async with self._importing:  # one thread does it; who comes meanwhile waits
            if self._for_aiortc is None:
                self._for_aiortc = await asyncio.to_thread(self._import)
            return self._for_aiortc

    def _import(self) -> "RTCCertificate":
        from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate

        certificate = RTCCertificate(self._key, self._signed)
        context = certificate._create_ssl_context(sorted(SRTP_PROFILES, key=_cost))
        context.set_cipher_list(CIPHERS)
        # One for all connections: aiortc would make one of 30 KiB for each.
        cast(Any, certificate)._create_ssl_context = lambda srtp_profiles: context
        return certificate


def _cost(profile: "SRTPProtectionProfile") -> tuple[bool, int]:
    """GCM first, which protects in half the time; no longer keys than the handshake's own, which are of 128 bits."""
    return b"GCM" not in profile.openssl_profile, profile.key_length


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    serial, now = x509.random_serial_number(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{serial:x}")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID)
        .sign(key, hashes.SHA256())
    )


class _Wire:
    """What aiortc takes for its ICE transport."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.records: asyncio.Queue[bytes] = asyncio.Queue(RECORDS_MAX)
        self.taken: Callable[[], None] = lambda: None  # called when all that was received has been looked at
        self._out = send

    async def _recv(self) -> bytes:
        self.taken()
        return await self.records.get()

    async def _send(self, data: bytes) -> None:
        self._out(data)


class Dtls:
    """One association.  We are the server, unless the other side is."""

    def __init__(self, certificate: Certificate, send: Callable[[bytes], None], role: str = "server") -> None:
        self._certificate = certificate
        self._role = role
        self._send = send
        self._wire: _Wire | None = _Wire(send)
        self._transport: RTCDtlsTransport | None = None  # not before the handshake
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
    def begins(self) -> bool:
        """We speak first."""
        return self._role == "client"

    @property
    def waiting(self) -> bool:
        """Records have come that nobody has looked at."""
        return self._wire is not None and not self._wire.records.empty()

    async def handshake(
        self, fingerprints: Iterable[Fingerprint], got_on: Callable[[], None] = lambda: None
    ) -> "tuple[Session, Session] | None":
        """The SRTP sessions (receiving, sending); None: it failed, took too long, or it was somebody else.

        Args:
            got_on: called when it has come a step further, which repetition alone does not do.
        """
        assert self._wire is not None
        transport = self._transport = await self._certificate.transport(self._wire, self._role)
        from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters

        expected = [RTCDtlsFingerprint(f.algorithm, f.value) for f in fingerprints]
        self._wire.taken = _watch(transport, got_on)
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await transport.start(RTCDtlsParameters(fingerprints=expected))
        except TimeoutError:
            return None
        finally:
            self._wire.taken = lambda: None
        return (transport._rx_srtp, transport._tx_srtp) if transport.state == "connected" else None

    def when_closed(self, call: Callable[[], None]) -> None:
        """`call` when the other side has ended the association, which has begun with the handshake."""
        transport = self._transport
        assert transport is not None

        def changed() -> None:
            if transport.state == "closed":
                call()

        self._closed = call
        transport.on("statechange", changed)

    def settled(self) -> None:
        """The other side uses its keys, so that it has our last flight: nothing will have to be said again."""
        if self._transport is None or self._wire is None or self.begins:
            return
        if (alerts := _alerts(self._transport._ssl)) is None:
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


def _watch(transport: "RTCDtlsTransport", got_on: Callable[[], None]) -> Callable[[], None]:
    """To be called now and then: calls `got_on` when OpenSSL is in another state of its handshake."""
    state = b""

    def look() -> None:
        nonlocal state
        if transport._ssl is not None and (reached := transport._ssl.get_state_string()) != state:
            state = reached
            got_on()

    return look


def _alerts(ssl: "SSL.Connection | None") -> Alerts | None:
    """None: they have agreed on something rare, which only OpenSSL knows."""
    if ssl is None or (ssl.get_protocol_version_name(), ssl.get_cipher_name()) != (VERSION, CIPHER):
        return None
    master, client, server = ssl.master_key(), ssl.client_random(), ssl.server_random()
    return Alerts(master, client, server) if master and client and server else None


def _let_go(transport: "RTCDtlsTransport") -> None:
    """Leave nothing for the garbage collector: it may come an hour later, and OpenSSL takes 60 KiB a connection."""
    transport.remove_all_listeners()
    task, transport._task, transport._ssl = transport._task, None, None
    if task is not None:
        task.cancel()
