"""Every parser that strangers can reach, on real inputs, on those that once broke it, and on damaged ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sfu.fuzz.targets import TARGETS, found


@st.composite
def damaged(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """A real input with a few bytes overwritten, cut out or put in."""
    data = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("write", "cut", "insert", "repeat"))):
            case "write":
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case "cut":
                del data[at : at + draw(st.integers(1, 64))]
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=8))
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 64))]
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS)
def test_real_inputs_and_what_once_broke_it(target: str) -> None:
    holds, real = TARGETS[target]
    assert real
    for data in [*real, *(path.read_bytes() for path in found(target))]:
        holds(data)


@pytest.mark.parametrize("target", TARGETS)
def test_a_damaged_input_does_no_harm(target: str) -> None:
    holds, real = TARGETS[target]

    @given(damaged(real))
    def holds_for(data: bytes) -> None:
        holds(data)

    holds_for()


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes_do_no_harm(target: str) -> None:
    holds, _ = TARGETS[target]
    given(st.binary(max_size=200))(holds)()
