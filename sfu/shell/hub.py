"""What all transports of one engine share."""

import asyncio
import secrets
from dataclasses import dataclass, field

from sfu.core.description import Local
from sfu.core.ice import Credentials
from sfu.shell.counters import Counters
from sfu.shell.dtls import Certificate
from sfu.shell.port import Port
from sfu.shell.taping import Recorder
from sfu.shell.tasks import Tasks

HANDSHAKES_MAX = 64  # at a time; a client that finds no room sends its ClientHello again


@dataclass(slots=True)
class Hub:
    port: Port
    counters: Counters
    certificate: Certificate
    advertised: tuple[str, ...]
    loop: asyncio.AbstractEventLoop
    recorder: Recorder
    tasks: Tasks = field(default_factory=Tasks)
    handshakes: int = 0

    def local(self) -> Local:
        """A new connection's own end, with credentials of its own."""
        # Letters and digits only, and more random bits than RFC 8445 5.3 asks for.
        credentials = Credentials(secrets.token_hex(8), secrets.token_hex(16))
        session = secrets.randbits(62)
        return Local(session, credentials, self.certificate.fingerprints, self.advertised, self.port.number)


def new_ssrc() -> int:
    return secrets.randbelow(0xFFFFFFFF - 1) + 1
