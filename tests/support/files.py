"""Files that members send: pictures and PDFs, good ones and hostile ones."""

import io
import struct
import zlib
from collections.abc import Sequence
from functools import cache

from PIL import Image


def picture(format: str = "PNG", size: tuple[int, int] = (60, 40), *, orientation: int = 0) -> bytes:
    """Red on the left, blue on the right, with its secrets in it."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[0x010E] = "a secret"
    if orientation:
        exif[0x0112] = orientation
    out = io.BytesIO()
    image.save(out, format, **({} if format == "GIF" else {"exif": exif}))
    return out.getvalue()


def clear_picture() -> bytes:
    """Red on the left, nothing on the right."""
    image = Image.new("RGBA", (60, 10))
    image.paste("red", (0, 0, 30, 10))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@cache
def png_bomb(side: int) -> bytes:
    """A small file that unpacks to `side` x `side` points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * side)
    rows = b"".join(packer.compress(row) for _ in range(min(side, 2_000))) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1."""
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, root, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def slides(boxes: Sequence[str] = ("0 0 960 540",), *, count: int | None = None) -> bytes:
    """A PDF of a page for each media box: red on the left."""
    kids = b" ".join(b"%d 0 R" % (number + 4) for number in range(len(boxes)))
    pages = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(boxes) if count is None else count, kids)
    sheets = [b"<</Type/Page/Parent 2 0 R/Contents 3 0 R/MediaBox[%s]>>" % box.encode() for box in boxes]
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", pages, stream(b"1 0 0 rg 0 0 480 540 re f"), *sheets)


def endless() -> bytes:
    """A PDF whose one page draws a form that draws a form that …: ten each, twelve deep."""
    deep, first = 12, 5
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>"
    forms = [stream(b"/F Do " * 10, form % (first + at + 1)) for at in range(deep)]
    last = stream(b"1 0 0 rg 0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 960 540]/Resources<</XObject<</F %d 0 R>>>>>>" % first,
        stream(b"/F Do " * 10),
        *forms,
        last,
    )


def big_image_pdf(side: int) -> bytes:
    """A PDF whose one picture has `side` x `side` points."""
    data = zlib.compress(bytes(10_000_000))
    image = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 960 540]/Resources<</XObject<</I 5 0 R>>>>>>",
        stream(b"960 0 0 540 0 0 cm /I Do"),
        stream(data, image % (side, side)),
    )


def locked_pdf() -> bytes:
    """A PDF that asks for a password (RC4 of 40 bits; whatever the password is, nobody knows it)."""
    locked = b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"5a" * 32, b"a5" * 32)
    whole = slides()
    begin = whole.index(b"trailer\n<<") + len(b"trailer\n<<")
    return whole[:begin] + b"/ID[<00><00>]/Encrypt " + locked + whole[begin:]
