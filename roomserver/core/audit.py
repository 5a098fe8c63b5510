"""Does the session record say what the log says?  Rule: EVIDENCE-6 in docs/rules.md."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from . import record as records
from .log import Log
from .record_shape import Record
from .state import RoomState


def difference(record: Record, state: RoomState, log: Log) -> str | None:
    """The first field of the record that is not as the fold of the log makes it; None: there is none.

    What the log does not know is taken as it is: the recorded files, when somebody was erased, the signature.
    """
    again = msgspec.structs.replace(
        records.made(state, log, source=record.source),
        recordings=record.recordings,
        erased_at_ms=record.erased_at_ms,
        signature=record.signature,
    )
    return next(_differences(msgspec.to_builtins(record), msgspec.to_builtins(again), ""), None)


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    """Paths, as `members[1].strokes`; values are not named, they may tell of somebody."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        for name in one:
            yield from _differences(one[name], other[name], f"{path}.{name}" if path else name)
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differences(mine, theirs, f"{path}[{place}]")
    elif one != other:
        yield path
