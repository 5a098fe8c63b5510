"""Fonts: which of those that are there draw what a board says, and one that lends formulas what theirs lacks."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import ziamath
from ziafont.font import Font
from ziafont.fonttypes import BBox, Table
from ziafont.glyph import SimpleGlyph
from ziamath.mathfont import MathFont
from ziamath.styles import MathVariant

from .fontfiles import han_fonts

MATH = Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"


class Collected(Font):
    """The first font of a collection (.ttc), which ziafont by itself takes for no font, or a single one."""

    def _readtables(self) -> None:
        file = self.fontfile
        file.seek(0)
        begin = file.readuint32(12) if file.read(4) == b"ttcf" else 0
        count = file.readuint16(begin + 4)
        file.seek(begin + 12)
        self.tables = {}
        for _ in range(count):
            tag = file.read(4).decode("latin-1")
            self.tables[tag] = Table(file.readuint32(), file.readuint32(), file.readuint32())
        if not {"glyf", "CFF "} & set(self.tables):
            raise ValueError("no outlines")


class Lent(SimpleGlyph):
    """A glyph of another font, in the units of the one that it is lent to."""

    def __init__(self, glyph: SimpleGlyph, to: Font) -> None:
        k = to.info.layout.unitsperem / glyph.font.info.layout.unitsperem
        box = glyph.bbox
        drawn = [operator.xform(k, 0, 0, k, 0, 0, 1, 1) for operator in glyph.operators]
        super().__init__(glyph.index, drawn, BBox(box.xmin * k, box.xmax * k, box.ymin * k, box.ymax * k), to)
        self._advance: int = round(glyph.advance() * k)

    def advance(self, nextchr: SimpleGlyph | None = None) -> int:
        return self._advance


class Mathematics(MathFont):
    """The font of formulas; what it lacks is lent by the fonts of some directories, and what they lack is noted."""

    def __init__(self, directories: Iterable[str]) -> None:
        super().__init__(MATH, 1000)
        self.missing: set[str] = set()
        self._spare = han_fonts(directories)
        self._lent: list[Font] = []

    def findglyph(self, char: str, variant: MathVariant) -> SimpleGlyph:
        if self.glyphindex(char) or char.isspace():
            return super().findglyph(char, variant)
        for font in self._fonts():
            if font.glyphindex(char):
                return Lent(font.glyph(char), self)
        self.missing.add(char)
        return self.glyph(char)

    def advance(self, glyph: int, glyph2: int | None) -> int:
        alone: int = super().advance(glyph, None)  # no kerning: the neighbour may be of another font
        return alone

    def _fonts(self) -> Iterator[Font]:
        """One after the other, each read when those before did not do."""
        yield from self._lent
        for path in self._spare:
            try:
                font = Collected(path)
            except Exception:  # ziafont reads most fonts and not all
                continue
            self._lent.append(font)
            yield font
