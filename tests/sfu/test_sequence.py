from hypothesis import given
from hypothesis import strategies as st

from sfu.core.sequence import RUNS_MAX, Renumbering, Unwrapper


def test_indexes_go_on_where_sequence_numbers_wrap() -> None:
    unwrapper = Unwrapper()
    assert [unwrapper.index(s) for s in (65534, 65535, 0, 65533, 1)] == [65534, 65535, 65536, 65533, 65537]


def test_another_source_begins_beyond_all_indexes_given() -> None:
    unwrapper = Unwrapper()
    newest = unwrapper.index(65000)
    unwrapper.restart()
    assert unwrapper.index(3) - (1 << 15) > newest
    assert unwrapper.index(2) % 65536 == 2


def test_what_was_before_the_beginning_leaves_no_gap() -> None:
    numbers = Renumbering(100)
    numbers.begin(7)
    assert [numbers.place(index) for index in (7, 8)] == [100, 101]
    numbers.begin(50)
    assert [numbers.place(index) for index in (50, 52, 51, 49)] == [102, 104, 103, None]


def test_nothing_is_placed_before_it_begins() -> None:
    numbers = Renumbering(100)
    assert numbers.place(1) is None
    assert numbers.index_of(100) is None


def test_what_is_withheld_leaves_no_gap_and_what_is_lost_keeps_its_place() -> None:
    numbers = Renumbering(100)
    numbers.begin(1)
    assert numbers.place(1) == 100
    numbers.withhold(2)
    numbers.withhold(3)
    assert numbers.place(4) == 101
    numbers.withhold(6)
    assert [numbers.place(index) for index in (7, 5, 2, 3, 6)] == [103, 102, None, None, None]
    assert [numbers.index_of(number) for number in (100, 101, 102, 103, 104, 99)] == [1, 4, 5, 7, None, None]


def test_the_first_may_be_withheld() -> None:
    numbers = Renumbering(100)
    numbers.begin(1)
    numbers.withhold(1)
    assert [numbers.place(index) for index in (1, 2)] == [None, 100]


def test_what_is_remembered_is_bounded() -> None:
    numbers = Renumbering(0)
    numbers.begin(0)
    for index in range(0, 4 * RUNS_MAX, 2):
        assert numbers.place(index) == index // 2
        numbers.withhold(index + 1)
    assert numbers.place(0) is None
    assert numbers.place(4 * RUNS_MAX - 10) == 2 * RUNS_MAX - 5


@given(
    st.integers(0, 65535),
    st.integers(0, 200_000),
    st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=300),
)
def test_numbers_rise_without_a_gap_but_for_the_lost_and_lead_back(
    first: int, begin: int, steps: list[tuple[int, bool]]
) -> None:
    numbers, index, lost = Renumbering(first), begin - 1, 0
    sent: dict[int, int] = {}
    numbers.begin(begin)
    for step, goes in steps:
        index += step
        lost += step - 1
        if goes:
            number = numbers.place(index)
            assert number is not None
            sent[index] = number
            assert number == first + len(sent) - 1 + lost
        else:
            numbers.withhold(index)
            assert numbers.place(index) is None
    assert {index: numbers.place(index) for index in sent} == sent
    assert {index: numbers.index_of(number % 65536) for index, number in sent.items()} == {i: i for i in sent}
