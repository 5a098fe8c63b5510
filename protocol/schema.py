"""The messages as data for other languages: JSON Schema 2020-12 and an AsyncAPI 3.0 document, from the classes.

Both say the same; AsyncAPI's own schemas follow JSON Schema draft 7, so there the arrays are written in its manner.
The document speaks as the server: it receives what a client sends.  Who may send what stands in docs/protocol.md.
What a schema says beyond the standard:

    x-array      this message is an array: the names of its fields, in order, the first of which is the type
    x-staff-only a field that has its default for whoever is not staff
    x-personal   a field with what somebody is called, said or drew (protocol/fields.py)
    x-meaning    of each code: what it means, and for a close code what the client does
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from . import commands as c
from . import events as e
from . import fields as f
from . import limits
from . import notices as n
from .codec import CODECS
from .codes import CloseCode, ErrorCode

Schema = dict[str, Any]
Message = type[msgspec.Struct]

TITLE = "Classroom room protocol"
VERSION = "1.0.0"
PATH = "/v1/ws"
CONTENT_TYPES = {True: "application/json", False: "application/vnd.msgpack"}  # by `Codec.text`


# What is plain data in the messages, since it is the board's


Unset = msgspec.UnsetType  # what only some kinds have; docs/protocol.md says which


class ShapeBody(msgspec.Struct):
    """A whole shape.  A field with a default is left out when it has it, one that its kind has not stands nowhere."""

    id: f.ShapeId
    page: int
    author: int
    kind: f.ShapeKind
    z: int  # place in the drawing order of the whole board
    start: f.Place
    color: f.Color | Unset = msgspec.UNSET
    width: f.Width | Unset = msgspec.UNSET
    points: f.ManyDeltas | Unset = msgspec.UNSET
    pressure: f.ManyPressures | Unset = msgspec.UNSET
    from_: tuple[int, int] = msgspec.field(default=(0, 0), name="from")
    open: bool = False
    scale: tuple[f.Thousandths, f.Thousandths] = (1_000, 1_000)
    turn: f.Turn = 0
    fill: f.Fill = ""
    size: tuple[f.Extent, f.Extent] | Unset = msgspec.UNSET
    text: f.BoardText | Unset = msgspec.UNSET
    font: f.Font | Unset = msgspec.UNSET
    height: f.FontHeight | Unset = msgspec.UNSET
    latex: f.BoardText | Unset = msgspec.UNSET
    asset: f.Asset | Unset = msgspec.UNSET


class PropertiesBody(msgspec.Struct):
    """Properties of a shape that have new values."""

    z: int | Unset = msgspec.UNSET
    start: f.Place | Unset = msgspec.UNSET
    color: f.Color | Unset = msgspec.UNSET
    width: f.Width | Unset = msgspec.UNSET
    fill: f.Fill | Unset = msgspec.UNSET
    size: tuple[f.Extent, f.Extent] | Unset = msgspec.UNSET
    scale: tuple[f.Thousandths, f.Thousandths] | Unset = msgspec.UNSET
    turn: f.Turn | Unset = msgspec.UNSET
    text: f.BoardText | Unset = msgspec.UNSET
    font: f.Font | Unset = msgspec.UNSET
    height: f.FontHeight | Unset = msgspec.UNSET
    latex: f.BoardText | Unset = msgspec.UNSET


class PageBody(msgspec.Struct):
    """A page: its open strokes, and how many `board.chunk` with its finished shapes follow."""

    page: int
    background: str
    locked: bool
    shapes: tuple[ShapeBody, ...]
    chunks: int
    owner: int | Unset = msgspec.UNSET


class BoardBody(msgspec.Struct):
    """The board as one member sees it, its pages in order."""

    current: int
    free: bool
    locked: bool
    pages: tuple[PageBody, ...]


BODIES = (ShapeBody, PropertiesBody, PageBody, BoardBody)
PLAIN: Mapping[tuple[str, str], Message] = {
    ("Welcome", "board"): BoardBody,
    ("Snapshot", "board"): BoardBody,
    ("ShapePut", "body"): ShapeBody,
    ("ShapesChanged", "set"): PropertiesBody,
    ("ShapesCopied", "shapes"): ShapeBody,
    ("ShapesRestored", "shapes"): ShapeBody,
}


# The messages in groups


class Group(NamedTuple):
    """Messages that go one way for one purpose: an operation of the AsyncAPI document."""

    name: str
    way: Literal["up", "down"]
    kind: Literal["command", "event", "notice", "signal"]
    summary: str
    messages: tuple[Message, ...]
    reply: tuple[Message, ...] = ()


ANSWERS = (n.Ok, n.Error)
GROUPS = (
    Group(
        "hello", "up", "command", "The first message of a connection", (c.Hello,), (n.Welcome, n.Moved, n.Error, n.Bye)
    ),
    Group("talk", "up", "command", "Chat, hands, the stage", get_args(c.Talk), ANSWERS),
    Group("moderation", "up", "command", "Rights, mutes, the room, the evaluation", get_args(c.Moderation), ANSWERS),
    Group("asking", "up", "command", "Polls, check-ins, comments", get_args(c.Asking), ANSWERS),
    Group("drawing", "up", "command", "Ink on the board", get_args(c.Strokes), ANSWERS),
    Group("objects", "up", "command", "Shapes on the board", get_args(c.Objects), ANSWERS),
    Group("paging", "up", "command", "Pages of the board, and the whole of it", get_args(c.Paging), ANSWERS),
    Group("media", "up", "command", "Sound and picture", get_args(c.Media), ANSWERS),
    Group("calling", "up", "command", "Calling a teacher", get_args(c.Calling), ANSWERS),
    Group("ping", "up", "signal", "Is anybody there?", (c.Ping,), (n.Pong,)),
    Group("pointing", "up", "signal", "Where one points, and looks", (c.MovePointer, c.ShowView)),
    Group("presence", "down", "event", "Who is there", get_args(e.Presence)),
    Group("course", "down", "event", "The room's own life", get_args(e.Course)),
    Group("floor", "down", "event", "Chat, hands, the stage, rights", get_args(e.Floor)),
    Group("asked", "down", "event", "Polls, check-ins, comments", get_args(e.Asked)),
    Group("ink", "down", "event", "Ink on the board", get_args(e.Ink)),
    Group("shapes", "down", "event", "Shapes on the board", get_args(e.Shapes)),
    Group("pages", "down", "event", "Pages of the board, and the whole of it", get_args(e.Pages)),
    Group("tracks", "down", "event", "Sound and picture", get_args(e.Tracks)),
    Group("calls", "down", "event", "Calling a teacher", get_args(e.Calls)),
    Group("notices", "down", "notice", "Reliable, in order, to one client", get_args(n.AnyNotice)),
    Group("signals", "down", "signal", "Worth their newest value, may be dropped", get_args(n.AnySignal)),
)
UP = tuple(message for group in GROUPS if group.way == "up" for message in group.messages)
DOWN = tuple(message for group in GROUPS if group.way == "down" for message in group.messages)

KINDS = {
    "command": "Has an `id` that rises within a session; answered by `ok` (cumulative) or `error`.",
    "event": "Has `seq`, which rises through the room, and `at`, milliseconds since the room opened.",
    "notice": "Reliable and in order on its connection, not in the room's log.",
    "signal": "Worth its newest value only; may be dropped.",
}


# Codes

ERRORS: Mapping[ErrorCode, str] = {
    ErrorCode.FORBIDDEN: "This member may not do that here, or not now.",
    ErrorCode.NOT_FOUND: "What the command names is not there (any more).",
    ErrorCode.INVALID: "A field has a value that makes no sense here.",
    ErrorCode.CONFLICT: "It contradicts what has happened meanwhile: nothing to take back, done already.",
    ErrorCode.FULL: "No place is left: seats, hands, the stage, pages, shapes.",
    ErrorCode.LOCKED: "The room, the board or the page is locked.",
    ErrorCode.RATE_LIMITED: "Too many of this kind of command; again after `retry_in_s`.",
    ErrorCode.TOO_LARGE: "More than the room takes in one piece.",
    ErrorCode.ROOM_CLOSED: "The room is over.",
    ErrorCode.OUTSIDE_WINDOW: "Not at this hour or on this day.",
    ErrorCode.GAP_NOT_ELAPSED: "Too soon after the lesson before.",
    ErrorCode.QUOTA_EXCEEDED: "The time or number allowed is used up.",
    ErrorCode.EVALUATION_DUE: "The lesson before is to be evaluated first.",
    ErrorCode.REST_NEEDED: "Too long at the screen without a rest.",
    ErrorCode.NOT_ELIGIBLE: "This identity may not take part in this form of lesson.",
    ErrorCode.UNAVAILABLE: "The server cannot keep its promise now; the room goes on, the command may be tried again.",
}


class Close(NamedTuple):
    meaning: str
    client: str


CLOSES: Mapping[CloseCode, Close] = {
    CloseCode.NORMAL: Close("The client leaves for good.", "Is done."),
    CloseCode.GOING_AWAY: Close("The client's page goes away.", "May resume."),
    CloseCode.NOT_TEXT: Close("Not text where text belongs.", "Stops and reports it."),
    CloseCode.TOO_BIG: Close("A frame is too large.", "Stops and reports it."),
    CloseCode.BUG: Close("A bug of the server's.", "Resumes, with back-off."),
    CloseCode.RESTART: Close("This node is leaving.", "Resumes after a random 0 to 3 s, elsewhere if told."),
    CloseCode.VIOLATION: Close("Not this protocol.", "Stops and reports it."),
    CloseCode.BAD_TOKEN: Close("The token is bad or has expired.", "Asks for a new token."),
    CloseCode.NOT_ALLOWED: Close("Not allowed into this room.", "Stops."),
    CloseCode.NO_ROOM: Close("There is no such room.", "Stops."),
    CloseCode.NO_HELLO: Close("No `hello` in time.", "Connects again."),
    CloseCode.REPLACED: Close("A newer connection of the same identity took the place.", "Stops."),
    CloseCode.ROOM_CLOSED: Close("The room is over.", "Shows the evaluation."),
    CloseCode.REMOVED: Close("Removed by staff.", "Stops."),
    CloseCode.MOVED: Close("The room lives on another node; `moved` said where.", "Goes there."),
    CloseCode.TOO_MUCH: Close("Too much, for too long.", "Waits `retry_in_s`, then resumes."),
}


# JSON Schema


@dataclass(frozen=True)
class Example:
    """A message as it travels, and what it shows."""

    summary: str
    payload: Any


def type_of(message: Message) -> str:
    """What a message calls itself on the wire."""
    return str(message.__struct_config__.tag)


def is_array(message: Message) -> bool:
    return message.__struct_config__.array_like


def json_schema() -> Schema:
    """JSON Schema 2020-12 of every message: `#/$defs/Up`, `#/$defs/Down`, and one definition a class."""
    ref = "#/$defs/{name}"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{TITLE}, version {VERSION}",
        "description": "Messages in either codec.  A client ignores types and fields of the server that are new to it.",
        "anyOf": [{"$ref": ref.format(name="Up")}, {"$ref": ref.format(name="Down")}],
        "$defs": {
            "Up": {"description": "Client to server.", "oneOf": _refs(ref, UP)},
            "Down": {"description": "Server to client.", "oneOf": _refs(ref, DOWN)},
            **_definitions(ref),
        },
    }


def _definitions(ref: str) -> dict[str, Schema]:
    """One schema a class, and the codes, by name."""
    _, schemas = msgspec.json.schema_components([*UP, *DOWN, *BODIES], ref_template=ref)
    for name, struct in _structs().items():
        if name in schemas:
            _describe(name, struct, schemas[name], ref)
    schemas[ErrorCode.__name__]["x-meaning"] = {code.value: ERRORS[code] for code in ErrorCode}
    schemas[CloseCode.__name__] = {
        "title": CloseCode.__name__,
        "description": CloseCode.__doc__,
        "enum": [code.value for code in CloseCode],
        "x-meaning": {str(code.value): CLOSES[code]._asdict() for code in CloseCode},
    }
    return {name: _portable(schema) for name, schema in schemas.items()}


def _structs() -> dict[str, Message]:
    found = [*vars(c).values(), *vars(e).values(), *vars(n).values(), *BODIES]
    return {kind.__name__: kind for kind in found if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}


def _describe(name: str, struct: Message, schema: Schema, ref: str) -> None:
    """Say what msgspec leaves out: the names in arrays, what is personal, what plain data looks like."""
    names = struct.__struct_encode_fields__
    if is_array(struct):
        schema["x-array"] = ["type", *names]
        for title, item in zip(schema["x-array"], schema["prefixItems"], strict=True):
            item["title"] = title
        fields = dict(zip(names, schema["prefixItems"][1:], strict=True))
    else:
        fields = {field: schema["properties"][field] for field in names}
    for field in names:
        if field in f.personal_fields(struct):
            fields[field]["x-personal"] = True
        if field in f.staff_fields(struct):
            fields[field]["x-staff-only"] = True
        if body := PLAIN.get((name, field)):
            _fill(fields[field], {"$ref": ref.format(name=body.__name__)})


def _fill(schema: Schema, body: Schema) -> None:
    """Put `body` where only "an object" is said, also as a value of a map."""
    if "additionalProperties" in schema:
        _fill(schema["additionalProperties"], body)
    elif schema.get("type") == "object":
        del schema["type"]
        schema.update(body)
    for part in [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]:
        _fill(part, body)


def _portable(schema: Any) -> Any:
    """The same without what only Python reads, and a single value as a constant."""
    match schema:
        case {"enum": [str(only)], **rest}:
            return _portable({"const": only, **rest})
        case {"pattern": str(pattern), **rest} if pattern.endswith(r"\Z"):  # elsewhere `$` is the end and nothing else
            return {"pattern": pattern.removesuffix(r"\Z") + "$", **_portable(rest)}
        case dict():
            return {key: _portable(value) for key, value in schema.items()}
        case list() | tuple():
            return [_portable(item) for item in schema]
        case _:
            return schema


def _refs(ref: str, messages: Iterable[Message]) -> list[Schema]:
    return [{"$ref": ref.format(name=message.__name__)} for message in messages]


# AsyncAPI


def asyncapi(examples: Mapping[str, Sequence[Example]] | None = None) -> Schema:
    """The AsyncAPI 3.0 document; `examples` by name of class."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": TITLE,
            "version": VERSION,
            "description": "What the room server and its clients say to each other over one WebSocket.  "
            "`receive` is what a client sends, `send` what the server sends.  "
            "A frame holds one message; a message is a map with `type`, or an array that begins with it (`x-array`).  "
            "On a JSON connection `board.chunk` is a binary frame: the bytes of its `shapes` as they are.",
        },
        "defaultContentType": CONTENT_TYPES[True],
        "servers": {"local": {"host": "localhost:8080", "protocol": "ws", "description": "`make serve`"}},
        "channels": {"room": _channel()},
        "operations": {group.name: _operation(group) for group in GROUPS},
        "components": {
            "messages": {
                message.__name__: _message(message, group, (examples or {}).get(message.__name__, ()))
                for group in GROUPS
                for message in group.messages
            },
            "schemas": {name: _draft7(schema) for name, schema in _definitions("#/components/schemas/{name}").items()},
        },
    }


