"""The public keys of the systems that sign our tokens, fetched from where they are published and kept for a while.

A key verifies the one algorithm of its kind and no other.  It never fetches more than once in 30 seconds, whatever
tokens it is asked about.  Rules: WHO-5 to WHO-7 in docs/rules.md.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ALGORITHMS = {"RS256": RSAPublicKey, "ES256": EllipticCurvePublicKey, "EdDSA": Ed25519PublicKey}
RSA_MIN_BITS = 2048
FETCH_EVERY_S = 30.0  # at most
FRESH_S = 3600.0  # after so long a key that has been withdrawn is no longer honoured, if its publisher answers
FETCH_TIMEOUT_S = 3.0
ANSWER_MAX_BYTES = 256 * 1024
KEYS_MAX = 64

log = logging.getLogger(__name__)


class Jwks:
    """The key set at `url`; `now` is the clock's."""

    def __init__(self, url: str, now: Callable[[], float]) -> None:
        self._url = url
        self._now = now
        self._keys: Sequence[jwt.PyJWK] = ()
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key of that id for that algorithm; without an id, the only one for it.  None: there is none."""
        if self._wanting(key_id, algorithm):
            async with self._fetching:  # who asks meanwhile waits for the same answer
                if self._wanting(key_id, algorithm) and self._now() >= self._tried_at + FETCH_EVERY_S:
                    await self._fetch()
        return self._held(key_id, algorithm)

    def _wanting(self, key_id: str | None, algorithm: str) -> bool:
        return self._held(key_id, algorithm) is None or self._now() >= self._fetched_at + FRESH_S

    def _held(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        fitting = [
            key for key in self._keys if key.algorithm_name == algorithm and (key_id is None or key.key_id == key_id)
        ]
        return fitting[0] if len(fitting) == 1 else None

    async def _fetch(self) -> None:
        """Replace the keys; those held stay when it fails."""
        self._tried_at = self._now()
        try:
            self._keys = usable_keys(orjson.loads(await _get(self._url)))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("no keys from %s: %s", self._url, error or type(error).__name__)
        else:
            self._fetched_at = self._now()


async def _get(url: str) -> bytes:
    timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(url, allow_redirects=False) as response,
    ):
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        answer = b""
        async for chunk in response.content.iter_chunked(16 * 1024):
            answer += chunk
            if len(answer) > ANSWER_MAX_BYTES:
                raise ValueError(f"more than {ANSWER_MAX_BYTES} bytes")
        return answer


def usable_keys(document: Any) -> list[jwt.PyJWK]:
    """The keys of a JWK set (RFC 7517) that may verify a signature; what we cannot use is passed over.

    Raises:
        ValueError: it is no JWK set.
    """
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("no JWK set")
    return [key for described in document["keys"][:KEYS_MAX] if (key := _usable(described)) is not None]


def _usable(described: Any) -> jwt.PyJWK | None:
    try:
        key = jwt.PyJWK(described)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None
    if not isinstance(key.key, ALGORITHMS.get(key.algorithm_name, ())):  # above all no secrets
        return None
    if key.public_key_use not in (None, "sig"):
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < RSA_MIN_BITS:
        return None
    return key
