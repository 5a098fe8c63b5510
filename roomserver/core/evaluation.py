"""An evaluation that came after its room's record was made: an event of its own, for the systems around the server.

Rule: DUE-4 in docs/rules.md.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from protocol import commands as c

TYPE = "classroom.session.evaluated.v1"


def envelope(room: str, identity: str, given: c.Evaluate, *, now_ms: int, source: str) -> dict[str, Any]:
    """As a CloudEvents 1.0 envelope.  Its `id` is that of room and student: a repeat is the same event."""
    return {
        "specversion": "1.0",
        "id": f"evaluation-{room}-{sha256(identity.encode()).hexdigest()[:16]}",
        "source": source,
        "type": TYPE,
        "subject": room,
        "time": datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        "datacontenttype": "application/json",
        "data": {
            "room": room,
            "identity": identity,
            "score": given.score,
            "tags": list(given.tags),
            "comment": given.comment,
            "at_ms": now_ms,
        },
    }
