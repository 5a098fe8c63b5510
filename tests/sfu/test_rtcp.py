import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core import rtcp
from sfu.core.rtcp import KeyframeRequest, Nack, ReceiverReport, Remb, Report, SenderReport

REPORT = Report(1, 25, -3, 70000, 12, 0xAABBCCDD, 65536)


def test_reports_go_there_and_back() -> None:
    sent = SenderReport(5, 1 << 40, 6, 7, 8)
    compound = rtcp.sender_report(sent) + rtcp.receiver_report(1, [REPORT, REPORT])
    assert rtcp.parse(compound) == [sent, ReceiverReport(()), ReceiverReport((REPORT, REPORT))]


def test_requests_go_there_and_back() -> None:
    compound = rtcp.pli(1, 2) + rtcp.nack(1, 3, [65530, 65535, 2, 40])
    assert rtcp.parse(compound) == [KeyframeRequest(2), Nack(3, (65530, 65535, 2, 40))]


def test_a_nack_of_neighbours_is_one_entry() -> None:
    assert len(rtcp.nack(1, 2, range(100, 117))) == 16


def test_a_fir_asks_for_each_stream_it_names() -> None:
    fir = bytes.fromhex("84ce0006 00000001 00000000 00000007 01000000 00000008 01000000".replace(" ", ""))
    assert rtcp.parse(fir) == [KeyframeRequest(7), KeyframeRequest(8)]


@pytest.mark.parametrize("bits_per_s", [0, 1000, 262_143, 2_500_000, 1 << 40])
def test_remb_keeps_eighteen_bits(bits_per_s: int) -> None:
    compound = rtcp.remb(1, bits_per_s, [5, 6])
    (message,) = rtcp.parse(compound)
    assert isinstance(message, Remb)
    assert compound.endswith(bytes((0, 0, 0, 5, 0, 0, 0, 6)))
    assert 0 <= bits_per_s - message.bits_per_s <= bits_per_s >> 17


def test_a_report_holds_at_most_31_blocks() -> None:
    assert rtcp.parse(rtcp.receiver_report(1, [REPORT] * 40)) == [ReceiverReport((REPORT,) * 31)]


def test_what_is_cut_off_is_left_out() -> None:
    compound = rtcp.pli(1, 2) + rtcp.pli(1, 3)[:-1]
    assert rtcp.parse(compound) == [KeyframeRequest(2)]


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    rtcp.parse(data)


@given(st.sampled_from([200, 201, 205, 206]), st.integers(0, 31), st.binary(max_size=120))
def test_any_body_of_a_known_kind_is_read(kind: int, count: int, body: bytes) -> None:
    body += bytes(-len(body) % 4)
    rtcp.parse(bytes((0x80 | count, kind)) + (len(body) // 4).to_bytes(2) + body)


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=60, unique=True))
def test_every_sequence_of_a_nack_is_asked_for(sequences: list[int]) -> None:
    (message,) = rtcp.parse(rtcp.nack(1, 2, sequences))
    assert isinstance(message, Nack)
    assert set(message.sequences) == set(sequences)
