"""The command line: serve, tokens, records and their sums, deliveries, checks, boards, people, the calendar."""

import asyncio
import errno
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NoReturn, cast, get_args

import click
import msgspec
import uvloop

from . import __version__, parts, reporting, undelivered
from .app import App, Options
from .config import BadConfig, Config, load
from .core.log import Broken
from .shell import calendars, lan, logs, picturing, systemd, verifying
from .shell.assets import Assets
from .shell.exports import Exports, NoPage
from .shell.identity import Claims
from .shell.privacy import Privacy, StillOpen, Unknown
from .shell.reports import BY, TooLong, Wanted
from .shell.signing import BadKey, Keyring
from .shell.sqlite import SqliteStore
from .shell.store import StoreFailed
from .shell.studio import Studio
from .studio.jobs import Format, Unfit

STOP_S = 9.5  # from the signal to the exit
GC_OBJECTS = 50_000  # made and not freed before the collector looks at the youngest
ROLES = ("teacher", "assistant", "student", "observer", "classroom")
config_option = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="config.toml; the defaults without it."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """The real-time classroom server: live rooms with board, talk, floor and media, hard limits and records."""


@main.command()
@config_option
@click.option("--demo", is_flag=True, help="A ready room, and links into it for a teacher and a student.")
@click.option("--form", default="one_to_many", show_default=True, help="Form of the demo room.")
@click.option(
    "--lan", "on_lan", is_flag=True, help="Serve phones on this network, over TLS with a certificate of its own."
)
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="TCP port for HTTP and WebSockets.")
@click.option("--media-port", type=click.IntRange(0, 65535), help="UDP port for media.")
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the store and the records.")
@click.option(
    "--log-level", default="INFO", show_default=True, type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"])
)
def serve(
    config_path: Path | None,
    demo: bool,
    form: str,
    on_lan: bool,
    host: str | None,
    port: int | None,
    media_port: int | None,
    data: Path | None,
    log_level: str,
) -> None:
    """Run the server until it is told to stop (Ctrl-C, SIGTERM)."""
    logs.configure(log_level)
    config = _given(config_path, host, port, media_port, data)
    if demo and form not in config.forms:
        _fail(f"there is no form {form!r}: choose one of {', '.join(config.forms)}")
    addresses = tuple(lan.addresses()) if on_lan else ()
    if on_lan:
        config = _on_lan(config, addresses)
    _run(_serve(config, Options(demo_form=form if demo else "", lan=addresses)))


def _given(path: Path | None, host: str | None, port: int | None, media_port: int | None, data: Path | None) -> Config:
    """The configuration, with what the command line says instead."""
    config = _load(path)
    server, media, storage = config.server, config.media, config.storage
    if host is not None:
        server = msgspec.structs.replace(server, host=host)
    if port is not None:
        server = msgspec.structs.replace(server, port=port)
    if media_port is not None:
        media = msgspec.structs.replace(media, port=media_port)
    if data is not None:
        storage = msgspec.structs.replace(
            storage, path=str(data / "rooms.sqlite"), records_file=str(data / "records.jsonl")
        )
    return msgspec.structs.replace(config, server=server, media=media, storage=storage)


def _on_lan(config: Config, addresses: Sequence[str]) -> Config:
    """Listen everywhere, with a certificate for this machine's addresses."""
    if not addresses:
        _fail("this machine is on no network: connect it to the one that the phones are on")
    try:
        pem = lan.certificate(Path(config.storage.path).parent, addresses)
    except OSError as error:
        _fail(f"the certificate cannot be kept: {error}: choose another directory with --data")
    server = msgspec.structs.replace(config.server, host="0.0.0.0", certificate=str(pem))
    return msgspec.structs.replace(config, server=server)


