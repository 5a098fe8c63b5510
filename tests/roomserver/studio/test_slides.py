"""Slides: the pages of a PDF, or a picture."""

import pytest

from roomserver.studio.jobs import Slides, Unfit
from roomserver.studio.slides import slides
from tests.support import files


@pytest.mark.rule("SLIDE-1")
def test_each_page_is_a_picture_that_fits_a_screen() -> None:
    boxes = ("0 0 960 540", "0 0 540 960", "0 0 9 9", "0 0 2 1000000")
    made = slides(Slides(files.slides(boxes))).pictures
    assert [(slide.width, slide.height) for slide in made] == [(1920, 1080), (608, 1080), (1080, 1080), (1, 1080)]
    seen = files.shown(made[0].data)
    assert (seen.getpixel((100, 500)), seen.getpixel((1800, 500))) == ((255, 0, 0), (255, 255, 255))


@pytest.mark.rule("SLIDE-1")
def test_a_picture_is_one_slide() -> None:
    [made] = slides(Slides(files.picture("JPEG", (4000, 3000)))).pictures
    assert (made.width, made.height) == (1440, 1080)


@pytest.mark.rule("SLIDE-2")
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (files.slides(("0 0 9 9",) * 101), "101 pages"),
        (files.slides(count=1_000_000), "1000000 pages"),
        (files.slides(()), "no PDF|no pages"),
        (files.slides()[:90], "no PDF"),
        (b"%PDF-1.7 and nothing more", "no PDF"),
        (files.locked_pdf(), "password"),
        (b"a presentation", "no picture"),
    ],
)
def test_what_has_too_many_pages_none_or_a_password_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        slides(Slides(data))


@pytest.mark.parametrize(
    "box", ["0 0 2000000000 2000000000", "0 0 0 0", "0 0 -5 -5", "a b c d", f"0 0 1{0:038} 1{0:038}"]
)
def test_a_page_of_a_size_that_no_paper_has_is_drawn_no_larger(box: str) -> None:
    [made] = slides(Slides(files.slides((box,)))).pictures
    assert made.width <= 1920
    assert made.height <= 1080
