"""Calling a teacher in two real browsers: on duty, the bell, not now, a lesson, and back to the lobby."""

from pathlib import Path

import pytest

from tests.e2e.test_lesson import link
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.server import ServerProcess, forms, serving

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
LOBBIES = '[[lobbies]]\nname = "evening"\n'
STRICT = LOBBIES + forms(one_to_one={"dues": True, "evaluation_s": 1, "quota_s": 60})
PHONE = (390, 844)


async def enter(person: Person, url: str) -> None:
    await person.page.goto(url)
    await person.in_state("join")
    await person.press("join-button")
    await person.in_state("lobby")


async def test_a_student_calls_and_the_two_meet(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=LOBBIES) as server, chromium() as browser:
        async with sitting(browser, "teacher") as teacher, sitting(browser, "student", size=PHONE) as student:
            await enter(teacher, link(server.url, "evening", "t", "teacher", "王老师"))
            await enter(student, link(server.url, "evening", "s", "student", "小明"))
            await a_teacher_goes_on_duty_and_is_found(teacher, student)
            await a_call_is_declined(teacher, student)
            await another_is_accepted(teacher, student)
            await a_page_that_is_loaded_again_finds_the_lesson(student)
            await the_lesson_is_over_and_both_are_in_the_lobby(teacher, student)
            await who_has_left_a_lesson_that_goes_on_is_shown_the_way_back(teacher, student)
            await who_is_called_before_they_are_back_is_brought_to_the_bell(teacher, student)
            await the_evening_is_over(server, teacher, student)


async def a_teacher_goes_on_duty_and_is_found(teacher: Person, student: Person) -> None:
    await student.sees("No teacher is on duty yet", "teachers-count")
    assert await teacher.connections() == 0  # nobody is heard or seen in a lobby
    await teacher.press("duty-subject-physics")
    await teacher.press("duty-subject-chemistry")
    await teacher.press("duty-grade-8")
    await teacher.press("duty-begin")
    await teacher.sees("You are on duty", "duty-state")
    await student.sees("王老师", "teacher")
    await student.at("lobby-search").fill("nobody")
    await student.sees("No such teacher", "teachers-count")
    await student.at("lobby-search").fill("王")
    await student.look("lobby")


async def a_call_is_declined(teacher: Person, student: Person) -> None:
    await student.at("call").filter(has_text="Chemistry").click()
    await teacher.sees("小明 is calling: Chemistry", "bell")
    await student.sees("Calling 王老师", "call-state")
    assert 20 <= int(await teacher.at("ring-left").inner_text()) <= 30
    assert await teacher.page.title() == "☎ 小明 is calling"
    await teacher.look("bell")
    await student.look("calling")
    await teacher.press("call-decline")
    await student.sees("Not now", "toast")
    await student.at("my-call").wait_for(state="hidden")


async def another_is_accepted(teacher: Person, student: Person) -> None:
    await student.press("language")
    await student.at("call").filter(has_text="物理").click()
    await student.sees("正在呼叫", "call-state")
    await student.look("calling-zh")
    await teacher.press("call-accept")
    for person in (teacher, student):
        await person.in_state("room")
    await student.receives("energy", more_than=0)
    await student.look("lesson-called-for")


async def a_page_that_is_loaded_again_finds_the_lesson(student: Person) -> None:
    await student.page.reload()
    await student.in_state("room")


async def the_lesson_is_over_and_both_are_in_the_lobby(teacher: Person, student: Person) -> None:
    await ends_the_lesson(teacher)
    await student.press("star-5")
    await student.press("evaluation-send")
    await student.at("thanks").wait_for()
    await student.look("thanks-called-for")
    for person in (teacher, student):
        await person.press("to-lobby")
        await person.in_state("lobby")
    await student.at("teacher").filter(has_text="空闲").wait_for()
    await teacher.sees("You are on duty", "duty-state")