async def _serve(config: Config, options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    try:
        app = await App.start(config, options)
    except OSError as error:
        _fail(_explained(error, config))
    _calm_the_collector()
    _announce(app, config, options)
    systemd.notify(systemd.READY)
    await stop.wait()
    click.echo("Stopping: everybody is told, and what happened is kept.")
    systemd.notify(systemd.STOPPING)
    try:
        async with asyncio.timeout(STOP_S):
            await app.stop()
    except TimeoutError:  # a disk that hangs holds its thread, and the thread would hold the process
        logging.getLogger("roomserver").error("not everything could be let go in %s s", STOP_S)
        os._exit(1)


def _calm_the_collector() -> None:
    """Pauses of the garbage collector were most of the slowest answers: `python -m loadtest.bench commit`."""
    gc.collect()
    gc.freeze()  # what is here now lives as long as the process
    gc.set_threshold(GC_OBJECTS, 20, 50)


def _explained(error: OSError, config: Config) -> str:
    if error.errno == errno.EADDRINUSE:
        media, more = config.media.port, config.media.processes - 1
        ports = f"{media} to {media + more}" if media and more > 0 else f"{media}"
        taken = f"port {config.server.port} (TCP) or {ports} (UDP and TCP) is taken"
        return f"{taken}: stop the other server, or choose others: make serve PORT=8090 MEDIA_PORT=8091 DATA=data2"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{error.strerror}: see server.host and media.addresses"
    if error.errno == errno.EACCES and error.filename is None:
        return f"port {config.server.port} is not allowed: choose one above 1023"
    return str(error)


def _announce(app: App, config: Config, options: Options) -> None:
    scheme = "https" if config.server.certificate else "http"
    host = options.lan[0] if options.lan else config.server.host
    base = f"{scheme}://{host}:{app.port}"
    if not options.demo_form:
        click.echo(f"Serving at {base}, media at UDP {app.media_port}.  Ctrl-C stops.")
        return
    click.echo(
        f"\n  Teacher   {base}/demo/teacher\n  Student   {base}/demo/student\n  Inspector {base}/demo/inspector\n"
    )
    if options.lan:
        click.echo(lan.qr_code(f"{base}/demo/student"))
        click.echo("  Phones warn once of the certificate, which this machine made itself: choose to go on.")
    click.echo("  Each link opens in a tab of its own; several students may use theirs.  Ctrl-C stops.\n")


@main.command()
@config_option
@click.option("--sub", required=True, help="Education ID.")
@click.option("--name", required=True, help="Name shown in the room.")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--room", help="The only room it is good for.")
@click.option("--school")
@click.option("--district")
@click.option("--grade")
@click.option("--hours", default=3.0, show_default=True, type=click.FloatRange(0.01, 24))
def token(config_path: Path | None, hours: float, **who: str | None) -> None:
    """Sign a token with the server's secret (ROOMSERVER_SECRET or identity.secret_file)."""
    config = _load(config_path)
    try:
        secret = parts.secret_of(config, generate=False)
        if secret is None:
            raise BadConfig("no secret here: tokens are verified by identity.jwks_url and signed elsewhere")
        claims = msgspec.convert({**who, "exp": round(time.time() + hours * 3600)}, Claims)
        click.echo(parts.signer(secret, config)(claims))
    except (BadConfig, ValueError) as error:
        _fail(str(error))


@main.command()
@config_option
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the store.")
@click.option("--since", default=0, show_default=True, help="Position after which to begin.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json: whole envelopes, a line each.")
@click.option("--rebuild", is_flag=True, help="File all records again for reports; shows none.")
@reporting.with_options
def records(
    config_path: Path | None,
    data: Path | None,
    since: int,
    as_json: bool,
    rebuild: bool,
    format: reporting.Format,
    **asked: str,
) -> None:
    """Show session records, oldest first: all of them, or those of a week, a teacher, a subject, a school.

    Days and weeks are those of Shanghai.
    """
    path = Path(_with_store(config_path, data).storage.path)
    if rebuild:
        _run(reporting.rebuild(path))
        return
    _run(reporting.show_records(path, _chosen(asked), since, "json" if as_json else format))


@main.command()
@config_option
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the store.")
@click.option("--by", type=click.Choice(BY), default="month", show_default=True, help="A row for each.")
@reporting.with_options
def statistics(config_path: Path | None, data: Path | None, by: str, format: reporting.Format, **asked: str) -> None:
    """Add session records up: students, times, hours and satisfaction; by teacher, what counted and what did not.

    Days, weeks and months are those of Shanghai.
    """
    _run(reporting.show_statistics(Path(_with_store(config_path, data).storage.path), by, _chosen(asked), format))


def _chosen(asked: dict[str, str]) -> Wanted:
    try:
        return reporting.chosen(**asked)
    except ValueError as error:
        _fail(str(error))


def _with_store(config_path: Path | None, data: Path | None, *, status: int = 1) -> Config:
    """A configuration whose store is there; else the command ends with `status`."""
    config = _given(config_path, None, None, None, data)
    if not Path(config.storage.path).exists():
        _fail(f"there is no store at {config.storage.path}: give --data or --config", status=status)
    return config


@main.command()
@config_option
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the store.")
@click.option("--sink", help="Only what goes to this one.")
@click.option("--retry", is_flag=True, help="Try everything that failed again now, also what was given up.")
@click.option("--discard", is_flag=True, help="Forget what was given up of --sink; all, if it is configured no more.")
def outbox(config_path: Path | None, data: Path | None, sink: str | None, retry: bool, discard: bool) -> None:
    """Show what waits to be delivered to other systems, and what failed and why.  The server may run meanwhile."""
    config = _with_store(config_path, data)
    if discard and sink is None:
        _fail("say of which --sink")
    _run(undelivered.show(config, sink, retry=retry, discard=discard, config_read=config_path is not None))


@main.command()
@config_option
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the store.")
@click.option("--record", type=click.Path(path_type=Path), help="Instead of a room of the store: a session record.")
@click.option("--log", type=click.Path(path_type=Path), help="And its log, as JSON lines.")
@click.option("--recordings", type=click.Path(path_type=Path), help="And the directory of its recorded files.")
@click.option("--keys", type=click.Path(path_type=Path), help="And the published keys of the server that signed it.")
@click.argument("room", required=False)
def verify(
    config_path: Path | None,
    data: Path | None,
    record: Path | None,
    log: Path | None,
    recordings: Path | None,
    keys: Path | None,
    room: str | None,
) -> None:
    """Check that nothing in what a ROOM left has been changed: its session record, its log, its recordings.

    Exits with 1 when something has, and names the first thing; with 2 when there is nothing that could be
    checked.
    """
    if record is not None and keys is not None and room is None:
        _run(_verify("handed over", _exported(record, log, recordings, keys)))
    elif room is not None and record is None:
        config = _with_store(config_path, data, status=2)
        _run(_verify_stored(config, room))
    else:
        _fail("say which ROOM of the store, or name files: --record and --keys, and --log, --recordings", status=2)


async def _verify_stored(config: Config, room: str) -> None:
    try:
        async with AsyncExitStack() as stack:
            store = await SqliteStore.start(Path(config.storage.path), synchronous=config.storage.synchronous)
            stack.push_async_callback(store.close)
            files = parts.recordings_of(config).directory(room)
            await _verify(
                f"of room {room}", await verifying.stored(store, room, recordings=files, keys=parts.keyring(config))
            )
    except (verifying.NoLog, StoreFailed, ValueError) as error:
        _fail(str(error), status=2)


def _exported(record: Path, log: Path | None, recordings: Path | None, keys: Path) -> verifying.Case:
    try:
        known = Keyring.of(keys.read_bytes())
        return verifying.exported(record, log=log, recordings=recordings, keys=known)
    except (BadKey, OSError) as error:
        _fail(str(error), status=2)


async def _verify(which: str, case: verifying.Case) -> None:
    try:
        found = await verifying.judge(case)
    except OSError as error:
        _fail(str(error), status=2)
    except Broken as error:
        _fail(f"the log {which} is broken at {error}")
    except verifying.Wrong as error:
        _fail(f"what was kept {which} does not fit: {error}")
    if (log := found.log) is not None:
        erased = f"that of {log.erased} ({log.erased / log.personal:.0%})" if log.erased else "none of it"
        click.echo(f"The log {which} is whole: {log.events} events, the last hash {log.hash.hex()}.")
        click.echo(f"Personal content belongs to {log.personal} of them; {erased} has been erased.")
    if found.signed_by is None:
        click.echo("There is no session record yet.")
        return
    says = "" if log is None else ", and says what the log says"
    click.echo(f"The session record is signed by the key {found.signed_by}{says}.")
    if found.files or found.erased or found.missing:
        click.echo(
            f"Of its recorded files {found.files} are what was recorded, {found.erased} were erased, "
            f"{found.missing} are not kept any more."
        )


@main.command()
@config_option
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the store.")
@click.argument("identity")
@click.argument("action", type=click.Choice(["export", "erase"]))
def person(config_path: Path | None, data: Path | None, identity: str, action: str) -> None:
    """What is kept of a person, by their education ID: `export` writes it as JSON lines, `erase` destroys it.

    A running server erases by DELETE /v1/people/{id}: it would go on showing what it has read.
    """
    config = _with_store(config_path, data)
    _run(_person(config, identity, erase=action == "erase"))


async def _person(config: Config, identity: str, *, erase: bool) -> None:
    path = Path(config.storage.path)
    async with AsyncExitStack() as stack:
        if erase:
            stack.callback(os.close, parts.locked(path))
        store = await SqliteStore.start(path, synchronous=config.storage.synchronous)
        stack.push_async_callback(store.close)
        signer, assets = parts.signer_of_records(config), Assets(path.parent / "assets")
        privacy = Privacy(store, parts.recordings_of(config), assets, signer, now=time.time)
        try:
            if erase:
                rooms = await privacy.erase(identity, rewrite=True)
                click.echo(f"Erased in {len(rooms)} rooms: {', '.join(rooms)}.")
            else:
                async for line in privacy.export(identity):
                    click.echo(line, nl=False)
        except (Unknown, StillOpen) as error:
            _fail(str(error))


class Instant(click.ParamType[int]):
    """Seconds, minutes:seconds or hours:minutes:seconds since the room opened; as milliseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        parts = str(value).split(":")
        if len(parts) > 3 or not all(part.isdecimal() and len(part) < 7 for part in parts):
            self.fail(f"{value!r} is no time: write 12:30, 1:02:30, or seconds", param, ctx)
        seconds = 0
        for part in parts:
            seconds = 60 * seconds + int(part)
        return 1000 * seconds


def _format(path: Path) -> Format:
    ending = path.suffix.removeprefix(".").lower()
    if ending not in get_args(Format):
        _fail(f"the name of the file says what it becomes: {', '.join(f'.{known}' for known in get_args(Format))}")
    return cast(Format, ending)


@main.command()
@config_option
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the store.")
@click.option(
    "--at",
    "at_ms",
    type=Instant(),
    help="12:30, 1:02:30 or seconds into the lesson, as its replay counts; its end without.",
)
@click.option("--page", type=click.IntRange(min=1), help="One page; otherwise all, or of a picture the one shown.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A file: .pdf, .png or .svg.")
@click.argument("room")
def board(
    config_path: Path | None, data: Path | None, at_ms: int | None, page: int | None, out: Path, room: str
) -> None:
    """Draw a ROOM's board as it was at any instant, from its log."""
    config = _with_store(config_path, data)
    _run(_board(config, room, at_ms, page, out, _format(out)))


async def _board(config: Config, room: str, at_ms: int | None, page: int | None, out: Path, format: Format) -> None:
    path = Path(config.storage.path)
    exports = Exports(Studio(fonts=config.board.fonts), Assets(path.parent / "assets"))
    store = await SqliteStore.start(path, synchronous=config.storage.synchronous)
    try:
        file = await picturing.picture(store, exports, room, at_ms=at_ms, format=format, page=page)
        await asyncio.to_thread(out.write_bytes, file.data)
    except (picturing.NoBoard, NoPage, Unfit, Broken, OSError) as error:
        _fail(str(error))
    finally:
        await store.close()


@main.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The calendar file; the year is added.")
@click.argument("year", type=click.IntRange(2004, 2100))
def calendar(year: int, out: Path) -> None:
    """Add a YEAR's public holidays and make-up workdays to a calendar file.  Terms are for you to write."""
    try:
        text = out.read_text("utf-8") if out.exists() else ""
        found = calendars.announced(year)
        out.write_text(calendars.with_year(text, str(year), found), "utf-8")
    except calendars.NotAnnounced as error:
        _fail(str(error))
    except (OSError, ValueError) as error:
        _fail(f"{out}: {error}")
    click.echo(f"{out}: {len(found.holidays)} holidays and {len(found.workdays)} make-up workdays of {year}.")


def _load(path: Path | None) -> Config:
    try:
        return load(path)
    except BadConfig as error:
        _fail(str(error))


def _run(main: Coroutine[Any, Any, None]) -> None:
    try:
        uvloop.run(main)
    except (BadConfig, StoreFailed, TooLong, ValueError) as error:
        _fail(str(error))


def _fail(message: str, *, status: int = 1) -> NoReturn:
    click.echo(f"roomserver: {message}", err=True)
    sys.exit(status)
