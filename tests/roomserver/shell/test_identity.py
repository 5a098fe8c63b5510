"""A token is believed when it is genuine, for us, and valid now; nothing else is."""

import base64
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import jwt
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from protocol.limits import TOKEN_BYTES
from roomserver.shell.identity import BadToken, Claims, Fault, Verifier, mint
from roomserver.shell.jwks import ANSWER_MAX_BYTES, FETCH_EVERY_S, FRESH_S
from tests.support.clock import ManualClock

NOW = 1_790_000_000.0
SECRET = "a secret of thirty-two bytes or more"
NAMES = {"issuer": "https://id.example", "audience": "classroom"}
LI = Claims(
    sub="edu-1",
    name="李雷",
    role="student",
    school="s-17",
    room="r-7k2m",
    not_before=NOW - 60,
    not_after=NOW + 1_800,
    iat=NOW,
    exp=NOW + 600,
)
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def verifier(clock: ManualClock) -> Verifier:
    return Verifier(now=clock.now, secret=SECRET, **NAMES)


def signed(key: Any, algorithm: str, kid: str | None = None, **changed: Any) -> str:
    """A token as others make it; a claim changed to None is left out."""
    claims = {"iss": NAMES["issuer"], "aud": NAMES["audience"], "sub": "edu-1", "role": "student", "exp": NOW + 600}
    payload = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


async def fault(verifier: Verifier, token: str) -> Fault:
    with pytest.raises(BadToken) as bad:
        await verifier.verify(token)
    return bad.value.reason


@pytest.mark.rule("WHO-1")
async def test_a_token_of_our_own_says_what_was_put_in(verifier: Verifier) -> None:
    assert await verifier.verify(mint(SECRET, LI, **NAMES)) == LI


async def test_only_subject_role_and_expiry_are_needed(verifier: Verifier) -> None:
    claims = await verifier.verify(signed(SECRET, "HS256"))
    assert claims == Claims(sub="edu-1", role="student", exp=NOW + 600)
    assert await verifier.verify(signed(SECRET, "HS256", nickname="unknown claims are ignored")) == claims


@pytest.mark.rule("WHO-2")
async def test_a_token_lasts_until_its_expiry_and_five_seconds(verifier: Verifier, clock: ManualClock) -> None:
    token = mint(SECRET, LI, **NAMES)
    await clock.advance(604.9)
    await verifier.verify(token)
    await clock.advance(0.1)
    assert await fault(verifier, token) is Fault.EXPIRED


async def test_a_token_is_not_good_before_its_time(verifier: Verifier, clock: ManualClock) -> None:
    token = signed(SECRET, "HS256", nbf=NOW + 60)
    assert await fault(verifier, token) is Fault.NOT_YET
    await clock.advance(56)
    await verifier.verify(token)


@pytest.mark.rule("WHO-8")
@pytest.mark.parametrize(
    ("window", "fault_"), [({"not_before": NOW + 6}, Fault.NOT_YET), ({"not_after": NOW - 6}, Fault.EXPIRED)]
)
async def test_a_booking_is_good_within_its_window_only(
    verifier: Verifier, window: dict[str, Any], fault_: Fault
) -> None:
    assert await fault(verifier, signed(SECRET, "HS256", **window)) is fault_
    near: dict[str, Any] = {
        name: (instant + NOW) / 2 for name, instant in window.items()
    }  # three seconds: clocks differ
    assert (await verifier.verify(signed(SECRET, "HS256", **near))).sub == LI.sub


