"""Checkpoints: the whole fold at one place of the log, so that whoever wants to know a later state begins there.

A checkpoint plus the events behind it is the fold of the whole log: opening a room folds what came after the newest,
and a replay any instant from the one before it.  It holds no salts: the store has them.  It is a short cut and no
evidence: one that cannot be read is passed over, the log says the same.
Rules: CHECKPOINT-* in docs/rules.md.
"""

from collections import deque
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, get_origin

import msgspec
from msgspec import Struct

import whiteboard

from .happened.talk import CHAT_KEPT, ChatLine
from .log import Log
from .state import RoomState

VERSION = 13  # raised with every change to a field of the state, or to what the fold makes of an event
CHECKPOINT_EVENTS = 2_000  # since the one before: what is folded at most to know an instant, some 20 ms of work
PART = 50  # behind 100,000 events: that part of the log so far, so that a room has hundreds of them and no more
DIGEST_BYTES = 32  # SHA-256 of all that follows


class Unreadable(Exception):
    """These bytes are no checkpoint, or one of another version."""


class Checkpoint(Struct, frozen=True, array_like=True):
    version: int
    seq: int
    at: int
    hash: bytes
    state: RoomState


def dump(state: RoomState, log: Log) -> bytes:
    """The fold of everything up to `log.seq`."""
    data = _encoder.encode(Checkpoint(VERSION, log.seq, log.at, log.hash, state))
    return sha256(data).digest() + data


def load(data: bytes) -> tuple[RoomState, Log]:
    """What was dumped; the log's salts are still to be added.

    Raises:
        Unreadable: nothing can be made of it.
    """
    digest, content = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
    if sha256(content).digest() != digest:
        raise Unreadable("its bytes are not those that were written")
    try:
        found = _decoder.decode(content)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from error
    if found.version != VERSION:
        raise Unreadable(f"it is of version {found.version}")
    return found.state, Log(found.seq, found.at, found.hash)


@dataclass(slots=True)
class Schedule:
    """When a room's next checkpoint is due; `last` is the `seq` of the newest, 0 when there is none."""

    last: int = 0

    def take(self, state: RoomState, log: Log, *, leaving: bool = False) -> tuple[int, int, bytes] | None:
        """The checkpoint that is due now, with its `seq` and `at`: every so many events, and before this node lets go.

        A closed room needs no more: nothing is drawn in it.
        """
        distance = 1 if leaving else max(CHECKPOINT_EVENTS, self.last // PART)
        if state.is_closed or log.seq - self.last < distance:
            return None
        self.last = log.seq
        return log.seq, log.at, dump(state, log)


def _plain(value: Any) -> Any:
    """What msgspec does not write by itself."""
    if isinstance(value, whiteboard.Board):
        return value.dump()
    if isinstance(value, deque):
        return list(value)
    raise NotImplementedError(f"a {type(value).__name__} in the state of a room")


def _made(wanted: Any, plain: Any) -> Any:
    if wanted is whiteboard.Board:
        return whiteboard.Board.load(plain)
    if get_origin(wanted) is deque:
        return deque(msgspec.convert(plain, list[ChatLine]), maxlen=CHAT_KEPT)
    raise NotImplementedError(f"a {wanted} in the state of a room")


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
_decoder = msgspec.msgpack.Decoder(Checkpoint, dec_hook=_made)
