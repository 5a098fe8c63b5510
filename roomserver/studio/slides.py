"""Slides: each page of a PDF as one picture, or a picture as the only slide."""

import io
from collections.abc import Iterator

import pypdfium2
from PIL import Image

from .jobs import SLIDE_HEIGHT, SLIDE_WIDTH, SLIDES, Pictured, Pictures, Slides, Unfit
from .pictures import encoded, fitted, opened

HEAD_BYTES = 1024  # a PDF says that it is one in its first kilobyte


def slides(job: Slides) -> Pictures:
    if b"%PDF-" in job.data[:HEAD_BYTES]:
        return Pictures(tuple(_pages(job.data)))
    return Pictures((encoded(fitted(opened(io.BytesIO(job.data)), SLIDE_WIDTH, SLIDE_HEIGHT)),))


def _pages(data: bytes) -> Iterator[Pictured]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise Unfit("the PDF needs a password" if locked else "this is no PDF that can be read") from error
    count = len(document)
    if not count:
        raise Unfit("the PDF has no pages")
    if count > SLIDES:
        raise Unfit(f"the PDF has {count} pages, and a board at most {SLIDES}")
    for number in range(count):
        yield encoded(_drawn(document, number))


def _drawn(document: pypdfium2.PdfDocument, number: int) -> Image.Image:
    try:
        page = document[number]
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise Unfit(f"page {number + 1} of the PDF has no size")
        drawn = page.render(scale=min(SLIDE_WIDTH / width, SLIDE_HEIGHT / height), rev_byteorder=True)
    except pypdfium2.PdfiumError as error:
        raise Unfit(f"page {number + 1} of the PDF cannot be read") from error
    image = fitted(drawn.to_pil().convert("RGB"), SLIDE_WIDTH, SLIDE_HEIGHT)  # scaled pages are rounded up
    image.info = {"exact": True}
    page.close()
    return image
