import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.core.framing import Frames, TooLong, frame


@given(st.lists(st.binary(max_size=40), max_size=20), st.lists(st.integers(0, 900), max_size=20))
def test_datagrams_are_found_however_the_stream_is_cut(datagrams: list[bytes], cuts: list[int]) -> None:
    stream, frames = b"".join(map(frame, datagrams)), Frames(40)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    assert [found for piece in pieces for found in frames.feed(piece)] == datagrams


def test_a_datagram_that_is_too_long_is_not_waited_for() -> None:
    frames = Frames(2048)
    assert list(frames.feed(b"\x08")) == []
    with pytest.raises(TooLong):
        list(frames.feed(b"\x01"))  # 2,049
