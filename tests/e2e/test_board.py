"""The whiteboard in real browsers: drawn with real pointers, written with input methods, and equal on both sides."""

import re

import pytest

from tests.e2e.hands import Hand, School, alike, at_the_board, same
from tests.support.browser import CHROMIUM

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
TEACHER, STUDENT, OTHER = ("王老师", "teacher"), ("小明", "student"), ("小红", "student")


async def test_ink_of_mouse_and_pen_is_the_same_on_both_sides(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await teacher.drag((0.1, 0.2), (0.25, 0.5), (0.4, 0.2))
        (mouse,) = await student.until_shapes(1, "the teacher's stroke")
        assert "pressure" not in mouse  # a mouse is not pressed
        await teacher.pen((0.5, 0.2, 0.1), (0.55, 0.3, 0.3), (0.6, 0.35, 0.6), (0.65, 0.3, 1.0), (0.7, 0.2, 0.2))
        _, pen = await student.until_shapes(2, "the pen's stroke")
        await same(teacher, student)
        pressure = (await student.shapes())[1]["pressure"]
        assert max(pressure) == 255
        assert min(pressure) < 90
        assert pen["kind"] == "pen"
        await student.take("h")
        await student.drag((0.1, 0.22), (0.7, 0.22))
        await teacher.until_shapes(3, "the student's marker")
        await same(student, teacher)
        await teacher.person.look("ink")


async def test_erasers_take_whole_strokes_or_cut_them_and_undo_brings_back(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await teacher.drag((0.1, 0.5), (0.9, 0.5))
        await teacher.drag((0.1, 0.8), (0.9, 0.8))
        whole = await student.until_shapes(2, "two lines")
        await teacher.take("x")
        await teacher.drag((0.3, 0.4), (0.3, 0.6))  # across the first line
        pieces = await student.until_shapes(3, "the first line in two pieces")
        first = str(whole[0]["id"])
        assert [shape["id"].startswith(f"{first}.") for shape in pieces] == [True, True, False]
        await same(teacher, student)
        await teacher.take("e")
        await teacher.drag((0.6, 0.7), (0.6, 0.9))
        await student.until_shapes(2, "the second line is gone")
        await teacher.page.keyboard.press("Control+z")
        await student.until_shapes(3, "it is back")
        await teacher.page.keyboard.press("Control+z")
        assert await student.until_shapes(2, "the line in one piece") == whole
        await teacher.page.keyboard.press("Control+y")
        await student.until_shapes(3, "cut again")
        await same(teacher, student)


async def test_every_figure_is_drawn_and_filled(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        for place, key in enumerate("naro"):
            await teacher.take(key)
            await teacher.drag((0.05 + 0.22 * place, 0.2), (0.2 + 0.22 * place, 0.45))
        await teacher.take("y")
        for x, y in ((0.2, 0.6), (0.4, 0.6), (0.3, 0.9)):
            await teacher.click(x, y)
        await teacher.page.keyboard.press("Enter")
        await teacher.away()
        shapes = await student.until_shapes(5, "all figures")
        assert [shape["kind"] for shape in shapes] == ["line", "arrow", "rectangle", "ellipse", "polygon"]
        await same(teacher, student)
        # The next one is filled and orange.
        await teacher.person.press("style")
        await teacher.person.press("color-#de7c00", ".flyout")
        await teacher.person.press("fill", ".flyout")
        await teacher.page.keyboard.press("Escape")
        await teacher.take("r")
        await teacher.drag((0.6, 0.6), (0.9, 0.9))
        last = (await student.until_shapes(6, "a filled one"))[-1]
        assert (last["color"], bool(re.fullmatch("#[0-9a-f]{6}", last["fill"]))) == ("#de7c00", True)
        await same(teacher, student)
        await student.person.look("figures")


async def test_text_is_written_with_an_input_method_and_written_anew(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await teacher.take("t")
        await teacher.click(0.2, 0.3)
        field = teacher.person.at("text-field")
        await field.wait_for()
        await teacher.cdp.send("Input.imeSetComposition", {"text": "er ci", "selectionStart": 5, "selectionEnd": 5})
        # Keys that choose a word are the input method's own: neither a tool nor the end of the text.
        for key in ("Enter", "Escape", "p"):
            chosen = {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": key, "isComposing": True}
            await teacher.cdp.send("Input.dispatchKeyEvent", chosen)
        assert await field.is_visible()
        await teacher.compose("er ci han shu", "二次函数")
        await teacher.page.keyboard.press("Enter")
        await teacher.page.keyboard.type("y = ax²")
        await teacher.page.keyboard.press("Escape")
        (text,) = await student.until_shapes(1, "the text")
        assert text["text"] == "二次函数\ny = ax²"
        await teacher.away()
        await same(teacher, student)

        await teacher.take("v")
        await teacher.click(0.22, 0.3, click_count=2)
        await field.wait_for()
        assert await field.input_value() == text["text"]
        await teacher.page.keyboard.type(" + bx + c")
        await teacher.person.press("size-2", ".text-bar")
        await teacher.person.press("text-done")

        async def rewritten() -> bool:
            (now,) = await student.shapes()
            return bool(now["text"] == "二次函数\ny = ax² + bx + c" and now["height"] == 600)

        await student.person.until(rewritten, "the text as it was written anew")
        await teacher.page.keyboard.press("Escape")
        await teacher.away()
        await same(teacher, student)
        # A press beside the field ends the text, and begins no other.
        await teacher.take("t")
        await teacher.click(0.6, 0.7)
        await teacher.page.keyboard.type("顶点")
        await teacher.click(0.8, 0.2)
        await student.until_shapes(2, "the second text")
        assert await field.count() == 0


async def test_a_text_outlives_the_right_to_write_it(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        field, hint = student.person.at("text-field"), student.person.at("board-hint")
        await teacher.person.press("page-count")
        await student.take("t")
        await student.click(0.2, 0.3)
        await student.page.keyboard.type("勾股")
        await teacher.person.press("board-lock")
        await hint.wait_for()
        await student.click(0.8, 0.7)
        await field.press("End")
        await student.page.keyboard.type("定理")
        await teacher.person.press("board-lock")
        await hint.wait_for(state="hidden")
        await student.page.keyboard.press("Escape")
        (text,) = await teacher.until_shapes(1, "the text that waited for the page")
        assert text["text"] == "勾股定理"
        await student.take("t")
        await student.click(0.6, 0.7)
        await student.page.keyboard.type("a² + b²")
        await teacher.person.press("board-lock")
        await hint.wait_for()
        await field.press("Escape")
        assert await student.person.at("unsaved-text").input_value() == "a² + b²"
        await student.person.sees("The board is locked", "unsaved")
        await student.person.look("unsaved")
        await student.person.press("unsaved-copy")
        await student.person.sees("Copied", "toast")
        await student.page.keyboard.press("Escape")
        await student.person.at("unsaved").wait_for(state="detached")


async def test_objects_are_moved_resized_copied_ordered_and_deleted(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await teacher.take("r")
        await teacher.drag((0.2, 0.2), (0.4, 0.4))
        (before,) = await student.until_shapes(1, "a rectangle")
        await teacher.take("v")
        await teacher.click(0.24, 0.2)
        await teacher.person.at("selection-bar").wait_for()
        assert "王老师" in (await teacher.person.at("author").inner_text())
        await teacher.drag((0.24, 0.2), (0.44, 0.4))  # moved by its edge
        await teacher.drag((0.6, 0.6), (0.7, 0.7))  # resized by its corner

        async def changed() -> bool:
            (now,) = await student.shapes()
            moved = now["start"][0] - before["start"][0]
            return bool(abs(moved - 3_200) < 60 and now["size"][0] > before["size"][0] * 1.3)

        await student.person.until(changed, "moved and resized")
        await teacher.page.keyboard.press("Control+d")
        await student.until_shapes(2, "one more")
        await teacher.page.keyboard.press("Control+c")
        await teacher.page.keyboard.press("Control+v")
        first, _, third = await student.until_shapes(3, "and a third")
        assert third["id"] != first["id"]
        await teacher.person.press("order-back")

        async def behind() -> bool:
            return bool((await student.shapes())[0]["id"] == third["id"])

        await student.person.until(behind, "the third lies behind the others")
        await teacher.person.press("delete")
        await student.until_shapes(2, "it is deleted")
        # The same without keys: on the bar, and in the menu once nothing is selected.
        await teacher.menu("menu-paste")
        await student.until_shapes(3, "pasted from the menu")
        await teacher.person.press("cut")
        await student.until_shapes(2, "cut")
        await teacher.menu("menu-paste")
        await student.until_shapes(3, "and back")
        await teacher.person.press("copy")
        await teacher.person.press("paste")
        await student.until_shapes(4, "one more beside it")
        await teacher.page.keyboard.press("Escape")
        # Students change what is theirs: nothing of the teacher's is selected.
        await student.take("v")
        await student.page.keyboard.press("Control+a")
        assert await student.person.at("selection-bar").is_hidden()
        await teacher.away()
        await same(teacher, student)


async def test_what_is_in_hand_outlives_another_language_and_coming_back(school: School) -> None:
    async with at_the_board(school, TEACHER) as (teacher,):
        await teacher.take("t")
        await teacher.person.press("language")
        await teacher.page.locator(':lang(zh) [data-testid="tool-text"][aria-pressed="true"]').wait_for()
        await teacher.write(0.3, 0.3, "x = 1")
        await teacher.take("p")
        await teacher.drag((0.2, 0.6), (0.8, 0.6))
        await teacher.until_shapes(2, "a text and a stroke")
        await teacher.take("v")
        await come_back(teacher)
        await teacher.until_shapes(2, "the board as it was")
        assert await teacher.person.at("board").get_attribute("data-tool") == "select"
        await teacher.click(0.5, 0.6)
        await teacher.person.at("selection-bar").wait_for()


async def test_what_is_drawn_under_a_notice_is_not_lost(school: School) -> None:
    async with at_the_board(school, TEACHER) as (teacher,):
        await teacher.page.evaluate("""
          async () => {
            const { toast } = await import("/web/ui/parts.js");
            toast("one");
            toast("two");
          }
        """)
        await teacher.person.sees("two", "toast")
        first, board = teacher.person.at("toast").first, teacher.person.at("board")
        notice, box = await first.bounding_box(), await board.bounding_box()
        assert notice
        assert box
        assert notice["y"] + notice["height"] <= box["y"]  # the newest hides nothing of the board
        await first.evaluate("(toast, top) => { toast.parentElement.style.top = `${top}px`; }", box["y"] + 40)
        words = await first.locator("span").first.bounding_box()
        assert words
        await teacher.page.mouse.move(words["x"] + 4, words["y"] + 4)
        await teacher.page.mouse.down()
        await teacher.page.mouse.move(box["x"] + 300, box["y"] + 300, steps=8)
        await teacher.page.mouse.up()
        await teacher.until_shapes(1, "begun on the notice's words")


async def test_pages_are_added_turned_sorted_locked_and_removed(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await teacher.drag((0.2, 0.2), (0.6, 0.7))
        await teacher.person.press("page-count")
        await teacher.person.until(lambda: thumbnail_has_ink(teacher, 1), "the thumbnail follows the ink")
        for paper in ("grid", "dark"):
            await teacher.person.press("page-add")
            await teacher.person.press(f"paper-{paper}", ".flyout")
        await student.person.until(lambda: shows(student, 3), "everybody turned to the new page")
        await teacher.drag((0.3, 0.3), (0.7, 0.3))
        await student.until_shapes(1, "ink on the dark page")
        await teacher.person.look("pages")
        await teacher.person.press("page-count")
        await same(teacher, student)
        await teacher.person.press("page-count")

        # A page in the strip takes its own keys only: the others go to the board.
        await teacher.person.at("page-go").nth(2).focus()
        await teacher.take("h")
        await teacher.page.locator('[data-testid="board"][data-tool="highlighter"]').wait_for()
        await teacher.page.keyboard.press("Control+z")
        await student.until_shapes(0, "the last stroke taken back")
        await teacher.page.keyboard.press("Control+y")
        await student.until_shapes(1, "and done again")
        # By the keyboard one to the left, by the mouse to the front.
        await teacher.person.at("page-go").nth(2).focus()
        await teacher.page.keyboard.press("Alt+ArrowLeft")
        await student.person.until(lambda: ordered(student, [1, 3, 2]), "sorted by the keyboard")
        one, two = [await teacher.person.at("page-go").nth(place).bounding_box() for place in (0, 1)]
        assert one is not None
        assert two is not None
        await teacher.page.mouse.move(two["x"] + 40, two["y"] + 20)
        await teacher.page.mouse.down()
        await teacher.page.mouse.move(one["x"] + 10, one["y"] + 20, steps=8)
        await teacher.page.mouse.up()
        await student.person.until(lambda: ordered(student, [3, 1, 2]), "sorted by the mouse")

        await teacher.person.press("page-more", ".strip-page.here")
        await teacher.person.press("page-lock")
        await student.person.at("board-hint").wait_for()
        await teacher.person.press("page-more", ".strip-page.here")
        await teacher.person.press("page-lock")
        await student.button("tool-pen").wait_for()
        await teacher.person.press("page-more", ".strip-page.here")
        await teacher.person.press("page-remove")
        await teacher.person.press("confirm-yes")
        await student.person.until(lambda: ordered(student, [1, 2]), "removed")


async def test_whoever_is_free_looks_around_and_comes_back(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await teacher.person.press("page-add")
        await teacher.person.press("paper-blank", ".flyout")
        await student.person.until(lambda: shows(student, 2), "the new page")
        assert await student.button("page-before").is_hidden()
        await teacher.person.press("page-count")
        await teacher.person.press("board-free")
        await student.person.press("page-before")
        await student.person.until(lambda: shows(student, 1), "the student looks at the first page")
        await student.person.look("looking-around")
        await student.person.press("place-back")
        await student.person.until(lambda: shows(student, 2), "back at the teacher's page")
        # The teacher shows a part of the page; the student follows, and stops following.
        await teacher.person.press("lead")
        await teacher.page.mouse.move(*await teacher.spot(0.5, 0.5))
        await teacher.page.keyboard.press("+")
        await teacher.page.keyboard.press("+")
        await student.person.until(lambda: zoomed(student), "the student sees what the teacher sees")
        await student.person.sees("王老师", "place")


async def test_a_student_s_paper_is_shown_to_the_class(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT, OTHER, draw=False) as (teacher, student, other):
        await student.person.press("paper")
        await student.person.at("place").wait_for()
        await student.drag((0.2, 0.3), (0.5, 0.6), (0.8, 0.3))  # without any right to draw for the class
        await student.settled()
        assert await other.shapes() == []
        assert "小明" not in await other.canonical()
        await teacher.person.press("paper")
        await teacher.person.look("papers")
        await teacher.person.at("gallery-paper").filter(has_text="小明").click()
        await teacher.until_shapes(1, "the student's paper")
        await teacher.drag((0.2, 0.8), (0.8, 0.8))
        await student.until_shapes(2, "the teacher's line on the paper")
        await teacher.person.press("paper-show")
        shown = await other.until_shapes(2, "the paper before the class")
        assert len({shape["author"] for shape in shown}) == 2  # each keeps its author
        await student.person.press("place-back")
        await student.until_shapes(2, "the student sees it too")
        await alike(teacher, other)  # the boards differ: staff have everybody's paper
        await other.person.look("shown")
        # Names outlive those who left, and the teacher's own way out and back.
        await leave(student)
        await come_back(teacher)
        await teacher.person.press("paper")
        await teacher.person.sees("小明", "gallery-paper")
        await teacher.person.press("sheet-close")
        await teacher.menu("menu-authors")
        await teacher.person.at("author-groups").get_by_text("小明").first.wait_for()


async def test_locks_clearing_and_a_student_s_step_taken_back(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        for y in (0.3, 0.5):
            await student.drag((0.2, y), (0.8, y))
        await teacher.drag((0.2, 0.7), (0.8, 0.7))
        await teacher.until_shapes(3, "three strokes")
        # The teacher takes back the student's last step, not their own.
        await teacher.person.press("person-more", '[data-testid="people-list"] [data-member="2"]')
        await teacher.person.press("undo-member", '[data-testid="people-list"] [data-member="2"]')
        await student.until_shapes(2, "the student's second stroke is gone")
        await teacher.menu("menu-clear", "clear-2")
        await teacher.person.press("confirm-yes")
        await student.until_shapes(1, "what the student drew is gone")
        await teacher.page.keyboard.press("Control+z")
        await student.until_shapes(2, "and back")
        await student.menu("menu-clear", "clear-mine")
        await student.until_shapes(1, "the student's own are gone")
        await teacher.person.press("page-count")
        await teacher.person.press("board-lock")
        await student.person.at("board-hint").wait_for()
        assert await student.button("tool-pen").is_hidden()
        await student.drag((0.2, 0.2), (0.8, 0.2))
        await teacher.person.press("board-lock")
        await teacher.person.press("page-count")
        await student.button("tool-pen").wait_for()
        assert len(await teacher.shapes()) == 1
        await same(teacher, student)


async def test_two_fingers_move_the_view_and_a_pen_latches_out_the_palm(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT, has_touch=True) as (teacher, student):
        await student.swipe([(0.3, 0.3), (0.4, 0.4), (0.5, 0.5)])
        await teacher.until_shapes(1, "a finger draws")
        steps = 8
        left = [(0.45 - 0.03 * step, 0.5) for step in range(steps)]
        right = [(0.55 + 0.03 * step, 0.5) for step in range(steps)]
        await student.swipe(left, right)
        await student.person.until(lambda: zoomed(student), "two fingers zoom")
        await student.page.keyboard.press("0")
        assert len(await student.shapes()) == 1
        await student.pen((0.5, 0.2, 0.5), (0.6, 0.25, 0.5), (0.7, 0.2, 0.5))
        await teacher.until_shapes(2, "a pen draws")
        await student.swipe([(0.2, 0.8), (0.3, 0.8), (0.4, 0.8)])  # a palm
        await student.settled()
        assert len(await student.shapes()) == 2


async def test_the_board_by_keyboard_and_in_words(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await student.person.at("board").focus()
        await student.take("p")
        await student.page.keyboard.press("Space")
        for _ in range(6):
            await student.page.keyboard.press("ArrowRight")
        await student.page.keyboard.press("Space")
        await teacher.until_shapes(1, "drawn by keys")
        await student.write(0.3, 0.3, "my answer")
        await teacher.until_shapes(2, "and a text")
        await teacher.person.at("announcer").filter(has_text="小明").wait_for(state="attached")
        await teacher.menu("menu-list")
        await teacher.person.sees("Pen strokes by 小明: 1", "outline")
        await teacher.person.sees("Text: my answer (小明)", "outline")
        await teacher.person.press("sheet-close")
        await teacher.menu("menu-authors")
        await teacher.person.at("author-groups").get_by_text("小明").first.wait_for()
        await teacher.person.look("authors")
        await teacher.take("?")
        await teacher.person.at("keys").wait_for()
        await teacher.person.look("keys")
        await teacher.page.keyboard.press("Escape")
        # The toolbar is one stop for Tab, and arrows walk in it; a box that opened is left with Escape.
        await teacher.button("tool-pen").focus()
        await teacher.page.keyboard.press("ArrowRight")
        await teacher.page.keyboard.press("ArrowRight")
        await teacher.page.keyboard.press("ArrowRight")
        await teacher.page.keyboard.press("Enter")
        await teacher.page.locator('.flyout [data-testid="tool-ellipse"]').wait_for()
        await teacher.page.keyboard.press("Escape")
        assert await teacher.page.evaluate("document.activeElement.dataset.testid") == "tool-shape"


async def leave(hand: Hand) -> None:
    await hand.person.press("leave")
    await hand.person.press("confirm-yes")
    await hand.person.at("stopped-action").wait_for()


async def come_back(hand: Hand) -> None:
    await leave(hand)
    await hand.person.press("stopped-action")
    await hand.person.in_state("room")


async def thumbnail_has_ink(hand: Hand, page: int) -> bool:
    dark = """(page) => {
      const canvas = document.querySelector(`.strip canvas[data-page="${page}"]`);
      const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, at) => at % 4 === 0 && data[at + 3] > 200 && value < 200);
    }"""
    return bool(await hand.page.evaluate(dark, page))


async def shows(hand: Hand, page: int) -> bool:
    return await hand.person.at("board").get_attribute("data-page") == str(page)


async def ordered(hand: Hand, pages: list[int]) -> bool:
    return bool(await hand.page.evaluate("() => classroom.board.common.map(({ page }) => page)") == pages)


async def zoomed(hand: Hand) -> bool:
    return bool(await hand.page.evaluate("() => classroom.view?.width < 15_000"))
