from binascii import crc32

import pytest
from aioice import stun as codec
from hypothesis import given
from hypothesis import strategies as st

from sfu.core import stun
from sfu.core.stun import Key

PASSWORD = "p" * 22


def request(**changes: object) -> codec.Message:
    attributes: dict[str, object] = {"USERNAME": "ours:theirs", "PRIORITY": 1, "ICE-CONTROLLING": 2, **changes}
    return codec.Message(codec.Method.BINDING, codec.Class.REQUEST, b"t" * 12, attributes)


def signed(message: codec.Message, password: str = PASSWORD) -> bytes:
    message.add_message_integrity(password.encode())
    return bytes(message)


def test_a_signed_request_is_read() -> None:
    found = stun.parse_request(signed(request(**{"USE-CANDIDATE": None})))
    assert found is not None
    assert (found.local_ufrag, found.nominates) == ("ours", True)
    assert found.signed_by(Key(PASSWORD))
    assert not found.signed_by(Key("q" * 22))


@pytest.mark.parametrize(
    "data",
    [
        bytes(request()),
        signed(request(USERNAME="ours")),
        signed(request(USERNAME=":theirs")),
        signed(request(USERNAME="ours:")),
        signed(codec.Message(codec.Method.BINDING, codec.Class.RESPONSE, b"t" * 12, {"USERNAME": "ours:theirs"})),
        signed(codec.Message(codec.Method.ALLOCATE, codec.Class.REQUEST, b"t" * 12, {"USERNAME": "ours:theirs"})),
        b"\x00\x01",
    ],
    ids=["unsigned", "half a user name", "no name of ours", "no name of theirs", "answer", "other method", "short"],
)
def test_what_is_no_binding_request_is_not_read(data: bytes) -> None:
    assert stun.parse_request(data) is None


# RFC 5769 2.1, and its password.
SAMPLE = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff"
    "80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)
SAMPLE_PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"


def test_the_sample_of_rfc_5769_is_read() -> None:
    found = stun.parse_request(SAMPLE)
    assert found is not None
    assert (found.local_ufrag, found.nominates) == ("evtj", False)
    assert found.signed_by(Key(SAMPLE_PASSWORD))


def test_what_follows_the_signature_is_not_believed() -> None:
    message = request()
    message.add_message_integrity(PASSWORD.encode())
    message.attributes["USE-CANDIDATE"] = None
    message.add_fingerprint()
    found = stun.parse_request(bytes(message))
    assert found is not None
    assert not found.nominates
    assert found.signed_by(Key(PASSWORD))


@given(st.integers(8 * 20, 8 * len(SAMPLE) - 1))
def test_a_request_of_which_a_bit_is_another_is_not_taken(bit: int) -> None:
    changed = bytearray(SAMPLE)
    changed[bit // 8] ^= 1 << bit % 8
    assert stun.parse_request(bytes(changed)) is None


@given(st.integers(8 * 20, 8 * (len(SAMPLE) - 8) - 1))
def test_with_a_checksum_of_its_own_it_is_not_signed(bit: int) -> None:
    changed = bytearray(SAMPLE[:-8])
    changed[bit // 8] ^= 1 << bit % 8
    found = stun.parse_request(bytes(changed) + (0x80280004).to_bytes(4) + (crc32(changed) ^ 0x5354554E).to_bytes(4))
    assert found is None or not found.signed_by(Key(SAMPLE_PASSWORD))


ADDRESSES = st.tuples(st.ip_addresses().map(str), st.integers(0, 65535))


@given(ADDRESSES, st.binary(min_size=12, max_size=12), st.text("abc123", min_size=1))
def test_the_answer_is_what_another_codec_would_write(address: tuple[str, int], asked: bytes, password: str) -> None:
    asking = codec.Message(codec.Method.BINDING, codec.Class.REQUEST, asked, {"USERNAME": "ours:theirs"})
    found = stun.parse_request(signed(asking))
    assert found is not None
    attributes = {"XOR-MAPPED-ADDRESS": address}
    answer = codec.Message(codec.Method.BINDING, codec.Class.RESPONSE, asked, attributes)
    assert found.success(address, Key(password)) == signed(answer, password)


@pytest.mark.parametrize("address", [("192.0.2.7", 50000), ("2001:db8::7", 50000)])
def test_the_answer_says_where_the_request_came_from_and_is_signed(address: tuple[str, int]) -> None:
    found = stun.parse_request(signed(request()))
    assert found is not None
    answer = codec.parse_message(found.success(address, Key(PASSWORD)))
    assert answer.transaction_id == b"t" * 12
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == address
    assert answer.check_message_integrity(PASSWORD.encode())
    assert "FINGERPRINT" in answer.attributes


@given(st.binary(max_size=120))
def test_any_bytes_are_a_request_or_are_not(data: bytes) -> None:
    stun.parse_request(data)


@given(st.binary(max_size=100))
def test_any_attributes_are_a_request_or_are_not(body: bytes) -> None:
    stun.parse_request(b"\x00\x01" + len(body).to_bytes(2) + b"\x21\x12\xa4\x42" + b"t" * 12 + body)


def test_the_addressee_is_read_without_a_checksum() -> None:
    assert stun.addressee(signed(request())) == "ours"
    assert stun.addressee(bytes(request())) == "ours"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(20),
        signed(request())[:-1],
        signed(request(USERNAME="ours")),
        signed(codec.Message(codec.Method.BINDING, codec.Class.RESPONSE, b"t" * 12, {"USERNAME": "ours:theirs"})),
        signed(codec.Message(codec.Method.BINDING, codec.Class.REQUEST, b"t" * 12, {"PRIORITY": 1})),
    ],
    ids=["empty", "no cookie", "short", "half a user name", "answer", "no user name"],
)
def test_what_is_no_check_of_ours_has_no_addressee(data: bytes) -> None:
    assert stun.addressee(data) is None


@given(st.binary(max_size=200))
def test_whatever_attributes_there_are_an_addressee_is_a_short_name_or_none(data: bytes) -> None:
    found = stun.addressee(b"\x00\x01" + len(data).to_bytes(2) + b"\x21\x12\xa4\x42" + bytes(12) + data)
    assert found is None or len(found) <= len(data)
