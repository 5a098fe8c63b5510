"""Envelopes in a Redis Stream, an entry each with the fields `id` and `envelope`: consumer groups read them.

What Redis acknowledged is its own to keep: with `appendfsync always` it survives a crash there.  Rule: SINK-6.
"""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ..store import Letter
from .sink import Patience, Undelivered

TIMEOUT_S = 3.0  # to connect, and for each answer; the library's own would go on for a minute


class RedisStream:
    """The stream keeps about `max_length` entries, the newest; 0: all."""

    in_order = True
    patience = Patience(1.0, 30.0)

    def __init__(self, url: str, stream: str, *, password: str | None = None, max_length: int = 0) -> None:
        self._stream = stream
        self._max_length = max_length or None
        login: dict[str, Any] = {"password": password} if password else {}  # None would hide the one of the address
        self._redis = Redis.from_url(
            url,
            **login,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),  # the courier tries again, and says so
        )

    async def send(self, letters: Sequence[Letter]) -> None:
        adding = self._redis.pipeline(transaction=False)
        for letter in letters:
            fields = {"id": letter.id, "envelope": letter.envelope}
            adding.xadd(self._stream, fields, maxlen=self._max_length, approximate=True)  # type: ignore[arg-type]
        try:
            await adding.execute()
        except (RedisError, OSError) as error:
            raise Undelivered(f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        await self._redis.aclose()
