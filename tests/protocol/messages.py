"""The examples as plain messages, the parts of a welcome, and `bare`: a message with only what must be there."""

from base64 import b64encode
from typing import Any

import msgspec

from protocol import notices as n
from tests.support import examples

UP: tuple[Any, ...] = tuple(example.message for example in examples.UP)
DOWN: tuple[Any, ...] = tuple(example.message for example in examples.DOWN)
ROOM = n.RoomView(
    id="r-7k2m",
    form="one_to_many",
    subject="mathematics",
    topic="",
    state="closed",
    opened_at_ms=1_790_000_000_000,
    ends=n.EndsView(in_ms=1_520_000, reason="duration"),
    members=(
        n.MemberView(member=1, name="李", role="teacher", school="4", can=("chat",), muted=("camera",), away=True),
    ),
    hands=(2,),
    stage=(1,),
    chat=(n.ChatView(seq=3, at=5, member=1, name="李", role="teacher", text="hello", to="staff"),),
    tracks=(n.TrackView(track="t1", member=1, source="camera", layers=("low", "high"), muted=True),),
    locked=True,
    closed_reason="ended",
)
LIMITS = n.LimitsView(frame_bytes=65_536, chat_chars=2_000, points_a_message=256, absence_s=60, evaluation_s=120)
PAGE = {"page": 1, "background": "blank", "locked": False, "shapes": [], "chunks": 0}
BOARD = {"current": 1, "free": False, "locked": False, "pages": [PAGE]}


def bare(message: Any) -> Any:
    """The message with every optional field at its default."""
    fields = {
        field.name: getattr(message, field.name) for field in msgspec.structs.fields(type(message)) if field.required
    }
    return type(message)(**fields)


def as_in_json(data: Any) -> Any:
    """Plain data out of MessagePack as JSON would carry it: what is bytes there is base64 here."""
    if isinstance(data, dict):
        return {name: as_in_json(value) for name, value in data.items()}
    if isinstance(data, list):
        return [as_in_json(value) for value in data]
    return b64encode(data).decode() if isinstance(data, bytes) else data
