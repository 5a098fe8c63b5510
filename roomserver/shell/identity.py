"""Who somebody is: signed tokens of the city's identity or booking system, verified; and tokens of our own.

It vouches for what the token says and for nothing else: whether a role may enter a room is the room's business.  It
never logs a token or a name.  Rules: WHO-* in docs/rules.md.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import jwt
import msgspec

from protocol.limits import TOKEN_BYTES
from roomserver.shell.jwks import ALGORITHMS, Jwks

SECRET_MIN_BYTES = 32  # RFC 7518 3.2: no shorter than the hash
LEEWAY_S = 5.0  # clocks differ

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Remaining = Annotated[int, msgspec.Meta(ge=0, le=604_800)]  # what a booking system leaves of a teacher's week
Approved = Annotated[tuple[Word, ...], msgspec.Meta(max_length=32)]  # words that a form may ask for
Count = Annotated[float, msgspec.Meta(ge=0)]


class Claims(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a token says of its bearer.  Instants are seconds since 1970; a booking's window is the last two."""

    sub: Word  # the education ID
    role: Word
    exp: Count
    iat: Count | None = None
    name: Annotated[str, msgspec.Meta(max_length=128)] = ""
    room: Word | None = None
    school: Word | None = None
    district: Word | None = None
    grade: Word | None = None
    remaining_s: Remaining | None = None
    forms: Approved | None = None
    subjects: Approved | None = None
    not_before: Count | None = None
    not_after: Count | None = None


class Fault(StrEnum):
    """What is wrong with a token."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    WRONG_ALGORITHM = "wrong_algorithm"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    BAD_CLAIMS = "bad_claims"


class BadToken(Exception):
    """The token proves nothing."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason)
        self.reason = reason


class Verifier:
    """Verifies tokens by a shared secret (HS256), by published keys (RS256, ES256, EdDSA), or by either.

    Raises:
        ValueError: there is neither, or the secret is shorter than 32 bytes.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float],
        issuer: str,
        audience: str,
        secret: str | None = None,
        jwks_url: str | None = None,
    ) -> None:
        if secret is None and jwks_url is None:
            raise ValueError("tokens need a secret or a key set to be verified by")
        self._now = now
        self._issuer = issuer
        self._audience = audience
        self._secret = None if secret is None else _checked(secret)
        self._jwks = None if jwks_url is None else Jwks(jwks_url, now)

    async def verify(self, token: str) -> Claims:
        """The claims of a token that is genuine, for us and valid now.

        Raises:
            BadToken: it is not, and why.
        """
        if len(token) > TOKEN_BYTES:
            raise BadToken(Fault.TOO_LARGE)
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
            raise BadToken(Fault.MALFORMED) from error
        algorithm = str(header.get("alg"))
        key = await self._key(algorithm, header.get("kid"))
        payload = self._decode(token, key, algorithm)
        self._check_time(payload)
        try:
            claims = msgspec.convert(payload, Claims)
            msgspec.json.encode(claims)  # half a surrogate is no text, and would be found out only when it is stored
        except (msgspec.ValidationError, UnicodeError) as error:
            raise BadToken(Fault.BAD_CLAIMS) from error
        now = self._now()
        if claims.not_before is not None and now < claims.not_before - LEEWAY_S:
            raise BadToken(Fault.NOT_YET)
        if claims.not_after is not None and now > claims.not_after + LEEWAY_S:
            raise BadToken(Fault.EXPIRED)
        return claims

    async def _key(self, algorithm: str, key_id: str | None) -> str | jwt.PyJWK:
        """The only key that may verify this algorithm: a secret never meets RS256, a public key never HS256."""
        if algorithm == "HS256" and self._secret is not None:
            return self._secret
        if algorithm in ALGORITHMS and self._jwks is not None:
            key = await self._jwks.find(key_id, algorithm)
            if key is None:
                raise BadToken(Fault.UNKNOWN_KEY)
            return key
        raise BadToken(Fault.WRONG_ALGORITHM)

    def _decode(self, token: str, key: str | jwt.PyJWK, algorithm: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._audience,
                # PyJWT reads the machine's clock; the time is checked below, by ours.
                options={"require": ["exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise BadToken(_fault(error)) from error

    def _check_time(self, payload: dict[str, Any]) -> None:
        now = self._now()
        expires, begins = payload["exp"], payload.get("nbf", 0)
        if not isinstance(expires, int | float) or not isinstance(begins, int | float):
            raise BadToken(Fault.BAD_CLAIMS)
        if not now < expires + LEEWAY_S:
            raise BadToken(Fault.EXPIRED)
        if not now > begins - LEEWAY_S:
            raise BadToken(Fault.NOT_YET)


def mint(secret: str, claims: Claims, *, issuer: str, audience: str) -> str:
    """A token of our own (HS256) that says `claims`.

    Raises:
        ValueError: the secret is shorter than 32 bytes.
    """
    payload = {"iss": issuer, "aud": audience, **msgspec.to_builtins(claims)}
    return jwt.encode(payload, _checked(secret), algorithm="HS256")


def _checked(secret: str) -> str:
    if len(secret.encode()) < SECRET_MIN_BYTES:
        raise ValueError(f"the secret that signs tokens needs at least {SECRET_MIN_BYTES} bytes")
    return secret


def _fault(error: jwt.InvalidTokenError) -> Fault:
    match error:
        case jwt.InvalidSignatureError():
            return Fault.BAD_SIGNATURE
        case jwt.InvalidIssuerError():
            return Fault.WRONG_ISSUER
        case jwt.InvalidAudienceError():
            return Fault.WRONG_AUDIENCE
        case jwt.MissingRequiredClaimError():
            return Fault.BAD_CLAIMS
        case _:
            return Fault.MALFORMED
