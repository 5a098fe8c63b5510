"""Who is not let in sees why and when, and comes in by itself; who is in sees until when, and why it ends then."""

from pathlib import Path

import pytest

from tests.e2e.test_lesson import link
from tests.roomserver.test_calendar import WINDOWS, next_evening
from tests.support.ahead import set_clock
from tests.support.browser import CHROMIUM, chromium, sitting
from tests.support.member import joined
from tests.support.server import serving, token

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
PHONE = (360, 740)
SIZES = {"small": (320, 568), "phone": PHONE, "across": (740, 360), "pad": (820, 1180), "desk": (1280, 800)}


@pytest.mark.rule("WINDOW-8")
async def test_whoever_comes_too_early_is_told_when_it_opens_and_is_in_by_then(tmp_path: Path) -> None:
    opens_ms, _ = next_evening()
    await set_clock(tmp_path / "rooms.sqlite", opens_ms / 1000 - 12)
    async with (
        chromium() as browser,
        sitting(browser, "student", size=PHONE, timezone_id="Asia/Shanghai") as student,
        sitting(browser, "other", timezone_id="Asia/Shanghai") as other,
        serving(tmp_path, forms=WINDOWS) as server,
    ):
        room = await server.room(subject="mathematics")
        url = link(server.url, room, "s", "student", "小明")
        await student.page.goto(url.replace("/#", "/?lang=zh#"))
        await student.press("join-listening")
        await student.sees("还没到开放时间", "refused")
        await student.sees("18:00 可以进入", "refused-when")
        await student.sees("00:0", "refused-left")
        await student.look("door-early-zh")
        await student.press("language")
        await student.sees("The classroom is not open yet", "refused")
        await student.look("door-early-en")
        await student.in_state("room")

        await other.page.goto(link(server.url, room, "o", "student", "小红").replace("/#", "/?lang=en#"))
        await other.press("join-listening")
        await other.sees("The classroom is full", "refused")
        await other.look("door-full")
        await student.press("leave")
        await student.press("confirm-yes")
        await student.in_state("closed")
        await other.press("refused-again")
        await other.in_state("room")


@pytest.mark.rule("END-11")
async def test_in_the_last_minutes_of_an_evening_everybody_sees_why_it_ends(tmp_path: Path) -> None:
    _, closes_ms = next_evening()
    await set_clock(tmp_path / "rooms.sqlite", closes_ms / 1000 - 22)
    quick = WINDOWS.replace("one_to_one", "one_to_many") + "warnings_s = [12]\n"
    async with (
        chromium() as browser,
        sitting(browser, "student", timezone_id="Asia/Shanghai") as student,
        serving(tmp_path, forms=quick) as server,
    ):
        room = await server.room("one_to_many", subject="mathematics")
        async with joined(server.ws, room, token("t", "teacher")):
            url = link(server.url, room, "s", "student", "小明")
            await student.page.goto(url.replace("/#", "/?lang=en#"))
            await student.press("join-listening")
            await student.in_state("room")
            for name, (width, height) in SIZES.items():
                await student.page.set_viewport_size({"width": width, "height": height})
                await student.sees("opening hours end", "time-left")
                await student.look(f"window-{name}")
                box = await student.at("leave").bounding_box()
                assert box is not None
                assert box["x"] + box["width"] <= width, f"no way out of a {name} window"
            await student.sees("The lesson ends in 12 s: opening hours end", "toast")
            await student.in_state("evaluation")
            await student.sees("The opening hours are over", "evaluation")
