"""Pictures come out upright, small enough, and with nothing of the file that they came in."""

import io

import pytest
from PIL import Image

from roomserver.studio.jobs import PICTURE_SIDE, Picture, Unfit
from roomserver.studio.pictures import picture
from tests.support import files

RED, BLUE = (254, 0, 0), (0, 0, 254)


def near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=True))


@pytest.mark.rule("ASSET-1")
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_encoded_afresh_without_what_else_the_file_says(format: str) -> None:
    given = files.picture(format)
    made = picture(Picture(given))
    assert (made.width, made.height) == (60, 40)
    assert made.data[:4] + made.data[8:12] == b"RIFFWEBP"
    assert b"secret" not in made.data
    assert (b"secret" in given) == (format != "GIF")
    seen = files.shown(made.data)
    assert near(seen.getpixel((5, 20)), RED)
    assert near(seen.getpixel((55, 20)), BLUE)


@pytest.mark.rule("ASSET-1")
@pytest.mark.parametrize(("orientation", "red_at"), [(1, (5, 20)), (3, (55, 20)), (6, (20, 5)), (8, (20, 55))])
def test_a_picture_stands_upright(orientation: int, red_at: tuple[int, int]) -> None:
    made = picture(Picture(files.picture("JPEG", orientation=orientation)))
    assert (made.width, made.height) == ((60, 40) if orientation in (1, 3) else (40, 60))
    assert near(files.shown(made.data).getpixel(red_at), RED)


@pytest.mark.rule("ASSET-1")
@pytest.mark.parametrize("size", [(5000, 100), (100, 5000), (PICTURE_SIDE, PICTURE_SIDE), (9000, 1)])
def test_a_picture_is_made_small_enough_and_never_larger(size: tuple[int, int]) -> None:
    made = picture(Picture(files.picture("PNG", size)))
    assert max(made.width, made.height) == min(max(size), PICTURE_SIDE)
    assert min(made.width, made.height) == max(1, round(min(size) * min(1, PICTURE_SIDE / max(size))))


@pytest.mark.rule("ASSET-1")
def test_what_is_clear_stays_clear() -> None:
    made = picture(Picture(files.clear_picture()))
    seen = Image.open(io.BytesIO(made.data))
    assert [seen.getpixel((x, 5)) for x in (5, 55)] == [(255, 0, 0, 255), (0, 0, 0, 0)]


@pytest.mark.rule("STUDIO-5")
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (files.picture("PNG")[:60], "no picture"),
        (files.picture("TIFF"), "no picture"),
        (files.png_bomb(8_001), "64 million"),
        (files.png_bomb(60_000), "64 million"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        picture(Picture(data))
