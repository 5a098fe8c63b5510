"""Records and what they add up to, as an archive asks for them over HTTP and an operator types it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from roomserver.cli import main
from tests.support.records import member, record, stored
from tests.support.server import KEY, ServerProcess, serving, token

TAUGHT = [
    record(f"r-{n}", member("t-1", "teacher", 1_800), member(f"s-{n}", together_s=1_740, score=4 + n % 2))
    for n in range(250)
]
LATER = [
    record("r-x", member("t-2", "teacher", 59, school="第九中学"), member("s-1", score=2), began="2026-11-23 18:00"),
    record("r-y", member("t-2", "teacher", 0, school="第九中学"), began="2026-12-01 18:00", subject="=history\x1b[2J"),
]


async def text(server: ServerProcess, path: str, **headers: str) -> tuple[str, list[dict[str, str]]]:
    """Its kind, and the rows of CSV."""
    headers = {"Authorization": f"Bearer {KEY}", **headers}
    async with aiohttp.ClientSession() as session, session.get(server.url + path, headers=headers) as answer:
        assert answer.status == 200
        said = (await answer.read()).decode("utf-8-sig")
        return answer.headers["Content-Type"], list(csv.DictReader(io.StringIO(said, newline="")))


@pytest.mark.rule("STAT-7", "STAT-8")
async def test_records_and_statistics_over_http(tmp_path: Path) -> None:
    stored(tmp_path / "rooms.sqlite", [*TAUGHT, *LATER])
    async with serving(tmp_path) as server:

        async def got(path: str, key: str = KEY) -> Any:
            status, said = await server.call("GET", path, key=key)
            return said if status == 200 else (status, said["title"])

        first = await got("/v1/records?week=2026-W47&teacher=t-1")
        assert (len(first["records"]), first["next"]) == (100, "100")
        assert first["records"] == TAUGHT[:100]
        assert (await got("/v1/records?teacher=t-2&since=100"))["records"] == LATER
        assert await got("/v1/records?teacher=nobody&since=7") == {"records": [], "next": "7"}

        kind, rows = await text(server, "/v1/records?from=2026-11-20&format=csv")
        assert (kind, len(rows)) == ("text/csv; charset=utf-8", 503)
        assert (rows[-1]["uncounted"], rows[-1]["school"], rows[-1]["subject"]) == (
            "alone",
            "第九中学",
            "'=history\x1b[2J",
        )

        told = await got("/v1/statistics?by=month")
        assert (told["by"], told["from"], told["to"]) == ("month", None, None)
        assert [row["month"] for row in told["rows"]] == ["2026-11", "2026-12"]
        assert told["rows"][0].items() >= {"students": 250, "times": 251, "satisfied_percent": 99.6}.items()
        kind, rows = await text(server, "/v1/statistics?by=teacher&week=2026-W48", Accept="text/csv")
        assert kind == "text/csv; charset=utf-8"
        assert [(row["teacher"], row["sessions"], row["below_a_minute"]) for row in rows] == [("t-2", "1", "1")]

        for path in ("/v1/statistics?by=name", "/v1/records?week=47", "/v1/statistics?from=monday"):
            assert await got(path) == (400, "invalid")
        assert await got("/v1/records?format=xml") == (400, "invalid")
        for path in ("/v1/records", "/v1/statistics"):
            assert await got(path, key="nobody's") == (401, "unauthorized")
            assert await got(path, key=token("t-1", "teacher")) == (401, "unauthorized")


def typed(path: Path, *words: str) -> tuple[int, str, str]:
    """Exit status, output and errors of the command."""
    done = CliRunner().invoke(main, [*words, "--data", str(path)])
    return done.exit_code, done.stdout, done.stderr


def test_records_and_statistics_on_the_command_line(tmp_path: Path) -> None:
    stored(tmp_path / "rooms.sqlite", [*TAUGHT[:3], *LATER])

    def shown(*words: str) -> str:
        status, out, err = typed(tmp_path, *words)
        assert (status, err) == (0, "")
        return out

    head, first, second = shown("statistics", "--by", "teacher").splitlines()
    assert head.split()[:6] == ["teacher", "school", "sessions", "counted", "minutes", "hours"]
    assert first.split()[:7] == ["t-1", "No.", "1", "3", "3", "90", "1.5"]
    assert second.split()[:5] == ["t-2", "第九中学", "2", "0", "0"]
    said = json.loads(shown("statistics", "--by", "week", "--subject", "mathematics", "--format", "json"))
    assert [(row["week"], row["times"], row["minutes"]) for row in said] == [("2026-W47", 3, 87), ("2026-W48", 1, 10)]
    rows = list(csv.DictReader(io.StringIO(shown("records", "--week", "2026-W48", "--format", "csv"))))
    assert [row["identity"] for row in rows] == ["t-2", "s-1"]
    found = shown("records", "--teacher", "t-2", "--json")
    assert [json.loads(line) for line in found.splitlines()] == LATER
    title, stay = shown("records", "--from", "2026-12-01").splitlines()
    assert "r-y  one_to_one  =history?[2J  live 30:00  ended: duration" in title
    assert title.startswith("2026-12-01 17:59:00  ")  # in Shanghai, wherever the machine is
    assert stay.split()[:2] == ["teacher", "t-2"]
    assert stay.endswith("score -  does not count: alone")


def test_the_command_line_says_what_it_did_and_what_cannot_be(tmp_path: Path) -> None:
    stored(tmp_path / "rooms.sqlite", TAUGHT[:5])
    assert typed(tmp_path, "records", "--rebuild") == (0, "", "5 records are filed again.\n")
    assert typed(tmp_path, "statistics", "--week", "2026-W60") == (1, "", "roomserver: there is no week 2026-W60\n")
    for command in ("statistics", "records"):
        none = typed(tmp_path, command, "--school", "none")
        assert none == (0, "", "No session that was asked for has a record.\n")
    status, _, err = typed(tmp_path / "nowhere", "statistics")
    assert (status, "there is no store at" in err) == (1, True)
