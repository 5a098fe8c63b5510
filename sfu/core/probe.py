"""Trying whether a line carries more: for a second more is sent than there is to say, and no more than is needed.

Pure.  What is sent is padding; how much, and how the line takes it, others know.
"""

from sfu.core.estimate import Estimate

STEP = 1.5  # times the estimate; a line that is full already gets a third of a second's queue, not more
MARGIN = 1.1  # times what is wanted; what is sent misses its mark by a little
LASTS_S = 1.0
HEARD_AFTER_S = 0.5  # a report from then on tells of the probe
GIVES_UP_S = 3.0  # when none comes
QUEUE_S = 0.05  # more than the shortest round trip
WAITED_MAX = 2  # round trips with a queue
WAIT_S, WAIT_MAX_S = 5.0, 10.0  # after a failure; after several
ROSE = 0.15  # more lost than before the probe, of the packets: of 25 three are lost by chance often enough


class Probe:
    def __init__(self) -> None:
        self.bits_per_s = 0.0  # to be sent in all, with what there is to say; 0: no probe
        self._since = 0.0
        self._estimate = self._lost = 0.0  # when it began
        self._waited = 0  # round trips in which the probe waited in a queue, one after the other
        self._not_before = 0.0
        self._wait_s = WAIT_S

    def begin(self, estimate: Estimate, heard_at: float, *, now: float) -> bool:
        """Begin, if there is a use for it, the line is calm, and it is not too soon after one that failed.

        Args:
            heard_at: when the viewer last reported.
        """
        if not estimate.short or not estimate.calm:
            return False
        if now < self._not_before or heard_at < now - GIVES_UP_S:
            return False
        self.bits_per_s = min(MARGIN * estimate.wanted_bps, STEP * estimate.bits_per_s)
        self._since, self._waited = now, 0
        self._estimate, self._lost = estimate.bits_per_s, estimate.lost
        estimate.try_more()
        return True

    def round_trip(self, seconds: float, shortest_s: float) -> None:
        """What a round trip took, and the shortest of late."""
        self._waited = self._waited + 1 if seconds > shortest_s + QUEUE_S else 0

    def passed(self, estimate: Estimate, heard_at: float, *, now: float) -> bool:
        """True: it has come to its end and nothing spoke against it.  A probe that failed has ended as well."""
        fell = estimate.bits_per_s < self._estimate
        if not estimate.calm or fell or estimate.lost_now > self._lost + ROSE or self._waited >= WAITED_MAX:
            return self._failed(now)
        if now > self._since + GIVES_UP_S:
            return self._failed(now)
        if now < self._since + LASTS_S or heard_at < self._since + HEARD_AFTER_S:
            return False
        self.bits_per_s = 0.0
        self._wait_s = WAIT_S
        return True

    def _failed(self, now: float) -> bool:
        self.bits_per_s = 0.0
        self._not_before = now + self._wait_s
        self._wait_s = min(2 * self._wait_s, WAIT_MAX_S)
        return False
