"""Write what is generated: three documents in docs/ and tests/vectors/.  `make generate` runs it.

A vector is one message for clients in any language: its name, the class, the type on the wire, the direction, the JSON
frame, the MessagePack frame in hex, its value as plain data, and in `also` JSON frames that mean the same.  Nothing of
our codecs is used: the MessagePack frame is the `msgpack` library's.  Bytes are base64 in JSON, and in the value.
"""

import json
from base64 import b64decode
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_type_hints

import msgpack  # type: ignore[import-untyped]

from protocol import schema
from roomserver.core.record import schema as record_schema
from tests.support.examples import COMMANDS, DOWN, EVENTS, NOTICES, UP, Example

ROOT = Path(__file__).parents[2]
COMMAND = "make generate"  # what to run when files are stale


def files() -> dict[Path, str]:
    """Every generated file and its text."""
    return {
        ROOT / "docs/schema.json": _pretty(schema.json_schema()),
        ROOT / "docs/record.schema.json": _pretty(record_schema()),
        ROOT / "docs/asyncapi.json": _pretty(schema.asyncapi(examples())),
        ROOT / "tests/vectors/commands.json": _lines(COMMANDS, "up"),
        ROOT / "tests/vectors/events.json": _lines(EVENTS, "down"),
        ROOT / "tests/vectors/notices.json": _lines(NOTICES, "down"),
    }


def examples() -> dict[str, list[schema.Example]]:
    """The literal examples by the name of their class."""
    found: dict[str, list[schema.Example]] = {}
    for example in UP + DOWN:
        shown = schema.Example(example.name, json.loads(example.frame))
        found.setdefault(type(example.message).__name__, []).append(shown)
    return found


def vector(example: Example, direction: str) -> dict[str, Any]:
    message = type(example.message)
    value = json.loads(example.frame)
    binary: dict[str, Any] = {
        name: b64decode(value[name]) for name, hint in get_type_hints(message).items() if hint is bytes
    }
    if "chunks" in value:  # of `board.restored`
        binary["chunks"] = [[ids, b64decode(deflated)] for ids, deflated in value["chunks"]]
    return {
        "name": example.name,
        "class": message.__name__,
        "type": schema.type_of(message),
        "direction": direction,
        "json": example.frame,
        "msgpack": msgpack.packb({**value, **binary} if binary else value).hex(),
        "value": value,
        **({"also": example.also} if example.also else {}),
    }


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _lines(of: Sequence[Example], direction: str) -> str:
    """A list of vectors, each field on a line of its own."""
    return "[\n" + ",\n".join(_fields(vector(example, direction).items()) for example in of) + "\n]\n"


def _fields(fields: Iterable[tuple[str, Any]]) -> str:
    return (
        " {\n" + ",\n".join(f'  "{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in fields) + "\n }"
    )


def main() -> None:
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"{path.relative_to(ROOT)}: {len(text.encode()) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
