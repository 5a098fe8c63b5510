"""Frames by their headers, against a WebSocket implementation that is not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import Side
from websockets.server import ServerProtocol

from loadtest.frames import BINARY, CLOSE, PING, PONG, TEXT, Inflow, Taken, frame_bytes, masked, upgrade

FRAMES = st.lists(
    st.tuples(
        st.sampled_from([TEXT, BINARY, PING, PONG, CLOSE]),
        st.integers(0, 300) | st.sampled_from([125, 126, 127, 65_535, 65_536, 70_000]),
    ),
    max_size=6,
)


def server_frame(kind: int, payload: bytes) -> bytes:
    return Frame(Opcode(kind & 0x0F), payload).serialize(mask=False)


def payload_of(kind: int, size: int) -> bytes:
    return bytes(size % 251 for _ in range(size if kind in (TEXT, BINARY) else min(size, 125)))


@given(FRAMES, st.lists(st.integers(1, 50_000), max_size=8))
def test_frames_are_the_same_however_the_stream_is_cut(frames: list[tuple[int, int]], cuts: list[int]) -> None:
    sent = [Taken(kind, payload_of(kind, size)) for kind, size in frames]
    stream = b"".join(server_frame(*frame) for frame in sent)
    whole, counting, found, control = Inflow(), Inflow(), list[Taken](), list[Taken]()
    at = 0
    for cut in [*cuts, len(stream)]:
        found += whole.take(stream[at : at + cut], payloads=True)
        control += counting.take(stream[at : at + cut], payloads=False)
        at += cut
    assert found == sent
    assert control == [frame for frame in sent if frame.kind not in (TEXT, BINARY)]
    assert whole.frames == counting.frames == sum(frame.kind in (TEXT, BINARY) for frame in sent)
    assert whole.octets == counting.octets == len(stream)


def test_frames_are_the_same_byte_by_byte() -> None:
    stream = b"".join(server_frame(BINARY, bytes(size)) for size in (0, 1, 126, 300))
    inflow = Inflow()
    found = [frame for byte in stream for frame in inflow.take(bytes([byte]), payloads=True)]
    assert [len(frame.payload) for frame in found] == [0, 1, 126, 300]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_frame_is_as_large_as_a_server_makes_it(size: int) -> None:
    assert frame_bytes(bytes(size)) == len(server_frame(BINARY, bytes(size)))


@pytest.mark.parametrize("stream", [b"\x82\x85abcdefghi", b"\x02\x01a", b"\x83\x01a", b"\x82\xff" + bytes(20)])
def test_what_no_server_sends_is_an_error(stream: bytes) -> None:
    with pytest.raises(ValueError, match="frame"):
        Inflow().take(stream, payloads=True)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 125, 126, 65_535, 65_536])
def test_a_masked_frame_is_read_by_a_server(size: int) -> None:
    payload = bytes(n % 251 for n in range(size))
    server = ServerProtocol(max_size=None)
    server.receive_data(upgrade("127.0.0.1:1", "/v1/ws", "classroom.v1.json"))
    (request,) = server.events_received()
    server.send_response(server.accept(request))  # type: ignore[arg-type]
    assert server.side is Side.SERVER
    server.receive_data(masked(BINARY, payload, b"\x01\xfe\x00\x7f"))
    (frame,) = server.events_received()
    assert isinstance(frame, Frame)
    assert (frame.opcode, bytes(frame.data)) == (Opcode.BINARY, payload)
