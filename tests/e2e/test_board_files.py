"""Formulas, pictures, slides and files of the whiteboard in real browsers: put there by one, seen by the other."""

import zipfile
from base64 import b64encode
from io import BytesIO

import pytest

from tests.e2e.hands import Hand, School, at_the_board, same
from tests.support.browser import CHROMIUM
from tests.support.files import picture, slides

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
TEACHER, STUDENT = ("王老师", "teacher"), ("小明", "student")
SLIDES = {"0 0 960 540": 1.78, "0 0 400 300": 1.33, "0 0 300 600": 0.5}  # media boxes, and width by height
# A picture in the clipboard, as a screen shot leaves it there.
PASTE_JS = """
async () => {
  const canvas = new OffscreenCanvas(400, 300);
  const context = canvas.getContext("2d");
  context.fillStyle = "#de7c00";
  context.fillRect(0, 0, 400, 300);
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([await canvas.convertToBlob()], "shot.png", {type: "image/png"}));
  document.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}
"""
DROP_JS = """
([x, y, base64, type, name]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, {type}));
  const frame = document.querySelector(".board-live");
  for (const kind of ["dragenter", "dragover", "drop"])
    frame.dispatchEvent(new DragEvent(kind, {dataTransfer, clientX: x, clientY: y, bubbles: true, cancelable: true}));
}
"""


async def test_a_formula_is_previewed_placed_and_written_anew(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await teacher.take("f")
        await teacher.click(0.5, 0.4)
        source = teacher.person.at("formula-source")
        await source.fill(r"\frac{1}{")
        await teacher.person.at("formula-trouble").filter(has_text="{").wait_for()
        assert await teacher.button("formula-place").is_disabled()
        await source.fill("")
        await teacher.page.locator(".formula-keys button").first.click()  # a fraction
        assert await source.input_value() == r"\frac{}{}"
        await source.fill(r"x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}")
        await teacher.page.locator(".formula-preview svg").wait_for()
        await teacher.person.look("formula")
        await teacher.person.press("formula-place")
        (formula,) = await student.until_shapes(1, "the formula")
        assert (formula["kind"], formula["latex"]) == ("formula", r"x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}")
        await teacher.page.keyboard.press("Escape")
        await teacher.away()
        await same(teacher, student)
        await teacher.click(0.5, 0.4, click_count=2)
        await source.fill("x^2")
        await teacher.page.locator(".formula-preview svg").wait_for()
        await teacher.person.press("formula-place")
        await student.person.until(lambda: has_latex(student, "x^2"), "the formula as it was written anew")


async def test_pictures_come_from_the_clipboard_a_file_and_a_drop(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await student.page.evaluate(PASTE_JS)
        (pasted,) = await teacher.until_shapes(1, "the pasted picture")
        assert (pasted["kind"], pasted["author"]) == ("image", 2)
        assert pasted["size"][0] * 3 == pasted["size"][1] * 4
        await student.page.keyboard.press("Escape")
        async with student.page.expect_file_chooser() as chooser:
            await student.person.press("tool-image")
        await (await chooser.value).set_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": picture(size=(64, 32))}
        )
        await teacher.until_shapes(2, "the picture from a file")
        spot = await student.spot(0.2, 0.2)
        await student.page.evaluate(DROP_JS, [*spot, b64encode(picture()).decode(), "image/png", "b.png"])
        shapes = await teacher.until_shapes(3, "the dropped picture")
        assert shapes[2]["start"][0] < 3_200 < shapes[2]["start"][0] + shapes[2]["size"][0]
        await student.page.evaluate(DROP_JS, [*spot, b64encode(b"no picture").decode(), "image/png", "c.png"])
        await student.person.at("toast").filter(has_text="not a picture").wait_for()
        await student.page.keyboard.press("Escape")
        await student.away()
        await same(teacher, student)


async def test_slides_become_pages_and_the_board_becomes_files(school: School) -> None:
    async with at_the_board(school, TEACHER, STUDENT) as (teacher, student):
        await teacher.drag((0.2, 0.2), (0.6, 0.6))
        await add_slides(teacher, slides(list(SLIDES)))
        await student.person.until(lambda: page_count(student, 4), "three slides behind the first page", within_s=40)
        await student.person.until(lambda: shows_page(student, 2), "everybody at the first slide")
        await teacher.drag((0.1, 0.8), (0.5, 0.8))
        await same(teacher, student)
        await student.person.look("slide")
        await teacher.person.press("page-count")
        await teacher.person.until(lambda: has_slides(teacher, [*SLIDES.values()]), "the slides in their order")
        await teacher.person.look("slides")

        one, every = await download(teacher, "page-png"), await download(teacher, "all-pdf")
        assert one.startswith(b"\x89PNG")
        assert every.startswith(b"%PDF-")
        with zipfile.ZipFile(BytesIO(await download(student, "all-svg"))) as pictures:
            assert len(pictures.namelist()) == 4
        await add_slides(teacher, b"%PDF-1.7 and nothing more")
        await teacher.person.at("toast").filter(has_text="cannot be opened").wait_for()


async def add_slides(hand: Hand, data: bytes) -> None:
    await hand.person.press("page-add")
    async with hand.page.expect_file_chooser() as chooser:
        await hand.person.press("slides-add", ".flyout")
    await (await chooser.value).set_files({"name": "lesson.pdf", "mimeType": "application/pdf", "buffer": data})


async def download(hand: Hand, what: str) -> bytes:
    await hand.menu("menu-export")
    async with hand.page.expect_download() as coming:
        await hand.person.press(f"export-{what}")
    return (await (await coming.value).path()).read_bytes()


async def page_count(hand: Hand, count: int) -> bool:
    return bool(await hand.page.evaluate("() => classroom.board.common.length") == count)


async def has_slides(hand: Hand, shapes: list[float]) -> bool:
    pictures = """() => classroom.board.common.slice(1).map(({ background }) => {
      const picture = classroom.assets.picture(background);
      return picture && Math.round(100 * picture.width / picture.height) / 100;
    })"""
    return bool(await hand.page.evaluate(pictures) == shapes)


async def has_latex(hand: Hand, latex: str) -> bool:
    return any(shape.get("latex") == latex for shape in await hand.shapes())


async def shows_page(hand: Hand, page: int) -> bool:
    return await hand.person.at("board").get_attribute("data-page") == str(page)
