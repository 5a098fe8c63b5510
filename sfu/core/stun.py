"""The STUN that an ICE-lite agent speaks: binding requests in, success answers out (RFC 8445, RFC 8489).

Pure.  Never answers what is not signed.  Every client has its path checked every few seconds for as long as it is
there, so the two messages are read and written by what they are, without a codec for all of STUN.
"""

import hmac
from binascii import crc32
from ipaddress import ip_address
from struct import Struct
from typing import NamedTuple

BINDING_REQUEST, _BINDING_SUCCESS = 0x0001, 0x0101
COOKIE = 0x2112A442
USERNAME, _INTEGRITY, _XOR_ADDRESS, _USE_CANDIDATE, _FINGERPRINT = 0x0006, 0x0008, 0x0020, 0x0025, 0x8028

HEADER = Struct("!HHI12x")  # type, length of what follows, cookie, transaction; RFC 8489 5
_HEAD = Struct("!HH")  # type and length, of a message as of an attribute, which is padded to whole words; RFC 8489 14
_LENGTH = Struct("!H")
_SEAL = Struct("!HHI")  # the fingerprint, which is the last attribute; RFC 8489 14.7
_SEAL_XOR = 0x5354554E
_ADDRESS = Struct("!HHxBH")  # the attribute, its family and port, without the address itself
_DIGEST_BYTES = 20  # HMAC-SHA1
_SIGNATURE_BYTES = _HEAD.size + _DIGEST_BYTES
_FAMILY = {4: 1, 6: 2}  # of addresses, by their version of IP
_BEFORE_USERNAME_MAX = 8  # attributes; browsers write it first


class Key:
    """A password, ready to sign with: half of the work is the same each time."""

    __slots__ = ("_begun",)

    def __init__(self, password: str) -> None:
        self._begun = hmac.new(password.encode(), digestmod="sha1")

    def sign(self, data: bytes) -> bytes:
        signature = self._begun.copy()
        signature.update(data)
        return signature.digest()


class BindingRequest(NamedTuple):
    """A well-formed binding request, not yet known to be genuine."""

    local_ufrag: str  # ours: it says which transport is meant
    nominates: bool
    datagram: bytes
    signed_bytes: int  # of the datagram; its signature follows

    def signed_by(self, key: Key) -> bool:
        at = self.signed_bytes + _HEAD.size
        # As if nothing came after the signature (RFC 8489 14.5).
        length = _LENGTH.pack(at + _DIGEST_BYTES - HEADER.size)
        digest = key.sign(self.datagram[:2] + length + self.datagram[4 : self.signed_bytes])
        return hmac.compare_digest(digest, self.datagram[at : at + _DIGEST_BYTES])

    def success(self, address: tuple[str, int], key: Key) -> bytes:
        """The signed answer; `address` is where the request came from."""
        host, port = ip_address(address[0]), address[1]
        mask = self.datagram[4 : HEADER.size]  # the cookie and the transaction; RFC 8489 14.2
        size = len(host.packed)
        masked = (int(host) ^ int.from_bytes(mask[:size])).to_bytes(size)
        body = _ADDRESS.pack(_XOR_ADDRESS, 4 + size, _FAMILY[host.version], port ^ COOKIE >> 16) + masked

        def head(rest: int) -> bytes:
            """`rest`: bytes that follow the body."""
            return _HEAD.pack(_BINDING_SUCCESS, len(body) + rest) + mask

        signature = key.sign(head(_SIGNATURE_BYTES) + body)
        signed = head(_SIGNATURE_BYTES + _SEAL.size) + body + _HEAD.pack(_INTEGRITY, _DIGEST_BYTES) + signature
        return signed + _seal(signed)


def addressee(datagram: bytes) -> str | None:
    """Whose ufrag a binding request names, read without checksums or cryptography; None: it is no such request."""
    if len(datagram) < HEADER.size:
        return None
    kind, length, cookie = HEADER.unpack_from(datagram)
    if kind != BINDING_REQUEST or cookie != COOKIE or length != len(datagram) - HEADER.size:
        return None
    at = HEADER.size
    for _ in range(_BEFORE_USERNAME_MAX):
        if at + _HEAD.size > len(datagram):
            return None
        attribute, size = _HEAD.unpack_from(datagram, at)
        at += _HEAD.size
        if attribute == USERNAME:
            local, colon, remote = datagram[at : at + size].partition(b":")
            return local.decode("ascii", "replace") if colon and remote else None
        at += size + -size % 4
    return None


def parse_request(datagram: bytes) -> BindingRequest | None:
    """None: not a binding request that could belong to one of our transports."""
    ufrag = addressee(datagram)
    end = len(datagram) - _SEAL.size
    if not ufrag or datagram[end:] != _seal(datagram[:end]):
        return None
    at, nominates = HEADER.size, False
    while at < end:
        attribute, size = _HEAD.unpack_from(datagram, at)
        if attribute == _INTEGRITY:  # what follows it is not signed
            whole = size == _DIGEST_BYTES and at + _SIGNATURE_BYTES <= end
            return BindingRequest(ufrag, nominates, datagram, at) if whole else None
        nominates |= attribute == _USE_CANDIDATE
        at += _HEAD.size + size + -size % 4
    return None


def _seal(data: bytes) -> bytes:
    return _SEAL.pack(_FINGERPRINT, 4, crc32(data) ^ _SEAL_XOR)
