"""The ICE-lite side of one connection: its credentials, the addresses that proved themselves, and consent.

Pure.  Never sends: we only answer checks.  RFC 8445 2.5 and 7.3, RFC 7675.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

CONSENT_S = 30.0  # without a valid check the other side has gone
HELD_S = 8.0  # a path that was checked so lately is its client's: browsers check each 2.5 to 6 s
PATHS_MAX = 8  # addresses of one client that are known at a time

Path = TypeVar("Path")


@dataclass(frozen=True, slots=True)
class Credentials:
    ufrag: str
    password: str

    @property
    def number(self) -> str:
        """What people read out, who see it on their page: enough to find a connection in the log."""
        return self.ufrag[:4].upper()


class Paths(Generic[Path]):
    """The validated paths to one client.  The newest nominated one is used; before any nomination, the first."""

    def __init__(self) -> None:
        self._known: dict[Path, float] = {}  # in the order of their last check
        self.selected: Path | None = None

    def checked(self, path: Path, *, nominates: bool, now: float) -> list[Path]:
        """A valid check came over `path`, which `nominates` it.  Returns the paths that are forgotten for it."""
        self._known.pop(path, None)
        self._known[path] = now
        if nominates or self.selected is None:
            self.selected = path
        if len(self._known) <= PATHS_MAX:
            return []
        forgotten = [old for old in self._known if old != self.selected][: len(self._known) - PATHS_MAX]
        for old in forgotten:
            del self._known[old]
        return forgotten

    def gone(self, path: Path) -> None:
        """It has ended, as a TCP connection does.  Of the others the one that was checked last takes its place."""
        self._known.pop(path, None)
        if self.selected == path:
            self.selected = next(reversed(self._known), None)

    def holds(self, path: Path, *, now: float) -> bool:
        """Was it checked lately?"""
        return now - self._known.get(path, -HELD_S) < HELD_S

    def known(self) -> list[Path]:
        return list(self._known)
