"""An inspector sees every room, finds the one that needs somebody, and goes in unseen."""

from pathlib import Path
from typing import Any

import pytest

from protocol import events as e
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.member import Member, joined
from tests.support.server import ServerProcess, serving, token

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
PHONE: dict[str, Any] = {"size": (360, 740), "has_touch": True, "is_mobile": True}
ROOMS = '[data-testid="watch-room"]'


def page_of(server: ServerProcess, lang: str) -> str:
    return f"{server.url}/supervise?lang={lang}#token={token('i-1', 'observer', name='李督导')}"


async def order(inspector: Person) -> list[str]:
    return [
        str(room) for room in await inspector.page.locator(ROOMS).evaluate_all("all => all.map((r) => r.dataset.room)")
    ]


async def shows(inspector: Person, *rooms: str) -> None:
    async def they_do() -> bool:
        return await order(inspector) == list(rooms)

    await inspector.until(they_do, f"{rooms}, not {await order(inspector)}")


async def test_an_inspector_looks_over_the_rooms_and_goes_into_one_unseen(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, chromium() as browser:
        await server.room("one_to_one", room="r-ming", subject="history", topic="The Ming", grade="8")
        await server.room("one_to_many", room="r-lines", subject="mathematics", topic="Parabolas")
        await server.room("one_to_one", room="r-empty", subject="english")
        async with (
            joined(server.ws, "r-ming", token("t-1", "teacher", name="王老师")),
            joined(server.ws, "r-ming", token("s-1", "student", name="小明")) as pupil,
            joined(server.ws, "r-lines", token("t-2", "teacher", name="Ms Li")),
            sitting(browser, "inspector") as inspector,
        ):
            await inspector.page.goto(page_of(server, "en"))
            await inspector.in_state("supervise")
            await inspector.sees("3 rooms open, 1 live, 3 people, 0 with alarms", "watch-figures")
            assert "token" not in inspector.page.url
            ming = inspector.page.locator(f'{ROOMS}[data-room="r-ming"]')
            told = await ming.inner_text()
            assert all(text in told for text in ("The Ming", "One to one", "History", "王老师", "live", "Teacher 1"))
            assert "小明" not in told
            await inspector.look("supervise")

            await inspector.press("sort-people")
            await shows(inspector, "r-ming", "r-lines", "r-empty")
            sorted_by = inspector.page.locator("th[aria-sort]")
            assert await sorted_by.get_attribute("aria-sort") == "descending"
            await inspector.at("sort-people").focus()
            await inspector.page.keyboard.press("Enter")  # all of it is done with keys, too
            await shows(inspector, "r-empty", "r-lines", "r-ming")
            await inspector.at("watch-search").fill("ms li")
            await shows(inspector, "r-lines")
            await inspector.at("watch-search").fill("")
            await inspector.at("watch-form").select_option("one_to_one")
            await shows(inspector, "r-empty", "r-ming")
            await inspector.at("watch-state").select_option("live")
            await shows(inspector, "r-ming")

            way_in = ming.locator("a")
            assert await way_in.get_attribute("aria-label") == "Watch “The Ming”, unseen by pupils, in a new tab"
            async with inspector.page.context.expect_page() as opened:
                await way_in.press("Enter")
            await goes_in(await opened.value, pupil)
            await inspector.sees("Observer 1", "watch-rooms")  # asked for again meanwhile


async def goes_in(page: Any, pupil: Member) -> None:
    """Nobody opens a microphone, and the pupil is told nothing."""
    seen = Person("inspector-inside", page)
    await seen.in_state("join")
    assert await seen.at("join-microphone").count() == 0
    assert await seen.page.locator("video, .meter").count() == 0  # no picture of nobody's camera
    await seen.press("join-button")
    await seen.in_state("room")
    await seen.at("chat-list").wait_for()
    assert await seen.at("chat-input").is_hidden()
    await seen.look("inside")
    assert seen.errors == []
    names = [said.name for said in pupil.messages if isinstance(said, e.MemberJoined)]
    assert "李督导" not in names


async def test_an_inspector_on_a_phone_is_told_when_the_server_does_not_answer(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, chromium() as browser, sitting(browser, "phone", **PHONE) as inspector:
        await server.room("one_to_one", room="r-ming", subject="history", topic="明朝", grade="8")
        await inspector.page.goto(page_of(server, "zh"))
        await inspector.sees("已开放 1 间", "watch-figures")
        await inspector.sees("候课", "watch-rooms")
        wide = await inspector.page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= PHONE["size"][0]
        await inspector.look("supervise-phone")
        await server.kill()
        await inspector.at("watch-stale").filter(has_text="服务器没有回应").wait_for()
        await inspector.sees("明朝", "watch-rooms")  # what was seen stays
        await server.start()
        await inspector.page.evaluate(
            "() => window.dispatchEvent(new Event('online'))"
        )  # it does not wait its turn out
        await inspector.at("watch-stale").wait_for(state="hidden")
        await inspector.page.goto(f"{server.url}/supervise?lang=en#token={token('t-1', 'teacher')}")
        await inspector.page.reload()
        await inspector.in_state("closed")
        await inspector.sees("Please open your inspector’s link", "stopped")
        await inspector.look("no-inspector")
