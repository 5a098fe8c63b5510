"""What the server asks of a ledger, whichever it is.

Rooms write to it by the postings of their batches (`store.py`); at their doors it is asked.  What is asked is decided
and taken in one step, however many ask at the same moment, on whatever node.  The embedded one is `sqlite_ledger.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..core.ledger import Ask, Granted, Standing

Kept = Mapping[str, Sequence[Mapping[str, Any]]]  # rows by kind


class Ledger(Protocol):
    """Every method may fail with StoreFailed; then nothing was taken."""

    async def standing(self, ask: Ask) -> Standing:
        """What it knows of whoever asks; nothing is taken."""

    async def reserve(self, ask: Ask) -> Granted:
        """Decide, and take what is granted: time of the teacher's week, and the claim to their one session.

        Who asks again for the same room is granted the same.  Durable on return.

        Raises:
            Refused: nothing is granted.
        """

    async def elsewhere(self, identities: Sequence[str], room: str) -> list[str]:
        """Those of them whose newest session began in another room."""

    async def evaluate(self, identity: str, room: str, delivery: tuple[str, bytes]) -> bool:
        """Settle what somebody owes for a room that is over, and keep the envelope (its id, its bytes) that says so.

        Returns:
            Whether they owed it.  Durable on return.
        """

    async def kept(self, identity: str) -> Kept:
        """All that it has of a person."""

    async def erase(self, identity: str) -> None:
        """Forget a person, with their late evaluations."""
