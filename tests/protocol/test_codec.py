"""Both codecs say the same, read back what they wrote, and take nothing that is not a message."""

import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol import commands as c
from protocol import events as e
from protocol import limits
from protocol import notices as n
from protocol.codec import CODECS, JSON, MSGPACK, Codec, DownArray, DownMap, UpArray, UpMap
from protocol.codes import CloseCode, ProtocolViolation

from .messages import DOWN, UP, as_in_json, bare

BOTH = pytest.mark.parametrize("codec", [JSON, MSGPACK], ids=["json", "msgpack"])
EVERY_UP = pytest.mark.parametrize("message", UP, ids=lambda message: type(message).__name__)
EVERY_DOWN = pytest.mark.parametrize("message", DOWN, ids=lambda message: type(message).__name__)


def frame(codec: Codec, data: Any) -> str | bytes:
    """Plain data as a frame of this codec, whether or not it is a message."""
    return json.dumps(data) if codec.text else bytes(msgpack.packb(data))


def written(codec: Codec, message: Any) -> str | bytes:
    data = codec.encode(message)
    return data.decode() if codec.text else data


def plain(message: Any) -> Any:
    return json.loads(JSON.encode(message))


def violates(codec: Codec, data: Any) -> bool:
    try:
        codec.decode_up(frame(codec, data))
    except ProtocolViolation as violation:
        return violation.code == CloseCode.VIOLATION
    return False


def test_the_examples_are_every_message() -> None:
    assert {type(message) for message in UP} == {*UpMap.__args__, *UpArray.__args__} == set(c.Up.__args__)
    assert {type(message) for message in DOWN} == {*DownMap.__args__, *DownArray.__args__}
    assert {type(message) for message in DOWN} >= set(e.AnyEvent.__args__)


@pytest.mark.rule("WIRE-1")
@BOTH
@EVERY_UP
def test_a_clients_message_is_read_as_it_was_written(codec: Codec, message: c.Up) -> None:
    for said in (message, bare(message)):
        assert codec.decode_up(written(codec, said)) == said


@pytest.mark.rule("WIRE-1")
@BOTH
@EVERY_DOWN
def test_a_servers_message_is_read_as_it_was_written(codec: Codec, message: Any) -> None:
    for said in (message, bare(message)):
        assert codec.decode_down(written(codec, said)) == said


@pytest.mark.rule("WIRE-1")
@pytest.mark.parametrize("message", [*UP, *DOWN], ids=lambda message: type(message).__name__)
def test_both_codecs_carry_the_same_data(message: Any) -> None:
    assert as_in_json(msgpack.unpackb(MSGPACK.encode(message))) == plain(message)


@pytest.mark.rule("WIRE-1")
@pytest.mark.parametrize(
    ("message", "data"),
    [
        (c.ExtendStroke(17, "2.1", (1, -2)), ["board.extend", 17, "2.1", [1, -2]]),
        (c.MovePointer(1, 2, 3, True), ["pointer", 1, 2, 3, True]),
        (e.StrokeExtended(20, 5, "2.1", (1, 2), (99,)), ["board.extended", 20, 5, "2.1", [1, 2], [99]]),
        (n.Pointer(2, 1, 3, 4, False), ["pointer", 2, 1, 3, 4, False]),
        (c.ShowView(1, 2, 3, 4), ["view", 1, 2, 3, 4]),
        (n.View(2, 1, 3, 4, 5), ["view", 2, 1, 3, 4, 5]),
        (
            c.ChangeShapes(id=4, set={"2.1": c.ShapeSet(turn=0)}),
            {"type": "board.change", "id": 4, "set": {"2.1": {"turn": 0}}},
        ),
        (n.BoardChunk(shapes=b"x\x9c\x8b"), {"type": "board.chunk", "shapes": "eJyL"}),
        (c.RaiseHand(id=4), {"type": "hand.raise", "id": 4}),
        (c.SendChat(id=2, text="x"), {"type": "chat.send", "id": 2, "text": "x"}),
        (e.HandRaised(seq=3, at=9, member=2), {"type": "hand.raised", "seq": 3, "at": 9, "member": 2}),
        (n.Ok(id=9), {"type": "ok", "id": 9}),
    ],
)
def test_messages_look_as_they_are_documented(message: Any, data: Any) -> None:
    assert plain(message) == data


