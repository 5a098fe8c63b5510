"""What people are told that they could not see by themselves: who has gone, who leads, what became of their own."""

from typing import Any

import pytest

from tests.e2e.hands import Hand, School, at_the_board
from tests.e2e.test_board import OTHER, STUDENT, TEACHER, come_back, leave, zoomed
from tests.e2e.test_lesson import enter, link, open_row, row, say
from tests.support.browser import CHROMIUM, Person, sitting

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
PHONE: dict[str, Any] = {"size": (360, 740), "has_touch": True, "is_mobile": True}


async def test_a_teacher_at_another_machine_knows_who_has_gone_and_sums_up_the_whole_lesson(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT, OTHER) as (teacher, student, other):
        await student.drag((0.3, 0.3), (0.6, 0.6))
        await teacher.until_shapes(1, "the student's stroke")
        await say(other.person, "我也会")
        await say(other.person, "看懂了")
        await leave(student)
        room = await teacher.page.evaluate("() => classroom.state.id")
        browser = teacher.page.context.browser
        assert browser is not None
        async with sitting(browser, "teacher-elsewhere") as again:
            await enter(
                again, link(school.server.url, room, TEACHER[0], "teacher", TEACHER[0]).replace("/#", "/?lang=en#")
            )
            await again.press("board-menu")
            await again.press("menu-authors")
            await again.page.locator(".author-group").filter(has_text="小明").wait_for()
            await again.press("end-room")
            await again.press("confirm-yes")
            await again.in_state("ended")
            await again.look("summary-elsewhere")
            facts = await again.page.locator(".facts").inner_text()
            names, values = facts.split("\n")[::2], facts.split("\n")[1::2]
            told = dict(zip(names, values, strict=True))
            assert (told["Students"], told["Messages"]) == ("2", "2")
            assert told["Length"].endswith(" s")
        await teacher.person.in_state("closed")  # the same person elsewhere


async def test_a_hand_that_got_what_it_was_raised_for_is_down(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT, draw=False) as (teacher, student):
        await student.person.press("hand-button")
        await open_row(teacher.person, 2)
        await teacher.person.at("hand-place", row(2)).filter(has_text="1").wait_for()
        await teacher.person.press("grant", row(2))
        await student.button("tool-pen").wait_for()
        await student.page.locator('[data-testid="hand-button"][aria-pressed="false"]').wait_for()
        await teacher.person.at("hand-place", row(2)).wait_for(state="hidden")


async def test_whoever_is_led_may_look_closer_and_follow_again_until_the_teacher_ends_it(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT, lang="en", **PHONE) as (teacher, student):
        await teacher.person.press("lead")
        await teacher.swipe([(0.4, 0.5), (0.3, 0.5), (0.1, 0.5)], [(0.6, 0.5), (0.7, 0.5), (0.9, 0.5)])

        async def led() -> bool:
            return await zoomed(teacher) and abs(await seen(student) - await seen(teacher)) < 100

        await student.person.until(led, "the student sees what the teacher sees")
        await student.person.sees("Following 王老师", "place")
        await student.swipe([(0.1, 0.5), (0.3, 0.5), (0.45, 0.5)], [(0.9, 0.5), (0.7, 0.5), (0.55, 0.5)])
        await student.person.sees("王老师 is showing something", "place")
        await student.person.look("led-and-looking")
        await student.page.wait_for_timeout(3_500)  # the teacher's page has told its view again
        assert await seen(student) > await seen(teacher)
        await student.person.press("place-back")
        await student.person.until(led, "the student follows again")
        await teacher.person.press("lead")
        # not after the 8 s of one who is silent
        await student.person.at("place").wait_for(state="hidden", timeout=5_000)
        await student.person.until(lambda: whole(student), "the whole page")


async def seen(hand: Hand) -> float:
    """How much of the page's width one sees, in board units."""
    return float(await hand.page.evaluate("() => classroom.view.width"))


async def whole(hand: Hand) -> bool:
    return await seen(hand) == 16_000


async def test_whoever_comes_back_is_in_with_one_tap(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT, **PHONE) as (teacher, student):
        await student.person.press("camera-button")
        await come_back(student)
        await student.button("tool-pen").wait_for()  # what one was given is kept
        await student.page.locator('[data-testid="camera-button"][aria-pressed="false"]').wait_for()
        await come_back(teacher)
        await teacher.button("tool-pen").wait_for()


async def test_a_step_of_a_student_that_was_taken_back_is_told_with_its_place(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT, lang="en") as (teacher, student):
        await undo(teacher.person)
        await told(teacher.person, "小明 has nothing to undo")
        await student.drag((0.3, 0.3), (0.6, 0.6))
        await teacher.until_shapes(1, "the student's stroke")
        await student.person.press("paper")
        await student.person.at("place").wait_for()
        await student.drag((0.3, 0.3), (0.6, 0.6))
        await student.settled()
        await undo(teacher.person)
        await told(teacher.person, "小明’s last step was undone: 小明’s scratch paper")
        await teacher.person.look("undone-there")
        await teacher.person.press("toast-action")
        await teacher.person.sees("小明’s scratch paper", "place")
        await student.until_shapes(0, "the line on the paper is gone")
        await teacher.person.press("place-back")
        await undo(teacher.person)
        await told(teacher.person, "小明’s last step was undone")
        await teacher.until_shapes(0, "the line before the class is gone")


async def undo(teacher: Person) -> None:
    await open_row(teacher, 2)
    if not await teacher.at("undo-member", row(2)).is_visible():
        await teacher.press("person-more", row(2))
    await teacher.press("undo-member", row(2))


async def told(person: Person, text: str) -> None:
    """A toast that says just that."""
    await person.page.locator(".toast > span").get_by_text(text, exact=True).wait_for()


async def test_whose_paper_is_shown_to_the_class_is_told(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT, OTHER, lang="zh", draw=False) as hands:
        teacher, student, other = hands
        await student.person.press("paper")
        await student.person.at("place").wait_for()
        await student.drag((0.2, 0.3), (0.5, 0.6), (0.8, 0.3))
        await student.settled()
        await teacher.person.press("paper")
        await teacher.person.press("gallery-paper")
        await teacher.person.press("paper-show")
        await told(student.person, "王老师 正在给全班看你的草稿")
        await student.person.look("paper-shown")
        await student.person.press("toast-action")
        await student.person.at("place").wait_for(state="hidden")
        await other.until_shapes(1, "the class sees it")
        assert await other.page.locator(".toast").filter(has_text="草稿").count() == 0
