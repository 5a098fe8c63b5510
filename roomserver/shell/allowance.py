"""How often somebody may ask for something that costs: a bucket of tokens for each who asks."""

from dataclasses import dataclass

MANY = 10_000  # askers; then those who have waited long enough are forgotten


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Allowance:
    """So many a second on the long run, and `burst` at once."""

    def __init__(self, *, a_second: float, burst: float) -> None:
        self._a_second = a_second
        self._burst = burst
        self._buckets: dict[str, _Bucket] = {}

    def take(self, who: str, now: float) -> float:
        """0 and it is granted, or the seconds until it will be."""
        bucket = self._buckets.get(who)
        if bucket is None:
            if len(self._buckets) >= MANY:
                self._forget(now)
            bucket = self._buckets[who] = _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._a_second)
        bucket.at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._a_second
        bucket.tokens -= 1
        return 0

    def _forget(self, now: float) -> None:
        """Those whose bucket is full again: nothing is known of them that matters."""
        full_s = self._burst / self._a_second
        self._buckets = {who: bucket for who, bucket in self._buckets.items() if now - bucket.at < full_s}
