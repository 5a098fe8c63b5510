"""What both sides agree on in a handshake, with a client that is aiortc as it comes."""

import asyncio
from typing import Any, cast

import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate, RTCDtlsTransport

from sfu.core.sdp import Fingerprint
from sfu.shell.dtls import Certificate, Dtls


class Foreign(Certificate):
    """A client's, that offers these ways to protect media in this order."""

    def __init__(self, *offers: bytes) -> None:
        self._offers = [profile for name in offers for profile in SRTP_PROFILES if profile.openssl_profile == name]
        self._own = RTCCertificate.generateCertificate()
        [sha256] = [print_ for print_ in self._own.getFingerprints() if print_.algorithm == "sha-256"]
        self.fingerprints = (Fingerprint(sha256.algorithm, sha256.value),)

    async def transport(self, wire: Any, role: str) -> RTCDtlsTransport:
        transport = RTCDtlsTransport(cast(Any, wire), [self._own])
        transport._srtp_profiles = self._offers
        transport._set_role(role)
        return transport


@pytest.mark.parametrize(
    ("offers", "agreed"),
    [
        ((b"SRTP_AEAD_AES_256_GCM", b"SRTP_AES128_CM_SHA1_80", b"SRTP_AEAD_AES_128_GCM"), b"SRTP_AEAD_AES_128_GCM"),
        ((b"SRTP_AES128_CM_SHA1_80", b"SRTP_AEAD_AES_256_GCM"), b"SRTP_AEAD_AES_256_GCM"),
        ((b"SRTP_AES128_CM_SHA1_80",), b"SRTP_AES128_CM_SHA1_80"),
    ],
)
async def test_media_is_protected_in_the_cheapest_way_that_the_client_has(
    offers: tuple[bytes, ...], agreed: bytes
) -> None:
    ours, theirs = Certificate(), Foreign(*offers)

    def to_client(record: bytes) -> None:
        client.feed(record)

    def to_server(record: bytes) -> None:
        server.feed(record)

    server, client = Dtls(ours, to_client), Dtls(theirs, to_server, role="client")
    sessions, keys = await asyncio.gather(server.handshake(theirs.fingerprints), client.handshake(ours.fingerprints))
    assert sessions is not None
    assert keys is not None
    assert client._transport is not None
    assert client._transport._ssl is not None
    assert client._transport._ssl.get_selected_srtp_profile() == agreed
    protected = sessions[1].protect(bytes.fromhex("806f0001000000000000004d") + b"sound")
    assert keys[0].unprotect(protected)[12:] == b"sound"
    await asyncio.gather(client.stop(), server.stop())
