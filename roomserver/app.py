"""The one place that builds real clocks, stores and engines, and joins them into a server."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from aiohttp import web
from prometheus_client.core import Metric

from protocol.codec import CODECS
from sfu.shell import forwarding
from sfu.shell.forwarding import Forwarding

from . import parts
from .config import Config
from .outgoing import routes_of, sinks_of
from .shell import media, memory, site
from .shell.api import Api
from .shell.assets import Assets
from .shell.attendant import Attendant
from .shell.boardapi import BoardApi
from .shell.clock import SteadyClock
from .shell.courier import PostOffice
from .shell.demo import Demo
from .shell.devices import Devices
from .shell.door import Door
from .shell.evaluations import Evaluations
from .shell.formulas import Formulas
from .shell.gate import Gate
from .shell.live import Live
from .shell.metrics import Exposition, Metrics, render
from .shell.pacing import Pacing
from .shell.people_api import PeopleApi
from .shell.privacy import Privacy
from .shell.recordings import Recordings
from .shell.recordings_api import RecordingsApi
from .shell.replay import Replays
from .shell.replay_api import ReplayApi
from .shell.reports import Reports
from .shell.reports_api import ReportsApi
from .shell.retention import Retention
from .shell.rooms import Rooms
from .shell.spreads import histograms
from .shell.sqlite import SqliteStore
from .shell.studio import Studio
from .shell.viewers import Viewers
from .shell.visitors import Visitors

log = logging.getLogger("roomserver")
BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to the configuration."""

    demo_form: str = ""  # not empty: demo mode, at any hour
    lan: tuple[str, ...] = ()  # addresses at which phones on this network are served; empty: they are not


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
        key = parts.secret_of(config, generate=bool(options.demo_form))
        verifier = parts.verifier_of(config, key, clock)
        store = await self._store(config)
        post_office = PostOffice(sinks_of(config, clock.now), store.outbox, clock)
        self._stack.push_async_callback(post_office.close)
        forwarded = await self._forwarding(config, options)
        relays, recordings = parts.relays_of(config, clock), parts.recordings_of(config)
        signs = parts.signer_of_records(config)
        if options.demo_form:
            config = parts.at_any_hour(config)
        self.rooms = parts.rooms_of(config, store, forwarded, relays, recordings, signs, clock, metrics)
        sign = None if key is None else parts.signer(key, config)
        assets = Assets(Path(config.storage.path).parent / "assets")
        studio = parts.studio_of(config)
        web_app = web.Application(client_max_size=BODY_BYTES)
        api = Api(rooms=self.rooms, store=store, verifier=verifier, sign=sign, clock=clock, keys=parts.api_keys(config))
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
        visitors, pacing = parts.visitors_of(config), Pacing(clock.now)
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
        self._tidy(config, store, assets, recordings, clock)

    def _tidy(
        self, config: Config, store: SqliteStore, assets: Assets, recordings: Recordings, clock: SteadyClock
    ) -> None:
        """What is too old goes, and what a busy moment took is given back, for as long as the server runs."""
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
        self._stack.callback(os.close, parts.locked(path))
        store = await SqliteStore.start(path, synchronous=config.storage.synchronous, routes=routes_of(config))
        self._stack.push_async_callback(store.close)
        return store

    async def _reports(self, config: Config) -> Reports:
        reports = await Reports.start(Path(config.storage.path))
        self._stack.push_async_callback(reports.close)
        return reports

    async def _forwarding(self, config: Config, options: Options) -> Forwarding:
        forwarded = await forwarding.start(
            parts.media_config(config, on_lan=options.lan),
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
            ssl=parts.tls(config.server.certificate),
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
