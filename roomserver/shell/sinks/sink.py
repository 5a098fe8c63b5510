"""What a courier asks of a sink, whichever it is: the file, the Redis Stream, the webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..store import Letter


class Undelivered(Exception):
    """Not this time; the message says why, and tells nothing of what was to be delivered."""


class Unwanted(Exception):
    """Never: the sink will not take this letter."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait after a try in vain: at random up to a ceiling, which doubles from `first_s` to `longest_s`."""

    first_s: float
    longest_s: float
    tries: int | None = None  # then a letter is given up; None: never

    def wait_s(self, tries: int, chance: float) -> float:
        """After so many tries in vain; `chance` is 0 to 1."""
        return chance * min(self.longest_s, self.first_s * 2.0 ** min(tries - 1, 32))


class Sink(Protocol):
    """Where envelopes go.  At least once: a repeat has the same id."""

    in_order: bool  # letters go together, and none before one that is older; otherwise each by itself
    patience: Patience

    async def send(self, letters: Sequence[Letter]) -> None:
        """The sink has them all, on return.

        Raises:
            Undelivered: it may have some of them.
            Unwanted: of a single letter.
        """

    async def close(self) -> None: ...
