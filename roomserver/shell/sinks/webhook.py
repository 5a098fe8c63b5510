"""Envelopes as signed webhooks: Standard Webhooks 1.0 around a CloudEvents body in JSON.

https://www.standardwebhooks.com: `webhook-id` (the envelope's own, so that repeats are known), `webhook-timestamp` of
this try, and `webhook-signature`, one for each secret.  Rules: SINK-7 to SINK-10.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256

import aiohttp

from ..store import Letter
from .addresses import opener
from .sink import Patience, Undelivered, Unwanted

TIMEOUT_S = 20.0  # Standard Webhooks: 15 to 30 s
BODY_BYTES = 16_000_000  # a receiver need not be ready for more: the largest class, asked a hundred things, has 11 MB
SECRET_BYTES = range(24, 65)  # Standard Webhooks
PREFIX = "whsec_"
GONE = 410


class BadSecret(ValueError):
    """It cannot sign."""


class Webhook:
    """Each letter is a request of its own.  `now` is the clock's."""

    in_order = False
    patience = Patience(5.0, 86_400.0, tries=28)  # a week, on average

    def __init__(
        self, url: str, secrets: Sequence[bytes], *, now: Callable[[], float], allow_private: bool = False
    ) -> None:
        self._url = url
        self._secrets = secrets
        self._now = now
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=opener(allow_private=allow_private)),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Content-Type": "application/cloudevents+json; charset=utf-8", "User-Agent": "roomserver"},
            auto_decompress=False,
        )

    async def send(self, letters: Sequence[Letter]) -> None:
        [letter] = letters
        if len(letter.envelope) > BODY_BYTES:
            raise Unwanted(f"{len(letter.envelope)} bytes are more than a webhook carries")
        headers = signed(letter.id, round(self._now()), letter.envelope, self._secrets)
        try:
            async with self._session.post(
                self._url, data=letter.envelope, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is one
            raise Undelivered(f"{type(error).__name__}: {error}") from error
        if status == GONE:
            raise Unwanted("it answered 410: it wants no more of these")
        if not 200 <= status < 300:
            raise Undelivered(f"it answered {status}")

    async def close(self) -> None:
        await self._session.close()


def signed(id: str, timestamp: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The headers that prove who sent it, and when (`timestamp` in seconds)."""
    content = f"{id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(secret, content, sha256)).decode() for secret in secrets)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def secrets_of(text: str) -> list[bytes]:
    """One a line, `whsec_` and base64; while one replaces another both sign.

    Raises:
        BadSecret: there is none, or one that is no such secret.
    """
    found = []
    for line in text.split():
        try:
            secret = base64.b64decode(line.removeprefix(PREFIX), validate=True)
        except binascii.Error as error:
            raise BadSecret("a secret is whsec_ and then base64") from error
        if len(secret) not in SECRET_BYTES:
            raise BadSecret(f"a secret has {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes, not {len(secret)}")
        found.append(secret)
    if not found:
        raise BadSecret("there is no secret")
    return found
