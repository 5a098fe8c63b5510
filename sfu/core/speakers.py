"""Who is speaking, from the audio levels that microphones send along (RFC 6464).

Pure.  Keeps one small value a member; says something only when the set changes.
"""

INTERVAL_S = 0.2  # between two changes
HOLD_S = 0.8  # a pause between words is not the end of speaking
_LOUD_DB = 50  # levels are attenuation: 0 is the loudest, 127 silence
_SMOOTHING = 0.2


class Speakers:
    def __init__(self) -> None:
        self._level: dict[int, float] = {}
        self._until: dict[int, float] = {}
        self._said: tuple[int, ...] = ()
        self._said_at = float("-inf")

    def heard(self, member: int, level: int, *, now: float) -> None:
        """`level` is the seven bits of the header extension: -dBov."""
        before = self._level.get(member, 127.0)
        smooth = self._level[member] = before + _SMOOTHING * (level - before)
        if smooth <= _LOUD_DB:
            self._until[member] = now + HOLD_S

    def forget(self, member: int) -> None:
        self._level.pop(member, None)
        self._until.pop(member, None)

    def changed(self, *, now: float) -> tuple[int, ...] | None:
        """The members who speak, in rising order, when that differs from what was said last."""
        if now - self._said_at < INTERVAL_S:
            return None
        self._until = {member: until for member, until in self._until.items() if until > now}
        speaking = tuple(sorted(self._until))
        if speaking == self._said:
            return None
        self._said, self._said_at = speaking, now
        return speaking
