"""Adding up a stored log, event by event: from its beginning, or from a checkpoint.

Rules: CHECKPOINT-2, LOG-6 in docs/rules.md.
"""

from collections.abc import Mapping

from .checkpoint import load
from .erased import left
from .facts import Blank, RoomOpened
from .log import NOBODY, Broken, Entry, Log
from .state import RoomState


class Fold:
    """The sum so far.  It holds no events."""

    def __init__(self, salts: Mapping[int, bytes], checkpoint: bytes | None = None) -> None:
        """
        Raises:
            Unreadable: nothing can be made of the checkpoint.
        """
        self._state: RoomState | None = None
        self.log = Log()
        if checkpoint is not None:
            self._state, self.log = load(checkpoint)
        self.log.salts.update(salts)

    @property
    def state(self) -> RoomState:
        """
        Raises:
            Broken: there is none yet, the log is empty.
        """
        if self._state is None:
            raise Broken(0, "the log is empty")
        return self._state

    def read(self, body: bytes, personal: bytes | None, digest: bytes) -> Entry:
        """The next event as it is stored, none that brings shapes back, for whoever needs the sum no more.

        Raises:
            Broken: it does not follow, or does not fit its hash.
        """
        return self.log.restore(body, personal, digest, None)

    def add(self, body: bytes, personal: bytes | None, digest: bytes) -> Entry:
        """The next event as it is stored.

        Raises:
            Broken: it does not follow, or does not fit its hash.
        """
        shape = None if self._state is None else self._state.board.body
        entry = self.log.restore(body, personal, digest, shape)
        if isinstance(entry.event, RoomOpened):
            self._state = RoomState.begin(entry.event)
        elif self.log.erased:
            entry.event = left(entry.event, self.state.board)
            entry.audience = NOBODY if isinstance(entry.event, Blank) else entry.audience
        self.state.apply(entry)
        return entry
