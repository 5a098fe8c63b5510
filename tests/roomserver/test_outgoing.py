"""The sinks of the configuration."""

from pathlib import Path
from typing import Any

import pytest

from roomserver.config import BadConfig, Config, Storage, read
from roomserver.outgoing import routes_of, rows, sinks_of
from roomserver.shell.sinks.jsonl import JsonLines
from roomserver.shell.sinks.redis_stream import RedisStream
from roomserver.shell.sinks.webhook import Webhook
from tests.support.receiver import SECRET


def configured(*sinks: dict[str, Any], records_file: str = "") -> Config:
    return read({"storage": {"records_file": records_file}, "sinks": list(sinks)})


FILE = {"kind": "jsonl", "name": "alarms", "path": "alarms.jsonl", "events": ["alarm.raised", "session.closed"]}
STREAM = {"kind": "redis", "name": "city", "url": "redis://10.0.0.7:6379/0"}
WEBHOOK = {"kind": "webhook", "name": "portraits", "url": "https://portraits.example.org/"}


@pytest.mark.rule("SINK-12")
async def test_each_row_is_a_sink_and_the_records_file_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMSERVER_SINK_PORTRAITS", SECRET)
    config = configured(FILE, STREAM, WEBHOOK, records_file="records.jsonl")
    sinks = sinks_of(config, lambda: 0.0)
    assert {name: type(sink) for name, sink in sinks.items()} == {
        "records": JsonLines,
        "alarms": JsonLines,
        "city": RedisStream,
        "portraits": Webhook,
    }
    assert routes_of(config) == {
        "classroom.session.closed.v1": ["records", "alarms", "city", "portraits"],
        "classroom.alarm.raised.v1": ["alarms"],
    }
    for sink in sinks.values():
        await sink.close()


@pytest.mark.rule("SINK-12")
def test_without_a_records_file_there_is_no_sink() -> None:
    assert rows(Config(storage=Storage(records_file=""))) == []
    assert routes_of(Config(storage=Storage(records_file=""))) == {}


@pytest.mark.rule("SINK-12")
@pytest.mark.parametrize(
    ("sinks", "records_file", "said"),
    [
        ([FILE, {**STREAM, "name": "alarms"}], "", "two sinks are called 'alarms'"),
        ([{**FILE, "name": "records"}], "records.jsonl", "or empty storage.records_file"),
        ([WEBHOOK], "", "ROOMSERVER_SINK_PORTRAITS: there is no secret"),
        ([{**WEBHOOK, "url": "http://portraits.example.org/"}], "", "https, or allow_private"),
        ([{**WEBHOOK, "secret_file": "/nowhere/secret"}], "", "a secret cannot be read"),
    ],
)
async def test_what_cannot_work_is_said_by_name(sinks: list[dict[str, Any]], records_file: str, said: str) -> None:
    with pytest.raises(BadConfig, match=said):
        sinks_of(configured(*sinks, records_file=records_file), lambda: 0.0)


@pytest.mark.rule("SINK-12")
async def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n", "utf-8")
    inside = {**WEBHOOK, "url": "http://10.0.0.9/", "allow_private": True, "secret_file": str(tmp_path / "secret")}
    [sink] = sinks_of(configured(inside), lambda: 0.0).values()
    await sink.close()
