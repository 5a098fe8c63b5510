"""`roomserver records` and `roomserver statistics`: what the store's records say, printed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import click
import orjson

from .core import tally
from .shell import sqlite_filing, tables
from .shell.reports import Reports, Wanted, members, read_all, wanted
from .shell.sqlite import SqliteStore
from .shell.store import StoreFailed

Command = TypeVar("Command", bound=Callable[..., Any])
Format = Literal["table", "json", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
PAGE = 100
NOTHING = "No session that was asked for has a record."

_OPTIONS = (
    click.option("--week", default="", help="2026-W47, from Monday on."),
    click.option("--from", "first", default="", help="First day, 2026-11-16."),
    click.option("--to", "last", default="", help="Last day."),
    click.option("--teacher", default="", help="Education ID of a teacher who was there."),
    click.option("--subject", default=""),
    click.option("--school", default="", help="School of somebody who was there."),
    click.option("--form", default=""),
    click.option("--format", "format", type=click.Choice(FORMATS), default="table", show_default=True),
)


def with_options(command: Command) -> Command:
    """The options that say which sessions, and how they are shown."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen(*, week: str, first: str, last: str, teacher: str, subject: str, school: str, form: str) -> Wanted:
    """
    Raises:
        ValueError: one of them cannot be.
    """
    asked = {"week": week, "from": first, "to": last, "teacher": teacher, "subject": subject, "school": school}
    return wanted({**asked, "form": form})


async def show_records(path: Path, only: Wanted, since: int, format: Format) -> None:
    async with _reports(path) as reports:
        head = True
        while found := await reports.records(only, since=since, limit=PAGE):
            match format:
                case "csv":
                    click.echo(tables.csv_lines(tally.SHOWN, members(found), head=head), nl=False)
                case "json":
                    for record in found:
                        click.echo(record.envelope)
                case _:
                    for data in read_all(found):
                        click.echo(_readable(data))
            since, head = found[-1].position, False
    if head:
        click.echo(NOTHING, err=True)


async def show_statistics(path: Path, by: str, only: Wanted, format: Format) -> None:
    async with _reports(path) as reports:
        rows = await reports.table(by, only)
    if format == "json":
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    elif not rows:
        click.echo(NOTHING, err=True)
    elif format == "csv":
        click.echo(tables.csv_lines(list(rows[0]), rows), nl=False)
    else:
        click.echo(tables.columns(list(rows[0]), rows))


async def rebuild(path: Path) -> None:
    """File every record again."""
    async with _reports(path):
        try:
            count = await asyncio.to_thread(sqlite_filing.rebuild, path)
        except sqlite3.Error as error:
            raise StoreFailed(str(error)) from error
        click.echo(f"{count} records are filed again.", err=True)


@asynccontextmanager
async def _reports(path: Path) -> AsyncIterator[Reports]:
    store = await SqliteStore.start(path)  # brings its tables up to date
    await store.close()
    reports = await Reports.start(path)
    try:
        yield reports
    finally:
        await reports.close()


def _readable(record: tally.Record) -> str:
    """One session, and a line for each of its members; of a teacher's stay that does not count, why."""
    begun = datetime.fromtimestamp(record.opened_ms / 1000, tally.SHANGHAI)  # as the days and weeks that are asked for
    lasted = 0 if record.live_ms is None else (record.closed_ms - record.live_ms) // 1000
    lines = [
        f"{begun:%Y-%m-%d %H:%M:%S}  {record.room}  {record.form}  {record.subject or '-'}  "
        f"live {lasted // 60}:{lasted % 60:02}  ended: {record.end_reason}"
    ]
    for member in record.members:
        score = None if member.evaluation is None else member.evaluation.score
        why = record.why(member) if member.role == "teacher" else ""
        lines.append(
            f"    {member.role:<10} {member.identity:<20} present {member.seconds_present:>5} s  "
            f"together {member.minutes_together:>3} min  score {'-' if score is None else score}"
            f"{why and f'  does not count: {why}'}"
        )
    return "\n".join(map(tables.printable, lines))
