"""TURN servers for clients whose network lets no UDP through, and credentials for them.

The credentials are of the form that coturn calls `use-auth-secret` (draft-uberti-behave-turn-rest-00): the name is the
second at which they end, the password its HMAC.  Nothing is stored, and nothing in them says whose they are.
"""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence

from protocol.notices import IceServer


class Relays:
    def __init__(self, urls: Sequence[str], secret: str, *, valid_s: int, now: Callable[[], float]) -> None:
        """
        Args:
            urls: as `RTCPeerConnection` takes them: `turn:host:3478?transport=udp`; none: clients get no relay.
            secret: coturn's `static-auth-secret`.
            valid_s: how long a client may still make new allocations.
            now: seconds since 1970.
        """
        self._urls = tuple(urls)
        self._secret = secret.encode()
        self._valid_s = valid_s
        self._now = now

    def servers(self) -> tuple[IceServer, ...]:
        """With credentials of their own for each client: coturn's quotas are by name."""
        if not self._urls:
            return ()
        name = f"{int(self._now()) + self._valid_s}:{secrets.token_hex(4)}"
        digest = hmac.digest(self._secret, name.encode(), "sha1")
        return (IceServer(self._urls, name, b64encode(digest).decode()),)
