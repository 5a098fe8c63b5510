"""WHIP and WHEP over real sockets: a device whose network changes restarts ICE, and everything else goes on."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from protocol import events as e
from tests.roomserver.devices import FORMS, Client, close_peers, device, fragment, lesson
from tests.sfu.lesson import voice
from tests.support.member import Member
from tests.support.server import ServerProcess, eventually, serving

OURS = re.compile(
    r"""a=ice-lite
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111 63
a=mid:0
a=ice-ufrag:([0-9a-f]{16})
a=ice-pwd:([0-9a-f]{32})
((?:a=candidate:.+
)+)a=end-of-candidates
"""
)
NOT_FOUND = 404, "not_found"


@pytest_asyncio.fixture(autouse=True)
async def closing() -> AsyncIterator[None]:
    yield
    await close_peers()


class Hall:
    """A camera that sends, and a screen on which nothing may be missing."""

    def __init__(self, server: ServerProcess, room: str) -> None:
        self.camera = device(server, room)
        self.screen = device(server, room, "whep", sub="h", role="observer")
        self.answers: dict[Client, str] = {}
        self._sent = 0
        self._first: tuple[int, int] | None = None  # ssrc, and number less what was sent

    async def opens(self) -> None:
        for client in (self.camera, self.screen):
            self.answers[client] = await client.begins()
            await client.peer.connect(self.answers[client])
        await eventually(self._begins)
        header, payload = await self.screen.peer.packet()
        self._first = header.ssrc, header.sequence - int(payload)
        while self._sent > int(payload):
            payload = await self._comes(int(payload) + 1)

    async def _begins(self) -> bool:
        self._send()
        return not self.screen.peer.rtp.empty()

    def _send(self) -> None:
        self._sent += 1
        self.camera.peer.send(voice(self._sent, str(self._sent).encode()))

    async def _comes(self, number: int) -> bytes:
        """The very next packet, of the same stream, with the next number."""
        header, payload = await self.screen.peer.packet()
        assert payload == str(number).encode()
        assert (header.ssrc, header.sequence - number) == self._first
        return payload

    async def goes_on(self) -> None:
        for _ in range(5):
            self._send()
            await self._comes(self._sent)


async def open_hall(server: ServerProcess) -> tuple[Hall, Member]:
    room, teacher = await lesson(server)
    hall = Hall(server, room)
    await hall.opens()
    return hall, teacher


def ice(text: str, name: str) -> list[str]:
    """All that a description or a fragment says of it, once."""
    return list(dict.fromkeys(re.findall(rf"^a={name}:(.+?)\r?$", text, re.MULTILINE)))


@pytest.mark.rule("MEDIA-64")
@pytest.mark.parametrize("processes", [0, 1], ids=["in this process", "in a worker"])
@pytest.mark.parametrize("kind", ["whip", "whep"])
async def test_a_device_restarts_ice_and_nothing_is_missing(tmp_path: Path, kind: str, processes: int) -> None:
    async with serving(tmp_path, forms=FORMS, processes=processes) as server:
        hall, teacher = await open_hall(server)
        client = hall.camera if kind == "whip" else hall.screen
        answer, old = hall.answers[client], client.etag
        await hall.goes_on()
        ours = await client.restarts("changed")
        assert (found := OURS.fullmatch(ours.replace("\r\n", "\n"))) is not None, ours
        assert ice(ours, "candidate") == ice(answer, "candidate")
        assert [found[1]] != ice(answer, "ice-ufrag")
        assert [found[2]] != ice(answer, "ice-pwd")
        assert client.etag != old
        await hall.goes_on()  # over the old way
        await client.peer.check(answer)
        await hall.goes_on()  # over another, and the old credentials hold
        assert await client.refused("PATCH", client.location, fragment("changed"), If_Match=old) == (
            412,
            "precondition_failed",
        )
        status, text, headers = await client.ask("PATCH", client.location, fragment("changed"), If_Match=client.etag)
        assert (status, text, "ETag" in headers) == (204, "", False)
        await client.peer.check_again(ours)
        await hall.goes_on()  # over the new one
        again = await client.restarts("second")
        assert ice(again, "ice-ufrag") != ice(ours, "ice-ufrag")
        newest = await client.restarts("another")  # the one before was not followed
        await hall.goes_on()
        await client.peer.check_again(newest)
        await hall.goes_on()
        ended = (e.MemberLeft, e.TrackStopped)
        assert not [said for said in teacher.messages if isinstance(said, ended)]
        assert (await client.ask("DELETE", client.location))[0] == 200
        assert await client.refused("PATCH", client.location, fragment("latest"), If_Match="*") == NOT_FOUND


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path, forms=FORMS, processes=1) as server:
        yield server


@pytest.mark.rule("MEDIA-64")
async def test_how_a_restart_may_be_asked_for(server: ServerProcess) -> None:
    hall, _ = await open_hall(server)
    camera = hall.camera
    for n, match in enumerate((camera.etag, '"*"', "*")):  # a figure of RFC 9725 has the second
        status, _, headers = await camera.ask("PATCH", camera.location, fragment(f"{n}changed"), If_Match=match)
        assert (status, headers["ETag"] != camera.etag) == (200, True)
    camera.etag = headers["ETag"]
    for wrong in (
        fragment("new\u00e9", "n" * 24),
        fragment("new", "n" * 24),  # three characters
        fragment("2changed", "n" * 24),
        fragment("newest", "n" * 21),
        fragment("newest", "2changed" * 4),
        fragment("newest") + "a=ice-ufrag:others\r\n",
        fragment("newest") + "nothing",
    ):
        assert await camera.refused("PATCH", camera.location, wrong, If_Match="*") == (400, "invalid")
    assert await camera.refused("PATCH", camera.location, fragment("newest")) == (428, "precondition_required")
    late = await camera.refused("PATCH", camera.location, fragment("newest"), If_Match='"late"')
    assert late == (412, "precondition_failed")
    unchanged = await camera.ask("PATCH", camera.location, fragment("2changed"), If_Match=camera.etag)
    assert unchanged[0] == 204
    await hall.goes_on()


@pytest.mark.rule("MEDIA-64")
async def test_of_restarts_at_a_time_one_is_the_newest(server: ServerProcess) -> None:
    hall, _ = await open_hall(server)
    camera, names = hall.camera, [f"{n}restart" for n in range(4)]
    asked = [camera.ask("PATCH", camera.location, fragment(name), If_Match="*") for name in names]
    answers = dict(zip(names, await asyncio.gather(*asked), strict=True))
    assert [status for status, _, _ in answers.values()] == [200] * 4
    assert len({text for _, text, _ in answers.values()}) == 4
    good = []
    for name, (_, text, headers) in answers.items():
        if (await camera.ask("PATCH", camera.location, fragment(name), If_Match=headers["ETag"]))[0] == 204:
            good.append(text)
    [newest] = good
    await camera.peer.check_again(newest)
    await hall.goes_on()


@pytest.mark.rule("MEDIA-64")
@pytest.mark.rule("MEDIA-70")
async def test_restarts_are_bounded_as_beginnings_are(server: ServerProcess) -> None:
    hall, _ = await open_hall(server)
    camera, ways = hall.camera, 0

    async def too_fast() -> bool:
        nonlocal ways
        ways += 1
        status, _, headers = await camera.ask("PATCH", camera.location, fragment(f"{ways}change"), If_Match="*")
        if status == 200:
            camera.etag = headers["ETag"]
            return False
        assert (status, int(headers["Retry-After"]) >= 1) == (429, True)
        return True

    await eventually(too_fast)
    known = fragment(f"{ways - 1}change")
    assert (await camera.ask("PATCH", camera.location, known, If_Match=camera.etag))[0] == 204  # candidates are free
    await hall.goes_on()


@pytest.mark.rule("MEDIA-74")
@pytest.mark.parametrize(
    ("kind", "harm"),
    [("whip", signal.SIGSTOP), ("whep", signal.SIGKILL)],  # one that is stuck is killed for its silence
)
async def test_a_device_whose_worker_died_has_no_session_to_restart(
    server: ServerProcess, kind: str, harm: signal.Signals
) -> None:
    hall, teacher = await open_hall(server)
    client = hall.camera if kind == "whip" else hall.screen
    os.kill(server.workers()[0], harm)
    assert await client.refused("PATCH", client.location, fragment("changed"), If_Match="*") == NOT_FOUND
    await teacher.hear(e.MemberLeft)
    assert await client.refused("PATCH", client.location, fragment("changed"), If_Match="*") == NOT_FOUND


@pytest.mark.rule("MEDIA-74")
async def test_a_restart_that_waits_ends_with_its_session(server: ServerProcess) -> None:
    hall, _ = await open_hall(server)
    camera, [stuck] = hall.camera, server.workers()
    os.kill(stuck, signal.SIGSTOP)
    waits = asyncio.create_task(camera.refused("PATCH", camera.location, fragment("changed"), If_Match="*"))
    for _ in range(3):
        assert (await camera.ask("PATCH", camera.location, "a=end-of-candidates", If_Match=camera.etag))[0] == 204
    assert (await camera.ask("DELETE", camera.location))[0] == 200
    assert await waits == NOT_FOUND
    assert server.workers() == [stuck]  # nobody has killed it yet