@pytest.mark.rule("WIRE-8")
def test_a_chunk_of_the_board_is_a_binary_frame_as_it_is() -> None:
    chunk = n.BoardChunk(shapes=zlib.compress(b"[]"))
    assert JSON.payload(chunk) == (chunk.shapes, False)
    assert JSON.decode_down(chunk.shapes) == chunk
    assert JSON.payload(n.Ok(id=9)) == (b'{"type":"ok","id":9}', True)
    assert MSGPACK.payload(chunk) == (MSGPACK.encode(chunk), False)


@BOTH
def test_what_flies_by_the_thousand_may_leave_out_its_pressure(codec: Codec) -> None:
    assert codec.decode_up(frame(codec, ["board.extend", 17, "2.1", [1, -2]])) == c.ExtendStroke(17, "2.1", (1, -2))


@pytest.mark.rule("WIRE-2")
@BOTH
@EVERY_UP
def test_an_unknown_field_from_a_client_is_a_violation(codec: Codec, message: c.Up) -> None:
    data = plain(message)
    assert not violates(codec, data)
    assert violates(codec, [*data, 1] if isinstance(data, list) else {**data, "colour": "blue"})


@pytest.mark.rule("WIRE-2")
@BOTH
@pytest.mark.parametrize("inside", ["client", "resume"])
def test_an_unknown_field_inside_hello_is_a_violation(codec: Codec, inside: str) -> None:
    data = next(data for data in map(plain, UP) if {"client", "resume"} <= set(data))
    data[inside]["colour"] = "blue"
    assert violates(codec, data)


@pytest.mark.rule("WIRE-2")
@BOTH
@EVERY_UP
def test_a_missing_field_is_a_violation(codec: Codec, message: c.Up) -> None:
    data = plain(bare(message))
    for missing in range(len(data)):
        if isinstance(data, dict):
            assert violates(codec, {name: data[name] for place, name in enumerate(data) if place != missing})
    if isinstance(data, list):
        assert violates(codec, data[:-2])


@pytest.mark.rule("WIRE-3")
@BOTH
@EVERY_DOWN
def test_what_only_a_server_says_is_a_violation_from_a_client(codec: Codec, message: Any) -> None:
    assert violates(codec, plain(message))


@pytest.mark.rule("WIRE-4")
@BOTH
@EVERY_DOWN
def test_a_client_ignores_fields_that_it_does_not_know(codec: Codec, message: Any) -> None:
    data = msgpack.unpackb(MSGPACK.encode(message)) if not codec.text else plain(message)
    if type(message) is e.StrokeExtended and message.pressure is None:
        data.append(None)  # it was left out at the end: what is new comes behind it
    more = [*data, {"new": 1}] if isinstance(data, list) else {**data, "new": [1, 2]}
    assert codec.decode_down(frame(codec, more)) == message


@pytest.mark.rule("WIRE-4")
@BOTH
@pytest.mark.parametrize("data", [{"type": "dance.begun", "seq": 5}, ["board.moved", 5, 6], {"type": "x" * 99}])
def test_a_client_ignores_types_that_it_does_not_know(codec: Codec, data: Any) -> None:
    assert codec.decode_down(frame(codec, data)) is None


