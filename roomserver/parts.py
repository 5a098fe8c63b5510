"""The parts of a server that the configuration decides: one function each, and what cannot work is said by name.

`app.py` joins them.
"""

import logging
import re
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from ssl import SSLContext

from msgspec import structs

from sfu.core.choice import Limits
from sfu.shell.forwarding import Forwarding, MediaConfig

from .config import BadConfig, Config, secret
from .core import forms
from .core.calendar import Calendar
from .core.room import NO_WORDS
from .core.words import Words
from .shell import calendars, identity, lan, lock, media
from .shell.api import Key
from .shell.clock import Clock, SteadyClock
from .shell.identity import Claims, Verifier
from .shell.metrics import Metrics
from .shell.recordings import Recordings
from .shell.relays import Relays
from .shell.rooms import Rooms
from .shell.signing import BadKey, Keyring, Signer, public_key
from .shell.sqlite import SqliteStore
from .shell.studio import Studio
from .shell.visitors import Visitors, networks
from .studio.fontfiles import han_fonts

log = logging.getLogger("roomserver")


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


def media_config(config: Config, *, on_lan: tuple[str, ...]) -> MediaConfig:
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
        media_addresses(config, on_lan=on_lan),
        ours.port,
        advertise,
        tcp_port,
        limits=Limits(ours.microphones, ours.cameras),
        recorder=media.recorder(),
        recordings_leave_bytes=config.storage.recordings_leave_mb * 1_000_000,
        listed=not ours.addresses,
    )


def media_addresses(config: Config, *, on_lan: tuple[str, ...]) -> tuple[str, ...]:
    """Where media is received: as configured, else where the door is reached, `on_lan` if that is not empty."""
    if config.media.addresses:
        return config.media.addresses
    return on_lan or ("127.0.0.1", *lan.addresses())
