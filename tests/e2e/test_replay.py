"""A lesson is held, ends, and is seen again in real browsers: at every instant the board is what it was then."""

from pathlib import Path
from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from tests.e2e.test_lesson import enter, link
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.member import Member, joined
from tests.support.server import ServerProcess, serving, token

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
# What a page shows of the board: its page and shapes as text, and the picture of them, painted by the client itself.
SHOWN_JS = """
async (replay) => {
  const host = replay ? await window.archive.open() : window.classroom;
  const { paintPage } = await import("/web/board/painter.js");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [800, 450];
  paintPage(canvas.getContext("2d"), host.board.page(host.shown), host.assets, 800);
  return [host.shown, host.board.canonical(), canvas.toDataURL()];
}
"""
SEEK_JS = "async (at) => (await window.archive.open()).seek(at)"
AT_JS = "async () => (await window.archive.open()).at"
SIZES = {"desk": (1280, 800), "pad": (820, 1180), "phone": (390, 844), "across": (844, 390)}


async def shown(person: Person, *, replay: bool) -> Any:
    return await person.page.evaluate(SHOWN_JS, replay)


async def draw(teacher: Member, shape: str, page: int, *deltas: int) -> int:
    """A stroke; the `at` of its last event."""
    start: Any = {"color": "#1864ab", "width": 60, "at": (3000, 3000)}
    await teacher.ask(lambda id: c.BeginStroke(id=id, shape=shape, page=page, kind="pen", **start))
    await teacher.ask(lambda id: c.ExtendStroke(id, shape, deltas))
    await teacher.ask(lambda id: c.FinishStroke(id=id, shape=shape))
    done = await teacher.hear(e.StrokeFinished, lambda said: said.shape == shape)
    return int(done.at)


async def has(student: Person, shape: str) -> None:
    await student.until(
        lambda: student.page.evaluate("(id) => window.classroom.board.shapes.has(id)", shape), f"{shape} is there"
    )


async def passes(teacher: Member, at: int) -> None:
    """Something happens later than an instant: what comes then was not seen at it."""
    said = at
    while said <= at:
        heard = len(teacher.messages)
        await teacher.ask(lambda id: c.SendChat(id=id, text="…"))
        said = (await teacher.hear(e.ChatMessage, since=heard)).at


async def hold(server: ServerProcess, room: str, student: Person) -> list[tuple[int, Any]]:
    """A short lesson; instants, and what the student's page showed at them."""
    seen: list[tuple[int, Any]] = []
    async with joined(server.ws, room, token("t", "teacher", room=room, name="王老师")) as teacher:
        await enter(student, link(server.url, room, "s", "student", "小明"))
        seen.append((await draw(teacher, "1.1", 1, 4000, 0, 0, 3000, -4000, 0, 0, -3000), None))
        await has(student, "1.1")
        seen[-1] = (seen[-1][0], await shown(student, replay=False))
        await teacher.ask(lambda id: c.SendChat(id=id, text="请看这个长方形"))
        await student.press("hand-button")
        await teacher.hear(e.HandRaised)
        await passes(teacher, seen[-1][0])
        await teacher.ask(lambda id: c.AddPage(id=id, background="grid"))
        await teacher.ask(lambda id: c.TurnPage(id=id, page=2))
        await teacher.ask(lambda id: c.InviteToStage(id=id, member=2))
        text: Any = {"kind": "text", "text": "圆的面积", "font": "sans", "height": 700, "color": "#d6293e"}
        await teacher.ask(lambda id: c.PutShape(id=id, shape="1.2", page=2, start=(2000, 1500), **text))
        seen.append((await draw(teacher, "1.3", 2, 2000, 2000, 2000, -2000), None))
        await has(student, "1.3")
        seen[-1] = (seen[-1][0], await shown(student, replay=False))
        await passes(teacher, seen[-1][0])
        await teacher.ask(lambda id: c.ClearPage(id=id, page=2, whose="all"))
        await teacher.ask(lambda id: c.SendChat(id=id, text="下课"))
        await teacher.ask(lambda id: c.EndRoom(id=id))
    return seen


