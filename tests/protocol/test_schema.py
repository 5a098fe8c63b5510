"""The schemas say what the codecs do, and the AsyncAPI document is one."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import jsonschema
import pytest

from protocol import codec
from protocol.codes import CloseCode, ErrorCode, ProtocolViolation
from protocol.fields import ShapeKind
from protocol.schema import (
    CLOSES,
    DOWN,
    ERRORS,
    GROUPS,
    UP,
    Group,
    Schema,
    asyncapi,
    is_array,
    json_schema,
    type_of,
)
from tests.support import examples
from tests.support.examples import Example
from tests.support.generate import examples as shown
from whiteboard import Board, Change

SCHEMA = json_schema()
ASYNCAPI = asyncapi(shown())
EXTENSION = re.compile(r"x-[\w.-]+")


def valid(name: str, value: Any) -> bool:
    """Does a value satisfy a definition of the JSON Schema?"""
    root = {"$schema": SCHEMA["$schema"], "$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}
    return bool(jsonschema.Draft202012Validator(root).is_valid(value))


def valid_asyncapi(name: str, value: Any) -> bool:
    """The same, as a reader of the AsyncAPI document would have it."""
    root = {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "components": ASYNCAPI["components"]}
    return bool(jsonschema.Draft7Validator(root).is_valid(value))


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in plain data."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(part)


def at(document: Any, ref: str) -> Any:
    """What a reference within a document points to."""
    for step in ref.removeprefix("#/").split("/"):
        document = document[step]
    return document


# JSON Schema


def test_it_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for schema in ASYNCAPI["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)


def test_every_message_of_the_codecs_is_in_one_group() -> None:
    assert sorted(map(str, UP)) == sorted(map(str, get_args(codec.UpMap | codec.UpArray)))
    assert sorted(map(str, DOWN)) == sorted(map(str, get_args(codec.DownMap | codec.DownArray)))
    assert {type_of(message) for message in DOWN} == codec.DOWN_TYPES


@pytest.mark.parametrize("document", [SCHEMA, ASYNCAPI], ids=["schema", "asyncapi"])
def test_every_reference_leads_somewhere(document: Schema) -> None:
    refs = [part["$ref"] for part in inside(document) if isinstance(part.get("$ref"), str)]
    assert len(refs) > len(UP) + len(DOWN)
    for ref in refs:
        assert isinstance(at(document, ref), dict)


def examples_with(also: bool) -> list[Any]:
    of = [("Up", one) for one in examples.UP] + [("Down", one) for one in examples.DOWN]
    return [pytest.param(way, one, id=f"{way}: {one.name}") for way, one in of if one.also or not also]


@pytest.mark.parametrize(("way", "example"), examples_with(also=False))
def test_every_example_satisfies_its_schema(way: str, example: Example) -> None:
    name = type(example.message).__name__
    for frame in (example.frame, *example.also):
        value = json.loads(frame)
        assert valid(name, value)
        assert valid(way, value)  # exactly one of the messages of its direction
        assert valid_asyncapi(name, value)


BAD = [
    '{"type":"hand.raise"}',
    '{"type":"hand.raise","id":0}',
    '{"type":"hand.raise","id":9007199254740992}',
    '{"type":"hand.raise","id":"1"}',
    '{"type":"hand.raise","id":1,"more":true}',
    '{"type":"hand.rise","id":1}',
    '{"id":1}',
    '{"type":"hello","id":1,"room":"r","resume":{"session":"s","epoch":1}}',
    '{"type":"chat.send","id":1,"text":""}',
    '{"type":"chat.send","id":1,"text":"x","to":"nobody"}',
    '{"type":"chat.send","id":1,"text":"x","to":0}',
    '{"type":"grant","id":1,"member":1,"can":["fly"],"on":true}',
    '{"type":"evaluate","id":1,"score":6}',
    '{"type":"evaluate","id":1,"score":1,"tags":["1","2","3","4","5","6","7","8","9","10","11"]}',
    '{"type":"board.begin","id":1,"shape":"3.1x","page":1,"kind":"pen","color":"#000000","width":1,"at":[0,0]}',
    '{"type":"board.begin","id":1,"shape":"3.1","page":1,"kind":"pen","color":"black","width":1,"at":[0,0]}',
    '{"type":"board.begin","id":1,"shape":"3.1","page":1,"kind":"pen","color":"#000000","width":1,"at":[0,0,0]}',
    '{"type":"board.begin","id":1,"shape":"3.1","page":1,"kind":"pen","color":"#000000","width":1,"at":[0,16001]}',
    '{"type":"media.publish","id":1,"sdp":"","tracks":{"0":"nose"}}',
    '{"type":"media.publish","id":1,"sdp":"","tracks":{"":"camera"}}',
    '{"type":"poll.open","id":1,"question":"","options":["a","b"]}',
    '{"type":"poll.open","id":1,"question":"?","options":["a"]}',
    '{"type":"poll.open","id":1,"question":"?","options":["1","2","3","4","5","6","7"]}',
    '{"type":"poll.open","id":1,"question":"?","options":["a",""]}',
    '{"type":"poll.open","id":1,"question":"?","options":["a","b"],"seconds":4}',
    '{"type":"poll.vote","id":1,"poll":0,"choice":0}',
    '{"type":"poll.vote","id":1,"poll":1,"choice":6}',
    '{"type":"checkin.open","id":1,"seconds":601}',
    '{"type":"comment.add","id":1,"text":""}',
    '["board.extend",1,"3.1"]',
    '["board.extend",1,"3.1",[1]]',
    '["board.extend",1,"3.1",[1,2],[256]]',
    '["board.extend",1,"3.1",[1,2],null,0]',
    '{"type":"board.put","id":1,"shape":"3.1.1","page":1,"kind":"line","start":[0,0]}',
    '{"type":"board.put","id":1,"shape":"3.1","page":1,"kind":"star","start":[0,0]}',
    '{"type":"board.put","id":1,"shape":"3.1","page":1,"kind":"line","start":[0,0],"from":[0,0]}',
    '{"type":"board.change","id":1,"set":{}}',
    '{"type":"board.change","id":1,"set":{"3":{}}}',
    '{"type":"board.change","id":1,"set":{"3.1":{"z":1}}}',
    '{"type":"board.change","id":1,"set":{"3.1":{"fill":null}}}',
    '{"type":"board.order","id":1,"shapes":["3.1"],"to":"top"}',
    '{"type":"board.cut","id":1,"cuts":{"3.1":[[0]]}}',
    '{"type":"board.copy","id":1,"shapes":["3.1"],"page":1,"by":[0,0],"first":0}',
    '{"type":"page.move","id":1,"page":0}',
    '["pointer",1,0,0]',
    '["view",1,0,0]',
    '["view",1,0,0,32001]',
    '["pointer",1,0,0,1]',
]


@pytest.mark.parametrize("frame", BAD)
def test_the_schema_refuses_what_the_server_refuses(frame: str) -> None:
    with pytest.raises(ProtocolViolation):
        codec.JSON.decode_up(frame)
    value = json.loads(frame)
    assert not valid("Up", value)
    assert not any(valid_asyncapi(message.__name__, value) for message in UP)


def test_the_server_may_say_more_one_day() -> None:
    assert valid("Ok", {"type": "ok", "id": 1, "new": True})
    assert valid("Pointer", ["pointer", 1, 1, 0, 0, True, "new"])


def test_arrays_are_told_and_their_places_have_names() -> None:
    told = {name: schema["x-array"] for name, schema in SCHEMA["$defs"].items() if "x-array" in schema}
    assert told == {
        "ExtendStroke": ["type", "id", "shape", "points", "pressure"],
        "MovePointer": ["type", "page", "x", "y", "laser"],
        "ShowView": ["type", "page", "x", "y", "width"],
        "StrokeExtended": ["type", "seq", "at", "shape", "points", "pressure"],
        "Pointer": ["type", "member", "page", "x", "y", "laser"],
        "View": ["type", "member", "page", "x", "y", "width"],
    }
    for name, names in told.items():
        assert [item["title"] for item in SCHEMA["$defs"][name]["prefixItems"]] == names
        assert [item["title"] for item in ASYNCAPI["components"]["schemas"][name]["items"]] == names
    assert {message.__name__ for message in UP + DOWN if is_array(message)} == set(told)


def test_what_is_personal_in_an_event_is_marked() -> None:
    """What enters the evidence as a salted hash only."""
    marked = {}
    for message in (message for group in GROUPS if group.kind == "event" for message in group.messages):
        schema = SCHEMA["$defs"][message.__name__]
        fields = {item["title"]: item for item in schema["prefixItems"]} if is_array(message) else schema["properties"]
        if personal := {name for name, field in fields.items() if field.get("x-personal")}:
            marked[message.__name__] = personal
    assert marked == {
        "MemberJoined": {"name"},
        "ChatMessage": {"text"},
        "PollOpened": {"question", "options"},
        "CommentAdded": {"name", "text"},
        "ChatHeld": {"text"},
        "StrokeBegun": {"start"},
        "StrokeExtended": {"points", "pressure"},
        "ShapePut": {"body"},
        "ShapesChanged": {"set"},
        "ShapesCopied": {"shapes"},
        "ShapesRestored": {"shapes", "chunks"},
        "DutyChanged": {"name"},
        "CallMade": {"name"},
    }


def test_what_only_staff_are_told_is_marked() -> None:
    marked = {
        (name, field)
        for name, schema in SCHEMA["$defs"].items()
        for field, told in schema.get("properties", {}).items()
        if told.get("x-staff-only")
    }
    assert marked == {("PollOpened", "answer"), ("CheckinClosed", "missing")}


def test_patterns_are_read_alike_everywhere() -> None:
    patterns = {part["pattern"] for part in inside(SCHEMA) if isinstance(part.get("pattern"), str)}
    assert patterns == {
        r"^[1-9][0-9]{0,6}\.[1-9][0-9]{0,9}$",
        r"^[1-9][0-9]{0,6}(\.[1-9][0-9]{0,9}){1,2}$",
        "^#[0-9a-f]{6}$",
        "^(#[0-9a-f]{6})?$",
        "^[0-9a-f]{32}$",
    }


def test_every_code_has_a_meaning() -> None:
    assert set(ERRORS) == set(ErrorCode)
    assert set(CLOSES) == set(CloseCode)
    assert SCHEMA["$defs"]["ErrorCode"]["x-meaning"]["locked"] == "The room, the board or the page is locked."
    assert SCHEMA["$defs"]["CloseCode"]["x-meaning"]["4411"] == {"meaning": "Removed by staff.", "client": "Stops."}


@pytest.fixture(scope="module")
def board() -> Board:
    """A shape of every kind, all that can be set; an open stroke, a piece, a scratch page."""
    board = Board()

    def do(changes: Iterable[Change]) -> None:
        for change in changes:
            board.apply(change)

    do(board.add_page(1, background="grid"))
    do(board.add_scratch(3))
    for n, pressure in ((1, None), (2, [0, 255])):
        do(board.begin(3, f"3.{n}", page=1, kind="pen", color="#1c2430", width=36, at=(0, 9000)))
        board.extend(3, f"3.{n}", [1, -2, 3, -4], pressure)
        do(board.flush())
    do(board.cut(3, {"3.1": [(150, 200)]}))
    line = {"color": "#1c2430", "width": 36, "points": (1, -2, 3, -4), "scale": (500, 2_000)}
    box = {"color": "#1c2430", "width": 36, "size": (300, 200), "fill": "#ffd43b"}
    of_kinds: list[tuple[str, dict[str, Any]]] = [
        ("highlighter", {**line, "pressure": (0, 255)}),
        ("line", line),
        ("arrow", line),
        ("polygon", {**line, "fill": "#ffd43b"}),
        ("rectangle", box),
        ("ellipse", box),
        ("image", {"size": (300, 200), "asset": "0" * 32}),
        ("formula", {"color": "#1c2430", "size": (300, 200), "latex": "x^2"}),
        ("text", {"color": "#1c2430", "text": "分数", "font": "serif", "height": 480}),
    ]
    for n, (kind, properties) in enumerate(of_kinds, start=3):
        do(board.put(3, f"3.{n}", page=1, kind=kind, start=(-100, 200), turn=900, **properties))
    return board


def test_a_real_board_is_what_the_schema_says(board: Board) -> None:
    snapshot = json.loads(json.dumps(board.snapshot()))
    assert set(snapshot) == set(SCHEMA["$defs"]["BoardBody"]["properties"])
    assert set(snapshot["pages"][2]) == set(SCHEMA["$defs"]["PageBody"]["properties"])
    assert snapshot["pages"][0]["shapes"]
    assert valid("BoardBody", snapshot)
    assert valid_asyncapi("BoardBody", snapshot)


def test_real_shapes_are_what_the_schema_says(board: Board) -> None:
    shapes = [shape for page in board.picture()["pages"] for shape in page["shapes"]]
    assert {shape["kind"] for shape in shapes} == set(get_args(ShapeKind))
    assert set[str]().union(*shapes) == set(SCHEMA["$defs"]["ShapeBody"]["properties"])
    for shape in json.loads(json.dumps(shapes)):
        assert valid("ShapeBody", shape)
        assert valid_asyncapi("ShapeBody", shape)


def test_the_defaults_of_a_shape_are_told(board: Board) -> None:
    told = {
        name: field["default"]
        for name, field in SCHEMA["$defs"]["ShapeBody"]["properties"].items()
        if "default" in field
    }
    assert told == {"from": [0, 0], "scale": [1_000, 1_000], "turn": 0, "fill": "", "open": False}


@pytest.mark.parametrize(
    ("message", "field", "body"),
    [
        ("Welcome", "board", "BoardBody"),
        ("Snapshot", "board", "BoardBody"),
        ("ShapePut", "body", "ShapeBody"),
        ("ShapesRestored", "shapes", "ShapeBody"),
        ("ShapesCopied", "shapes", "ShapeBody"),
        ("ShapesChanged", "set", "PropertiesBody"),
    ],
)
def test_what_is_plain_data_in_a_message_is_told(message: str, field: str, body: str) -> None:
    schema = SCHEMA["$defs"][message]["properties"][field]
    assert [part["$ref"] for part in inside(schema) if "$ref" in part] == [f"#/$defs/{body}"]


# AsyncAPI 3.0.0: the rules of the specification that such a document can break


def test_it_has_the_parts_of_an_asyncapi_document() -> None:
    assert ASYNCAPI["asyncapi"] == "3.0.0"
    assert set(ASYNCAPI) == {
        "asyncapi",
        "info",
        "defaultContentType",
        "servers",
        "channels",
        "operations",
        "components",
    }
    assert set(ASYNCAPI["info"]) == {"title", "version", "description"}
    for server in ASYNCAPI["servers"].values():
        assert set(server) >= {"host", "protocol"}
    for kind in ASYNCAPI["components"].values():
        assert all(re.fullmatch(r"[\w.-]+", name) for name in kind)


def test_the_channel_is_the_socket_with_all_messages_and_both_subprotocols() -> None:
    channel = ASYNCAPI["channels"]["room"]
    assert channel["address"] == "/v1/ws"
    assert set(channel["messages"]) == {message.__name__ for message in UP + DOWN}
    assert set(ASYNCAPI["components"]["messages"]) == set(channel["messages"])
    header = channel["bindings"]["ws"]["headers"]["properties"]["Sec-WebSocket-Protocol"]
    assert header["enum"] == ["classroom.v1.json", "classroom.v1.msgpack"]
    assert channel["x-subprotocols"] == {
        "classroom.v1.json": {"frames": "text", "contentType": "application/json"},
        "classroom.v1.msgpack": {"frames": "binary", "contentType": "application/vnd.msgpack"},
    }
    known = {"address", "title", "description", "messages", "bindings"}
    assert all(key in known or EXTENSION.fullmatch(key) for key in channel)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_an_operation_goes_its_way_with_messages_of_its_channel(group: Group) -> None:
    operation = ASYNCAPI["operations"][group.name]
    assert set(operation) <= {"action", "channel", "summary", "description", "messages", "reply"}
    assert operation["action"] == {"up": "receive", "down": "send"}[group.way]
    for part in (operation, operation.get("reply")):
        if part:
            assert part["channel"] == {"$ref": "#/channels/room"}
            assert all(ref["$ref"].startswith("#/channels/room/messages/") for ref in part["messages"])


def test_every_message_is_in_one_operation() -> None:
    refs = [ref["$ref"] for operation in ASYNCAPI["operations"].values() for ref in operation["messages"]]
    assert sorted(refs) == sorted(f"#/channels/room/messages/{message.__name__}" for message in UP + DOWN)


@pytest.mark.parametrize("message", UP + DOWN, ids=lambda message: message.__name__)
def test_a_message_says_its_type_its_payload_and_shows_examples(message: Any) -> None:
    told = ASYNCAPI["components"]["messages"][message.__name__]
    known = {"name", "title", "description", "tags", "correlationId", "payload", "examples"}
    assert set(told) <= known
    assert told["name"] == type_of(message)
    assert told["payload"] == {"$ref": f"#/components/schemas/{message.__name__}"}
    assert told["examples"]
    for example in told["examples"]:
        assert set(example) == {"summary", "payload"}
        if location := told.get("correlationId", {}).get("location"):
            field = location.removeprefix("$message.payload#/")
            payload = example["payload"]
            assert isinstance(payload[int(field)] if isinstance(payload, list) else payload[field], int)


def test_every_message_with_an_answer_or_that_is_one_can_be_correlated() -> None:
    messages = ASYNCAPI["components"]["messages"]
    correlated = {name for name, told in messages.items() if "correlationId" in told}
    commands = {message.__name__ for group in GROUPS if group.kind == "command" for message in group.messages}
    assert correlated == commands | {"Welcome", "Ok", "Error", "Ping", "Pong"}
