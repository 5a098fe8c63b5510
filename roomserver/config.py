"""The configuration: `config.toml` into frozen values.  Unknown keys are refused, each default stands in the sample.

Secrets are not in it, only where they are: a file or a variable of the environment.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from .core.forms import FORMS, Form, Window

Port = Annotated[int, Meta(ge=0, le=65_535)]
Origin = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://[^/\s]+\Z")]  # scheme, host and port, and no path
Scope = Literal["rooms", "records", "tokens", "privacy", "supervise"]


class BadConfig(Exception):
    """The configuration cannot be used; the message says where and why."""


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the configuration."""


class Server(Strict, frozen=True):
    host: str = "127.0.0.1"
    port: Port = 8080
    source: str = "roomserver"  # `source` of the records' envelopes
    certificate: str = ""  # PEM file with key and certificate; empty: plain HTTP
    origins: tuple[Origin, ...] = ()  # pages of other hosts that may connect
    hellos_per_address: Annotated[int, Meta(ge=1)] = 100  # connections of one address that are slow to say hello
    trusted_proxies: tuple[str, ...] = ()  # networks whose X-Forwarded-For is believed


class Identity(Strict, frozen=True):
    issuer: str = "classroom"
    audience: str = "roomserver"
    secret_file: str = ""  # HS256; empty: the variable ROOMSERVER_SECRET
    jwks_url: str = ""  # keys of the city's identity system


class Calendar(Strict, frozen=True):
    file: str = ""  # terms, holidays and make-up workdays; empty: none are known
    timezone: str = "Asia/Shanghai"  # of every window


class ApiKey(Strict, frozen=True):
    name: str
    scopes: tuple[Scope, ...]
    secret_file: str = ""  # empty: the variable ROOMSERVER_KEY_<NAME>


class Turn(Strict, frozen=True):
    urls: tuple[Annotated[str, Meta(pattern=r"^turns?:[^\s]+\Z")], ...] = ()  # of your coturn; empty: none
    secret_file: str = ""  # its static-auth-secret; empty: the variable ROOMSERVER_TURN_SECRET
    valid_s: Annotated[int, Meta(ge=60)] = 43_200


class Media(Strict, frozen=True):
    addresses: tuple[str, ...] = ()  # local addresses to use; empty: all of this machine, loopback first
    port: Port = 8081  # UDP
    tcp_port: Port | Literal["same"] = "same"  # TCP for media, where UDP does not get through; 0: none
    processes: Annotated[int, Meta(ge=0, le=64)] = 0  # workers that forward, each with a port of its own; 0: none
    advertise: dict[str, str | tuple[str, ...]] = {}  # local address = the addresses that clients reach it by
    microphones: Annotated[int, Meta(ge=1, le=16)] = 4  # forwarded at a time, the loudest
    cameras: Annotated[int, Meta(ge=0, le=16)] = 9  # and all of the stage: those of the last who spoke
    turn: Turn = Turn()


class Storage(Strict, frozen=True):
    path: str = "data/rooms.sqlite"
    synchronous: Literal["FULL", "NORMAL"] = "FULL"
    records_file: str = "data/records.jsonl"  # empty: none
    keep_log_days: Annotated[int, Meta(ge=0)] = 365  # after the room has closed; 0: for ever
    recordings: str = ""  # directory; empty: recordings/ beside the store
    keep_recordings_days: Annotated[int, Meta(ge=0)] = 90  # as long as the log at most; 0: as long as the log
    recordings_leave_mb: Annotated[int, Meta(ge=0)] = 1_000  # of the disk's room, for all else


Told = Literal[  # kinds of envelopes: the session record, and what is told while a lesson goes on
    "session.closed", "session.evaluated", "session.live", "member.joined", "member.left", "alarm.raised"
]
SinkName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}\Z")]


class JsonLinesSink(Strict, frozen=True, tag_field="kind", tag="jsonl"):
    name: SinkName
    path: Annotated[str, Meta(min_length=1)]
    events: tuple[Told, ...] = ("session.closed",)


class RedisSink(Strict, frozen=True, tag_field="kind", tag="redis"):
    name: SinkName
    url: Annotated[str, Meta(pattern=r"^(rediss?|unix)://\S+\Z")]
    stream: Annotated[str, Meta(min_length=1)] = "classroom"
    max_length: Annotated[int, Meta(ge=0)] = 100_000  # entries kept, about; 0: all
    secret_file: str = ""  # the password; empty: the variable ROOMSERVER_SINK_<NAME>, or none
    events: tuple[Told, ...] = ("session.closed",)


