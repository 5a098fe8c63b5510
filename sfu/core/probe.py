"""Trying whether a line carries more: for a second more is sent than there is to say, in steps and no further than needed.

Pure.  What is sent is padding; who sends it, and what it shows, others know.
"""

STEP = 1.5  # times the estimate; a line that is full already gets a third of a second's queue, not more
MARGIN = 1.1  # times what is wanted; what is sent misses its mark by a little
LASTS_S = 1.0
HEARD_AFTER_S = 0.5  # a report from then on tells of the probe
GIVES_UP_S = 3.0  # when no report comes
WAIT_S, WAIT_MAX_S = 5.0, 10.0  # after a failure; after several
_ROSE = 0.05  # more lost than before the probe, of the packets


class Probe:
    def __init__(self) -> None:
        self.bits_per_s = 0.0  # to be sent in all, with what there is to say; 0: no probe
        self._since = 0.0
        self._estimate = self._lost = 0.0  # when it began
        self._not_before = 0.0
        self._wait_s = WAIT_S

    def begin(self, estimate_bps: float, wanted_bps: float, lost: float, *, now: float) -> bool:
        """Begin, if there is a use for it and it is not too soon after one that failed."""
        if wanted_bps <= estimate_bps or now < self._not_before:
            return False
        self.bits_per_s = min(MARGIN * wanted_bps, STEP * estimate_bps)
        self._since, self._estimate, self._lost = now, estimate_bps, lost
        return True

    def passed(self, estimate_bps: float, lost: float, calm: bool, heard_at: float, *, now: float) -> bool:
        """True: it has come to its end and nothing spoke against it.  A probe that failed has ended as well.

        Args:
            heard_at: when the viewer last reported.
        """
        if not calm or estimate_bps < self._estimate or lost > self._lost + _ROSE or now > self._since + GIVES_UP_S:
            self.bits_per_s = 0.0
            self._not_before = now + self._wait_s
            self._wait_s = min(2 * self._wait_s, WAIT_MAX_S)
            return False
        if now < self._since + LASTS_S or heard_at < self._since + HEARD_AFTER_S:
            return False
        self.bits_per_s = 0.0
        self._wait_s = WAIT_S
        return True
