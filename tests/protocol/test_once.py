"""A map that goes to many: encoded at most once by each codec, and to its readers a map like any other."""

from collections.abc import Mapping
from typing import Any

import pytest

from protocol import notices as n
from protocol.codec import CODECS, JSON, MSGPACK, Codec
from protocol.once import Once, written_once

from .messages import ROOM

BOARD: Mapping[str, Any] = {"current": 1, "drawn": 1, "pages": [{"page": 1, "shapes": [{"points": [3, -4]}]}]}


@pytest.fixture(params=CODECS.values(), ids=lambda codec: codec.subprotocol)
def codec(request: pytest.FixtureRequest) -> Codec:
    found: Codec = request.param
    return found


def a_snapshot(board: Mapping[str, Any]) -> n.Snapshot:
    return n.Snapshot(seq=7, room=ROOM, board=board)


def test_it_is_written_as_the_map_that_it_is(codec: Codec) -> None:
    assert codec.encode(a_snapshot(Once(BOARD))) == codec.encode(a_snapshot(BOARD))
    assert codec.encode([Once({}), {"deep": Once(BOARD)}]) == codec.encode([{}, {"deep": BOARD}])


def test_it_is_read_back_as_a_map(codec: Codec) -> None:
    frame = codec.encode(a_snapshot(Once(BOARD)))
    assert codec.decode_down(frame.decode() if codec.text else frame) == a_snapshot(BOARD)


def test_an_encoder_is_asked_the_first_time_only() -> None:
    asked: list[Any] = []

    def encode(value: Any) -> bytes:
        asked.append(value)
        return b"{}"

    board, hook = Once(BOARD), written_once(encode)
    assert hook(board) is hook(board)
    assert asked == [BOARD]
    hook(Once(BOARD))
    assert len(asked) == 2


def test_each_codec_has_its_own_bytes() -> None:
    board = Once(BOARD)
    frames = [codec.encode(board) for codec in (JSON, MSGPACK, JSON, MSGPACK)]
    assert frames == [JSON.encode(BOARD), MSGPACK.encode(BOARD)] * 2


def test_it_equals_and_reads_like_its_map() -> None:
    board = Once(BOARD)
    assert board == BOARD
    assert (list(board), len(board), board["current"]) == (list(BOARD), 3, 1)


def test_nothing_else_that_is_strange_is_written(codec: Codec) -> None:
    with pytest.raises(NotImplementedError, match="a set_iterator in a message"):
        codec.encode({"strange": iter({1})})
