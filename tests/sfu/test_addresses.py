"""What media listens on and what it offers, when an address has gone between being listed and being bound."""

import asyncio
import errno
import re
import socket
from collections.abc import Callable, Sequence

import pytest

from loadtest.ports import free_ports
from sfu.core import orders as o
from sfu.shell.engine import MediaEngine
from sfu.shell.forwarding import MediaConfig, start
from sfu.shell.port import NotOurs, bind
from tests.sfu.lesson import Listener
from tests.sfu.packets import AUDIO, offer
from tests.sfu.peer import WAIT_S

GONE = "203.0.113.9"  # TEST-NET-3: nobody's
HERE = [("udp", "127.0.0.1"), ("tcp", "127.0.0.1")]
CANDIDATE = re.compile(r"a=candidate:\S+ 1 (\w+) \d+ (\S+) ")


def offered(sdp: str) -> list[tuple[str, str]]:
    """Transport and address of each candidate."""
    return [(found[1].lower(), found[2]) for found in CANDIDATE.finditer(sdp)]


def offers(engine: MediaEngine) -> list[tuple[str, str]]:
    return offered(engine.open_room("r", Listener()).publish(1, offer(AUDIO), {}, {}))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def test_a_listed_address_that_has_gone_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    told = {GONE: ("198.51.100.7",)}
    engine = await MediaEngine.start(MediaConfig((GONE, "127.0.0.1"), advertise=told, listed=True))
    assert offers(engine) == HERE
    assert warnings(caplog) == [f"{GONE} is no address of this machine any more: media does without it"]
    await engine.close()


async def test_one_that_goes_after_udp_has_it_is_offered_for_neither(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def losing(
        addresses: Sequence[str], number: int, kind: socket.SocketKind, prepare: Callable[[socket.socket], None]
    ) -> list[socket.socket]:
        if "127.0.0.2" in addresses:
            raise NotOurs("127.0.0.2")
        return bind(addresses, number, kind, prepare)

    monkeypatch.setattr("sfu.shell.stream.bind", losing)
    number = free_ports()  # which the second attempt needs back from the first
    engine = await MediaEngine.start(MediaConfig(("127.0.0.1", "127.0.0.2"), number, listed=True))
    assert offers(engine) == HERE
    assert len(warnings(caplog)) == 1
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as mine:
            mine.bind(("127.0.0.2", number))
    await engine.close()


async def test_a_written_address_that_is_not_ours_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(OSError, match=f"{GONE} is no address of this machine"):
        await MediaEngine.start(MediaConfig(("127.0.0.1", GONE)))
    assert warnings(caplog) == []


async def test_when_no_listed_address_is_left_it_is_an_error() -> None:
    with pytest.raises(OSError, match=r"203\.0\.113\.10 is no address of this machine"):
        await MediaEngine.start(MediaConfig((GONE, "203.0.113.10"), listed=True))


async def test_workers_do_the_same() -> None:
    pool = await start(MediaConfig(("127.0.0.1", GONE), listed=True), processes=1)
    answered: asyncio.Future[o.Word] = asyncio.get_running_loop().create_future()
    pool.open_room("r", answered.set_result).tell(o.Publish((1, 1), 1, offer(AUDIO), {}, {}))
    answer = await asyncio.wait_for(answered, WAIT_S)
    assert isinstance(answer, o.Taken)
    assert offered(answer.sdp or "") == HERE
    await pool.close()
    with pytest.raises(OSError, match=f"{GONE} is no address of this machine") as failed:
        await start(MediaConfig(("127.0.0.1", GONE)), processes=1)
    assert failed.value.errno == errno.EADDRNOTAVAIL
