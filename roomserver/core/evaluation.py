"""An evaluation that came after its room's record was made: an event of its own, for the systems around the server.

Rule: DUE-4 in docs/rules.md.
"""

from hashlib import sha256
from typing import Any

from protocol import commands as c

from . import live


def envelope(room: str, identity: str, given: c.Evaluate, *, now_ms: int, source: str) -> dict[str, Any]:
    """As a CloudEvents 1.0 envelope.  Its `id` is that of room and student: a repeat is the same event."""
    id = f"evaluation-{room}-{sha256(identity.encode()).hexdigest()[:16]}"
    data = {
        "room": room,
        "identity": identity,
        "score": given.score,
        "tags": list(given.tags),
        "comment": given.comment,
        "at_ms": now_ms,
    }
    return live.envelope(id, "session.evaluated", data, room=room, at_ms=now_ms, source=source)
