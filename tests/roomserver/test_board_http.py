"""The board over HTTP, on a whole server: uploads, pictures, formulas and exports, and who may have them."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pypdfium2
import pytest
import pytest_asyncio

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.shell.boardapi import UPLOADS_AT_ONCE
from tests.roomserver.shell.front import Line, a_line
from tests.support import files
from tests.support.fonts import needs_han
from tests.support.member import Member, joined
from tests.support.server import KEY, ServerProcess, forms, serving, token

pytestmark = pytest.mark.asyncio(loop_scope="module")
FOR_EVER = "private, max-age=31536000, immutable"
TEACHER, STUDENT, OTHER = token("t", "teacher"), token("s", "student"), token("s2", "student")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path_factory.mktemp("board"), forms=forms(one_to_many={"evaluation": False})) as server:
        yield server


class Answer:
    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def title(self) -> str:
        return f"{self.status} {self.json['title']}"


async def call(
    server: ServerProcess, method: str, path: str, *, by: str = "", data: bytes | io.BytesIO | None = None
) -> Answer:
    headers = {"Authorization": f"Bearer {by}"} if by else {}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, server.url + path, data=data, headers=headers) as answer,
    ):
        return Answer(answer.status, answer.headers, await answer.read())


@asynccontextmanager
async def a_class(server: ServerProcess) -> AsyncIterator[tuple[str, Member, Member]]:
    """A room with a teacher and a student in it, who may not draw."""
    room = await server.room("one_to_many")
    async with joined(server.ws, room, TEACHER) as teacher, joined(server.ws, room, STUDENT) as student:
        yield f"/v1/rooms/{room}", teacher, student


async def put(member: Member, page: int, kind: str, **fields: Any) -> None:
    shape = f"{member.client.member}.{member.client.next_shape}"
    said = await member.ask(
        lambda id: c.PutShape(id=id, shape=shape, page=page, kind=kind, **fields)  # type: ignore[arg-type]
    )
    assert isinstance(said, n.Ok), said
    member.client.next_shape += 1


async def scratch(student: Member) -> int:
    """A page of the student's own."""
    await student.ask(lambda id: c.AddPage(id=id, scratch=True))
    page = (await student.hear(e.PageAdded, lambda said: said.owner == student.client.member)).page
    assert isinstance(page, int)
    return page


# Pictures


@pytest.mark.rule("ASSET-6")
async def test_a_picture_is_there_for_everybody_in_the_room_and_never_changes(server: ServerProcess) -> None:
    async with a_class(server) as (room, _, _):
        given = files.picture("JPEG", orientation=6)
        kept = await call(server, "POST", f"{room}/assets", by=TEACHER, data=given)
        assert kept.status == 201
        assert (kept.json["width"], kept.json["height"]) == (40, 60)
        path = f"{room}/assets/{kept.json['asset']}"
        shown = await call(server, "GET", path, by=STUDENT)
        assert (shown.status, shown.headers["Content-Type"]) == (200, "image/webp")
        assert shown.headers["Cache-Control"] == FOR_EVER
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert files.shown(shown.body).size == (40, 60)
        again = await call(server, "POST", f"{room}/assets", by=TEACHER, data=given)
        assert again.json == kept.json

        assert (await call(server, "GET", path)).title == "401 unauthorized"
        stranger = token("x", "student", room="r-elsewhere")
        assert (await call(server, "GET", path, by=stranger)).title == "403 forbidden"
        for name in ("0" * 32, "..%2f..%2frooms.sqlite", "x"):
            assert (await call(server, "GET", f"{room}/assets/{name}", by=STUDENT)).title == "404 not_found"


@pytest.mark.rule("ASSET-5")
async def test_only_who_is_inside_and_may_draw_somewhere_adds_a_picture(server: ServerProcess) -> None:
    async with a_class(server) as (room, teacher, student):

        async def adds(by: str) -> str:
            answer = await call(server, "POST", f"{room}/assets", by=by, data=files.picture())
            return str(answer.status) if answer.status == 201 else answer.title

        assert await adds(TEACHER) == "201"
        assert await adds("") == await adds("nonsense") == "401 unauthorized"
        assert await adds(OTHER) == "403 forbidden"  # of this room, and not inside
        assert await adds(STUDENT) == "403 forbidden"  # no right to draw
        await teacher.ask(lambda id: c.Grant(id=id, member=student.client.member, can=("draw",), on=True))
        assert await adds(STUDENT) == "201"
        await teacher.ask(lambda id: c.Grant(id=id, member=student.client.member, can=("draw",), on=False))
        assert await adds(STUDENT) == "403 forbidden"
        await scratch(student)
        assert await adds(STUDENT) == "201"
    assert (await call(server, "POST", "/v1/rooms/r-none/assets", by=TEACHER, data=b"x")).title == "404 not_found"


