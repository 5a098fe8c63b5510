"""What an operator sees of a room's media: the route and the metrics, with real peers, in both homes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.roomserver.test_workers import come, flows, publishes, receives
from tests.sfu.peer import Peer
from tests.support.server import ServerProcess, eventually, serving, token

Connections = dict[str, dict[str, Any]]  # by direction


@pytest.fixture(params=[0, 1], ids=["own process", "worker"])
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path, processes=request.param) as server:
        yield server


@pytest.fixture
async def peers() -> AsyncIterator[list[Peer]]:
    peers: list[Peer] = []
    yield peers
    for peer in peers:
        await peer.close()


async def look(server: ServerProcess, room: str) -> Connections:
    status, answer = await server.call("GET", f"/v1/rooms/{room}/media")
    assert (status, answer["room"]) == (200, room)
    return {one["direction"]: one for one in answer["connections"]}


@pytest.mark.rule("MEDIA-82")
async def test_the_school_sees_every_connection_with_what_flows(server: ServerProcess, peers: list[Peer]) -> None:
    room = await server.room("one_to_many")
    assert await look(server, room) == {}
    teacher, student = await come(server, room, ("t", "teacher"), ("s", "student"))
    publisher = await publishes(teacher, peers)
    viewer = await receives(student, peers)
    await flows(publisher, viewer)

    async def forwarded() -> Connections:
        seen = await look(server, room)
        return seen if seen["down"]["packets"] else {}

    seen = await eventually(forwarded)
    up, down = seen["up"], seen["down"]
    assert (up["member"], up["state"], up["path"]) == (teacher.client.member, "ready", "udp")
    assert up["packets"] >= down["packets"] > 0
    [track] = up["tracks"]
    assert (track["source"], track["muted"]) == ("microphone", False)
    [layer] = track["layers"]
    assert (layer["layer"], layer["sent"], layer["viewers"]) == ("high", True, 1)
    assert (down["member"], down["state"], down["path"]) == (student.client.member, "ready", "udp")
    assert [(copy["track"], copy["layer"]) for copy in down["copies"]] == [(track["track"], "high")]
    assert up["number"] != down["number"]


@pytest.mark.rule("MEDIA-82")
async def test_who_may_look(server: ServerProcess) -> None:
    room, other = await server.room("one_to_many"), await server.room("one_to_many")
    path = f"/v1/rooms/{room}/media"
    assert (await server.call("GET", path, key=token("t", "teacher", room=room)))[0] == 200
    assert (await server.call("GET", path, key=token("t", "teacher", room=other)))[0] == 401
    assert (await server.call("GET", path, key=token("s", "student", room=room)))[0] == 401
    assert (await server.call("GET", "/v1/rooms/nowhere/media"))[0] == 404


@pytest.mark.rule("MEDIA-83")
async def test_metrics_count_real_connections(server: ServerProcess, peers: list[Peer]) -> None:
    room = await server.room("one_to_many")
    teacher, student = await come(server, room, ("t", "teacher"), ("s", "student"))
    publisher = await publishes(teacher, peers)
    viewer = await receives(student, peers)
    await flows(publisher, viewer)

    async def counted() -> bool:
        return await server.metric("roomserver_media_lost_ratio_count", direction="up") >= 1

    await eventually(counted, within_s=15)
    assert await server.metric("roomserver_media_lost_ratio_bucket", direction="up", le="0.001") >= 1
    for reason in ("packets_in", "bytes_in", "packets_out", "bytes_out"):
        assert await server.metric("roomserver_media_total", reason=reason) > 0
    _, text = await server.call("GET", "/metrics")
    for name in ("raised", "lowered", "paused", "overflowed", "nack_in", "nack_out", "pli_in", "pli_out"):
        assert f'roomserver_media_total{{reason="{name}"}}' in text
    assert room not in text


@pytest.mark.rule("MEDIA-82")
async def test_a_worker_that_does_not_answer_is_waited_for_no_longer_than_two_seconds(tmp_path: Path) -> None:
    async with serving(tmp_path, processes=1) as server:
        room = await server.room("one_to_many")
        peers: list[Peer] = []
        [teacher] = await come(server, room, ("t", "teacher"))
        await publishes(teacher, peers)
        [worker] = server.workers()
        os.kill(worker, signal.SIGSTOP)
        async with asyncio.timeout(4):
            status, problem = await server.call("GET", f"/v1/rooms/{room}/media")
        assert (status, problem["title"]) == (503, "unavailable")
        for peer in peers:
            await peer.close()
