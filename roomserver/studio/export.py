"""Pages of the board as files: SVG by ourselves, PNG by resvg, PDF by typst, which keeps lines lines and text text.

Both read SVG by the same library (usvg), so that a picture and a print of one page do not differ.
"""

import io
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import resvg_py
import typst

from whiteboard.shape import piece_of
from whiteboard.svg import FONTS, Formula, Things, page_svg

from .formula import Outliner
from .jobs import Export, Exported, Sheet, Unfit

PNG_WIDTH = 2_400  # pixels
PDF_SIZE = "width: 960pt, height: 540pt"  # a slide of 13.3 by 7.5 inches
Page = Mapping[str, Any]


def export(job: Export) -> Exported:
    pages = [_page(sheet) for sheet in job.pages]
    things = Things(
        {asset: f"data:image/webp;base64,{b64encode(data).decode()}" for asset, data in job.pictures.items()},
        _formulas(pages, job.fonts),
        FONTS if job.format == "svg" else _fonts(job.fonts),
    )
    drawn = [page_svg(page, things) for page in pages]
    if job.format == "pdf":
        return Exported(_pdf(drawn, job.fonts))
    files = [svg.encode() if job.format == "svg" else _png(svg, job.fonts) for svg in drawn]
    return Exported(_archive(files, job.format) if job.packed else files[0])


def _page(sheet: Sheet) -> Page:
    shapes = [*sheet.shapes]
    for chunk in sheet.chunks:
        shapes += msgspec.json.decode(zlib.decompress(chunk))
    shapes.sort(key=lambda shape: (shape["z"], piece_of(shape["id"])))
    return {"page": sheet.page, "background": sheet.background, "shapes": shapes}


def _formulas(pages: Sequence[Page], fonts: tuple[str, ...]) -> dict[str, Formula]:
    """Those that can be drawn; the others are shown as their source."""
    sources = {shape["latex"] for page in pages for shape in page["shapes"] if shape["kind"] == "formula"}
    outliner = Outliner(fonts)
    found = {}
    for latex in sources:
        try:
            found[latex] = outliner.outline(latex).formula()
        except Unfit:
            continue
    return found


def _fonts(directories: tuple[str, ...]) -> dict[str, Sequence[str]]:
    """Of the families that are wanted those that are there, or any: text in none of them is not drawn at all."""
    there = _typst_fonts(directories).families()
    return {font: [name for name in wanted if name in there] or there[:1] for font, wanted in FONTS.items()}


def _png(svg: str, fonts: tuple[str, ...]) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=PNG_WIDTH, skip_system_fonts=True, font_dirs=[*fonts]))


def _pdf(pages: Sequence[str], fonts: tuple[str, ...]) -> bytes:
    names = [f"page{number}" for number in range(len(pages))]
    shown = (f'#image(bytes(sys.inputs.{name}), format: "svg", width: 100%, height: 100%)' for name in names)
    document = f"#set page({PDF_SIZE}, margin: 0pt)\n" + "\n#pagebreak()\n".join(shown)
    made = typst.compile(
        document.encode(),
        format="pdf",
        sys_inputs=dict(zip(names, pages, strict=True)),
        font_paths=_typst_fonts(fonts),
        pdf_tags=False,
    )
    assert isinstance(made, bytes)
    return made


def _typst_fonts(directories: tuple[str, ...]) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[*directories])


def _archive(files: Sequence[bytes], ending: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(files, 1):
            archive.writestr(f"page-{number}.{ending}", data)
    return out.getvalue()
