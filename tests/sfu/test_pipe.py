"""The line between the room's process and a worker, over a real socket pair."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from sfu.core import orders as o
from sfu.core.seen import ConnectionSeen, CopySeen, LayerSeen, TrackSeen
from sfu.core.spread import Spread
from sfu.shell.forwarding import MediaConfig
from sfu.shell.pipe import FRAME_BYTES, Counted, Down, Failed, Open, Pipe, Ready, Said, Shut, Tell, Up

CONFIG = MediaConfig(("127.0.0.1", "10.0.0.5"), 8081, {"10.0.0.5": ("203.0.113.7",)})
CONNECTION = ConnectionSeen(
    *("4F2A", 3, "down", "ready", "udp", 21.4, 0.5, 31.0, 0.01, None, 600_000, 9, 900),
    tracks=(TrackSeen("t1", "camera", False, (LayerSeen("low", True, 140_000, 2, 0.0, None),)),),
    copies=(CopySeen("t1", "low", "off", 9, 900),),
)
ORDERS = (
    o.Publish((1, 2), 3, "offer", {"0": "t1"}, {"0": "camera"}, first=True),
    o.Watch((1, 2), 3, "offer"),
    o.Renew((1, 3), 3, "ufrag", "password"),
    o.Answer((1, 3), 3, 7, "answer"),
    o.Subscribe(3),
    o.Restart(3),
    o.Want(3, "t1", "low"),
    o.Stage((1, 3)),
    o.Mute("t1", on=True),
    o.Stop("t1"),
    o.Leave(3),
    o.Look((-1, 1)),
    o.Record("recordings/r", 12.5),
)
WORDS = (
    o.Taken((1, 2), {"t1": ("high",), "t2": ("low", "high")}, "answer"),
    o.Taken((1, 2), {}, None),
    o.Watching((1, 2), "answer"),
    o.Renewed((1, 3), "fragment"),
    o.Unwatched((1, 2)),
    o.Heard((1, 3), good=False),
    o.Seen((-1, 1), (CONNECTION,), last=False),
    o.Seen((-1, 1), (), last=True),
    o.Away((1, 4)),
    o.Offered(3, 7, "offer", {"0": "t1"}),
    o.Carries(3, {"0": "t1"}),
    o.Stopped("t1"),
    o.Receiving(3, {"t1": "low"}),
    o.Used(1, {"t1": "medium", "t2": "off"}),
    o.Quality(3, 4),
    o.Speaking((1, 2)),
    o.Recording("disk"),
)
DOWN = (CONFIG, Open(1), *(Tell(1, order) for order in ORDERS), Shut(1))
UP = (
    Ready(8081),
    Failed(98, "taken"),
    *(Said(1, word) for word in WORDS),
    Counted({"resent": 1}, {"srtp": 2}, {"lost_up": Spread((1, 2), 0.5)}, 0.5),
)


class Ends:
    """Both ends; what the pipe has heard, and the other end as a plain socket."""

    def __init__(self, pipe: Pipe, raw: socket.socket, heard: list[Any]) -> None:
        self.pipe, self.raw, self.heard = pipe, raw, heard

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.raw, data)


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    mine, theirs = socket.socketpair()
    heard: list[Any] = []
    pipe = await Pipe.over(mine, Up, heard.append, unsent_bytes=1_000_000)
    theirs.setblocking(False)
    yield Ends(pipe, theirs, heard)
    pipe.cut()
    theirs.close()
    await asyncio.sleep(0)


async def until_heard(heard: list[Any], count: int) -> None:
    async with asyncio.timeout(5):
        while len(heard) < count:  # noqa: ASYNC110  a list wakes nobody
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(("messages", "said"), [(Down, DOWN), (Up, UP)], ids=["down", "up"])
async def test_every_message_arrives_as_it_was_sent(messages: Any, said: tuple[Any, ...]) -> None:
    mine, theirs = socket.socketpair()
    heard: list[Any] = []
    sender = await Pipe.over(mine, messages, heard.append, unsent_bytes=1_000_000)
    receiver = await Pipe.over(theirs, messages, heard.append, unsent_bytes=1_000_000)
    assert all(sender.send(message) for message in said)
    await until_heard(heard, len(said))
    assert heard == list(said)
    sender.cut()
    async with asyncio.timeout(5):
        await receiver.gone.wait()
    assert not receiver.send(Ready(1))


def test_every_message_stands_in_the_tables_above() -> None:
    assert {type(order) for order in ORDERS} == set(o.Order.__args__)
    assert {type(word) for word in WORDS} == set(o.Word.__args__)
    assert {type(message) for message in DOWN} == set(Down.__args__)
    assert {type(message) for message in UP} == set(Up.__args__)


async def test_messages_come_in_pieces_of_any_size(ends: Ends) -> None:
    body = msgspec.msgpack.encode(Said(1, WORDS[0]))
    stream = (struct.pack("!I", len(body)) + body) * 3
    for at in range(0, len(stream), 7):
        await ends.send(stream[at : at + 7])
        await asyncio.sleep(0)
    await until_heard(ends.heard, 3)
    assert ends.heard == [Said(1, WORDS[0])] * 3


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("!I", FRAME_BYTES + 1),
        struct.pack("!I", 3) + b"\xc1\xc1\xc1",
        struct.pack("!I", 1) + b"\x01",
        struct.pack("!I", 10) + msgspec.msgpack.encode({"type": "x"}),
    ],
    ids=["too long", "no MessagePack", "no message", "no such message"],
)
async def test_what_is_no_message_cuts_the_line(ends: Ends, data: bytes) -> None:
    await ends.send(data + b"\0" * 20)
    async with asyncio.timeout(5):
        await ends.pipe.gone.wait()
    assert (ends.heard, ends.pipe.overrun) == ([], False)


@pytest.mark.rule("WORKER-3")
async def test_who_does_not_read_has_no_more_kept_for_it_than_is_said(ends: Ends) -> None:
    word = Said(1, o.Offered(1, 1, "x" * 50_000, {}))
    sent = 0
    while ends.pipe.send(word):
        sent += 1
        assert sent < 100
    assert sent >= 20  # a million bytes
    assert ends.pipe.overrun
    assert ends.pipe.gone.is_set()


async def test_a_message_that_would_cut_the_line_is_not_sent(ends: Ends) -> None:
    assert not ends.pipe.send(Said(1, o.Offered(3, 7, "x" * FRAME_BYTES, {})))
    assert ends.pipe.send(Said(1, WORDS[0]))
    assert not ends.pipe.gone.is_set()


async def test_who_says_nothing_more_is_heard_out_and_hears_the_last_words() -> None:
    """A recorder goes on speaking while it reads the last of a lesson."""
    mine, theirs = socket.socketpair()
    heard: list[Any] = []
    answered: list[Any] = []
    engine = await Pipe.over(mine, Up, answered.append, unsent_bytes=10_000_000)

    def hear(message: Any) -> None:
        heard.append(message)
        recorder.send(Ready(len(heard)))

    recorder = await Pipe.over(theirs, Down, hear, unsent_bytes=10_000_000)
    told = [Tell(n, o.Publish((1, 2), 3, "x" * 100_000, {}, {})) for n in range(20)]
    assert all(engine.send(message) for message in told)
    engine.close()
    assert not engine.send(Open(1))
    async with asyncio.timeout(5):
        await recorder.gone.wait()
        await engine.gone.wait()
    assert heard == told
    assert [message.port for message in answered] == [*range(1, 21)]
