"""How a DTLS association ends: the one record that matters once SRTP has its keys.

OpenSSL keeps 72 KiB for each association, so that it could go on talking.  After the handshake nothing is left to say
but goodbye, and for that the keys are enough.

Pure.  DTLS 1.2 with AES-128-GCM (RFC 6347 4.1, RFC 5246 6.3 and 7.2, RFC 5288 3), which is what browsers agree on
with us.
"""

import hmac
from collections.abc import Iterator
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION, CIPHER = "DTLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"  # as OpenSSL calls them

_ALERT, _WIRE_VERSION = 21, b"\xfe\xfd"
_CLOSE_NOTIFY = b"\1\0"  # a warning
_FATAL = 2
_RECORD = Struct("!B2s8sH")  # type, version, epoch and sequence number, length
_KEY_BYTES, _SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 4, 8, 16
_OURS = (1 << 48 | 1 << 40).to_bytes(8)  # epoch 1; a sequence number that no handshake gets to


class Alerts:
    def __init__(self, master_secret: bytes, client_random: bytes, server_random: bytes) -> None:
        """For the server's end."""
        keys = _expand(master_secret, b"key expansion" + server_random + client_random)
        self._theirs, self._ours = AESGCM(keys[:_KEY_BYTES]), AESGCM(keys[_KEY_BYTES : 2 * _KEY_BYTES])
        salts = keys[2 * _KEY_BYTES :]
        self._their_salt, self._our_salt = salts[:_SALT_BYTES], salts[_SALT_BYTES : 2 * _SALT_BYTES]

    def ends(self, datagram: bytes) -> bool:
        """Whether the other side says in it, provably, that the association has ended."""
        for number, fragment in _alerts(datagram):
            nonce, sealed = fragment[:_NONCE_BYTES], fragment[_NONCE_BYTES:]
            try:
                alert = self._theirs.decrypt(self._their_salt + nonce, sealed, _bound(number, len(sealed) - _TAG_BYTES))
            except InvalidTag:
                continue
            if alert == _CLOSE_NOTIFY or alert[:1] == bytes((_FATAL,)):
                return True
        return False

    def close_notify(self) -> bytes:
        """Our goodbye: always the same datagram."""
        sealed = self._ours.encrypt(self._our_salt + _OURS, _CLOSE_NOTIFY, _bound(_OURS, len(_CLOSE_NOTIFY)))
        return _RECORD.pack(_ALERT, _WIRE_VERSION, _OURS, _NONCE_BYTES + len(sealed)) + _OURS + sealed


def _alerts(datagram: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(epoch and sequence number, fragment) of each record that may be an alert of the last epoch."""
    at = 0
    while at + _RECORD.size <= len(datagram):
        kind, version, number, length = _RECORD.unpack_from(datagram, at)
        fragment = datagram[at + _RECORD.size : at + _RECORD.size + length]
        at += _RECORD.size + length
        if kind == _ALERT and version == _WIRE_VERSION and number[:2] == b"\0\1" and len(fragment) == length:
            if length >= _NONCE_BYTES + _TAG_BYTES:
                yield number, fragment


def _bound(number: bytes, length: int) -> bytes:
    """What an alert's tag covers besides the alert (RFC 5246 6.2.3.3)."""
    return number + bytes((_ALERT,)) + _WIRE_VERSION + length.to_bytes(2)


def _expand(secret: bytes, seed: bytes) -> bytes:
    """The first 64 bytes of P_SHA256 (RFC 5246 5): keys and salts of both sides are 40."""
    first = hmac.digest(secret, seed, "sha256")
    second = hmac.digest(secret, first, "sha256")
    return hmac.digest(secret, first + seed, "sha256") + hmac.digest(secret, second + seed, "sha256")
