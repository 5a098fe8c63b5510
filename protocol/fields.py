"""The types that messages share: numbers with their bounds, names with their lengths, and what is personal.

A field marked `PERSONAL` (a name, what somebody wrote, drew or thought) enters the evidence only as a salted hash;
see docs/architecture.md, "Evidence".  One marked `STAFF_ONLY` has its default for whoever is not staff (DELIVER-11).
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_type_hints

from msgspec import Meta

from . import limits

PERSONAL = Meta(extra={"personal": True})
STAFF_ONLY = Meta(extra={"staff_only": True})

Role = Literal["teacher", "assistant", "student", "observer", "classroom"]
Right = Literal["chat", "draw", "speak", "camera", "screen"]
Source = Literal["microphone", "camera", "screen", "screen_audio"]
MuteKind = Literal["microphone", "camera", "screen"]
Layer = Literal["off", "low", "medium", "high"]
State = Literal["waiting", "live", "closed"]
LeftReason = Literal["left", "lost", "removed", "replaced", "room_closed"]
EndReason = Literal["duration", "window", "quota", "booking", "no_show", "teacher_lost", "ended"]
AlarmKind = Literal["over_use", "teacher_lost", "ended_by_force"]
PauseReason = Literal["teacher_away"]
CallEnd = Literal["cancelled", "declined", "passed", "gone", "barred"]
DutyState = Literal["free", "busy", "off"]
NoRecording = Literal["disk", "recorder"]  # the disk takes nothing; what records has died
Evaluation = Literal["not_due", "due", "done"]
StrokeKind = Literal["pen", "highlighter"]
ShapeKind = Literal[
    "pen", "highlighter", "line", "arrow", "polygon", "rectangle", "ellipse", "image", "formula", "text"
]
Font = Literal["sans", "serif", "mono"]

Addressee = Literal["all", "staff"] | int  # of a line of chat
Heads = Annotated[int, Meta(ge=0, le=limits.HEADS_MAX)]
Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]  # JavaScript's whole numbers end there
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Member = Annotated[int, Meta(ge=1, le=1_000_000)]
Page = Annotated[int, Meta(ge=1, le=1_000_000)]
NewShapeId = Annotated[str, Meta(max_length=24, pattern=r"^[1-9][0-9]{0,6}\.[1-9][0-9]{0,9}\Z")]
ShapeId = Annotated[str, Meta(max_length=36, pattern=r"^[1-9][0-9]{0,6}(\.[1-9][0-9]{0,9}){1,2}\Z")]  # or of a piece
Number = Annotated[int, Meta(ge=1, le=9_999_999_999)]  # `n` of a shape's id
Color = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}\Z")]
Fill = Annotated[str, Meta(pattern=r"^(#[0-9a-f]{6})?\Z")]
Asset = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Background = Annotated[str, Meta(max_length=40)]
Mid = Annotated[str, Meta(min_length=1, max_length=16)]
TrackId = Annotated[str, Meta(min_length=1, max_length=16)]
Sdp = Annotated[str, Meta(max_length=limits.FRAME_BYTES)]
Name = Annotated[str, Meta(max_length=limits.NAME_CHARS), PERSONAL]
School = Annotated[str, Meta(max_length=limits.NAME_CHARS)]
ChatText = Annotated[str, Meta(min_length=1, max_length=limits.CHAT_CHARS), PERSONAL]
Tag = Annotated[str, Meta(max_length=limits.TAG_CHARS)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=limits.TAGS_MAX), PERSONAL]
Comment = Annotated[str, Meta(max_length=limits.COMMENT_CHARS), PERSONAL]
Remark = Annotated[str, Meta(min_length=1, max_length=limits.COMMENT_CHARS), PERSONAL]
Topic = Annotated[str, Meta(max_length=limits.TOPIC_CHARS)]  # a subject, or a grade
Topics = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=limits.TOPIC_CHARS)], ...], Meta(max_length=limits.TOPICS_MAX)
]
Score = Annotated[int, Meta(ge=1, le=5)]
Asked = Annotated[int, Meta(ge=1, le=1_000_000)]  # the number of a poll, or of a check-in
Question = Annotated[str, Meta(min_length=1, max_length=limits.QUESTION_CHARS), PERSONAL]
Option = Annotated[str, Meta(min_length=1, max_length=limits.OPTION_CHARS)]
Options = Annotated[tuple[Option, ...], Meta(min_length=2, max_length=limits.OPTIONS_MAX), PERSONAL]
Choice = Annotated[int, Meta(ge=0, le=limits.OPTIONS_MAX - 1)]  # the place of an option, from 0
PollSeconds = Annotated[int, Meta(ge=5, le=3_600)]
CheckinSeconds = Annotated[int, Meta(ge=5, le=600)]
Unit = Annotated[int, Meta(ge=-16_000, le=16_000)]  # board units, 16,000 x 9,000
Width = Annotated[int, Meta(ge=1, le=400)]  # of a line, in board units
Point = Annotated[tuple[Unit, Unit], PERSONAL]
Reach = Annotated[int, Meta(ge=-32_000, le=32_000)]  # board units: a shape may stand beside the board
Place = Annotated[tuple[Reach, Reach], PERSONAL]
Offset = tuple[Reach, Reach]
Thousandths = Annotated[int, Meta(ge=10, le=100_000)]
Turn = Annotated[int, Meta(ge=0, le=3_599)]  # tenths of a degree, clockwise
Extent = Annotated[int, Meta(ge=1, le=16_000)]  # board units
FontHeight = Annotated[int, Meta(ge=60, le=2_000)]  # board units
BoardText = Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CHARS), PERSONAL]
Corners = Annotated[tuple[Unit, ...], Meta(max_length=2 * limits.POINTS_A_MESSAGE), PERSONAL]
Deltas = Annotated[tuple[Unit, ...], Meta(min_length=2, max_length=2 * limits.POINTS_A_MESSAGE), PERSONAL]
Pressure = Annotated[
    tuple[Annotated[int, Meta(ge=0, le=255)], ...], Meta(min_length=1, max_length=limits.POINTS_A_MESSAGE), PERSONAL
]
ShapeIds = Annotated[tuple[ShapeId, ...], Meta(min_length=1, max_length=limits.SHAPES_A_MESSAGE)]
Position = Annotated[int, Meta(ge=0, le=400_000)]  # along a stroke, in hundredths of a segment
Parts = Annotated[tuple[tuple[Position, Position], ...], Meta(max_length=limits.PIECES_A_SHAPE)]
Cuts = Annotated[dict[ShapeId, Parts], Meta(min_length=1, max_length=limits.SHAPES_A_MESSAGE)]
Pieces = dict[str, tuple[tuple[str, int, int], ...]]
Body = Annotated[Mapping[str, Any], PERSONAL]  # a whole shape
Sets = Annotated[Mapping[str, Mapping[str, Any]], PERSONAL]  # shape -> property -> value
Bodies = Annotated[tuple[Mapping[str, Any], ...], PERSONAL]  # whole shapes as `welcome.board` holds them
Chunks = Annotated[tuple[tuple[tuple[str, ...], bytes], ...], PERSONAL]  # ids, and these shapes as in `board.chunk`
ManyDeltas = Annotated[tuple[int, ...], PERSONAL]
ManyPressures = Annotated[tuple[int, ...], PERSONAL]


@cache
def personal_fields(message: type) -> frozenset[str]:
    """Names of the fields of a message class that are personal."""
    return _marked(message, PERSONAL)


@cache
def staff_fields(message: type) -> frozenset[str]:
    """Names of the fields of a message class that only staff are told."""
    return _marked(message, STAFF_ONLY)


def _marked(message: type, mark: Meta) -> frozenset[str]:
    hints = get_type_hints(message, include_extras=True)
    return frozenset(name for name, hint in hints.items() if _bears(hint, mark))


def _bears(hint: object, mark: Meta) -> bool:
    if mark in getattr(hint, "__metadata__", ()):
        return True
    return any(_bears(part, mark) for part in get_args(hint))