@pytest.mark.rule("STUDIO-5")
async def test_a_hostile_file_is_refused_and_the_lesson_goes_on(server: ServerProcess) -> None:
    async with a_class(server) as (room, _, student):
        for data in (b"", b"junk", files.png_bomb(60_000), files.slides(count=1_000_000)):
            for what in ("assets", "slides"):
                answer = await call(server, "POST", f"{room}/{what}", by=TEACHER, data=data)
                assert answer.title == "400 invalid"
                assert answer.json["detail"]
        await student.send(lambda id: c.SendChat(id=id, text="still here"))
        await student.hear(e.ChatMessage)


# Slides


@pytest.mark.rule("SLIDE-3")
async def test_the_pages_of_a_pdf_become_pages_of_the_board(server: ServerProcess) -> None:
    async with a_class(server) as (room, teacher, student):
        document = files.slides(("0 0 960 540", "0 0 540 960"))
        await scratch(student)
        assert (await call(server, "POST", f"{room}/slides", by=STUDENT, data=document)).title == "403 forbidden"
        made = await call(server, "POST", f"{room}/slides", by=TEACHER, data=document)
        assert made.status == 201
        assert [slide["width"] for slide in made.json["slides"]] == [1920, 608]
        slide = made.json["slides"][0]["asset"]
        await teacher.ask(lambda id: c.ChangePage(id=id, page=1, background=slide))
        page = await call(server, "GET", f"{room}/export?format=png&page=1", by=STUDENT)
        seen = files.shown(page.body)
        assert (seen.getpixel((100, 600)), seen.getpixel((2300, 600))) == ((255, 0, 0), (255, 255, 255))


# Bounds of uploads


