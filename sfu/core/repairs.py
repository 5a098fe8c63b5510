"""Which of a viewer's requests to send a packet again are answered.

Pure.  A packet at most three times, and not again before the last answer can have arrived.
"""

ANSWERS_MAX = 3
PATIENCE_MAX_S = 0.1
FORGOTTEN_S = 10.0  # by then the number may be another packet's
REMEMBERED = 1024  # as many as are in the cache


class Repairs:
    """Of one stream."""

    def __init__(self) -> None:
        self._answered: dict[int, tuple[int, float]] = {}  # sequence -> (how often, when last)

    def due(self, sequence: int, round_trip_s: float | None, *, now: float) -> bool:
        """Whether to answer a request for `sequence`."""
        times, at = self._recent(sequence, now)
        patience_s = PATIENCE_MAX_S if round_trip_s is None else min(PATIENCE_MAX_S, 2 * round_trip_s)
        return not times or (times < ANSWERS_MAX and now - at >= patience_s)

    def answered(self, sequence: int, *, now: float) -> bool:
        """Note an answer; True: it is the first."""
        times, _ = self._recent(sequence, now)
        self._answered.pop(sequence, None)
        if len(self._answered) >= REMEMBERED:
            del self._answered[next(iter(self._answered))]
        self._answered[sequence] = times + 1, now
        return not times

    def _recent(self, sequence: int, now: float) -> tuple[int, float]:
        times, at = self._answered.get(sequence, (0, now))
        return (times, at) if now - at < FORGOTTEN_S else (0, now)
