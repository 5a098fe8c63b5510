"""The ordered log: events with their places, the chain of hashes over them, and the exact bytes that are stored.

An event's body is chained as it is stored.  What is personal in it stands beside it, and the body holds only
H(salt ‖ seq ‖ content): erase the content and its member's salt, and the chain still verifies.
Rules: LOG-* in docs/rules.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import msgspec
import orjson

from protocol import events
from protocol.fields import personal_fields, staff_fields

from . import erased, facts

LoggedEvent = events.AnyEvent | facts.Fact | facts.Blank
CLASSES: Mapping[str, type[LoggedEvent]] = {
    str(cls.__struct_config__.tag): cls for cls in (*events.AnyEvent.__args__, *facts.Fact.__args__)
}
GENESIS = bytes(32)
Side = Literal["staff", "observer", "learner"]  # of the desk: what is seen there besides what is for oneself


class Broken(Exception):
    """A stored log does not fit its own hashes; `seq` is the first event that is wrong."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"event {seq}: {why}")
        self.seq = seq


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see an event, fixed when it is appended."""

    everyone: bool = False
    staff: bool = False
    observers: bool = False
    members: frozenset[int] = frozenset()

    def sees(self, member: int, side: Side) -> bool:
        if self.everyone or member in self.members:
            return True
        return (self.staff and side == "staff") or (self.observers and side == "observer")

    @property
    def sides(self) -> frozenset[Side]:
        """Those of whom all see it."""
        return _SIDES[self.staff, self.observers]

    def plain(self) -> str | list[str | int]:
        """As it is stored: "all", or a list that may begin with "staff" and "observers"."""
        words = [*(["staff"] if self.staff else []), *(["observers"] if self.observers else [])]
        return "all" if self.everyone else [*words, *sorted(self.members)]

    @classmethod
    def of(cls, plain: str | list[str | int]) -> "Audience":
        if plain == "all":
            return ALL
        members = frozenset(name for name in plain if isinstance(name, int))
        return cls(staff="staff" in plain, observers="observers" in plain, members=members)


_SIDES: Mapping[tuple[bool, bool], frozenset[Side]] = {
    (False, False): frozenset(),
    (True, False): frozenset({"staff"}),
    (False, True): frozenset({"observer"}),
    (True, True): frozenset({"staff", "observer"}),
}
ALL = Audience(everyone=True)
STAFF = Audience(staff=True)
NOBODY = Audience()


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is decided and has no place yet."""

    event: LoggedEvent
    audience: Audience = ALL


@dataclass(frozen=True, slots=True)
class Cause:
    """The command that an event comes from."""

    member: int
    id: int


@dataclass(slots=True)
class Entry:
    """One event in its place.  `body`, `personal` and `hash` are what the store keeps."""

    event: LoggedEvent
    audience: Audience
    cause: Cause | None
    body: bytes
    personal: bytes | None
    hash: bytes

    @property
    def seq(self) -> int:
        return self.event.seq

    @property
    def at(self) -> int:
        return self.event.at


@dataclass(slots=True)
class Log:
    """The end of a log: where the next event goes, and the salts of those who are in it.  Holds no events."""

    seq: int = 0
    at: int = 0
    hash: bytes = GENESIS
    salts: dict[int, bytes] = field(default_factory=dict)
    erased: bool = False  # has content been read that is there no more?

    def append(self, draft: Draft, *, at: int, cause: Cause | None) -> Entry:
        """Give a draft the next place, or raise and change nothing.  `at` never falls (LOG-2)."""
        event = msgspec.structs.replace(draft.event, seq=self.seq + 1, at=max(self.at, at))
        body, personal = self._split(event, draft.audience, cause)
        self.seq, self.at, self.hash = event.seq, event.at, chained(self.hash, body)
        return Entry(event, draft.audience, cause, body, personal, self.hash)

    def _split(self, event: LoggedEvent, audience: Audience, cause: Cause | None) -> tuple[bytes, bytes | None]:
        fields = msgspec.structs.asdict(event)
        kept = _KEPT.get(type(event))
        bodies = fields.pop("shapes") if kept else ()
        chunks = fields.pop("chunks", ())
        fields = msgspec.to_builtins(fields, str_keys=True)
        if kept:  # the shapes stand in the log already, where they were drawn
            fields["shapes"] = [{name: body[name] for name in kept} for body in bodies]
            fields["shapes"] += [{"id": shape} for shapes, _ in chunks for shape in shapes]
        hidden = {} if kept else {name: fields.pop(name) for name in sorted(personal_fields(type(event)))}
        stored = {
            "seq": fields.pop("seq"),
            "at": fields.pop("at"),
            "type": type(event).__struct_config__.tag,
            "to": audience.plain(),
            "cause": None if cause is None else [cause.member, cause.id],
            "event": fields,
        }
        if not hidden:
            return orjson.dumps(stored), None
        personal = orjson.dumps(hidden)
        stored["personal"] = commitment(self.salts[owner(event)], event.seq, personal)
        return orjson.dumps(stored), personal

    def restore(self, body: bytes, personal: bytes | None, digest: bytes, shape: "ShapeBody | None") -> Entry:
        """Read the next stored event back, with all its shapes as bodies.  `shape` finds one that was erased before.

        Where the personal content is there no more it is blank; an event of the board that had any is `Blank`.

        Raises:
            Broken: its place or its hash does not follow.
        """
        try:
            stored = orjson.loads(body)
            seq = int(stored["seq"])
        except (ValueError, TypeError, LookupError) as error:
            raise Broken(self.seq + 1, "it is no event") from error
        if seq != self.seq + 1:
            raise Broken(seq, "out of order")
        if chained(self.hash, body) != digest:
            raise Broken(seq, "the hash does not fit")
        fields = {"seq": stored["seq"], "at": stored["at"], **stored["event"]}
        cls, audience = CLASSES[stored["type"]], Audience.of(stored["to"])
        event: LoggedEvent
        if personal is None and "personal" in stored:
            self.erased = True
            event = erased.blank(cls, fields)
            audience = NOBODY if isinstance(event, facts.Blank) else audience
        else:
            fields |= orjson.loads(personal or b"{}")
            if cls in _KEPT:
                assert shape is not None, "nothing is brought back before a room is open"
                fields |= _bodies(fields, shape, erased=self.erased)
            event = msgspec.convert(fields, cls, strict=False) if cls in _BY_NAME else _convert_array(cls, fields)
        cause = Cause(*stored["cause"]) if stored["cause"] else None
        self.seq, self.at, self.hash = stored["seq"], stored["at"], digest
        return Entry(event, audience, cause, body, personal, digest)


