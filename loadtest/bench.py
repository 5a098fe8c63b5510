"""`python -m loadtest.bench NAME --json`: a real server, loaded over real sockets, and what it cost.

The server runs on one core and the load on another; processor time and memory are the server's own, from /proc.  What
is done and what a figure means stands at the head of each module in `loadtest/benches`.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

import click
import uvloop

from .benches import (
    board_join,
    board_seek,
    board_stroke,
    board_undo,
    commit,
    drawing,
    fanout,
    flood,
    idle,
    sfu,
    sfu_quality,
    statistics,
    storm,
)
from .measure import Figures
from .plan import Bench, Size
from .server import Server, ServerFailed, raise_file_limit, shares
from .swarm import TurnedAway

BENCHES = {
    "fanout": Bench(fanout.run, {"cpu_us_per_frame": 14, "latency_p99_ms": 60, "lost": 0}),
    "class": Bench(
        partial(drawing.run, drawing=30, connected=100),
        {"cpu_percent": 25, "late_ms": 150, "latency_p99_ms": 150, "viewer_kb_per_s": 27, "lost": 0},
    ),
    "whole-class": Bench(
        partial(drawing.run, drawing=100, connected=300),
        {"cpu_percent": 60, "late_ms": 250, "latency_p99_ms": 250, "lost": 0},
    ),
    "idle": Bench(idle.run, {"kib_per_connection": 24, "dropped": 0}, files=10_500),
    "storm": Bench(storm.run, {"resumed_s": 5, "gaps": 0, "repeats": 0, "not_resumed": 0}, limit_s=180.0),
    "commit": Bench(commit.run, {"ok_p99_ms": 60, "unanswered": 0, "refused": 0}),
    "board-stroke": Bench(board_stroke.run, {"viewer_bytes_msgpack": 6_500, "viewer_bytes_json": 11_000, "lost": 0}),
    "board-join": Bench(
        board_join.run,
        {
            **{
                "bytes": 1_200_000,
                "bytes_json": 1_200_000,
                "decoded_s": 0.15,
                "server_cpu_ms": 5,
                "server_cpu_json_ms": 5,
            },
            **{"server_rss_mb": 60, "lost": 0},
        },
    ),
    "board-undo": Bench(board_undo.run, {"undo_ms": 10, "lost": 0}),
    "board-seek": Bench(board_seek.run, {"seek_ms": 50, "lost": 0}, limit_s=180.0),
    "statistics": Bench(statistics.run, {"query_s": 1, "records_s": 0.1, "wrong": 0}, limit_s=120.0),
    "flood": Bench(flood.run, {"media_us": 6, "checks_us": 8, "forged_us": 12}),
    "sfu": Bench(
        sfu.run,
        {
            **{"video_us_50": 5.5, "video_us_50_light": 9, "audio_us_50": 5, "latency_p99_ms": 5},
            **{"kib_per_viewer": 60, "wrong": 0, "unsaturated": 0},
        },
        least={"max_packets_per_s": 150_000},
        limit_s=240.0,
    ),
    "sfu-quality": Bench(
        sfu_quality.run,
        {
            **{"lossy_freezes": 0, "slow_low_s": 5, "slow_concealed_percent": 2},
            **{"outage_picture_s": 3, "outage_sound_s": 3},
        },
        least={"slow_height_before": 360},
        limit_s=180.0,
    ),
}


async def measure(bench: Bench, size: Size) -> Figures:
    """Start a server, load it, and end it, whatever happens.

    Raises:
        ServerFailed: the bench could not be carried out.
    """
    raise_file_limit(bench.files)
    if (me := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    for_server, for_load = shares()
    with tempfile.TemporaryDirectory(prefix="bench-") as data:
        server = Server(Path(data), cores=for_server)
        try:
            async with asyncio.timeout(bench.limit_s + max(0.0, size.seconds - 10)):
                await server.start()
                if for_load:
                    os.sched_setaffinity(0, for_load)
                return await bench.run(server, size)
        except TimeoutError:
            raise ServerFailed(f"not done within {bench.limit_s} s\n{server.log_tail()}") from None
        except (TurnedAway, OSError) as error:
            raise ServerFailed(f"{error!r}\n{server.log_tail()}") from error
        except ExceptionGroup as group:
            expected, bugs = group.split((ServerFailed, TurnedAway, OSError))
            if bugs is not None or expected is None:
                raise
            raise ServerFailed(f"{expected.exceptions[0]!r}\n{server.log_tail()}") from group
        finally:
            await server.kill()


def table(name: str, bench: Bench, figures: Figures) -> str:
    """The figures as people read them."""
    rows = [f"{name}: {'met' if bench.met(figures) else 'MISSED'}"]
    for figure, value in figures.items():
        verdict = ""
        if (most := bench.targets.get(figure)) is not None:
            verdict = f"  at most {most:g}{'' if value <= most else '  MISSED'}"
        elif (least := bench.least.get(figure)) is not None:
            verdict = f"  at least {least:g}{'' if value >= least else '  MISSED'}"
        rows.append(f"  {figure:<20} {value:>12,.2f}{verdict}")
    return "\n".join(rows)


@click.command()
@click.argument("name", type=click.Choice(list(BENCHES)))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0.2, 600), help="Measured time.")
@click.option("--scale", default=1.0, show_default=True, type=click.FloatRange(0.001, 10), help="Share of the load.")
def main(name: str, as_json: bool, seconds: float, scale: float) -> None:
    """Load a server of its own and print what it cost.  Targets are for the whole load and ten seconds."""
    bench = BENCHES[name]
    gc.disable()  # a pause of ours would be counted as the server's; a bench is over before memory matters
    try:
        figures = uvloop.run(measure(bench, Size(seconds, scale)))
    except (ServerFailed, asyncio.CancelledError) as error:
        click.echo(f"bench: {str(error) or 'stopped'}", err=True)
        sys.exit(1)
    if not as_json:
        click.echo(table(name, bench, figures))
        return
    rounded = {figure: round(value, 3) for figure, value in figures.items()}
    bounds = {"targets": bench.targets, **({"at_least": bench.least} if bench.least else {})}
    said = {"bench": name, "figures": rounded, **bounds, "met": bench.met(figures)}
    click.echo(json.dumps(said))


if __name__ == "__main__":
    main()
