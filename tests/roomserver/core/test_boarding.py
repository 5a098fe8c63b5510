"""The board's changes and the wire's events are the same facts under two names."""

import json
from base64 import b64decode
from typing import Any, get_args

import msgspec
import pytest

import whiteboard as wb
from protocol import events as e
from roomserver.core.boarding import CHANGES, PAIRS, to_change, to_event
from tests.support.examples import EVENTS
from tests.support.examples.notices import BOARD, CHUNK

ON_BOARD = [example for example in EVENTS if isinstance(example.message, get_args(e.Board))]


def plain(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


def test_every_change_has_an_event_and_every_event_a_change() -> None:
    assert set(PAIRS) == set(get_args(wb.Change))
    assert set(CHANGES) == set(get_args(e.Board))


@pytest.mark.parametrize(("change", "event"), PAIRS.items(), ids=lambda cls: cls.__name__)
def test_both_have_the_same_fields_and_defaults(change: Any, event: Any) -> None:
    place = {"seq", "at"}
    theirs = {one.name: (one.default, one.required) for one in msgspec.structs.fields(event) if one.name not in place}
    assert {one.name: (one.default, one.required) for one in msgspec.structs.fields(change)} == theirs


@pytest.mark.parametrize("example", ON_BOARD, ids=lambda example: example.name)
def test_an_event_becomes_a_change_and_again_the_event(example: Any) -> None:
    event, again = example.message, to_event(to_change(example.message))
    if isinstance(event, e.StrokeExtended):
        assert again == e.StrokeExtended(-1, -1, event.shape, event.points, event.pressure)
    else:
        assert again == msgspec.structs.replace(event, seq=-1, at=-1)


def test_the_example_messages_are_one_lesson_at_the_board() -> None:
    """From the welcome in the vectors on: what other clients are tested with is what a room could say."""
    board = wb.Board.restore(BOARD, [b64decode(CHUNK)])
    for example in ON_BOARD:
        board.apply(to_change(example.message))  # type: ignore[arg-type]
    assert plain(board.picture()) == {
        "current": 3,
        "free": True,
        "locked": True,
        "pages": [
            {"page": 4, "background": "0123456789abcdef0123456789abcdef", "locked": False, "shapes": []},
            {"page": 3, "background": "grid", "locked": True, "shapes": []},
            {"page": 1, "background": "ruled", "locked": False, "shapes": []},
            {"page": 5, "background": "blank", "locked": False, "owner": 3, "shapes": []},
        ],
    }
