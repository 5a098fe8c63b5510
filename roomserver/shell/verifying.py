"""Checks what a room left: session record, log and recorded files, from the store or from files that were handed over.

The first thing that does not fit is named: the record's signature, then an event, then what the record says of the
log, then a file.  What judges is in `core/evidence.py` and `core/audit.py`.  Rules: EVIDENCE-* in docs/rules.md.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import orjson

from ..core.audit import difference
from ..core.erased import erased_in
from ..core.evidence import Evidence, Mark, line, owner_of
from ..core.fold import Fold
from ..core.log import Broken
from ..core.record import envelope
from ..core.record_shape import Envelope, Record
from .signing import BadSignature, Keyring
from .store import Store, StoredEvent

PAGE = 1000
Page = tuple[Sequence[StoredEvent], Mapping[int, bytes]]  # events, and the salts of those who own their content


class NoLog(Exception):
    """There is nothing to check: no such room, or its log is not kept any more."""


class Wrong(Exception):
    """The session record, or a recorded file, is not what it must be; says which and why."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be checked."""

    record: bytes | None  # the envelope; None: the room has left none yet
    pages: Callable[[], AsyncIterator[Page]] | None  # the log from its beginning; None: it is not at hand
    recordings: Path | None  # directory of the room's files; None: they are not at hand
    keys: Keyring
    is_over: bool = True  # then there is a record


@dataclass(slots=True)
class Verdict:
    """All of it is good: how much that was."""

    log: Evidence | None = None
    signed_by: str | None = None  # None: there is no record yet
    files: int = 0
    erased: int = 0  # files that went with their member's data
    missing: int = 0  # files of a room whose recordings are not kept any more


async def judge(case: Case) -> Verdict:
    """What was found, when all of it is good.

    Raises:
        Wrong, Broken: something is not, and what.
        StoreFailed, OSError: it cannot be read.
    """
    verdict, record = Verdict(), None
    if case.record is None and case.is_over:
        raise Wrong("the session record: it is missing, though the room is over")
    if case.record is not None:
        record, verdict.signed_by = _genuine(case.record, case.keys)
    if case.pages is not None:
        verdict.log = await _whole(case.pages, record)
        if record is not None:
            await _same(case.pages, record)
    if record is not None and case.recordings is not None:
        _check_files(case.recordings, record, verdict)
    return verdict


def _genuine(published: bytes, keys: Keyring) -> tuple[Record, str]:
    """The record in an envelope, and the key that signed it."""
    try:
        plain = orjson.loads(published)
        json.loads(published, object_pairs_hook=_once)
        signed_by = keys.check(plain["data"])
        found = msgspec.convert(plain, Envelope)
    except BadSignature as error:
        raise Wrong(f"the session record: {error}") from error
    except (ValueError, TypeError, LookupError) as error:  # msgspec.ValidationError and orjson's error are ValueErrors
        raise Wrong("the session record: it is none of this version") from error
    if found != envelope(found.data):
        raise Wrong("the session record: its envelope is that of another")
    return found.data, signed_by


def _once(pairs: Sequence[tuple[str, Any]]) -> None:
    """Raises ValueError where a name stands twice: which of the two is meant each reader of JSON decides otherwise."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands there twice")


async def _whole(pages: Callable[[], AsyncIterator[Page]], record: Record | None) -> Evidence:
    evidence = Evidence(may_lack=lambda _: False)  # nobody is erased in a room that is open
    if record is not None:
        evidence = Evidence(Mark(record.log.events, bytes.fromhex(record.log.hash)), erased_in(record))
    async for events, salts in pages():
        for event in events:
            evidence.check(event.seq, event.body, event.personal, event.hash, salts)
    if not evidence.events:
        raise Broken(1, "it is missing, the log is empty")
    evidence.end()
    return evidence


async def _same(pages: Callable[[], AsyncIterator[Page]], record: Record) -> None:
    """The log leads to what the record says."""
    fold = Fold({})
    async for events, _ in pages():
        for event in events:
            fold.add(event.body, event.personal, event.hash)
    if (where := difference(record, fold.state, fold.log)) is not None:
        raise Wrong(f"the session record: {where} is not what the log says")


def _check_files(directory: Path, record: Record, verdict: Verdict) -> None:
    """Recordings go before their log does, all of a room's at once (REC-10); one that is missing alone was taken."""
    kept = directory.is_dir()
    for one in record.recordings:
        path = directory / Path(one.name).name
        if one.erased:
            verdict.erased += 1
        elif not kept:
            verdict.missing += 1
        elif not path.is_file():
            raise Wrong(f"the recording {one.name}: it is missing")
        else:
            with open(path, "rb") as file:
                if one.sha256 not in (None, hashlib.file_digest(file, "sha256").hexdigest()):
                    raise Wrong(f"the recording {one.name}: it is not what was recorded")
            verdict.files += 1


# Where it comes from


async def stored(store: Store, room: str, *, recordings: Path | None, keys: Keyring) -> Case:
    """A room of the store.

    Raises:
        NoLog: there is nothing to check.
        StoreFailed: the store cannot be read.
    """
    row = await store.row(room)
    if row is None:
        raise NoLog(f"there is no room {room}")
    if row.forgotten_ms is not None:
        raise NoLog(f"the log of room {room} is not kept any more")
    record = await store.record(room)

    async def pages() -> AsyncIterator[Page]:
        after = 0
        while events := await store.events(room, after=after, limit=PAGE):
            yield events, await store.salts(room)  # after the events: a room that is open goes on meanwhile
            after = events[-1].seq

    is_over = row.closed_ms is not None
    return Case(None if record is None else record.envelope, pages, recordings, keys, is_over=is_over)


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of `GET /v1/rooms/{room}/log`, its parts as the bytes that they are."""

    hash: str
    salt: str | None
    body: msgspec.Raw
    content: msgspec.Raw


def exported(record: Path, *, log: Path | None, recordings: Path | None, keys: Keyring) -> Case:
    """Files that were handed over.

    Raises:
        OSError: one cannot be read.
    """

    async def pages() -> AsyncIterator[Page]:
        for seq, written in enumerate(_lines(log), start=1):
            yield _event(written, seq)

    return Case(record.read_bytes(), None if log is None else pages, recordings, keys)


def _lines(path: Path | None) -> Iterator[bytes]:
    if path is not None:
        with open(path, "rb") as file:
            yield from file


def _event(written: bytes, seq: int) -> Page:
    """The event of a line, and the salt that stands in it.

    Raises:
        Broken: it is none.
    """
    try:
        parts = msgspec.json.decode(written, type=Line)
        body, content, digest = bytes(parts.body), _content(parts.content), bytes.fromhex(parts.hash)
        salt = None if parts.salt is None else bytes.fromhex(parts.salt)
        if line(digest, salt, body, content).rstrip() != written.rstrip():  # what stands there twice, another spelling
            raise ValueError("not as it was written")
        salts = {} if salt is None else {owner_of(orjson.loads(body)): salt}
        return [StoredEvent(seq, body, content, digest)], salts
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise Broken(seq, "the line is none of a log") from error


def _content(raw: msgspec.Raw) -> bytes | None:
    return None if (content := bytes(raw)) == b"null" else content
