"""Records are signed with a key that is made once, and anybody can check them with what is published."""

import json
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from protocol import commands as c
from roomserver.core.record import canonical
from roomserver.core.record_shape import Envelope, Record
from roomserver.shell.signing import BadKey, BadSignature, Keyring, Signer, public_key, thumbprint
from tests.support.lesson import Lesson

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdefgh_", min_size=1), inner, max_size=3),
    max_leaves=8,
)


def a_record() -> Record:
    lesson = Lesson("one_to_one", topic="光的折射")
    teacher = lesson.joins("li", "teacher")
    lesson.joins("anna")
    teacher.does(c.EndRoom)
    lesson.advance(120)
    return msgspec.convert(lesson.record, Envelope).data


@pytest.mark.rule("SIGN-2")
def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "evidence.key"
    first = Signer.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["evidence.key"]
    assert Signer.load(path).kid == first.kid
    assert Signer.load(tmp_path / "another.key").kid != first.kid


@pytest.mark.rule("SIGN-1")
@given(record=st.dictionaries(st.text("abcdefgh_", min_size=1), values, max_size=5))
def test_what_is_signed_is_the_record_as_rfc_8785_writes_it(record: dict[str, Any]) -> None:
    plain = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert canonical({**record, "signature": {"kid": "any"}}) == canonical(record) == plain


@pytest.mark.rule("SIGN-1")
def test_a_signed_record_is_good_and_any_other_is_not(tmp_path: Path) -> None:
    signer, other = Signer.load(tmp_path / "one.key"), Signer.load(tmp_path / "two.key")
    record = signer.sign(a_record())
    plain = msgspec.json.decode(msgspec.json.encode(record))
    assert Keyring.of(signer.keyring.published()).check(plain) == signer.kid
    assert signer.sign(record) == record  # the same again
    forged = {**plain, "members": plain["members"][:1]}
    stolen = {**plain, "signature": {**plain["signature"], "kid": other.kid}}
    keys = Signer.load(tmp_path / "one.key", [tmp_path / "two.key"]).keyring
    for wrong, why in [
        (forged, "does not fit"),
        (stolen, "does not fit"),
        ({**plain, "signature": None}, "it is not signed"),
        ({**plain, "signature": {**plain["signature"], "value": "!"}}, "does not fit"),
    ]:
        with pytest.raises(BadSignature, match=why):
            keys.check(wrong)
    with pytest.raises(BadSignature, match="is not among those that are known"):
        other.keyring.check(plain)


@pytest.mark.rule("SIGN-3")
def test_former_keys_are_published_whichever_half_of_them_is_kept(tmp_path: Path) -> None:
    old, older = Signer.load(tmp_path / "old.key"), Ed25519PrivateKey.generate()
    (tmp_path / "older.pem").write_bytes(
        older.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    new = Signer.load(tmp_path / "new.key", [tmp_path / "old.key", tmp_path / "older.pem"])
    published = json.loads(new.keyring.published())["keys"]
    assert [key["kid"] for key in published] == [new.kid, old.kid, thumbprint(older.public_key())]
    assert {(key["kty"], key["crv"], key["alg"], key["use"], len(key)) for key in published} == {
        ("OKP", "Ed25519", "EdDSA", "sig", 6)
    }


def test_a_keys_id_is_that_of_rfc_8037() -> None:
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # A.3


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "evidence.key"
    path.write_bytes(content)
    for read in (Signer.load, public_key):
        with pytest.raises(BadKey, match=r"evidence\.key"):
            read(path)
    with pytest.raises(BadKey):
        Keyring.of(content)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evidence.key"
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for read in (Signer.load, public_key):
        with pytest.raises(BadKey, match="this is no Ed25519 key"):
            read(path)
