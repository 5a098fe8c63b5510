"""What one client may send us, whatever it was asked to: a changed client heeds no REMB.

Pure.  Decides by size alone, so that it comes before the work of decryption.  Rules: MEDIA-16, MEDIA-17 in
docs/rules.md.
"""

from collections.abc import Iterable

from sfu.core.bandwidth import MOST_BPS
from sfu.core.lately import Lately
from sfu.core.throttle import Allowance

SLACK = 2  # times what is allotted: retransmissions, probes, and an encoder that misses its mark
MOST_PACKETS_PER_S = {"audio": 100, "video": 300}  # sound every 10 ms; MOST_BPS in packets of 1,100 bytes, and a few
FULL_AGAIN_S = 1.0  # in which an allowance that was used up is full again
COMPOUNDS_PER_S = 50  # RTCP of a publisher; several times what a browser sends for four tracks

VIEWER_BYTES_PER_S = 32_000  # 200 compounds that each ask for one thing, and a report of every stream
VIEWER_PACKETS_PER_S = 50  # a viewer has no RTP to send; these are counted as what they are
VIEWER_COMPOUNDS_PER_S = 200  # a browser asks for what it lost up to 50 times a second, for each stream by itself


class Limit:
    """Allowances of one connection; each lets through at once what it lets through in a second.

    What comes from the client's address need not be the client's.  Where all that was admitted for a second has proved
    to be, the client alone has used up what a second brings: what is refused then is the client's excess.
    """

    def __init__(self, *, bytes_per_s: int, packets_per_s: int, compounds_per_s: int) -> None:
        self._bytes = Allowance(bytes_per_s, bytes_per_s)  # of RTP and RTCP
        self._packets = Allowance(packets_per_s, packets_per_s)  # of RTP: each costs one copy a viewer, however small
        self._compounds = Allowance(compounds_per_s, compounds_per_s)  # of RTCP
        self._proved = True  # what was admitted last
        self._forged = Lately(FULL_AGAIN_S)
        self.excess = 0  # datagrams of RTP that were refused, and by the client's own doing

    def admits(self, size: int, *, control: bool, now: float) -> bool:
        """Whether a datagram of `size` bytes that arrives now may be read; `control`: it is RTCP."""
        if not self._proved:
            self._forged.happened(now=now)
        counted = self._compounds if control else self._packets
        admitted = counted.take(now=now) and self._bytes.take(size, now=now)
        self._proved = not admitted
        if not (admitted or control or self._forged.holds(now=now)):
            self.excess += 1
        return admitted

    def proved(self) -> None:
        """What was admitted last is the client's: its keys say so."""
        self._proved = True

    def widen(self, kinds: Iterable[str]) -> None:
        """Have room for tracks of these kinds.

        Never narrowed, and not bound to the newest REMB: a client that is told to send less goes on for a moment,
        and its voice must not pay for its camera.
        """
        tracks = list(kinds)
        bytes_per_s = SLACK * sum(MOST_BPS[kind] for kind in tracks) // 8
        packets_per_s = SLACK * sum(MOST_PACKETS_PER_S[kind] for kind in tracks)
        self._bytes.widen(bytes_per_s, bytes_per_s)
        self._packets.widen(packets_per_s, packets_per_s)


def of_publisher() -> Limit:
    """Without room for RTP: `widen` it."""
    return Limit(bytes_per_s=0, packets_per_s=0, compounds_per_s=COMPOUNDS_PER_S)


def of_viewer() -> Limit:
    return Limit(
        bytes_per_s=VIEWER_BYTES_PER_S,
        packets_per_s=VIEWER_PACKETS_PER_S,
        compounds_per_s=VIEWER_COMPOUNDS_PER_S,
    )
