from hypothesis import given
from hypothesis import strategies as st

from sfu.core.sequence import Rewriter, Unwrapper


def test_indexes_go_on_where_sequence_numbers_wrap() -> None:
    unwrapper = Unwrapper()
    assert [unwrapper.index(s) for s in (65534, 65535, 0, 65533, 1)] == [65534, 65535, 65536, 65533, 65537]


def test_another_source_begins_beyond_all_indexes_given() -> None:
    unwrapper = Unwrapper()
    newest = unwrapper.index(65000)
    unwrapper.restart()
    assert unwrapper.index(3) - (1 << 15) > newest
    assert unwrapper.index(2) % 65536 == 2


def test_what_was_withheld_leaves_no_gap() -> None:
    rewriter = Rewriter(100)
    rewriter.resume(7)
    assert [rewriter.map(index, 0) for index in (7, 8)] == [(100, 0), (101, 0)]
    rewriter.resume(50)
    assert [rewriter.map(index, 5) for index in (50, 52, 51)] == [(102, 5), (104, 5), (103, 5)]
    assert rewriter.map(49, 5) is None


def test_nothing_is_mapped_before_it_begins() -> None:
    rewriter = Rewriter(100)
    assert rewriter.map(1, 0) is None
    assert rewriter.index_of(100) is None


def test_another_source_goes_on_in_time() -> None:
    rewriter = Rewriter(0)
    rewriter.resume(1)
    rewriter.map(1, 5000)
    rewriter.rebase(70, 900)
    rewriter.resume(2)
    assert rewriter.map(2, 70) == (1, 5900)
    assert rewriter.map(3, 170) == (2, 6000)


@given(st.integers(0, 65535), st.integers(0, 200_000), st.lists(st.integers(0, 300), min_size=1))
def test_every_sequence_number_sent_leads_back_to_its_index(first: int, begin: int, steps: list[int]) -> None:
    rewriter = Rewriter(first)
    rewriter.resume(begin)
    sent = {}
    for step in steps:
        place = rewriter.map(begin + step, 0)
        assert place is not None
        sent[begin + step] = place[0]
    assert {index: rewriter.index_of(sequence) for index, sequence in sent.items()} == {i: i for i in sent}
