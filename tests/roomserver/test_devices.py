"""WHIP and WHEP over real sockets: what a device asks over HTTP, and what the people in the room see of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from protocol import commands as c
from protocol import events as e
from protocol.codes import CloseCode
from roomserver.shell.devices import SESSIONS_A_ROOM
from tests.roomserver.devices import FORMS, Client, close_peers, device, lesson
from tests.sfu.lesson import voice
from tests.sfu.packets import AUDIO, VIDEO
from tests.support.member import Member
from tests.support.server import ServerProcess, eventually, serving, token

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def closing() -> AsyncIterator[None]:
    yield
    await close_peers()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path_factory.mktemp("devices"), forms=FORMS) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def alone(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """For a test that uses up what an address may ask for, or the server itself."""
    async with serving(tmp_path, forms=FORMS) as server:
        yield server


@pytest.mark.rule("MEDIA-70")
@pytest.mark.rule("MEDIA-75")
@pytest.mark.parametrize("processes", [0, 1], ids=["in this process", "in a worker"])
async def test_an_encoder_publishes_and_a_screen_plays_it(tmp_path: Path, processes: int) -> None:
    async with serving(tmp_path, forms=FORMS, processes=processes) as server:
        room, teacher = await lesson(server)
        camera, hall = device(server, room), device(server, room, "whep", sub="h", role="observer")
        await camera.connects()
        joined = await teacher.hear(e.MemberJoined, lambda said: said.name == "Camera 1")
        assert (joined.role, joined.device, joined.on_stage) == ("assistant", True, True)
        assert (await teacher.hear(e.TrackPublished)).source == "microphone"
        await hall.connects()

        async def heard() -> bool:
            camera.peer.send(voice(heard.sent, b"sound"))  # type: ignore[attr-defined]
            heard.sent += 1  # type: ignore[attr-defined]
            return not hall.peer.rtp.empty()

        heard.sent = 1  # type: ignore[attr-defined]
        await eventually(heard)
        assert (await hall.peer.packet())[1] == b"sound"
        status, _, _ = await camera.ask("DELETE", camera.location, Authorization="")
        assert status == 200
        left = await teacher.hear(e.MemberLeft)
        assert (left.member, left.reason) == (joined.member, "left")
        assert await camera.refused("DELETE", camera.location) == (404, "not_found")
        if processes:
            await asyncio.to_thread(__import__("os").kill, server.workers()[0], 9)
        else:
            await hall.peer.close()
        gone = await teacher.hear(e.MemberLeft, lambda said: said.member != joined.member)
        assert gone.reason == "lost"
        assert "Camera 1" not in server.log()


@pytest.mark.rule("MEDIA-74")
async def test_a_device_whose_connection_ends_leaves(server: ServerProcess) -> None:
    room, teacher = await lesson(server)
    camera = device(server, room)
    await camera.connects()
    await camera.peer.close()
    assert (await teacher.hear(e.MemberLeft)).reason == "lost"
    assert await camera.refused("DELETE", camera.location) == (404, "not_found")


@pytest.mark.rule("MEDIA-74")
async def test_the_end_of_a_room_and_staff_end_a_device(server: ServerProcess) -> None:
    room, teacher = await lesson(server)
    cameras = [device(server, room, sub=sub) for sub in ("one", "two")]
    for camera in cameras:
        await camera.connects()
    joined = await teacher.hear(e.MemberJoined)
    await teacher.ask(lambda id: c.RemoveMember(id=id, member=joined.member))
    await asyncio.wait_for(cameras[0].peer.ended.wait(), 5)
    await teacher.ask(lambda id: c.EndRoom(id=id))
    await asyncio.wait_for(cameras[1].peer.ended.wait(), 5)
    await teacher.closed()
    for camera in cameras:
        assert await camera.refused("DELETE", camera.location) == (404, "not_found")
    assert await cameras[0].refused("POST", "", cameras[0].peer.offer(AUDIO)) == (404, "not_found")


@pytest.mark.rule("MEDIA-70")
async def test_what_is_wrong_with_a_request_is_said(server: ServerProcess) -> None:
    room, teacher = await lesson(server)
    camera = device(server, room)
    offer = camera.peer.offer(AUDIO, VIDEO)
    assert await camera.refused("POST", "", offer, Authorization="") == (401, "unauthorized")
    assert (await camera.ask("POST", "", offer, Authorization=""))[2]["WWW-Authenticate"] == "Bearer"
    assert await camera.refused("POST", "", offer, Content_Type="text/plain") == (415, "unsupported_media_type")
    assert await camera.refused("POST", "", "v=0") == (400, "invalid")
    assert await camera.refused("POST", "", camera.peer.offer(AUDIO, direction="recvonly")) == (400, "invalid")
    assert await camera.refused("POST", "", offer.replace("opus", "speex")) == (400, "invalid")
    assert await camera.refused("POST", "", "v" * 70_000) == (413, "request_entity_too_large")
    assert await camera.refused("POST", "/v1/rooms/nowhere/whip", offer) == (404, "not_found")
    other = Client(server, f"/v1/rooms/{room}/whip", token("d", "assistant", room="another"))
    assert await other.refused("POST", "", offer) == (403, "forbidden")
    status, problem = await device(server, room, role="student").problem("POST", "", offer)
    assert (status, problem["title"], problem["rule"]) == (403, "forbidden", "MEDIA-71")
    assert await device(server, room, sub="t", role="teacher").refused("POST", "", offer) == (409, "conflict")
    assert await device(server, room, "whep").refused("POST", "", offer) == (400, "invalid")
    assert await camera.refused("GET") == (405, "method_not_allowed")
    joined = await teacher.hear(e.MemberJoined)  # what an engine refuses has come in, and leaves
    await teacher.hear(e.MemberLeft, lambda said: said.member == joined.member)
    inside = {said.member for said in teacher.messages if isinstance(said, e.MemberJoined)}
    await teacher.until(lambda: inside == {said.member for said in teacher.messages if isinstance(said, e.MemberLeft)})


@pytest.mark.rule("MEDIA-71")
async def test_a_classroom_s_encoder_needs_no_grant(server: ServerProcess) -> None:
    room, teacher = await lesson(server)
    await device(server, room, role="classroom").begins()
    assert set((await teacher.hear(e.MemberJoined)).can) == {"camera", "chat", "speak"}


@pytest.mark.rule("MEDIA-70")
async def test_changes_of_a_session(server: ServerProcess) -> None:
    room, _ = await lesson(server)
    camera = device(server, room)
    await camera.begins()
    ours = "a=ice-ufrag:theirs\r\na=ice-pwd:" + "p" * 24 + "\r\n"
    fragment = ours + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
    for match in (camera.etag, "*"):
        status, _, headers = await camera.ask("PATCH", camera.location, fragment, If_Match=match)
        assert status == 204
        assert "ETag" not in headers
    assert await camera.refused("PATCH", camera.location, fragment) == (428, "precondition_required")
    assert await camera.refused("PATCH", camera.location, fragment, If_Match='"old"') == (412, "precondition_failed")
    for match in ("W/" + camera.etag, "old", '"old", "older"'):
        assert await camera.refused("PATCH", camera.location, fragment, If_Match=match) == (412, "precondition_failed")
    half = (fragment.replace("theirs", "other"), fragment.replace("pppp", "qqqq"))
    for malformed in ("", "candidate:1", fragment + "\r\n\r\nmore", *half):
        refused = await camera.refused("PATCH", camera.location, malformed, If_Match=camera.etag)
        assert refused == (400, "invalid")
    status, _, headers = await camera.ask("PATCH", camera.location, fragment, Content_Type="text/plain")
    assert (status, headers["Accept-Patch"]) == (415, "application/trickle-ice-sdpfrag")
    status, _, headers = await camera.ask("OPTIONS", camera.location)
    assert (status, headers["Accept-Patch"]) == (204, "application/trickle-ice-sdpfrag")
    for method in ("GET", "HEAD", "POST", "PUT"):
        status, _, headers = await camera.ask(method, camera.location)
        assert status == 405
        assert set(headers["Allow"].split(",")) == {"DELETE", "OPTIONS", "PATCH"}
    assert await camera.refused("DELETE", camera.location.replace(room, "elsewhere")) == (404, "not_found")
    assert await camera.refused("DELETE", camera.location.replace("/whip/", "/whep/")) == (404, "not_found")


@pytest.mark.rule("MEDIA-70")
async def test_pages_of_any_host_may_ask(server: ServerProcess) -> None:
    camera = device(server, "any")
    status, _, headers = await camera.ask("OPTIONS")
    assert (status, headers["Accept-Post"], headers["Access-Control-Allow-Origin"]) == (204, "application/sdp", "*")
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert (await camera.ask("POST"))[2]["Access-Control-Expose-Headers"].startswith("Location")
    assert "Access-Control-Allow-Origin" not in (await camera.ask("GET", "/healthz"))[2]


@pytest.mark.rule("MEDIA-72")
async def test_a_device_that_begins_again_replaces_itself(server: ServerProcess) -> None:
    room, teacher = await lesson(server)
    first, again = device(server, room), device(server, room)
    await first.connects()
    await again.connects()
    await asyncio.wait_for(first.peer.ended.wait(), 5)
    assert (await teacher.hear(e.MemberLeft)).reason == "replaced"
    assert await first.refused("DELETE", first.location) == (404, "not_found")
    person = await Member(server.ws, room, token("d", "assistant")).connect()
    assert person.close_code is None
    await asyncio.wait_for(again.peer.ended.wait(), 5)


@pytest.mark.rule("MEDIA-70")
async def test_devices_are_bounded_in_a_room_and_by_address(alone: ServerProcess) -> None:
    room, _ = await lesson(alone)
    for n in range(SESSIONS_A_ROOM):
        await device(alone, room, sub=f"d{n}").begins()
    late = device(alone, room, sub="late")
    assert await late.refused("POST", "", late.peer.offer(AUDIO)) == (409, "full")

    async def too_fast() -> bool:
        return await late.refused("POST", "", late.peer.offer(AUDIO)) == (429, "rate_limited")

    await eventually(too_fast)
    assert int((await late.ask("POST", "", "v=0"))[2]["Retry-After"]) >= 1


async def test_a_server_that_leaves_ends_its_devices(alone: ServerProcess) -> None:
    room, teacher = await lesson(alone)
    camera = device(alone, room)
    await camera.connects()
    await alone.stop()
    await asyncio.wait_for(camera.peer.ended.wait(), 5)
    assert await teacher.closed() == CloseCode.RESTART