def _channel() -> Schema:
    return {
        "address": PATH,
        "title": "A room",
        "description": "One member's connection to one room.  The client offers one of the subprotocols; the first "
        f"message is `hello`, within {limits.HELLO_S} s.  Before it closes the connection the server says `bye`.",
        "messages": {
            message.__name__: {"$ref": f"#/components/messages/{message.__name__}"} for message in (*UP, *DOWN)
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "required": ["Sec-WebSocket-Protocol"],
                    "properties": {"Sec-WebSocket-Protocol": {"type": "string", "enum": list(CODECS)}},
                },
                "bindingVersion": "0.1.0",
            }
        },
        "x-subprotocols": {
            name: {"frames": "text" if codec.text else "binary", "contentType": CONTENT_TYPES[codec.text]}
            for name, codec in CODECS.items()
        },
        "x-error-codes": {"$ref": "#/components/schemas/ErrorCode"},
        "x-close-codes": {"$ref": "#/components/schemas/CloseCode"},
        "x-limits": {name.lower(): value for name, value in vars(limits).items() if name.isupper()},
    }


def _operation(group: Group) -> Schema:
    channel = {"$ref": "#/channels/room"}
    ref = "#/channels/room/messages/{name}"
    reply = {"reply": {"channel": channel, "messages": _refs(ref, group.reply)}} if group.reply else {}
    return {
        "action": "receive" if group.way == "up" else "send",
        "channel": channel,
        "summary": group.summary,
        "description": KINDS[group.kind],
        "messages": _refs(ref, group.messages),
        **reply,
    }