def head(room: str, length: int, by: str = TEACHER) -> bytes:
    return (
        f"POST {room}/assets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {by}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


async def answered(line: Line) -> tuple[str, dict[str, str]]:
    status, fields, body = await line.response()
    return f"{status} {json.loads(body).get('title')}", fields


@pytest.mark.rule("UPLOAD-1")
async def test_an_upload_that_is_too_large_is_refused(server: ServerProcess) -> None:
    async with a_class(server) as (room, _, _), a_line(server.port) as line, a_line(server.port) as chunked:
        line.say(head(room, 20_000_001))
        assert (await answered(line))[0] == "413 request_entity_too_large"
        chunked.say(head(room, 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked"))
        for _ in range(21):
            chunked.say(b"f4240\r\n" + bytes(1_000_000) + b"\r\n")
        chunked.say(b"0\r\n\r\n")
        assert (await answered(chunked))[0] == "413 request_entity_too_large"
        largest = await call(server, "POST", f"{room}/assets", by=TEACHER, data=io.BytesIO(bytes(20_000_000)))
        assert largest.title == "400 invalid"  # it was read, and is no picture


@pytest.mark.rule("UPLOAD-2")
async def test_few_are_uploaded_at_once_and_one_by_one_who_asks(server: ServerProcess) -> None:
    room = await server.room("one_to_many")
    path = f"/v1/rooms/{room}"
    async with AsyncExitStack() as stack:
        for number in range(UPLOADS_AT_ONCE):
            pupil = token(f"u{number}", "student")
            await scratch(await stack.enter_async_context(joined(server.ws, room, pupil)))
            line = await stack.enter_async_context(a_line(server.port))
            line.say(head(path, 100, pupil) + b"some")
            async with asyncio.timeout(20):
                while (answer := await call(server, "POST", f"{path}/assets", by=pupil, data=b"x")).status == 400:
                    pass  # the other is not there yet
            assert (answer.title, answer.headers["Retry-After"]) == ("429 rate_limited", "2")
        await stack.enter_async_context(joined(server.ws, room, TEACHER))
        answer = await call(server, "POST", f"{path}/assets", by=TEACHER, data=b"x")
        assert (answer.title, answer.headers["Retry-After"]) == ("503 unavailable", "2")


@pytest.mark.rule("UPLOAD-3")
async def test_who_uploads_too_often_is_told_when_to_come_again(server: ServerProcess) -> None:
    often = token("often", "teacher")
    room = await server.room("one_to_many")
    async with joined(server.ws, room, often), AsyncExitStack() as stack:
        said = []
        for _ in range(32):
            line = await stack.enter_async_context(a_line(server.port))
            line.say(head(f"/v1/rooms/{room}", 20_000_001, often))
            said.append(await answered(line))
    assert [title for title, _ in said[:30]] == ["413 request_entity_too_large"] * 30
    assert said[-1][0] == "429 rate_limited"
    assert 1 <= int(said[-1][1]["retry-after"]) <= 2


# Formulas


@pytest.mark.rule("FORMULA-1", "FORMULA-2")
async def test_a_formula_is_outlined_for_whoever_has_a_token(server: ServerProcess) -> None:
    path = "/v1/formulas?latex=%5Cfrac%7B1%7D%7B2%7D"
    found = await call(server, "GET", path, by=token("x", "observer", room="r-any"))
    assert found.json["latex"] == r"\frac{1}{2}"
    assert set(found.json) == {"latex", "width", "height", "path"}
    assert found.headers["Cache-Control"] == FOR_EVER
    assert (await call(server, "GET", path)).title == "401 unauthorized"
    for latex, why in (("%5Cfrac%7B1", "a { has no }"), ("", "the formula is empty")):
        wrong = await call(server, "GET", f"/v1/formulas?latex={latex}", by=STUDENT)
        assert (wrong.title, wrong.json["detail"]) == ("400 invalid", why)
        assert wrong.headers["Cache-Control"] == "no-cache"


@pytest.mark.rule("FORMULA-1")
async def test_a_long_formula_is_posted(server: ServerProcess) -> None:
    for latex in (r"\frac{1}{2}", r"\text{" + "面积" * 995 + "}"):
        posted = await post_formula(server, latex)
        assert posted.status == 200, posted.body
        assert posted.json["latex"] == latex
        assert set(posted.json) == {"latex", "width", "height", "path"}
    shown = await call(server, "GET", "/v1/formulas?latex=%5Cfrac%7B1%7D%7B2%7D", by=STUDENT)
    assert shown.json == (await post_formula(server, r"\frac{1}{2}")).json
    assert (await post_formula(server, "x" * 2_001)).title == "400 invalid"
    assert (await post_formula(server, "{")).json["detail"] == "a { has no }"


async def post_formula(server: ServerProcess, latex: str) -> Answer:
    return await call(server, "POST", "/v1/formulas", by=STUDENT, data=json.dumps({"latex": latex}).encode())


@pytest.mark.rule("STUDIO-7")
async def test_one_who_asks_holds_two_places_of_the_studio(server: ServerProcess) -> None:
    async with a_class(server) as (room, _, _):
        greedy = token("greedy", "student")
        asked = [
            asyncio.create_task(call(server, "GET", f"/v1/formulas?latex=y_%7B{n}%7D", by=greedy)) for n in range(20)
        ]
        picture = await call(server, "POST", f"{room}/assets", by=TEACHER, data=files.picture())
        answers = await asyncio.gather(*asked)
    assert picture.status == 201
    assert {answer.status for answer in answers} == {200, 429}
    assert {answer.headers["Retry-After"] for answer in answers if answer.status == 429} == {"2"}
    assert await server.metric("roomserver_studio_total", reason="picture_done") >= 1


# Exports


@pytest.mark.rule("EXPORT-3")
async def test_whoever_asks_gets_what_they_may_see(server: ServerProcess) -> None:
    async with a_class(server) as (room, teacher, student):
        own = await scratch(student)
        await put(student, own, "rectangle", start=(0, 0), color="#00ff00", width=20, size=(900, 900), fill="#00ff00")
        await teacher.hear(e.ShapePut)

        async def pages(by: str) -> int:
            answer = await call(server, "GET", f"{room}/export?format=svg", by=by)
            assert answer.headers["Content-Type"] == "application/zip"
            with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
                return len(archive.namelist())

        assert [await pages(by) for by in (TEACHER, STUDENT)] == [1, 1]  # what is private is not among all pages
        path = f"{room}/export?format=png&page={own}"
        assert files.shown((await call(server, "GET", path, by=STUDENT)).body).getpixel((60, 60)) == (0, 255, 0)
        assert (await call(server, "GET", path, by=TEACHER)).status == 200
        async with joined(server.ws, room.rpartition("/")[2], OTHER):
            assert await pages(OTHER) == 1
            assert (await call(server, "GET", path, by=OTHER)).title == "404 not_found"
        assert (await call(server, "GET", path)).title == "401 unauthorized"


@pytest.mark.rule("EXPORT-6")
async def test_who_may_not_be_in_the_room_gets_nothing_of_it_also_not_of_its_past(server: ServerProcess) -> None:
    async with a_class(server) as (room, teacher, student):
        await put(teacher, 1, "rectangle", start=(0, 0), color="#00ff00", width=20, size=(900, 900))
        seen = (await student.hear(e.ShapePut)).at
        path = f"{room}/export?format=svg&page=1"
        assert b"#00ff00" in (await call(server, "GET", f"{path}&at={seen}", by=STUDENT)).body
        assert b"#00ff00" not in (await call(server, "GET", f"{path}&at=0", by=STUDENT)).body
        await teacher.ask(lambda id: c.RemoveMember(id=id, member=student.client.member, ban=True))
        await teacher.ask(lambda id: c.LockRoom(id=id, on=True))
        for query in ("", f"&at={seen}"):
            for by in (STUDENT, OTHER, token("colleague", "teacher"), KEY):
                assert (await call(server, "GET", path + query, by=by)).title == "403 forbidden"
        await teacher.ask(lambda id: c.EndRoom(id=id))
        for query in ("", f"&at={seen}", "&at=999999999"):
            assert (await call(server, "GET", path + query, by=STUDENT)).title == "403 forbidden"
            for by in (TEACHER, OTHER, KEY):  # as in a replay
                assert b"#00ff00" in (await call(server, "GET", path + query, by=by)).body


@pytest.mark.rule("EXPORT-6")
async def test_a_page_of_ones_own_is_shown_to_who_is_staff_now(server: ServerProcess) -> None:
    async with a_class(server) as (room, teacher, student):
        own = await scratch(student)
        await put(student, own, "rectangle", start=(0, 0), color="#00ff00", width=20, size=(900, 900))
        seen = (await teacher.hear(e.ShapePut)).at
        path = f"{room}/export?format=svg&page={own}&at={seen}"
        assert (await call(server, "GET", path, by=token("colleague", "teacher"))).title == "403 forbidden"
        assert [(await call(server, "GET", path, by=by)).status for by in (TEACHER, STUDENT)] == [200, 200]
        async with joined(server.ws, room.rpartition("/")[2], OTHER):
            assert (await call(server, "GET", path, by=OTHER)).title == "404 not_found"
        await teacher.ask(lambda id: c.EndRoom(id=id))
        assert [(await call(server, "GET", path, by=by)).status for by in (TEACHER, STUDENT)] == [200, 200]
        assert (await call(server, "GET", path, by=OTHER)).title == "404 not_found"


@pytest.mark.rule("EXPORT-7")
async def test_a_class_that_takes_the_same_file_home_costs_one_drawing(server: ServerProcess) -> None:
    async def drawn() -> float:
        return await server.metric("roomserver_studio_total", reason="export_done")

    pupils = [token(f"pupil{n}", "student") for n in range(12)]
    async with a_class(server) as (room, teacher, student), AsyncExitStack() as stack:
        for pupil in pupils:
            await stack.enter_async_context(joined(server.ws, room.rpartition("/")[2], pupil))
        before = await drawn()
        at_once = await asyncio.gather(*(call(server, "GET", f"{room}/export?page=1", by=pupil) for pupil in pupils))
        own = await scratch(student)
        await teacher.hear(e.PageAdded)
        await teacher.ask(lambda id: c.EndRoom(id=id))
        later = [await call(server, "GET", f"{room}/export?page=1", by=by) for by in (TEACHER, STUDENT, *pupils[:3])]
        assert len({answer.body for answer in (*at_once, *later)}) == 1
        assert await drawn() == before + 1
        await call(server, "GET", f"{room}/export?page={own}", by=STUDENT)
        assert await drawn() == before + 2


@needs_han
@pytest.mark.rule("EXPORT-4")
async def test_a_file_is_an_attachment_in_a_sandbox(server: ServerProcess) -> None:
    async with a_class(server) as (room, teacher, _):
        name = room.rpartition("/")[2]
        await put(teacher, 1, "text", start=(500, 500), color="#1c1c1c", text="你好 <script>", font="sans", height=400)
        svg = await call(server, "GET", f"{room}/export?format=svg&page=1", by=STUDENT)
        assert svg.headers["Content-Type"] == "image/svg+xml"
        assert svg.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
        assert svg.headers["Content-Disposition"] == f'attachment; filename="{name}-page-1.svg"'
        assert svg.headers["X-Content-Type-Options"] == "nosniff"
        assert b"<script>" not in svg.body
        document = await call(server, "GET", f"{room}/export", by=STUDENT)
        assert document.headers["Content-Disposition"] == f'attachment; filename="{name}.pdf"'
        pdf = pypdfium2.PdfDocument(document.body)
        assert pdf[0].get_textpage().get_text_range() == "你好 <script>"
        for query in ("format=gif", "page=x", "page=-1", "at=1e9", "page=" + "9" * 16):
            assert (await call(server, "GET", f"{room}/export?{query}", by=STUDENT)).title == "400 invalid"


@pytest.mark.rule("EXPORT-5")
async def test_who_exports_too_often_is_told_when_to_come_again(server: ServerProcess) -> None:
    me = token("collector", "student")
    async with a_class(server) as (room, _, _), joined(server.ws, room.rpartition("/")[2], me):
        answers = [await call(server, "GET", f"{room}/export?page=99", by=me) for _ in range(12)]
    assert [answer.title for answer in answers[:10]] == ["404 not_found"] * 10
    assert answers[-1].title == "429 rate_limited"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 5
