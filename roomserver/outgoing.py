"""The sinks of the configuration: where envelopes go, and which of them where."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from .config import BadConfig, Config, JsonLinesSink, RedisSink, SinkRow, WebhookSink, secret
from .core.live import type_of
from .shell.sinks.jsonl import JsonLines
from .shell.sinks.sink import Sink
from .shell.sinks.webhook import BadSecret, Webhook, secrets_of
from .shell.sqlite_outbox import Routes

RECORDS = "records"  # the sink that `storage.records_file` is short for


def rows(config: Config) -> Sequence[SinkRow]:
    """All sinks, `storage.records_file` among them.

    Raises:
        BadConfig: two have the same name.
    """
    path = config.storage.records_file
    found = [*([JsonLinesSink(name=RECORDS, path=path)] if path else []), *config.sinks]
    names = [row.name for row in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        also = ", or empty storage.records_file, which is a sink of that name" if twice == RECORDS else ""
        raise BadConfig(f"two sinks are called {twice!r}: rename one{also}")
    return found


def routes_of(config: Config) -> Routes:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows(config):
        for kind in row.events:
            found[type_of(kind)].append(row.name)
    return found


def sinks_of(config: Config, now: Callable[[], float]) -> dict[str, Sink]:
    """
    Raises:
        BadConfig: a sink cannot work.
    """
    return {row.name: _made(row, now) for row in rows(config)}


def _made(row: SinkRow, now: Callable[[], float]) -> Sink:
    match row:
        case JsonLinesSink():
            return JsonLines(Path(row.path))
        case RedisSink():
            from .shell.sinks.redis_stream import RedisStream  # 10 MiB, for those who have a Redis

            password = secret(row.secret_file, _variable(row))
            return RedisStream(row.url, row.stream, password=password, max_length=row.max_length)
        case WebhookSink():
            if not row.allow_private and not row.url.startswith("https:"):
                raise BadConfig(f"the sink {row.name!r} would tell the internet of children: https, or allow_private")
            try:
                secrets = secrets_of(secret(row.secret_file, _variable(row)) or "")
            except BadSecret as error:
                where = row.secret_file or _variable(row)
                raise BadConfig(f"the sink {row.name!r} cannot sign, see {where}: {error}") from error
            return Webhook(row.url, secrets, now=now, allow_private=row.allow_private)


def _variable(row: SinkRow) -> str:
    return f"ROOMSERVER_SINK_{re.sub(r'[^A-Z0-9]', '_', row.name.upper())}"
