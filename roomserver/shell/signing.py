"""The key that signs session records, and the public keys by which anybody checks them.

Ed25519 (RFC 8032): the same record has the same signature, however often it is made.  A key's id is its thumbprint
(RFC 7638).  Rules: SIGN-* in docs/rules.md.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import msgspec
import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ..core.record import canonical
from ..core.record_shape import Record, Signature


class BadKey(Exception):
    """A file holds no Ed25519 key, or cannot be read."""


class BadSignature(Exception):
    """A record is not what its signer signed, and why."""


class Keyring:
    """Public keys by their ids."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys = {thumbprint(key): key for key in keys}

    @classmethod
    def of(cls, published: bytes) -> Self:
        """
        Raises:
            BadKey: this is no JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037).
        """
        try:
            raw = [_decoded(key["x"]) for key in orjson.loads(published)["keys"] if key["crv"] == "Ed25519"]
            return cls(Ed25519PublicKey.from_public_bytes(key) for key in raw)
        except (ValueError, TypeError, LookupError) as error:
            raise BadKey("this is no set of Ed25519 keys") from error

    def published(self) -> bytes:
        """As `/.well-known/roomserver-keys.json` has them."""
        return orjson.dumps(
            {"keys": [{**_jwk(key), "kid": kid, "use": "sig", "alg": "EdDSA"} for kid, key in self._keys.items()]}
        )

    def check(self, record: Mapping[str, Any]) -> str:
        """The id of the key that signed the record (plain data).

        Raises:
            BadSignature: none of these did.
        """
        try:
            signature = msgspec.convert(record["signature"], Signature)
        except (LookupError, msgspec.ValidationError) as error:
            raise BadSignature("it is not signed") from error
        key = self._keys.get(signature.kid)
        if key is None:
            raise BadSignature(f"its key {signature.kid} is not among those that are known")
        try:
            key.verify(_decoded(signature.value), canonical(record))
        except (InvalidSignature, ValueError) as error:
            raise BadSignature("its signature does not fit") from error
        return signature.kid


class Signer:
    """The key of this server, and the public keys of all that it ever had."""

    def __init__(self, key: Ed25519PrivateKey, former: Iterable[Ed25519PublicKey] = ()) -> None:
        self._key = key
        self.kid = thumbprint(key.public_key())
        self.keyring = Keyring([key.public_key(), *former])

    @classmethod
    def load(cls, path: Path, former: Iterable[Path] = ()) -> Self:
        """The key of that file, which is made where it is missing; and public keys in PEM.

        Raises:
            BadKey: a file is no good.
        """
        try:
            if not path.exists():
                _make(path)
            key = load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise BadKey(f"{path}: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey(f"{path}: this is no Ed25519 key")
        return cls(key, [public_key(one) for one in former])

    def sign(self, record: Record) -> Record:
        value = self._key.sign(canonical(msgspec.structs.asdict(record)))
        return msgspec.structs.replace(record, signature=Signature(kid=self.kid, alg="EdDSA", value=_encoded(value)))


def public_key(path: Path) -> Ed25519PublicKey:
    """Of a PEM file, be it of the public key or of the private one.

    Raises:
        BadKey: it is no good.
    """
    try:
        pem = path.read_bytes()
        key = load_pem_private_key(pem, None).public_key() if b"PRIVATE KEY" in pem else load_pem_public_key(pem)
    except (OSError, ValueError, TypeError) as error:
        raise BadKey(f"{path}: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey(f"{path}: this is no Ed25519 key")
    return key


def thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638: SHA-256 of the key's own fields in order."""
    return _encoded(sha256(orjson.dumps(_jwk(key), option=orjson.OPT_SORT_KEYS)).digest())


def _jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _encoded(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}


def _make(path: Path) -> None:
    """Whole or not at all, for its owner only."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Raises ValueError.  Only the one spelling that `_encoded` has: other bits of the last letter are another text."""
    raw = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    if _encoded(raw) != text:
        raise ValueError("this is no base64url")
    return raw