@pytest.mark.rule("WHO-3")
@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (signed("another secret of thirty-two bytes!!", "HS256"), Fault.BAD_SIGNATURE),
        (signed(SECRET, "HS256", iss="https://elsewhere.example"), Fault.WRONG_ISSUER),
        (signed(SECRET, "HS256", iss=None), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", aud="another service"), Fault.WRONG_AUDIENCE),
        (signed(SECRET, "HS256", aud=None), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", exp=None), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", exp="tomorrow"), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", exp=float("nan")), Fault.EXPIRED),
        (signed(SECRET, "HS256", nbf="today"), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", sub=None), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", sub=""), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", role=None), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", name="x" * 129), Fault.BAD_CLAIMS),
        (signed(SECRET, "HS256", not_after="eight"), Fault.BAD_CLAIMS),
        (signed(SECRET + SECRET, "HS512"), Fault.WRONG_ALGORITHM),
        (signed(RSA_KEY, "RS256"), Fault.WRONG_ALGORITHM),  # this verifier has no key set
        (signed(None, "none"), Fault.WRONG_ALGORITHM),
        (signed(SECRET, "HS256", name="x" * TOKEN_BYTES), Fault.TOO_LARGE),
        ("", Fault.MALFORMED),
        ("a.b.c", Fault.MALFORMED),
        ("不是令牌", Fault.MALFORMED),
        ("\ud800.\udfff.", Fault.MALFORMED),
        (base64.urlsafe_b64encode(b"[" * 5_000).decode().rstrip("=") + ".e30.e30", Fault.MALFORMED),
    ],
)
async def test_a_token_that_is_not_right_is_refused_with_the_reason(
    verifier: Verifier, token: str, reason: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert await fault(verifier, token) is reason
    assert caplog.text == ""


async def test_a_signature_that_is_cut_off_is_refused(verifier: Verifier) -> None:
    head, payload, _ = mint(SECRET, LI, **NAMES).split(".")
    assert await fault(verifier, f"{head}.{payload}.") is Fault.BAD_SIGNATURE


@pytest.mark.rule("WHO-4")
def test_a_short_secret_is_not_taken(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Verifier(now=clock.now, secret="short", **NAMES)
    with pytest.raises(ValueError, match="at least 32 bytes"):
        mint("short", LI, **NAMES)
    with pytest.raises(ValueError, match="secret or a key set"):
        Verifier(now=clock.now, **NAMES)


class Publisher:
    """Somebody who publishes keys, over real HTTP; `answer` is what is given out next."""

    def __init__(self) -> None:
        self.answer: str | bytes = json.dumps(
            {"keys": [described(RSA_KEY, "rsa"), described(EC_KEY, "ec"), described(ED_KEY, "ed")]}
        )
        self.status = 200
        self.asked = 0

    async def serve(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(body=self.answer, status=self.status, headers={"Location": "/elsewhere"})


def described(key: Any, kid: str | None, **more: str) -> dict[str, Any]:
    makers: dict[type, Callable[..., str | dict[str, Any]]] = {
        rsa.RSAPrivateKey: RSAAlgorithm.to_jwk,
        ec.EllipticCurvePrivateKey: ECAlgorithm.to_jwk,
        ed25519.Ed25519PrivateKey: OKPAlgorithm.to_jwk,
    }
    make = next(make for kind, make in makers.items() if isinstance(key, kind))
    fields = json.loads(str(make(key.public_key())))
    return {**fields, **({"kid": kid} if kid else {}), **more}


@asynccontextmanager
async def published(publisher: Publisher, clock: ManualClock, **options: Any) -> AsyncIterator[Verifier]:
    app = web.Application()
    app.router.add_get("/jwks", publisher.serve)
    async with TestServer(app) as server:
        yield Verifier(now=clock.now, jwks_url=str(server.make_url("/jwks")), **NAMES, **options)


@pytest.mark.rule("WHO-5")
async def test_published_keys_verify_the_tokens_of_their_owner(clock: ManualClock) -> None:
    publisher = Publisher()
    async with published(publisher, clock) as verifier:
        for key, algorithm, kid in [(RSA_KEY, "RS256", "rsa"), (EC_KEY, "ES256", "ec"), (ED_KEY, "EdDSA", "ed")]:
            assert (await verifier.verify(signed(key, algorithm, kid))).sub == "edu-1"
            assert (await verifier.verify(signed(key, algorithm))).sub == "edu-1"  # only one can be meant
        assert await fault(verifier, signed(ED_KEY, "EdDSA", "rsa")) is Fault.UNKNOWN_KEY
        stranger = ec.generate_private_key(ec.SECP256R1())
        assert await fault(verifier, signed(stranger, "ES256", "ec")) is Fault.BAD_SIGNATURE
    assert publisher.asked == 1


@pytest.mark.rule("WHO-6")
async def test_a_public_key_is_never_taken_for_a_secret(clock: ManualClock) -> None:
    public = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forged = forge(public, kid="rsa")
    async with published(Publisher(), clock) as verifier:
        assert await fault(verifier, forged) is Fault.WRONG_ALGORITHM
    async with published(Publisher(), clock, secret=SECRET) as verifier:
        assert await fault(verifier, forged) is Fault.BAD_SIGNATURE
        await verifier.verify(signed(SECRET, "HS256"))
        await verifier.verify(signed(RSA_KEY, "RS256", "rsa"))


def forge(secret: bytes, kid: str) -> str:
    """HS256 with a public key as the secret: PyJWT refuses to make it, an attacker does not."""
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    header = {"alg": "HS256", "typ": "JWT", "kid": kid}
    claims = {"iss": NAMES["issuer"], "aud": NAMES["audience"], "sub": "edu-1", "role": "teacher", "exp": NOW + 600}
    parts = [base64.urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=") for part in (header, claims)]
    signature = base64.urlsafe_b64encode(algorithm.sign(b".".join(parts), secret)).rstrip(b"=")
    return b".".join([*parts, signature]).decode()


@pytest.mark.rule("WHO-6")
@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET.encode()).decode(), "kid": "k"},
        described(RSA_KEY, "k", alg="RS512"),
        described(RSA_KEY, "k", alg="ES256"),
        described(RSA_KEY, "k", use="enc"),
        described(rsa.generate_private_key(public_exponent=65537, key_size=1024), "k"),
        {"kty": "RSA", "kid": "k"},
        {},
        "key",
    ],
)
async def test_a_key_of_another_kind_verifies_nothing(clock: ManualClock, key: Any) -> None:
    publisher = Publisher()
    publisher.answer = json.dumps({"keys": [key]})
    async with published(publisher, clock) as verifier:
        assert await fault(verifier, signed(SECRET, "HS256", "k")) is Fault.WRONG_ALGORITHM
        assert await fault(verifier, signed(RSA_KEY, "RS256", "k")) is Fault.UNKNOWN_KEY
        assert await fault(verifier, signed(EC_KEY, "ES256", "k")) is Fault.UNKNOWN_KEY


