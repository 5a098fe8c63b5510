"""What is known of one recorded file, and how its gaps are counted.

Pure data.  It lies beside the file as JSON: first as the file begins, then again, whole, when it is closed.
Instants and times are milliseconds, instants those of the room's log.  Rules: REC-* in docs/rules.md.
"""

from msgspec import Struct

GAP_MS = {"audio": 500, "video": 2_000}  # a longer silence is a gap; sound's pauses send something every 400 ms
GAPS_MAX = 200  # of one file; what comes after is one gap up to the next frame, again and again made longer


class Recording(Struct, frozen=True, kw_only=True):
    """
    Attributes:
        name: of the file, says nothing of who or what is in it.
        sha256: of the whole file; empty while it is not closed.
        gaps: (from, until) in which nothing was recorded.
        lost: frames that came and could not be written.
        ended: why the file ends: the track or the room did, the disk failed, or the recorder died (`mended`).
    """

    name: str
    track: str
    member: int
    source: str
    codec: str
    start_ms: int
    duration_ms: int = 0
    size: int = 0
    sha256: str = ""
    gaps: tuple[tuple[int, int], ...] = ()
    lost: int = 0
    ended: str = ""

    @property
    def closed(self) -> bool:
        return bool(self.sha256)


class Gaps:
    """Counted as the frames of one file come."""

    def __init__(self, kind: str) -> None:
        self._longest_ms = GAP_MS[kind]
        self._last_ms: int | None = None
        self.found: list[tuple[int, int]] = []

    def frame(self, at_ms: int) -> None:
        last, self._last_ms = self._last_ms, at_ms
        if last is None or at_ms - last <= self._longest_ms:
            return
        if len(self.found) == GAPS_MAX:
            last, _ = self.found.pop()
        self.found.append((last, at_ms))
