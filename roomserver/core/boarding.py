"""The board's changes and the wire's events are the same facts under two names; this is the table between them.

`whiteboard` knows no wire, so each side has its own class; their fields have the same names.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

import whiteboard as wb
from protocol import events

PAIRS: Mapping[type[wb.Change], type[events.Board]] = {
    wb.Begun: events.StrokeBegun,
    wb.Extended: events.StrokeExtended,
    wb.Finished: events.StrokeFinished,
    wb.Put: events.ShapePut,
    wb.Changed: events.ShapesChanged,
    wb.Cut: events.ShapesCut,
    wb.Copied: events.ShapesCopied,
    wb.Erased: events.ShapesErased,
    wb.Cleared: events.PageCleared,
    wb.Restored: events.ShapesRestored,
    wb.PageAdded: events.PageAdded,
    wb.PageTurned: events.PageTurned,
    wb.PageMoved: events.PageMoved,
    wb.PageChanged: events.PageChanged,
    wb.PageRemoved: events.PageRemoved,
    wb.PageLocked: events.PageLocked,
    wb.Locked: events.BoardLocked,
    wb.Freed: events.BoardFreed,
}
CHANGES: Mapping[type[object], type[wb.Change]] = {event: change for change, event in PAIRS.items()}


def to_event(change: wb.Change) -> events.Board:
    if isinstance(change, wb.Extended):  # the one that flies by the thousand
        return events.StrokeExtended(-1, -1, change.shape, change.points, change.pressure)
    fields: Any = msgspec.structs.asdict(change)
    return PAIRS[type(change)](**fields)


def to_change(event: events.Board) -> wb.Change:
    if isinstance(event, events.StrokeExtended):
        return wb.Extended(event.shape, event.points, event.pressure)
    cls = CHANGES[type(event)]
    fields: Any = {name: getattr(event, name) for name in cls.__struct_fields__}
    return cls(**fields)
