"""What somebody saw and heard of a lesson: frames with their times, and counters, ten times a second.  Pure."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

FROZEN_S = 0.5
NEVER_S = 60.0  # what did not happen counts as so long


class Frame(NamedTuple):
    at: float  # when it was shown, s since 1970
    height: int


class Counts(NamedTuple):
    """Of a receiver, since it began (RTCInboundRtpStreamStats)."""

    at: float
    packets: int  # of sound
    samples: int
    concealed: int  # samples that were made up because packets were missing, and not silence
    video_bytes: int
    keyframes_asked: int = 0  # because pictures could not be repaired


class Seen(NamedTuple):
    frames: Sequence[Frame]
    counts: Sequence[Counts]

    def freezes(self, begin: float, end: float) -> int:
        """Pictures that stood still for more than half a second, some of it in the span."""
        return sum(gap > FROZEN_S for gap in self.gaps(begin, end))

    def gaps(self, begin: float, end: float) -> list[float]:
        """From each frame to the next, as far as that lies in the span; without any frame it is the span."""
        times = [frame.at for frame in self.frames]
        before = max((at for at in times if at < begin), default=begin)
        inside = [at for at in times if begin <= at <= end]
        edges = [max(before, begin), *inside, end]
        return [later - earlier for earlier, later in pairwise(edges)]

    def height(self, begin: float, end: float) -> float:
        """The median of the frames shown; 0: there were none."""
        return median([frame.height for frame in self.frames if begin <= frame.at < end] or [0])

    def changes(self, begin: float, end: float) -> int:
        """How often the height was another than before."""
        heights = [frame.height for frame in self.frames if begin <= frame.at < end]
        return sum(one != other for one, other in pairwise(heights))

    def keyframes_asked(self, begin: float, end: float) -> int:
        return sum(max(0, now.keyframes_asked - before.keyframes_asked) for before, now in self._steps(begin, end))

    def low_after(self, begin: float, end: float, height: int) -> float:
        """Seconds until the last frame that is higher than `height`; the last of all must not be."""
        inside = [frame for frame in self.frames if begin <= frame.at < end]
        if not inside or inside[-1].height > height:
            return NEVER_S
        return max((frame.at for frame in inside if frame.height > height), default=begin) - begin

    def picture_after(self, begin: float, end: float) -> float:
        """Seconds until the first frame."""
        return min((frame.at - begin for frame in self.frames if begin < frame.at < end), default=NEVER_S)

    def sound_after(self, begin: float, end: float) -> float:
        """Seconds until a packet of sound, in tenths."""
        steps = self._steps(begin, end)
        return min((now.at - begin for before, now in steps if before.packets < now.packets), default=NEVER_S)

    def concealed_percent(self, begin: float, end: float) -> float:
        """Of the sound that was played; 100: none was."""
        steps = self._steps(begin, end)
        samples = sum(max(0, now.samples - before.samples) for before, now in steps)
        concealed = sum(max(0, now.concealed - before.concealed) for before, now in steps)
        return 100 * concealed / samples if samples else 100.0

    def video_kbit(self, begin: float, end: float) -> float:
        """A second."""
        gained = (max(0, now.video_bytes - before.video_bytes) for before, now in self._steps(begin, end))
        return 8e-3 * sum(gained) / (end - begin)

    def _steps(self, begin: float, end: float) -> list[tuple[Counts, Counts]]:
        return list(pairwise(count for count in self.counts if begin <= count.at < end))
