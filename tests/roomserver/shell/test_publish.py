"""The file of session records: whole lines, whatever was left behind by a disk that was full or by a kill."""

import json
import os
from pathlib import Path

import pytest

from roomserver.shell.publish import CHUNK_BYTES, Publisher


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


async def test_a_record_is_a_line_for_our_eyes_only(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "records.jsonl"
    publisher = Publisher(path)
    await publisher.publish({"id": "one"})
    await publisher.publish({"id": "two"})
    assert lines(path) == [{"id": "one"}, {"id": "two"}]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    await Publisher(None).publish({"id": "one"})
    assert os.listdir(tmp_path) == []


@pytest.mark.rule("KEEP-5")
@pytest.mark.parametrize("torn", [b"{", b'{"id":"half', b"x" * CHUNK_BYTES, b"x" * (3 * CHUNK_BYTES + 1)])
@pytest.mark.parametrize("before", [[], [{"id": "one"}], [{"id": "one" * CHUNK_BYTES}]], ids=["none", "one", "long"])
async def test_what_is_left_of_a_line_is_cut_off(tmp_path: Path, before: list[object], torn: bytes) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in before) + torn)
    await Publisher(path).publish({"id": "two"})
    assert lines(path) == [*before, {"id": "two"}]


async def test_a_file_that_takes_nothing_says_so(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    os.mkdir(path)
    with pytest.raises(OSError, match="records"):
        await Publisher(path).publish({"id": "one"})
