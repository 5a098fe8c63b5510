"""What staff did to others, row by row as the session record tells it.  Rules: RECORD-*, WORD-3 in docs/rules.md."""

from collections.abc import Mapping
from typing import Any

from protocol import events as e

Told = int | str | bool | None | tuple[str, ...]  # a field of a row
WHOLE = (e.MemberMuted, e.RoomLocked, e.ChatDeleted, e.Granted, e.MemberLeft)  # told with all their fields
NOTED: frozenset[type[object]] = frozenset({*WHOLE, e.ChatMessage})  # whatever may have a row


def noted(event: Any, opened_at_ms: int) -> Mapping[str, Told] | None:
    """The row of one of NOTED; None: staff had no part in it."""
    at_ms = opened_at_ms + event.at
    match event:
        case e.ChatMessage(held=None) | e.MemberLeft(by=None):
            return None
        case e.ChatMessage(member=member, held=held, by=by):
            return {"type": "chat.pass", "at_ms": at_ms, "member": member, "chat": held, "by": by}
        case _:
            fields = {name: getattr(event, name) for name in event.__struct_fields__ if name not in ("seq", "at")}
            return {"type": event.__struct_config__.tag, "at_ms": at_ms, **fields}
