"""Asking the class in real browsers: a poll, a check-in, an observer's comment, and what a replay shows of them."""

from pathlib import Path

import pytest

from tests.e2e.test_lesson import enter, link
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.server import forms, serving

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
PHONE = (390, 844)


async def asks(teacher: Person, question: str, *options: str, right: int | None = None, seconds: int = 0) -> None:
    """Fill the sheet in and send it."""
    await teacher.press("ask-button")
    await teacher.at("ask-question").fill(question)
    for place, option in enumerate(options):
        if place >= 2:
            await teacher.press("ask-add")
        await teacher.at(f"ask-option-{place}").fill(option)
    if right is not None:
        await teacher.press(f"ask-right-{right}")
    await teacher.at("ask-seconds").select_option(str(seconds))
    await teacher.look("asking")
    await teacher.press("ask-poll")
    await teacher.at("ask").wait_for(state="detached")


async def right_is_shown(person: Person, place: int) -> bool:
    return await person.at("poll").locator(f'.right[data-testid="poll-option-{place}"]').count() == 1


@pytest.mark.rule("POLL-3", "POLL-4", "CHECKIN-3", "COMMENT-1", "COMMENT-3")
async def test_a_class_is_asked_and_watched_and_seen_again(tmp_path: Path) -> None:
    watched = forms(one_to_many={"comments": True, "evaluation": False})
    async with serving(tmp_path, forms=watched) as server, chromium() as browser:
        room = await server.room("one_to_many", subject="mathematics", topic="分数的加减")
        links = {
            "t": link(server.url, room, "t", "teacher", "王老师"),
            "s": link(server.url, room, "s", "student", "小明"),
            "o": link(server.url, room, "o", "observer", "听课教师"),
        }
        async with (
            sitting(browser, "teacher") as teacher,
            sitting(browser, "student", size=PHONE, has_touch=True) as student,
            sitting(browser, "observer") as observer,
        ):
            await enter(teacher, links["t"])
            await enter(student, links["s"])
            await enter(observer, links["o"].replace("/#", "/?lang=zh#"))
            await asks(teacher, "1/2 + 1/3 = ?", "2/5", "5/6", "1/6", right=1, seconds=300)
            await a_poll_is_answered(teacher, student, observer)
            await a_check_in(teacher, student)
            await comments(teacher, student, observer)
            await teacher.press("end-room")
            await teacher.press("confirm-yes")
            await teacher.in_state("ended")
        for name, sub, sees_comments in (("observer", "o", True), ("student", "s", False)):
            async with sitting(browser, f"{name}-later") as late:
                await late.page.goto(links[sub])
                await late.press("join-button")
                await late.in_state("replay")
                await seen_again(late, sees_comments)


async def a_poll_is_answered(teacher: Person, student: Person, observer: Person) -> None:
    await student.sees("1/2 + 1/3 = ?", "poll-question")
    await observer.sees("1/2 + 1/3 = ?", "poll-question")
    assert await right_is_shown(teacher, 1)
    assert not await right_is_shown(student, 1)
    assert not await right_is_shown(observer, 1)
    assert await observer.at("poll-option-0").is_disabled()
    await student.look("poll-open")
    await student.press("poll-option-0")
    await teacher.sees("1 of 1", "poll-note")
    await student.press("poll-option-1")
    await student.page.locator('[data-testid="poll-option-1"][aria-pressed="true"]').wait_for()
    await teacher.at("poll-option-1").filter(has_text="1").wait_for()
    await teacher.at("poll-who").locator("summary").click()
    await teacher.sees("小明", "poll-who")
    await teacher.look("poll-answered")
    await teacher.press("poll-close")
    await student.sees("Your answer is right", "poll-note")
    assert await right_is_shown(student, 1)
    await observer.sees("1", "poll-option-1")
    await student.look("poll-closed")
    await student.page.reload()
    await student.in_state("room")
    await student.sees("Your answer is right", "poll-note")
    await student.press("poll-hide")
    await student.at("poll").wait_for(state="hidden")
    await teacher.press("poll-hide")


async def a_check_in(teacher: Person, student: Person) -> None:
    await teacher.press("ask-button")
    await teacher.press("ask-checkin")
    await student.press("checkin-here")
    await student.sees("checked in", "checkin-note")
    await teacher.sees("1 of 1", "checkin-note")
    await student.look("checkin")
    await teacher.look("checkin")


async def comments(teacher: Person, student: Person, observer: Person) -> None:
    await observer.press("tab-comments")
    await observer.at("comment-input").fill("这个提问很好")
    await observer.press("comment-send")
    await observer.sees("这个提问很好", "comment-list")
    await teacher.press("tab-comments")
    await teacher.sees("听课教师", "comment-list")
    assert await student.at("tab-comments").is_hidden()
    assert not await student.page.evaluate("JSON.stringify(window.classroom.state.comments ?? []).includes('提问')")
    await observer.look("comments")


async def seen_again(late: Person, sees_comments: bool) -> None:
    await late.at("replay-slider").wait_for()
    await late.press("tab-moments")
    moments = late.at("moments")
    await moments.get_by_text("1/2 + 1/3").first.click()
    await late.sees("1/2 + 1/3 = ?", "poll-question")
    assert not await right_is_shown(late, 1)
    assert await moments.get_by_text("这个提问很好").count() == int(sees_comments)
    assert await late.at("tab-comments").count() == int(sees_comments)
    if sees_comments:
        await moments.get_by_text("这个提问很好").click()
        await late.press("tab-comments")
        await late.sees("这个提问很好", "comment-list")
        assert await right_is_shown(late, 1)  # by then the poll was closed
    await late.look("replay-asked")
