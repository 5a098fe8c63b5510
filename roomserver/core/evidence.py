"""Checking a stored log: that it is whole, and that nothing in it has been changed since it was written.

It folds no state, so it judges bytes alone and holds nothing but the end of the chain: a log of any length.  What it
cannot see is a log that was written anew from its first event: for that, the session record that was published when
the room closed says how long the log was then and what its hash was.  Rules: EVIDENCE-* in docs/rules.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from .log import GENESIS, Broken, chained, commitment


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a log stood when its session record was published."""

    events: int
    hash: bytes


@dataclass(slots=True)
class Evidence:
    """A log that is being checked, event by event; `events` have been found good.

    `may_lack`: have the data of this member been erased, so that their content need not be there?
    """

    mark: Mark | None = None
    may_lack: Callable[[int], bool] = lambda _: True
    events: int = 0
    hash: bytes = GENESIS
    personal: int = 0  # events that personal content belongs to
    erased: int = 0  # those of them whose content is there no more

    def check(self, seq: int, body: bytes, personal: bytes | None, digest: bytes, salts: Mapping[int, bytes]) -> None:
        """The next event as it is stored, and the salts of those whose content is stored.

        Raises:
            Broken: it is not what was written there, and why.
        """
        expected = self.events + 1
        if seq != expected:
            raise Broken(expected, f"it is missing, event {seq} follows")
        if chained(self.hash, body) != digest:
            raise Broken(seq, "the hash does not fit the stored bytes and the hash before")
        stored = _read(seq, body)
        committed = stored.get("personal")
        if committed is None and personal is not None:
            raise Broken(seq, "content stands beside it that the chain knows nothing of")
        if committed is not None and personal is None and not self.may_lack(owner_of(stored)):
            raise Broken(seq, "its content is missing, though its member's data were not erased")
        if personal is not None:
            salt = salts.get(owner_of(stored))
            if salt is None:
                raise Broken(seq, "the salt of its content is missing")
            if commitment(salt, seq, personal) != committed:
                raise Broken(seq, "the content, or its salt, is not what the chain commits to")
        if self.mark is not None and self.mark.events == seq and self.mark.hash != digest:
            raise Broken(seq, "the hash is not that of the published session record")
        self.events, self.hash = seq, digest
        self.personal += committed is not None
        self.erased += committed is not None and personal is None

    def end(self) -> None:
        """Nothing follows.

        Raises:
            Broken: the log is not as long as it was when its session record was published, the last thing of a room.
        """
        if self.mark is None or self.events == self.mark.events:
            return
        counts = f"the session record counts {self.mark.events} events"
        if self.events < self.mark.events:
            raise Broken(self.events + 1, f"it is missing, {counts}")
        raise Broken(self.mark.events + 1, f"it was added, {counts}")


def line(digest: bytes, salt: bytes | None, body: bytes, content: bytes | None) -> bytes:
    """An event as logs are handed over: a line of JSON with all that is needed to check it, the stored bytes as they
    are, and no salt without the content that it is of.
    """
    beside = b"null", b"null"
    if content is not None:
        beside = b'"%s"' % (salt or b"").hex().encode(), content
    return b'{"hash":"%s","salt":%s,"body":%s,"content":%s}\n' % (digest.hex().encode(), beside[0], body, beside[1])


def _read(seq: int, body: bytes) -> dict[str, Any]:
    """What the chain vouches for was written by us; only a log written anew holds anything else.

    Raises:
        Broken: it is no event, or that of another place.
    """
    try:
        stored = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Broken(seq, "the stored bytes are no event") from error
    if not isinstance(stored, dict) or not isinstance(stored.get("event"), dict):
        raise Broken(seq, "the stored bytes are no event")
    if stored.get("seq") != seq:
        raise Broken(seq, "the stored bytes are those of another event")
    return stored


def owner_of(stored: Mapping[str, Any]) -> int:
    """As `log.owner`, of stored bytes whose content may be gone: the member whose it is, 0 when they say nobody."""
    fields = stored["event"]
    member = fields.get("author") or fields.get("member", 0)
    if stored.get("type") == "board.extended":
        member = str(fields.get("shape")).partition(".")[0]
    return int(member) if str(member).isdecimal() else 0
