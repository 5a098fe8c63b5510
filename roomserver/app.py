"""The one place that builds real clocks, stores and engines, and joins them into a server."""

import asyncio
import logging
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from ssl import SSLContext
from typing import Self
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import structs
from prometheus_client.core import Metric

from protocol.codec import CODECS
from sfu.core.choice import Limits
from sfu.shell import forwarding
from sfu.shell.forwarding import Forwarding, MediaConfig

from .config import BadConfig, Config, secret
from .core import forms
from .core.calendar import Calendar
from .core.room import NO_WORDS
from .core.words import Words
from .outgoing import routes_of, sinks_of
from .shell import calendars, identity, lan, lock, media, memory, site
from .shell.api import Api, Key
from .shell.assets import Assets
from .shell.attendant import Attendant
from .shell.boardapi import BoardApi
from .shell.clock import Clock, SteadyClock
from .shell.courier import PostOffice
from .shell.demo import Demo
from .shell.devices import Devices
from .shell.door import Door
from .shell.evaluations import Evaluations
from .shell.formulas import Formulas
from .shell.gate import Gate
from .shell.identity import Claims, Verifier
from .shell.live import Live
from .shell.metrics import Exposition, Metrics, render
from .shell.pacing import Pacing
from .shell.people_api import PeopleApi
from .shell.privacy import Privacy
from .shell.recordings import Recordings
from .shell.recordings_api import RecordingsApi
from .shell.relays import Relays
from .shell.replay import Replays
from .shell.replay_api import ReplayApi
from .shell.reports import Reports
from .shell.reports_api import ReportsApi
from .shell.retention import Retention
from .shell.rooms import Rooms
from .shell.signing import BadKey, Keyring, Signer, public_key
from .shell.spreads import histograms
from .shell.sqlite import SqliteStore
from .shell.studio import Studio
from .shell.viewers import Viewers
from .shell.visitors import Visitors, networks
from .studio.fontfiles import han_fonts