@pytest.mark.rule("REPLAY-8", "REPLAY-9")
async def test_a_lesson_is_seen_again_as_it_was(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, chromium() as browser:
        room = await server.room("one_to_one", subject="mathematics", topic="圆的面积")
        async with sitting(browser, "student") as student:
            seen = await hold(server, room, student)
            await student.in_state("evaluation")
            await student.press("star-5")
            await student.press("evaluation-send")
            await student.in_state("ended")
            await student.press("watch-replay")
            await student.in_state("replay")
            await student.at("replay-slider").wait_for()
            for at, picture in (*seen, *reversed(seen)):
                await student.page.evaluate(SEEK_JS, at)
                assert await shown(student, replay=True) == picture
            await drives(student, seen[1][0])
            await student.press("replay-leave")
            await student.in_state("ended")
        for name, size in SIZES.items():
            for language in ("en-US", "zh-CN"):
                await comes_late(server, browser, room, f"{name}-{language[:2]}", size, seen[1][0], language)


MINUTE = 60_000
# Marks that stand on each other, and where the line begins and ends.
CROWD_JS = """
() => {
  const marks = [...document.querySelectorAll(".replay-mark")].map((mark) => mark.getBoundingClientRect());
  const beside = (a, b) => a.right - 2 < b.left + 2 || a.bottom <= b.top;
  const apart = (a, b) => beside(a, b) || beside(b, a);
  const crowd = marks.filter((a, i) => marks.some((b, j) => i < j && !apart(a, b))).length;
  const {left, right} = document.querySelector(".replay-track").getBoundingClientRect();
  return [marks.length, crowd, left, right];
}
"""


async def busy_hour(route: Any) -> None:
    """The answer of the server, with an hour in which something happened every few seconds."""
    answer = await route.fetch()
    index = await answer.json()
    kinds = ("chat.message", "hand.raised", "page.turned", "stage.joined", "chat.message")
    index["duration_ms"] = index["begins"] + 61 * MINUTE
    index["marks"] += [
        {
            "type": kinds[n % 5],
            "seq": 10_000 + n,
            "at": index["begins"] + n * 6_100,
            "member": 2,
            "page": 1,
            "text": "好",
        }
        for n in range(1, 600)
    ]
    await route.fulfill(response=answer, json=index)


@pytest.mark.parametrize("window", SIZES)
async def test_the_time_line_of_a_busy_hour_is_not_crowded_and_keeps_its_width(tmp_path: Path, window: str) -> None:
    touch = {"has_touch": True} if window != "desk" else {}
    async with serving(tmp_path) as server, chromium() as browser:
        room = await server.room("one_to_one", subject="mathematics", topic="圆的面积")
        async with joined(server.ws, room, token("t", "teacher", room=room, name="王老师")) as teacher:
            await draw(teacher, "1.1", 1, 4000, 0)
            await teacher.ask(lambda id: c.EndRoom(id=id))
        async with sitting(browser, window, size=SIZES[window], **touch) as late:
            await late.page.route("**/replay/index", busy_hour)
            await late.page.goto(link(server.url, room, "t", "teacher", "王老师"))
            await late.press("join-button")
            await late.at("replay-slider").wait_for()
            widths = set()
            for minute in (0, 9, 10, 59, 61):
                await late.page.evaluate(SEEK_JS, minute * MINUTE)
                count, crowd, left, right = await late.page.evaluate(CROWD_JS)
                assert (crowd, count >= 20) == (0, True)
                widths.add((left, right))
            play = await late.at("replay-play").bounding_box()
            assert play is not None
            assert play["width"] == 44
            speed = await late.at("replay-speed").bounding_box()
            assert speed is not None
            assert speed["x"] + speed["width"] <= right
            await late.look("replay-busy")
            assert len(widths) == 1


async def drives(student: Person, end: int) -> None:
    """Keys, the list of moments, and playing."""
    page = student.page
    await page.evaluate(SEEK_JS, end)
    await page.keyboard.press("ArrowLeft")
    assert await page.evaluate(AT_JS) == max(
        end - 5_000, await page.evaluate("window.archive.open().then((p) => p.index.begins)")
    )
    await page.keyboard.press("ArrowRight")
    await student.press("tab-moments")
    await student.at("moments").get_by_text("翻了页").or_(student.at("moments").get_by_text("turned the page")).click()
    assert (await shown(student, replay=True))[0] == 2
    await student.press("tab-people")
    await student.at("hand-place").first.wait_for(state="attached")
    await student.press("tab-chat")
    await student.sees("请看这个长方形", "chat-list")
    await student.at("replay-speed").select_option("2")
    await page.evaluate(SEEK_JS, 0)
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press(" ")
    await student.until(
        lambda: page.evaluate("window.archive.open().then((p) => p.at >= p.index.duration_ms)"), "it plays to the end"
    )
    await student.sees("下课", "chat-list")


async def comes_late(
    server: ServerProcess, browser: Any, room: str, name: str, size: tuple[int, int], at: int, language: str
) -> None:
    """Whoever opens a link into a room that has closed sees the lesson again."""
    touch = {"has_touch": True} if size[0] != 1280 else {}
    async with sitting(browser, name, size=size, **touch) as late:
        await late.page.goto(link(server.url, room, "late", "student", "小红").replace("/#", f"/?lang={language[:2]}#"))
        await late.press("join-button")
        await late.in_state("replay")
        await late.at("replay-slider").wait_for()
        await late.page.evaluate(SEEK_JS, at)
        await late.look("replay")
        await late.press("tab-moments")
        await late.look("replay-moments")
        await late.page.reload()
        await late.in_state("replay")
        await late.at("replay-slider").wait_for()
