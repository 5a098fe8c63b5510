"""What all transports of one engine share."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from sfu.core.choice import Limits
from sfu.core.description import Local
from sfu.core.ice import Credentials
from sfu.core.places import Places
from sfu.shell.counters import Counters
from sfu.shell.dtls import Certificate
from sfu.shell.port import Port
from sfu.shell.stream import Streams
from sfu.shell.taping import Recorder
from sfu.shell.tasks import Tasks


class Shaking(Protocol):
    """A transport in its handshake."""

    def give_way(self) -> None: ...


@dataclass(slots=True)
class Hub:
    port: Port
    counters: Counters
    certificate: Certificate
    advertised: tuple[str, ...]
    limits: Limits
    loop: asyncio.AbstractEventLoop
    recorder: Recorder
    streams: Streams | None = None  # None: no TCP
    tasks: Tasks = field(default_factory=Tasks)
    handshakes: Places[Shaking] = field(default_factory=Places)

    def local(self) -> Local:
        """A new connection's own end, with credentials of its own."""
        session = secrets.randbits(62)
        prints, tcp_port = self.certificate.fingerprints, self.streams.number if self.streams else 0
        return Local(session, new_credentials(), prints, self.advertised, self.port.number, tcp_port)


def new_credentials(number: str = "") -> Credentials:
    """`number`: of the connection that they are for, where it has one already: it goes on."""
    # Letters and digits only, and more random bits than RFC 8445 5.3 asks for.
    random = secrets.token_hex(8)
    return Credentials(number.lower() + random[len(number) :], secrets.token_hex(16))


def new_ssrc() -> int:
    return secrets.randbelow(0xFFFFFFFF - 1) + 1
