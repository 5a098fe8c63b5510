"""One end of a media connection: ICE checks, DTLS as the client, and SRTP over a UDP socket of its own.

Connected on the event loop; then the socket belongs to whoever sends and receives in earnest.
aiortc's `RTCDtlsTransport` runs over any object with `_recv`, `_send` and `role`, and leaves two SRTP sessions in
`_rx_srtp` and `_tx_srtp`.
"""

import asyncio
import secrets
import socket
from typing import Any, cast

from aioice import stun
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp import Session

from sfu.core import sdp

from .server import ServerFailed
from .swarm import address

CONNECT_S = 20.0
CHECK_S = 0.5  # until a check is sent again
RECEIVE_BYTES = 4 * 1024 * 1024  # asked for: a viewer's queue must not be what overflows
UFRAG, PASSWORD = "loadtest", "p" * 24
CERTIFICATE = RTCCertificate.generateCertificate()  # one for all: making one takes a while
SECURITY = (
    f"a=ice-ufrag:{UFRAG}",
    f"a=ice-pwd:{PASSWORD}",
    *(f"a=fingerprint:{f.algorithm} {f.value}" for f in CERTIFICATE.getFingerprints() if f.algorithm == "sha-256"),
)


class MediaBot:
    """Not connected yet; `place` chooses the address to come from."""

    role = "controlled"  # of the ICE transport that aiortc takes this for

    def __init__(self, place: int) -> None:
        self._place = place
        self._records: asyncio.Queue[bytes] = asyncio.Queue()
        self._checked = asyncio.Event()
        self._dtls = RTCDtlsTransport(cast(Any, self), [CERTIFICATE])
        self._dtls._set_role("client")
        self._remote: sdp.Security
        self.socket: socket.socket
        self.receiving: Session
        self.sending: Session

    async def connect(self, description: str) -> None:
        """Through ICE and DTLS with the server that wrote `description`.

        Raises:
            ServerFailed: it did not come to that.
        """
        remote = sdp.parse(description)
        self._remote = remote.security
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self.socket.bind((address(self._place), 0))
        self.socket.connect(("127.0.0.1", remote.sections[0].port))
        loop = asyncio.get_running_loop()
        loop.add_reader(self.socket, self._readable)
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._check()
                prints = [RTCDtlsFingerprint(f.algorithm, f.value) for f in self._remote.fingerprints]
                await self._dtls.start(RTCDtlsParameters(fingerprints=prints))
        except TimeoutError:
            raise ServerFailed(f"no media connection within {CONNECT_S} s") from None
        finally:
            loop.remove_reader(self.socket)
        if self._dtls.state != "connected":
            raise ServerFailed("the DTLS handshake failed")
        self.receiving, self.sending = self._dtls._rx_srtp, self._dtls._tx_srtp

    def consent(self) -> None:
        """Say that we are still there (RFC 7675)."""
        request = stun.Message(
            stun.Method.BINDING,
            stun.Class.REQUEST,
            secrets.token_bytes(12),
            {
                **{"USERNAME": f"{self._remote.ufrag}:{UFRAG}", "PRIORITY": 1},
                **{"ICE-CONTROLLING": 1, "USE-CANDIDATE": None},
            },
        )
        request.add_message_integrity(self._remote.password.encode())
        self.socket.send(bytes(request))

    async def close(self) -> None:
        """End the association and the socket."""
        await self._dtls.stop()
        self.socket.close()

    async def _check(self) -> None:
        while not self._checked.is_set():
            self.consent()
            try:
                await asyncio.wait_for(self._checked.wait(), CHECK_S)
            except TimeoutError:
                continue

    def _readable(self) -> None:
        data = self.socket.recv(2048)
        if data[0] < 4:
            self._checked.set()
        elif data[0] < 64:
            self._records.put_nowait(data)

    async def _recv(self) -> bytes:
        return await self._records.get()

    async def _send(self, data: bytes) -> None:
        self.socket.send(data)
