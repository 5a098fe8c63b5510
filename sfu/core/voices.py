"""Which microphones of a room are forwarded: the loudest few, and none that is silent.

Pure: audio levels (RFC 6464) and `now` in, who has a *place* and who of those *flows* out.  A place is kept in silence
until another needs it, so that whoever goes on after a pause is heard at once and nobody is told anything.
Rules: MEDIA-90 to MEDIA-93 in docs/rules.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SILENCE_DB = 127  # levels are attenuation: 0 is the loudest
QUIET_DB = 65  # what is quieter is a room, not a voice
HOLD_S = 2.0  # a pause between two sentences is forwarded
RISE_S = 0.5  # loudness is a mean over about so long: a cough is shorter
FADE_S = 2.0  # and so long where it falls: a breath is shorter
MARGIN_DB = 6  # so much louder than who speaks already: two alike would change places all the time
_PACKET_S = 0.02
_GAP_S = 3 * _PACKET_S  # longer between two packets: the encoder has rested in silence (DTX)


@dataclass(slots=True, eq=False)
class _Voice:
    track: str
    first: bool
    level: float = SILENCE_DB  # the mean, at `at`
    at: float = float("-inf")
    loud_at: float = float("-inf")
    flows: bool = False

    def hear(self, level: int, now: float) -> None:
        self.level, self.at, passed = self.level_at(now), now, min(now - self.at, _PACKET_S)
        self.level += (level - self.level) * passed / (RISE_S if level < self.level else FADE_S)

    def level_at(self, now: float) -> float:
        """A microphone that sends nothing is silent."""
        passed = now - self.at
        if passed < _GAP_S:
            return self.level
        return self.level + (SILENCE_DB - self.level) * min(1.0, (passed - _PACKET_S) / FADE_S)


class Voices:
    def __init__(self, most: int) -> None:
        """`most`: places."""
        self._most = most
        self._voices: dict[str, _Voice] = {}  # by track
        self._placed: list[_Voice] = []

    def add(self, track: str, *, first: bool) -> None:
        """A microphone is published.  `first`: a teacher's, which gets a place whenever it is heard."""
        voice = self._voices[track] = _Voice(track, first)
        if len(self._placed) < self._most:
            self._placed.append(voice)

    def remove(self, track: str) -> None:
        voice = self._voices.pop(track, None)
        if voice in self._placed:
            self._placed.remove(voice)

    @property
    def placed(self) -> list[str]:
        """Those who have a place."""
        return [voice.track for voice in self._placed]

    def flows(self, track: str) -> bool:
        """Is it forwarded now?"""
        voice = self._voices.get(track)
        return voice is not None and voice.flows

    def heard(self, track: str, level: int | None, *, now: float) -> bool:
        """A packet came; True: others flow now than before, or have a place.

        `level` is the seven bits of the header extension: -dBov.  A microphone that says none counts as barely loud:
        it is forwarded where there is room for it.
        """
        voice = self._voices[track]
        level = QUIET_DB if level is None else level
        voice.hear(level, now)
        if level > QUIET_DB:
            return False
        voice.loud_at = now
        return not voice.flows and self._admit(voice, now)

    def tick(self, *, now: float) -> bool:
        """Let those rest who have been silent for a while; True: there are some."""
        over = [voice for voice in self._placed if voice.flows and now - voice.loud_at > HOLD_S]
        for voice in over:
            voice.flows = False
        return bool(over)

    def hush(self, track: str) -> None:
        """It is muted: what it said before counts no more."""
        if voice := self._voices.get(track):
            voice.level, voice.loud_at, voice.flows = SILENCE_DB, float("-inf"), False

    def _admit(self, voice: _Voice, now: float) -> bool:
        if voice not in self._placed:
            if len(self._placed) >= self._most:
                last = _least(self._placed, now)
                if not _gives_way(last, voice, now):
                    return False
                self._placed.remove(last)
                last.flows = False
            self._placed.append(voice)
        voice.flows = True
        return True


def _least(placed: Iterable[_Voice], now: float) -> _Voice:
    """Who goes first: who is silent, pupils before staff, and who has been longest; then whoever is least loud."""
    return min(placed, key=lambda one: (one.flows, one.first, -one.level_at(now) if one.flows else one.loud_at))


def _gives_way(one: _Voice, other: _Voice, now: float) -> bool:
    if not one.flows or one.first != other.first:
        return not one.flows or other.first
    return other.level_at(now) + MARGIN_DB < one.level_at(now)
