"""The STUN that an ICE-lite agent speaks: binding requests in, success answers out (RFC 8445, RFC 8489).

Pure.  The codec is aioice's; this module says what a request must carry.  Never answers what is not signed.
"""

import struct
from dataclasses import dataclass

from aioice import stun


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
