"""A server whose media is forwarded by workers: what its people, its operator and its machine see when one dies."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.fields import Source
from tests.sfu.lesson import voice
from tests.sfu.packets import AUDIO
from tests.sfu.peer import Peer
from tests.support.member import Member
from tests.support.server import ServerProcess, eventually, serving, token

MICROPHONE: dict[str, Source] = {"0": "microphone"}
LIBRARIES = ("/av/", "pylibsrtp", "libavcodec")  # files that a process has mapped


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path, processes=1) as server:
        yield server


@pytest.fixture
async def peers() -> AsyncIterator[list[Peer]]:
    peers: list[Peer] = []
    yield peers
    for peer in peers:
        await peer.close()


async def come(server: ServerProcess, room: str, *people: tuple[str, str]) -> list[Member]:
    return [await Member(server.ws, room, token(name, role)).connect() for name, role in people]


async def publishes(member: Member, peers: list[Peer]) -> Peer:
    """As a client does it: again after the seconds named, while media is away."""
    peers.append(peer := Peer())
    while True:
        answer = await member.ask(lambda id: c.PublishMedia(id=id, sdp=peer.offer(AUDIO), tracks=MICROPHONE))
        if isinstance(answer, n.Ok):
            break
        assert (answer.code, answer.rule) == ("unavailable", "WORKER-2")
        assert answer.retry_in_s is not None
        await asyncio.sleep(answer.retry_in_s)
    assert answer.sdp is not None
    await peer.connect(answer.sdp)
    return peer


async def receives(member: Member, peers: list[Peer], since: int = 0) -> Peer:
    offer: n.MediaOffer = await member.hear(n.MediaOffer, lambda said: said.tracks, since=since)
    peers.append(peer := Peer())
    assert isinstance(
        await member.ask(lambda id: c.AnswerMedia(id=id, offer=offer.offer, sdp=peer.answer(offer.sdp))), n.Ok
    )
    await peer.connect(offer.sdp)
    return peer


async def flows(publisher: Peer, viewer: Peer) -> None:
    async with asyncio.timeout(10):
        for sequence in range(1, 1000):
            publisher.send(voice(sequence))
            if not viewer.rtp.empty():
                return
            await asyncio.sleep(0.02)


async def says(member: Member, text: str, listener: Member) -> None:
    """A line of chat, answered and heard."""
    assert isinstance(await member.ask(lambda id: c.SendChat(id=id, text=text)), n.Ok)
    await listener.hear(e.ChatMessage, lambda said: said.text == text)


async def is_ready(server: ServerProcess) -> bool:
    return (await server.call("GET", "/readyz"))[0] == 200


async def is_not_ready(server: ServerProcess) -> bool:
    return not await is_ready(server)


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


async def all_gone(pids: list[int]) -> bool:
    return all(gone(pid) for pid in pids)


def mapped(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text("utf-8")


@pytest.mark.rule("WORKER-1")
async def test_a_lesson_is_heard_again_after_its_worker_was_killed(server: ServerProcess, peers: list[Peer]) -> None:
    room = await server.room("one_to_one")
    teacher, student = await come(server, room, ("t", "teacher"), ("s", "student"))
    publisher, viewer = await publishes(teacher, peers), await receives(student, peers)
    await flows(publisher, viewer)
    mark, [killed] = len(student.messages), server.workers()
    os.kill(killed, signal.SIGKILL)
    stopped: e.TrackStopped = await teacher.hear(e.TrackStopped)
    assert (await student.hear(e.TrackStopped)).track == stopped.track
    publisher = await publishes(teacher, peers)
    assert (await student.hear(e.TrackPublished, since=mark)).track != stopped.track
    viewer = await receives(student, peers, since=mark)
    await flows(publisher, viewer)
    assert await server.metric("roomserver_media_worker_restarts_total", worker="0") == 1
    assert await server.metric("roomserver_media_worker_up", worker="0") == 1
    assert await server.metric("roomserver_media_worker_rooms", worker="0") == 1
    assert (await student.ask(lambda id: c.WantMedia(id=id, track="t9", layer="off"))).id  # the line is as it was


@pytest.mark.rule("WORKER-1", "WORKER-3")
async def test_a_worker_that_is_stopped_delays_no_word_and_is_started_again(server: ServerProcess) -> None:
    room = await server.room("one_to_one")
    teacher, student = await come(server, room, ("t", "teacher"), ("s", "student"))
    [stuck] = server.workers()
    os.kill(stuck, signal.SIGSTOP)
    offer = await teacher.send(lambda id: c.PublishMedia(id=id, sdp=Peer().offer(AUDIO), tracks=MICROPHONE))
    for text in ("one", "two", "three", "four"):
        await says(teacher, text, student)
    assert not gone(stuck)  # all was said while it stood still
    assert not [said for said in teacher.messages if isinstance(said, n.Error)]
    refused: n.Error = await teacher.hear(n.Error)
    assert (refused.id, refused.code) == (offer, "unavailable")
    await eventually(lambda: is_ready(server))
    assert server.workers() != [stuck]
    assert await server.metric("roomserver_media_worker_restarts_total", worker="0") == 1


@pytest.mark.rule("WORKER-1")
async def test_the_operator_sees_that_a_worker_is_away(server: ServerProcess) -> None:
    assert await is_ready(server)
    os.kill(server.workers()[0], signal.SIGKILL)
    await eventually(lambda: is_not_ready(server))
    await eventually(lambda: is_ready(server))
    lines = [orjson.loads(line) for line in server.log().splitlines()]
    [died] = [line for line in lines if "died of SIGKILL" in line["message"]]
    assert (died["level"], died["logger"]) == ("error", "sfu.shell.pool")


@pytest.mark.rule("WORKER-4")
async def test_no_worker_is_left_when_the_server_leaves_or_is_killed(tmp_path: Path) -> None:
    async with serving(tmp_path, processes=2) as server:
        first = server.workers()
        assert len(first) == 2
        assert await server.stop() == 0
        assert [gone(pid) for pid in first] == [True, True]
        await server.start()
        second = server.workers()
        os.kill(second[1], signal.SIGSTOP)  # one that is stuck cannot notice by itself
        await server.kill()
        await eventually(lambda: all_gone(second))


@pytest.mark.rule("WORKER-4")
async def test_a_whole_group_that_is_told_to_stop_stops_in_order(tmp_path: Path) -> None:
    async with serving(tmp_path, processes=1) as server:
        room = await server.room("one_to_one")
        [teacher] = await come(server, room, ("t", "teacher"))
        for pid in server.workers():  # as systemd does it: everybody in the unit gets the signal
            os.kill(pid, signal.SIGTERM)
        assert await server.stop() == 0
        assert await teacher.closed() == 1012
        assert '"level":"error"' not in server.log()


@pytest.mark.rule("WORKER-5")
async def test_with_workers_the_server_itself_loads_no_media_library(server: ServerProcess, peers: list[Peer]) -> None:
    room = await server.room("one_to_one")
    [teacher] = await come(server, room, ("t", "teacher"))
    await publishes(teacher, peers)
    assert server.process is not None
    assert [name for name in LIBRARIES if name in mapped(server.process.pid)] == []
    assert [name for name in LIBRARIES if name in mapped(server.workers()[0])] == list(LIBRARIES)


@pytest.mark.rule("WORKER-5")
async def test_workers_know_no_secret_and_log_as_the_server_does(server: ServerProcess, peers: list[Peer]) -> None:
    [worker] = server.workers()
    environ = environment(worker)
    assert b"ROOMSERVER" not in environ
    room = await server.room("one_to_one")
    [teacher] = await come(server, room, ("t", "teacher"))
    await (await publishes(teacher, peers)).close()
    peers.clear()
    await teacher.hear(e.TrackStopped)
    lost: list[dict[str, Any]] = [orjson.loads(line) for line in server.log().splitlines() if "worker" in line]
    assert [(line["worker"], line["logger"]) for line in lost] == [(0, "sfu.shell.transport")]


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.rule("WORKER-6")
async def test_a_room_that_ends_frees_its_place(server: ServerProcess) -> None:
    room = await server.room("one_to_one")
    assert await server.metric("roomserver_media_worker_rooms", worker="0") == 0
    [teacher] = await come(server, room, ("t", "teacher"))
    assert await server.metric("roomserver_media_worker_rooms", worker="0") == 1
    await teacher.ask(lambda id: c.EndRoom(id=id))
    assert await server.metric("roomserver_media_worker_rooms", worker="0") == 0
