"""`roomserver outbox`: what waits to be delivered to other systems, and what failed and why, printed."""

from datetime import datetime
from pathlib import Path

import click

from . import outgoing
from .config import Config
from .shell.sqlite import SqliteStore
from .shell.sqlite_outbox import Trouble
from .shell.store import Backlog


async def show(config: Config, sink: str | None, *, retry: bool, discard: bool, config_read: bool) -> None:
    """Without a configuration nobody knows which sinks it has: nothing is called gone, nothing waiting forgotten."""
    known = {row.name for row in outgoing.rows(config)}
    store = await SqliteStore.start(Path(config.storage.path), synchronous=config.storage.synchronous)
    try:
        if discard and sink is not None:
            gone = config_read and sink not in known
            click.echo(f"{await store.outbox.discard(sink, waiting=gone)} are forgotten.")
        if retry:
            click.echo(f"{await store.outbox.retry(sink)} are tried again.")
        for name, backlog in sorted({**dict.fromkeys(known, Backlog()), **await store.outbox.backlogs()}.items()):
            if sink in (None, name):
                stands = "" if name in known or not config_read else "  not in the configuration"
                click.echo(_backlog(name, backlog) + stands)
        after = 0
        while found := await store.outbox.troubles(after=after):
            for letter in found:
                if sink in (None, letter.sink):
                    click.echo(_trouble(letter))
            after = found[-1].position
    finally:
        await store.close()


def _backlog(name: str, backlog: Backlog) -> str:
    since = _when(backlog.oldest_ms)
    return f"{name:<20} waiting {backlog.waiting:>6}  since {since}  given up {backlog.given_up}"


def _trouble(letter: Trouble) -> str:
    if letter.due_ms is None:
        then = "given up"
    else:
        then = f"again {_when(letter.due_ms) if letter.due_ms else 'now'}"
    return f"    {letter.sink:<16} {letter.id}  tried {letter.tries}, {then}: {letter.error}"


def _when(instant_ms: int | None) -> str:
    return "-" if instant_ms is None else f"{datetime.fromtimestamp(instant_ms / 1000).astimezone():%Y-%m-%d %H:%M:%S}"
