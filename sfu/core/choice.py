"""What of a room's tracks is forwarded at all, and how many sections each member needs for it.

Pure.  Microphones by `voices`, cameras by `faces`; screens and their sound as they come.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sfu.core.faces import Faces
from sfu.core.sections import Carried
from sfu.core.voices import Voices

SCREENS_MAX = 8  # at a time in one room; who shares one more is seen when another ends


class Limits(Struct, frozen=True):
    """How much of a large class is forwarded to each member."""

    microphones: int = 4  # the loudest
    cameras: int = 9  # of those not on the stage


class Choice:
    def __init__(self, limits: Limits) -> None:
        self.voices = Voices(limits.microphones)
        self.faces = Faces(limits.cameras)
        self._limits = limits
        self._tracks: dict[str, Carried] = {}

    def add(self, carried: Carried) -> None:
        self._tracks[carried.track] = carried
        if carried.source == "microphone":
            self.voices.add(carried.track, first=carried.first)
        elif carried.source == "camera":
            self.faces.add(carried.track, carried.member, first=carried.first)

    def remove(self, track: str) -> None:
        self._tracks.pop(track, None)
        self.voices.remove(track)
        self.faces.remove(track)

    def chosen(self) -> list[str]:
        """The tracks that have a place with everybody."""
        others: dict[str, list[str]] = {"screen": [], "screen_audio": []}
        for track, carried in self._tracks.items():
            if (found := others.get(carried.source)) is not None and len(found) < SCREENS_MAX:
                found.append(track)
        return [*self.voices.placed, *self.faces.chosen, *others["screen"], *others["screen_audio"]]

    def needed(self, members: Iterable[int]) -> Mapping[int, Mapping[str, int]]:
        """member -> source -> sections: as many as others publish, and no more than there are places."""
        places = {
            "microphone": self._limits.microphones,
            "camera": len(self.faces.chosen),
            "screen": SCREENS_MAX,
            "screen_audio": SCREENS_MAX,
        }
        total = Counter(carried.source for carried in self._tracks.values())
        own = Counter((carried.member, carried.source) for carried in self._tracks.values())
        return {
            member: {source: min(most, total[source] - own[member, source]) for source, most in places.items()}
            for member in members
        }