async def who_has_left_a_lesson_that_goes_on_is_shown_the_way_back(teacher: Person, student: Person) -> None:
    await student.at("call").first.click()
    await teacher.press("call-accept")
    await teacher.in_state("room")
    await student.in_state("room")
    await leaves_for_the_lobby(student)
    await student.look("lesson-runs")
    await student.press("lobby-enter")
    await student.in_state("room")


async def who_is_called_before_they_are_back_is_brought_to_the_bell(teacher: Person, student: Person) -> None:
    """The teacher still reads the summary of their lesson."""
    await ends_the_lesson(teacher)
    await teacher.at("summary").wait_for()
    await student.press("star-4")
    await student.press("evaluation-send")
    await student.press("to-lobby")
    await student.at("call").first.click()
    await teacher.sees("小明 is calling", "bell")
    await teacher.look("bell-again")


async def the_evening_is_over(server: ServerProcess, teacher: Person, student: Person) -> None:
    lobbies = [room["room"] for room in (await server.call("GET", "/v1/rooms?live=true"))[1]["rooms"]]
    [lobby] = [room for room in lobbies if room.count(".") == 1]
    await server.call("POST", f"/v1/rooms/{lobby}/end")
    for person in (teacher, student):
        await person.at("stopped").wait_for()
    await student.look("over")


async def leaves_for_the_lobby(person: Person) -> None:
    await person.press("leave")
    await person.press("confirm-yes")
    await person.press("stopped-action")
    await person.in_state("lobby")


async def ends_the_lesson(teacher: Person) -> None:
    await teacher.press("end-room")
    await teacher.press("confirm-yes")


@pytest.mark.rule("CALL-11", "CALL-13")
async def test_who_may_have_no_lesson_now_learns_it_in_the_lobby(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=STRICT) as server, chromium() as browser:
        async with sitting(browser, "teacher") as teacher, sitting(browser, "student", size=PHONE) as student:
            await enter(teacher, link(server.url, "evening", "t", "teacher", "王老师"))
            await enter(student, link(server.url, "evening", "s", "student", "小明"))
            await the_two_meet(teacher, student)
            await a_lesson_that_was_not_evaluated_is_asked_for_first(teacher, student)
            await a_teacher_whose_week_is_used_up_is_called_no_more(teacher, student)


async def the_two_meet(teacher: Person, student: Person) -> None:
    await teacher.press("duty-subject-physics")
    await teacher.press("duty-begin")
    await student.press("call")
    await teacher.press("call-accept")
    for person in (teacher, student):
        await person.in_state("room")


async def a_lesson_that_was_not_evaluated_is_asked_for_first(teacher: Person, student: Person) -> None:
    """It ends while the student is in the lobby already."""
    await leaves_for_the_lobby(student)
    await student.at("barred").wait_for(state="hidden")
    await ends_the_lesson(teacher)
    await student.sees("How was your last lesson?", "barred")
    assert await student.at("call").first.is_disabled()
    await student.look("barred-due-en")
    await student.press("language")
    await student.sees("上一节课怎么样？", "barred")
    await student.look("barred-due-zh")
    await student.page.reload()
    await student.sees("上一节课怎么样？", "barred")
    await student.press("star-5")
    await student.press("evaluation-send")
    await student.at("barred").wait_for(state="hidden")


async def a_teacher_whose_week_is_used_up_is_called_no_more(teacher: Person, student: Person) -> None:
    """No whole minute is left of it: they are told at once."""
    await teacher.press("to-lobby")
    await teacher.sees("This week’s hours are used up", "barred")
    await teacher.at("refused-when").wait_for()
    await teacher.sees("You are not on duty", "duty-state")
    await student.sees("现在还没有老师在线", "teachers-count")
    await teacher.look("barred-quota-en")
    await teacher.press("language")
    await teacher.sees("本周的时长已用完", "barred")
    await teacher.press("duty-subject-physics")
    await teacher.press("duty-begin")
    await teacher.sees("未值班", "duty-state")
    await teacher.look("barred-quota-zh")
