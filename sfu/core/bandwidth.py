"""What a publisher may send, in bits a second, from the loss that we see.

Pure.  Raises slowly while little is lost, lowers at once when much is (after the loss-based half of GCC,
draft-ietf-rmcat-gcc-02 6).
"""

_FEW, _MANY = 5, 26  # of 256 packets: 2 % and 10 %
_RAISE = 1.08
LEAST_BPS = 100_000
MOST_BPS = {"audio": 128_000, "video": 2_500_000}  # asked for, a track


class Allotment:
    def __init__(self, most_bps: int) -> None:
        self._most_bps = most_bps
        self.bits_per_s = most_bps

    def update(self, fraction_lost: int) -> int:
        """Take the loss since the last update (of 256); returns the new figure."""
        rate = float(self.bits_per_s)
        if fraction_lost > _MANY:
            rate *= 1 - 0.5 * fraction_lost / 256
        elif fraction_lost < _FEW:
            rate *= _RAISE
        self.bits_per_s = int(max(LEAST_BPS, min(rate, self._most_bps)))
        return self.bits_per_s