def _message(message: Message, group: Group, examples: Sequence[Example]) -> Schema:
    return {
        "name": type_of(message),
        "title": message.__name__,
        **({"description": message.__doc__} if message.__doc__ else {}),
        "tags": [{"name": group.kind}, {"name": group.name}],
        **_correlation(message, group),
        "payload": {"$ref": f"#/components/schemas/{message.__name__}"},
        **({"examples": [{"summary": one.summary, "payload": one.payload} for one in examples]} if examples else {}),
    }


def _correlation(message: Message, group: Group) -> Schema:
    """Where the number is that ties an answer to its question."""
    if group.kind == "command" or message in (n.Welcome, *ANSWERS):
        where = "1" if is_array(message) else "id"
    elif message in (c.Ping, n.Pong):
        where = "n"
    else:
        return {}
    return {"correlationId": {"location": f"$message.payload#/{where}"}}


def _draft7(schema: Any) -> Any:
    """A 2020-12 schema as draft 7 has it: `items` lists what stands at each place."""
    match schema:
        case {"prefixItems": first, **rest}:
            more = {"additionalItems": rest.pop("items")} if "items" in rest else {}
            return {**_draft7(rest), "items": _draft7(first), **more}
        case dict():
            return {key: _draft7(value) for key, value in schema.items()}
        case list():
            return [_draft7(item) for item in schema]
        case _:
            return schema
