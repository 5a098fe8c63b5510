"""Envelopes as the outbox keeps them, to be sent by a sink."""

import orjson

from roomserver.shell.store import Letter

TIME = "2026-09-21T14:13:20.000+00:00"  # that of the manual clock


def envelope(id: str, *, kind: str = "session.closed", room: str = "r-1", **data: object) -> bytes:
    head = {"specversion": "1.0", "id": id, "subject": room, "type": f"classroom.{kind}.v1", "time": TIME}
    return orjson.dumps({**head, "data": {"说": "好", **data}})


def letters(*positions: int, tries: int = 0) -> list[Letter]:
    return [Letter(at, "a-sink", f"id-{at}", tries, envelope(f"id-{at}")) for at in positions]
