"""The board's controls in the windows of a school: a laptop, a pad, phones held upright and across."""

import pytest

from tests.e2e.hands import Hand, School, at_the_board
from tests.support.browser import CHROMIUM

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
TEACHER, STUDENT = ("王老师", "teacher"), ("小明", "student")
WINDOWS = {
    "desktop": (1366, 768),
    "pad": (1024, 768),
    "upright": (820, 1180),
    "phone": (390, 844),
    "small": (360, 740),
    "across": (844, 390),
}
# A page as lessons have them, put there at once.
LESSON_JS = """
() => {
  const wave = Array.from({length: 120}, (_, i) => (i % 2 ? Math.round(Math.sin(i / 8) * 90) : 60));
  const put = (shape) => classroom.edits.put({page: classroom.shown, ...shape});
  put({kind: "pen", start: [1500, 5200], color: "#1c2430", width: 36, points: wave});
  put({kind: "highlighter", start: [1500, 1500], color: "#ffe14d", width: 260, points: [5200, 0]});
  const text = "二次函数 y = ax² + bx + c";
  put({kind: "text", start: [1500, 1250], color: "#1c2430", text, font: "sans", height: 400});
  put({kind: "rectangle", start: [9000, 1200], size: [3200, 1800], color: "#2a78f0", width: 36, fill: "#cfe3f0"});
  put({kind: "arrow", start: [7000, 3400], points: [1800, -900], color: "#00a673", width: 36});
  put({kind: "ellipse", start: [11500, 4300], size: [2400, 1600], color: "#cc79a7", width: 36});
}
"""
# Who has read a notice closes it.
READ_JS = '() => document.querySelectorAll(".toast > button:last-child").forEach((close) => close.click())'
# What of the board's controls one cannot press: outside the window, under another one, or too small for a finger.
UNFIT_JS = """
(least) => [...document.querySelectorAll(":is(.board-bar, .selection-bar, .flyout) button")].flatMap((button) => {
  if (button.closest(".flyout")) button.scrollIntoView({block: "nearest"});
  const {left, top, right, bottom, width, height} = button.getBoundingClientRect();
  if (!width || button.closest(".strip-list")) return []; // hidden, or in what scrolls
  const name = button.dataset.testid;
  if (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1) return [`${name} is outside`];
  if (Math.min(width, height) < least) return [`${name} is ${width} x ${height}`];
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return button.contains(hit) || hit?.closest(".flyout") ? [] : [`${name} is covered by ${hit?.className}`];
})
"""


@pytest.mark.parametrize(
    ("window", "lang"),
    [
        ("desktop", "zh"),
        ("desktop", "en"),
        ("pad", "en"),
        ("upright", "en"),
        ("phone", "zh"),
        ("small", "en"),
        ("across", "en"),
    ],
)
async def test_everything_is_in_reach_in_every_window(school: School, window: str, lang: str) -> None:
    touch = {} if window == "desktop" else {"has_touch": True, "is_mobile": True}
    people = (TEACHER, STUDENT)
    async with at_the_board(school, *people, size=WINDOWS[window], lang=lang, **touch) as (teacher, student):
        await teacher.page.evaluate(LESSON_JS)
        await teacher.page.evaluate(READ_JS)
        for hand in (teacher, student):
            least = 44 if touch else 30
            await hand.person.look(f"board-{window}-{lang}")
            await in_reach(hand, least)
            assert await hand.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
            for opener in ("tool-shape", "style", "board-menu"):
                await hand.person.press(opener)
                await hand.person.look(f"board-{window}-{lang}-{opener}")
                await in_reach(hand, least)
                await hand.page.keyboard.press("Escape")
            await hand.person.press("page-count")
            await in_reach(hand, least)
            await hand.person.look(f"board-{window}-{lang}-pages")


@pytest.mark.parametrize("window", ["phone", "small"])
async def test_a_paper_and_a_selection_have_all_in_reach_on_a_phone(school: School, window: str) -> None:
    touch = {"has_touch": True, "is_mobile": True}
    async with at_the_board(school, TEACHER, STUDENT, size=WINDOWS[window], lang="en", **touch) as hands:
        teacher, student = hands
        await student.person.press("paper")
        await student.person.sees("My scratch paper", "place")
        await teacher.person.press("paper")
        await teacher.person.press("gallery-paper")
        await teacher.person.sees("小明", "place")
        for hand in hands:
            await hand.page.evaluate(READ_JS)
            await hand.person.look(f"paper-{window}-en")
            await in_reach(hand, 44)
            assert await hand.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
            await hand.person.press("place-back")
            await hand.person.at("place").wait_for(state="hidden")
        await teacher.page.evaluate(LESSON_JS)
        await teacher.page.keyboard.press("Control+a")
        await teacher.person.press("copy")
        await teacher.person.at("paste").wait_for()
        await in_reach(teacher, 44)
        await teacher.person.look(f"selected-{window}-en")


@pytest.mark.parametrize("window", ["phone", "small", "across"])
async def test_a_phone_has_the_bar_of_what_is_selected_beside_the_board(school: School, window: str) -> None:
    touch = {"has_touch": True, "is_mobile": True}
    async with at_the_board(school, TEACHER, size=WINDOWS[window], lang="zh", **touch) as (teacher,):
        await teacher.page.evaluate(LESSON_JS)
        await teacher.page.keyboard.press("Control+a")
        await teacher.person.press("copy")
        await teacher.person.at("paste").wait_for()
        await teacher.person.look(f"selected-{window}-zh")
        bar, board = [await teacher.person.at(test).bounding_box() for test in ("selection-bar", "board")]
        assert bar is not None
        assert board is not None
        assert bar["y"] >= board["y"] + board["height"]
        assert bar["y"] + bar["height"] <= WINDOWS[window][1]
        await teacher.drag((0.5, 0.5), (0.55, 0.5))  # what is selected moves, and the bar stays
        assert await teacher.person.at("selection-bar").bounding_box() == bar


NOTE_JS = """
() => {
  const [note, input] = [".chat .empty", ".chat-input"].map((name) => document.querySelector(name));
  const text = document.createRange();
  text.selectNodeContents(note);
  const [words, box, field] = [text, note, input].map((each) => each.getBoundingClientRect());
  return words.top >= box.top && words.bottom <= box.bottom && box.bottom <= field.top;
}
"""


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("windows", [["desktop"], ["phone", "small", "across"]], ids=["desktop", "touch"])
async def test_the_note_of_an_empty_chat_stands_above_the_field(school: School, windows: list[str], lang: str) -> None:
    touch = {} if windows == ["desktop"] else {"has_touch": True, "is_mobile": True}
    size = WINDOWS[windows[0]]
    async with at_the_board(school, TEACHER, STUDENT, size=size, lang=lang, **touch) as (teacher, student):
        for led in (False, True):
            if led:
                await teacher.page.evaluate("() => classroom.lead(true)")
                await student.person.at("place").wait_for()  # takes a row of the chat's height
            for window in windows:
                width, height = WINDOWS[window]
                await student.page.set_viewport_size({"width": width, "height": height})
                await student.person.look(f"chat-{window}-{lang}")
                assert await student.page.evaluate(NOTE_JS)


async def in_reach(hand: Hand, least: int) -> None:
    """Once the page has come to rest."""
    unfit: list[str] = []

    async def none() -> bool:
        unfit[:] = await hand.page.evaluate(UNFIT_JS, least)
        return not unfit

    try:
        await hand.person.until(none, "every control is in reach", within_s=10)
    except AssertionError as error:
        raise AssertionError(f"{error}; {unfit}") from None
