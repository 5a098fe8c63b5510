"""What a browser is sent of a picture follows the tile that shows it."""

from pathlib import Path

import pytest

from tests.e2e.test_lesson import class_of_two
from tests.support.browser import CHROMIUM, Person
from tests.support.server import serving

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
PATIENCE_S = 60.0  # a browser begins with its smallest picture, and finds out slowly that it may send more


async def shown_at(person: Person, style: str) -> None:
    """The teacher's tile gets another place on the page."""
    await person.page.evaluate(
        """(style) => { document.querySelector(`[data-testid="tile"][data-member="1"]`).style.cssText = style; }""",
        style,
    )


async def seen_small(teacher: Person, student: Person) -> None:
    if await teacher.at("camera-button").get_attribute("aria-pressed") != "true":
        await teacher.press("camera-button")
    await shown_at(student, "position: fixed; left: 0; top: 0; max-width: none; width: 200px")
    await student.receives("frames")


async def until_width(person: Person, width: int) -> None:
    async def there() -> bool:
        return bool((await person.media())["width"] == width)

    await person.until(there, f"the picture is {width} pixels wide", within_s=PATIENCE_S)


@pytest.mark.rule("LAYER-10")
async def test_a_larger_tile_gets_a_larger_picture_and_one_that_is_not_seen_gets_none(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        room = await server.room("one_to_many", subject="physics")
        async with class_of_two(server, room, server.url) as (teacher, student):
            await seen_small(teacher, student)
            await until_width(student, 320)
            await shown_at(student, "position: fixed; left: 0; top: 0; max-width: none; width: 600px")
            await until_width(student, 640)
            await shown_at(student, "position: fixed; left: 0; top: 0; max-width: none; width: 200px")
            await until_width(student, 320)
            await shown_at(student, "display: none")

            async def still() -> bool:
                before = await student.media()
                await student.page.wait_for_timeout(1000)
                return bool(before["frames"] == (await student.media())["frames"])

            await student.until(still, "no pictures come any more", within_s=PATIENCE_S)
            await shown_at(student, "")
            await student.receives("frames")


SENT_JS = """
async () => {
  const sent = {q: 0, h: 0, f: 0};
  for (const {type, rid, framesSent} of (await classroom.media.publisher.pc.getStats()).values())
    if (type === "outbound-rtp" && rid) sent[rid] += framesSent;
  return sent;
}
"""


async def until_sent(teacher: Person, rids: set[str]) -> None:
    """The page sends pictures in these layers, and in no others."""

    async def those() -> bool:
        before = await teacher.page.evaluate(SENT_JS)
        await teacher.page.wait_for_timeout(1500)
        after = await teacher.page.evaluate(SENT_JS)
        return {rid for rid in after if after[rid] > before[rid]} == rids

    await teacher.until(those, f"the layers {rids or None} are sent", within_s=PATIENCE_S)


@pytest.mark.rule("LAYER-11")
async def test_no_more_is_sent_of_a_picture_than_somebody_sees(tmp_path: Path) -> None:
    async with serving(tmp_path, forms="[forms.one_to_many]\nrecord = false\n") as server:
        room = await server.room("one_to_many", subject="physics")
        async with class_of_two(server, room, server.url) as (teacher, student):
            await seen_small(teacher, student)
            await until_sent(teacher, {"q"})
            await shown_at(student, "position: fixed; left: 0; top: 0; max-width: none; width: 600px")
            await until_width(student, 640)
            await shown_at(student, "display: none")
            await until_sent(teacher, set())
            await shown_at(student, "position: fixed; left: 0; top: 0; max-width: none; width: 200px")
            await student.receives("frames")
            await teacher.press("camera-button")
            await teacher.press("camera-button")  # another track in the same place of the connection
            await student.receives("frames")
