"""A lesson in two real browsers: they see and hear each other, draw, talk, lose the line, and it ends by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import TimeoutError

from tests.support import network
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.network import Cable, cable
from tests.support.server import ServerProcess, eventually, forms, serving, token

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
needs_network = pytest.mark.skipif(bool(network.why_not()), reason=network.why_not() or "-")


def link(url: str, room: str, sub: str, role: str, name: str) -> str:
    return f"{url}/#room={room}&token={token(sub, role, room=room, name=name)}"


async def enter(person: Person, url: str) -> None:
    await person.page.goto(url)
    await person.in_state("join")
    try:
        await person.at("join-button").wait_for(timeout=5_000)
    except TimeoutError:  # a network that came up meanwhile aborts what loads, the script that tries again too
        await person.page.goto("about:blank")
        await person.page.goto(url)
    await person.press("join-button")
    await person.in_state("room")


@asynccontextmanager
async def class_of_two(
    server: ServerProcess, room: str, student_url: str, *flags: Any
) -> AsyncIterator[tuple[Person, Person]]:
    """A teacher and a student in one room, each in a browser of their own."""
    executable, *more = flags or (CHROMIUM,)
    async with chromium() as desk, chromium(executable, *more) as elsewhere:
        async with sitting(desk, "teacher") as teacher, sitting(elsewhere, "student") as student:
            await enter(teacher, link(server.url, room, "t", "teacher", "王老师"))
            await enter(student, link(student_url, room, "s", "student", "小明"))
            yield teacher, student


def row(member: int) -> str:
    return f'[data-testid="people-list"] [data-member="{member}"]'


async def open_row(teacher: Person, member: int) -> None:
    if await teacher.at("people-list").is_hidden():
        await teacher.press("tab-people")
    if (
        not await teacher.at("invite", row(member)).first.is_visible()
        and not await teacher.at("grant", row(member)).first.is_visible()
    ):
        await teacher.press("person-more", row(member))


async def show_chat(person: Person) -> None:
    if await person.at("chat-input").is_hidden():
        await person.press("tab-chat")


async def say(person: Person, text: str) -> None:
    await show_chat(person)
    await person.at("chat-input").fill(text)
    await person.press("chat-send")


async def has_ink(person: Person) -> bool:
    return await person.ink() > 200


async def has_none(person: Person) -> bool:
    return await person.ink() == 0


@pytest.mark.parametrize("processes", [0, 1])
async def test_they_see_hear_draw_and_talk(tmp_path: Path, processes: int) -> None:
    async with serving(tmp_path, processes=processes) as server:
        room = await server.room("one_to_many", subject="mathematics", topic="二次函数")
        async with class_of_two(server, room, server.url) as (teacher, student):
            # The student hears and sees the teacher, and the teacher, once the student is called up, hears them.
            if await teacher.at("camera-button").get_attribute("aria-pressed") != "true":
                await teacher.press("camera-button")
            await student.receives("energy", more_than=0)
            await student.receives("frames")
            assert (await student.media())["width"] > 0
            await student.press("hand-button")
            await open_row(teacher, 2)
            await teacher.at("hand-place", row(2)).filter(has_text="1").wait_for()
            await teacher.press("invite", row(2))
            # Being called up opens no microphone: the student does.
            await student.page.locator('[data-testid="microphone-button"][data-lamp="off"]').wait_for()
            await student.press("microphone-button")
            await teacher.receives("energy", more_than=0)
            await teacher.look("lesson")

            # The teacher draws, the student sees it, and may draw once it is granted.
            await teacher.draw((0.2, 0.3), (0.4, 0.6), (0.6, 0.3))
            await student.until(lambda: has_ink(student), "the teacher's stroke is on the student's board")
            await teacher.press("undo")
            await student.until(lambda: has_none(student), "the undone stroke is gone from the student's board")
            await student.draw((0.2, 0.2), (0.8, 0.8))
            assert await teacher.ink() == 0
            await open_row(teacher, 2)
            await teacher.press("grant", row(2))
            await student.until(lambda: may_draw(student), "the student may draw")
            await student.draw((0.2, 0.7), (0.5, 0.2), (0.8, 0.7))
            await teacher.until(lambda: has_ink(teacher), "the student's stroke is on the teacher's board")

            await student.press("stage-leave")
            await student.at("stage-leave").wait_for(state="hidden")
            await say(student, "老师，我懂了！")
            await show_chat(teacher)
            await teacher.sees("老师，我懂了！", "chat-list")
            await say(teacher, "很好 <b>well done</b>")
            await student.sees("很好 <b>well done</b>", "chat-list")
            await teacher.look("lesson-talk")
            await student.look("lesson-talk")


async def may_draw(person: Person) -> bool:
    return await person.at("tool-pen").is_enabled()


@needs_network
async def test_a_student_whose_network_is_cut_comes_back_to_their_place(tmp_path: Path) -> None:
    with cable() as line:
        async with serving(tmp_path, also=line.here) as server:
            room = await server.room("one_to_one")
            url = f"http://{line.here}:{server.port}"
            wrapped = line.wrap(CHROMIUM, tmp_path)
            secure = f"--unsafely-treat-insecure-origin-as-secure={url}"
            async with class_of_two(server, room, url, wrapped, secure) as (teacher, student):
                await student.receives("energy", more_than=0)
                await teacher.receives("energy", more_than=0)
                await student.press("hand-button")
                await open_row(teacher, 2)
                await teacher.at("hand-place", row(2)).filter(has_text="1").wait_for()
                await cut(line, teacher, student)
                await open_row(teacher, 2)
                await teacher.at("hand-place", row(2)).filter(has_text="1").wait_for()
                await student.sees("while you were away", "chat-list")
                await student.receives("energy")
                await teacher.receives("energy")
                await student.draw((0.2, 0.7), (0.8, 0.2))
                await teacher.until(lambda: has_ink(teacher), "the student draws again")
                assert await server.metric("roomserver_connections") == 2


async def cut(line: Cable, teacher: Person, student: Person) -> None:
    """Nothing passes, TCP or UDP, until both ends have noticed; then it comes back."""
    line.pull()
    await student.in_state("reconnecting")
    await say(teacher, "while you were away")
    line.plug()

    async def back() -> bool:
        return bool(await student.page.evaluate("document.body.dataset.state === 'room'"))

    await student.until(back, "the student is back in the room", within_s=10)
    await show_chat(student)


async def test_a_room_warns_ends_asks_for_the_evaluation_and_leaves_a_record(tmp_path: Path) -> None:
    short = forms(one_to_one={"duration_s": 12, "warnings_s": [8, 5]})
    async with serving(tmp_path, forms=short) as server:
        room = await server.room("one_to_one", subject="physics")
        async with class_of_two(server, room, server.url) as (teacher, student):
            await student.at("toast").first.wait_for()
            await student.look("warning")
            await student.in_state("evaluation")
            await teacher.in_state("ended")
            await teacher.look("summary")
            await student.look("evaluation")
            await student.press("star-5")
            await student.at("evaluation-comment").fill("听懂了")
            await student.press("evaluation-send")
            await student.in_state("ended")
            await student.look("thanks")

            async def records() -> list[Any]:
                return list((await server.call("GET", "/v1/records"))[1]["records"])

            ((record),) = await eventually(records)
    data = record["data"]
    assert data["end_reason"] == "duration"
    assert data["closed_ms"] - data["live_ms"] == 12_000
    who = {member["role"]: member for member in data["members"]}
    for member in who.values():
        assert [one["reason"] for one in member["intervals"]] == ["room_closed"]
        assert member["intervals"][0]["left_at_ms"] == data["closed_ms"]
        assert member["seconds_together"] == 12 if member["role"] == "student" else member["seconds_present"] >= 12
    evaluation = who["student"]["evaluation"]
    assert (evaluation["due"], evaluation["score"], evaluation["comment"]) == (False, 5, "听懂了")
