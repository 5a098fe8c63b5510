"""Pictures: decoded, turned upright, made small enough, and encoded afresh, so that nothing of the file lives on."""

import io
from typing import IO

from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from .jobs import PICTURE_SIDE, Picture, Pictured, Unfit

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
PIXELS = 64_000_000  # a telephone's 48 million fit; a bomb has more
LOSSLESS_BYTES = 400_000  # a drawing or a screen is kept exactly where that is no bigger
QUALITY = 85
# Loaded when they are first needed, which is too late; MPO is a telephone's JPEG with a second picture behind it.
PLUGINS = (GifImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)

Image.MAX_IMAGE_PIXELS = None  # `opened` counts them itself, before anything is decoded


def picture(job: Picture) -> Pictured:
    return encoded(fitted(opened(io.BytesIO(job.data)), PICTURE_SIDE, PICTURE_SIDE))


def opened(file: IO[bytes]) -> Image.Image:
    """The first picture in the file, upright, as RGB or RGBA.

    Raises:
        Unfit: it is no picture, a broken one or one that is too large.
    """
    try:
        found = Image.open(file, formats=FORMATS)
        if found.width * found.height > PIXELS:
            raise Unfit(f"the picture has more than {PIXELS // 1_000_000} million pixels")
        exact = found.format in ("PNG", "GIF")
        found.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))  # a JPEG is decoded no larger than it is needed
        upright = ImageOps.exif_transpose(found)
        plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (Unfit, MemoryError):
        raise
    except Exception as error:  # decoders raise whatever they like
        raise Unfit("this is no picture that can be read: PNG, JPEG, WebP and GIF are") from error
    plain.info = {"exact": exact}  # and none of the file's
    return plain


def fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """Made smaller until it fits; never larger."""
    scale = min(width / image.width, height / image.height, 1)
    if scale == 1:
        return image
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    smaller = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    smaller.info = dict(image.info)
    return smaller


def encoded(image: Image.Image) -> Pictured:
    """As WebP: exact where the source was and that is small, else nearly so."""
    exact = image.info.pop("exact", False)
    data = _webp(image, lossless=True, quality=30) if exact else b""
    if not data or len(data) > LOSSLESS_BYTES:
        data = _webp(image, quality=QUALITY)
    return Pictured(data, image.width, image.height)


def _webp(image: Image.Image, *, quality: int, lossless: bool = False) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, lossless=lossless, method=3)
    return out.getvalue()
