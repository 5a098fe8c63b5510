"""What strangers may have us look at: so much for each address, and so much for all of them.

Pure.  Comes before any cryptography, and costs a flooded datagram a hash and a subtraction.  Rules: MEDIA-62, MEDIA-63
in docs/rules.md.
"""

from sfu.core.throttle import Allowance

PLACES = 4096  # of the table: 64 KiB, whoever sends
STRANGER_PER_S, STRANGER_BURST = (
    200,
    400,
)  # checks of one address; a school behind one address begins its lessons at once
STRANGERS_PER_S = 2_000  # checks of all addresses that name a connection of ours: each costs an HMAC
CHECKS_PER_S, CHECKS_BURST = 100, 200  # of one connection; a browser sends 21 a second at most, RFC 8445 14 allows 200
RECORDS_PER_S, RECORDS_BURST = 50, 100  # of DTLS, of one connection; a handshake takes fewer than ten


class Sources:
    """An allowance for each address, in a table of fixed size.

    Addresses whose hashes meet share one allowance.  Python's hash of bytes is keyed by a secret of the process, so
    nobody can choose whom to share with; and a flood from forged addresses spreads over the whole table.
    """

    def __init__(self, per_s: float, burst: float, places: int = PLACES) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = [float(burst)] * places
        self._at = [0.0] * places

    def take(self, source: bytes, *, now: float) -> bool:
        place = hash(source) % len(self._left)
        left = min(self._burst, self._left[place] + (now - self._at[place]) * self._per_s)
        self._at[place] = now
        self._left[place] = left - 1 if left >= 1 else left
        return left >= 1


class Strangers:
    """Datagrams from addresses that have not proved themselves."""

    def __init__(self) -> None:
        self._sources = Sources(STRANGER_PER_S, STRANGER_BURST)
        self._all = Allowance(STRANGERS_PER_S, STRANGERS_PER_S)

    def may_ask(self, source: bytes, *, now: float) -> bool:
        """May this address have us read a check?"""
        return self._sources.take(source, now=now)

    def may_prove(self, *, now: float) -> bool:
        """May a check that names a connection of ours be verified?"""
        return self._all.take(now=now)