log = logging.getLogger("roomserver")
BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to the configuration."""

    demo_form: str = ""  # not empty: demo mode, at any hour
    lan: bool = False  # serve phones on this network


class App:
    """A running server.  Obtain it by `start`."""

    def __init__(self) -> None:
        self.port = 0
        self.media_port = 0
        self.rooms: Rooms
        self._stack = AsyncExitStack()
        self._stopping = False

    @classmethod
    async def start(cls, config: Config, options: Options = Options()) -> Self:
        """Everything up and listening.

        Raises:
            BadConfig: the configuration cannot work.
            StoreFailed: the store cannot be opened.
            OSError: a port is taken.
        """
        app = cls()
        try:
            await app._build(config, options)
        except BaseException:
            await app._stack.aclose()
            raise
        return app

    async def _build(self, config: Config, options: Options) -> None:
        clock, metrics = SteadyClock(), Metrics()
        key = secret_of(config, generate=bool(options.demo_form))
        verifier = verifier_of(config, key, clock)
        store = await self._store(config)
        post_office = PostOffice(sinks_of(config, clock.now), store.outbox, clock)
        self._stack.push_async_callback(post_office.close)
        forwarded = await self._forwarding(config, options)
        relays, recordings, signs = relays_of(config, clock), recordings_of(config), signer_of_records(config)
        if options.demo_form:
            config = at_any_hour(config)
        self.rooms = rooms_of(config, store, forwarded, relays, recordings, signs, clock, metrics)
        sign = None if key is None else signer(key, config)
        assets = Assets(Path(config.storage.path).parent / "assets")
        studio = studio_of(config)
        web_app = web.Application(client_max_size=BODY_BYTES)
        api = Api(rooms=self.rooms, store=store, verifier=verifier, sign=sign, clock=clock, keys=api_keys(config))
        api.mount(web_app)
        viewers = self._mount_boards(web_app, config, api, store, clock, assets, studio)
        RecordingsApi(viewers, recordings, clock).mount(web_app)
        Evaluations(
            rooms=self.rooms, ledger=store.ledger, verifier=verifier, clock=clock, source=config.server.source
        ).mount(web_app)
        ReportsApi(api, await self._reports(config)).mount(web_app)
        Live(api, self.rooms, clock).mount(web_app)
        privacy = Privacy(store, recordings, assets, signs, now=clock.now, forget=viewers.forget)
        PeopleApi(api, privacy).mount(web_app)
        if options.demo_form and sign is not None:
            Demo(self.rooms, sign, clock, options.demo_form).mount(web_app)
        visitors, pacing = visitors_of(config), Pacing(clock.now)
        devices = Devices(rooms=self.rooms, verifier=verifier, visitors=visitors, relays=relays, clock=clock)
        devices.mount(web_app)
        exposition = Exposition(
            metrics,
            self._gauges(store, visitors, pacing),
            self._reasons(forwarded, studio),
            lambda: (*media_metrics(forwarded), *post_office.metrics()),
        )
        site.mount(
            web_app,
            ready=lambda: not self._stopping and not self.rooms.failing and forwarded.ready,
            metrics=partial(render, exposition),
            keys=signs.keyring.published(),
        )
        post_office.open()
        await self.rooms.reopen_all()
        gate = Gate(self.rooms, store.ledger, clock, ZoneInfo(config.calendar.timezone))
        await self._open_door(config, web_app, Attendant(self.rooms, verifier, metrics, visitors, pacing, gate), clock)
        kept = config.storage
        retention = Retention(
            *(store, assets, recordings, clock),
            keep_log_days=kept.keep_log_days,
            keep_recordings_days=kept.keep_recordings_days,
        )
        self._stack.callback(asyncio.create_task(retention.run(), name="retention").cancel)
        self._stack.callback(asyncio.create_task(memory.give_back(), name="memory").cancel)

    async def _store(self, config: Config) -> SqliteStore:
        path = Path(config.storage.path)
        self._stack.callback(os.close, locked(path))
        store = await SqliteStore.start(path, synchronous=config.storage.synchronous, routes=routes_of(config))
        self._stack.push_async_callback(store.close)
        return store

    async def _reports(self, config: Config) -> Reports:
        reports = await Reports.start(Path(config.storage.path))
        self._stack.push_async_callback(reports.close)
        return reports

    async def _forwarding(self, config: Config, options: Options) -> Forwarding:
        forwarded = await forwarding.start(
            media_config(config, options),
            processes=config.media.processes,
            command=media.command(),
        )
        self._stack.push_async_callback(forwarded.close)
        self.media_port = forwarded.port
        return forwarded

    def _mount_boards(
        self,
        web_app: web.Application,
        config: Config,
        api: Api,
        store: SqliteStore,
        clock: SteadyClock,
        assets: Assets,
        studio: Studio,
    ) -> Viewers:
        """Boards over HTTP: now, at any instant, and again."""
        replays = Replays(store)
        viewers = Viewers(api, self.rooms, store, replays)
        ReplayApi(viewers, replays).mount(web_app)
        BoardApi(
            api=api,
            viewers=viewers,
            replays=replays,
            rooms=self.rooms,
            clock=clock,
            studio=studio,
            assets=assets,
            formulas=Formulas(Path(config.storage.path).parent / "formulas", studio.outline),
        ).mount(web_app)
        return viewers

    async def _open_door(
        self, config: Config, web_app: web.Application, attendant: Attendant, clock: SteadyClock
    ) -> None:
        self._door = await Door.open(
            host=config.server.host,
            port=config.server.port,
            app=web_app,
            on_connect=attendant.attend,
            subprotocols=list(CODECS),
            clock=clock,
            origins=config.server.origins,
            ssl=tls(config.server.certificate),
        )
        self.port = self._door.port
        self._stack.push_async_callback(self._door.close)
        self._stack.push_async_callback(self.rooms.leave)

    def _gauges(
        self, store: SqliteStore, visitors: Visitors, pacing: Pacing
    ) -> dict[str, tuple[str, Callable[[], float]]]:
        return {
            "roomserver_rooms": ("Rooms open on this node.", lambda: len(self.rooms)),
            "roomserver_connections": ("Members connected.", lambda: self.rooms.connections),
            "roomserver_visitors": ("Connections slow to say hello.", lambda: len(visitors)),
            "roomserver_hellos_waiting": ("Hellos that wait for their turn.", lambda: len(pacing)),
            "roomserver_tasks": ("Tasks of the event loop.", lambda: len(asyncio.all_tasks())),
            "roomserver_store_waiting": ("Writes that wait for the disk.", lambda: store.waiting),
        }

    def _reasons(self, forwarded: Forwarding, studio: Studio) -> dict[str, tuple[str, Callable[[], Mapping[str, int]]]]:
        return {
            "roomserver_door_refused": (
                "Requests refused at the door, by reason.",
                lambda: {str(reason): count for reason, count in self._door.refused.items()},
            ),
            "roomserver_media_dropped": ("Datagrams dropped, by reason.", forwarded.dropped),
            "roomserver_studio": ("Jobs of the studio, by kind and end.", lambda: dict(studio.ended)),
            "roomserver_media": ("What the media engine did.", forwarded.counts),
        }

    async def stop(self) -> None:
        """Say goodbye, flush, and let go of everything."""
        self._stopping = True
        await self._stack.aclose()


def media_metrics(forwarded: Forwarding) -> Iterable[Metric]:
    yield from histograms(forwarded.spreads())
    if workers := forwarded.workers():
        yield from media.metrics(workers)


def recordings_of(config: Config) -> Recordings:
    found = config.storage.recordings
    return Recordings(Path(found) if found else Path(config.storage.path).parent / "recordings")


def signer_of_records(config: Config) -> Signer:
    """
    Raises:
        BadConfig: a key cannot be used.
    """
    evidence = config.evidence
    try:
        return Signer.load(key_file(config), [Path(former) for former in evidence.former_keys])
    except BadKey as error:
        raise BadConfig(f"evidence: {error}") from error


def keyring(config: Config) -> Keyring:
    """By which this server's session records are checked.

    Raises:
        BadConfig: a key cannot be used.
    """
    try:
        return Keyring(public_key(path) for path in (key_file(config), *map(Path, config.evidence.former_keys)))
    except BadKey as error:
        raise BadConfig(f"evidence: {error}") from error


def key_file(config: Config) -> Path:
    """Of the key that signs session records."""
    found = config.evidence.key_file
    return Path(found) if found else Path(config.storage.path).parent / "evidence.key"


def rooms_of(
    config: Config,
    store: SqliteStore,
    forwarded: Forwarding,
    relays: Relays,
    recordings: Recordings,
    signs: Signer,
    clock: SteadyClock,
    metrics: Metrics,
) -> Rooms:
    return Rooms(
        forms=config.forms,
        calendar=calendar_of(config, clock),
        store=store,
        media=forwarded,
        relays=relays,
        clock=clock,
        recordings=recordings,
        signer=signs,
        metrics=metrics,
        source=config.server.source,
        words=words_of(config),
        lobbies={lobby.name: lobby.form for lobby in config.lobbies},
    )


def words_of(config: Config) -> Words:
    """
    Raises:
        BadConfig: the file cannot be read, or a line of it is no word.
    """
    path = config.talk.words_file
    if not path:
        return NO_WORDS
    try:
        text = Path(path).read_text("utf-8-sig")
        return Words(text.splitlines())
    except OSError as error:
        raise BadConfig(f"talk.words_file {path}: {error.strerror or error}") from error
    except ValueError as error:  # also what is not UTF-8
        why = "it is not UTF-8" if isinstance(error, UnicodeError) else error
        raise BadConfig(f"talk.words_file {path}: {why}") from None


def at_any_hour(config: Config) -> Config:
    return structs.replace(config, forms={name: forms.relaxed(form) for name, form in config.forms.items()})


def calendar_of(config: Config, clock: Clock) -> Calendar:
    """
    Raises:
        BadConfig: the file or the time zone is no good.
    """
    ours, now_ms = config.calendar, round(clock.now() * 1000)
    try:
        calendar = calendars.read(Path(ours.file) if ours.file else None, ours.timezone)
    except ValueError as error:
        raise BadConfig(f"calendar: {error}") from error
    unknown = calendar.unknown(now_ms, now_ms + calendars.MONTH_MS)
    if unknown and any(form.windows for form in config.forms.values()):  # WINDOW-3
        years = " and ".join(map(str, unknown))
        log.warning("no holidays are known of %s: `roomserver calendar` makes the file for calendar.file", years)
    return calendar


def relays_of(config: Config, clock: SteadyClock) -> Relays:
    """
    Raises:
        BadConfig: there are relays, and no secret to let clients in.
    """
    turn = config.media.turn
    key = secret(turn.secret_file, "ROOMSERVER_TURN_SECRET")
    if turn.urls and not key:
        raise BadConfig("media.turn has no secret: set ROOMSERVER_TURN_SECRET or media.turn.secret_file")
    return Relays(turn.urls, key or "", valid_s=turn.valid_s, now=clock.now)


def studio_of(config: Config) -> Studio:
    if not any(han_fonts(config.board.fonts)):
        log.warning("no font with Chinese in board.fonts: exports leave it out, and formulas refuse it")
    return Studio(fonts=config.board.fonts)


def locked(path: Path) -> int:
    """
    Raises:
        BadConfig: another server has the store, or its directory cannot be written.
    """
    try:
        return lock.hold(path)
    except lock.Taken as error:
        raise BadConfig(f"another server uses {path}: stop it, or choose another directory with --data") from error
    except OSError as error:
        raise BadConfig(f"{path.parent}: {error.strerror}") from error


def verifier_of(config: Config, key: str | None, clock: Clock) -> Verifier:
    who = config.identity
    return Verifier(now=clock.now, issuer=who.issuer, audience=who.audience, secret=key, jwks_url=who.jwks_url or None)


def tls(certificate: str) -> SSLContext | None:
    """
    Raises:
        BadConfig: there is a certificate, and it cannot be used.
    """
    try:
        return lan.server_context(Path(certificate)) if certificate else None
    except OSError as error:  # ssl.SSLError is one
        raise BadConfig(f"server.certificate {certificate}: {error.strerror or error}") from error


def secret_of(config: Config, *, generate: bool) -> str | None:
    """The secret that signs tokens; in demo mode one is made and kept beside the store.

    Raises:
        BadConfig: nothing says how tokens are verified.
    """
    found = secret(config.identity.secret_file, "ROOMSERVER_SECRET")
    if found is None and generate:
        path = Path(config.storage.path).parent / "demo.secret"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48), "utf-8")
        return path.read_text("utf-8")
    if found is None and not config.identity.jwks_url:
        raise BadConfig("no secret: set ROOMSERVER_SECRET, or identity.secret_file, or identity.jwks_url")
    return found


def signer(key: str, config: Config) -> Callable[[Claims], str]:
    return partial(identity.mint, key, issuer=config.identity.issuer, audience=config.identity.audience)


def api_keys(config: Config) -> tuple[Key, ...]:
    """
    Raises:
        BadConfig: a key has no secret.
    """
    keys = []
    for row in config.api_keys:
        variable = f"ROOMSERVER_KEY_{re.sub(r'[^A-Z0-9]', '_', row.name.upper())}"
        found = secret(row.secret_file, variable)
        if not found:
            raise BadConfig(f"the API key {row.name!r} has no secret: set {variable} or its secret_file")
        keys.append(Key(row.name, found, frozenset(row.scopes)))
    return tuple(keys)


def visitors_of(config: Config) -> Visitors:
    """
    Raises:
        BadConfig: a trusted proxy is no network.
    """
    try:
        trusted = networks(config.server.trusted_proxies)
    except ValueError as error:
        raise BadConfig(f"server.trusted_proxies: {error}") from error
    return Visitors(places=config.server.hellos_per_address, trusted=trusted)


def media_config(config: Config, options: Options) -> MediaConfig:
    """
    Raises:
        BadConfig: there are not so many ports.
    """
    ours = config.media
    tcp_port = None if ours.tcp_port == "same" else ours.tcp_port
    if tcp_port is None and ours.port and ours.port == config.server.port:
        tcp_port = 0  # the door is there already
    for name, port in (("port", ours.port), ("tcp_port", tcp_port or 0)):
        if port + max(ours.processes - 1, 0) > 65_535:
            raise BadConfig(f"media.{name}: there are not enough ports above it for media.processes")
    advertise = {local: (told,) if isinstance(told, str) else told for local, told in ours.advertise.items()}
    return MediaConfig(
        media_addresses(config, options),
        ours.port,
        advertise,
        tcp_port,
        limits=Limits(ours.microphones, ours.cameras),
        recorder=media.recorder(),
        recordings_leave_bytes=config.storage.recordings_leave_mb * 1_000_000,
    )


def media_addresses(config: Config, options: Options) -> tuple[str, ...]:
    """Where media is received: as configured, else where the door is reached."""
    if config.media.addresses:
        return config.media.addresses
    found = tuple(lan.addresses())
    return found if options.lan and found else ("127.0.0.1", *found)
