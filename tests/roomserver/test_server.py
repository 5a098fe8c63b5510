"""A whole server over real sockets: joining with both codecs, REST, and what bad input comes to."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import aiohttp
import jwt
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codec import JSON, MSGPACK, Codec
from protocol.codes import ErrorCode
from tests.support.member import Member, joined
from tests.support.server import SECRET, ServerProcess, eventually, forms, serving, token

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path_factory.mktemp("server"), forms=forms(one_to_one={"evaluation": False})) as server:
        yield server


@pytest.mark.parametrize(("theirs", "ours"), [(JSON, MSGPACK), (MSGPACK, JSON)])
async def test_teacher_and_student_meet_with_either_codec(server: ServerProcess, theirs: Codec, ours: Codec) -> None:
    room = await server.room()
    async with (
        joined(server.ws, room, token("t", "teacher"), theirs) as teacher,
        joined(server.ws, room, token("s", "student"), ours) as student,
    ):
        live = await teacher.hear(e.RoomLive)
        assert live.reason == "duration"
        await student.send(lambda id: c.SendChat(id=id, text="老师好"))
        said = await teacher.hear(e.ChatMessage)
        assert (said.member, said.text, said.to) == (student.client.member, "老师好", "all")
        stroke = f"{student.client.member}.{student.client.next_shape}"
        await student.send(
            lambda id: c.BeginStroke(id=id, shape=stroke, page=1, kind="pen", color="#112233", width=12, at=(10, 20))
        )
        await student.send(lambda id: c.ExtendStroke(id, stroke, (1, 1, 2, 2)))
        assert isinstance(await student.ask(lambda id: c.FinishStroke(id=id, shape=stroke)), n.Ok)
        await teacher.hear(e.StrokeFinished)
        begun, drawn = await teacher.hear(e.StrokeBegun), await teacher.hear(e.StrokeExtended)
        assert (begun.shape, begun.start, drawn.points) == (stroke, (10, 20), (1, 1, 2, 2))


async def test_ink_is_seen_while_it_is_drawn(server: ServerProcess) -> None:
    room = await server.room("one_to_many")
    async with (
        joined(server.ws, room, token("t", "teacher")) as teacher,
        joined(server.ws, room, token("s", "student")) as student,
    ):
        await teacher.ask(
            lambda id: c.BeginStroke(id=id, shape="1.1", page=1, kind="pen", color="#112233", width=12, at=(0, 0))
        )
        for number in (1, 2, 3):  # each before the pen is lifted, and with nothing else going on
            await teacher.send(lambda id, number=number: c.ExtendStroke(id, "1.1", (number, number)))  # type: ignore[misc]
            await student.hear(e.StrokeExtended, lambda drawn, number=number: drawn.points == (number, number))  # type: ignore[misc]


@pytest.mark.parametrize("codec", [JSON, MSGPACK], ids=["json", "msgpack"])
async def test_latecomer_sees_what_was_drawn_and_said(server: ServerProcess, codec: Codec) -> None:
    room = await server.room("one_to_many")
    async with joined(server.ws, room, token("t", "teacher")) as teacher:
        for shape in ("1.1", "1.2"):
            await teacher.send(
                lambda id, shape=shape: c.BeginStroke(  # type: ignore[misc]
                    id=id, shape=shape, page=1, kind="pen", color="#000000", width=5, at=(0, 0)
                )
            )
        await teacher.send(lambda id: c.FinishStroke(id=id, shape="1.1"))
        await teacher.ask(lambda id: c.SendChat(id=id, text="welcome"))
        async with joined(server.ws, room, token("s", "student"), codec) as student:
            welcome = student.messages[0]
            assert [line.text for line in welcome.room.chat] == ["welcome"]
            shapes = (await student.board()).picture()["pages"][0]["shapes"]
            assert [(shape["id"], shape.get("open")) for shape in shapes] == [("1.1", None), ("1.2", True)]
            assert [(who.name, who.role) for who in welcome.room.members] == [("t", "teacher"), ("s", "student")]


async def test_lost_line_is_resumed_with_what_was_missed(server: ServerProcess) -> None:
    room = await server.room("one_to_many")
    async with joined(server.ws, room, token("t", "teacher")) as teacher:
        student = await Member(server.ws, room, token("s", "student")).connect()
        await student.ask(lambda id: c.RaiseHand(id=id))
        await student.drop()
        await teacher.hear(e.MemberAway)
        await teacher.ask(lambda id: c.SendChat(id=id, text="are you there?"))
        student.client.token = ""  # the session is enough
        mark = len(student.messages)
        await student.connect()
        welcome = student.messages[mark]
        assert (welcome.resumed, welcome.member) == (True, student.client.member)
        missed = await student.hear(e.ChatMessage, since=mark)
        assert missed.text == "are you there?"
        await teacher.hear(e.MemberBack)
        await teacher.ask(lambda id: c.LowerHand(id=id, member=welcome.member))
        assert await student.hear(e.HandLowered, since=mark)
        await student.leave()


async def test_second_session_of_an_identity_replaces_the_first(server: ServerProcess) -> None:
    room = await server.room()
    first = await Member(server.ws, room, token("s", "student")).connect()
    async with joined(server.ws, room, token("s", "student")) as second:
        assert await first.closed() == 4409
        assert first.client.bye is not None
        assert second.client.member == first.client.member


async def test_room_is_listed_shown_and_ended(server: ServerProcess) -> None:
    room = await server.room(subject="physics", topic="light")
    status, shown = await server.call("GET", f"/v1/rooms/{room}")
    assert (status, shown["state"], shown["subject"], shown["ends_because"]) == (200, "waiting", "physics", "no_show")
    _, listed = await server.call("GET", "/v1/rooms?live=true")
    assert room in {row["room"] for row in listed["rooms"]}
    teacher = await Member(server.ws, room, token("t", "teacher")).connect()
    status, ended = await server.call("POST", f"/v1/rooms/{room}/end")
    assert (status, ended["state"]) == (200, "closed")
    assert (await teacher.hear(e.RoomClosed)).reason == "ended"
    assert await teacher.closed() == 4410


async def test_record_is_published_to_the_store_and_to_the_file(server: ServerProcess) -> None:
    room = await server.room()
    teacher = await Member(server.ws, room, token("t", "teacher")).connect()
    student = await Member(server.ws, room, token("s", "student", name="小明")).connect()
    await student.ask(lambda id: c.SendChat(id=id, text="bye"))
    await teacher.send(lambda id: c.EndRoom(id=id))
    assert await student.closed() == 4410
    records = await published(server, room)

    async def filed() -> list[Any]:
        return [line for line in await server.filed(1) if line["subject"] == room]

    assert await eventually(filed) == records
    (record,) = records
    assert (record["type"], record["specversion"]) == ("classroom.session.closed.v1", "1.0")
    who = {member["identity"]: member for member in record["data"]["members"]}
    assert who["s"]["name"] == "小明"
    assert who["s"]["chat_lines"] == 1
    assert [one["reason"] for one in who["s"]["intervals"]] == ["room_closed"]
    assert record["data"]["end_reason"] == "ended"


async def published(server: ServerProcess, room: str) -> list[Any]:
    """The records of a room, once there is one."""

    async def found() -> list[Any]:
        _, page = await server.call("GET", "/v1/records?since=0")
        return [record for record in page["records"] if record["subject"] == room]

    return await eventually(found)


async def test_log_is_read_as_json_lines_and_its_chain_verifies(server: ServerProcess) -> None:
    room = await server.room()
    async with joined(server.ws, room, token("t", "teacher")) as teacher:
        await teacher.ask(lambda id: c.SendChat(id=id, text="secret words"))
        status, text = await server.call("GET", f"/v1/rooms/{room}/log", key=token("t", "teacher", room=room))
    assert status == 403  # it says who gave which evaluation: staff may read it when the room is over
    status, text = await server.call("GET", f"/v1/rooms/{room}/log")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["body"]["seq"] for line in lines] == list(range(1, len(lines) + 1))
    chain = bytes(32)
    for raw, line in zip(text.splitlines(), lines, strict=True):
        body = raw[raw.index('"body":') + 7 : raw.index(',"content":')]
        assert "secret words" not in body
        chain = sha256(chain + body.encode()).digest()
        assert chain.hex() == line["hash"]


async def test_api_refuses_with_problem_details(server: ServerProcess) -> None:
    for status, code, call in [
        (401, "unauthorized", server.call("GET", "/v1/rooms", key="wrong")),
        (400, "invalid", server.call("POST", "/v1/rooms", {"form": "one_to_one", "colour": "blue"})),
        (400, "invalid", server.call("POST", "/v1/rooms", {"form": "chess"})),
        (404, "not_found", server.call("GET", "/v1/rooms/r-nowhere")),
        (404, "not_found", server.call("GET", "/v1/nothing")),
        (400, "invalid", server.call("GET", "/v1/records?since=x")),
    ]:
        got, problem = await call
        assert (got, problem["title"], problem["status"]) == (status, code, status)
    room = await server.room(room="r-twice")
    assert (await server.call("POST", "/v1/rooms", {"form": "one_to_one", "room": room}))[0] == 409


async def test_only_the_rooms_teacher_ends_it_with_a_token(server: ServerProcess) -> None:
    room = await server.room("one_to_many")
    async with (
        joined(server.ws, room, token("t", "teacher", room=room)) as teacher,
        joined(server.ws, room, token("a", "assistant", room=room)),
    ):
        path = f"/v1/rooms/{room}/end"
        for stranger in (token("a", "assistant", room=room), token("t2", "teacher", room=room)):
            status, problem = await server.call("POST", path, key=stranger)
            assert (status, problem["title"], problem["rule"]) == (403, "forbidden", "END-9")
        status, ended = await server.call("POST", path, key=token("t", "teacher", room=room))
        assert (status, ended["state"], ended["ends_because"]) == (200, "closed", "ended")
        assert (await teacher.hear(e.RoomClosed)).by == teacher.client.member


async def test_key_without_the_scope_is_forbidden_and_bytes_that_are_no_key_are_unauthorized(
    server: ServerProcess,
) -> None:
    assert (await server.call("GET", "/v1/rooms", key="narrow"))[0] == 401
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"GET /v1/rooms HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \xff\xfe\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
    writer.close()


async def test_booking_is_not_disturbed_by_who_asks_for_the_room_before(server: ServerProcess) -> None:
    asking = True

    async def ask() -> None:
        while asking:
            await server.call("GET", "/v1/rooms/r-contested")

    askers = [asyncio.create_task(ask()) for _ in range(4)]
    made = await server.room(room="r-contested")
    asking = False
    await asyncio.gather(*askers)
    assert made == "r-contested"


async def test_name_that_is_no_text_opens_nothing_and_harms_nobody(server: ServerProcess) -> None:
    room, teacher = await lesson(server)
    payload = {"iss": "classroom", "aud": "roomserver", "sub": "s", "name": "half a face \ud83d", "role": "student"}
    broken = jwt.encode({**payload, "exp": 4_000_000_000}, SECRET, algorithm="HS256")
    stranger = await Member(server.ws, room, broken).connect()
    assert await stranger.closed() == 4401
    await unharmed(teacher)
    await teacher.leave()


async def test_token_made_by_the_server_opens_its_room(server: ServerProcess) -> None:
    room = await server.room()
    status, made = await server.call("POST", "/v1/tokens", {"sub": "t9", "name": "T", "role": "teacher", "room": room})
    assert status == 201
    async with joined(server.ws, room, made["token"]) as teacher:
        assert isinstance(teacher.messages[0], n.Welcome)
        status, _ = await server.call("GET", f"/v1/rooms/{room}", key=made["token"])
        assert status == 200


# Bad input: each gets its code, is counted, and nobody else notices.


async def lesson(server: ServerProcess) -> tuple[str, Member]:
    room = await server.room("one_to_many")
    return room, await Member(server.ws, room, token("t", "teacher")).connect()


async def unharmed(member: Member) -> None:
    """The others go on as if nothing had happened."""
    assert isinstance(await member.ask(lambda id: c.SendChat(id=id, text="still here")), n.Ok)
    assert member.close_code is None


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"token": "rubbish"}, 4401),
        ({"token": ""}, 4401),
        ({"token": token("x", "student", exp=1_000_000_000)}, 4401),
        ({"token": token("x", "student", room="r-other")}, 4403),
        ({"token": token("x", "janitor")}, 4403),
        ({"token": token("x", "student"), "room": "r-unknown"}, 4404),
        ({"token": token("t2", "teacher")}, 4403),
    ],
    ids=["rubbish", "none", "expired", "other room", "unknown role", "unknown room", "second teacher"],
)
async def test_hello_that_opens_nothing(server: ServerProcess, hello: dict[str, str], code: int) -> None:
    room, teacher = await lesson(server)
    before = await server.metric("roomserver_hung_up_total", code=str(code))
    stranger = Member(server.ws, hello.get("room", room), hello["token"])
    await stranger.connect()
    assert await stranger.closed() == code
    assert stranger.client.bye is not None
    assert stranger.client.bye.code == code
    assert await server.metric("roomserver_hung_up_total", code=str(code)) == before + 1
    await unharmed(teacher)
    await teacher.leave()


async def test_bad_tokens_are_counted_by_what_is_wrong_with_them(server: ServerProcess) -> None:
    room = await server.room()
    before = await server.metric("roomserver_bad_tokens_total", reason="expired")
    stranger = await Member(server.ws, room, token("x", "student", exp=1_000_000_000)).connect()
    assert await stranger.closed() == 4401
    assert await server.metric("roomserver_bad_tokens_total", reason="expired") == before + 1


async def test_full_room_says_full(server: ServerProcess) -> None:
    room = await server.room("one_to_one")
    async with joined(server.ws, room, token("s1", "student")):
        second = await Member(server.ws, room, token("s2", "student")).connect()
        refusal = await second.hear(n.Error)
        assert (refusal.code, refusal.rule) == (ErrorCode.FULL, "SEAT-1")
        assert await second.closed() == 4403


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"type":"chat.send","id":1,"text":"first"}', 4400),  # a command before hello
        ("\x00\x01", 4400),
        ("[]", 4400),
        ('{"type":"hello"', 4400),
        ("x" * 70_000, 1009),
    ],
    ids=["command first", "garbage", "empty array", "cut short", "oversized"],
)
async def test_first_frame_that_is_no_hello(server: ServerProcess, codec: Codec, frame: str, code: int) -> None:
    _, teacher = await lesson(server)
    before = await server.metric("roomserver_hung_up_total", code=str(code))
    async with connect(server.ws, subprotocols=[Subprotocol(codec.subprotocol)], max_size=None) as socket:
        await socket.send(frame if codec.text else frame.encode())
        await asyncio.wait_for(socket.wait_closed(), 10)
        assert socket.close_code == code
    assert await server.metric("roomserver_hung_up_total", code=str(code)) == before + 1
    await unharmed(teacher)
    await teacher.leave()


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"room.closed","seq":9,"at":1,"reason":"ended"}',  # an event sent as a command
        '{"type":"hello","id":2,"room":"r-1"}',
        '{"type":"chat.send","id":5,"text":"x","colour":"blue"}',
        '{"type":"chat.send","id":0,"text":"x"}',
        '{"type":"no.such","id":5}',
        '["board.extend",5,"1.1",[1.5,2]]',
        "\ud83d".encode("utf-16", "surrogatepass").decode("latin-1"),
    ],
)
async def test_frame_that_a_conforming_client_cannot_send(server: ServerProcess, frame: str) -> None:
    room, teacher = await lesson(server)
    student = await Member(server.ws, room, token("s", "student")).connect()
    await student.raw(frame)
    assert await student.closed() == 4400
    await teacher.hear(e.MemberAway)
    await unharmed(teacher)
    await teacher.leave()


async def test_binary_frame_on_a_text_connection_is_1007(server: ServerProcess) -> None:
    room, teacher = await lesson(server)
    student = await Member(server.ws, room, token("s", "student")).connect()
    await student.raw(b"\x81")
    assert await student.closed() == 1007
    await unharmed(teacher)
    await teacher.leave()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda id: c.EndRoom(id=id), ErrorCode.FORBIDDEN),
        (lambda id: c.Mute(id=id, member="all", kind="microphone"), ErrorCode.FORBIDDEN),
        (
            lambda id: c.BeginStroke(id=id, shape="1.1", page=1, kind="pen", color="#000000", width=5, at=(0, 0)),
            ErrorCode.FORBIDDEN,  # another member's shape id
        ),
        (
            lambda id: c.BeginStroke(
                id=id, shape="2.1", page=1, kind="pen", color="#000000", width=5, at=(16_000, 9_001)
            ),
            ErrorCode.INVALID,  # outside the board
        ),
        (lambda id: c.ExtendStroke(id, "1.1", (1, 1)), ErrorCode.NOT_FOUND),
        (lambda id: c.TurnPage(id=id, page=2), ErrorCode.FORBIDDEN),
        (lambda id: c.PublishMedia(id=id, sdp="not SDP", tracks={"0": "microphone"}), ErrorCode.INVALID),
        (lambda id: c.LowerHand(id=id, member=1), ErrorCode.FORBIDDEN),
    ],
)
async def test_command_that_is_refused_is_counted(server: ServerProcess, make: Any, code: ErrorCode) -> None:
    room = await server.room("one_to_one")
    async with (
        joined(server.ws, room, token("t", "teacher")) as teacher,
        joined(server.ws, room, token("s", "student")) as student,
    ):
        before = await server.metric("roomserver_refused_total", code=code)
        answer = await student.ask(make)
        assert isinstance(answer, n.Error)
        assert answer.code == code
        assert await server.metric("roomserver_refused_total", code=code) == before + 1
        await unharmed(teacher)
        await unharmed(student)


async def test_datagrams_from_nowhere_are_dropped_and_counted(server: ServerProcess) -> None:
    before = await server.metric("roomserver_media_dropped_total", reason="unknown_address")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"\x80\x60" + bytes(40), (server.host, server.media_port))

    async def counted() -> bool:
        return await server.metric("roomserver_media_dropped_total", reason="unknown_address") == before + 1

    assert await eventually(counted)


async def test_no_hello_in_time_is_4408(server: ServerProcess) -> None:
    async with connect(server.ws, subprotocols=[Subprotocol(JSON.subprotocol)]) as socket:
        await asyncio.wait_for(socket.wait_closed(), 20)
        assert socket.close_code == 4408


async def test_pages_are_served_with_a_strict_policy(server: ServerProcess) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/web/main.js", "/healthz", "/readyz"):
            async with session.get(server.url + path) as answer:
                assert answer.status == 200, path
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        for path in ("/web/../app.py", "/web/%2e%2e/app.py", "/web/none.js"):
            async with session.get(server.url + path) as answer:
                assert answer.status == 404, path
