"""Each bench at a fiftieth of its load: it ends and says all its figures; how fast this machine is, is not asked."""

import asyncio
import json
import math
import shutil
import sys
from pathlib import Path

import pytest

from loadtest.bench import BENCHES, table
from loadtest.links import why_not
from loadtest.plan import Bench, Size

ROOT = Path(__file__).parents[2]
LIMIT_S, WITH_BROWSERS_LIMIT_S = 45.0, 110.0
# Nothing may go missing, however slow the machine is.
NOTHING = ("lost", "dropped", "gaps", "repeats", "not_resumed", "unanswered", "refused", "wrong")
WITH_BROWSERS = {"sfu-quality"}
needs = why_not() or (
    "" if shutil.which("chromium") else "no chromium on this machine (Debian: apt-get install chromium)"
)
browsers = [pytest.mark.e2e, pytest.mark.timeout(120), pytest.mark.skipif(bool(needs), reason=needs or "-")]
named = [pytest.param(name, marks=browsers) if name in WITH_BROWSERS else name for name in BENCHES]


async def bench(name: str, *options: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the command."""
    command = (sys.executable, "-m", "loadtest.bench", name, "--scale", "0.02", "--seconds", "1", *options)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(WITH_BROWSERS_LIMIT_S if name in WITH_BROWSERS else LIMIT_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:  # it ends its server before it ends
            process.terminate()
            await process.wait()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.parametrize("name", named)
async def test_a_bench_prints_one_line_with_its_figures(name: str) -> None:
    status, out, err = await bench(name, "--json")
    assert (status, err, out.count("\n")) == (0, "", 1)
    said = json.loads(out)
    assert list(said) == ["bench", "figures", "targets", *(["at_least"] if BENCHES[name].least else []), "met"]
    assert said["bench"] == name
    assert said["targets"] == BENCHES[name].targets
    assert {*said["targets"], *said.get("at_least", ())} <= set(said["figures"])
    assert all(math.isfinite(value) and value >= 0 for value in said["figures"].values())
    assert {figure: value for figure, value in said["figures"].items() if figure in NOTHING and value} == {}
    assert said["figures"].get("checked", 1) > 0
    assert isinstance(said["met"], bool)


def test_what_each_bench_is_judged_by() -> None:
    assert {name: set(bench.targets) - set(NOTHING) for name, bench in BENCHES.items()} == {
        "fanout": {"cpu_us_per_frame", "latency_p99_ms"},
        "class": {"cpu_percent", "late_ms", "latency_p99_ms", "viewer_kb_per_s"},
        "whole-class": {"cpu_percent", "late_ms", "latency_p99_ms"},
        "idle": {"kib_per_connection"},
        "storm": {"resumed_s"},
        "commit": {"ok_p99_ms"},
        "board-stroke": {"viewer_bytes_msgpack", "viewer_bytes_json"},
        "board-join": {"bytes", "bytes_json", "decoded_s", "server_cpu_ms", "server_cpu_json_ms", "server_rss_mb"},
        "board-undo": {"undo_ms"},
        "board-seek": {"seek_ms"},
        "statistics": {"query_s", "records_s"},
        "flood": {"media_us", "checks_us", "forged_us"},
        "sfu": {
            *("video_us_50", "video_us_50_light", "audio_us_50", "latency_p99_ms", "kib_per_viewer", "unsaturated"),
        },
        "sfu-quality": {
            *("lossy_freezes", "slow_low_s", "slow_concealed_percent", "outage_picture_s", "outage_sound_s"),
        },
    }


async def nothing(*_: object) -> dict[str, float]:
    return {}


def test_a_bench_is_met_when_no_figure_is_above_its_target() -> None:
    bench = Bench(nothing, {"late_ms": 150, "lost": 0})
    assert bench.met({"late_ms": 150, "lost": 0, "more": 1e9})
    assert not bench.met({"late_ms": 150, "lost": 1})


def test_a_bench_is_met_when_no_figure_is_below_what_it_must_be_at_least() -> None:
    bench = Bench(nothing, {}, least={"packets_per_s": 100})
    assert bench.met({"packets_per_s": 100})
    assert not bench.met({"packets_per_s": 99})
    assert table("x", bench, {"packets_per_s": 99}).split()[-4:] == ["at", "least", "100", "MISSED"]


def test_a_table_says_which_target_was_missed() -> None:
    lines = table("x", Bench(nothing, {"late_ms": 150}), {"late_ms": 151, "more": 2}).splitlines()
    assert lines[0] == "x: MISSED"
    assert lines[1].split() == ["late_ms", "151.00", "at", "most", "150", "MISSED"]
    assert lines[2].split() == ["more", "2.00"]


def test_a_size_is_a_share_and_never_nothing() -> None:
    assert Size(10, 0.02).of(500) == 10
    assert Size(10, 0.001).of(30) == 1
    assert Size(10, 0.001).of(500, least=2) == 2
