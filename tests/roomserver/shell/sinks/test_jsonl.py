"""The file of envelopes: whole lines, whatever was left behind by a disk that was full or by a kill."""

import json
import os
from pathlib import Path

import pytest

from roomserver.shell.sinks.jsonl import CHUNK_BYTES, JsonLines
from roomserver.shell.sinks.sink import Undelivered
from tests.roomserver.shell.sinks.letters import letters


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.rule("SINK-5")
async def test_an_envelope_is_a_line_for_our_eyes_only(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "records.jsonl"
    sink = JsonLines(path)
    await sink.send(letters(1, 2))
    await sink.send(letters(3))
    assert path.read_bytes() == b"".join(letter.envelope + b"\n" for letter in letters(1, 2, 3))
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.rule("SINK-5")
async def test_a_file_that_was_moved_away_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    sink = JsonLines(path)
    await sink.send(letters(1))
    path.rename(tmp_path / "yesterday.jsonl")
    await sink.send(letters(2))
    assert [line["id"] for line in lines(path)] == ["id-2"]  # type: ignore[index]


@pytest.mark.rule("KEEP-5")
@pytest.mark.parametrize("torn", [b"{", b'{"id":"half', b"x" * CHUNK_BYTES, b"x" * (3 * CHUNK_BYTES + 1)])
@pytest.mark.parametrize("before", [[], [{"id": "one"}], [{"id": "one" * CHUNK_BYTES}]], ids=["none", "one", "long"])
async def test_what_is_left_of_a_line_is_cut_off(tmp_path: Path, before: list[object], torn: bytes) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in before) + torn)
    [letter] = letters(2)
    await JsonLines(path).send([letter])
    assert lines(path) == [*before, json.loads(letter.envelope)]


async def test_a_file_that_takes_nothing_says_so(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    os.mkdir(path)
    with pytest.raises(Undelivered, match="records"):
        await JsonLines(path).send(letters(1))
