"""The STUN that an ICE-lite agent speaks: binding requests in, success answers out (RFC 8445, RFC 8489).

Pure.  The codec is aioice's; this module says what a request must carry.  Never answers what is not signed.
"""

import struct
from dataclasses import dataclass

from aioice import stun

HEADER = struct.Struct("!HHI12x")  # type, length of what follows, cookie; RFC 8489 5
COOKIE = 0x2112A442
BINDING_REQUEST, USERNAME = 0x0001, 0x0006
_ATTRIBUTE = struct.Struct("!HH")
_BEFORE_USERNAME_MAX = 8  # attributes; browsers write it first


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A well-formed binding request, not yet known to be genuine."""

    local_ufrag: str  # ours: it says which transport is meant
    remote_ufrag: str
    nominates: bool
    message: stun.Message

    def signed_by(self, password: str) -> bool:
        return self.message.check_message_integrity(password.encode())

    def success(self, address: tuple[str, int], password: str) -> bytes:
        """The signed answer; `address` is where the request came from."""
        answer = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=self.message.transaction_id,
            attributes={"XOR-MAPPED-ADDRESS": address},
        )
        answer.add_message_integrity(password.encode())
        return bytes(answer)


def addressee(datagram: bytes) -> str | None:
    """Whose ufrag a binding request names, read without checksums or cryptography; None: it is no such request."""
    if len(datagram) < HEADER.size:
        return None
    kind, length, cookie = HEADER.unpack_from(datagram)
    if kind != BINDING_REQUEST or cookie != COOKIE or length != len(datagram) - HEADER.size:
        return None
    at = HEADER.size
    for _ in range(_BEFORE_USERNAME_MAX):
        if at + _ATTRIBUTE.size > len(datagram):
            return None
        attribute, size = _ATTRIBUTE.unpack_from(datagram, at)
        at += _ATTRIBUTE.size
        if attribute == USERNAME:
            local, colon, _ = datagram[at : at + size].partition(b":")
            return local.decode("ascii", "replace") if colon else None
        at += size + -size % 4
    return None


def parse_request(datagram: bytes) -> BindingRequest | None:
    """None: not a binding request that could belong to one of our transports."""
    try:
        message = stun.parse_message(datagram)
    except (ValueError, struct.error):
        return None
    if message.message_method != stun.Method.BINDING or message.message_class != stun.Class.REQUEST:
        return None
    attributes = message.attributes
    local, colon, remote = attributes.get("USERNAME", "").partition(":")
    if not (local and colon and remote and "MESSAGE-INTEGRITY" in attributes and "FINGERPRINT" in attributes):
        return None
    return BindingRequest(local, remote, "USE-CANDIDATE" in attributes, message)