@pytest.mark.rule("WHO-7")
async def test_an_unknown_key_is_asked_for_at_most_once_in_thirty_seconds(clock: ManualClock) -> None:
    publisher = Publisher()
    fresh = ed25519.Ed25519PrivateKey.generate()
    token = signed(fresh, "EdDSA", "fresh", exp=NOW + 9_000)
    async with published(publisher, clock) as verifier:
        for _ in range(3):
            assert await fault(verifier, token) is Fault.UNKNOWN_KEY
        publisher.answer = json.dumps({"keys": [described(fresh, "fresh")]})
        assert await fault(verifier, token) is Fault.UNKNOWN_KEY
        assert publisher.asked == 1
        await clock.advance(FETCH_EVERY_S)
        await verifier.verify(token)
        assert publisher.asked == 2


async def test_a_key_that_is_withdrawn_is_no_longer_honoured(clock: ManualClock) -> None:
    publisher = Publisher()
    token = signed(EC_KEY, "ES256", "ec", exp=NOW + 99_999)
    async with published(publisher, clock) as verifier:
        await verifier.verify(token)
        publisher.status = 503
        await clock.advance(FRESH_S)
        await verifier.verify(token)  # a publisher who is away withdraws nothing
        publisher.status, publisher.answer = 200, json.dumps({"keys": []})
        await clock.advance(FETCH_EVERY_S)
        assert await fault(verifier, token) is Fault.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (302, b""),
        (500, b"{}"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"keys": 5}'),
        (200, b"[" * 100_000),
        (200, b" " * (ANSWER_MAX_BYTES + 1)),
    ],
)
async def test_a_publisher_who_talks_nonsense_is_survived(clock: ManualClock, status: int, answer: bytes) -> None:
    publisher = Publisher()
    token = signed(EC_KEY, "ES256", "ec")
    good = publisher.answer
    publisher.status, publisher.answer = status, answer
    async with published(publisher, clock) as verifier:
        assert await fault(verifier, token) is Fault.UNKNOWN_KEY
        publisher.status, publisher.answer = 200, good
        await clock.advance(FETCH_EVERY_S)
        await verifier.verify(token)


async def test_nobody_publishing_is_survived(clock: ManualClock) -> None:
    verifier = Verifier(now=clock.now, jwks_url="http://127.0.0.1:9/jwks", **NAMES)
    assert await fault(verifier, signed(EC_KEY, "ES256", "ec")) is Fault.UNKNOWN_KEY