@pytest.mark.rule("WIRE-4")
@BOTH
@pytest.mark.parametrize("data", [{"type": "ok"}, {"type": 5}, {}, [], [5], "ok", None, 7])
def test_a_client_does_not_take_what_is_no_message(codec: Codec, data: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        codec.decode_down(frame(codec, data))


@pytest.mark.rule("WIRE-5")
def test_the_wrong_kind_of_frame_has_its_own_codes() -> None:
    with pytest.raises(ProtocolViolation) as binary:
        JSON.decode_up(JSON.encode(c.RaiseHand(id=1)))
    with pytest.raises(ProtocolViolation) as text:
        MSGPACK.decode_up('{"type":"hand.raise","id":1}')
    assert (binary.value.code, text.value.code) == (1007, 4400)


CHAT = {"type": "chat.send", "id": 1, "text": "x"}
STROKE = plain(c.BeginStroke(id=16, shape="2.1", page=1, kind="pen", color="#102030", width=24, at=(1, 2)))
EXTEND = ["board.extend", 17, "2.1", [1, 2]]
PUT = {"type": "board.put", "id": 18, "shape": "2.2", "page": 1, "kind": "polygon", "start": [0, 0]}
VIEW = ["view", 1, 0, 0, 1]


def settings(**properties: Any) -> Any:
    return {"type": "board.change", "id": 19, "set": {"2.1": properties}}


def erased(*shapes: str) -> Any:
    return {"type": "board.erase", "id": 20, "shapes": shapes}


def cut(parts: Any, shapes: int = 1) -> Any:
    return {"type": "board.cut", "id": 21, "cuts": {f"2.{n}": parts for n in range(1, shapes + 1)}}


def replaced(place: int, value: Any) -> list[Any]:
    return [*EXTEND[:place], value, *EXTEND[place + 1 :]]


@pytest.mark.rule("WIRE-6")
@BOTH
@pytest.mark.parametrize(
    ("most", "too_much"),
    [
        ({**CHAT, "text": "字" * 2_000}, {**CHAT, "text": "字" * 2_001}),
        ({**CHAT, "text": "x"}, {**CHAT, "text": ""}),
        ({**CHAT, "id": 2**53 - 1}, {**CHAT, "id": 2**53}),
        ({**CHAT, "id": 1}, {**CHAT, "id": 0}),
        ({**CHAT, "to": 1_000_000}, {**CHAT, "to": 1_000_001}),
        (replaced(3, [1, 2] * 256), replaced(3, [1, 2] * 257)),
        (replaced(3, [16_000, -16_000]), replaced(3, [16_001, 0])),
        ([*EXTEND, [255]], [*EXTEND, [256]]),
        ([*EXTEND, [0] * 256], [*EXTEND, [0] * 257]),
        (replaced(3, [1, 2]), replaced(3, [1])),
        (replaced(3, [1, 2]), replaced(3, [1.5, 2])),
        ({**STROKE, "width": 400}, {**STROKE, "width": 401}),
        ({**STROKE, "width": 1}, {**STROKE, "width": 0}),
        ({**STROKE, "color": "#abcdef"}, {**STROKE, "color": "#ABCDEF"}),
        ({**STROKE, "color": "#abcdef"}, {**STROKE, "color": "#abcdef\n"}),
        ({**STROKE, "shape": "1.9999999999"}, {**STROKE, "shape": "1.99999999999"}),
        ({**STROKE, "shape": "1.1"}, {**STROKE, "shape": "01.1"}),
        ({**STROKE, "kind": "highlighter"}, {**STROKE, "kind": "brush"}),
        (
            {"type": "board.erase", "id": 1, "shapes": ["1.1"] * 500},
            {"type": "board.erase", "id": 1, "shapes": ["1.1"] * 501},
        ),
        ({**PUT, "start": [-32_000, 32_000]}, {**PUT, "start": [-32_001, 0]}),
        ({**PUT, "start": [0, 0]}, {**PUT, "start": [0, 0, 0]}),
        ({**PUT, "kind": "image"}, {**PUT, "kind": "star"}),
        ({**PUT, "points": [1] * 512}, {**PUT, "points": [1] * 513}),
        ({**PUT, "points": [-16_000, 16_000]}, {**PUT, "points": [16_001, 0]}),
        ({**PUT, "pressure": [255] * 256}, {**PUT, "pressure": [0] * 257}),
        ({**PUT, "fill": ""}, {**PUT, "fill": "none"}),
        ({**PUT, "asset": "0" * 32}, {**PUT, "asset": "../" + "0" * 29}),
        (settings(size=[1, 16_000]), settings(size=[0, 1])),
        (settings(scale=[10, 100_000]), settings(scale=[9, 1_000])),
        (settings(turn=3_599), settings(turn=3_600)),
        (settings(turn=0), settings(turn=-1)),
        (settings(text="字" * 2_000), settings(text="字" * 2_001)),
        (settings(latex="x"), settings(latex="")),
        (settings(font="mono"), settings(font="comic")),
        (settings(height=2_000), settings(height=2_001)),
        (settings(height=60), settings(height=59)),
        (settings(fill="#ffffff"), settings(points=[1, 2])),
        (erased("2.1.9999999999"), erased("2.1.1.1")),
        (erased("2.1"), erased()),
        (cut([[0, 400_000]]), cut([[0, 400_001]])),
        (cut([[0, 1]] * 200), cut([[0, 1]] * 201)),
        (cut([], shapes=500), cut([], shapes=501)),
        (cut([]), cut([], shapes=0)),
        ([*VIEW[:4], 32_000], [*VIEW[:4], 32_001]),
        ({"type": "page.add", "id": 1, "background": "x" * 40}, {"type": "page.add", "id": 1, "background": "x" * 41}),
        (
            {"type": "evaluate", "id": 1, "score": 5, "tags": ["x" * 40] * 10, "comment": "x" * 1_000},
            {"type": "evaluate", "id": 1, "score": 5, "tags": ["x" * 41]},
        ),
        (
            {"type": "evaluate", "id": 1, "score": 1},
            {"type": "evaluate", "id": 1, "score": 6},
        ),
        (
            {"type": "evaluate", "id": 1, "score": 1, "tags": []},
            {"type": "evaluate", "id": 1, "score": 1, "tags": ["x"] * 11},
        ),
        (
            {"type": "evaluate", "id": 1, "score": 1, "comment": ""},
            {"type": "evaluate", "id": 1, "score": 1, "comment": "x" * 1_001},
        ),
        (
            {"type": "media.publish", "id": 1, "sdp": "", "tracks": {"0": "camera"}},
            {"type": "media.publish", "id": 1, "sdp": "", "tracks": {"0" * 17: "camera"}},
        ),
        (
            {"type": "media.publish", "id": 1, "sdp": "x" * 65_536, "tracks": {}},
            {"type": "media.publish", "id": 1, "sdp": "x" * 65_537, "tracks": {}},
        ),
    ],
)
def test_what_is_larger_than_its_field_allows_is_a_violation(codec: Codec, most: Any, too_much: Any) -> None:
    assert not violates(codec, most)
    assert violates(codec, too_much)


def test_the_limits_are_those_that_the_documents_name() -> None:
    assert (limits.FRAME_BYTES, limits.HELLO_S, limits.CHAT_CHARS) == (65_536, 5, 2_000)
    assert (limits.POINTS_A_MESSAGE, limits.SHAPES_A_MESSAGE) == (256, 500)
    assert (limits.PIECES_A_SHAPE, limits.TEXT_CHARS) == (200, 2_000)
    assert set(CODECS) == {"classroom.v1.json", "classroom.v1.msgpack"}


def only_violations(read: Callable[[Any], Any], bytes_or_text: str | bytes) -> None:
    """Anything else that is raised fails the test."""
    with suppress(ProtocolViolation):
        read(bytes_or_text)


@pytest.mark.rule("WIRE-7")
@given(st.binary(max_size=200))
@example(b"")
@example(b"\x90")
@example(b"\xdc\xff\xff")
@example(b"\xdd\xff\xff\xff\xff")
@example(b"\x91" * 5_000)
@example(b"\x81" * 5_000)
@example(b"\xc7\x00\x05")
@example(b"\x82\xa4type\xabboard.begin\xa2id\xcf\xff\xff\xff\xff\xff\xff\xff\xff")
def test_whatever_bytes_come_nothing_but_a_violation_is_raised(data: bytes) -> None:
    only_violations(MSGPACK.decode_up, data)
    only_violations(JSON.decode_up, data)


@pytest.mark.rule("WIRE-7")
@given(st.text(max_size=200))
@example("")
@example("[" * 5_000)
@example('{"a":' * 5_000)
@example('["board.extend",1e400,"1.1",[1,2]]')
@example('{"type":"hand.raise","id":' + "9" * 5_000 + "}")
@example('{"type":"chat.send","id":1,"text":"\\ud83d"}')
@example("\ud83d")
@example('{"type":"hand.raise","id":1,"id":2}')
def test_whatever_text_comes_nothing_but_a_violation_is_raised(text: str) -> None:
    only_violations(JSON.decode_up, text)
    only_violations(MSGPACK.decode_up, text)


@pytest.mark.rule("WIRE-7")
@given(data=st.data())
def test_a_message_with_any_part_replaced_is_a_message_or_a_violation(data: st.DataObject) -> None:
    said = plain(data.draw(st.sampled_from(UP)))
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )
    place = data.draw(st.sampled_from(sorted(said) if isinstance(said, dict) else list(range(len(said)))))
    said[place] = data.draw(junk)
    only_violations(JSON.decode_up, json.dumps(said))


@pytest.mark.rule("WIRE-1")
@given(text=st.text(min_size=1, max_size=2_000))
def test_any_text_is_carried_as_it_is(text: str) -> None:
    for codec in (JSON, MSGPACK):
        said = c.SendChat(id=1, text=text)
        assert codec.decode_up(written(codec, said)) == said
