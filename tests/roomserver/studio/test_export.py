"""What is exported looks as the board does: points of pictures are compared."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageChops

from roomserver.config import read
from roomserver.parts import studio_of
from roomserver.studio.export import export
from roomserver.studio.jobs import Export, Format, Sheet
from tests.support import files, pages
from tests.support.fonts import FONTS, needs_han
from tests.support.pages import MARKED, rectangle, sheet, text

WHITE, RED = (255, 255, 255), (255, 0, 0)


def made(format: Format, *sheets: Sheet, **more: Any) -> bytes:
    return export(Export(format, sheets, fonts=FONTS, **more)).data


def looked_at(format: Format, *sheets: Sheet, **more: Any) -> Image.Image:
    """The first page, 2,400 points wide."""
    data = made(format, *sheets, **more)
    if format == "pdf":
        drawn: Image.Image = pypdfium2.PdfDocument(data)[0].render(scale=2.5).to_pil()
        return drawn.convert("RGB")
    return files.shown(data)


def at(image: Image.Image, x: int, y: int) -> Any:
    """The colour where these board units are."""
    assert image.size == (2400, 1350)
    return image.getpixel((x * 3 // 20, y * 3 // 20))


def ink_of(image: Image.Image) -> tuple[int, int, int, int] | None:
    """The box around all that is not white."""
    return ImageChops.invert(image).getbbox()


@pytest.mark.rule("EXPORT-1")
@pytest.mark.parametrize("format", ["png", "pdf"])
def test_shapes_are_where_they_are_in_their_colours_and_a_highlighter_multiplies(format: Format) -> None:
    page = sheet(rectangle(1000, 1000, 4000, 3000), pages.marker(500, 2000, 9000))
    image = looked_at(format, page)
    assert at(image, 2000, 3500) == RED
    assert at(image, 900, 3500) == WHITE
    assert at(image, 5100, 3500) == WHITE
    assert at(image, 7000, 2000) == MARKED
    assert at(image, 2000, 2000) == RED  # what it covers stays as strong as it was


@pytest.mark.rule("EXPORT-1")
def test_shapes_lie_in_the_order_of_their_place_open_or_not() -> None:
    open_one = sheet(rectangle(1000, 1000, 4000, 3000))
    below = sheet({}, rectangle(1000, 1000, 4000, 3000, "#0000ff"))
    whole = Sheet(1, "blank", open_one.shapes, below.chunks)
    assert at(looked_at("png", whole), 2000, 2000) == (0, 0, 255)


@pytest.mark.rule("EXPORT-1")
def test_pictures_and_slides_are_in_the_file() -> None:
    asset, picture = "a" * 32, files.picture("WEBP")
    image = {"kind": "image", "start": [1000, 1000], "size": [6000, 3000], "asset": asset, "color": ""}
    for format in ("png", "pdf"):
        seen = looked_at(format, sheet(image), pictures={asset: picture})
        assert [at(seen, x, 2000)[0] > 200 for x in (2000, 6000)] == [True, False]
        seen = looked_at(format, sheet(background=asset), pictures={asset: picture})
        assert at(seen, 300, 4500) == WHITE  # 3 : 2 on a page of 16 : 9
        assert at(seen, 3000, 4500)[0] > 200
    assert b"data:image/webp;base64," in made("svg", sheet(image), pictures={asset: picture})


@pytest.mark.rule("EXPORT-1")
def test_a_formula_is_drawn_and_one_that_is_none_is_shown_as_its_source() -> None:
    formula = {"kind": "formula", "start": [1000, 1000], "size": [6000, 3000], "color": "#1c1c1c"}
    svg = made("svg", sheet({**formula, "latex": r"\frac{1}{2}"}, {**formula, "latex": r"\frac{1"})).decode()
    assert svg.count("<path") == 1
    assert r"\frac{1</tspan>" in svg
    box = ink_of(looked_at("png", sheet({**formula, "latex": r"\boxed{x}"})))
    assert box is not None
    left, top, right, bottom = box
    assert (left, top, bottom) == (150, 150, 600)
    assert 850 < right <= 1050  # the room that the letter leaves beside it is in the box, too


@pytest.mark.rule("EXPORT-1")
def test_all_pages_are_one_pdf_or_an_archive_of_pictures() -> None:
    sheets = [sheet(page=1), sheet(page=7, background="dark")]
    document = pypdfium2.PdfDocument(made("pdf", *sheets))
    assert [document[number].get_size() for number in range(len(document))] == [(960, 540)] * 2
    for format in ("svg", "png"):
        with zipfile.ZipFile(io.BytesIO(made(format, *sheets, packed=True))) as archive:
            assert archive.namelist() == [f"page-1.{format}", f"page-2.{format}"]
            second = archive.read(f"page-2.{format}")
    assert files.shown(second).getpixel((9, 9)) == (0x1F, 0x2A, 0x30)


@needs_han
@pytest.mark.rule("EXPORT-2")
@pytest.mark.parametrize("font", ["sans", "serif", "mono"])
@pytest.mark.parametrize("format", ["png", "pdf"])
def test_chinese_is_drawn_and_not_a_box_for_every_character(format: Format, font: str) -> None:
    """Different characters look different, the same look the same, and each has ink in its square."""
    looks = {}
    for words in ("数", "学", "面"):
        image = looked_at(format, sheet(text(words, font=font)))
        box = ink_of(image)
        assert box is not None
        looks[words] = image.crop((150, 150, 420, 450)).tobytes()
        assert 100 < box[2] - box[0] < 240
        assert 100 < box[3] - box[1] < 240
    assert len(set(looks.values())) == 3
    again = looked_at(format, sheet(text("数", font=font)))
    assert again.crop((150, 150, 420, 450)).tobytes() == looks["数"]


@needs_han
@pytest.mark.rule("EXPORT-2")
def test_text_in_a_pdf_is_text_and_what_looks_like_markup_is_text_too() -> None:
    words = 'x < y & "抛物线" <script>alert(1)</script>'
    document = pypdfium2.PdfDocument(made("pdf", sheet(text(words, height=400))))
    assert document[0].get_textpage().get_text_range() == words
    assert b"<script>" not in made("svg", sheet(text(words)))


@pytest.mark.rule("EXPORT-2")
def test_without_any_font_the_rest_is_drawn() -> None:
    page = sheet(rectangle(1000, 1000, 4000, 3000), text("数学"))
    for format in ("svg", "png", "pdf"):
        assert export(Export(format, (page,))).data


def test_a_server_without_chinese_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fonts = read({"board": {"fonts": [str(tmp_path)]}})
    studio_of(fonts)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "wqy-microhei.ttc").touch()
    studio_of(fonts)
    assert len(caplog.records) == 1