class WebhookSink(Strict, frozen=True, tag_field="kind", tag="webhook"):
    name: SinkName
    url: Annotated[str, Meta(pattern=r"^https?://[^\s/]\S*\Z")]
    secret_file: str = ""  # whsec_…, one a line; empty: the variable ROOMSERVER_SINK_<NAME>
    allow_private: bool = False  # addresses inside your own network, and http
    events: tuple[Told, ...] = ("session.closed",)


SinkRow = JsonLinesSink | RedisSink | WebhookSink


class Board(Strict, frozen=True):
    fonts: tuple[str, ...] = ("/usr/share/fonts", "/usr/local/share/fonts")  # directories, and all below them


class Talk(Strict, frozen=True):
    words_file: str = ""  # words on the city's list, one a line, UTF-8; empty: none


class Evidence(Strict, frozen=True):
    key_file: str = ""  # signs session records; made where it is missing; empty: evidence.key beside the store
    former_keys: tuple[str, ...] = ()  # PEM files of keys that signed before


class Lobby(Strict, frozen=True):
    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{3,32}\Z")]
    form: str = "lobby"


class Config(Strict, frozen=True):
    server: Server = Server()
    identity: Identity = Identity()
    calendar: Calendar = Calendar()
    api_keys: tuple[ApiKey, ...] = ()
    media: Media = Media()
    storage: Storage = Storage()
    board: Board = Board()
    talk: Talk = Talk()
    evidence: Evidence = Evidence()
    sinks: tuple[SinkRow, ...] = ()
    forms: dict[str, Form] = field(default_factory=lambda: dict(FORMS))
    lobbies: tuple[Lobby, ...] = ()


TABLES: tuple[type[Struct], ...] = (
    *(Config, Server, Identity, Calendar, ApiKey, Media, Turn, Storage, Board, Talk, Evidence, Form, Window, Lobby),
    *(JsonLinesSink, RedisSink, WebhookSink),
)


def load(path: Path | None) -> Config:
    """Read a file; None: the defaults.

    Raises:
        BadConfig: it cannot be read, or says something unknown.
    """
    if path is None:
        return Config()
    try:
        return read(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise BadConfig(f"{path}: {error}") from error
    except BadConfig as error:
        raise BadConfig(f"{path}: {error}") from error


def read(tables: Mapping[str, Any]) -> Config:
    """Plain data into a configuration.  A form that is named keeps the preset's other values.

    Raises:
        BadConfig: something is unknown or out of bounds.
    """
    forms = {name: msgspec.to_builtins(form) for name, form in FORMS.items()}
    given = tables.get("forms", {})
    if not isinstance(given, dict) or not all(isinstance(row, dict) for row in given.values()):
        raise BadConfig("forms: each is a table, [forms.name]")
    for name, row in given.items():
        forms[name] = {**forms.get(name, {}), **row}
    try:
        config = msgspec.convert({**tables, "forms": forms}, Config)
    except msgspec.ValidationError as error:
        raise BadConfig(f"{error}{_hint(str(error))}") from error
    _check_lobbies(config)
    return config


def _check_lobbies(config: Config) -> None:
    """
    Raises:
        BadConfig: a lobby has no form of its kind, or the lessons that come of it none.
    """
    for name, form in config.forms.items():
        lesson = config.forms.get(form.lesson)
        if form.kind == "lobby" and (lesson is None or lesson.kind != "lesson"):
            raise BadConfig(f"forms.{name}.lesson: {form.lesson!r} is no form of a lesson")
    for lobby in config.lobbies:
        if lobby.form not in config.forms or config.forms[lobby.form].kind != "lobby":
            raise BadConfig(f"lobbies: {lobby.form!r} is no form of a lobby")
        form = config.forms[lobby.form]
        if config.forms[form.lesson].windows not in ((), form.windows):  # else nobody could meet when it is open
            raise BadConfig(f"forms.{lobby.form}.windows: those of {form.lesson!r} are others")
    if len({lobby.name for lobby in config.lobbies}) < len(config.lobbies):
        raise BadConfig("lobbies: each has a name of its own")


def _hint(message: str) -> str:
    """ "did you mean" for an unknown key."""
    unknown = re.search(r"unknown field `(\w+)`", message)
    known = {name for table in TABLES for name in table.__struct_fields__}
    near = difflib.get_close_matches(unknown[1], known, n=1) if unknown else []
    return f": did you mean `{near[0]}`?" if near else ""


def secret(file: str, variable: str) -> str | None:
    """A secret from its file, or else from the environment.

    Raises:
        BadConfig: the file cannot be read.
    """
    if not file:
        return os.environ.get(variable)
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError as error:
        raise BadConfig(f"a secret cannot be read: {error}") from error