# What such an event keeps of a body; the rest is that of the shape that was drawn.
_KEPT: Mapping[type[LoggedEvent], tuple[str, ...]] = {
    events.ShapesRestored: ("id",),
    events.ShapesCopied: ("id", "page", "z"),
}
_LEANING = tuple(f'"type":"{cls.__struct_config__.tag}"'.encode() for cls in _KEPT)
ShapeBody = Callable[[str], Mapping[str, Any]]
_BY_NAME = frozenset(cls for cls in CLASSES.values() if not cls.__struct_config__.array_like)


def _bodies(fields: Mapping[str, Any], shape: ShapeBody, *, erased: bool) -> dict[str, Any]:
    """The shapes that an event brings back, whole.  Of a log with `erased` content: those that are there."""
    sources = fields.get("sources") or [body["id"] for body in fields["shapes"]]
    found = list[tuple[str, dict[str, Any]]]()
    for source, kept in zip(sources, fields["shapes"], strict=True):
        try:
            body = _moved({**shape(source), **kept}, fields.get("by", (0, 0)))
        except KeyError:
            if not erased:
                raise
        else:
            found.append((source, body))
    shapes = {"shapes": [body for _, body in found]}
    return {**shapes, "sources": [source for source, _ in found]} if "sources" in fields else shapes


def _moved(body: dict[str, Any], by: Sequence[int]) -> dict[str, Any]:
    return {**body, "start": [at + distance for at, distance in zip(body["start"], by, strict=True)]}


def leans(body: bytes) -> bool:
    """Does a stored event need the board before it to be read?  False is certain, True is not."""
    return any(mark in body for mark in _LEANING)


def is_erased(body: bytes, personal: bytes | None) -> bool:
    """Is the content of a stored event there no more?  False is certain, True is not."""
    return personal is None and b'"personal":"' in body


def _convert_array(cls: type[LoggedEvent], fields: Mapping[str, Any]) -> LoggedEvent:
    return msgspec.convert([cls.__struct_config__.tag, *(fields[name] for name in cls.__struct_fields__)], cls)


def told(event: LoggedEvent) -> LoggedEvent:
    """The event as it is told to whoever is not staff: the same where nothing in it is for staff only (DELIVER-11)."""
    hidden = {field for field in staff_fields(type(event)) if getattr(event, field) not in (None, ())}
    if not hidden:
        return event
    return type(event)(**{name: value for name, value in msgspec.structs.asdict(event).items() if name not in hidden})


def owner(event: LoggedEvent) -> int:
    """The member whose personal content an event holds; of what staff take back for somebody it is theirs."""
    if isinstance(event, events.StrokeExtended):
        return int(event.shape.partition(".")[0])
    # Every event with personal fields has a member; a test says so.
    return int(getattr(event, "author", None) or getattr(event, "member"))  # noqa: B009


def chained(before: bytes, body: bytes) -> bytes:
    """The hash of a chain one event longer (32 bytes, SHA-256)."""
    return sha256(before + body).digest()


def commitment(salt: bytes, seq: int, content: bytes) -> str:
    """What stands in the chain in place of personal content: 64 hex digits."""
    return sha256(salt + seq.to_bytes(8, "big") + content).hexdigest()
